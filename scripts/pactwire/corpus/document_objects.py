"""Annotation documents as frozen objects: the labels of one article by one annotator, over its content text."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from pactwire.corpus.label_objects import Label, Part
from pactwire.model import records
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.model.labels import document_labels
from pactwire.model.schema import AnnotationSchema
from pactwire.text.content import Content


class Annotator(NamedTuple):
    """Who or what made labels; ``kind`` is ``human``, ``model`` or ``rule``."""

    id: str
    kind: str
    name: str | None
    version: str | None


@dataclass(frozen=True, eq=False, repr=False)
class Document:
    """The labels of an article by one annotator, or the final ones.

    A layer that is not among ``layers`` was not annotated; one that is there and has no labels holds none.

        >>> pw.open(".")["5ccec2fc13046f9d"].document("claude-c")
        <document of 5ccec2fc13046f9d by claude-c: 57 entities, 17 claims, 11 stances>

    Attributes:
        article_id: The id of the article.
        annotator: The annotator, as the folder in annotations/ is called; ``final`` for the final document.
        schema: The dataset's schema.
        topics: The rows of topics.json by id.
    """

    article_id: str
    annotator: str
    schema: AnnotationSchema
    topics: Mapping[str, records.Topic]
    _record: records.Document
    _content: Content

    @property
    def text(self) -> str:
        """The content text that its labels count in: that of the article, unless the document has own zones."""
        return self._content.text

    @property
    def segments(self) -> tuple[records.Segment, ...]:
        """The segments between the content text and the source text."""
        return tuple(copy.deepcopy(self._content.segments))

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers that were annotated, in the schema's order."""
        return tuple(name for name in self.schema.layers if name in self._record)

    @property
    def annotators(self) -> tuple[Annotator, ...]:
        """Who or what made its labels."""
        return tuple(Annotator(each["id"], each["kind"], each["name"], each["version"]) for each in self._makers)

    @property
    def _makers(self) -> list[records.Annotator]:
        return self._record["annotators"]

    @property
    def guidelines(self) -> str:
        """The version of the guidelines that were followed."""
        return self._record["guidelines"]

    @property
    def created(self) -> str:
        """When it was made: a day, or a moment in UTC."""
        return self._record["created"]

    @property
    def updated(self) -> str:
        """When it was last changed: a day, or a moment in UTC."""
        return self._record["updated"]

    def status(self, layer: str) -> str | None:
        """Return how far the work on a layer is, such as ``draft`` or ``reviewed``; None if it was not annotated.

        Raises KeyError if the schema declares no such layer.
        """
        if layer != "zones":
            require_layer(self.schema, layer)
        return self._record["status"].get(layer)

    def labels(self, layer: str) -> tuple[Label, ...]:
        """Return the labels of a layer, sorted by their start, the longer first, then by id.

        The tuple is empty if the layer holds none, and if it was not annotated (`layers`, `status`). A layer with one
        label for the whole article gives that label.

        Raises:
            KeyError: The schema declares no such layer.
            DataError: (on-furniture) A label does not lie in the content text.
        """
        require_layer(self.schema, layer)
        if layer not in self._labels:
            found = [self._label(layer, record) for record in document_labels(self._record, layer)]
            self._labels[layer] = tuple(sorted(found, key=lambda each: (each.start, -each.end, each.id)))
        return self._labels[layer]

    @cached_property
    def _labels(self) -> dict[str, tuple[Label, ...]]:
        return {}

    @cached_property
    def labels_by_id(self) -> Mapping[str, Label]:
        """The labels of all layers of spans by id."""
        return {label.id: label for layer in self.schema.span_layers for label in self.labels(layer.name)}

    def _label(self, layer: str, record: Mapping[str, Any]) -> Label:
        if self.schema.layers[layer].is_span:
            text, start, end = self.part(record)
            return Label(record["id"], layer, text, start, end, tuple(record["by"]), self, record)
        return Label(layer, layer, self.text, 0, len(self.text), tuple(record["by"]), self, record)

    def part(self, record: Mapping[str, Any]) -> Part:
        """Return a span of the source text as one of the content text; raises DataError (on-furniture) elsewhere."""
        try:
            place = self._content.map_span(record)
        except ValueError:
            message = f"{quote(record['text'])} at {record['start']}:{record['end']} lies on or across furniture"
            place_of_issue = f"annotations/{self.annotator}"
            raise DataError([Issue(place_of_issue, 1, "on-furniture", message, self.article_id)]) from None
        return Part(place["text"], place["start"], place["end"])

    @property
    def record(self) -> records.Document:
        """A copy of the document as it is in annotations/, with offsets in the source text."""
        return copy.deepcopy(self._record)

    @property
    def zone_records(self) -> list[records.Zone]:
        """Copies of the zones that its content text was cut by, as they are in documents."""
        return copy.deepcopy(self._content.zones)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and self._key == other._key and self._record == other._record

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, str, str]:
        return self.article_id, self.annotator, self._record["text_sha256"]

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(document_labels(self._record, layer))} {layer}" for layer in self.layers)
        return f"<document of {self.article_id} by {self.annotator}: {counts or 'no layers'}>"


def as_document(
    schema: AnnotationSchema,
    article: records.Article,
    zones: Sequence[records.Zone],
    annotator: str,
    document: records.Document,
    topics: Mapping[str, records.Topic],
) -> Document:
    """Return a document as an object; ``zones`` are those of the article, which count if the document has none."""
    content = Content(article, document.get("zones", zones), document, schema.content_kinds)
    return Document(article["id"], annotator, schema, topics, document, content)


def require_layer(schema: AnnotationSchema, layer: str) -> None:
    """Raise KeyError, which lists the layers that there are, unless the schema declares a layer."""
    if layer not in schema.layers:
        known = ", ".join(schema.layers)
        raise KeyError(f"the schema declares no layer {layer!r}; it declares {known or 'none'}")
