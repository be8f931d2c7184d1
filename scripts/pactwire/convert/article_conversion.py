"""Conversion of what a source says of whole articles to labels of a dataset's layers of articles."""

from typing import Any

from pactwire.convert.attribute_values import AttributeConverter
from pactwire.convert.import_log import ImportLog
from pactwire.convert.imported_document import AttributeValue, ImportedDocument
from pactwire.convert.label_layer import LabelLayer
from pactwire.convert.mapping import LabelMapping
from pactwire.model.escapes import quote


class ArticleConverter:
    """Converts the properties of one article after another; what no layer has a place for is counted by name."""

    def __init__(self, mapping: LabelMapping, annotator: str, log: ImportLog) -> None:
        self.mapping, self.annotator, self.log = mapping, annotator, log
        self._layers = [LabelLayer(mapping.schema, each) for each in mapping.schema.layers.values() if not each.is_span]

    def convert(self, document: ImportedDocument) -> dict[str, Any]:
        """Return the labels of an article by layer; a layer that lacks what its label must have is left out."""
        found: dict[str, Any] = {}
        remaining = dict(document.properties)
        for layer in self._layers:
            own = {name: remaining.pop(name) for name in document.properties if self._has(layer, name, remaining)}
            values = AttributeConverter(layer, self.mapping, self.log.omitted).values(own)
            if missing := layer.missing(values):
                if values:
                    self.log.omitted.add(f"labels of {layer.layer.name} without {', '.join(missing)}", document.name)
            elif values:
                filled = layer.schema.filled_values(layer.layer.name, values)
                found[layer.layer.name] = {**filled, "by": [self.annotator]}
        for name, given in remaining.items():
            for value in given:
                self.log.omitted.add(f"values of the field {quote(name)}", value)
        return found

    def _has(self, layer: LabelLayer, name: str, remaining: dict[str, tuple[AttributeValue, ...]]) -> bool:
        return name in remaining and any(entry.layer is layer.layer for entry in self.mapping.attributes.get(name, ()))
