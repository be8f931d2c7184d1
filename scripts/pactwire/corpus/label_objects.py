"""Labels as frozen objects: a label of a document with its attributes by name and its references resolved.

Offsets are code points of the content text, half-open: ``text[start:end]``.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pactwire.model import records
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.model.labels import is_topic
from pactwire.model.layers import Attribute, AttributeKind, Layer

if TYPE_CHECKING:
    from pactwire.corpus.document_objects import Document

_SHOWN: Final = 60
"""Code points of a label's text that its ``repr`` shows."""


class Part(NamedTuple):
    """A span that is part of a label: its text, and where it stands in the content text."""

    text: str
    start: int
    end: int


class Topic(NamedTuple):
    """A topic that a label refers to: a row of topics.json."""

    id: str
    title: str
    definition: str


@dataclass(frozen=True, eq=False, repr=False)
class Label:
    """A label of a document: a span of the text, or one label for the whole article.

    ``label["name"]`` is the value of an attribute, ``label.get("name")`` the same with a default. What they return
    follows from the attribute's kind in the dataset's schema:

    ====================== ================================================================================
    choice, link, text     a string
    choices                a tuple of strings, in the order of the document
    flag, number           a bool; an int or a float
    reference              a `Label` of the same document, a `Topic`, or the name of a party as a string
    references             a tuple of these, in the order of the document
    part                   a `Part`
    ====================== ================================================================================

    An attribute without a value is None, or an empty tuple if it holds several.

        >>> label = pw.open(".")["5ccec2fc13046f9d"].labels("stances")[0]
        >>> label["polarity"], label["holder"].text, label["target"].id
        ('against', 'Рютте', 'topic:dprk-troops')

    Attributes:
        id: Its id, unique in its document; that of a label for the whole article is the name of its layer.
        layer: The name of its layer.
        text: The text that it labels; for the whole article the content text.
        start: Where it starts in the content text, in code points.
        end: Where it ends there.
        by: Who made or confirmed it, in order.
        document: The document that it is in.
    """

    id: str
    layer: str
    text: str
    start: int
    end: int
    by: tuple[str, ...]
    document: "Document"
    _record: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Return the value of an attribute; raises KeyError, which lists those that there are, for any other name."""
        for attribute in self._layer.attributes:
            if attribute.name == name:
                return self._value(attribute)
        known = ", ".join(self)
        raise KeyError(f"a label of {self.layer!r} has no attribute {name!r}; it has {known or 'none'}")

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of an attribute, or ``default`` if it has none or the layer declares no such attribute."""
        if name not in self:
            return default
        value = self[name]
        return default if value is None else value

    def __contains__(self, name: object) -> bool:
        return any(attribute.name == name for attribute in self._layer.attributes)

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the attributes that the schema declares, in its order."""
        return (attribute.name for attribute in self._layer.attributes)

    @property
    def article_id(self) -> str:
        """The id of the article."""
        return self.document.article_id

    @property
    def source_span(self) -> tuple[int, int] | None:
        """Where it starts and ends in the source text; None for a label of the whole article."""
        return (self._record["start"], self._record["end"]) if self._layer.is_span else None

    def as_dict(self) -> dict[str, Any]:
        """Return the attributes by name, resolved as ``label["name"]`` resolves them, in the schema's order."""
        return {name: self[name] for name in self}

    @property
    def record(self) -> dict[str, Any]:
        """A copy of the label as it is in its document, with offsets in the source text."""
        return copy.deepcopy(dict(self._record))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Label) and (self._key, self._record) == (other._key, other._record)

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        text = self.text if len(self.text) <= _SHOWN else self.text[: _SHOWN - 1] + "…"
        shown = (f"{name}={value!r}" for name, value in self._shown_values())
        return f"<{self._layer.label} {', '.join((f'{self.id} {self.start}:{self.end} {text!r}', *shown))}>"

    def _shown_values(self) -> Iterator[tuple[str, Any]]:
        for attribute in self._layer.attributes:
            value = self._record.get(attribute.name)
            if value not in (None, [], False):
                yield attribute.name, value["text"] if attribute.kind == AttributeKind.PART else value

    @property
    def _layer(self) -> Layer:
        return self.document.schema.layers[self.layer]

    @property
    def _key(self) -> tuple[str, str, str, str]:
        return self.article_id, self.document.annotator, self.layer, self.id

    def _value(self, attribute: Attribute) -> Any:
        value = self._record.get(attribute.name)
        if attribute.kind == AttributeKind.REFERENCES:
            return tuple(self._referent(attribute, each) for each in value or ())
        if attribute.kind == AttributeKind.CHOICES:
            return tuple(value or ())
        if value is None:
            return None
        if attribute.kind == AttributeKind.REFERENCE:
            return self._referent(attribute, value)
        return self.document.part(value) if attribute.kind == AttributeKind.PART else value

    def _referent(self, attribute: Attribute, reference: str) -> "Label | Topic | str":
        """Return what a reference names; raises DataError if it names nothing that is there."""
        if reference in attribute.parties:
            return reference
        if is_topic(reference) and (topic := self.document.topics.get(reference)):
            return as_topic(topic)
        if label := self.document.labels_by_id.get(reference):
            return label
        code = "unknown-topic" if is_topic(reference) else "unknown-target"
        message = f"{attribute.name} of {self.id}: {quote(reference)} is not there"
        raise DataError([Issue(f"annotations/{self.document.annotator}", 1, code, message, self.article_id)])


def as_topic(record: records.Topic) -> Topic:
    """Return a row of topics.json as an object."""
    return Topic(record["id"], record["title"], record["definition"])
