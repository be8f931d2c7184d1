"""Flaws of a dataset's schema: keywords and shapes that the tool can't carry, each with its place."""

from collections.abc import Iterator
from typing import Any

from pactwire.model.envelope import completed, envelope_flaws
from pactwire.model.json_schemas import Flaw
from pactwire.model.schema_keywords import form_flaws, keyword_flaws, reference_flaws
from pactwire.model.schema_names import name_flaws
from pactwire.model.schema_reader import read_layers
from pactwire.model.schema_shapes import shape_flaws
from pactwire.model.schema_targets import party_flaws, target_flaws


def schema_flaws(declaration: Any) -> list[Flaw]:
    """Return everything that is wrong with a schema as (issue code, path in the schema, message), each once.

    What is no JSON Schema of the draft that the tool reads has those flaws only. A definition of the tool's that is
    missing is one flaw, with no others that follow from it. A schema without flaws can be read by
    `pactwire.model.schema.AnnotationSchema`.
    """
    if flaws := form_flaws(declaration):
        return flaws
    lacking = list(envelope_flaws(declaration))
    present = {("$defs", name) for name in declaration.get("$defs", {})}
    declaration = completed(declaration)
    layers, declared_flaws = read_layers(declaration)
    found: Iterator[Flaw] = (
        flaw
        for flaws in (
            declared_flaws,
            keyword_flaws(declaration, {each.path for layer in layers for each in layer.attributes.values()}),
            reference_flaws(declaration),
            lacking,
            shape_flaws(declaration, layers),
            name_flaws(layers),
            target_flaws(layers),
        )
        for flaw in flaws
        if flaw[1][:1] != ("$defs",) or len(flaw[1]) == 1 or flaw[1][:2] in present
    )
    return list(dict.fromkeys(found)) or list(party_flaws(declaration, layers))
