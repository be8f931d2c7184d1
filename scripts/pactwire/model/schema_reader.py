"""Reading the layers of a dataset's schema that may have flaws."""

from collections.abc import Mapping
from typing import Any

from pactwire.model.json_schemas import Flaw
from pactwire.model.schema_declarations import declared_attribute, declared_layer
from pactwire.model.schema_nodes import AttributeNode, LayerNode, follow


def read_layers(declaration: Any) -> tuple[list[LayerNode], list[Flaw]]:
    """Return the layers of a JSON Schema, in order, and what is wrong with their x-layer and x-attribute."""
    reader = _Reader(declaration)
    return reader.layers, reader.flaws


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
