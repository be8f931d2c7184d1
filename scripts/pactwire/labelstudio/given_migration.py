"""Migration of given layers: what results note, and show as regions, of the labels that they refer to."""

from collections.abc import Mapping, Sequence
from typing import Any

from pactwire.labelstudio.given_layers import GIVEN, LABELS, read_notes
from pactwire.labelstudio.migration_marks import finished_meta
from pactwire.labelstudio.schema_mapping import ProjectMapping
from pactwire.model.label_migration import LabelMigration

Label = dict[str, Any]


class GivenMigration:
    """The migration of the labels that results give, from the layers that a project gives to those that it gives then.

    Args:
        migration: The migration.
        old: What the project shows before it.
        new: What it shows after it.
        results: The results before it, of the task of an article.
        article: The id of the article.
    """

    def __init__(
        self, migration: LabelMigration, old: ProjectMapping, new: ProjectMapping, results: Sequence[Any], article: str
    ) -> None:
        known = finished_meta(results).get(GIVEN)
        self._notes = read_notes(known if isinstance(known, dict) else {}, old)
        self._labels = {(layer, label["id"]): label for layer, note in self._notes.items() for label in note[LABELS]}
        self._migration = migration
        self._article = article
        self._names = {layer: name for layer in old.given if (name := migration.layer_name(layer)) in new.given}

    def notes(self) -> dict[str, Any]:
        """Return the notes about the layers that are still given, with their labels as the migration makes them."""
        return {
            self._names[layer]: {**note, LABELS: self._migrated(layer, note[LABELS])}
            for layer, note in self._notes.items()
            if layer in self._names
        }

    def _migrated(self, layer: str, labels: Sequence[Label]) -> list[Label]:
        migrated = (self._migration.migrate_label(layer, label, self._article) for label in labels)
        return [label for label in migrated if label is not None]

    def is_withdrawn(self, layer: str, region: str) -> bool:
        """Say whether a region shows a given label of a layer that is given no more; what a person made does not."""
        return (layer, region) in self._labels and layer not in self._names

    def shown_label(self, layer: str, shown: Mapping[str, Any]) -> Label:
        """Return the given label of a region without its authors, with what the region shows of it, as its id."""
        label = self._labels.get((layer, shown["id"]), {})
        return {**{key: value for key, value in label.items() if key != "by"}, **shown}
