"""Flaws of a dataset's schema: keywords and shapes that the tool can't carry, each with its place."""

from typing import Any

from pactwire.model.json_schemas import Flaw


def schema_flaws(declaration: Any) -> list[Flaw]:
    """Return everything that is wrong with a schema as (issue code, path in the schema, message)."""
    return []
