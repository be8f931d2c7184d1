"""The content of a label: all that it states, without its id and its makers."""

import functools
from collections.abc import Mapping
from typing import Any, Final

from pactwire.model.layer_reader import label_properties
from pactwire.model.schema import AnnotationSchema

SPAN_FIELDS: Final = ("start", "end", "text")


@functools.cache
def label_fields(schema: AnnotationSchema, layer: str) -> tuple[str, ...]:
    """Return the fields of a layer's labels in the schema's order, without ``id`` and ``by``."""
    properties = label_properties(schema.composed, schema.composed["properties"][layer])
    return tuple(field for field, _ in properties if field not in ("id", "by"))


def label_content(schema: AnnotationSchema, layer: str, label: Mapping[str, Any]) -> dict[str, Any]:
    """Return a label without ``id`` and ``by``, its fields in the schema's order; optional ones may be missing."""
    content = {field: label[field] for field in label_fields(schema, layer) if field in label}
    for part in schema.layers[layer].parts if layer in schema.layers else ():
        if content.get(part.name):
            content[part.name] = {field: content[part.name][field] for field in SPAN_FIELDS}
    return content


def part_span(label: Mapping[str, Any], part: str) -> tuple[int, int] | None:
    """Return the start and end of a part of a label, or None without one."""
    return (label[part]["start"], label[part]["end"]) if label.get(part) else None
