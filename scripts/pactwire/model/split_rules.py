"""The rules of a split: each a JSON Schema that a label conforms to if the rule holds."""

import copy
from collections.abc import Iterator
from typing import Any

from pactwire.model import schema_edits
from pactwire.model.json_schemas import Flaw
from pactwire.model.migration_targets import CHOICES, label_node
from pactwire.model.schema_declarations import nearest
from pactwire.model.schema_flaws import schema_flaws
from pactwire.model.schema_nodes import LayerNode, subschemas
from pactwire.model.schema_reader import read_layers


def rule_flaws(declaration: Any, layer: LayerNode, when: Any) -> Iterator[Flaw]:
    """Yield what is wrong with the condition of a rule: as a condition in the schema, and labels that it names."""
    declaration = copy.deepcopy(declaration)
    copied = next(each for each in read_layers(declaration)[0] if each.name == layer.name)
    path = copied.label_steps[-1][0] if copied.label_steps else ()
    conditions = label_node(copied).setdefault("allOf", [])
    conditions.append({"if": when})
    place = (*path, "allOf", len(conditions) - 1, "if")
    flaws = [
        (where[len(place) :], text) for _, where, text in schema_flaws(declaration) if where[: len(place)] == place
    ]
    yield from (("migration-form", where, text) for where, text in flaws)
    choices = {name: each.label_names for name, each in layer.attributes.items() if each.kind in CHOICES}
    for node in (when, *schema_edits.conditions(when)) if not flaws else ():
        for name, value in node.get("properties", {}).items():
            for text in _constants(value) if name in choices else ():
                if text not in choices[name]:
                    message = f"{text!r} is no label of {layer.name}.{name}; {nearest(text, choices[name])}"
                    yield "migration-unknown", (), message


def _constants(node: Any) -> list[str]:
    """Return the strings that a node compares values with."""
    found: list[Any] = []
    for _, each in subschemas(node):
        found += [each["const"]] if "const" in each else []
        found += each.get("enum", [])
    return [value for value in found if isinstance(value, str)]
