"""Decoder of relations: turns relations and choices of regions into the references and parts of labels."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pactwire.labelstudio.attribute_controls import ReferenceControls
from pactwire.labelstudio.canonical_labels import order_references
from pactwire.labelstudio.result_parser import ParsedResults, Region, ResultProblem
from pactwire.labelstudio.schema_mapping import ProjectMapping
from pactwire.model.escapes import quote
from pactwire.model.labels import is_topic
from pactwire.model.layers import Attribute, AttributeKind


class RelationDecoder:
    """Resolves what the labels of parsed results refer to.

    References that are missing or ambiguous are added to the problems of ``parsed``.

    Args:
        parsed: Regions and the relations between them.
        mapping: What the project shows.
        label_ids: The id of each region's label; a region without one becomes no label.
        unfinished: Layers that nobody ticked as finished, so that no label may refer to them.
    """

    def __init__(
        self,
        parsed: ParsedResults,
        mapping: ProjectMapping,
        label_ids: Mapping[str, str],
        unfinished: Collection[str],
    ) -> None:
        self._problems = parsed.problems
        self._mapping = mapping
        self._label_ids = label_ids
        self._unfinished = {*unfinished}
        self._related: dict[tuple[str, str], list[Region]] = {}
        for relation, start, end in parsed.relations:
            regions = self._related.setdefault((start.id, relation), [])
            if end not in regions:
                regions.append(end)
        self._spans = {
            label_id: {"id": label_id, "start": parsed.regions[region_id].start, "end": parsed.regions[region_id].end}
            for region_id, label_id in label_ids.items()
        }

    def referents(self, region: Region, reference: ReferenceControls, drafted: Any) -> list[str] | str | None:
        """Return what a label refers to by an attribute: one reference, or several in a list.

        Several are in the order of ``drafted`` if that has the same, else canonical. A problem is added, and the result
        is None or empty, where there must be one and is none.
        """
        attribute = reference.attribute
        found = self._referents(region, reference)
        if attribute.kind != AttributeKind.REFERENCES:
            return self._single(region, reference, found)
        if flaw := self._list_flaw(region, reference, found):
            self._problems.append(ResultProblem("ls-party", flaw, region.id))
            return [*found]
        if isinstance(drafted, list) and len(drafted) == len(found) and all(each in drafted for each in found):
            return drafted
        return order_references(attribute, found, self._spans)

    def part(self, region: Region, attribute: str, relation: str) -> Region | None:
        """Return the region of a part of a label, if it has one."""
        parts = [
            each
            for each in self._related.get((region.id, relation), [])
            if region.layer in self._mapping.part_owners.get(each.layer, ())
        ]
        if len(parts) > 1:
            label = _with_article(self._label(region))
            message = f"{label} has one {attribute} at most, and this has {len(parts)}"
            self._problems.append(ResultProblem("ls-cue", message, region.id))
        return parts[0] if parts else None

    def used_parts(self) -> set[str]:
        """Return the ids of the regions of parts that a label is related to."""
        return {
            region.id
            for regions in self._related.values()
            for region in regions
            if region.layer in self._mapping.part_owners
        }

    def _label(self, region: Region) -> str:
        return self._mapping.schema.layers[region.layer].label

    def _must_refer(self, layer: str, attribute: Attribute) -> bool:
        """Tell whether a label must refer to something by an attribute."""
        schema = self._mapping.schema
        empty: Any = [] if attribute.kind == AttributeKind.REFERENCES else None
        is_required = attribute.name in schema.required_keys(layer)
        return is_required and not schema.attribute_validator(layer, attribute.name).is_valid(empty)

    def _list_flaw(self, region: Region, reference: ReferenceControls, found: Sequence[str]) -> str:
        attribute, name = reference.attribute, reference.name
        flaw = ""
        if not found and self._must_refer(region.layer, attribute):
            needed = _with_article(name)
            flaw = f"{_with_article(self._label(region))} needs {needed}, by relation or by choice"
        for each in found:
            if each not in self._spans and each not in attribute.parties and not is_topic(each):
                parties = " or ".join(attribute.parties)  # a choice somebody added
                flaw = f"{quote(each)} is not {_with_article(name)}; choose {parties}, or relate a mention"
        return flaw

    def _single(self, region: Region, reference: ReferenceControls, found: Sequence[str]) -> str | None:
        if len(found) > 1 or (not found and self._must_refer(region.layer, reference.attribute)):
            has = f"by relation or by choice, and has {', '.join(found) or 'none'}"
            message = f"{_with_article(self._label(region))} needs one {reference.name}, {has}"
            self._problems.append(ResultProblem("ls-party", message, region.id))
        return found[0] if found else None

    def _referents(self, region: Region, reference: ReferenceControls) -> list[str]:
        """Return all that a label refers to by an attribute: labels by relation, then choices."""
        relation, targets = reference.relation, reference.attribute.target_layers
        regions = [each for each in self._related.get((region.id, relation), []) if each.layer in targets]
        for layer in sorted({other.layer for other in regions} & self._unfinished):
            message = f"the {relation} is one of the {layer}, which are not ticked as finished"
            self._problems.append(ResultProblem("ls-finished", message, region.id))
        related = [self._label_ids[other.id] for other in regions if other.id in self._label_ids]
        return [*related, *(value for control in reference.controls for value in region.values.get(control, []))]


def _with_article(noun: str) -> str:
    """Return a noun with its indefinite article."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
