"""The labels of a document, by what its dataset's schema declares: those of a layer, their spans, links and references.

A layer of spans is a list of labels in a document; a layer of articles is one label.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pactwire.model.layers import TOPIC_PREFIX, Attribute, Layer
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema
from pactwire.model.strict_json import JsonPath


def document_labels(document: Mapping[str, Any] | Document | None, layer: str) -> list[Any]:
    """Return the labels of a layer; empty if it or the document is missing."""
    labels = (document or {}).get(layer, [])
    return [labels] if isinstance(labels, dict) else labels  # type: ignore[return-value]


def label_path(layer: Layer | None, name: str, index: int) -> JsonPath:
    """Return the path of a label in its document; ``layer`` is None for zones."""
    return (name,) if layer is not None and not layer.is_span else (name, index)


def document_spans(schema: AnnotationSchema, document: Document, layer: str) -> list[Any]:
    """Return the labels of a layer that are spans, and all their parts; the labels are first."""
    labels = document_labels(document, layer)
    declared = schema.layers.get(layer)
    if declared is None:
        return labels
    parts = [label[part.name] for part in declared.parts for label in labels if label.get(part.name)]
    return [*labels, *parts] if declared.is_span else parts


def located_spans(schema: AnnotationSchema, document: Document) -> Iterator[tuple[JsonPath, Any]]:
    """Yield (path, span) for every zone, for every label that is a span, and for each of its parts."""
    for layer in schema.span_layer_names:
        parts = schema.layers[layer].parts if layer in schema.layers else ()
        for index, label in enumerate(document_labels(document, layer)):
            yield (layer, index), label
            for part in parts:
                if label.get(part.name):
                    yield (layer, index, part.name), label[part.name]
    for each in schema.article_layers:
        for label in document_labels(document, each.name):
            yield from (((each.name, part.name), label[part.name]) for part in each.parts if label.get(part.name))


def document_links(schema: AnnotationSchema, document: Document) -> set[str]:
    """Return the links of all labels of a document."""
    names = [(layer.name, link.name) for layer in schema.layers.values() for link in layer.links]
    values = (label.get(name) for layer, name in names for label in document_labels(document, layer))
    return {value for value in values if value is not None}


def value_list(attribute: Attribute, label: Mapping[str, Any]) -> list[str]:
    """Return the values of an attribute of a label, such as what it refers to, in order; empty if it has none."""
    value = label.get(attribute.name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def is_topic(reference: str) -> bool:
    """Tell whether a reference is to a topic of topics.json."""
    return reference.startswith(TOPIC_PREFIX)


def is_fixed_reference(schema: AnnotationSchema, reference: str) -> bool:
    """Tell whether a reference is to a party or a topic rather than to a label."""
    return reference in schema.parties or is_topic(reference)
