"""Decoder of relations: turns relations and choices of regions into the claimants, cue, holder and target of labels."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pactwire.labelstudio import schema_mapping
from pactwire.labelstudio.canonical_labels import order_claimants
from pactwire.labelstudio.result_parser import ParsedResults, Region, ResultProblem
from pactwire.model.escapes import quote
from pactwire.model.records import PARTIES


class RelationDecoder:
    """Resolves what the claims and stances of parsed results refer to.

    References that are missing or ambiguous are added to the problems of ``parsed``.

    Args:
        parsed: Regions and the relations between them.
        label_ids: The id of each region's label; a region without one becomes no label.
        unfinished: Layers that nobody ticked as finished, so that no label may refer to them.
    """

    def __init__(self, parsed: ParsedResults, label_ids: Mapping[str, str], unfinished: Collection[str]) -> None:
        self._problems = parsed.problems
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

    def holder(self, stance: Region) -> str | None:
        """Return the holder of a stance; None, with a problem, where there is none."""
        return self._single_party(stance, schema_mapping.HOLDER, schema_mapping.HOLDER)

    def target(self, stance: Region) -> str | None:
        """Return the target of a stance; None, with a problem, where there is none."""
        return self._single_party(stance, schema_mapping.TARGET, schema_mapping.TOPIC)

    def claimants(self, claim: Region, drafted: Any) -> list[str]:
        """Return the claimants of a claim, in the order of ``drafted`` if that has the same, else canonical."""
        parties = self._parties(claim, schema_mapping.CLAIMANT, schema_mapping.CLAIMANT)
        flaw = "" if parties else "a claim needs a claimant, by relation or by choice"
        for party in parties:
            if party not in self._spans and party not in PARTIES:  # a choice somebody added
                flaw = f"{quote(party)} is not a claimant; choose AUTHOR or UNNAMED, or relate a mention"
        if flaw:
            self._problems.append(ResultProblem("ls-party", flaw, claim.id))
            return [*parties]
        if isinstance(drafted, list) and len(drafted) == len(parties) and all(party in drafted for party in parties):
            return drafted
        return order_claimants(parties, self._spans)

    def cue(self, claim: Region) -> Region | None:
        """Return the region of a claim's cue, if it has one."""
        cues = self._related.get((claim.id, schema_mapping.CUE), [])
        if len(cues) > 1:
            message = f"a claim has one cue at most, and this has {len(cues)}"
            self._problems.append(ResultProblem("ls-cue", message, claim.id))
        return cues[0] if cues else None

    def used_cues(self) -> set[str]:
        """Return the ids of the cue regions that a claim is related to."""
        return {
            region.id
            for (_, relation), regions in self._related.items()
            if relation == schema_mapping.CUE
            for region in regions
        }

    def _single_party(self, stance: Region, relation: str, control: str) -> str | None:
        parties = self._parties(stance, relation, control)
        if len(parties) != 1:
            message = f"a stance needs one {relation}, by relation or by choice, and has {', '.join(parties) or 'none'}"
            self._problems.append(ResultProblem("ls-party", message, stance.id))
        return parties[0] if parties else None

    def _parties(self, region: Region, relation: str, control: str) -> Sequence[str]:
        """Return all that a region refers to: labels by relation, then choices."""
        regions = self._related.get((region.id, relation), [])
        for layer in sorted({other.layer for other in regions} & self._unfinished):
            message = f"the {relation} is one of the {layer}, which are not ticked as finished"
            self._problems.append(ResultProblem("ls-finished", message, region.id))
        related = [self._label_ids[other.id] for other in regions if other.id in self._label_ids]
        return [*related, *region.values.get(control, [])]
