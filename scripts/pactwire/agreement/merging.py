"""Groups of labels and decisions on them to one document: the labels taken, with new ids and references."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pactwire.agreement import alignment
from pactwire.agreement.alignment import LAYER_DEFINITIONS, ArticleAlignment, LabelGroup
from pactwire.agreement.decisions import CHOICE_NONE, CHOICE_OTHER, Decision, parse_span_reference
from pactwire.model import strict_json
from pactwire.model.records import SCHEMA_VERSION, Annotator, Document, Status
from pactwire.storage import files


@dataclass
class MergedLabel:
    """A label of the final document, ``label`` without id and makers, and where it comes from.

    ``letter`` is the annotator's whose option it is, empty for a label of a decision's own.
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
    """A final document; ``takes`` are its labels by layer and index, ``flaws`` (take, message) of lost references."""

    document: Document
    labels: dict[tuple[str, int], MergedLabel]
    lost_references: list[tuple[MergedLabel, str]]


def merge_article(
    found: ArticleAlignment, decided: Sequence[Decision], adjudicators: Sequence[Annotator]
) -> MergedDocument:
    """Return the document that answered decisions make of an article's groups.

    Labels are sorted by place and numbered by layer. Times are the earliest creation, and the latest
    change or decision.
    """
    takes = [take for group in found.groups for take in _labels_from_group(found, group, _decision_on(group, decided))]
    takes += [
        MergedLabel(each.layer, each.label, [str(each.by)], None, each) for each in decided if each.group is None
    ]  # fmt: skip
    by_layer = {layer: _sort_and_number(layer, takes) for layer in found.layers}
    references = ReferenceResolver(found, takes)
    labels = {layer: [references.resolve_label(take) for take in each] for layer, each in by_layer.items()}
    deciders = {each.by for each in decided}
    documents = list(found.documents.values())
    document = {
        "schema_version": SCHEMA_VERSION,
        "article": found.article,
        "text_sha256": documents[0]["text_sha256"],
        "guidelines": documents[0]["guidelines"],
        "annotators": merged_annotators(documents, [each for each in adjudicators if each["id"] in deciders]),
        "status": {layer: Status.ADJUDICATED for layer in by_layer},
        "created": min(each["created"] for each in documents),
        "updated": max([*(each["updated"] for each in documents), *(each.decided for each in decided if each.decided)]),
        "derived_from": [
            f"{name}@{files.sha256(strict_json.pretty(found.case.documents[name]))}" for name in found.annotators
        ],
        **labels,
    }
    places = {(layer, index): take for layer, each in by_layer.items() for index, take in enumerate(each)}
    return MergedDocument(cast("Document", document), places, references.lost_references)


def merged_annotators(documents: Iterable[Document], adjudicators: Iterable[Annotator]) -> list[Annotator]:
    """Return all annotators in order, each once; two that share an id but are not the same both stay."""
    found: list[Annotator] = []
    for each in (*(one for document in documents for one in document["annotators"]), *adjudicators):
        if each not in found:
            found.append(each)
    return found


def _decision_on(group: LabelGroup, decided: Iterable[Decision]) -> Decision | None:
    return next((each for each in decided if each.group is group), None)


def _labels_from_group(found: ArticleAlignment, group: LabelGroup, decision: Decision | None) -> list[MergedLabel]:
    """Return the labels that a group gives: what all have, or what was decided."""
    choice = decision.choice if decision else next(iter(group.options))
    by = [str(decision.by)] if decision else []
    if choice == CHOICE_NONE:
        return []
    if decision and choice == CHOICE_OTHER:
        return [MergedLabel(group.layer, part, by, group, decision) for part in alignment.option_labels(decision.label)]
    alike = decision is None and group.layer != "zones"
    return [
        MergedLabel(
            group.layer, part, [*dict.fromkeys([*_label_makers(group, part, alike), *by])], group, decision, str(choice)
        )
        for part in alignment.option_labels(group.options[str(choice)])
    ]


def _label_makers(group: LabelGroup, label: Any, alike: bool) -> Iterator[str]:
    """Yield who made a label of a group: the makers of each option that is the same, or that is ``alike`` anyway."""
    for letter, option in group.options.items():
        for index, part in enumerate(alignment.option_labels(option)):
            if alike or part == label:
                yield from _member_label(group, letter, index)["by"]


def _member_label(group: LabelGroup, letter: str, index: int) -> Any:
    member = group.members[letter]
    return member[index] if isinstance(member, list) else member


def _sort_and_number(layer: str, takes: Iterable[MergedLabel]) -> list[MergedLabel]:
    """Return a layer's labels by place, with their ids: e1, e2, …"""
    chosen = sorted(
        (take for take in takes if take.layer == layer),
        key=lambda take: (take.label["start"], take.label["end"], strict_json.compact(take.label)),
    )
    for number, take in enumerate(chosen, 1):
        take.id = f"{layer[0]}{number}"
    return chosen


class ReferenceResolver:
    """What references mean in the final document that ``takes``, ids given, make of an article's groups."""

    def __init__(self, found: ArticleAlignment, takes: Iterable[MergedLabel]) -> None:
        self.found = found
        self.lost_references: list[tuple[MergedLabel, str]] = []
        self._by_group: dict[str, list[str]] = {}
        self._by_span: dict[tuple[str, tuple[int, int]], list[str]] = {}
        for take in takes:
            kind = LAYER_DEFINITIONS[take.layer]
            self._by_span.setdefault((kind, (take.label["start"], take.label["end"])), []).append(take.id)
            if take.group:
                self._by_group.setdefault(take.group.id, []).append(take.id)

    def resolve_label(self, take: MergedLabel) -> dict[str, Any]:
        """Return a label as it stands in the document; a reference that means nothing there is noted as lost."""
        if take.letter and take.group and take.layer != "zones":
            label = take.group.members[take.letter]
            names = {
                each: self._resolve_member_reference(take, take.group, each)
                for each in alignment.label_references(label)
            }
        else:
            label = take.label
            names = {each: self._resolve_span_reference(take, each) for each in alignment.label_references(label)}
        return _document_label(take, alignment.replace_references(label, names))

    def _resolve_member_reference(self, take: MergedLabel, group: LabelGroup, reference: str) -> str:
        """Return the id for a reference of an annotator's label: what became of the mention or claim it points to.

        Where that is gone: what became of the one that another annotator means by the same reference;
        else the label of the very span.
        """
        if alignment.is_fixed_reference(reference):
            return reference
        meant = [self.found.group_of(take.letter, reference)]
        for letter, member in group.members.items():
            same = (
                its
                for its in alignment.label_references(member)
                if self.found.same_referent(take.letter, reference, letter, its)
            )
            meant += [self.found.group_of(letter, its) for its in same]
        for each in meant:
            if each and (outcome := self._by_group.get(each.id)):
                return outcome[0]
        return self._resolve_span_reference(take, self.found.span_reference(take.letter, reference))

    def _resolve_span_reference(self, take: MergedLabel, reference: str) -> str:
        """Return the id for a reference by span: the label of that span, else what became of an annotator's there."""
        target = parse_span_reference(reference)
        if alignment.is_fixed_reference(reference):
            return reference
        if target is None:
            self.lost_references.append((take, f"{reference!r} is not a reference by span, as entity@3:9"))
            return reference
        candidates = self._by_span.get(target) or self._outcomes_at(target)
        if len(candidates) != 1:
            count = f"{len(candidates)} labels" if candidates else "no label"
            self.lost_references.append((take, f"{reference} means {count} of the final document"))
        return candidates[0] if candidates else reference

    def _outcomes_at(self, target: tuple[str, tuple[int, int]]) -> list[str]:
        kind, (start, end) = target
        found: dict[str, None] = {}
        for group in self.found.groups:
            spans = [(each["start"], each["end"]) for each in group.members.values() if group.layer != "zones"]
            if LAYER_DEFINITIONS[group.layer] == kind and (start, end) in spans:
                found |= dict.fromkeys(self._by_group.get(group.id, []))
        return list(found)


def _document_label(take: MergedLabel, label: Mapping[str, Any]) -> dict[str, Any]:
    """Return a label with all fields in the schema's order."""
    made: dict[str, Any] = {
        "id": take.id,
        **{key: label[key] for key in alignment.label_fields(take.layer)},
        "by": take.by,
    }
    if made.get("cue"):
        made["cue"] = {key: made["cue"][key] for key in alignment.SPAN_FIELDS}
    return made
