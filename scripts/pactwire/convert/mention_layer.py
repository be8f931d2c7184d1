"""The layer of a dataset whose labels are the mentions of other formats: typed spans, often with a link.

It is the layer of names, or else the first one whose rows are tokens. Its class is the type of a mention, its first
link attribute the link, its second one what a metonym stands for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model.issues import DataError, Issue
from pactwire.model.layers import Attribute, AttributeKind, Layer, RowKind
from pactwire.model.records import Span
from pactwire.model.schema import AnnotationSchema
from pactwire.text.content import Content


class Mention(Span):
    """A label as other formats hold it: its place, its type, and its link; None if it has none."""

    id: str
    type: str
    link: str | None


@dataclass(frozen=True)
class MentionLayer:
    """The mentions of a dataset: their layer, and the attribute with their type."""

    schema: AnnotationSchema
    layer: Layer
    type_attribute: Attribute

    @property
    def name(self) -> str:
        """The name of the layer."""
        return self.layer.name

    @property
    def link(self) -> Attribute | None:
        """The attribute with the link of a mention, if there is one."""
        return next(iter(self.layer.links), None)

    @cached_property
    def other_choices(self) -> tuple[Attribute, ...]:
        """The choices of one label besides the type."""
        return tuple(each for each in self.layer.of_kind(AttributeKind.CHOICE) if each.name != self.type_attribute.name)

    @cached_property
    def undecided_choices(self) -> tuple[str, ...]:
        """The names of the other choices that need a label and have no default."""
        return tuple(each.name for each in self.other_choices if each.name in self._required - set(self.blank_values))

    def allows(self, attribute: Attribute, value: Any) -> bool:
        """Return whether an attribute may have a value."""
        return self.schema.allows_value(self.name, attribute, value)

    @property
    def _required(self) -> frozenset[str]:
        return self.schema.required_keys(self.name)

    @cached_property
    def blank_values(self) -> dict[str, Any]:
        """What the attributes that a label must have are if nothing is known: their default, null, none or false."""
        return self.schema.blank_values(self.name)

    def check_can_import(self) -> None:
        """Raise DataError (layers-unsupported) if a label needs a value that other formats don't give."""
        given = {self.type_attribute.name, *self.undecided_choices, *self.blank_values}
        missing = [each.name for each in self.layer.attributes if each.name in self._required - given]
        if missing:
            message = f"no other format gives the labels of {self.name} what they must have: {', '.join(missing)}"
            raise DataError([Issue(SCHEMA_FILE, 1, "layers-unsupported", message)])

    def label(self, span: Span, label_id: str, values: Mapping[str, Any], annotator: str) -> dict[str, Any]:
        """Return a label with some values; its other attributes are blank."""
        filled = {**self.blank_values, **values}
        ordered = {each.name: filled[each.name] for each in self.layer.attributes if each.name in filled}
        return {"id": label_id, **span, **ordered, "by": [annotator]}

    def type_of(self, label: Mapping[str, Any]) -> str:
        """Return the type of a label."""
        return str(label[self.type_attribute.name])

    def link_of(self, label: Mapping[str, Any]) -> str | None:
        """Return the link of a label, None if it has none."""
        return label.get(self.link.name) if self.link else None

    def mentions(self, content: Content) -> list[Mention]:
        """Return the mentions of a document by start and end, in code points of its content text."""
        labels = sorted(content.layer(self.name) or (), key=itemgetter("start", "end"))
        return [
            Mention(**content.map_span(label), id=label["id"], type=self.type_of(label), link=self.link_of(label))  # type: ignore[typeddict-item]
            for label in labels
        ]


def mention_layer(schema: AnnotationSchema) -> MentionLayer:
    """Return the layer of a dataset's mentions; raises DataError (layers-unsupported) if there is none."""
    tokens = (layer for layer in schema.span_layers if layer.rows == RowKind.TOKENS)
    layer = schema.names_layer or next(tokens, None)
    if layer is None or layer.class_attribute is None:
        message = "other formats hold typed mentions, and no layer is one of names, or of tokens with a class"
        raise DataError([Issue(SCHEMA_FILE, 1, "layers-unsupported", message)])
    return MentionLayer(schema, layer, layer.class_attribute)
