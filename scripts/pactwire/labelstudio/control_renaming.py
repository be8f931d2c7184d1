"""Names in results after a migration: controls, relations, region labels of parts, and layers that are ticked."""

from collections.abc import Iterable, Mapping
from typing import Any

from pactwire.labelstudio.schema_mapping import ProjectMapping
from pactwire.model.label_migration import LabelMigration

_Role = tuple[str, str, str]
"""A layer, an attribute, and what a control is for: its value, one that is typed, a party, a topic, or a mark."""


class ControlRenaming:
    """The names that a migration gives to what a project shows; None stands for what is gone."""

    def __init__(self, migration: LabelMigration, old: ProjectMapping, new: ProjectMapping) -> None:
        self._migration = migration
        self._old = old
        self._new = new
        self.old_layers = {name: layer for layer in migration.old.layers if (name := migration.layer_name(layer))}
        """The old names of layers that are kept, by their new ones."""
        controls = {role: control for control, role in _roles(new).items()}
        self.controls: dict[str, str | None] = {
            control: controls.get((*place, role)) if (place := self._place(layer, attribute)) else None
            for control, (layer, attribute, role) in _roles(old).items()
        }
        self.marks = {reference.mark_control: reference.name for reference in new.references if reference.mark_control}
        """What is chosen in each control that marks regions."""
        parts = {(layer, attribute): part.label for part in new.parts for layer, attribute, _ in part.owners}
        self.part_labels: dict[str, str | None] = {
            part.label: next(
                (parts[place] for layer, key, _ in part.owners if (place := self._place(layer, key)) in parts), None
            )
            for part in old.parts
        }

    def _place(self, layer: str, attribute: str) -> tuple[str, str] | None:
        name, key = self._migration.layer_name(layer), self._migration.attribute_name(layer, attribute)
        return (name, key) if name is not None and key is not None else None

    def relation(self, label: str, start: str, end: str) -> str | None:
        """Return the name of a relation that is drawn from one layer, or part, to another.

        If no such relation has that name, it is that of all others of the name, if these have one; else as it is.
        """
        meaning = self._old.meanings.labeled(label, start, end)
        if meaning is None:
            found = {self._relation(each.layer, each.attribute) for each in self._old.relations.get(label, ())}
            return found.pop() if len(found) == 1 else label
        return self._relation(start if meaning.is_owner_first else end, meaning.attribute)

    def _relation(self, layer: str, attribute: str) -> str | None:
        place = self._place(layer, attribute)
        return self._new.meanings.of_attribute(*place).relation if place else None

    def layers(self, names: Iterable[Any]) -> list[Any]:
        """Return the names of layers, without those that are gone; what is no layer stays."""
        known = self._migration.old.layers
        found = (self._migration.layer_name(name) if name in known else name for name in names)
        return [name for name in found if name is not None]


def typed_controls(mapping: ProjectMapping) -> dict[str, str]:
    """Return the controls to type values, each with the one that lists them."""
    return {each.typed_control: each.control for each in mapping.attributes if each.typed_control}


def _roles(mapping: ProjectMapping) -> Mapping[str, _Role]:
    """Return what each control of a label is for."""
    roles: dict[str, _Role] = {}
    for each in mapping.attributes:
        roles[each.control] = (each.layer, each.key, "value")
        roles[each.typed_control] = (each.layer, each.key, "typed")
    for reference in mapping.references:
        roles[reference.party_control] = (reference.layer, reference.attribute.name, "party")
        roles[reference.topic_control] = (reference.layer, reference.attribute.name, "topic")
        roles[reference.mark_control] = (reference.layer, reference.attribute.name, "mark")
    roles.pop("", None)
    return roles
