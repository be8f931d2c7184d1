"""The shapes of a dataset's schema: those of the document, a layer, a label, and an attribute of each kind."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from pactwire.model.json_schemas import Flaw, tool_schema
from pactwire.model.layers import AttributeKind
from pactwire.model.schema_declarations import nearest
from pactwire.model.schema_keywords import ANNOTATIONS, CONDITIONS, KEYWORDS
from pactwire.model.schema_nodes import NULL, AttributeNode, LayerNode, Step, is_tools
from pactwire.model.strict_json import JsonPath

_LAYER_KEYWORDS: Final = (*ANNOTATIONS, "x-layer", "type", "items", "minItems", "maxItems")
_LABEL_KEYWORDS: Final = (
    *ANNOTATIONS, "$ref", "type", "required", "properties", "unevaluatedProperties", *CONDITIONS,
)  # fmt: skip
_CONDITION_KEYWORDS: Final = (*ANNOTATIONS, "required", "properties", *CONDITIONS)
_STRING: Final = ("type", "minLength", "maxLength", "pattern", "enum", "const", "not", "anyOf", "allOf")
_ARRAY: Final = ("type", "items", "minItems", "maxItems", "uniqueItems")
_NUMBER: Final = ("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_SHAPES: Final[Mapping[AttributeKind, tuple[Collection[str], Collection[str]]]] = {
    AttributeKind.CHOICE: (("string",), ("type", "oneOf")),
    AttributeKind.CHOICES: (("array",), _ARRAY),
    AttributeKind.LINK: (("string",), _STRING),
    AttributeKind.REFERENCE: (("string",), _STRING),
    AttributeKind.REFERENCES: (("array",), _ARRAY),
    AttributeKind.PART: (("object",), ()),
    AttributeKind.TEXT: (("string",), _STRING),
    AttributeKind.FLAG: (("boolean",), ("type",)),
    AttributeKind.NUMBER: (("number", "integer"), _NUMBER),
}
"""For each kind, the types of its values and the keywords that describe them."""
_ITEMS: Final = {
    AttributeKind.CHOICES: _SHAPES[AttributeKind.CHOICE],
    AttributeKind.REFERENCES: _SHAPES[AttributeKind.REFERENCE],
}
_PART: Final = ("$defs", "part")


def shape_flaws(declaration: Any, layers: Collection[LayerNode]) -> Iterator[Flaw]:
    """Yield what does not have the shape that the tool needs."""
    yield from _root_flaws(declaration, [layer.name for layer in layers])
    for layer in layers:
        yield from _layer_flaws(layer)
        for attribute in layer.attributes.values():
            yield from _attribute_flaws(attribute)


def _root_flaws(root: Any, layers: Collection[str]) -> Iterator[Flaw]:
    yield from _object_flaws((), root, "envelope")
    yield from _required_flaws((), root, [*tool_schema("envelope")["$defs"]["envelope"]["properties"], *layers])


def _object_flaws(path: JsonPath, node: Any, base: str) -> Iterator[Flaw]:
    """Yield what keeps a node from being an object on a definition of the envelope."""
    reference = f"#/$defs/{base}"
    if node.get("$ref") != reference:
        yield "schema-shape", (*path, "$ref") if "$ref" in node else path, f"$ref must be {reference!r}"
    if node.get("unevaluatedProperties") is not False:
        where = (*path, "unevaluatedProperties") if "unevaluatedProperties" in node else path
        yield "schema-shape", where, "unevaluatedProperties must be false; otherwise unknown properties are valid"
    if node.get("type", "object") != "object":
        yield "schema-shape", (*path, "type"), f"type must be 'object', not {node['type']!r}"


def _required_flaws(path: JsonPath, node: Any, known: Collection[str]) -> Iterator[Flaw]:
    for index, name in enumerate(node.get("required", ())):
        if name not in known:
            message = f"there is no property {name!r}; {nearest(name, known)}"
            yield "schema-target", (*path, "required", index), message


def _keyword_flaws(steps: Collection[Step], allowed: Collection[str], what: str) -> Iterator[Flaw]:
    """Yield keywords that the tool carries elsewhere, but not in ``what``; the tool's own nodes have none of these."""
    for path, node in steps:
        for key in () if is_tools(path) else node:
            if key in KEYWORDS and key not in allowed:
                names = ", ".join(name for name in allowed if name not in ANNOTATIONS) or "none"
                yield "schema-shape", (*path, key), f"{key} is not allowed in {what}; allowed are: {names}"


def _layer_flaws(layer: LayerNode) -> Iterator[Flaw]:
    if layer.is_span:
        if layer.node.get("type") != "array" or "items" not in layer.node:
            message = (
                "a layer of spans needs type array, and items; for one label of the whole article, write of: article"
            )
            yield "schema-shape", layer.path, message
            return
        yield from _keyword_flaws([(layer.path, layer.node)], _LAYER_KEYWORDS, "a layer of spans")
    elif layer.node.get("type") == "array":
        yield (
            "schema-shape",
            (*layer.path, "type"),
            "a layer of articles is one label, on #/$defs/article_label, not an array",
        )
        return
    if layer.label_steps is None:
        return
    *before, (path, label) = layer.label_steps
    yield from _keyword_flaws(before, (*ANNOTATIONS, "$ref"), "a node that only refers to a label")
    yield from _object_flaws(path, label, "span" if layer.is_span else "article_label")
    yield from _keyword_flaws([(path, label)], _LABEL_KEYWORDS, "a label")
    base = tool_schema("envelope")["$defs"]["span" if layer.is_span else "article_label"]["properties"]
    known = [*base, *layer.attributes]
    yield from _required_flaws(path, label, known)
    yield from _condition_flaws(path, label, known)


def _condition_flaws(path: JsonPath, node: Any, known: Collection[str]) -> Iterator[Flaw]:
    """Yield conditions of a label that are about other properties than its own."""
    for key in CONDITIONS:
        value = node.get(key)
        inner = [((*path, key), value)] if key not in ("allOf", "anyOf") else _numbered((*path, key), value or ())
        for where, each in inner if key != "dependentRequired" else ():
            if isinstance(each, dict):
                yield from _keyword_flaws([(where, each)], _CONDITION_KEYWORDS, "a condition of a label")
                yield from _required_flaws(where, each, known)
                for name in each.get("properties", ()):
                    if name not in known:
                        message = f"there is no property {name!r}; {nearest(name, known)}"
                        yield "schema-target", (*where, "properties", name), message
                yield from _condition_flaws(where, each, known)
        if key == "dependentRequired":
            for name, others in (value or {}).items():
                for where, each in [((*path, key, name), name), *_numbered((*path, key, name), others)]:
                    if each not in known:
                        yield "schema-target", where, f"there is no property {each!r}; {nearest(each, known)}"


def _numbered(path: JsonPath, nodes: Any) -> list[tuple[JsonPath, Any]]:
    return [((*path, index), node) for index, node in enumerate(nodes)]


def _attribute_flaws(attribute: AttributeNode) -> Iterator[Flaw]:
    if attribute.kind is None or attribute.steps is None:
        return
    if attribute.branches:
        path, node = attribute.branches
        if all(isinstance(branch, dict) and branch.get("type") == "null" for branch in node["anyOf"]):
            return  # told of every anyOf
        if len(node["anyOf"]) != 2 or NULL not in node["anyOf"]:
            message = 'null must be one of two branches of anyOf, written {"type": "null"}; the other has all else'
            yield "schema-shape", (*path, "anyOf"), message
            return
        above = [step for step in attribute.steps if not is_tools(step[0])]
        yield from _keyword_flaws(above, (*ANNOTATIONS, "$ref", "anyOf"), "a node whose anyOf has null")
    if not attribute.value_steps:
        return
    yield from _value_flaws(attribute.value_steps, *_SHAPES[attribute.kind], f"kind {attribute.kind}")
    if attribute.kind == AttributeKind.PART and _PART not in (path for path, _ in attribute.value_steps):
        yield "schema-shape", attribute.path, "kind part needs $ref: '#/$defs/part'"
    if attribute.kind in _ITEMS and attribute.value.get("type") == "array":
        if attribute.items:
            yield from _value_flaws(attribute.items, *_ITEMS[attribute.kind], f"items of kind {attribute.kind}")
        elif "items" not in attribute.value:
            yield "schema-shape", attribute.value_steps[-1][0], f"kind {attribute.kind} needs items"
    if attribute.kind.is_choice and not attribute.label_rows:
        steps = attribute.items if attribute.kind == AttributeKind.CHOICES else attribute.value_steps
        if steps:
            yield "schema-shape", steps[-1][0], f"kind {attribute.kind} needs a oneOf with its labels"


def _value_flaws(
    steps: Collection[Step], types: Collection[str], keywords: Collection[str], what: str
) -> Iterator[Flaw]:
    """Yield what does not describe values of these types; null is no longer among their branches."""
    yield from _keyword_flaws(steps, (*ANNOTATIONS, "$ref", *keywords), what)
    found = next(((path, node["type"]) for path, node in steps if "type" in node), None)
    last = list(steps)[-1][0]
    if found is None:
        yield "schema-shape", last, f"{what} needs type {' or '.join(types)}"
    elif found[1] not in types and not isinstance(found[1], list):
        yield "schema-shape", (*found[0], "type"), f"{what} needs type {' or '.join(types)}, not {found[1]}"
    for path, node in steps if "anyOf" in keywords else ():
        if any(isinstance(branch, dict) and branch.get("type") == "null" for branch in node.get("anyOf", ())):
            yield "schema-shape", (*path, "anyOf"), f"null is not supported inside {what}"
