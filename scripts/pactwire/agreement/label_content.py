"""The content of a label: all that it states, without its id and its makers."""

import functools
from collections.abc import Mapping
from typing import Any, Final

from pactwire.model import schema

SPAN_FIELDS: Final = ("start", "end", "text")


@functools.cache
def label_fields(layer: str) -> tuple[str, ...]:
    """Return the fields of a layer's labels in the schema's order, without ``id`` and ``by``."""
    properties = schema.load_schema("annotation")["$defs"][schema.LAYER_DEFINITIONS[layer]]["properties"]
    return tuple(field for field in properties if field not in ("id", "by"))


def label_content(layer: str, label: Mapping[str, Any]) -> dict[str, Any]:
    """Return a label without ``id`` and ``by``, its fields in the schema's order."""
    content = {field: label[field] for field in label_fields(layer)}
    if content.get("cue"):
        content["cue"] = {field: content["cue"][field] for field in SPAN_FIELDS}
    return content


def cue_span(claim: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the start and end of a claim's cue, or None without one."""
    return (claim["cue"]["start"], claim["cue"]["end"]) if claim["cue"] else None
