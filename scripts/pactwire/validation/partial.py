"""Partial validation of a document that breaks the schema, so that one run shows all issues.

Labels that break the schema are set aside, and the rest is checked as if it were the document.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

from pactwire.model import schema
from pactwire.model.records import LAYERS
from pactwire.model.strict_json import JsonPath
from pactwire.text.offset_checks import Flaw

_REFERENCE_CODES: Final = ("unknown-entity", "unknown-target")
_ZONE_CODES: Final = ("zone-overlap", "zone-gap", "on-furniture")


def check_valid_labels(value: Any, invalid: Collection[JsonPath], check: Callable[[Any], list[Flaw]]) -> list[Flaw]:
    """Return the flaws of a document without its invalid labels; none if more than labels is invalid.

    References to a label that was set aside are not flaws, and furniture and gaps are not checked if a zone was.

    Args:
        value: The document.
        invalid: The paths at which it breaks the schema.
        check: Returns the flaws of a document that matches the schema.

    Returns:
        The flaws, with paths in the whole document.
    """
    if not isinstance(value, dict):
        return []
    layers = [layer for layer in LAYERS if layer in value]
    if not all(isinstance(value[layer], list) for layer in layers):
        return []
    kept = {layer: _valid_indices(value[layer], layer, invalid) for layer in layers}
    rest = {**value, **{layer: [value[layer][index] for index in indices] for layer, indices in kept.items()}}
    if not schema.is_valid(rest, "annotation"):
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
