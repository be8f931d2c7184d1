"""References of labels to other labels: by id in a document, by span in a decision.

A reference by span is ``LABEL@START:END``, in code points of the source text, half-open; LABEL is what the schema calls
a label of the layer, as in ``entity@3:9``. Parties and topics refer to no label and are the same in both forms.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pactwire.model import labels
from pactwire.model.layers import Attribute
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema

_SPAN_REFERENCE: Final = re.compile(r"(.+)@(0|[1-9][0-9]*):([1-9][0-9]*)")


def reference_attributes(schema: AnnotationSchema, layer: str) -> tuple[Attribute, ...]:
    """Return the attributes of a layer that are references; zones have none."""
    return schema.layers[layer].references if layer in schema.layers else ()


def references_in(schema: AnnotationSchema, layer: str, label: Mapping[str, Any]) -> list[str]:
    """Return the references of a label, in order."""
    return [
        reference
        for attribute in reference_attributes(schema, layer)
        for reference in labels.value_list(attribute, label)
    ]


def replace_references(
    schema: AnnotationSchema, layer: str, label: Mapping[str, Any], replacements: Mapping[str, str]
) -> dict[str, Any]:
    """Return a label with its references replaced; those of one attribute that become equal are kept once."""
    replaced = dict(label)
    for attribute in reference_attributes(schema, layer):
        if attribute.name not in label:
            continue
        value = label[attribute.name]
        if isinstance(value, list):
            replaced[attribute.name] = list(dict.fromkeys(replacements.get(each, each) for each in value))
        else:
            replaced[attribute.name] = replacements.get(value, value)
    return replaced


def by_span(schema: AnnotationSchema, layer: str, label: Mapping[str, Any]) -> str:
    """Return the reference by span to a label of a declared layer: ``LABEL@START:END``."""
    return f"{schema.layers[layer].label}@{label['start']}:{label['end']}"


def span_references(schema: AnnotationSchema, document: Document) -> dict[str, str]:
    """Return the references by span to a document's labels, by their ids."""
    return {
        label["id"]: by_span(schema, layer.name, label)
        for layer in schema.span_layers
        for label in labels.document_labels(document, layer.name)
    }


def parse_span_reference(schema: AnnotationSchema, reference: str) -> tuple[str, tuple[int, int]] | None:
    """Return (layer, span) of a reference by span, or None for any other text."""
    found = _SPAN_REFERENCE.fullmatch(reference)
    layer = next((each.name for each in schema.span_layers if found and each.label == found[1]), None)
    return (layer, (int(found[2]), int(found[3]))) if found and layer else None
