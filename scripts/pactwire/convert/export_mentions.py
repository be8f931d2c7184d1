"""The labels of a document as mentions: typed spans of the content text, often with a link, for formats of tokens."""

from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, cast

from pactwire.convert.label_layer import LabelLayer
from pactwire.convert.mapping import LINK, LabelMapping
from pactwire.convert.omissions import Omissions
from pactwire.model.labels import document_labels
from pactwire.model.layers import Attribute, Layer
from pactwire.model.records import Document, Span
from pactwire.text.content import Content


class Mention(Span):
    """A label as formats of tokens hold it: its place, its layer, its type, and its link; None if it has none."""

    id: str
    layer: str
    type: str
    link: str | None


def main_layer_last(mapping: LabelMapping) -> list[Layer]:
    """Return the layers that are written, the one that every article was annotated for at the end."""
    return sorted(mapping.layers, key=lambda layer: layer.name in mapping.annotated[:1])


def document_mentions(content: Content, mapping: LabelMapping) -> dict[str, list[Mention]]:
    """Return the mentions of a document by layer, sorted by start and end, in code points of its content text."""
    return {layer.name: list(_mentions(content, mapping, layer)) for layer in mapping.layers}


def _mentions(content: Content, mapping: LabelMapping, layer: Layer) -> Iterator[Mention]:
    link = link_attribute(mapping, layer)
    for label in sorted(content.layer(layer.name) or (), key=itemgetter("start", "end")):
        if type_name := mapping.type_name(layer.name, label):
            identifier = label.get(link.name) if link else None
            fields = {"id": label["id"], "layer": layer.name, "type": type_name, "link": identifier}
            yield cast("Mention", {**content.map_span(label), **fields})


def link_attribute(mapping: LabelMapping, layer: Layer) -> Attribute | None:
    """Return the attribute that is a format's own link, if there is one."""
    return next((entry.attribute for entry in mapping.attributes.get(LINK, ()) if entry.layer is layer), None)


class OmittedValues:
    """Counts, by layer and attribute, the values that a format of mentions does not hold."""

    def __init__(self, mapping: LabelMapping, omitted: Omissions, has_links: bool) -> None:
        self.mapping, self.omitted = mapping, omitted
        self._layers = {layer.name: LabelLayer(mapping.schema, layer) for layer in mapping.layers}
        self._links = {layer.name: link_attribute(mapping, layer) for layer in mapping.layers if has_links}

    def count(self, document: Document, written: Iterable[Mention]) -> None:
        """Count what a document's labels say besides the types and links of the mentions that are written."""
        types = {mention["id"]: mention["type"] for mention in written}
        self.omitted.add("ids", count=len(types))
        self.omitted.add("annotators of labels", count=len(types))
        for name, layer in self._layers.items():
            for label in document_labels(document, name):
                if label["id"] in types:
                    self._count_label(layer, label, types[label["id"]])

    def _count_label(self, layer: LabelLayer, label: Mapping[str, Any], type_name: str) -> None:
        mapped, link = self.mapping.types[type_name], self._links.get(layer.layer.name)
        held = {*(mapped.values if mapped else ()), link.name if link else ""}
        for attribute in layer.layer.attributes:
            name = attribute.name
            if name not in held and label.get(name) not in (None, layer.blank_values.get(name)):
                self.omitted.add(f"values of {layer.layer.name}.{name}")
