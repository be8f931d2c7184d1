"""The disagreements in a pair of documents, each with its words and what either side has."""

from collections.abc import Iterator
from typing import Any, TypedDict

from pactwire.agreement.document_pairs import DocumentPair
from pactwire.agreement.label_content import part_span
from pactwire.agreement.matching import overlapping_pairs, same_span
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

    ``field`` is ``span`` where one side lacks a label or the spans differ, ``pair`` for a holder and a
    target that one side lacks in a sentence, else the field whose values differ.
    """
    by_layer = {
        "zones": _zone_disagreements,
        "entities": _entity_disagreements,
        "claims": _claim_disagreements,
        "stances": _stance_disagreements,
    }
    return [
        disagreement
        for layer in pair.layers
        for disagreement in sorted(by_layer[layer](pair), key=lambda row: (row["start"], row["end"], row["field"]))
    ]


def _disagreement(
    pair: DocumentPair, layer: str, field: str, span: tuple[int, int], a: str | None, b: str | None
) -> Disagreement:
    return Disagreement(
        article=pair.comparable.id, layer=layer, field=field, start=span[0], end=span[1],
        text=pair.comparable.text[slice(*span)], annotators=pair.annotators, a=a, b=b,
    )  # fmt: skip


def _covering_span(*labels: Any) -> tuple[int, int]:
    return min(label["start"] for label in labels), max(label["end"] for label in labels)


def _zone_disagreements(pair: DocumentPair) -> Iterator[Disagreement]:
    """Yield the overlaps of zones whose kind, language or origin differ."""
    a, b = (pair.comparable.zones_of(name) for name in pair.annotators)
    for left, right in sorted(overlapping_pairs(a, b)):
        one, other = a[left], b[right]
        described = [f"{zone['kind']} {zone['language']} {zone['origin']}" for zone in (one, other)]
        if described[0] != described[1]:
            common = max(one["start"], other["start"]), min(one["end"], other["end"])
            yield _disagreement(pair, "zones", "zone", common, *described)


def _span_disagreements(
    pair: DocumentPair, layer: str, a: list[Any], b: list[Any], matched: list[tuple[Any, Any]]
) -> Iterator[Disagreement]:
    """Yield labels that one side lacks, and matched labels whose spans differ."""
    found = {id(label) for labels in matched for label in labels}
    for label in a:
        if id(label) not in found:
            yield _disagreement(pair, layer, "span", _covering_span(label), _label_text(label), None)
    for label in b:
        if id(label) not in found:
            yield _disagreement(pair, layer, "span", _covering_span(label), None, _label_text(label))
    for one, other in matched:
        if not same_span(one, other):
            yield _disagreement(pair, layer, "span", _covering_span(one, other), one["text"], other["text"])


def _label_text(label: Any) -> str:
    """Describe a label in one line: type, words and link of a mention, claimants and words of a claim."""
    if "claimants" in label:
        return f"{', '.join(label['claimants'])}: {label['text']}"
    return " ".join(filter(None, (label["type"], label["text"], label["link"])))


def _entity_disagreements(pair: DocumentPair) -> Iterator[Disagreement]:
    yield from _span_disagreements(pair, "entities", pair.a.entities, pair.b.entities, pair.matched_entities)
    for one, other in pair.matched_entities:
        for field in ENTITY_FIELDS:
            if one[field] != other[field]:
                yield _disagreement(pair, "entities", field, _covering_span(one, other), one[field], other[field])


def _claim_disagreements(pair: DocumentPair) -> Iterator[Disagreement]:
    yield from _span_disagreements(pair, "claims", pair.a.claims, pair.b.claims, pair.matched_claims)
    for one, other in pair.matched_claims:
        for field in CLAIM_FIELDS:
            values = [part_span(claim, "cue") if field == "cue" else claim[field] for claim in (one, other)]
            if values[0] != values[1]:
                texts = [_field_text(claim, field) for claim in (one, other)]
                yield _disagreement(pair, "claims", field, _covering_span(one, other), *texts)


def _field_text(claim: Any, field: str) -> str | None:
    if field == "claimants":
        return ", ".join(claim[field])
    if field == "cue":
        return f"{claim[field]['text']} ({claim[field]['start']})" if claim[field] else None
    return str(claim[field])


def _stance_disagreements(pair: DocumentPair) -> Iterator[Disagreement]:
    """Yield holders and targets that one side lacks in a sentence, and the values that differ where both have them."""
    for (_, holder, target), (a, b) in pair.grouped_stances(by_sentence=True).items():
        span = _covering_span(*a, *b)
        name = f"{holder} → {_target_text(pair, target)}"
        if not a or not b:
            texts = [f"{name}: {joined_values(side, 'polarity')}" if side else None for side in (a, b)]
            yield _disagreement(pair, "stances", "pair", span, *texts)
            continue
        for field in ("polarity", "channel"):
            values = [joined_values(side, field) for side in (a, b)]
            if values[0] != values[1]:
                yield _disagreement(pair, "stances", field, span, *(f"{name}: {value}" for value in values))


def _target_text(pair: DocumentPair, target: str) -> str:
    """Return a target as it is shown: a claim by its words."""
    name, _, index = target.rpartition("claim:")
    if not name.startswith(("topic", '"')) and index.isdigit():
        return f"[{(pair.b if name else pair.a).claims[int(index)]['text']}]"
    return target
