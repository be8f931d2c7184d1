"""Validation against JSON Schemas: jsonschema-rs decides whether a value is valid, jsonschema explains why not.

The schemas of the tool's own files, which are the same for every dataset, are in ``model/schemas``.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from pactwire.model import escapes, strict_json

Flaw = tuple[str, strict_json.JsonPath, str]
"""Issue code, path in the value, and message."""

DEPRECATED: Final = "x-deprecated"
"""On a label, that it is deprecated; beside the oneOf of a composed schema, the names of those that were."""
_END_OF_TEXT: Final = r"(?![\s\S])"
"""The end of a text in a pattern, with one meaning for every regular expression engine."""


class Validator:
    """A validator for one schema: fast where a value is valid, and detailed where it is not."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema

    @cached_property
    def _fast(self) -> Any:
        import jsonschema_rs

        return jsonschema_rs.Draft202012Validator(_simplified(self.schema))

    def is_valid(self, value: Any) -> bool:
        """Say whether a value conforms to the schema."""
        try:
            return bool(self._fast.is_valid(value))
        except (UnicodeEncodeError, ValueError):  # a lone surrogate or a huge number, which Rust's types can't contain
            return not self.explain(value)

    def explain(self, value: Any) -> list[Flaw]:
        """Return everything that is wrong with a value, sorted by path; empty if it is valid.

        The code of a flaw is ``schema``, or ``control-character`` for each one in a string that may not contain it.
        """
        errors = _explaining_class()(self.schema).iter_errors(value)
        leaves = [leaf for error in errors for leaf in _leaves(error)]
        flaws = {flaw for error in _causes(leaves) for flaw in _messages(error)}
        return sorted(flaws, key=lambda item: ([str(step).zfill(9) for step in item[1]], item[2]))


@cache
def _explaining_class() -> Any:
    """Return jsonschema's validator, with patterns as jsonschema-rs reads them; Python's ``$`` and ``\\d`` differ."""
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(_: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
        if isinstance(instance, str) and not matches(pattern, instance):
            yield ValidationError(f"{instance!r} does not match {pattern!r}")

    return extend(Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]


def matches(pattern: str, text: str) -> bool:
    """Say whether a pattern is found in a text, as in the keyword ``pattern``; raises ValueError if it is none."""
    try:
        return bool(_pattern_validator(pattern).is_valid(text))
    except UnicodeEncodeError:  # a lone surrogate
        return re.search(pattern, text) is not None


@cache
def _pattern_validator(pattern: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator({"pattern": pattern})


@cache
def tool_schema(name: str) -> Any:
    """Return a schema of the tool's own files, such as ``article.schema`` or ``envelope``, by its file's name."""
    return json.loads((Path(__file__).parent / "schemas" / f"{name}.json").read_text(encoding="utf-8"))


@cache
def tool_validator(name: str, definition: str) -> Validator:
    """Return the validator for a definition of one of the tool's own schemas."""
    schema = tool_schema(name)
    head = {"$schema": schema["$schema"], "$defs": schema["$defs"]}
    return Validator({**head, "$ref": f"#/$defs/{definition}"})


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
    labels = node.get("oneOf")
    if isinstance(labels, list) and all("const" in label for label in labels):
        node = {**node, "enum": [label["const"] for label in labels]}
        del node["oneOf"]
    return {key: _simplified(item) for key, item in node.items()}


def _leaves(error: Any) -> Iterator[Any]:
    """Yield an error of jsonschema, or for an anyOf those of its branch other than null."""
    if error.validator != "anyOf":
        yield error
        return
    branch = [inner for inner in error.context if inner.schema != {"type": "null"}]
    for inner in branch if len({inner.schema_path[0] for inner in branch}) == 1 else branch[:1]:
        yield from _leaves(inner)


def _causes(leaves: Sequence[Any]) -> Iterator[Any]:
    """Yield the errors without those that follow from a wrong type: of a value that is no label, that it is none."""
    keywords: dict[strict_json.JsonPath, set[str]] = {}
    for error in leaves:
        keywords.setdefault(tuple(error.absolute_path), set()).add(error.validator)
    for error in leaves:
        broken = keywords[tuple(error.absolute_path)]
        if "type" not in broken or error.validator == ("oneOf" if "oneOf" in broken else "type"):
            yield error


def _messages(error: Any) -> Iterator[Flaw]:
    """Turn an error of jsonschema into flaws, with messages that name the property and list what is allowed."""
    path = tuple(error.absolute_path)
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    value = _shortened(error.instance)
    if error.validator == "oneOf":
        title = _annotation(error, "title").lower() or name or "value"
        yield "schema", path, f"{value} is not allowed for {title}{_label_rule(error)}"
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
        yield "schema", path, f"{value} is not allowed {f'for {name}' if name else 'here'}{_rule(error)}"
    else:
        message = error.message.removeprefix(repr(error.instance))
        separator = "" if message.startswith(" ") else ": "
        yield "schema", path, f"{value}{f' for {name}' if name else ''}{separator}{message}"


def _annotation(error: Any, key: str) -> str:
    """Return the title or description of a value, which may be beside the anyOf that it broke; empty if it has none."""
    schemas = [error.schema, *([error.parent.schema] if error.parent else [])]
    return next((str(schema[key]) for schema in schemas if key in schema), "")


def _label_rule(error: Any) -> str:
    """Say why a value is not a label of its oneOf, if that is known, and which labels are."""
    rows = [row for row in error.validator_value if "const" in row]
    new = next((row["const"] for row in rows if "x-formerly" in row and row["x-formerly"] == error.instance), None)
    is_deprecated = error.instance in error.schema.get(DEPRECATED, ())
    reason = f": it is called {new} now" if new else ": it is deprecated" if is_deprecated else ""
    return f"{reason}; allowed are: {', '.join(str(row['const']) for row in rows)}"


def _rule(error: Any) -> str:
    """Say what a value must be like: its description or, without one, its pattern or constant."""
    if about := _annotation(error, "description"):
        return f": {about}"
    if error.validator == "pattern":
        return f": it must match {error.validator_value.replace(_END_OF_TEXT, '$')}"
    return f": it must be {_shortened(error.validator_value)}" if error.validator == "const" else ""


def _shortened(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
