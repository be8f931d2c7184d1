"""The columns of rows that hold the attributes of one label."""

from typing import Any

from pactwire.build import features
from pactwire.build.record_batches import Row
from pactwire.build.referents import Referents
from pactwire.model.labels import value_list
from pactwire.model.layers import Attribute, AttributeKind, Layer


def attribute_values(layer: Layer, label: Any, referents: Referents) -> Row:
    """Return the columns of a label's attributes, its class as ``label``; parts are as they are in the label."""
    row: Row = {}
    for attribute in layer.attributes:
        if attribute.is_reference:
            row |= _reference_values(attribute, label, referents)
        elif attribute is layer.class_attribute:
            row["label"] = label.get(attribute.name)
        else:
            row[attribute.name] = label.get(attribute.name)
    return row


def _reference_values(attribute: Attribute, label: Any, referents: Referents) -> Row:
    """Return the columns `features.reference_columns` names: lists for an attribute of several references."""
    has_kind = len(attribute.to) > 1
    if attribute.kind == AttributeKind.REFERENCES:
        found = [referents.describe(reference) for reference in value_list(attribute, label)]
        kinds = [[each.kind for each in found]] if has_kind else []
        values = [[each.text for each in found], *kinds, [each.link for each in found]]
        return dict(zip(features.reference_columns(attribute), values, strict=True))
    reference = label.get(attribute.name)
    text, kind, link = (None, None, None) if reference is None else referents.describe(reference)
    own_kind = {f"{attribute.name}_kind": kind} if has_kind else {}
    return {attribute.name: text, **own_kind, f"{attribute.name}_link": link}
