"""The nodes of a dataset's schema: subschemas, what references lead to, layers and attributes, whatever else is wrong.

The functions here assume a JSON Schema, and nothing more of it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from pactwire.model.json_schemas import tool_schema
from pactwire.model.layers import AttributeKind, LayerScope, RowKind
from pactwire.model.schema_composition import ENVELOPE_OBJECTS, value_node
from pactwire.model.strict_json import JsonPath

Step = tuple[JsonPath, dict[str, Any]]
"""A node of the schema with its path."""

NULL: Final = {"type": "null"}
TOOL_DEFINITIONS: Final = frozenset(tool_schema("envelope")["$defs"])
"""The names of the definitions that are the tool's."""

_REFERENCE: Final = re.compile(r"#/\$defs/([A-Za-z0-9_-]+)")
_NODES: Final = ("items", "not", "if", "then", "else", "unevaluatedProperties")
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_MAPS: Final = ("properties", "$defs")


def subschemas(node: Any, path: JsonPath = ()) -> Iterator[tuple[JsonPath, Any]]:
    """Yield (path, node) for a node and all subschemas in it, in the order of the file."""
    yield path, node
    for key, value in node.items() if isinstance(node, dict) else ():
        if key in _NODES:
            yield from subschemas(value, (*path, key))
        elif key in _LISTS and isinstance(value, list):
            for index, item in enumerate(value):
                yield from subschemas(item, (*path, key, index))
        elif key in _MAPS and isinstance(value, dict):
            for name, item in value.items():
                yield from subschemas(item, (*path, key, name))


def definition_name(reference: str) -> str | None:
    """Return the name of the definition that a ``$ref`` leads to, or None if it is not written ``#/$defs/NAME``."""
    match = _REFERENCE.fullmatch(reference)
    return match[1] if match else None


def follow(schema: Any, path: JsonPath, node: Any) -> list[Step] | None:
    """Return a node and those that its ``$ref`` leads to, up to one on the envelope's objects.

    None if one of them is missing, no object, or in a circle.
    """
    steps: list[Step] = []
    while isinstance(node, dict) and path not in (before for before, _ in steps):
        steps.append((path, node))
        name = definition_name(node["$ref"]) if "$ref" in node else None
        if "$ref" not in node or name in ENVELOPE_OBJECTS:
            return steps
        path, node = ("$defs", name or ""), schema.get("$defs", {}).get(name)
    return None


def is_tools(path: JsonPath) -> bool:
    """Say whether a node is in a definition of the tool's; zone kinds may be the owner's."""
    return path[:1] == ("$defs",) and len(path) > 1 and path[1] in TOOL_DEFINITIONS


@dataclass(frozen=True)
class AttributeNode:
    """An attribute: its node, and ``keys``, the sound part of its x-attribute."""

    name: str
    path: JsonPath
    node: Any
    keys: Mapping[str, Any]
    schema: Any = field(repr=False)

    @property
    def kind(self) -> AttributeKind | None:
        """Its kind, if it has one."""
        return AttributeKind(self.keys["kind"]) if "kind" in self.keys else None

    @cached_property
    def steps(self) -> list[Step] | None:
        """Its node and those that ``$ref`` leads to, without the branches of its ``anyOf`` with null."""
        return follow(self.schema, self.path, self.node)

    @cached_property
    def branches(self) -> Step | None:
        """The node with an ``anyOf`` of which null is a branch."""
        found = (
            (path, node)
            for path, node in self.steps or ()
            if any(isinstance(branch, dict) and branch.get("type") == "null" for branch in node.get("anyOf", ()))
        )
        return next(found, None)

    @cached_property
    def value_steps(self) -> list[Step] | None:
        """The nodes that describe its values other than null; None if a reference in them leads nowhere."""
        if self.branches is None:
            return self.steps
        path, node = self.branches
        others = [(index, branch) for index, branch in enumerate(node["anyOf"]) if branch != NULL]
        if len(others) != 1:
            return None
        return follow(self.schema, (*path, "anyOf", others[0][0]), others[0][1])

    @cached_property
    def value(self) -> Mapping[str, Any]:
        """The keywords for its values other than null, in one object; empty if a reference leads nowhere."""
        return value_node(self.schema, self.node)[0] if self.steps and self.value_steps else {}

    @cached_property
    def items(self) -> list[Step] | None:
        """The nodes that describe the items of an array; None if it has none, or a reference leads nowhere."""
        for path, node in self.value_steps or ():
            if "items" in node:
                return follow(self.schema, (*path, "items"), node["items"])
        return None

    @property
    def is_choice(self) -> bool:
        """Whether its kind is known, and is that of one or several labels."""
        return self.kind is not None and self.kind.is_choice

    @property
    def is_list(self) -> bool:
        """Whether its kind is known, and is one of several values."""
        return self.kind is not None and self.kind.is_list

    @cached_property
    def labels(self) -> tuple[JsonPath, list[Any]]:
        """The path and the rows of the oneOf of a choice or choices; no rows if it has none."""
        nodes = self.items if self.kind == AttributeKind.CHOICES else self.value_steps
        found = (((*path, "oneOf"), node["oneOf"]) for path, node in nodes or () if "oneOf" in node)
        return next(found, (self.path, []))

    @property
    def label_rows(self) -> list[Any]:
        """The rows of the oneOf of a choice or choices."""
        return self.labels[1]

    @property
    def label_names(self) -> list[str]:
        """The names of the labels of a choice or choices, in order, with those that are deprecated."""
        return [row["const"] for row in self.label_rows if isinstance(row, dict) and isinstance(row.get("const"), str)]


@dataclass(frozen=True)
class LayerNode:
    """A layer: its node, and ``keys``, the sound part of its x-layer; ``label_steps`` lead to its labels' node."""

    name: str
    path: JsonPath
    node: Any
    keys: Mapping[str, Any]
    label_steps: list[Step] | None
    attributes: Mapping[str, AttributeNode]

    @property
    def scope(self) -> LayerScope:
        """What its labels are about."""
        return LayerScope(self.keys.get("of", LayerScope.SPAN))

    @property
    def is_span(self) -> bool:
        """Whether its labels are spans."""
        return self.scope == LayerScope.SPAN

    @property
    def rows(self) -> RowKind | None:
        """What a row of its config is, if it has one."""
        return RowKind(self.keys["rows"]) if "rows" in self.keys else None

    @property
    def class_attribute(self) -> AttributeNode | None:
        """The attribute that ``class`` names, if there is one."""
        return self.attributes.get(self.keys.get("class", ""))

    def key_path(self, *steps: str | int) -> JsonPath:
        """Return the path of a key of x-layer."""
        return (*self.path, "x-layer", *steps)

    def lacks(self, key: str) -> bool:
        """Say whether a key is missing from its x-layer, rather than unsound, or x-layer itself."""
        declared = self.node.get("x-layer")
        return isinstance(declared, dict) and key not in declared

    def required(self) -> list[str]:
        """Return the names of the attributes that every label has."""
        return list(self.label_steps[-1][1].get("required", ())) if self.label_steps else []
