"""The envelope in a dataset's schema: the definitions that are the tool's, and stand in every schema as they are.

Zone kinds alone may be added to, after the tool's own.
"""

from collections.abc import Iterator
from typing import Any, Final

from pactwire.model.json_schemas import Flaw, tool_schema

ENVELOPE: Final = "#/$defs/envelope"
_ZONE_KINDS: Final = "zone_kind"


def envelope_flaws(declaration: Any) -> Iterator[Flaw]:
    """Yield one flaw for the definitions of the tool's that a schema lacks, and one for each that it has edited."""
    definitions = declaration.get("$defs", {})
    tools = tool_schema("envelope")["$defs"]
    missing = [name for name in tools if name not in definitions]
    if missing:
        count = (
            f"the tool's {missing[0]!r} is" if len(missing) == 1 else f"{len(missing)} of the tool's definitions are"
        )
        yield "schema-envelope", ("$defs",) if "$defs" in declaration else (), f"{count} missing"
    for name, own in tools.items():
        if name in definitions and definitions[name] != _with_added_kinds(name, own, definitions[name]):
            added = "; only zone kinds may be added, after the tool's" if name == _ZONE_KINDS else ""
            yield "schema-envelope", ("$defs", name), f"{name!r} is the tool's, and differs from it{added}"


def completed(declaration: Any) -> Any:
    """Return a schema with the definitions of the tool's that it lacks, after its own."""
    definitions = declaration.get("$defs", {})
    missing = {name: own for name, own in tool_schema("envelope")["$defs"].items() if name not in definitions}
    return {**declaration, "$defs": {**definitions, **missing}} if missing else declaration


def renewed(declaration: Any) -> Any:
    """Return a schema with the tool's definitions as they are now.

    All else stays, in its order: the owner's definitions, and zone kinds that were added. Missing definitions are
    added at the end. What does not refer to the envelope is returned as it is.
    """
    if not isinstance(declaration, dict) or declaration.get("$ref") != ENVELOPE:
        return declaration
    if not isinstance(declaration.get("$defs", {}), dict):
        return declaration
    definitions = dict(declaration.get("$defs", {}))
    for name, own in tool_schema("envelope")["$defs"].items():
        definitions[name] = _with_added_kinds(name, own, definitions.get(name))
    return {**declaration, "$defs": definitions}


def _with_added_kinds(name: str, own: Any, present: Any) -> Any:
    """Return the tool's definition; zone kinds with those that are only in the one that is present."""
    rows = present.get("oneOf") if isinstance(present, dict) else None
    if name != _ZONE_KINDS or not isinstance(rows, list):
        return own
    known = {row["const"] for row in own["oneOf"]}
    added = [
        row for row in rows if isinstance(row, dict) and isinstance(row.get("const"), str) and row["const"] not in known
    ]
    return {**own, "oneOf": [*own["oneOf"], *added]}
