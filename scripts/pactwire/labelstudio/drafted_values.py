"""Drafted values: what a document holds beyond what the page shows of it, noted in the draft, so that it comes back.

The page shows null, an empty text, an empty list and a missing key alike, and lists have no order there. What people
left as it was drafted keeps the drafted value.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pactwire.labelstudio.canonical_labels import nullable_by_key, order_references
from pactwire.model.layers import Attribute, AttributeKind
from pactwire.model.schema import AnnotationSchema

ABSENT: Final = object()
"""In the place of a value: the label does not have the key."""

VALUES: Final = "values"
MISSING: Final = "missing"
"""Keys of a draft's notes: values by attribute, and the attributes that are missing."""


@cache
def unset_values(schema: AnnotationSchema, layer: str) -> Mapping[str, Any]:
    """Return what stands for nothing chosen, typed or related, by attribute; None where the schema wants a value."""
    return {each.name: _unset_value(schema, layer, each) for each in schema.layers[layer].attributes}


def _unset_value(schema: AnnotationSchema, layer: str, attribute: Attribute) -> Any:
    if attribute.default is not None and attribute.kind == AttributeKind.CHOICE:
        return attribute.default
    is_nullable = nullable_by_key(schema, layer)[attribute.name]
    if attribute.name not in schema.required_keys(layer):
        return None if is_nullable and not attribute.kind.is_list else ABSENT
    if not attribute.kind.is_list:
        return None
    return None if is_nullable and not schema.attribute_validator(layer, attribute.name).is_valid([]) else []


def draft_notes(schema: AnnotationSchema, layer: str, label: Mapping[str, Any], labels: Mapping[str, Any]) -> Any:
    """Return the notes of a draft about a label; empty where its results say everything.

    Args:
        schema: The schema of the dataset.
        layer: The layer of the label.
        label: The label.
        labels: All labels of the document by id.
    """
    values: dict[str, Any] = {}
    missing = []
    unset = unset_values(schema, layer)
    for attribute in schema.layers[layer].attributes:
        name = attribute.name
        value = label.get(name, ABSENT)
        if value and isinstance(value, str):
            continue
        if value is ABSENT:
            if unset[name] is not ABSENT:
                missing.append(name)
        elif value != (unset[name] if is_empty(value) else plain_value(attribute, value, labels)):
            values[name] = value
    return ({VALUES: values} if values else {}) | ({MISSING: missing} if missing else {})


def is_empty(value: Any) -> bool:
    """Say whether the page shows nothing of a value."""
    return value is None or value is ABSENT or value in ("", [])


def plain_value(attribute: Attribute, value: Any, labels: Mapping[str, Any]) -> Any:
    """Return a value that is not empty in the form that results have: lists in canonical order, each item once."""
    if attribute.kind == AttributeKind.CHOICES:
        return sorted({*value}, key=attribute.label_names.index)
    if attribute.kind == AttributeKind.REFERENCES:
        return order_references(attribute, list(dict.fromkeys(value)), labels)
    return value


def drafted_value(attribute: Attribute, value: Any, unset: Any, notes: Mapping[str, Any]) -> Any:
    """Return the value as drafted if a person left it so, else as it is; in an ordered list, what is left comes first.

    Args:
        attribute: The attribute.
        value: What the results say, in canonical form; empty where they say nothing.
        unset: What nothing stands for (`unset_values`).
        notes: The draft's notes about the label. Those of version 1.0.0 hold values by attribute.

    Returns:
        The value; ABSENT if the label does not have the key.
    """
    missing, values = notes.get(MISSING), notes.get(VALUES, notes)
    drafted = values.get(attribute.name, ABSENT) if isinstance(values, dict) else ABSENT
    if not is_empty(value):
        return _in_drafted_order(attribute, value, drafted)
    if isinstance(missing, list) and attribute.name in missing:
        return ABSENT
    return unset if drafted is ABSENT or not is_empty(drafted) else drafted


def _in_drafted_order(attribute: Attribute, value: Any, drafted: Any) -> Any:
    if not (isinstance(value, list) and isinstance(drafted, list) and all(isinstance(each, str) for each in drafted)):
        return value
    if {*value} == {*drafted}:
        return drafted
    if not attribute.is_ordered:
        return value
    return [*(each for each in drafted if each in value), *(each for each in value if each not in drafted)]
