"""The values of ``x-layer``, ``x-attribute`` and a label's own keywords, checked against `declaration.schema.json`."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pactwire.model.json_schemas import Flaw, tool_schema, tool_validator
from pactwire.model.layers import AttributeKind
from pactwire.model.strict_json import JsonPath

_FILE: Final = "declaration.schema"
_NAME_KEYS: Final = ("config", "label", "prefix")
"""Keys whose value is a name of the owner's choice."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Return what a message ends in: the allowed name that is most like another, and all that are allowed."""
    known = list(allowed)
    close = difflib.get_close_matches(name, known, 1)
    return f"{f'did you mean {close[0]!r}? ' if close else ''}allowed are: {', '.join(known) or 'none'}"


def declared_layer(value: Any, path: JsonPath) -> tuple[Mapping[str, Any], list[Flaw]]:
    """Return the sound part of an x-layer, and its flaws."""
    return _sound_part(value, "layer", path)


def declared_attribute(value: Any, path: JsonPath) -> tuple[Mapping[str, Any], list[Flaw]]:
    """Return the sound part of an x-attribute, and its flaws; without a known kind, the others are not judged."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if not (isinstance(kind, str) and kind in set(AttributeKind)):
        only_kind = {"kind": kind} if isinstance(value, dict) and "kind" in value else {}
        return {}, _sound_part(only_kind if isinstance(value, dict) else value, "kind", path)[1]
    return _sound_part(value, kind, path)


def label_flaws(row: Any, path: JsonPath) -> list[Flaw]:
    """Return what is wrong with a row of a oneOf as a label."""
    return _sound_part(row, "label", path)[1]


def _sound_part(value: Any, definition: str, path: JsonPath) -> tuple[Mapping[str, Any], list[Flaw]]:
    flaws = list(_unknown_keys(value, tool_schema(_FILE)["$defs"][definition], path, definition))
    unknown = {where for _, where, _ in flaws}
    known = _without(value, unknown, path)
    validator = tool_validator(_FILE, definition)
    if not validator.is_valid(known):
        for _, inner, message in validator.explain(known):
            code = "schema-name" if inner and inner[-1] in _NAME_KEYS else "schema-keyword"
            flaws.append((code, (*path, *inner), message))
    if not isinstance(known, dict):
        return {}, flaws
    wrong = {where[len(path)] for _, where, _ in flaws if len(where) > len(path)}
    return {key: item for key, item in known.items() if key not in wrong}, flaws


def _unknown_keys(value: Any, node: Any, path: JsonPath, name: str) -> Iterator[Flaw]:
    """Yield a flaw for each key that a definition does not have, also inside of the value."""
    if "$ref" in node:
        node = tool_schema(_FILE)["$defs"][node["$ref"].rpartition("/")[2]]
    if not isinstance(value, dict) or node.get("type") != "object":
        return
    properties, others = node.get("properties", {}), node.get("additionalProperties")
    for key, item in value.items():
        if key in properties:
            yield from _unknown_keys(item, properties[key], (*path, key), key)
        elif others is False:
            owner = f"x-attribute of kind {name}" if name in set(AttributeKind) else node["title"]
            yield "schema-keyword", (*path, key), f"unknown key {key!r} in {owner}; {nearest(key, properties)}"
        else:
            yield from _unknown_keys(item, others, (*path, key), key)


def _without(value: Any, paths: set[JsonPath], path: JsonPath) -> Any:
    if not isinstance(value, dict) or not paths:
        return value
    return {key: _without(item, paths, (*path, key)) for key, item in value.items() if (*path, key) not in paths}
