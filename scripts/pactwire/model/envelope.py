"""The envelope in a dataset's schema: the definitions that are the tool's, and stand in every schema as they are.

Zone kinds alone may be added to, after the tool's own.
"""

from collections.abc import Iterator
from typing import Any, Final

from pactwire.model.json_schemas import Flaw, tool_schema

ENVELOPE: Final = "#/$defs/envelope"
_ZONE_KINDS: Final = "zone_kind"


def envelope_flaws(declaration: Any) -> Iterator[Flaw]:
    """Yield each definition of the tool's that a schema lacks or has edited."""
    definitions = declaration.get("$defs", {})
    for name, own in tool_schema("envelope")["$defs"].items():
        if name not in definitions:
            yield "schema-envelope", ("$defs",) if "$defs" in declaration else (), f"the tool's {name!r} is missing"
        elif definitions[name] != _with_added_kinds(name, own, definitions[name]):
            added = "; only zone kinds may be added, after the tool's" if name == _ZONE_KINDS else ""
            yield "schema-envelope", ("$defs", name), f"{name!r} is the tool's, and differs from it{added}"


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
