"""The schema of a dataset after the steps of a migration, with all that names what a step changes."""

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from pactwire.model import schema_edits
from pactwire.model.json_schemas import DEPRECATED, Flaw, Validator
from pactwire.model.label_changes import (
    AttributeAdded,
    AttributeRenamed,
    LabelChange,
    LabelSplit,
    LabelsRemoved,
    LayerRenamed,
    Place,
    ValuesReplaced,
)
from pactwire.model.layers import AttributeKind
from pactwire.model.migration_targets import FORMERLY, StepTargets, label_node
from pactwire.model.migrations import QUEUE, Step
from pactwire.model.schema_declarations import nearest
from pactwire.model.schema_flaws import schema_flaws
from pactwire.model.schema_names import MECHANICS, is_reference
from pactwire.model.schema_nodes import TOOL_DEFINITIONS, AttributeNode, LayerNode
from pactwire.model.schema_reader import read_layers
from pactwire.model.split_rules import read_rules


class SchemaMigration(StepTargets):
    """A schema that steps change: ``declaration`` after them, the ``changes`` to labels by step, and what is wrong.

    Each flaw is an issue code, a path in the migration's file, and a message. A step that has flaws changes nothing.
    """

    def __init__(self, declaration: Any, steps: Sequence[Step]) -> None:
        """Apply steps to a schema without flaws, which stays as it is."""
        super().__init__()
        self.declaration = copy.deepcopy(declaration)
        self.changes: list[tuple[Step, LabelChange]] = []
        told: set[tuple[str, str]] = set()
        for step in steps:
            self.layers, _ = read_layers(self.declaration)
            used = schema_edits.used_definitions(self.declaration)
            count = len(self.flaws)
            if change := _EDITS[step.form](self, step):
                self.changes.append((step, change))
            if len(self.flaws) == count:
                schema_edits.remove_definitions(self.declaration, used)
                self.flaws += self._result_flaws(step, told)

    def _result_flaws(self, step: Step, told: set[tuple[str, str]]) -> Iterator[Flaw]:
        """Yield what is wrong with the schema after a step, and was not told of an earlier one."""
        for _, path, message in schema_flaws(self.declaration):
            if (where := "/".join(map(str, path)), message) not in told:
                told.add((where, message))
                text = f"the schema would have a flaw at {where}: {message}"
                yield "migration-schema", step.path(), text

    # --- rename

    def _rename_label(self, step: Step) -> LabelChange | None:
        rows, old, new = self.rows(step), step.value["label"], step.value["to"]
        row = self.row(step, rows, old, "label") if rows else None
        if rows is None or row is None:
            return None
        others = [name for each in rows if each is not row for name in (each["const"], each.get(FORMERLY))]
        if not self.is_free(step, new, [old, *others], "a name, or a former one, of a label"):
            return None
        row["const"] = new
        if row.setdefault(FORMERLY, old) == new:
            del row[FORMERLY]
        places = self.places(rows)
        for _, attribute in places:
            schema_edits.rename_value(attribute.node["x-attribute"], "default", old, new)
        self._rename_in_conditions(places, old, new)
        return ValuesReplaced(_names(places), {old: new})

    def _rename_in_conditions(self, places: Iterable[tuple[LayerNode, AttributeNode]], old: str, new: str) -> None:
        """Give a value of some attributes another name where conditions and derived columns name it."""
        for layer, attribute in places:
            for node in schema_edits.conditions(label_node(layer)):
                constants = node.get("properties", {}).get(attribute.name, {})
                schema_edits.rename_constants(self.declaration, constants, old, new)
            for derived in schema_edits.derived_columns(self.layers, layer.name, attribute.name):
                schema_edits.rename_value(derived, "else", old, new)

    def _rename_attribute(self, step: Step) -> LabelChange | None:
        layer, old, new = self.layer(step), step.value["attribute"], step.value["to"]
        if not layer or not self.attribute_of(layer, step):
            return None
        if not self.is_free(step, new, (*layer.attributes, *MECHANICS), "a property of these labels"):
            return None
        schema_edits.rename_property(label_node(layer), old, new)
        layers = self.same_labels(layer)
        for each in layers:
            schema_edits.rename_in_layer(each.node["x-layer"], old, new)
            for derived in schema_edits.derived_columns(self.layers, each.name, old):
                derived["take"] = new
        return AttributeRenamed(frozenset(each.name for each in layers), old, new)

    def _rename_layer(self, step: Step) -> LabelChange | None:
        layer, new = self.layer(step), step.value["to"]
        if not layer or not self.is_free(step, new, [each.name for each in self.layers], "a layer"):
            return None
        schema_edits.rename_key(self.declaration["properties"], layer.name, new)
        schema_edits.rename_value(self.declaration, "required", layer.name, new)
        for attribute in (each for other in self.layers for each in other.attributes.values()):
            schema_edits.rename_value(attribute.node["x-attribute"], "to", layer.name, new)
        for derived in schema_edits.derived_columns(self.layers, layer.name):
            derived["from"] = new
        return LayerRenamed(layer.name, new)

    def _rename_party(self, step: Step) -> LabelChange | None:
        old, new = step.value["party"], step.value["to"]
        references = [
            (layer, each) for layer in self.layers for each in layer.attributes.values() if is_reference(each)
        ]
        having = [place for place in references if old in place[1].keys.get("parties", ())]
        if not having:
            known = (party for _, each in references for party in each.keys.get("parties", ()))
            self.flaw("migration-unknown", step, "party", f"there is no party {old!r}; {nearest(old, set(known))}")
            return None
        taken = [party for _, each in having for party in each.keys["parties"]]
        if not self.is_free(step, new, taken, "a party of the same references"):
            return None
        for _, attribute in having:
            schema_edits.rename_value(attribute.node["x-attribute"], "parties", old, new)
            for _, node in schema_edits.value_nodes(attribute)[:1]:
                schema_edits.rename_constants(self.declaration, node, old, new)
        self._rename_in_conditions(having, old, new)
        return ValuesReplaced(_names(having), {old: new})

    # --- merge and drop

    def _merge(self, step: Step) -> LabelChange | None:
        rows, names, to = self.rows(step), step.value["labels"], step.value["to"]
        if rows is None:
            return None
        known = [self.row(step, rows, name, "labels", index) for index, name in enumerate(names)]
        target = to if isinstance(to, str) else to["const"]
        is_sound = self.row(step, rows, to, "to") if isinstance(to, str) else self.new_row(step, rows, to, "to")
        if not all(known) or not is_sound:
            return None
        gone = [name for name in names if name != target]
        if not gone:
            self.flaw("migration-clash", step, "labels", f"{target!r} alone would be merged into itself")
            return None
        rows += [copy.deepcopy(to)] if isinstance(to, dict) else []
        self._deprecate(rows, gone, target)
        return ValuesReplaced(_names(self.places(rows)), dict.fromkeys(gone, target), has_merged=True)

    def _drop_label(self, step: Step) -> LabelChange | None:
        rows, name, then = self.rows(step), step.value["label"], step.value["then"]
        if rows is None or not self.row(step, rows, name, "label"):
            return None
        places = self.places(rows)
        for layer, each in places if then == "null" else ():
            if each.kind == AttributeKind.CHOICE and not each.branches:
                message = f"{layer.name}.{each.name} can't be null; write 'remove', or let its schema accept null"
                self.flaw("migration-clash", step, "then", message)
                return None
        self._deprecate(rows, [name], None)
        return LabelsRemoved(_names(places), name) if then == "remove" else ValuesReplaced(_names(places), {name: None})

    def _deprecate(self, rows: Any, names: Sequence[str], default: str | None) -> None:
        """Mark labels as gone, and give choices whose default is one of them another one, or none."""
        for row in rows:
            if row["const"] in names:
                row[DEPRECATED] = True
        for _, attribute in self.places(rows):
            keywords = attribute.node["x-attribute"]
            if keywords.get("default") in names:
                keywords["default"] = default
                if default is None:
                    del keywords["default"]

    def _drop_attribute(self, step: Step) -> LabelChange | None:
        layer = self.layer(step)
        attribute = self.attribute_of(layer, step) if layer else None
        if not layer or not attribute:
            return None
        label = label_node(layer)
        del label["properties"][attribute.name]
        schema_edits.rename_item(label.get("required", []), attribute.name, None)
        return AttributeRenamed(frozenset(each.name for each in self.same_labels(layer)), attribute.name, None)

    def _drop_layer(self, step: Step) -> LabelChange | None:
        layer = self.layer(step)
        if not layer:
            return None
        del self.declaration["properties"][layer.name]
        schema_edits.rename_item(self.declaration.get("required", []), layer.name, None)
        return LayerRenamed(layer.name, None)

    # --- add

    def _add_label(self, step: Step) -> LabelChange | None:
        rows, row = self.rows(step), step.value["label"]
        if rows is not None and self.new_row(step, rows, row, "label"):
            rows.append(copy.deepcopy(row))
        return None

    def _add_attribute(self, step: Step) -> LabelChange | None:
        layer, name = self.layer(step), step.value["attribute"]
        if not layer or not self.is_free(
            step, name, (*layer.attributes, *MECHANICS), "a property of these labels", "attribute"
        ):
            return None
        label = label_node(layer)
        label.setdefault("properties", {})[name] = copy.deepcopy(step.value["schema"])
        if "value" not in step.value:
            return None
        if flaws := self._value_flaws(step):
            del label["properties"][name]
            self.flaws += flaws
            return None
        label.setdefault("required", []).append(name)
        return AttributeAdded(frozenset(each.name for each in self.same_labels(layer)), name, step.value["value"])

    def _value_flaws(self, step: Step) -> list[Flaw]:
        """Return why an attribute that was added can't have the value of its step; none if its schema has flaws."""
        if schema_flaws(self.declaration):
            return []
        head = {"$schema": self.declaration["$schema"], "$defs": self.declaration["$defs"]}
        found = Validator(copy.deepcopy({**head, **step.value["schema"]})).explain(step.value["value"])
        return [("migration-form", step.path("value", *path), f"as value, {message}") for _, path, message in found]

    def _add_layer(self, step: Step) -> LabelChange | None:
        name, definitions = step.value["layer"], step.value.get("defs", {})
        if not self.is_free(step, name, [each.name for each in self.layers], "a layer", "layer"):
            return None
        own = self.declaration["$defs"]
        for each, node in definitions.items():
            if each in TOOL_DEFINITIONS or own.get(each, node) != node:
                self.flaws.append(
                    ("migration-clash", step.path("defs", each), f"there is already a definition {each!r}")
                )
                return None
        self.declaration.setdefault("properties", {})[name] = copy.deepcopy(step.value["schema"])
        own |= {each: copy.deepcopy(node) for each, node in definitions.items() if each not in own}
        return None

    # --- split

    def _split(self, step: Step) -> LabelChange | None:
        rows, name = self.rows(step), step.value["label"]
        if rows is None or not self.row(step, rows, name, "label"):
            return None
        layer = next(each for each in self.layers if each.name == step.value["layer"])
        attribute = layer.attributes[step.value["attribute"]]
        others = [f"{each.name}.{other.name}" for each, other in self.places(rows) if other is not attribute]
        if others:
            message = f"{', '.join(others)} has the same list of labels; give each a list of its own before"
            self.flaw("migration-clash", step, "attribute", message)
            return None
        count = len(self.flaws)
        into = self._split_rows(step, rows)
        rules = read_rules(self.declaration, layer, step, into, self.flaws)
        if (otherwise := step.value["otherwise"]) not in (QUEUE, *into):
            message = f"{otherwise!r} is none of the labels that {name!r} is split into"
            self.flaw("migration-unknown", step, "otherwise", f"{message}; {nearest(otherwise, (*into, QUEUE))}")
        if len(self.flaws) > count:
            return None
        rows += [copy.deepcopy(row) for row in step.value["into"] if isinstance(row, dict)]
        if otherwise != QUEUE:
            self._deprecate(rows, [name], None)
        last = None if otherwise == QUEUE else otherwise
        return LabelSplit(layer.name, attribute.name, name, tuple(layer.attributes), rules, last)

    def _split_rows(self, step: Step, rows: list[Any]) -> list[str]:
        """Return the names that a label is split into; with a flaw for each that can't be one."""
        names: list[str] = []
        for index, into in enumerate(step.value["into"]):
            if isinstance(into, dict):
                self.new_row(step, rows, into, "into", index)
            else:
                self.row(step, rows, into, "into", index)
            name = into if isinstance(into, str) else into["const"]
            if name in names or name in (step.value["label"], QUEUE):
                problem = "is named twice" if name in names else "can't be one of those that it is split into"
                self.flaws.append(("migration-clash", step.path("into", index), f"{name!r} {problem}"))
            names.append(name)
        return names


def _names(places: Iterable[tuple[LayerNode, AttributeNode]]) -> frozenset[Place]:
    return frozenset((layer.name, attribute.name) for layer, attribute in places)


_EDITS: Final[dict[str, Callable[[SchemaMigration, Step], LabelChange | None]]] = {
    "rename_label": SchemaMigration._rename_label,
    "rename_attribute": SchemaMigration._rename_attribute,
    "rename_layer": SchemaMigration._rename_layer,
    "rename_party": SchemaMigration._rename_party,
    "merge": SchemaMigration._merge,
    "drop_label": SchemaMigration._drop_label,
    "drop_attribute": SchemaMigration._drop_attribute,
    "drop_layer": SchemaMigration._drop_layer,
    "add_label": SchemaMigration._add_label,
    "add_attribute": SchemaMigration._add_attribute,
    "add_layer": SchemaMigration._add_layer,
    "split": SchemaMigration._split,
}
