"""What the steps of a migration do to labels, by the names that layers and attributes have before the step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pactwire.model.json_schemas import Validator

Place = tuple[str, str]
"""A layer and an attribute of its labels."""


class LabelChange:
    """What a step does to the labels of a document; as it stands here, nothing."""

    def layer_name(self, layer: str) -> str | None:
        """Return the name of a layer after the step; None if it is gone."""
        return layer

    def attribute_name(self, layer: str, attribute: str) -> str | None:
        """Return the name of an attribute after the step; None if it is gone."""
        return attribute

    def renamed_labels(self, layer: str, attribute: str) -> Mapping[str, str]:
        """Return the new names of labels, or of parties, by the old ones; one that is merged away keeps its name."""
        return {}

    def touches(self, layer: str) -> bool:
        """Say whether `apply` may change labels of a layer."""
        return False

    def apply(self, layer: str, label: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a label of a layer after the step, or None if it is removed."""
        return dict(label)


@dataclass(frozen=True)
class LayerRenamed(LabelChange):
    """A layer gets another name, or none if it is dropped."""

    name: str
    new_name: str | None

    def layer_name(self, layer: str) -> str | None:
        """Return the name of a layer after the step; None if it is gone."""
        return self.new_name if layer == self.name else layer


@dataclass(frozen=True)
class AttributeRenamed(LabelChange):
    """An attribute of some layers gets another name, or none if it is dropped."""

    layers: frozenset[str]
    name: str
    new_name: str | None

    def attribute_name(self, layer: str, attribute: str) -> str | None:
        """Return the name of an attribute after the step; None if it is gone."""
        return self.new_name if layer in self.layers and attribute == self.name else attribute

    def touches(self, layer: str) -> bool:
        """Say whether `apply` may change labels of a layer."""
        return layer in self.layers

    def apply(self, layer: str, label: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a label of a layer after the step."""
        names = {key: self.attribute_name(layer, key) for key in label}
        return {name: label[key] for key, name in names.items() if name is not None}


@dataclass(frozen=True)
class AttributeAdded(LabelChange):
    """An attribute of some layers comes with a value for the labels that are there."""

    layers: frozenset[str]
    name: str
    value: Any

    def touches(self, layer: str) -> bool:
        """Say whether `apply` may change labels of a layer."""
        return layer in self.layers

    def apply(self, layer: str, label: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a label of a layer after the step; ``by`` stays last."""
        last = {"by": label["by"]} if "by" in label else {}
        return {**{key: value for key, value in label.items() if key != "by"}, self.name: self.value, **last}


@dataclass(frozen=True)
class ValuesReplaced(LabelChange):
    """Labels of choices, or parties of references, get other names; those without a new name are left out, or null.

    ``has_merged`` says whether several get one name, so that a list that holds two of them keeps it once.
    """

    places: frozenset[Place]
    names: Mapping[str, str | None]
    has_merged: bool = False

    def renamed_labels(self, layer: str, attribute: str) -> Mapping[str, str]:
        """Return the new names of labels, or of parties, by the old ones; one that is merged away keeps its name."""
        if self.has_merged or (layer, attribute) not in self.places:
            return {}
        return {old: new for old, new in self.names.items() if new is not None}

    def touches(self, layer: str) -> bool:
        """Say whether `apply` may change labels of a layer."""
        return any(layer == name for name, _ in self.places)

    def apply(self, layer: str, label: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a label of a layer after the step."""
        changed = dict(label)
        for name, attribute in self.places:
            if name == layer and label.get(attribute) is not None:
                changed[attribute] = self.replaced(label[attribute])
        return changed

    def replaced(self, value: Any) -> Any:
        """Return the value of an attribute after the step."""
        if not isinstance(value, list):
            return self.names.get(value, value)
        if self.names.keys().isdisjoint(value):
            return value
        found = [new for new in (self.names.get(each, each) for each in value) if new is not None]
        return list(dict.fromkeys(found)) if self.has_merged else found


@dataclass(frozen=True)
class LabelsRemoved(LabelChange):
    """Whatever has a label is removed."""

    places: frozenset[Place]
    name: str

    def touches(self, layer: str) -> bool:
        """Say whether `apply` may change labels of a layer."""
        return any(layer == name for name, _ in self.places)

    def apply(self, layer: str, label: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a label of a layer after the step, or None if it is removed."""
        values = (label.get(attribute) for name, attribute in self.places if name == layer)
        return None if any(has_value(value, self.name) for value in values) else dict(label)


@dataclass(frozen=True)
class LabelSplit(LabelChange):
    """A label becomes another one by the first rule that holds, else ``otherwise``; without that, it stays.

    A rule is the validator of the labels that it holds for, and the name of the label to take.
    """

    layer: str
    attribute: str
    name: str
    attributes: tuple[str, ...]
    rules: Sequence[tuple[Validator, str]]
    otherwise: str | None

    def touches(self, layer: str) -> bool:
        """Say whether `apply` may change labels of a layer."""
        return layer == self.layer

    def apply(self, layer: str, label: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a label of a layer after the step."""
        new = self.decide(label) if self.waits(layer, label) else None
        return dict(label) if new is None else self.decided(label, new)

    def waits(self, layer: str, label: Mapping[str, Any]) -> bool:
        """Say whether a label has what is split."""
        return layer == self.layer and has_value(label.get(self.attribute), self.name)

    def decide(self, label: Mapping[str, Any]) -> str | None:
        """Return the name that the rules give to a label; None if people decide. Attributes that it lacks are null."""
        complete = {**dict.fromkeys(self.attributes), **label}
        return next((to for rule, to in self.rules if rule.is_valid(complete)), self.otherwise)

    def decided(self, label: Mapping[str, Any], new: str) -> dict[str, Any]:
        """Return a label with a new name in the place of what is split."""
        replace = ValuesReplaced(frozenset({(self.layer, self.attribute)}), {self.name: new}, has_merged=True)
        return {**label, self.attribute: replace.replaced(label[self.attribute])}


def has_value(value: Any, name: str) -> bool:
    """Say whether the value of a choice or choices is or holds a label."""
    return name in value if isinstance(value, list) else value == name
