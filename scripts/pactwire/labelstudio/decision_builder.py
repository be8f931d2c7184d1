"""Builder of decisions: compares an adjudicator's document with the annotators' labels, and answers each disagreement.

The decisions are those of `pactwire.agreement.adjudication`, which turns them back into the adjudicator's labels.
Nothing is read or written here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pactwire.agreement import alignment, decisions
from pactwire.agreement.alignment import ArticleAlignment, LabelGroup
from pactwire.agreement.decisions import CHOICE_NONE, CHOICE_OTHER, Decision
from pactwire.agreement.label_content import SPAN_FIELDS, label_content
from pactwire.agreement.matching import jaccard
from pactwire.agreement.merging import MergedLabel, ReferenceResolver
from pactwire.agreement.references import replace_references, span_references
from pactwire.labelstudio.canonical_labels import article_key, label_key
from pactwire.model.labels import document_labels, value_list
from pactwire.model.layers import AttributeKind
from pactwire.model.records import Document


class DecisionFlaw(NamedTuple):
    """A label of the adjudicator that the decisions file can't express, and why."""

    label: str
    message: str


@dataclass
class BuiltDecisions:
    """Answered decisions by id. If there are flaws, the decisions are incomplete."""

    decisions: dict[str, Decision] = field(default_factory=dict)
    flaws: list[DecisionFlaw] = field(default_factory=list)

    def add(self, decision: Decision, label: str = "") -> None:
        """Add a decision, and a flaw if there is one with its id: the label is duplicated."""
        if decision.id in self.decisions:
            self.flaws.append(DecisionFlaw(label, "the same label is there twice"))
        self.decisions[decision.id] = decision


def build_decisions(found: ArticleAlignment, document: Document, by: str, decided: Mapping[str, str]) -> BuiltDecisions:
    """Return the decisions that an adjudicator's document makes on an article's groups.

    A label that equals one of the options gives that option's letter, another label in the place of a group OTHER, and
    no label there NONE. A label in no group's place becomes a decision of its own. A group on which the
    annotators agree is decided only if the adjudicator has another label there, or none.

    Args:
        found: The annotators' labels, in groups.
        document: The adjudicator's document. Layers that it lacks are not decided.
        by: The adjudicator.
        decided: The time of the decision by layer.
    """
    return _DecisionBuilder(found, document, by, decided).build()


class _DecisionBuilder:
    """Assigns the adjudicator's labels to groups and answers each group."""

    def __init__(self, found: ArticleAlignment, document: Document, by: str, decided: Mapping[str, str]) -> None:
        self.article = found
        self.schema = found.schema
        self.adjudicator = by
        self.times = decided
        self.built = BuiltDecisions()
        for layer in (layer for layer in self.schema.layer_names if document_labels(document, layer)):
            if layer not in found.layers:
                self.built.flaws.append(
                    DecisionFlaw("", f"{layer} can't be decided: not all annotators annotated them")
                )
        self.labels: dict[str, list[Any]] = {
            layer: [*document_labels(document, layer)] for layer in found.layers if layer in document
        }
        self.spans = span_references(self.schema, document)
        self.group_of: dict[str, LabelGroup] = {}
        for layer in self.labels:
            if layer != "zones":
                self._assign_groups(layer)

    def build(self) -> BuiltDecisions:
        """Return the decisions on all groups, and on labels in no group's place."""
        label_of = {group.id: name for name, group in self.group_of.items()}
        by_key = {label_key(layer, label): label for layer, labels in self.labels.items() for label in labels}
        references = self._references()
        for group in self.article.groups:
            if group.layer == "zones" and "zones" in self.labels:
                self._answer_zones(group)
            elif group.layer in self.labels:
                chosen = by_key[label_of[group.id]] if group.id in label_of else None
                self._answer_group(group, chosen, references)
        for layer, own in self.labels.items():
            for label in own:
                if layer != "zones" and label_key(layer, label) not in self.group_of:
                    self._add_unmatched(layer, label, references)
        self._report_crossing_zones()
        return self.built

    # --- labels to groups

    def _assign_groups(self, layer: str) -> None:
        """Assign a layer's labels to groups that they overlap, one to one, the most similar pairs first."""
        labels = self.labels[layer]
        if not self.schema.layers[layer].is_span:
            [group] = [group for group in self.article.groups if group.layer == layer]
            self.group_of[article_key(layer)] = group
            return
        pairs = sorted(
            (*self._dissimilarity(group, label), not group.agreed, order, index)
            for order, group in enumerate(self.article.groups)
            if group.layer == layer
            for index, label in enumerate(labels)
            if label["start"] < group.end and group.start < label["end"]
        )
        taken: set[int] = set()
        for *_, order, index in pairs:
            name = labels[index]["id"]
            if order not in taken and name not in self.group_of:
                taken.add(order)
                self.group_of[name] = self.article.groups[order]

    def _dissimilarity(self, group: LabelGroup, label: Any) -> tuple[float, int, bool]:
        """Return how much a label differs from the most similar member of a group: in span, in fields, in id."""
        return min(
            (-jaccard(member, label), sum(self._differing(group, letter, label)), member["id"] != label["id"])
            for letter, member in group.members.items()
        )

    def _differing(self, group: LabelGroup, letter: str, label: Any) -> Iterator[bool]:
        """Yield for each field of a label whether it differs from an annotator's."""
        theirs = group.members[letter]
        yield from (label[key] != theirs[key] for key in SPAN_FIELDS if group.has_span)
        for attribute in self.schema.layers[group.layer].attributes:
            if attribute.is_reference:
                yield {self._referent(each) for each in value_list(attribute, label)} != {
                    self._member_referent(letter, each) for each in value_list(attribute, theirs)
                }
            else:
                yield label.get(attribute.name) != theirs.get(attribute.name)

    def _referent(self, reference: str) -> str:
        group = self.group_of.get(reference)
        return group.id if group else reference

    def _member_referent(self, letter: str, reference: str) -> str:
        group = self.article.group_of(letter, reference)
        return group.id if group else reference

    # --- answers

    def _references(self) -> ReferenceResolver:
        """Return the resolver of references for a final document with the adjudicator's labels and their ids."""
        takes = [
            MergedLabel(layer, label, [], self.group_of.get(label["id"]), None, id=label["id"])
            for layer, labels in self.labels.items()
            if layer != "zones" and self.schema.layers[layer].is_span
            for label in labels
        ]
        return ReferenceResolver(self.article, takes)

    def _answer_group(self, group: LabelGroup, chosen: Any, references: ReferenceResolver) -> None:
        if chosen is None:
            self._add_answer(group, CHOICE_NONE)
            return
        letters = [letter for letter in group.members if self._matches(group, letter, chosen, references)]
        if not letters:
            self._add_answer(
                group,
                CHOICE_OTHER,
                self._decision_label(group.layer, chosen, group, references),
                label_key(group.layer, chosen),
            )
        elif not group.agreed or letters[0] != next(iter(group.options)):
            # Several options can end up as this label. Take the one that has the adjudicator's references.
            self._add_answer(group, min(letters, key=lambda letter: sum(self._differing(group, letter, chosen))))

    def _matches(self, group: LabelGroup, letter: str, chosen: Any, references: ReferenceResolver) -> bool:
        """Say whether an annotator's option would end up as the adjudicator's label."""
        before = len(references.lost_references)
        outcome = references.resolve_label(MergedLabel(group.layer, group.options[letter], [], group, None, letter))
        is_same = self._comparable_label(group.layer, outcome) == self._comparable_label(group.layer, chosen)
        return is_same and len(references.lost_references) == before

    def _decision_label(
        self, layer: str, label: Any, group: LabelGroup | None, references: ReferenceResolver
    ) -> dict[str, Any]:
        """Return a label as decisions hold it; add a flaw if it would end up as a different one."""
        shown = label_content(self.schema, layer, replace_references(self.schema, layer, label, self.spans))
        before = len(references.lost_references)
        outcome = references.resolve_label(MergedLabel(layer, shown, [], group, None))
        is_same = self._comparable_label(layer, outcome) == self._comparable_label(layer, label)
        if len(references.lost_references) > before or not is_same:
            reasons = "; ".join(message for _, message in references.lost_references[before:])
            self.built.flaws.append(
                DecisionFlaw(label_key(layer, label), reasons or "its references can't be told apart by their spans")
            )
        return shown

    def _add_unmatched(self, layer: str, label: Any, references: ReferenceResolver) -> None:
        shown = self._decision_label(layer, label, None, references)
        name = alignment.decision_id(self.article.article, layer, {"": shown})
        decision = Decision(
            self.article.article, layer, {}, name, CHOICE_OTHER, shown, by=self.adjudicator, decided=self.times[layer]
        )
        self.built.add(decision, label["id"])

    def _add_answer(self, group: LabelGroup, choice: str, label: Any = None, name: str = "") -> None:
        decision = decisions.unanswered_decision(group)
        decision.choice, decision.label = choice, label
        decision.by, decision.decided = self.adjudicator, self.times[group.layer]
        self.built.add(decision, name)

    def _comparable_label(self, layer: str, label: Mapping[str, Any]) -> dict[str, Any]:
        """Return the content of a label for comparison, in which the order of references does not matter."""
        said = label_content(self.schema, layer, label)
        for attribute in self.schema.layers[layer].of_kind(AttributeKind.REFERENCES):
            if said.get(attribute.name):
                said[attribute.name] = sorted(set(said[attribute.name]))
        return said

    # --- zones

    def _answer_zones(self, group: LabelGroup) -> None:
        """Answer a stretch of text with the zones inside it."""
        inside = [zone for zone in self.labels["zones"] if group.start <= zone["start"] and zone["end"] <= group.end]
        shown = [label_content(self.schema, "zones", zone) for zone in sorted(inside, key=_zone_start)]
        letters = [letter for letter, option in group.options.items() if option == shown]
        if letters:
            if not group.agreed:
                self._add_answer(group, letters[0])
        else:
            self._add_answer(group, CHOICE_OTHER, shown)

    def _report_crossing_zones(self) -> None:
        """Add a flaw for each zone that does not lie within one stretch."""
        stretches = [(group.start, group.end) for group in self.article.groups if group.layer == "zones"]
        for zone in self.labels.get("zones", []):
            if not any(start <= zone["start"] and zone["end"] <= end for start, end in stretches):
                near = [f"{start}:{end}" for start, end in stretches if start < zone["end"] and zone["start"] < end]
                message = f"the zone {zone['start']}:{zone['end']} spans more than one decision: {', '.join(near)}"
                self.built.flaws.append(DecisionFlaw(zone["id"], message))


def _zone_start(zone: Any) -> int:
    start: int = zone["start"]
    return start
