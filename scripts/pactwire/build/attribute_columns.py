"""The columns of rows that hold the attributes of one label."""

from typing import Any

from pactwire.build import features
from pactwire.build.record_batches import Row
from pactwire.build.referents import Referents
from pactwire.model.labels import references
from pactwire.model.schema import Attribute, AttributeKind, Layer


def attribute_values(layer: Layer, label: Any, referents: Referents) -> Row:
    """Return the columns of a label's attributes, its class as ``label``; parts are as they are in the label."""
    row: Row = {}
    for attribute in layer.attributes:
        if attribute.is_reference:
            row |= _reference_values(attribute, label, referents)
        elif attribute == layer.class_attribute:
            row["label"] = label.get(attribute.name)
        else:
            row[attribute.name] = label.get(attribute.name)
    return row


def _reference_values(attribute: Attribute, label: Any, referents: Referents) -> Row:
    found = [referents.describe(reference) for reference in references(attribute, label)]
    columns: list[list[str | None]] = [
        [each.text for each in found],
        [each.kind for each in found],
        [each.link for each in found],
    ]
    if len(attribute.to) <= 1:
        del columns[1]
    names = features.reference_columns(attribute)
    if attribute.kind == AttributeKind.REFERENCES:
        return dict(zip(names, columns, strict=True))
    return {name: values[0] if values else None for name, values in zip(names, columns, strict=True)}
