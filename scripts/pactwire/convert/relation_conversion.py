"""Conversion of relations between imported mentions to references and parts of labels."""

from dataclasses import dataclass, field
from typing import Any

from pactwire.convert.import_log import ImportLog
from pactwire.convert.imported_document import ImportedMention, ImportedRelation
from pactwire.convert.mapping import LabelMapping, MappedRelation
from pactwire.model.escapes import quote
from pactwire.model.layers import AttributeKind, Layer
from pactwire.model.records import Span


@dataclass(eq=False)
class PlacedLabel:
    """A label that is not complete yet: its mention, its layer, its place and its values.

    ``targets`` are the labels that it refers to, by attribute; ``id`` is its final id.
    """

    mention: ImportedMention
    layer: Layer
    span: Span
    values: dict[str, Any]
    targets: dict[str, list["PlacedLabel"]] = field(default_factory=dict)
    id: str = ""

    def final_values(self) -> dict[str, Any]:
        """Return the values with the ids of what it refers to, which come before parties and topics."""
        values = dict(self.values)
        for name, targets in self.targets.items():
            ids = [target.id for target in targets]
            is_list = self.layer.attribute(name).kind == AttributeKind.REFERENCES
            values[name] = [*ids, *values.get(name, ())] if is_list else ids[0]
        return values


class LabelReferences:
    """Adds relations of a document to its labels; what no label can have is counted by name.

    Args:
        labels: The labels of the document.
        parts: The type and the span of each part, by the id of its mention.
        mapping: What relations are.
        log: Receives counts and omissions.
    """

    def __init__(
        self,
        labels: list[PlacedLabel],
        parts: dict[str, tuple[str, Span]],
        mapping: LabelMapping,
        log: ImportLog,
    ) -> None:
        self.mapping, self.log = mapping, log
        self._labels = {label.mention.id: label for label in reversed(labels) if label.mention.id}
        self._parts, self._free_parts = parts, {*parts}
        self._referring: dict[int, list[tuple[PlacedLabel, str]]] = {}

    def add(self, relation: ImportedRelation) -> None:
        """Add a relation to the label that it is a reference or a part of, or count it."""
        for entry in self.mapping.relations.get(relation.name, ()):
            owner, other = relation.source, relation.target
            if not entry.starts_at_label:
                owner, other = other, owner
            label = self._labels.get(owner)
            if label is not None and label.layer is entry.layer and self._is_added(entry, label, other):
                return
        self.log.omitted.add(f"relations {quote(relation.name)}", f"{relation.source} {relation.target}")

    def _is_added(self, entry: MappedRelation, label: PlacedLabel, other: str) -> bool:
        """Add a part, or a label that is referred to; return False if it can't be."""
        attribute = entry.attribute
        if attribute.kind == AttributeKind.PART:
            return self._is_part_added(entry, label, other)
        target = self._labels.get(other)
        if target is None or target.layer.name not in attribute.target_layers:
            return False
        targets = label.targets.get(attribute.name, [])
        if attribute.kind == AttributeKind.REFERENCE and (targets or attribute.name in label.values):
            return targets == [target]
        if target not in targets:
            label.targets[attribute.name] = [*targets, target]
            self._referring.setdefault(id(target), []).append((label, attribute.name))
        return True

    def _is_part_added(self, entry: MappedRelation, label: PlacedLabel, other: str) -> bool:
        type_name, span = self._parts.get(other, ("", None))
        if span is None or all(part.attribute is not entry.attribute for part in self.mapping.parts[type_name]):
            return False
        if label.values.setdefault(entry.attribute.name, span) != span:
            return False
        self._free_parts.discard(other)
        return True

    def remove(self, label: PlacedLabel) -> None:
        """Remove a label that is refused from those that refer to it, and count that."""
        for owner, name in self._referring.pop(id(label), ()):
            owner.targets[name] = [each for each in owner.targets[name] if each is not label]
            if not owner.targets[name]:
                del owner.targets[name]
            self.log.omitted.add(f"references {name} to labels that are refused")

    def finish(self) -> None:
        """Count the parts."""
        self.log.counts["mentions taken as parts"] += len(self._parts) - len(self._free_parts)
        self.log.counts["mentions that are parts of no label"] += len(self._free_parts)
        for each in self._free_parts:
            self.log.omitted.add(f"parts {quote(self._parts[each][0])} that no label has", self._parts[each][1]["text"])
