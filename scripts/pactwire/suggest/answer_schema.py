"""The JSON Schema of the answers of language models, derived from what a dataset's schema declares.

An answer has a key for each layer. A label has an ``id`` of its own, by which others refer to it, its place in ``text``
(a line, a quote and its occurrence), and all its attributes; what it lacks is null. The schema keeps to what servers
that enforce one support in common: every property is required, no other is allowed, and values are types, lists of
names, or alternatives (OpenAI's strict mode).
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from pactwire.model.layers import Attribute, AttributeKind, Layer
from pactwire.model.schema import AnnotationSchema

ID: Final = "id"
PLACE: Final = "text"
"""The keys of a label in an answer that are no attributes; no attribute may be called so."""
MOST_LINKS: Final = 300
"""The most ids that prompt and schema list; of a longer table they list none, and ids are checked afterwards only."""

_PLACE: Final = {"$ref": "#/$defs/place"}
_NULL: Final = {"type": "null"}


def answer_schema(schema: AnnotationSchema, links: Collection[str]) -> dict[str, Any]:
    """Return the JSON Schema of an answer; ``links`` are the ids that labels may have."""
    layers = {name: _layer_node(schema, layer, links) for name, layer in schema.layers.items()}
    place = _object({"line": {"type": "integer"}, "quote": {"type": "string"}, "occurrence": {"type": "integer"}})
    return {**_object(layers), "$defs": {"place": place}}


def are_listed(links: Collection[str]) -> bool:
    """Tell whether a table of links is short enough to be listed."""
    return len(links) <= MOST_LINKS


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _layer_node(schema: AnnotationSchema, layer: Layer, links: Collection[str]) -> dict[str, Any]:
    required = schema.required_keys(layer.name)
    attributes = {each.name: _attribute_node(each, each.name in required, links) for each in layer.attributes}
    if layer.is_span:
        return {"type": "array", "items": _object({ID: {"type": "string"}, PLACE: _PLACE, **attributes})}
    return {"anyOf": [_object(attributes), _NULL]}


def _attribute_node(attribute: Attribute, is_required: bool, links: Collection[str]) -> dict[str, Any]:
    node = _value_node(attribute, links)
    if attribute.kind.is_list:
        node = {"type": "array", "items": node}
    return {"anyOf": [node, _NULL]} if attribute.is_nullable or not is_required else node


def _value_node(attribute: Attribute, links: Collection[str]) -> dict[str, Any]:
    """Return the node of a value, or of one of several."""
    match attribute.kind:
        case AttributeKind.CHOICE | AttributeKind.CHOICES:
            names = [label.name for label in attribute.labels if not label.is_deprecated]
            return {"type": "string", "enum": names}
        case AttributeKind.LINK:
            allowed = sorted(filter(attribute.allows_link, links if are_listed(links) else ()))
            return {"type": "string", **({"enum": allowed} if allowed else {})}
        case AttributeKind.PART:
            return _PLACE
        case AttributeKind.FLAG:
            return {"type": "boolean"}
        case AttributeKind.NUMBER:
            return {"type": "integer" if attribute.is_integer else "number"}
    return {"type": "string"}  # free text, and references: the id of a label, a topic, or a party
