"""The labels and documents of a dataset after a migration: what each step does to them, in order."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pactwire.model.json_schemas import Flaw
from pactwire.model.label_changes import LabelChange, LabelSplit, LabelsRemoved
from pactwire.model.labels import document_labels, label_path, value_list
from pactwire.model.migrations import Migration, Step
from pactwire.model.records import Annotator
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_migration import SchemaMigration

CHANGED: Final = "changed"
REMOVED: Final = "removed"
QUEUED: Final = "queued"
Tally = Counter[tuple[int, str]]
"""How many labels a step, by its index, CHANGED, REMOVED or left as QUEUED."""


class QueuedLabel(NamedTuple):
    """A label that waits for an answer: where it is, in code points of the source text, and what it is called.

    ``start`` and ``end`` are None for the label of a whole article.
    """

    article: str
    layer: str
    attribute: str
    start: int | None
    end: int | None
    label: str


class Answer(NamedTuple):
    """The answer of a person: the label that another becomes."""

    to: str
    by: Annotator


class LabelMigration:
    """What a migration does to the labels of documents that follow the schema ``old``; after it, ``schema``.

    Layers and attributes in arguments have their old names. Labels may lack attributes, as unfinished work does.
    """

    def __init__(
        self, old: AnnotationSchema, migration: Migration, answers: Mapping[QueuedLabel, Answer] | None = None
    ) -> None:
        """Prepare a migration without flaws (`migration_flaws`, `SchemaMigration`)."""
        migrated = SchemaMigration(old.declaration, migration.steps)
        assert not migrated.flaws, migrated.flaws
        self.id = migration.id
        self.migration = migration
        self.old = old
        self.schema = AnnotationSchema(migrated.declaration, tuple(dict.fromkeys((*old.migrations, migration.id))))
        self.answers = answers or {}
        self._changes = migrated.changes
        self._layer_names = {layer: self._new_layer_name(layer) for layer in old.layers}
        self._steps = {layer: list(self._relevant(layer)) for layer in old.layers}
        last = self._changes[-1][1] if self._changes else None
        self.queue = last if migration.queue_step and isinstance(last, LabelSplit) else None

    def _relevant(self, layer: str) -> Iterator[tuple[Step, LabelChange, str]]:
        """Yield the changes that may change labels of a layer, each with its step, and the layer's name before it."""
        name: str | None = layer
        for step, change in self._changes:
            if name is None:
                return
            if change.touches(name) or change.layer_name(name) != name:
                yield step, change, name
            name = change.layer_name(name)

    def layer_name(self, layer: str) -> str | None:
        """Return the new name of a layer; None if it is dropped."""
        return self._layer_names[layer]

    def _new_layer_name(self, layer: str) -> str | None:
        name: str | None = layer
        for _, change in self._changes:
            name = None if name is None else change.layer_name(name)
        return name

    def attribute_name(self, layer: str, attribute: str) -> str | None:
        """Return the new name of an attribute; None if it, or its layer, is dropped."""
        name: str | None = attribute
        for _, change, place in self._steps[layer]:
            name = None if name is None else change.attribute_name(place, name)
        return None if self.layer_name(layer) is None else name

    def renamed_labels(self, layer: str, attribute: str) -> dict[str, str]:
        """Return the new names of the labels of a choice, or the parties of a reference, that get another one.

        One that is merged into another, dropped or split stays in the schema, deprecated, with its own name.
        """
        declared = self.old.layers[layer].attribute(attribute)
        found = {name: name for name in (*declared.label_names, *declared.parties)}
        name: str | None = attribute
        for _, change, place in self._steps[layer]:
            if name is None:
                return {}
            names = change.renamed_labels(place, name)
            found = {old: names.get(new, new) for old, new in found.items()}
            name = change.attribute_name(place, name)
        return {old: new for old, new in found.items() if old != new}

    def migrate_label(
        self, layer: str, label: Mapping[str, Any], article: str = "", tally: Tally | None = None
    ) -> dict[str, Any] | None:
        """Return a label of a layer after the migration, with the answers for ``article``; None if it is removed.

        What happens to it is counted in ``tally``.
        """
        migrated = self._by_rule(layer, label, tally)
        if self.queue is None or migrated is None or not (queued := self._queued(layer, migrated, article)):
            return migrated
        answer = self.answers.get(queued)
        if tally is not None:
            tally[self._changes[-1][0].index, CHANGED if answer else QUEUED] += 1
        if answer is None:
            return migrated
        answered = self.queue.decided(migrated, answer.to)
        by = {"by": list(dict.fromkeys([*answered["by"], answer.by["id"]]))} if "by" in answered else {}
        return answered | by

    def _by_rule(self, layer: str, label: Mapping[str, Any], tally: Tally | None = None) -> dict[str, Any] | None:
        """Return a label after all steps without the answers of people."""
        migrated = dict(label)
        for step, change, name in self._steps[layer]:
            new = change.apply(name, migrated) if change.layer_name(name) is not None else None
            if tally is not None and (new != migrated or change.layer_name(name) != name):
                tally[step.index, REMOVED if new is None else CHANGED] += 1
            if new is None:
                return None
            migrated = new
        return migrated

    def queued(self, layer: str, label: Mapping[str, Any], article: str = "") -> QueuedLabel | None:
        """Return what people decide on in a label, with the new names, whether they have or not; None if nothing."""
        migrated = self._by_rule(layer, label)
        return None if migrated is None else self._queued(layer, migrated, article)

    def _queued(self, layer: str, migrated: Mapping[str, Any], article: str) -> QueuedLabel | None:
        queue = self.queue
        name = self.layer_name(layer) if queue else None
        if queue is None or name is None or not queue.waits(name, migrated):
            return None
        return QueuedLabel(article, name, queue.attribute, migrated.get("start"), migrated.get("end"), queue.name)

    def migrate_document(self, document: Mapping[str, Any], tally: Tally | None = None) -> dict[str, Any]:
        """Return a document after the migration; those who answered for its labels are annotators of it, too."""
        migrated = self.migrate_layers(document, tally)
        migrated["annotators"] = self._annotators(document)
        return with_labels(migrated, self.id)

    def migrate_layers(self, document: Mapping[str, Any], tally: Tally | None = None) -> dict[str, Any]:
        """Return a document whose labels and status are migrated, and nothing else of its header."""
        article = document["article"]
        migrated: dict[str, Any] = {}
        for key, value in document.items():
            if key == "status":
                migrated[key] = self._status(value)
            elif key not in self.old.layers:
                migrated[key] = value
            else:
                labels = [self.migrate_label(key, each, article, tally) for each in document_labels(document, key)]
                kept = [label for label in labels if label is not None]
                name = self.layer_name(key)
                if name is not None and (kept or isinstance(value, list)):
                    migrated[name] = kept if isinstance(value, list) else kept[0]
        migrated["status"] = {key: value for key, value in migrated["status"].items() if key in ("zones", *migrated)}
        return migrated

    def _status(self, status: Mapping[str, str]) -> dict[str, str]:
        names = {key: self.layer_name(key) if key in self.old.layers else key for key in status}
        return {name: status[key] for key, name in names.items() if name is not None}

    def _annotators(self, document: Mapping[str, Any]) -> list[Annotator]:
        """Return the annotators of a document, with those whose answers its labels get."""
        annotators = {each["id"]: each for each in document["annotators"]}
        for layer in self.old.layers if self.answers else ():
            for label in document_labels(document, layer):
                queued = self.queued(layer, label, document["article"])
                if queued and (answer := self.answers.get(queued)):
                    annotators.setdefault(answer.by["id"], answer.by)
        return list(annotators.values())

    def removed_labels(self, document: Mapping[str, Any]) -> dict[str, tuple[str | int, ...]]:
        """Return the paths of the labels that are removed though their layers are kept, by their ids."""
        if not any(isinstance(change, LabelsRemoved) for _, change in self._changes):
            return {}
        return {
            label["id"]: label_path(self.old.layers[layer], layer, index)
            for layer in self.old.layers
            if self.layer_name(layer) is not None
            for index, label in enumerate(document_labels(document, layer))
            if "id" in label and self._by_rule(layer, label) is None
        }

    def removal_flaws(self, document: Mapping[str, Any]) -> Iterator[Flaw]:
        """Yield the references of labels that stay to labels that are removed, by their paths in the old document."""
        removed = self.removed_labels(document)
        for layer in self.old.layers.values() if removed else ():
            for index, label in enumerate(document_labels(document, layer.name)):
                if self._by_rule(layer.name, label) is None:
                    continue
                for attribute in layer.references:
                    for name in value_list(attribute, label):
                        if name in removed and self.attribute_name(layer.name, attribute.name):
                            path = (*label_path(layer, layer.name, index), attribute.name)
                            yield "migration-document", path, f"it refers to {name}, which would be removed"


def with_labels(document: Mapping[str, Any], migration: str | None) -> dict[str, Any]:
    """Return a document that says which migration its labels went through, after its guidelines."""
    items: dict[str, Any] = {}
    for key, value in document.items():
        if key != "labels":
            items[key] = value
        if key == "guidelines" and migration is not None:
            items["labels"] = migration
    return items
