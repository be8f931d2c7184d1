"""Edits of a schema in place: names in all its keywords, and definitions that nothing refers to any more."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pactwire.model.schema_keywords import CONDITIONS
from pactwire.model.schema_nodes import TOOL_DEFINITIONS, AttributeNode, LayerNode, Step, definition_name, subschemas


def rename_key(mapping: dict[str, Any], old: str, new: str) -> None:
    """Give a key another name, in its place."""
    items = [(new if key == old else key, value) for key, value in mapping.items()]
    mapping.clear()
    mapping.update(items)


def rename_item(items: list[Any], old: str, new: str | None) -> None:
    """Give a name in a list another one, or take it out."""
    items[:] = [new if item == old else item for item in items if item != old or new is not None]


def rename_value(mapping: dict[str, Any], key: str, old: str, new: str) -> None:
    """Give the name under a key another one, if it is that; in a list, too."""
    if isinstance(mapping.get(key), list):
        rename_item(mapping[key], old, new)
    elif mapping.get(key) == old:
        mapping[key] = new


def rename_constants(declaration: Any, node: Any, old: str, new: str) -> None:
    """Give a value another name wherever a node, or a definition that it refers to, allows or refuses it."""
    seen: set[str] = set()

    def visit(node: Any) -> None:
        for _, each in subschemas(node):
            if isinstance(each, dict):
                rename_value(each, "const", old, new)
                rename_value(each, "enum", old, new)
                name = definition_name(each.get("$ref", ""))
                if name and name not in TOOL_DEFINITIONS and name not in seen:
                    seen.add(name)
                    visit(declaration["$defs"].get(name, {}))

    visit(node)


def conditions(label: Any) -> Iterator[Any]:
    """Yield the conditions of a label's node, with those inside of them."""
    for key in CONDITIONS:
        value = label.get(key, ())
        for each in value if isinstance(value, list) else (value,):
            if key != "dependentRequired" and isinstance(each, dict):
                yield each
                yield from conditions(each)


def rename_property(label: Any, old: str, new: str) -> None:
    """Give a property of a label another name, also where conditions name it."""
    for node in (label, *conditions(label)):
        rename_key(node.get("properties", {}), old, new)
        rename_value(node, "required", old, new)
        dependent = node.get("dependentRequired", {})
        rename_key(dependent, old, new)
        for others in dependent.values():
            rename_item(others, old, new)


def derived_columns(layers: Iterable[LayerNode], source: str, take: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the columns that are derived from a layer, or from one of its attributes."""
    for layer in layers:
        for derived in layer.node["x-layer"].get("derived", {}).values():
            if derived.get("from") == source and take in (None, derived.get("take")):
                yield derived


def rename_in_layer(keywords: dict[str, Any], old: str, new: str) -> None:
    """Give an attribute another name in the x-layer of its layer."""
    for key in ("class", "meaning", "identity"):
        rename_value(keywords, key, old, new)
    rename_value(keywords.get("candidates", {}), "pair", old, new)
    rename_value(keywords.get("clusters", {}), "text", old, new)


def value_nodes(attribute: AttributeNode) -> Sequence[Step]:
    """Return the nodes that describe an attribute's values: those of its items, if it is a list."""
    return (attribute.items if attribute.is_list else attribute.value_steps) or ()


def used_definitions(declaration: Any) -> set[str]:
    """Return the names of the definitions that the layers refer to, also by way of others."""
    definitions: Mapping[str, Any] = declaration["$defs"]
    used: set[str] = set()
    nodes = [{key: value for key, value in declaration.items() if key != "$defs"}]
    while nodes:
        for _, node in subschemas(nodes.pop()):
            name = definition_name(node.get("$ref", "")) if isinstance(node, dict) else None
            if name is not None and name in definitions and name not in used:
                used.add(name)
                nodes.append(definitions[name])
    return used


def remove_definitions(declaration: Any, used_before: set[str]) -> None:
    """Remove the owner's definitions that were used before, and are not any more."""
    for name in used_before - used_definitions(declaration) - TOOL_DEFINITIONS:
        del declaration["$defs"][name]
