"""An adjudicator's document and the groups of what annotators have to the decisions that it makes.

Nothing is read or written here. The decisions are those of `pactwire.agreement.adjudication`; with them, adjudication
gives the labels that the adjudicator's document has.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pactwire.agreement import alignment, decisions
from pactwire.agreement.alignment import ArticleAlignment, LabelGroup
from pactwire.agreement.decisions import CHOICE_NONE, CHOICE_OTHER, Decision
from pactwire.agreement.label_content import SPAN_FIELDS, label_content, label_fields
from pactwire.agreement.matching import jaccard
from pactwire.agreement.merging import MergedLabel, ReferenceResolver
from pactwire.agreement.references import REFERENCE_FIELDS, by_span, replace_references
from pactwire.model.records import LAYERS, Document, labels_of


class DecisionFlaw(NamedTuple):
    """What the decisions file has no words for: the adjudicator's label, and why."""

    label: str
    message: str


@dataclass
class BuiltDecisions:
    """Answered decisions by id, and what can't be one; with flaws the decisions are not whole."""

    decisions: dict[str, Decision] = field(default_factory=dict)
    flaws: list[DecisionFlaw] = field(default_factory=list)

    def add(self, decision: Decision, label: str = "") -> None:
        """Take a decision, or a flaw where there is one of its id: a label that stands twice."""
        if decision.id in self.decisions:
            self.flaws.append(DecisionFlaw(label, "the same label stands there twice"))
        self.decisions[decision.id] = decision


def build_decisions(found: ArticleAlignment, document: Document, by: str, decided: Mapping[str, str]) -> BuiltDecisions:
    """Return what the adjudicator ``by`` decided on an article's groups, at the time ``decided`` of each layer.

    Decided are layers that the document has. A group on which annotators agree gets a decision only where the
    adjudicator has none of their labels there. A label that is one of the options gives its letter, another label
    in the place of a group OTHER, none there NONE, and a label in no group's place one that nobody has.
    """
    return _DecisionBuilder(found, document, by, decided).verdicts()


class _DecisionBuilder:
    """Puts the adjudicator's labels into groups and answers each group."""

    def __init__(self, found: ArticleAlignment, document: Document, by: str, decided: Mapping[str, str]) -> None:
        self.found = found
        self.by = by
        self.decided = decided
        self.made = BuiltDecisions()
        for layer in (layer for layer in LAYERS if labels_of(document, layer)):
            if layer not in found.layers:
                self.made.flaws.append(DecisionFlaw("", f"{layer} can't be decided: not all annotators annotated them"))
        self.labels: dict[str, list[Any]] = {
            layer: list(document[layer])  # type: ignore[literal-required]
            for layer in found.layers
            if layer in document
        }
        self.spans = {
            label["id"]: by_span(layer, label)
            for layer in self.labels
            if layer != "zones"
            for label in self.labels[layer]
        }
        self.group_of: dict[str, LabelGroup] = {}
        for layer in self.labels:
            if layer != "zones":
                self._place(layer)

    def verdicts(self) -> BuiltDecisions:
        label_of = {group.id: name for name, group in self.group_of.items()}
        by_id = {label["id"]: label for labels in self.labels.values() for label in labels}
        references = self._references()
        for group in self.found.groups:
            if group.layer == "zones" and "zones" in self.labels:
                self._answer_zones(group)
            elif group.layer in self.labels:
                mine = by_id[label_of[group.id]] if group.id in label_of else None
                self._answer(group, mine, references)
        for layer, labels in self.labels.items():
            for label in labels:
                if layer != "zones" and label["id"] not in self.group_of:
                    self._add(layer, label, references)
        self._report_crossing_zones()
        return self.made

    # --- which label belongs to which group

    def _place(self, layer: str) -> None:
        """Put a layer's labels into groups that they overlap: each to the one most like it, one to one."""
        labels = self.labels[layer]
        pairs = sorted(
            (*self._dissimilarity(group, label), not group.agreed, order, index)
            for order, group in enumerate(self.found.groups)
            if group.layer == layer
            for index, label in enumerate(labels)
            if label["start"] < group.end and group.start < label["end"]
        )
        taken: set[int] = set()
        for *_, order, index in pairs:
            name = labels[index]["id"]
            if order not in taken and name not in self.group_of:
                taken.add(order)
                self.group_of[name] = self.found.groups[order]

    def _dissimilarity(self, group: LabelGroup, label: Any) -> tuple[float, int, bool]:
        """Return how unlike a label is to the likest member of a group: by place, by fields, by id."""
        return min(
            (-jaccard(member, label), sum(self._differing(group, letter, label)), member["id"] != label["id"])
            for letter, member in group.members.items()
        )

    def _differing(self, group: LabelGroup, letter: str, label: Any) -> Iterator[bool]:
        for key in label_fields(group.layer):
            ours, theirs = label[key], group.members[letter][key]
            if key in REFERENCE_FIELDS:
                yield {self._meant(each) for each in _as_list(ours)} != {
                    self._group_meant(letter, each) for each in _as_list(theirs)
                }
            elif key == "cue" and ours and theirs:
                yield any(ours[each] != theirs[each] for each in SPAN_FIELDS)
            else:
                yield ours != theirs

    def _meant(self, reference: str) -> str:
        group = self.group_of.get(reference)
        return group.id if group else reference

    def _group_meant(self, letter: str, reference: str) -> str:
        group = self.found.group_of(letter, reference)
        return group.id if group else reference

    # --- answers

    def _references(self) -> ReferenceResolver:
        """Return what references mean in a final document whose labels are the adjudicator's, by their own ids."""
        takes = [
            MergedLabel(layer, label, [], self.group_of.get(label["id"]), None, id=label["id"])
            for layer, labels in self.labels.items()
            if layer != "zones"
            for label in labels
        ]
        return ReferenceResolver(self.found, takes)

    def _answer(self, group: LabelGroup, mine: Any, references: ReferenceResolver) -> None:
        if mine is None:
            self._keep(group, CHOICE_NONE)
            return
        letters = [letter for letter in group.members if self._is(group, letter, mine, references)]
        if not letters:
            self._keep(group, CHOICE_OTHER, self._shown(group.layer, mine, group, references), mine["id"])
        elif not group.agreed or letters[0] != next(iter(group.options)):
            # Several options can end up as this label. Take the one that has the adjudicator's references.
            self._keep(group, min(letters, key=lambda letter: sum(self._differing(group, letter, mine))))

    def _is(self, group: LabelGroup, letter: str, mine: Any, references: ReferenceResolver) -> bool:
        """Say whether an annotator's option would come out as the adjudicator's label."""
        before = len(references.lost_references)
        came = references.resolve_label(MergedLabel(group.layer, group.options[letter], [], group, None, letter))
        return len(references.lost_references) == before and _comparable_label(group.layer, came) == _comparable_label(
            group.layer, mine
        )

    def _shown(self, layer: str, label: Any, group: LabelGroup | None, references: ReferenceResolver) -> dict[str, Any]:
        """Return a label as decisions hold it; a flaw is noted where it would come out as another."""
        shown = label_content(layer, replace_references(label, self.spans))
        before = len(references.lost_references)
        came = references.resolve_label(MergedLabel(layer, shown, [], group, None))
        if len(references.lost_references) > before or _comparable_label(layer, came) != _comparable_label(
            layer, label
        ):
            reasons = "; ".join(message for _, message in references.lost_references[before:])
            self.made.flaws.append(
                DecisionFlaw(label["id"], reasons or "its references can't be told apart by their spans")
            )
        return shown

    def _add(self, layer: str, label: Any, references: ReferenceResolver) -> None:
        shown = self._shown(layer, label, None, references)
        name = alignment.decision_id(self.found.article, layer, {"": shown})
        decision = Decision(
            self.found.article, layer, {}, name, CHOICE_OTHER, shown, by=self.by, decided=self.decided[layer]
        )
        self.made.add(decision, label["id"])

    def _keep(self, group: LabelGroup, choice: str, label: Any = None, name: str = "") -> None:
        decision = decisions.unanswered_decision(group)
        decision.choice, decision.label = choice, label
        decision.by, decision.decided = self.by, self.decided[group.layer]
        self.made.add(decision, name)

    # --- zones

    def _answer_zones(self, group: LabelGroup) -> None:
        """Answer a stretch of text by the zones that lie in it."""
        inside = [zone for zone in self.labels["zones"] if group.start <= zone["start"] and zone["end"] <= group.end]
        shown = [label_content("zones", zone) for zone in sorted(inside, key=_zone_start)]
        letters = [letter for letter, option in group.options.items() if option == shown]
        if letters:
            if not group.agreed:
                self._keep(group, letters[0])
        else:
            self._keep(group, CHOICE_OTHER, shown)

    def _report_crossing_zones(self) -> None:
        """Note a flaw for each zone that lies in no stretch whole."""
        stretches = [(group.start, group.end) for group in self.found.groups if group.layer == "zones"]
        for zone in self.labels.get("zones", []):
            if not any(start <= zone["start"] and zone["end"] <= end for start, end in stretches):
                near = [f"{start}:{end}" for start, end in stretches if start < zone["end"] and zone["start"] < end]
                message = (
                    f"the zone {zone['start']}:{zone['end']} reaches over more than one decision: {', '.join(near)}"
                )
                self.made.flaws.append(DecisionFlaw(zone["id"], message))


def _zone_start(zone: Any) -> int:
    start: int = zone["start"]
    return start


def _as_list(value: Any) -> Iterable[str]:
    return value if isinstance(value, list) else [value]


def _comparable_label(layer: str, label: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a label says, for comparison: the order of claimants says nothing."""
    said = label_content(layer, label)
    if "claimants" in said:
        said["claimants"] = sorted(set(said["claimants"]))
    return said
