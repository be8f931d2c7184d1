"""Canonical form of labels, in which they are compared, digested and written."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec

from pactwire.model import digests
from pactwire.model.labels import is_topic
from pactwire.model.layer_reader import label_properties
from pactwire.model.layers import Attribute
from pactwire.model.schema import AnnotationSchema

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def sort_key(label: Mapping[str, Any]) -> tuple[int, int, str]:
    """Return the sort key of a label: by start, then the longer first, then by id."""
    return label["start"], -label["end"], label["id"]


def label_key(layer: str, label: Mapping[str, Any]) -> str:
    """Return what a label is called where labels of all layers are together: its id; an article's label has none."""
    return str(label["id"]) if "id" in label else article_key(layer)


def article_key(layer: str) -> str:
    """Return the key of an article's label, in a form that no id has."""
    return f"({layer})"


def canonical_layers(schema: AnnotationSchema, layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the layers of a document in canonical form.

    Layers and keys are in the order of the schema, labels in that of `sort_key`.
    """
    return {
        layer: _with_schema_keys(schema, layer, layers[layer])
        if isinstance(layers[layer], dict)
        else [_with_schema_keys(schema, layer, label) for label in sorted(layers[layer], key=sort_key)]
        for layer in schema.layer_names
        if layer in layers
    }


def _with_schema_keys(schema: AnnotationSchema, layer: str, label: Any) -> dict[str, Any]:
    result = {key: label[key] for key in nullable_by_key(schema, layer) if key in label}
    for part in schema.layers[layer].parts if layer in schema.layers else ():
        if result.get(part.name):
            result[part.name] = {key: result[part.name][key] for key in ("start", "end", "text")}
    return result


@cache
def nullable_by_key(schema: AnnotationSchema, layer: str) -> Mapping[str, bool]:
    """Return the keys of a layer's labels in the order of the schema, each with whether it may be null."""
    known = label_properties(schema.composed, schema.composed["properties"][layer])
    return {key: {"type": "null"} in node.get("anyOf", ()) for key, node in known}


def label_digest(label: Mapping[str, Any]) -> str:
    """Return a digest of a label without ``by``: it distinguishes an accepted draft from an edited one."""
    return content_digest({key: value for key, value in label.items() if key != "by"})


def content_digest(said: Mapping[str, Any]) -> str:
    """Return the digest of a label's content: 16 hexadecimal digits of the SHA-256 of its sorted JSON."""
    return digests.short_sha256(_ENCODER.encode(said), 16)


def order_references(attribute: Attribute, references: Sequence[str], labels: Mapping[str, Any]) -> list[str]:
    """Return references in the order of their labels in the text, then parties in the schema's order, then topics."""
    fixed = [party for party in attribute.parties if party in references]
    fixed += [each for each in references if is_topic(each)]
    named = [each for each in references if each not in fixed]
    return [*sorted(named, key=lambda each: sort_key(labels[each])), *fixed]
