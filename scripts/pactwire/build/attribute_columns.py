"""The columns of rows that hold the attributes of one label."""

from typing import Any

from pactwire.build import features
from pactwire.build.record_batches import Row
from pactwire.build.referents import Referent, Referents
from pactwire.model.labels import value_list
from pactwire.model.layers import Attribute, AttributeKind, Layer


def attribute_values(layer: Layer, label: Any, referents: Referents, start: int, end: int) -> Row:
    """Return the columns of a label's attributes, its class as ``label``; parts are as they are in the label.

    The row's text is the content text from ``start`` to ``end``.
    """
    row: Row = {}
    for attribute in layer.attributes:
        if attribute.is_reference:
            row |= _reference_values(attribute, label, referents, start, end)
        elif attribute is layer.class_attribute:
            row["label"] = label.get(attribute.name)
        else:
            row[attribute.name] = label.get(attribute.name)
    return row


def _reference_values(attribute: Attribute, label: Any, referents: Referents, start: int, end: int) -> Row:
    """Return the columns of what an attribute refers to: lists for an attribute of several references."""
    name, suffixes = attribute.name, features.referent_fields(attribute)
    found = [referent_values(referents.describe(each), start, end) for each in value_list(attribute, label)]
    if attribute.kind == AttributeKind.REFERENCES:
        return {f"{name}{suffix}": [each[suffix] for each in found] for suffix in suffixes}
    return {f"{name}{suffix}": found[0][suffix] if found else None for suffix in suffixes}


def referent_values(referent: Referent, start: int, end: int) -> Row:
    """Return what the columns of a referent hold, by their suffixes; its offsets count from the row's ``start``.

    They are None where it is not all in the row's text, which is the content text from ``start`` to ``end``.
    """
    own_start, own_end = referent.within(start, end)
    return {
        "_id": referent.id, "": referent.text, "_start": own_start, "_end": own_end, "_kind": referent.kind,
        "_link": referent.link,
    }  # fmt: skip
