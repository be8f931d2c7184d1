"""Partial validation of a document that breaks the schema, so that one run shows all issues.

Labels that break the schema are set aside, and the rest is checked as if it were the document.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

from pactwire.model.schema import AnnotationSchema
from pactwire.model.strict_json import JsonPath
from pactwire.text.offset_checks import Flaw

_REFERENCE_CODES: Final = ("unknown-target",)
_ZONE_CODES: Final = ("zone-overlap", "zone-gap", "on-furniture")


def check_valid_labels(
    value: Any, invalid: Collection[JsonPath], schema: AnnotationSchema, check: Callable[[Any], list[Flaw]]
) -> list[Flaw]:
    """Return the flaws of a document without its invalid labels; none if more than labels is invalid.

    References to a label that was set aside are not flaws, and furniture and gaps are not checked if a zone was.

    Args:
        value: The document.
        invalid: The paths at which it breaks the schema.
        schema: The dataset's schema.
        check: Returns the flaws of a document that matches the schema.

    Returns:
        The flaws, with paths in the whole document.
    """
    if not isinstance(value, dict):
        return []
    value = _without_invalid_article_labels(value, invalid, schema)
    layers = [layer for layer in schema.span_layer_names if layer in value]
    if not all(isinstance(value[layer], list) for layer in layers):
        return []
    kept = {layer: _valid_indices(value[layer], layer, invalid) for layer in layers}
    rest = {**value, **{layer: [value[layer][index] for index in indices] for layer, indices in kept.items()}}
    if not schema.is_valid(rest):
        return []
    set_aside = {
        _label_id(label) for layer in layers for index, label in enumerate(value[layer]) if index not in kept[layer]
    }
    ignored = _ZONE_CODES if "zones" in kept and len(rest["zones"]) != len(value["zones"]) else ()
    flaws = []
    for code, path, message in check(rest):
        if code in ignored or (code in _REFERENCE_CODES and _value_at(rest, path) in set_aside):
            continue
        indices = kept.get(str(path[0])) if len(path) > 1 else None
        flaws.append((code, (path[0], indices[int(path[1])], *path[2:]) if indices else path, message))
    return flaws


def _without_invalid_article_labels(value: Any, invalid: Collection[JsonPath], schema: AnnotationSchema) -> Any:
    """Return the document without the layers of one label that break the schema, and without their statuses."""
    broken = {layer.name for layer in schema.article_layers} & {path[0] for path in invalid if path}
    if not broken or not isinstance(value.get("status"), dict):
        return value
    status = {layer: status for layer, status in value["status"].items() if layer not in broken}
    return {**{key: item for key, item in value.items() if key not in broken}, "status": status}


def _valid_indices(labels: list[Any], layer: str, invalid: Collection[JsonPath]) -> list[int]:
    """Return the indices of the labels that match the schema."""
    broken = {path[1] for path in invalid if len(path) > 1 and path[0] == layer}
    return [index for index in range(len(labels)) if index not in broken]


def _label_id(label: Any) -> Any:
    return str(label.get("id")) if isinstance(label, dict) else None


def _value_at(value: Any, path: JsonPath) -> Any:
    for step in path:
        value = value[step]
    return value
