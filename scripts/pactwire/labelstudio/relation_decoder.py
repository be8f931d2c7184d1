"""Decoder of relations: turns relations and choices of regions into the references and parts of labels."""

from collections.abc import Collection, Mapping, Sequence

from pactwire.labelstudio.attribute_controls import ReferenceControls
from pactwire.labelstudio.canonical_labels import order_references
from pactwire.labelstudio.drafted_values import ABSENT, unset_values
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
        for attribute, owner, other in parsed.relations:
            regions = self._related.setdefault((owner.id, attribute), [])
            if other not in regions:
                regions.append(other)
        self._spans = {
            label_id: {"id": label_id, "start": parsed.regions[region_id].start, "end": parsed.regions[region_id].end}
            for region_id, label_id in label_ids.items()
        }

    def referents(self, region: Region, reference: ReferenceControls) -> list[str] | str | None:
        """Return what a label refers to by an attribute: one reference, or several in a list, in canonical order.

        The result is None or empty where there is none, and a problem is added if there must be one.
        """
        found = self._referents(region, reference)
        if reference.attribute.kind != AttributeKind.REFERENCES:
            return self._single(region, reference, found)
        if flaw := self._list_flaw(region, reference, found):
            self._problems.append(ResultProblem("ls-party", flaw, region.id))
            return [*found]
        return order_references(reference.attribute, found, self._spans)

    def part(self, region: Region, attribute: str) -> Region | None:
        """Return the region of a part of a label, if it has one."""
        parts = self._related.get((region.id, attribute), [])
        if len(parts) > 1:
            label = _with_article(self._label(region))
            message = f"{label} has one {attribute} at most, and this has {len(parts)}"
            self._problems.append(ResultProblem("ls-cue", message, region.id))
        return parts[0] if parts else None

    def has_related(self, region: Region) -> bool:
        """Say whether anything is related to a region, or marked for the whole article."""
        return any(owner == region.id for owner, _ in self._related)

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
        empty = unset_values(schema, layer)[attribute.name]
        return empty is not ABSENT and not schema.attribute_validator(layer, attribute.name).is_valid(empty)

    def _list_flaw(self, region: Region, reference: ReferenceControls, found: Sequence[str]) -> str:
        attribute, name = reference.attribute, reference.name
        flaw = ""
        if not found and self._must_refer(region.layer, attribute):
            needed = _with_article(name)
            flaw = f"{_with_article(self._label(region))} needs {needed}, by {_way(reference)} or by choice"
        for each in found:
            if each not in self._spans and each not in attribute.parties and not is_topic(each):
                parties = " or ".join(attribute.parties)  # a choice somebody added
                flaw = f"{quote(each)} is not {_with_article(name)}; choose {parties}, or relate a mention"
        return flaw

    def _single(self, region: Region, reference: ReferenceControls, found: Sequence[str]) -> str | None:
        if len(found) > 1 or (not found and self._must_refer(region.layer, reference.attribute)):
            has = f"by {_way(reference)} or by choice, and has {', '.join(found) or 'none'}"
            message = f"{_with_article(self._label(region))} needs one {reference.name}, {has}"
            self._problems.append(ResultProblem("ls-party", message, region.id))
        return found[0] if found else None

    def _referents(self, region: Region, reference: ReferenceControls) -> list[str]:
        """Return all that a label refers to by an attribute: labels by relation, then choices."""
        regions = self._related.get((region.id, reference.attribute.name), [])
        for layer in sorted({other.layer for other in regions} & self._unfinished):
            message = f"the {reference.name} is one of the {layer}, which are not ticked as finished"
            self._problems.append(ResultProblem("ls-finished", message, region.id))
        related = [self._label_ids[other.id] for other in regions if other.id in self._label_ids]
        return [*related, *(value for control in reference.controls for value in region.values.get(control, []))]


def _way(reference: ReferenceControls) -> str:
    """Return how a reference to a region is made."""
    return "relation" if reference.relation else "mark"


def _with_article(noun: str) -> str:
    """Return a noun with its indefinite article."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
