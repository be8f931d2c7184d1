"""The JSON Schemas of ``schema/``: the labels they declare, and validation of values against them.

jsonschema-rs decides whether a value is valid; jsonschema explains what is wrong.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from pactwire.model import escapes, strict_json

LABEL_SETS: Final = {
    "zone_kind": ("zone_kind",),
    "origin": ("origin",),
    "status": ("status",),
    "annotator_kind": ("annotator", "kind"),
    "entity_type": ("entity", "type"),
    "form": ("entity", "form"),
    "claim_type": ("claim", "type"),
    "commitment": ("claim", "commitment"),
    "checkworthy": ("claim", "checkworthy"),
    "polarity": ("stance", "polarity"),
    "channel": ("stance", "channel"),
}
"""Name of a label set to the definition (and its property) in annotation.schema.json that declares it."""

LAYER_DEFINITIONS: Final = {"zones": "zone", "entities": "entity", "claims": "claim", "stances": "stance"}
"""Name of a layer to the definition of its labels in annotation.schema.json."""

LABEL_FIELDS: Final = {
    "zone_kind": ("zones", "kind"),
    "origin": ("zones", "origin"),
    "entity_type": ("entities", "type"),
    "form": ("entities", "form"),
    "claim_type": ("claims", "type"),
    "commitment": ("claims", "commitment"),
    "checkworthy": ("claims", "checkworthy"),
    "polarity": ("stances", "polarity"),
    "channel": ("stances", "channel"),
}
"""Name of a label set to the layer and field that contain its labels."""

_END_OF_TEXT: Final = r"(?![\s\S])"
"""The end of a text in a pattern, with one meaning for every regular expression engine."""


@dataclass(frozen=True)
class Label:
    """A label: its name in data, its title and its definition; ``symbol`` is its short form where space is scarce."""

    name: str
    title: str
    definition: str
    symbol: str = ""


@cache
def load_schema(schema: str) -> Any:
    """Return a schema, "annotation" or "article", from the installed package or from the checkout."""
    installed = Path(__file__).parents[1] / "schema"
    folder = installed if installed.is_dir() else Path(__file__).parents[3] / "schema"
    return json.loads((folder / f"{schema}.schema.json").read_text(encoding="utf-8"))


def declared_labels(schema: Any, name: str) -> list[Any]:
    """Return the declarations of a label set in a version of annotation.schema.json; empty if it has no such set."""
    definition, *properties = LABEL_SETS[name]
    node = schema["$defs"].get(definition, {})
    for key in properties:
        node = node.get("properties", {}).get(key, {})
    return list(node.get("oneOf", []))


@cache
def labels(name: str) -> tuple[Label, ...]:
    """Return the labels of a set of LABEL_SETS, in the schema's order, which is append-only."""
    rows = declared_labels(load_schema("annotation"), name)
    return tuple(Label(row["const"], row["title"], row["description"], row.get("x-sign", "")) for row in rows)


@cache
def label_names(name: str) -> tuple[str, ...]:
    """Return the names of the labels of a set, in the schema's order."""
    return tuple(label.name for label in labels(name))


@cache
def default_label(name: str) -> str:
    """Return the label that the property of a set declares as its ``default``."""
    definition, *properties = LABEL_SETS[name]
    node: Any = load_schema("annotation")["$defs"][definition]
    for key in properties:
        node = node["properties"][key]
    return str(node["default"])


def subschema(schema: Any, definition: str) -> Any:
    """Return a schema that accepts one definition of ``schema``, or all of ``schema`` if the definition is empty."""
    if not definition:
        return schema
    return {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{definition}"}


@cache
def _validator(schema: str, definition: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(_simplified(subschema(load_schema(schema), definition)))


def _simplified(node: Any) -> Any:
    """Return an equivalent schema that takes a third less time to validate against.

    Label definitions are reduced to their names. In Rust's patterns ``$`` is the end of the text; in Python's it also
    matches before a final LF. The lookahead that means the same in both is slow.
    """
    if isinstance(node, str) and node.endswith(_END_OF_TEXT):
        return node.removesuffix(_END_OF_TEXT) + "$"
    if isinstance(node, list):
        return [_simplified(item) for item in node]
    if not isinstance(node, dict):
        return node
    if all("const" in label for label in node.get("oneOf", [{}])):
        node = {**node, "enum": [label["const"] for label in node["oneOf"]]}
        del node["oneOf"]
    return {key: _simplified(item) for key, item in node.items()}


def is_valid(value: Any, schema: str, definition: str = "") -> bool:
    """Say whether a value conforms to a schema, or to one of its definitions."""
    try:
        return bool(_validator(schema, definition).is_valid(value))
    except UnicodeEncodeError:  # a lone surrogate, which Rust's strings can't contain
        return not explain(value, schema, definition)


def explain(value: Any, schema: str, definition: str = "") -> list[tuple[str, strict_json.JsonPath, str]]:
    """Return everything that is wrong with a value, sorted by path; empty if it is valid.

    Returns:
        (code, path, message) for each problem. The code is ``schema``, or ``control-character`` for each one in a
        string that may not contain it.
    """
    from jsonschema import Draft202012Validator

    problems = [
        problem
        for error in Draft202012Validator(subschema(load_schema(schema), definition)).iter_errors(value)
        for problem in _messages(error)
    ]
    return sorted(set(problems), key=lambda item: ([str(step).zfill(9) for step in item[1]], item[2]))


def _messages(error: Any) -> Iterator[tuple[str, strict_json.JsonPath, str]]:
    """Turn an error of jsonschema into (code, path, message), with messages that list what is allowed."""
    path = tuple(error.absolute_path)
    name = error.schema.get("title", path[-1] if path else "value")
    if error.validator == "oneOf":
        allowed = ", ".join(str(row["const"]) for row in error.validator_value if "const" in row)
        message = f"{_shortened(error.instance)} is not allowed for {str(name).lower()}; allowed are: {allowed}"
        yield "schema", path, message
    elif error.validator == "anyOf":
        branch = [inner for inner in error.context if inner.schema != {"type": "null"}]
        for inner in branch if len({inner.schema_path[0] for inner in branch}) == 1 else branch[:1]:
            yield from _messages(inner)
    elif error.validator == "additionalProperties":
        allowed = ", ".join(error.schema["properties"])
        for key in (key for key in error.instance if key not in error.schema["properties"]):
            yield "schema", (*path, key), f"unknown property {key!r}; allowed are: {allowed}"
    elif error.validator == "required":
        for key in (key for key in error.validator_value if key not in error.instance):
            yield "schema", path, f"the property {key!r} is missing"
    elif error.validator == "pattern" and "x-text" in error.schema:
        for message in escapes.control_character_messages(error.instance, error.schema["x-text"] == "line"):
            yield "control-character", path, message
    elif error.validator in ("pattern", "const", "not"):
        about = error.schema.get("description", "")
        yield "schema", path, f"{_shortened(error.instance)} is not allowed here" + (f": {about}" if about else "")
    else:
        message = error.message.removeprefix(repr(error.instance)).strip()
        yield "schema", path, f"{_shortened(error.instance)}: {message}"


def _shortened(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
