"""A pair of documents to what they disagree on, each with its words and what either side has."""

from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

from pactwire.agreement.document_pairs import ComparableArticle, DocumentPair, same_span
from pactwire.agreement.matching import overlapping_pairs
from pactwire.agreement.measures import joined_values

ENTITY_FIELDS = ("type", "form", "link", "metonym_of")
CLAIM_FIELDS = ("claimants", "cue", "type", "commitment", "checkworthy")


class Disagreement(TypedDict):
    """What two annotators have at a place; None where one has nothing there. Offsets of the source text."""

    article: str
    layer: str
    field: str
    start: int
    end: int
    text: str
    annotators: tuple[str, str]
    a: str | None
    b: str | None


def list_disagreements(pair: DocumentPair) -> list[Disagreement]:
    """Return all disagreements of a pair in the order of layers, places and fields.

    ``field`` is ``span`` where one side lacks a label or its edges differ, ``pair`` for a holder and a
    target that one side lacks in a sentence, else the field whose values differ.
    """
    kinds = {
        "zones": _zone_disagreements,
        "entities": _entity_disagreements,
        "claims": _claim_disagreements,
        "stances": _stance_disagreements,
    }
    return [
        each
        for layer in pair.layers
        for each in sorted(kinds[layer](pair), key=lambda each: (each["start"], each["end"], each["field"]))
    ]


def _disagreement(
    pair: DocumentPair, layer: str, field: str, span: tuple[int, int], a: str | None, b: str | None
) -> Disagreement:
    article = pair.case.article
    return Disagreement(
        article=article["id"], layer=layer, field=field, start=span[0], end=span[1],
        text=article["source_text"][slice(*span)], annotators=pair.annotators, a=a, b=b,
    )  # fmt: skip


def _covering_span(one: Any, other: Any) -> tuple[int, int]:
    return min(one["start"], other["start"]), max(one["end"], other["end"])


def _zone_disagreements(pair: DocumentPair) -> Iterator[Disagreement]:
    """Yield the stretches, within each zone of either side, whose kind, language or origin differ."""
    a, b = (pair.case.zones_of(name) for name in pair.annotators)
    for left, right in sorted(overlapping_pairs(a, b)):
        one, other = a[left], b[right]
        described = [f"{each['kind']} {each['language']} {each['origin']}" for each in (one, other)]
        if described[0] != described[1]:
            common = max(one["start"], other["start"]), min(one["end"], other["end"])
            yield _disagreement(pair, "zones", "zone", common, *described)


def _span_disagreements(
    pair: DocumentPair, layer: str, a: list[Any], b: list[Any], paired: Iterable[tuple[Any, Any]]
) -> Iterator[Disagreement]:
    """Yield labels that one side lacks, and labels whose edges differ."""
    both = list(paired)
    taken = {id(label) for labels in both for label in labels}
    for label in a:
        if id(label) not in taken:
            yield _disagreement(pair, layer, "span", (label["start"], label["end"]), _label_text(label), None)
    for label in b:
        if id(label) not in taken:
            yield _disagreement(pair, layer, "span", (label["start"], label["end"]), None, _label_text(label))
    for one, other in both:
        if not same_span(one, other):
            yield _disagreement(pair, layer, "span", _covering_span(one, other), one["text"], other["text"])


def _label_text(label: Any) -> str:
    """Return what there is to say of a label in a line: type and link of a mention, claimants and words of a claim."""
    if "claimants" in label:
        return f"{_joined(label['claimants'])}: {label['text']}"
    return " ".join(filter(None, (label["type"], label["text"], label["link"])))


def _joined(names: Iterable[str]) -> str:
    return ", ".join(names)


def _entity_disagreements(pair: DocumentPair) -> Iterator[Disagreement]:
    a, b = pair.a.entities, pair.b.entities
    paired = [(a[left], b[right]) for left, right in pair.entities]
    yield from _span_disagreements(pair, "entities", a, b, paired)
    for one, other in paired:
        for field in ENTITY_FIELDS:
            if one[field] != other[field]:
                yield _disagreement(pair, "entities", field, _covering_span(one, other), one[field], other[field])


def _claim_disagreements(pair: DocumentPair) -> Iterator[Disagreement]:
    yield from _span_disagreements(pair, "claims", pair.a.claims, pair.b.claims, pair.claims)
    for one, other in pair.claims:
        for field in CLAIM_FIELDS:
            if _field_value(one, field) != _field_value(other, field):
                yield _disagreement(
                    pair,
                    "claims",
                    field,
                    _covering_span(one, other),
                    _field_text(one, field),
                    _field_text(other, field),
                )


def _field_value(claim: Any, field: str) -> Any:
    cue = claim["cue"]
    return (cue and (cue["start"], cue["end"])) if field == "cue" else claim[field]


def _field_text(claim: Any, field: str) -> str | None:
    if field == "claimants":
        return _joined(claim[field])
    if field == "cue":
        return f"{claim[field]['text']} ({claim[field]['start']})" if claim[field] else None
    return str(claim[field])


def _stance_disagreements(pair: DocumentPair) -> Iterator[Disagreement]:
    """Yield holders and targets that one side lacks in a sentence, and the values that differ where both have them."""
    sides = [_stances_by_sentence(pair.case, side) for side in pair.stances]
    for key in sorted({*sides[0], *sides[1]}):
        a, b = (side.get(key, []) for side in sides)
        span = min(each["start"] for each in a + b), max(each["end"] for each in a + b)
        name = f"{key[1]} → {_target_text(pair, key[2])}"
        if not a or not b:
            shown = [f"{name}: {joined_values(each, 'polarity')}" if each else None for each in (a, b)]
            yield _disagreement(pair, "stances", "pair", span, *shown)
            continue
        for field in ("polarity", "channel"):
            found = [joined_values(each, field) for each in (a, b)]
            if found[0] != found[1]:
                yield _disagreement(pair, "stances", field, span, *(f"{name}: {each}" for each in found))


def _stances_by_sentence(case: ComparableArticle, stances: Iterable[Any]) -> dict[tuple[int, str, str], list[Any]]:
    groups: dict[tuple[int, str, str], list[Any]] = {}
    for stance in stances:
        groups.setdefault((case.sentence_at(stance["start"]), stance["holder"], stance["target"]), []).append(stance)
    return groups


def _target_text(pair: DocumentPair, target: str) -> str:
    """Return a target as it is shown: a claim by its words."""
    name, _, index = target.rpartition("claim:")
    if not name.startswith(("topic", '"')) and index.isdigit():
        return f"[{(pair.b if name else pair.a).claims[int(index)]['text']}]"
    return target
