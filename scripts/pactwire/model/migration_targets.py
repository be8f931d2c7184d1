"""What the steps of a migration name in a schema: layers, attributes and labels, each with a flaw if there is none."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pactwire.model.json_schemas import DEPRECATED, Flaw
from pactwire.model.migrations import Step
from pactwire.model.schema_declarations import nearest
from pactwire.model.schema_nodes import AttributeNode, LayerNode

FORMERLY: Final = "x-formerly"


class StepTargets:
    """The layers of a schema, in which steps look up what they name, and the ``flaws`` of what is not there.

    Each flaw is an issue code, a path in the migration's file, and a message.
    """

    def __init__(self) -> None:
        self.flaws: list[Flaw] = []
        self.layers: list[LayerNode] = []

    def flaw(self, code: str, step: Step, key: str, message: str) -> None:
        """Note what is wrong with a key of a step."""
        self.flaws.append((code, step.path(key), message))

    def layer(self, step: Step) -> LayerNode | None:
        """Return the layer that a step names, or None, with a flaw, if there is none."""
        name = step.value["layer"]
        found = next((layer for layer in self.layers if layer.name == name), None)
        if found is None:
            known = nearest(name, (layer.name for layer in self.layers))
            self.flaw("migration-unknown", step, "layer", f"there is no layer {name!r}; {known}")
        return found

    def attribute(self, step: Step) -> AttributeNode | None:
        """Return the attribute that a step names, or None, with a flaw, if there is none."""
        layer = self.layer(step)
        return self.attribute_of(layer, step) if layer else None

    def attribute_of(self, layer: LayerNode, step: Step) -> AttributeNode | None:
        """Return the attribute of a layer that a step names, or None, with a flaw, if there is none."""
        name = step.value["attribute"]
        if name not in layer.attributes:
            message = f"{layer.name} has no attribute {name!r}; {nearest(name, layer.attributes)}"
            self.flaw("migration-unknown", step, "attribute", message)
        return layer.attributes.get(name)

    def rows(self, step: Step) -> list[Any] | None:
        """Return the labels of the choice that a step names, as the schema has them; None, with a flaw, for no choice.

        Of several attributes that refer to one definition of labels, it is the same list.
        """
        attribute = self.attribute(step)
        if attribute and not attribute.is_choice:
            message = f"{step.value['attribute']!r} is of kind {attribute.kind}, and has no labels"
            self.flaw("migration-unknown", step, "attribute", message)
            return None
        return attribute.label_rows if attribute else None

    def row(self, step: Step, rows: Sequence[Any], name: str, *keys: str | int) -> Any | None:
        """Return the row of a label that is in use, or None, with a flaw, if there is none."""
        in_use = {row["const"]: row for row in rows if not row.get(DEPRECATED)}
        if name not in in_use:
            attribute = f"{step.value['layer']}.{step.value['attribute']}"
            is_deprecated = any(row["const"] == name for row in rows)
            problem = f"is a deprecated label of {attribute}" if is_deprecated else f"is no label of {attribute}"
            message = f"{name!r} {problem}; {nearest(name, in_use)}"
            self.flaws.append(("migration-unknown", step.path(*keys), message))
        return in_use.get(name)

    def new_row(self, step: Step, rows: list[Any], row: Any, *keys: str | int) -> bool:
        """Say whether a row can be a new label, with a flaw if it can't."""
        taken = {name for each in rows for name in (each["const"], each.get(FORMERLY))}
        if row["const"] in taken:
            message = f"{row['const']!r} is already a name, or a former one, of a label"
            self.flaws.append(("migration-clash", step.path(*keys, "const"), message))
        return row["const"] not in taken

    def is_free(self, step: Step, name: str, taken: Iterable[str], what: str, key: str = "to") -> bool:
        """Say whether a name is free, with a flaw if it is not."""
        if name in taken:
            self.flaw("migration-clash", step, key, f"{name!r} is already {what}")
            return False
        return True

    def places(self, rows: Any) -> list[tuple[LayerNode, AttributeNode]]:
        """Return the choices whose labels are these."""
        return [
            (layer, each)
            for layer in self.layers
            for each in layer.attributes.values()
            if each.is_choice and each.label_rows is rows
        ]

    def same_labels(self, layer: LayerNode) -> list[LayerNode]:
        """Return the layers whose labels are described by the same node."""
        return [each for each in self.layers if label_node(each) is label_node(layer)]


def label_node(layer: LayerNode) -> Any:
    """Return the node of a layer's labels, which has their properties."""
    assert layer.label_steps
    return layer.label_steps[-1][1]
