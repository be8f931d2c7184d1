"""Flaws of a dataset's schema: keywords and shapes that the tool can't carry, each with its place."""

from collections.abc import Iterator, Mapping
from typing import Any

from pactwire.model.envelope import envelope_flaws
from pactwire.model.json_schemas import Flaw
from pactwire.model.schema_declarations import declared_attribute, declared_layer
from pactwire.model.schema_keywords import form_flaws, keyword_flaws, reference_flaws
from pactwire.model.schema_names import name_flaws
from pactwire.model.schema_nodes import AttributeNode, LayerNode, follow
from pactwire.model.schema_shapes import shape_flaws
from pactwire.model.schema_targets import party_flaws, target_flaws


def schema_flaws(declaration: Any) -> list[Flaw]:
    """Return everything that is wrong with a schema as (issue code, path in the schema, message), each once.

    What is no JSON Schema of the draft that the tool reads has those flaws only. A schema without flaws can be read by
    `pactwire.model.schema.AnnotationSchema`.
    """
    if flaws := form_flaws(declaration):
        return flaws
    read = _Reader(declaration)
    layers = read.layers
    found: Iterator[Flaw] = (
        flaw
        for flaws in (
            read.flaws,
            keyword_flaws(declaration, {each.path for layer in layers for each in layer.attributes.values()}),
            reference_flaws(declaration),
            envelope_flaws(declaration),
            shape_flaws(declaration, layers),
            name_flaws(layers),
            target_flaws(layers),
        )
        for flaw in flaws
    )
    return list(dict.fromkeys(found)) or list(party_flaws(declaration, layers))


class _Reader:
    """Reads the layers of a schema, and keeps what is wrong with their declarations."""

    def __init__(self, declaration: Any) -> None:
        self.flaws: list[Flaw] = []
        self._declaration = declaration
        properties = declaration.get("properties", {})
        self.layers = [self._layer(name, node) for name, node in properties.items() if isinstance(node, dict)]

    def _layer(self, name: str, node: Any) -> LayerNode:
        path = ("properties", name)
        keys: Mapping[str, Any] = {}
        if "x-layer" not in node:
            self.flaws.append(("schema-keyword", path, f"the layer {name!r} has no x-layer"))
        else:
            keys, flaws = declared_layer(node["x-layer"], (*path, "x-layer"))
            self.flaws += flaws
        is_span = keys.get("of", "span") == "span"
        start = ((*path, "items"), node.get("items")) if is_span else (path, node)
        steps = follow(self._declaration, *start)
        label_path, label = steps[-1] if steps else (path, {})
        attributes = {
            each: self._attribute(each, (*label_path, "properties", each), property_node)
            for each, property_node in label.get("properties", {}).items()
            if isinstance(property_node, dict)
        }
        return LayerNode(name, path, node, keys, steps, attributes)

    def _attribute(self, name: str, path: tuple[str | int, ...], node: Any) -> AttributeNode:
        keys: Mapping[str, Any] = {}
        if "x-attribute" in node:
            keys, flaws = declared_attribute(node["x-attribute"], (*path, "x-attribute"))
            self.flaws += flaws
        else:
            self.flaws.append(("schema-keyword", path, f"the attribute {name!r} has no x-attribute"))
        return AttributeNode(name, path, node, keys, self._declaration)
