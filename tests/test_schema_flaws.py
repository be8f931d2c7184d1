"""Flaws of schemas: each is told with its place, and what has none can be carried by the tool."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pactwire.build import features
from pactwire.model import issues
from pactwire.model.json_schemas import tool_schema
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_flaws import schema_flaws
from pactwire.model.schema_keywords import DRAFT
from pactwire.model.schema_nodes import is_tools
from support.examples import examples
from support.rich_schema import DOCUMENT, rich_schema

ROOT = Path(__file__).parents[1]
SCHEMAS = [
    ROOT / "schema/annotation.schema.json",
    *sorted(ROOT.glob("examples/*/schema/annotation.schema.json")),
    *sorted(ROOT.glob("scripts/pactwire/**/schema/annotation.schema.json")),
]

CASES = [json.loads(line) for line in (Path(__file__).parent / "golden/schema_flaws.jsonl").read_text().splitlines()]
"""Changes of the rich schema: values that are set or dropped, and the flaw that they make, with paths like /$defs/a."""

Path_ = tuple[str | int, ...]


def path_of(pointer: str) -> Path_:
    """Return the path that is written /a/0/b."""
    return tuple(int(step) if step.isdigit() else step for step in pointer.split("/")[1:])


def changed(case: Any) -> Any:
    """Return the rich schema with the changes of a case."""
    schema = rich_schema()
    for pointer in case.get("drop", ()):
        *steps, last = path_of(pointer)
        del at(schema, tuple(steps))[last]
    for pointer, value in case.get("set", {}).items():
        *steps, last = path_of(pointer)
        at(schema, tuple(steps))[last] = value
    return schema


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['code']}: {case['name']}")
def test_tells_a_flaw_with_its_place(case: Any) -> None:
    """A change has its flaw, with code, path and message; ``also`` counts those that follow from it elsewhere."""
    found = schema_flaws(changed(case))
    [flaw] = [flaw for flaw in found if flaw[1] == path_of(case["path"])]
    assert flaw == (case["code"], path_of(case["path"]), case["message"])
    assert len(found) == 1 + case.get("also", 0), found


def test_tells_once_that_definitions_of_the_tool_are_missing() -> None:
    """Nothing is told that only follows from it, and what else is wrong still is."""
    schema = rich_schema()
    tools = tool_schema("envelope")["$defs"]
    schema["$defs"] = {name: node for name, node in schema["$defs"].items() if name not in tools}
    missing = ("schema-envelope", ("$defs",), f"{len(tools)} of the tool's definitions are missing")
    assert schema_flaws(schema) == [missing]
    schema["$defs"]["claim"]["properties"]["normalized"]["$ref"] = "#/$defs/pros"
    assert [(code, path[:2]) for code, path, _ in schema_flaws(schema)] == [
        ("schema-reference", ("$defs", "claim")),
        ("schema-envelope", ("$defs",)),
    ]


def test_tells_that_a_schema_has_no_definitions() -> None:
    """Its place is the schema itself."""
    bare = {"$schema": DRAFT, "$ref": "#/$defs/envelope", "unevaluatedProperties": False, "properties": {}}
    assert schema_flaws(bare) == [("schema-envelope", (), "22 of the tool's definitions are missing")]


def test_places_no_flaw_in_a_definition_that_is_missing() -> None:
    """An attribute that refers to such a definition is judged when it is there again."""
    schema = rich_schema()
    schema["$defs"]["claim"]["properties"]["normalized"]["$ref"] = "#/$defs/offset"
    assert [path for _, path, _ in schema_flaws(schema)] == [("$defs", "offset", "type")]
    del schema["$defs"]["offset"]
    assert [path for _, path, _ in schema_flaws(schema)] == [("$defs",)]


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: "/".join(path.parts[-4:]))
def test_finds_no_flaw_in_a_good_schema(path: Path) -> None:
    """The schemas of this repository have none, nor has the rich one."""
    assert schema_flaws(json.loads(path.read_text(encoding="utf-8"))) == []
    assert schema_flaws(rich_schema()) == []


def nodes(value: Any, path: Path_ = ()) -> list[Path_]:
    """Return the paths of a value and of all values in it."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in children for found in nodes(child, (*path, key)))]


def at(value: Any, path: Path_) -> Any:
    """Return the value at a path; raises KeyError, IndexError or TypeError where there is none."""
    for step in path:
        value = value[step]
    return value


RICH = rich_schema()
PATHS = [path for path in nodes(RICH)[1:] if path[:2] != ("$defs", "envelope")]
OWN_PATHS = [path for path in PATHS if not is_tools(path)]
ODD: list[Any] = [
    None, True, False, 0, -1, 1, 2**70, "", "x", "id", "text", "zones", "topics", "entities", "AUTHOR", "\n", "[",
    "a/b", [], {}, [[]], [{}], [True], ["id"], {"a": 1}, {"": {}}, {"type": "null"}, {"anyOf": [{"type": "null"}]},
    {"$ref": "#"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}, {"oneOf": [True]},
    {"oneOf": [{"type": "string"}]},
    {"$ref": "#/$defs/span"}, {"$ref": "#/$defs/envelope"}, {"$ref": "#/$defs/entity"}, {"$ref": "#/$defs/part"},
    {"$ref": "#/$defs/zone_kind"}, {"properties": {"oneOf": {"const": 1}}}, {"not": {}}, {"not": {"type": "null"}},
    {"type": ["string", "null"]}, {"allOf": [{"$ref": "#/$defs/link"}]}, {"if": {}, "else": False},
]  # fmt: skip
"""Values and nodes that a schema should not have in most places."""
KEYWORDS_DRAWN = [
    "$ref", "$id", "$anchor", "$dynamicRef", "$defs", "type", "const", "enum", "oneOf", "anyOf", "allOf", "not", "if",
    "then", "else", "properties", "patternProperties", "additionalProperties", "required", "dependentRequired",
    "dependentSchemas", "items", "prefixItems", "contains", "minLength", "pattern", "multipleOf", "uniqueItems",
    "title", "unevaluatedProperties", "unevaluatedItems", "x-layer", "x-attribute", "x-text", "x-deprecated",
    "x-formerly", "x-content", "x-names", "x-models", "x-sign", "of", "rows", "class", "config", "to", "parties",
    "kind", "default", "by",
]  # fmt: skip


@st.composite
def edits(draw: st.DrawFn) -> tuple[Path_, str, Any, str]:
    """Draw a place of the rich schema, what happens there, a value, and a key."""
    path = draw(st.sampled_from(OWN_PATHS * 3 + PATHS))
    value = draw(st.sampled_from(ODD) | st.sampled_from(PATHS).map(lambda other: at(RICH, other)))
    parent = at(RICH, path[:-1])
    key = draw(st.sampled_from(KEYWORDS_DRAWN) | st.sampled_from([str(each) for each in parent if parent] or ["x"]))
    return path, draw(st.sampled_from(["replace", "remove", "add", "rename"])), value, key


def edit(schema: Any, path: Path_, action: str, value: Any, key: str) -> None:
    """Replace, remove or rename a value, or add one to it; nothing where an earlier edit removed it."""
    try:
        parent, target = at(schema, path[:-1]), at(schema, path)
    except (KeyError, IndexError, TypeError):
        return
    if action == "remove":
        del parent[path[-1]]
    elif action == "rename" and isinstance(parent, dict):
        parent[key] = parent.pop(path[-1])
    elif action == "add" and isinstance(target, dict):
        target[key] = copy.deepcopy(value)
    elif action == "add" and isinstance(target, list):
        target.append(copy.deepcopy(value))
    else:
        parent[path[-1]] = copy.deepcopy(value)


DOCUMENT_EDITS: SearchStrategy[Any] = st.tuples(
    st.sampled_from([path for path in nodes(DOCUMENT)[1:] if path[:1] != ("zones",)]),
    st.sampled_from(["replace", "remove"]),
    st.sampled_from([None, "x", "e1", "AUTHOR", 0, 7, True, [], {}, ["x"], [1], "law", "war"]),
    st.just(""),
)
"""Places of the document, and what happens there."""


@examples(300)
@given(st.lists(edits(), min_size=1, max_size=3), st.lists(DOCUMENT_EDITS, min_size=1, max_size=3))
def test_carries_what_has_no_flaw(changes: list[Any], others: list[Any]) -> None:
    """Whatever a schema is like, it has flaws with codes and places, or it can be read, built and validated against."""
    schema = rich_schema()
    for change in changes:
        edit(schema, *change)
    found = schema_flaws(schema)
    for code, path, message in found:
        assert code in issues.REMEDIES
        assert message
        at(schema, path)
    if found:
        return
    read = AnnotationSchema(json.loads(json.dumps(schema)))
    for config in features.configs(read):
        assert features.arrow_schema(read, config).names
    documents = [copy.deepcopy(DOCUMENT) for _ in (None, *others)]
    for document, change in zip(documents[1:], others, strict=True):
        edit(document, *change)
    for document in documents:
        assert read.is_valid(document) == (not read.explain(document))


ANY_JSON: SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, 0, "x", 2**70, DRAFT]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["$schema", *KEYWORDS_DRAWN]), inner, max_size=4)
    ),
)


@examples(200)
@given(ANY_JSON)
def test_never_fails_on_any_json(value: Any) -> None:
    """Any JSON at all has flaws, unless it is a schema."""
    assert schema_flaws(value)


def test_tells_what_is_nested_too_deeply() -> None:
    """At any depth it is one flaw, with the path of a value at the greatest depth allowed."""
    deep: Any = {}
    for _ in range(3000):
        deep = {"not": deep}
    [(code, path, message)] = schema_flaws({**rich_schema(), "not": deep})
    assert (code, len(path), message) == ("schema-keyword", 50, "nested too deeply: more than 50 levels")
    assert schema_flaws({**rich_schema(), "description": "x"}) == []
