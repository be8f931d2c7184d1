"""Migrations that came between two snapshots: the earlier one as it would be after them, and what they changed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pactwire.corpus.corpus import FINAL
from pactwire.model.label_migration import CHANGED, REMOVED, LabelMigration, Tally
from pactwire.model.schema import AnnotationSchema
from pactwire.release.changes import ADDED, Change
from pactwire.release.migration_plan import step_text
from pactwire.release.snapshots import ArticleState, Snapshot

T = TypeVar("T")

LabelSet = tuple[str, str]
"""The layer and attribute that hold the labels of a set."""


@dataclass
class MigrationsBetween:
    """The migrations that the later of two snapshots went through since the earlier one, in order."""

    chain: Sequence[LabelMigration]
    _tallies: dict[str, Tally] = field(default_factory=dict)

    def schema(self, old: AnnotationSchema) -> AnnotationSchema:
        """Return the schema of the earlier snapshot after the migrations."""
        return self.chain[-1].schema if self.chain else old

    def label_sets(self, before: Mapping[LabelSet, T]) -> tuple[dict[LabelSet, T], dict[LabelSet, dict[str, str]]]:
        """Return sets of labels by their names after the migrations, and the new names of their labels by old ones."""
        names = {name: self.label_set(name) or name for name in before}
        found = {names[name]: labels for name, labels in before.items()}
        return found, {names[name]: self.renames(name) for name in before}

    def label_set(self, name: LabelSet) -> LabelSet | None:
        """Return the layer and attribute of a set of labels after the migrations; None if it is gone."""
        found: LabelSet | None = name
        for migration in self.chain:
            if found and found[0] in migration.old.layers:
                layer, attribute = migration.layer_name(found[0]), migration.attribute_name(*found)
                found = (layer, attribute) if layer and attribute else None
        return found

    def renames(self, name: LabelSet) -> dict[str, str]:
        """Return the new names of the labels of a set that have another one, by the old one."""
        names: dict[str, str] = {}
        for place, migration in enumerate(self.chain):
            found = MigrationsBetween(self.chain[:place]).label_set(name)
            if found and found[0] in migration.old.layers:
                new_names = migration.renamed_labels(*found)
                later = {old: new_names.pop(new, new) for old, new in names.items()}
                names = {**new_names, **later}
        return {old: new for old, new in names.items() if new != old}

    def state(self, state: ArticleState) -> ArticleState:
        """Return an article of the earlier snapshot after the migrations; changes of final labels are counted."""
        if not self.chain:
            return state
        return replace(state, documents={name: self._document(name, each) for name, each in state.documents.items()})

    def _document(self, annotator: str, document: dict[str, Any]) -> dict[str, Any]:
        for migration in self.chain:
            tally = self._tallies.setdefault(migration.id, Counter()) if annotator == FINAL else None
            document = migration.migrate_layers(document, tally)
        return {key: value for key, value in document.items() if key != "derived_from"}  # its digests are renewed

    def changes(self) -> Iterator[Change]:
        """Yield a change for each step, with the number of final labels that it changed or removed."""
        for migration in self.chain:
            tally = self._tallies.get(migration.id, Counter())
            for step in migration.migration.steps:
                count = tally[step.index, CHANGED] + tally[step.index, REMOVED]
                values = {"action": step.value["action"], "step": step_text(step), "labels": count}
                name = f"{migration.id}#{step.index + 1}"
                yield Change("migrations", ADDED, name, {key: (None, value) for key, value in values.items()})


def migrations_between(old: Snapshot, new: Snapshot) -> MigrationsBetween:
    """Return the migrations since an earlier snapshot; none if the other one did not go through the same before."""
    known = len(old.schema.migrations)
    is_later = new.schema.migrations[:known] == old.schema.migrations
    return MigrationsBetween(new.migrations[known:] if is_later else [])
