"""Groups of labels and decisions on them to one document: the labels taken, with new ids and references."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pactwire.agreement import alignment
from pactwire.agreement.alignment import DEFINITIONS, Group, Groups
from pactwire.agreement.decisions import NONE, OTHER, Decision, referent
from pactwire.model import strict_json
from pactwire.model.records import SCHEMA_VERSION, Annotator, Document, Status
from pactwire.storage import files


@dataclass
class Take:
    """A label of the final document, ``label`` without id and makers, and where it comes from.

    ``letter`` is the annotator's whose option it is, empty for a label of a decision's own.
    """

    layer: str
    label: dict[str, Any]
    by: list[str]
    group: Group | None
    decision: Decision | None
    letter: str = ""
    id: str = ""


@dataclass
class Merged:
    """A final document; ``takes`` are its labels by layer and index, ``flaws`` (take, message) of lost references."""

    document: Document
    takes: dict[tuple[str, int], Take]
    lost: list[tuple[Take, str]]


def merge(found: Groups, decided: Sequence[Decision], adjudicators: Sequence[Annotator]) -> Merged:
    """Return the document that answered decisions make of an article's groups.

    Labels are sorted by place and numbered by layer. Times are the earliest creation, and the latest
    change or decision.
    """
    takes = [take for group in found.all for take in _taken(found, group, _decision_on(group, decided))]
    takes += [
        Take(each.layer, each.label, [str(each.by)], None, each) for each in decided if each.group is None
    ]  # fmt: skip
    by_layer = {layer: _numbered(layer, takes) for layer in found.layers}
    references = References(found, takes)
    labels = {layer: [references.label(take) for take in each] for layer, each in by_layer.items()}
    deciders = {each.by for each in decided}
    documents = list(found.documents.values())
    document = {
        "schema_version": SCHEMA_VERSION,
        "article": found.article,
        "text_sha256": documents[0]["text_sha256"],
        "guidelines": documents[0]["guidelines"],
        "annotators": annotators(documents, [each for each in adjudicators if each["id"] in deciders]),
        "status": {layer: Status.ADJUDICATED for layer in by_layer},
        "created": min(each["created"] for each in documents),
        "updated": max([*(each["updated"] for each in documents), *(each.decided for each in decided if each.decided)]),
        "derived_from": [
            f"{name}@{files.sha256(strict_json.pretty(found.case.documents[name]))}" for name in found.names
        ],
        **labels,
    }
    places = {(layer, index): take for layer, each in by_layer.items() for index, take in enumerate(each)}
    return Merged(cast("Document", document), places, references.lost)


def annotators(documents: Iterable[Document], adjudicators: Iterable[Annotator]) -> list[Annotator]:
    """Return all annotators in order, each once; two that share an id but are not the same both stay."""
    found: list[Annotator] = []
    for each in (*(one for document in documents for one in document["annotators"]), *adjudicators):
        if each not in found:
            found.append(each)
    return found


def _decision_on(group: Group, decided: Iterable[Decision]) -> Decision | None:
    return next((each for each in decided if each.group is group), None)


def _taken(found: Groups, group: Group, decision: Decision | None) -> list[Take]:
    """Return the labels that a group gives: what all have, or what was decided."""
    choice = decision.choice if decision else next(iter(group.options))
    by = [str(decision.by)] if decision else []
    if choice == NONE:
        return []
    if decision and choice == OTHER:
        return [Take(group.layer, part, by, group, decision) for part in alignment.parts_of(decision.label)]
    alike = decision is None and group.layer != "zones"
    return [
        Take(group.layer, part, [*dict.fromkeys([*_makers(group, part, alike), *by])], group, decision, str(choice))
        for part in alignment.parts_of(group.options[str(choice)])
    ]


def _makers(group: Group, label: Any, alike: bool) -> Iterator[str]:
    """Yield who made a label of a group: the makers of each option that is the same, or that is ``alike`` anyway."""
    for letter, option in group.options.items():
        for index, part in enumerate(alignment.parts_of(option)):
            if alike or part == label:
                yield from _member(group, letter, index)["by"]


def _member(group: Group, letter: str, index: int) -> Any:
    member = group.members[letter]
    return member[index] if isinstance(member, list) else member


def _numbered(layer: str, takes: Iterable[Take]) -> list[Take]:
    """Return a layer's labels by place, with their ids: e1, e2, …"""
    chosen = sorted(
        (take for take in takes if take.layer == layer),
        key=lambda take: (take.label["start"], take.label["end"], strict_json.compact(take.label)),
    )
    for number, take in enumerate(chosen, 1):
        take.id = f"{layer[0]}{number}"
    return chosen


class References:
    """What references mean in the final document that ``takes``, ids given, make of an article's groups."""

    def __init__(self, found: Groups, takes: Iterable[Take]) -> None:
        self.found = found
        self.lost: list[tuple[Take, str]] = []
        self._by_group: dict[str, list[str]] = {}
        self._by_span: dict[tuple[str, tuple[int, int]], list[str]] = {}
        for take in takes:
            kind = DEFINITIONS[take.layer]
            self._by_span.setdefault((kind, (take.label["start"], take.label["end"])), []).append(take.id)
            if take.group:
                self._by_group.setdefault(take.group.id, []).append(take.id)

    def label(self, take: Take) -> dict[str, Any]:
        """Return a label as it stands in the document; a reference that means nothing there is noted as lost."""
        if take.letter and take.group and take.layer != "zones":
            label = take.group.members[take.letter]
            names = {each: self._pointed_to(take, take.group, each) for each in alignment.references(label)}
        else:
            label = take.label
            names = {each: self._named(take, each) for each in alignment.references(label)}
        return _ordered(take, alignment.with_references(label, names))

    def _pointed_to(self, take: Take, group: Group, reference: str) -> str:
        """Return the id for a reference of an annotator's label: what became of the mention or claim it points to.

        Where that is gone: what became of the one that another annotator means by the same reference;
        else the label of the very span.
        """
        if alignment.is_word(reference):
            return reference
        meant = [self.found.of(take.letter, reference)]
        for letter, member in group.members.items():
            same = (its for its in alignment.references(member) if self.found.same(take.letter, reference, letter, its))
            meant += [self.found.of(letter, its) for its in same]
        for each in meant:
            if each and (outcome := self._by_group.get(each.id)):
                return outcome[0]
        return self._named(take, self.found.shown(take.letter, reference))

    def _named(self, take: Take, reference: str) -> str:
        """Return the id for a reference by span: the label of that span, else what became of an annotator's there."""
        target = referent(reference)
        if alignment.is_word(reference):
            return reference
        if target is None:
            self.lost.append((take, f"{reference!r} is not a reference by span, as entity@3:9"))
            return reference
        candidates = self._by_span.get(target) or self._became(target)
        if len(candidates) != 1:
            count = f"{len(candidates)} labels" if candidates else "no label"
            self.lost.append((take, f"{reference} means {count} of the final document"))
        return candidates[0] if candidates else reference

    def _became(self, target: tuple[str, tuple[int, int]]) -> list[str]:
        kind, (start, end) = target
        found: dict[str, None] = {}
        for group in self.found.all:
            spans = [(each["start"], each["end"]) for each in group.members.values() if group.layer != "zones"]
            if DEFINITIONS[group.layer] == kind and (start, end) in spans:
                found |= dict.fromkeys(self._by_group.get(group.id, []))
        return list(found)


def _ordered(take: Take, label: Mapping[str, Any]) -> dict[str, Any]:
    """Return a label with all fields in the schema's order."""
    made: dict[str, Any] = {"id": take.id, **{key: label[key] for key in alignment.fields(take.layer)}, "by": take.by}
    if made.get("cue"):
        made["cue"] = {key: made["cue"][key] for key in alignment.SPAN}
    return made
