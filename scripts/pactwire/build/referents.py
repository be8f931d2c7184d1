"""What references mean in rows: the text, kind and link of the label, topic or party that they refer to."""

from typing import Any, NamedTuple

from pactwire.build.article_context import ArticleContext
from pactwire.model.labels import document_labels, is_topic
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema, Layer

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
        targets = {name for layer in schema.layers.values() for each in layer.references for name in each.target_layers}
        self._labels: dict[str, tuple[Layer, Any]] = {
            label["id"]: (schema.layers[name], label) for name in targets for label in document_labels(document, name)
        }

    def label(self, reference: str) -> tuple[Layer, Any] | None:
        """Return the layer and label of a reference, None for a topic or a party; offsets are of the source text."""
        return self._labels.get(reference)

    def describe(self, reference: str) -> Referent:
        """Return what a reference refers to."""
        if is_topic(reference):
            return Referent(self._context.topics[reference]["title"], TOPIC_KIND, reference)
        if (found := self._labels.get(reference)) is None:
            return Referent(reference, None, None)
        layer, label = found
        if layer.clusters:
            link = self._context.clusters.get(f"{self._context.article['id']}/{reference}")
        else:
            link = layer.referent_link(label)
        return Referent(label["text"], layer.label, link)
