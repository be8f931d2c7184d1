"""A document that breaks the schema to what can still be checked of it, so that one run shows all issues.

Labels that break the schema are set aside; the rest is checked as if it were the document.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

from pactwire.model import schema
from pactwire.model.records import LAYERS
from pactwire.model.strict_json import JsonPath
from pactwire.text.span_checks import Flaw

_REFERENCE_CODES: Final = ("unknown-entity", "unknown-target")
_ZONE_CODES: Final = ("zone-overlap", "zone-gap", "on-furniture")


def check_valid_labels(value: Any, wrong: Collection[JsonPath], checker: Callable[[Any], list[Flaw]]) -> list[Flaw]:
    """Return the flaws that ``checker`` finds in a document without the labels at the paths ``wrong``.

    Paths count in the whole document. References to a label set aside are no flaws, and nothing is
    said about furniture when a zone was set aside. Empty where more than labels is wrong.
    """
    kept = {
        layer: _valid_indices(value, layer, wrong) for layer in LAYERS if isinstance(value, dict) and layer in value
    }
    if None in kept.values():
        return []
    rest = dict(value) if isinstance(value, dict) else {}
    for layer, indices in kept.items():
        rest[layer] = [value[layer][index] for index in indices or ()]
    if not schema.is_valid(rest, "annotation"):
        return []
    aside = {_label_id(label) for layer in kept for i, label in enumerate(value[layer]) if i not in (kept[layer] or ())}
    silent = _ZONE_CODES if "zones" in kept and len(rest["zones"]) != len(value["zones"]) else ()
    found = []
    for code, path, message in checker(rest):
        if code in silent or (code in _REFERENCE_CODES and _value_at(rest, path) in aside):
            continue
        indices = kept.get(str(path[0])) if len(path) > 1 else None
        found.append((code, (path[0], indices[int(path[1])], *path[2:]) if indices else path, message))
    return found


def _valid_indices(value: Any, layer: str, wrong: Collection[JsonPath]) -> list[int] | None:
    """Return the indices of the labels that hold to the schema; None where the layer is no list."""
    labels = value[layer]
    if not isinstance(labels, list):
        return None
    broken = {path[1] for path in wrong if len(path) > 1 and path[0] == layer}
    return [index for index in range(len(labels)) if index not in broken]


def _label_id(label: Any) -> Any:
    return str(label.get("id")) if isinstance(label, dict) else None


def _value_at(value: Any, path: JsonPath) -> Any:
    for step in path:
        value = value[step]
    return value
