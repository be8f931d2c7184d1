"""Merging the labels of annotators into a final document, by decisions, with new ids and references."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pactwire.agreement import alignment, references
from pactwire.agreement.alignment import ArticleAlignment, LabelGroup
from pactwire.agreement.decisions import CHOICE_NONE, CHOICE_OTHER, Decision
from pactwire.agreement.label_content import label_content
from pactwire.corpus.reviews import Review, layer_digest
from pactwire.model import digests, strict_json
from pactwire.model.labels import document_labels, is_fixed_reference
from pactwire.model.new_document import new_document
from pactwire.model.records import Annotator, Document, Status
from pactwire.model.schema import AnnotationSchema

ZONE_PREFIX: Final = "z"
"""The prefix of the ids of zones."""


@dataclass
class MergedLabel:
    """A label of the final document and where it comes from; ``label`` has no id and no makers.

    ``letter`` is the annotator's whose option it is, empty for a label that a decision gives itself.
    """

    layer: str
    label: dict[str, Any]
    by: list[str]
    group: LabelGroup | None
    decision: Decision | None
    letter: str = ""
    id: str = ""


@dataclass
class MergedDocument:
    """A final document; ``labels`` are its labels by layer and index, ``lost_references`` those that mean nothing.

    A lost reference is given by its label and a message. ``stale_reviews`` are those of labels that it does not have.
    """

    document: Document
    labels: dict[tuple[str, int], MergedLabel]
    lost_references: list[tuple[MergedLabel, str]]
    reviews: Sequence[Review] = ()
    stale_reviews: list[Review] = field(default_factory=list)


def merge_article(
    aligned: ArticleAlignment,
    decided: Sequence[Decision],
    adjudicators: Sequence[Annotator],
    reviews: Sequence[Review] = (),
) -> MergedDocument:
    """Return the final document of an article whose decisions are all answered, with what its reviews say.

    Labels are sorted by place and numbered by layer. ``created`` is the earliest creation of the inputs,
    ``updated`` the latest change, decision or review.
    """
    labels = [label for group in aligned.groups for label in _labels_from_group(group, _decision_on(group, decided))]
    labels += [
        MergedLabel(decision.layer, decision.label, [str(decision.by)], None, decision)
        for decision in decided
        if decision.group is None
    ]
    by_layer = {layer: _sort_and_number(aligned.schema, layer, labels) for layer in aligned.layers}
    resolver = ReferenceResolver(aligned, labels)
    resolved = {layer: resolver.resolve_layer(layer, merged) for layer, merged in by_layer.items()}
    deciders = {decision.by for decision in decided}
    documents = list(aligned.documents.values())
    times = [decision.decided for decision in decided if decision.decided]
    document = new_document(
        aligned.schema,
        article=aligned.article,
        text_sha256=documents[0]["text_sha256"],
        guidelines=documents[0]["guidelines"],
        annotators=merged_annotators(documents, [each for each in adjudicators if each["id"] in deciders]),
        status={layer: Status.ADJUDICATED if documents[1:] else documents[0]["status"][layer] for layer in by_layer},
        created=min(each["created"] for each in documents),
        updated=max([*(each["updated"] for each in documents), *times]),
        derived_from=[
            f"{name}@{digests.sha256(strict_json.pretty(aligned.comparable.documents[name]))}"
            for name in aligned.annotators
        ],
        layers=resolved,
    )
    places = {(layer, index): label for layer, merged in by_layer.items() for index, label in enumerate(merged)}
    merged = MergedDocument(document, places, resolver.lost_references, reviews)
    _add_reviews(aligned.schema, merged, adjudicators)
    return merged


def _add_reviews(schema: AnnotationSchema, merged: MergedDocument, adjudicators: Sequence[Annotator]) -> None:
    """Mark the layers that people reviewed as they are, and name these people as makers of the layers' labels."""
    document = merged.document
    for review in merged.reviews:
        if layer_digest(schema, document, review.layer) != review.digest:
            merged.stale_reviews.append(review)
            continue
        document["status"][review.layer] = Status.REVIEWED
        document["updated"] = max(document["updated"], review.decided)
        for label in document_labels(document, review.layer):
            label["by"] = list(dict.fromkeys([*label["by"], review.by]))
        reviewers = [each for each in adjudicators if each["id"] == review.by]
        document["annotators"] = merged_annotators([document], reviewers)


def merged_annotators(documents: Iterable[Document], adjudicators: Iterable[Annotator]) -> list[Annotator]:
    """Return all annotators in order, without duplicates; two that differ but share an id are both kept."""
    merged: list[Annotator] = []
    for annotator in (*(one for document in documents for one in document["annotators"]), *adjudicators):
        if annotator not in merged:
            merged.append(annotator)
    return merged


def _decision_on(group: LabelGroup, decided: Iterable[Decision]) -> Decision | None:
    return next((decision for decision in decided if decision.group is group), None)


def _labels_from_group(group: LabelGroup, decision: Decision | None) -> list[MergedLabel]:
    """Return the labels that a group gives: those that all annotators have, or those that were decided."""
    choice = str(decision.choice) if decision else next(iter(group.options))
    by = [str(decision.by)] if decision else []
    if choice == CHOICE_NONE:
        return []
    if decision and choice == CHOICE_OTHER:
        labels = alignment.option_labels(decision.label)
        return [MergedLabel(group.layer, label, by, group, decision) for label in labels]
    all_agree = decision is None and group.layer != "zones"
    return [
        MergedLabel(
            group.layer,
            label,
            [*dict.fromkeys([*_label_makers(group, label, all_agree), *by])],
            group,
            decision,
            choice,
        )
        for label in alignment.option_labels(group.options[choice])
    ]


def _label_makers(group: LabelGroup, label: Any, all_agree: bool) -> Iterator[str]:
    """Yield the makers of the options of a group that equal a label, or of all options if ``all_agree``."""
    for letter, option in group.options.items():
        for index, part in enumerate(alignment.option_labels(option)):
            if all_agree or part == label:
                member = group.members[letter]
                yield from (member[index] if isinstance(member, list) else member)["by"]


def _sort_and_number(schema: AnnotationSchema, layer: str, labels: Iterable[MergedLabel]) -> list[MergedLabel]:
    """Return a layer's labels by place and give them their ids: e1, e2, … The label of an article has none."""
    if layer in schema.layers and not schema.layers[layer].is_span:
        return [label for label in labels if label.layer == layer]
    prefix = schema.layers[layer].prefix if layer in schema.layers else ZONE_PREFIX
    own = sorted(
        (label for label in labels if label.layer == layer),
        key=lambda merged: (merged.label["start"], merged.label["end"], strict_json.compact(merged.label)),
    )
    for number, merged in enumerate(own, 1):
        merged.id = f"{prefix}{number}"
    return own


class ReferenceResolver:
    """Resolves references to the labels of a final document, which must have their ids.

    ``lost_references`` collects the references that mean nothing there.
    """

    def __init__(self, aligned: ArticleAlignment, labels: Iterable[MergedLabel]) -> None:
        self.aligned = aligned
        self.schema = aligned.schema
        self.lost_references: list[tuple[MergedLabel, str]] = []
        self._ids_by_group: dict[str, list[str]] = {}
        self._ids_by_span: dict[tuple[str, tuple[int, int]], list[str]] = {}
        for merged in (each for each in labels if each.id):
            span = merged.label["start"], merged.label["end"]
            self._ids_by_span.setdefault((merged.layer, span), []).append(merged.id)
            if merged.group:
                self._ids_by_group.setdefault(merged.group.id, []).append(merged.id)

    def resolve_layer(self, layer: str, labels: Iterable[MergedLabel]) -> Any:
        """Return a layer as it is in the final document: its labels, or the one label of the article."""
        resolved = [self.resolve_label(label) for label in labels]
        return resolved if layer == "zones" or self.schema.layers[layer].is_span else resolved[0]

    def resolve_label(self, merged: MergedLabel) -> dict[str, Any]:
        """Return a label as it is in the final document."""
        if merged.letter and merged.group and merged.layer != "zones":
            label = merged.group.members[merged.letter]
            ids = {
                reference: self._resolve_member_reference(merged, merged.group, reference)
                for reference in references.references_in(self.schema, merged.layer, label)
            }
        else:
            label = merged.label
            ids = {
                reference: self._resolve_span_reference(merged, reference)
                for reference in references.references_in(self.schema, merged.layer, label)
            }
        replaced = references.replace_references(self.schema, merged.layer, label, ids)
        content = label_content(self.schema, merged.layer, replaced)
        return {**({"id": merged.id} if merged.id else {}), **content, "by": merged.by}

    def _resolve_member_reference(self, merged: MergedLabel, group: LabelGroup, reference: str) -> str:
        """Return the id for a reference in an annotator's label: what became of the label it points to.

        If that is gone, what became of the one that another annotator means by the same reference; if that is gone
        too, the label with the same span.
        """
        if is_fixed_reference(self.schema, reference):
            return reference
        letter, aligned = merged.letter, self.aligned
        referents = [aligned.group_of(letter, reference)]
        for other_letter, member in group.members.items():
            referents += [
                aligned.group_of(other_letter, other)
                for other in references.references_in(self.schema, group.layer, member)
                if aligned.same_referent(letter, reference, other_letter, other)
            ]
        for referent in referents:
            if referent and (ids := self._ids_by_group.get(referent.id)):
                return ids[0]
        return self._resolve_span_reference(merged, aligned.span_reference(letter, reference))

    def _resolve_span_reference(self, merged: MergedLabel, reference: str) -> str:
        """Return the id for a reference by span: the label of that span, else what became of an annotator's there."""
        if is_fixed_reference(self.schema, reference):
            return reference
        target = references.parse_span_reference(self.schema, reference)
        if target is None:
            example = f"{self.schema.span_layers[0].label}@3:9"
            message = f"{reference!r} is not a reference by span, such as {example}"
            self.lost_references.append((merged, message))
            return reference
        candidates = self._ids_by_span.get(target) or self._ids_of_members_at(target)
        if len(candidates) != 1:
            count = f"{len(candidates)} labels" if candidates else "no label"
            self.lost_references.append((merged, f"{reference} means {count} of the final document"))
        return candidates[0] if candidates else reference

    def _ids_of_members_at(self, target: tuple[str, tuple[int, int]]) -> list[str]:
        """Return the ids of what became of the groups that have a member with a span."""
        layer, span = target
        groups = [group for group in self.aligned.groups if group.layer == layer]
        ids = [
            label_id
            for group in groups
            if span in [(label["start"], label["end"]) for label in group.members.values()]
            for label_id in self._ids_by_group.get(group.id, [])
        ]
        return list(dict.fromkeys(ids))
