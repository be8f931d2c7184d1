"""Documents of one article by several annotators to groups of labels that belong together.

A group holds at most one label of each annotator; for zones it holds the zones of a stretch of text.
Annotators are called by letters, in their order.
"""

import functools
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pactwire.agreement.document_pairs import ComparableArticle, same_span
from pactwire.agreement.matching import entity_identity, match_spans
from pactwire.model import schema, strict_json
from pactwire.model.records import AUTHOR, LAYERS, UNNAMED, Document
from pactwire.storage import files

LAYER_DEFINITIONS: Final = {"zones": "zone", "entities": "entity", "claims": "claim", "stances": "stance"}
"""Layer to the definition of its labels in annotation.schema.json."""

SPAN_FIELDS: Final = ("start", "end", "text")
REFERENCE_FIELDS: Final = ("claimants", "holder", "target")
CONTEXT_LENGTH: Final = 40
"""Code points shown before and after the words of a decision."""


@functools.cache
def label_fields(layer: str) -> tuple[str, ...]:
    """Return the fields of a layer's labels in the schema's order, without ``id`` and ``by``."""
    properties = schema.load_schema("annotation")["$defs"][LAYER_DEFINITIONS[layer]]["properties"]
    return tuple(key for key in properties if key not in ("id", "by"))


def label_references(label: Mapping[str, Any]) -> list[str]:
    """Return the references of a label, in order."""
    found = [label[key] for key in REFERENCE_FIELDS if key in label]
    return [each for value in found for each in (value if isinstance(value, list) else [value])]


def replace_references(label: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a label whose references are replaced by ``names``; those that come to be the same stand once."""
    made = dict(label)
    for key in REFERENCE_FIELDS:
        if isinstance(made.get(key), list):
            made[key] = list(dict.fromkeys(names.get(each, each) for each in made[key]))
        elif key in made:
            made[key] = names.get(made[key], made[key])
    return made


def is_fixed_reference(reference: str) -> bool:
    """Say whether a reference points to no label: AUTHOR, UNNAMED or a topic."""
    return reference in (AUTHOR, UNNAMED) or reference.startswith("topic:")


class LabelGroup:
    """Labels that belong together: ``members`` as they stand in the documents, ``options`` as decisions show them.

    Both are by letter; where an annotator has no label, the member is missing and the option is None.
    For zones members and options are lists.
    """

    def __init__(self, article: str, layer: str, members: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        self.article = article
        self.layer = layer
        self.members = members
        self.options = options
        self.agreed = False
        self.differing_fields: list[str] = []
        self.id = decision_id(article, layer, options)
        parts = [part for option in options.values() for part in option_labels(option)]
        self.start = min(part["start"] for part in parts)
        self.end = max(part["end"] for part in parts)


def option_labels(option: Any) -> list[Any]:
    """Return the labels of an option: the zones of a list, the one label, or nothing for None."""
    return option if isinstance(option, list) else [option] if option else []


def decision_id(article: str, layer: str, content: Any) -> str:
    """Return the id of a decision: a hash of its article, its layer and its options (of an addition, its label)."""
    return "d" + files.sha256(strict_json.compact([article, layer, content]))[:12]


class ArticleAlignment:
    """All groups of an article, over the layers that every annotator annotated."""

    def __init__(self, case: ComparableArticle, letters: Mapping[str, str]) -> None:
        self.case = case
        self.article = case.article["id"]
        self.annotators = list(letters.values())
        self.documents: dict[str, Document] = {letter: case.documents[name] for letter, name in letters.items()}
        self.layers = [layer for layer in LAYERS if all(layer in each for each in self.documents.values())]
        self._group_by_reference: dict[tuple[str, str], LabelGroup] = {}
        self._span_references = {
            letter: _span_references_by_id(document) for letter, document in self.documents.items()
        }
        self._identities = {
            (letter, entity["id"]): entity_identity(entity)
            for letter, document in self.documents.items()
            for entity in document.get("entities", [])
        }
        self.groups: list[LabelGroup] = []
        for layer in self.layers:
            self.groups += self._align_zones() if layer == "zones" else self._align_labels(layer)
        self._sort_and_number()

    def _sort_and_number(self) -> None:
        """Sort groups by layer and place, and part the ids of groups with the same options."""
        self.groups.sort(key=lambda group: (LAYERS.index(group.layer), group.start, group.end, group.id))
        seen: dict[str, int] = {}
        for group in self.groups:
            count = seen[group.id] = seen.get(group.id, 0) + 1
            group.id += f"-{count}" if count > 1 else ""

    def group_of(self, letter: str, reference: str) -> LabelGroup | None:
        """Return the group of the mention or claim that a reference in an annotator's document points to."""
        return self._group_by_reference.get((letter, reference))

    def span_reference(self, letter: str, reference: str) -> str:
        """Return a reference of an annotator's document by the span it points to."""
        return self._span_references[letter].get(reference, reference)

    def same_referent(self, letter: str, reference: str, other: str, its: str) -> bool:
        """Say whether references of two annotators mean the same: one group, one identity, or the same word."""
        mine, theirs = self._identities.get((letter, reference)), self._identities.get((other, its))
        if mine is not None and mine == theirs:
            return True
        groups = self.group_of(letter, reference), self.group_of(other, its)
        return groups[0] is groups[1] and (groups[0] is not None or reference == its)

    # --- entities, claims, stances

    def _align_labels(self, layer: str) -> list[LabelGroup]:
        """Return the groups of a layer: exact spans first, then by overlap, each annotator's label once."""
        members: list[dict[str, Any]] = []
        for letter, document in self.documents.items():
            labels: list[Any] = sorted(_layer_labels(document, layer), key=lambda each: (each["start"], each["end"]))
            firsts = [next(iter(each.items())) for each in members]
            paired = match_spans(
                [self.to_option(name, layer, label) for name, label in firsts],
                [self.to_option(letter, layer, label) for label in labels],
                functools.partial(self._can_match, firsts, [(letter, label) for label in labels]),
            )
            group_of = {right: left for left, right in paired}
            for index, label in enumerate(labels):
                if index in group_of:
                    members[group_of[index]][letter] = label
                else:
                    members.append({letter: label})
        return [self._label_group(layer, each) for each in members]

    def _can_match(self, firsts: list[tuple[str, Any]], others: list[tuple[str, Any]], left: int, right: int) -> bool:
        """Say whether two overlapping labels, given by index, can be one decision.

        Mentions need one span or one type, since a name may nest in another. Stances need the same
        holder and target.
        """
        (letter, one), (name, other) = firsts[left], others[right]
        if "form" in one:
            return same_span(one, other) or bool(one["type"] == other["type"])
        if "holder" in one:
            pairs = zip(label_references(one), label_references(other), strict=True)
            return all(self.same_referent(letter, mine, name, its) for mine, its in pairs)
        return True

    def _label_group(self, layer: str, members: Mapping[str, Any]) -> LabelGroup:
        options = {
            letter: self.to_option(letter, layer, members[letter]) if letter in members else None
            for letter in self.documents
        }
        group = LabelGroup(self.article, layer, members, options)
        for letter, label in members.items():
            self._group_by_reference[letter, label["id"]] = group
        group.differing_fields = self._differing_fields(group)
        group.agreed = not group.differing_fields
        return group

    def to_option(self, letter: str, layer: str, label: Any) -> dict[str, Any]:
        """Return a label as decisions show it: fields in the schema's order, references by the spans they point to."""
        shown = replace_references(label, self._span_references[letter])
        if shown.get("cue"):
            shown["cue"] = {key: shown["cue"][key] for key in SPAN_FIELDS}
        return {key: shown[key] for key in label_fields(layer)}

    def _differing_fields(self, group: LabelGroup) -> list[str]:
        """Return the fields in which the labels of a group differ, ``span`` first."""
        (first, label), *others = group.members.items()
        if len(group.members) < len(self.documents):
            return ["span"]
        found = [] if all(same_span(label, other) for _, other in others) else ["span"]
        for key in (key for key in label_fields(group.layer) if key not in SPAN_FIELDS):
            if not all(self._field_agrees(key, first, group, letter) for letter, _ in others):
                found.append(key)
        return found

    def _field_agrees(self, key: str, one: str, group: LabelGroup, other: str) -> bool:
        if key not in REFERENCE_FIELDS:
            return bool(group.options[one][key] == group.options[other][key])
        mine, its = (label_references({key: group.members[letter][key]}) for letter in (one, other))
        return all(any(self.same_referent(one, a, other, b) for b in its) for a in mine) and all(
            any(self.same_referent(one, a, other, b) for a in mine) for b in its
        )

    # --- zones

    def _align_zones(self) -> list[LabelGroup]:
        """Return a group for each zone that all have alike, and one for each stretch where they differ."""
        zones = {letter: list(_layer_labels(document, "zones")) for letter, document in self.documents.items()}
        by_letter = {
            letter: {strict_json.compact(_zone_fields(zone)) for zone in each} for letter, each in zones.items()
        }
        shared = set.intersection(*by_letter.values())
        found: list[dict[str, list[Any]]] = []
        end = 0
        everything = [(zone["start"], zone["end"], letter, zone) for letter in zones for zone in zones[letter]]
        for start, stop, letter, zone in sorted(everything, key=lambda each: each[:3]):
            if not found or start >= end:
                found.append({each: [] for each in zones})
            found[-1][letter].append(zone)
            end = max(end, stop)
        groups = []
        for members in found:
            group = LabelGroup(
                self.article,
                "zones",
                members,
                {letter: [_zone_fields(z) for z in each] for letter, each in members.items()},
            )
            group.agreed = all(strict_json.compact(zone) in shared for each in group.options.values() for zone in each)
            group.differing_fields = [] if group.agreed else _differing_zone_fields([*group.options.values()])
            groups.append(group)
        return groups


def _layer_labels(document: Any, layer: str) -> Iterable[Any]:
    return document[layer]  # type: ignore[no-any-return]


def _span_references_by_id(document: Document) -> dict[str, str]:
    """Return the id-independent names of mentions and claims: ``entity@START:END`` by id."""
    return {
        label["id"]: f"{LAYER_DEFINITIONS[layer]}@{label['start']}:{label['end']}"
        for layer in ("entities", "claims")
        for label in document.get(layer, [])  # type: ignore[attr-defined]
    }


def _zone_fields(zone: Any) -> dict[str, Any]:
    return {key: zone[key] for key in label_fields("zones")}


def _differing_zone_fields(options: list[list[dict[str, Any]]]) -> list[str]:
    """Return the fields in which lists of zones differ; of zones with other spans, ``span`` alone."""
    first, *others = options
    spans = [[(zone["start"], zone["end"]) for zone in option] for option in options]
    if any(each != spans[0] for each in spans):
        return ["span"]
    return [
        key
        for key in label_fields("zones")
        if any([zone[key] for zone in other] != [zone[key] for zone in first] for other in others)
    ]


def quote_in_context(text: str, start: int, end: int) -> str:
    """Return the words of a span in square brackets, with what stands before and after them on their lines."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    line_end = text.find("\n", end)
    after = text[end : line_end if line_end >= 0 else len(text)]
    left = before if len(before) <= CONTEXT_LENGTH else "…" + before[-CONTEXT_LENGTH:]
    right = after if len(after) <= CONTEXT_LENGTH else after[:CONTEXT_LENGTH] + "…"
    return f"{left}[{text[start:end]}]{right}"
