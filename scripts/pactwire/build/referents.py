"""What references mean in rows: the label, topic or party that they refer to, and where it is."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pactwire.build.article_context import ArticleContext
from pactwire.build.span_columns import SpanColumns
from pactwire.model.labels import is_topic
from pactwire.model.layers import Layer
from pactwire.model.schema import AnnotationSchema

TOPIC_KIND = "topic"


class Referent(NamedTuple):
    """What a reference refers to: a label, a topic, which has no place, or a party, of which only the text is known.

    ``start`` and ``end`` are offsets of the content text; ``kind`` is the singular of the label's layer, or ``topic``.
    The link of a clustered label is its cluster, that of a topic its id.
    """

    text: str
    id: str | None = None
    start: int | None = None
    end: int | None = None
    kind: str | None = None
    link: str | None = None

    def within(self, start: int, end: int) -> tuple[int | None, int | None]:
        """Return its start and end in the text of a row, given the row's in the content; None where it is outside."""
        if self.start is None or self.end is None or self.start < start or self.end > end:
            return None, None
        return self.start - start, self.end - start


class Referents:
    """The labels of an article's document that can be referred to, by id."""

    def __init__(
        self, schema: AnnotationSchema, context: ArticleContext, spans: Mapping[str, SpanColumns], number: int
    ) -> None:
        """Take the labels from ``spans``, in which the article has this number."""
        self._context = context
        self._labels = {
            label["id"]: (schema.layers[name], label, start, end)
            for name in reversed(schema.target_layers)
            for label, start, end in spans[name].of_document(number)
        }
        self._described: dict[str, Referent] = {}

    def is_label(self, reference: str) -> bool:
        """Say whether a reference is to a label, rather than to a topic or a party."""
        return reference in self._labels

    def text(self, reference: str) -> str:
        """Return the text of what a reference refers to."""
        return self.describe(reference).text

    def describe(self, reference: str) -> Referent:
        """Return what a reference refers to."""
        if (known := self._described.get(reference)) is None:
            known = self._described[reference] = self._describe(reference)
        return known

    def _describe(self, reference: str) -> Referent:
        if is_topic(reference):
            return Referent(self._context.topics[reference]["title"], reference, kind=TOPIC_KIND, link=reference)
        if not self.is_label(reference):
            return Referent(reference)
        layer, label, start, end = self._labels[reference]
        return Referent(label["text"], reference, start, end, layer.label, self._link(layer, label))

    def _link(self, layer: Layer, label: Any) -> str | None:
        if layer.clusters:
            return self._context.clusters.get(f"{self._context.article['id']}/{label['id']}")
        return layer.referent_link(label)
