"""Splits of a label: their rules, each a JSON Schema that a label conforms to, and the schema while people decide."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from pactwire.model import schema_edits
from pactwire.model.json_schemas import DEPRECATED, Flaw, Validator
from pactwire.model.migration_targets import label_node
from pactwire.model.migrations import Step
from pactwire.model.schema_declarations import nearest
from pactwire.model.schema_flaws import schema_flaws
from pactwire.model.schema_nodes import LayerNode, subschemas
from pactwire.model.schema_reader import read_layers


def read_rules(
    declaration: Any, layer: LayerNode, step: Step, into: Sequence[str], flaws: list[Flaw]
) -> list[tuple[Validator, str]]:
    """Return the rules of a split: the validator of the labels that each holds for, and the label to take.

    Appends what is wrong with them to ``flaws``; ``into`` are the labels that there are to take.
    """
    head = {"$schema": declaration["$schema"], "$defs": declaration["$defs"]}
    rules = []
    for index, rule in enumerate(step.value.get("rules", ())):
        path = step.path("rules", index)
        if rule["to"] not in into:
            what = f"the labels that {step.value['label']!r} is split into"
            message = f"{rule['to']!r} is none of {what}; {nearest(rule['to'], into)}"
            flaws.append(("migration-unknown", (*path, "to"), message))
        found = list(_rule_flaws(declaration, layer, rule["when"]))
        flaws += [(code, (*path, "when", *where), message) for code, where, message in found]
        if not found:
            rules.append((Validator(copy.deepcopy({**head, **rule["when"]})), rule["to"]))
    return rules


def _rule_flaws(declaration: Any, layer: LayerNode, when: Any) -> Iterator[Flaw]:
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
    choices = {name: each.label_names for name, each in layer.attributes.items() if each.is_choice}
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


def with_deprecated(declaration: Any, step: Step, is_deprecated: bool) -> Any:
    """Return a schema in which the label that a split is about is gone, or in use while people decide.

    One that is gone is no default either.
    """
    changed = copy.deepcopy(declaration)
    named = (each for each in read_layers(changed)[0] if each.name == step.value["layer"])
    for attribute in (layer.attributes.get(step.value["attribute"]) for layer in named):
        for row in attribute.label_rows if attribute and attribute.is_choice else ():
            if row["const"] == step.value["label"]:
                row.pop(DEPRECATED, None)
                row |= {DEPRECATED: True} if is_deprecated else {}
        keywords = attribute.node["x-attribute"] if attribute else {}
        if is_deprecated and keywords.get("default") == step.value["label"]:
            del keywords["default"]
    return changed
