"""What references mean in rows: the text, kind and link of the label, topic or party that they refer to."""

from typing import Any, NamedTuple

from pactwire.build.article_context import ArticleContext
from pactwire.model.labels import document_labels, is_topic
from pactwire.model.layers import Layer
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema

TOPIC_KIND = "topic"


class Referent(NamedTuple):
    """What a reference refers to; ``kind`` is the singular of the label's layer, ``topic``, or None for a party.

    The link of a clustered label is its cluster, that of a topic its id.
    """

    text: str
    kind: str | None
    link: str | None


class Referents:
    """The labels of an article's document that can be referred to, by id."""

    def __init__(self, schema: AnnotationSchema, context: ArticleContext, document: Document) -> None:
        self._context = context
        targets = schema.target_layers
        self._labels = [
            (schema.layers[name], {label["id"]: label for label in document_labels(document, name)}) for name in targets
        ]
        self._described: dict[str, Referent] = {}

    def label(self, reference: str) -> tuple[Layer, Any] | None:
        """Return the layer and label of a reference, None for a topic or a party; offsets are of the source text."""
        return next(((layer, labels[reference]) for layer, labels in self._labels if reference in labels), None)

    def text(self, reference: str) -> str:
        """Return the text of what a reference refers to."""
        for _, labels in self._labels:
            if label := labels.get(reference):
                return str(label["text"])
        return self._context.topics[reference]["title"] if is_topic(reference) else reference

    def describe(self, reference: str) -> Referent:
        """Return what a reference refers to."""
        if (known := self._described.get(reference)) is None:
            known = self._described[reference] = self._describe(reference)
        return known

    def _describe(self, reference: str) -> Referent:
        if is_topic(reference):
            return Referent(self._context.topics[reference]["title"], TOPIC_KIND, reference)
        if (found := self.label(reference)) is None:
            return Referent(reference, None, None)
        layer, label = found
        if layer.clusters:
            link = self._context.clusters.get(f"{self._context.article['id']}/{reference}")
        else:
            link = layer.referent_link(label)
        return Referent(label["text"], layer.label, link)
