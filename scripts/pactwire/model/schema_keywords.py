"""Keywords and references of a dataset's schema: whether it is a JSON Schema, of keywords that the tool carries."""

import re
from collections.abc import Iterator
from typing import Any, Final

from pactwire.model.json_schemas import Flaw, Validator, matches
from pactwire.model.schema_composition import MAX_NUMBER
from pactwire.model.schema_declarations import label_flaws, nearest
from pactwire.model.schema_nodes import TOOL_DEFINITIONS, definition_name, is_tools, subschemas
from pactwire.model.strict_json import JsonPath

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_DEPTH: Final = 50
"""Levels of a schema that is read."""

ANNOTATIONS: Final = ("title", "description", "$comment", "examples", "deprecated")
"""Keywords that say nothing about what is valid."""
CONDITIONS: Final = ("allOf", "anyOf", "not", "if", "then", "else", "dependentRequired")
"""Keywords for what depends on several properties."""
ROOT_KEYWORDS: Final = (
    "$schema", "$id", *ANNOTATIONS, "$ref", "type", "required", "properties", "unevaluatedProperties", "$defs",
)  # fmt: skip
KEYWORDS: Final = (
    "$ref", *ANNOTATIONS, "type", "const", "enum", "oneOf", *CONDITIONS, "properties", "required",
    "unevaluatedProperties", "items", "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "pattern",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
)  # fmt: skip
ZONE_KINDS: Final = ("$defs", "zone_kind")
_LABEL_KEYWORDS: Final = ("x-sign", "x-formerly", "x-deprecated", "x-content", "x-names", "x-models")
_PLACES: Final = {
    "x-layer": "on a property of the document",
    "x-attribute": "on a property of a label",
    **dict.fromkeys(_LABEL_KEYWORDS, "on a label in a oneOf"),
    "x-content": "on a zone kind",
    "x-text": "in the tool's definitions `line` and `prose`",
}


def form_flaws(declaration: Any) -> list[Flaw]:
    """Return why a value is no JSON Schema of this draft at all; nothing else can be said of it then."""
    if path := _too_deep(declaration):
        return [("schema-keyword", path, f"nested too deeply: more than {MAX_DEPTH} levels")]
    if not isinstance(declaration, dict):
        return [("schema-keyword", (), "the schema is not an object")]
    flaws: list[Flaw] = []
    if (draft := declaration.get("$schema")) != DRAFT:
        message = f"$schema is {draft!r}, not {DRAFT!r}" if "$schema" in declaration else f"$schema is missing: {DRAFT}"
        flaws.append(("schema-keyword", ("$schema",) if "$schema" in declaration else (), message))
    metaschema = Validator({"$schema": DRAFT, "$ref": DRAFT})
    own = {key: value for key, value in declaration.items() if key != "$schema"}
    if not metaschema.is_valid(own):
        flaws += [("schema-keyword", path, message) for _, path, message in metaschema.explain(own)]
    return flaws


def _too_deep(value: Any) -> JsonPath:
    """Return the path of the first value at the greatest depth allowed, or ()."""
    level: list[tuple[JsonPath, Any]] = [((), value)]
    for _ in range(MAX_DEPTH):
        level = [
            ((*path, key), item)
            for path, node in level
            if isinstance(node, dict | list)
            for key, item in (node.items() if isinstance(node, dict) else enumerate(node))
        ]
    return level[0][0] if level else ()


def keyword_flaws(declaration: Any, attributes: set[JsonPath]) -> Iterator[Flaw]:
    """Yield keywords that are not supported, or not where they are; ``attributes`` are the paths of those."""
    for path, node in subschemas(declaration):
        if is_tools(path) and path[:3] != (*ZONE_KINDS, "oneOf"):
            if path == ZONE_KINDS and isinstance(node, dict):
                yield from _choice_flaws(node.get("oneOf", ()), (*path, "oneOf"))
            continue
        if isinstance(node, bool):
            if path[-1:] != ("unevaluatedProperties",):
                yield "schema-shape", path, f"{str(node).lower()} is not supported as a schema; write an object"
        elif len(path) > 1 and path[-2] == "oneOf":
            yield from _row_flaws(node, path)
        else:
            yield from _node_flaws(node, path, attributes)


def _node_flaws(node: dict[str, Any], path: JsonPath, attributes: set[JsonPath]) -> Iterator[Flaw]:
    allowed = KEYWORDS if path else ROOT_KEYWORDS
    for key in node:
        if not key.startswith("x-") and key not in allowed:
            message = f"the keyword {key!r} is not supported; {nearest(key, allowed)}"
            yield "schema-keyword", (*path, key), message
        elif key.startswith("x-") and key not in _PLACES:
            yield "schema-keyword", (*path, key), f"unknown keyword {key!r}; {nearest(key, _PLACES)}"
        elif key.startswith("x-") and not (
            (key == "x-layer" and len(path) == 2 and path[0] == "properties")
            or (key == "x-attribute" and path in attributes)
        ):
            yield "schema-keyword", (*path, key), f"{key} does not belong here, but {_PLACES[key]}"
    yield from _value_flaws(node, path)
    yield from _choice_flaws(node.get("oneOf", ()), (*path, "oneOf"))


def _choice_flaws(rows: Any, path: JsonPath) -> Iterator[Flaw]:
    """Yield labels of a choice whose name is there twice, or is also the former name of another."""
    labels = [(index, row) for index, row in enumerate(rows) if isinstance(row, dict)]
    names: set[str] = set()
    for key in ("const", "x-formerly"):
        for index, row in labels:
            name = row.get(key)
            if isinstance(name, str) and name in names:
                yield "schema-clash", (*path, index, key), f"{name!r} is already a name, or a former one, of a label"
            elif isinstance(name, str):
                names.add(name)
    if labels and all(row.get("x-deprecated") is True for _, row in labels):
        yield "schema-class", path, "every label is deprecated, so that no value is left"


def _value_flaws(node: dict[str, Any], path: JsonPath) -> Iterator[Flaw]:
    """Yield values of keywords that are allowed in JSON Schema, but that validators read differently or not at all."""
    if isinstance(node.get("type"), list):
        message = 'several types are not supported; write null as anyOf with {"type": "null"}'
        yield "schema-shape", (*path, "type"), message
    if "anyOf" in node and all(isinstance(each, dict) and each.get("type") == "null" for each in node["anyOf"]):
        yield "schema-shape", (*path, "anyOf"), "anyOf has only null"
    if "pattern" in node and (message := pattern_flaw(node["pattern"])):
        yield "schema-keyword", (*path, "pattern"), message
    for key, value in node.items():
        if isinstance(value, int | float) and abs(value) > MAX_NUMBER:
            yield "schema-keyword", (*path, key), f"{key} is greater than 2^53, which not every validator can hold"


def _row_flaws(row: dict[str, Any], path: JsonPath) -> Iterator[Flaw]:
    """Yield what is wrong with a row of a oneOf, which is a label; of zones, also where x-content is."""
    is_zone = path[:2] == ZONE_KINDS
    yield from label_flaws(row, path)
    for key in row:
        if key in (("x-names", "x-models", "x-sign") if is_zone else ("x-content",)):
            place = "on a label of a layer" if is_zone else _PLACES[key]
            yield "schema-keyword", (*path, key), f"{key} does not belong here, but {place}"


def pattern_flaw(pattern: str) -> str:
    """Return why a pattern is no regular expression for the validators of the tool; empty if it is one."""
    try:
        re.compile(pattern)
        matches(pattern, "")
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        return f"{pattern!r} is not a valid regular expression: {str(error).splitlines()[0]}"
    return ""


def reference_flaws(declaration: Any) -> Iterator[Flaw]:
    """Yield the references that lead to nothing, out of ``$defs``, or in a circle."""
    definitions = declaration.get("$defs", {})
    edges: dict[str, list[tuple[str, JsonPath]]] = {name: [] for name in definitions}
    for path, node in subschemas(declaration):
        if not isinstance(node, dict) or "$ref" not in node:
            continue
        reference, where = node["$ref"], (*path, "$ref")
        name = definition_name(reference)
        if name is None:
            yield "schema-reference", where, f"{reference!r} is not written as '#/$defs/NAME'"
        elif name not in definitions:
            own = [each for each in definitions if each not in TOOL_DEFINITIONS]
            known = nearest(name, [*own, *(each for each in definitions if each in TOOL_DEFINITIONS)])
            yield "schema-reference", where, f"there is no definition {name!r}; {known}"
        elif path[:1] == ("$defs",):
            edges[str(path[1])].append((name, where))
    yield from _circles(edges)


def _circles(edges: dict[str, list[tuple[str, JsonPath]]]) -> Iterator[Flaw]:
    """Yield a flaw for each circle of definitions, at the first reference of its first definition."""
    told: set[str] = set()
    for first, references in edges.items():
        for name, where in references:
            if first not in told and (circle := _way(edges, name, first)):
                told.update(circle)
                yield "schema-reference", where, f"$ref goes in a circle: {' → '.join([first, *circle])}"


def _way(edges: dict[str, list[tuple[str, JsonPath]]], start: str, end: str) -> list[str]:
    """Return the shortest way from one definition to another along references, with both ends, or nothing."""
    ways = {start: [start]}
    queue = [start]
    for name in queue:
        if name == end:
            return ways[name]
        for following, _ in edges[name]:
            if following not in ways:
                ways[following] = [*ways[name], following]
                queue.append(following)
    return []
