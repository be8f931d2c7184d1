"""Composition of a dataset's schema into one without ``$ref`` to the envelope, and resolution of its references.

A schema refers to the envelope with ``$ref`` and ``unevaluatedProperties``, so that any validator can use it alone.
The composed form lists all properties of an object in one place: it accepts the same documents, takes two thirds of
the time to validate against, and its errors can list what is allowed. It is stricter in four points: ``status`` has
the dataset's layers only, no label's id is the name of a party, deprecated labels are not allowed, and numbers are at
most 2^53 from zero, so that every column can hold them.
"""

from collections.abc import Sequence
from typing import Any, Final

from pactwire.model.json_schemas import DEPRECATED

MAX_NUMBER: Final = 2**53
"""The greatest whole number up to which each has a floating-point number of its own."""
_REFERENCE: Final = "#/$defs/"


def resolve(schema: Any, node: Any) -> Any:
    """Return a node with the definition that its ``$ref`` names merged into it; its own keywords take precedence.

    References to the envelope's objects stay, since their properties are merged by `compose`.
    """
    while "$ref" in node and node["$ref"].removeprefix(_REFERENCE) not in ENVELOPE_OBJECTS:
        target = schema["$defs"][node["$ref"].removeprefix(_REFERENCE)]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


LABEL_ID: Final = "pactwire.label_id"
"""The definition, in the composed form alone, of the id of a label, which is not the name of a party."""
ENVELOPE_OBJECTS: Final = ("envelope", "span", "article_label")
"""Definitions whose properties are merged with those of the node that refers to them."""


def value_node(schema: Any, node: Any) -> tuple[Any, bool]:
    """Return the node that describes an attribute's values other than null, and whether null is one of them."""
    node = resolve(schema, node)
    branches = node.get("anyOf", [])
    if any(branch == {"type": "null"} for branch in branches):
        others = [branch for branch in branches if branch != {"type": "null"}]
        if len(others) == 1:
            rest = {key: value for key, value in node.items() if key != "anyOf"}
            return {**resolve(schema, others[0]), **rest}, True
    return node, False


def compose(schema: Any, parties: Sequence[str]) -> Any:
    """Return the composed form of a dataset's schema, whose parties these are."""
    definitions = {
        name: definition if name in ENVELOPE_OBJECTS else _composed(schema, definition)
        for name, definition in schema["$defs"].items()
    }
    definitions[LABEL_ID] = {**definitions["id"], "not": {"enum": list(parties)}}
    if parties:
        rule = f"{definitions['id']['description'].rstrip('.')}, and no party ({', '.join(parties)})."
        definitions[LABEL_ID]["description"] = rule
    root = {key: value for key, value in schema.items() if key not in ("$schema", "$id", "$defs")}
    root = _composed(schema, root)
    status = {"$ref": "#/$defs/status"}
    root["properties"]["status"] = {
        **{key: value for key, value in root["properties"]["status"].items() if key != "additionalProperties"},
        "additionalProperties": False,
        "properties": dict.fromkeys(("zones", *schema.get("properties", {})), status),
    }
    return {"$schema": schema["$schema"], **root, "$defs": definitions}


def _composed(schema: Any, node: Any) -> Any:
    """Return a node in which every object on the envelope is composed."""
    if isinstance(node, list):
        return [_composed(schema, item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _composed(schema, value) for key, value in node.items()}
    if any(DEPRECATED in row for row in node.get("oneOf", ()) if isinstance(row, dict)):
        node[DEPRECATED] = [row["const"] for row in node["oneOf"] if row.get(DEPRECATED)]
        node["oneOf"] = [row for row in node["oneOf"] if not row.get(DEPRECATED)]
    if node.get("type") in ("integer", "number"):
        bounds = max(node.get("minimum", -MAX_NUMBER), -MAX_NUMBER), min(node.get("maximum", MAX_NUMBER), MAX_NUMBER)
        node |= dict(zip(("minimum", "maximum"), bounds, strict=True))
    name = str(node.get("$ref", "")).removeprefix(_REFERENCE)
    if name not in ENVELOPE_OBJECTS or node.get("unevaluatedProperties") is not False:
        return node
    base = schema["$defs"][name]
    own = node.get("properties", {})
    properties = {**base["properties"], **own}
    if name != "envelope":
        properties |= {"id": {"$ref": f"{_REFERENCE}{LABEL_ID}"}} if "id" in properties else {}
        properties["by"] = properties.pop("by")  # documents are written with it last
    rest = {key: value for key, value in node.items() if key not in ("$ref", "unevaluatedProperties")}
    required = [*base["required"], *node.get("required", [])]
    return {**rest, "type": "object", "additionalProperties": False, "required": required, "properties": properties}
