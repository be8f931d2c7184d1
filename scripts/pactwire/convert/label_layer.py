"""A layer of a dataset as conversions see it: what its labels must have, and what they have if nothing is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pactwire.model.layers import Attribute, Layer
from pactwire.model.records import Span
from pactwire.model.schema import AnnotationSchema


@dataclass(frozen=True)
class LabelLayer:
    """A layer of spans and its schema."""

    schema: AnnotationSchema
    layer: Layer

    def allows(self, attribute: Attribute, value: Any) -> bool:
        """Return whether an attribute may have a value."""
        return self.schema.allows_value(self.layer.name, attribute, value)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The attributes that every label has, in the schema's order."""
        keys = self.schema.required_keys(self.layer.name)
        return tuple(each.name for each in self.layer.attributes if each.name in keys)

    @property
    def blank_values(self) -> Mapping[str, Any]:
        """What required attributes are if nothing is known: their default, null, none, false or empty, if allowed."""
        return self.schema.blank_values(self.layer.name)

    def missing(self, values: Mapping[str, Any]) -> list[str]:
        """Return the attributes that a label must have, are not among its values, and can't be blank."""
        return [name for name in self.required if name not in values and name not in self.blank_values]

    def label(self, span: Span, label_id: str, values: Mapping[str, Any], annotator: str) -> dict[str, Any]:
        """Return a label with some values; its other attributes are blank."""
        filled = self.schema.filled_values(self.layer.name, values)
        return {"id": label_id, **span, **filled, "by": [annotator]}
