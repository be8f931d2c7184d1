"""The disagreements in a pair of documents, each with its words and what either side has."""

from collections.abc import Iterator
from typing import Any, TypedDict

from pactwire.agreement.document_pairs import DocumentPair
from pactwire.agreement.label_content import part_span
from pactwire.agreement.matching import overlapping_pairs, same_span
from pactwire.agreement.measure_list import compared_attributes, tuple_attributes, tuple_choices
from pactwire.agreement.verdicts import joined_values
from pactwire.model.layers import Attribute, AttributeKind, Layer


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

    ``field`` is ``span`` where one side lacks a label or the spans differ, ``pair`` for references, as
    holder and target, that one side lacks in a sentence, else the field whose values differ. What concerns the whole
    article has an empty span.
    """
    found = {
        layer: _zone_disagreements(pair) if layer == "zones" else _layer_disagreements(pair, pair.schema.layers[layer])
        for layer in pair.layers
    }
    return [
        disagreement
        for rows in found.values()
        for disagreement in sorted(rows, key=lambda row: (row["start"], row["end"], row["field"]))
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


def _layer_disagreements(pair: DocumentPair, layer: Layer) -> Iterator[Disagreement]:
    if tuple_attributes(layer):
        yield from _tuple_disagreements(pair, layer)
    elif layer.is_span:
        yield from _span_disagreements(pair, layer)
        for one, other in pair.matched(layer.name):
            yield from _attribute_disagreements(pair, layer, _covering_span(one, other), one, other)
    else:
        for one, other in zip(*pair.labels(layer.name), strict=True):
            yield from _attribute_disagreements(pair, layer, (0, 0), one, other)


def _span_disagreements(pair: DocumentPair, layer: Layer) -> Iterator[Disagreement]:
    """Yield labels that one side lacks, and matched labels whose spans differ."""
    matched = pair.matched(layer.name)
    a, b = pair.labels(layer.name)
    found = [[id(label) for label in side] for side in zip(*matched, strict=True)] if matched else [[], []]
    for label in a:
        if id(label) not in found[0]:
            yield _disagreement(pair, layer.name, "span", _covering_span(label), _label_text(layer, label), None)
    for label in b:
        if id(label) not in found[1]:
            yield _disagreement(pair, layer.name, "span", _covering_span(label), None, _label_text(layer, label))
    for one, other in matched:
        if not same_span(one, other):
            yield _disagreement(pair, layer.name, "span", _covering_span(one, other), one["text"], other["text"])


def _label_text(layer: Layer, label: Any) -> str:
    """Describe a label in one line: its references and words, or its first choice, words and link."""
    if layer.references:
        shown = [_value_text(attribute, label[attribute.name]) or "–" for attribute in layer.references]
        return f"{', '.join(shown)}: {label['text']}"
    choices, links = layer.of_kind(AttributeKind.CHOICE)[:1], layer.links[:1]
    values = (*(label[each.name] for each in choices), label["text"], *(label[each.name] for each in links))
    return " ".join(filter(None, values))


def _value_text(attribute: Attribute, value: Any) -> str | None:
    if value is None:
        return None
    if attribute.kind == AttributeKind.PART:
        return f"{value['text']} ({value['start']})"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _attribute_disagreements(
    pair: DocumentPair, layer: Layer, span: tuple[int, int], one: Any, other: Any
) -> Iterator[Disagreement]:
    """Yield the attributes in which two labels that belong together differ."""
    for attribute in compared_attributes(layer):
        values = [label.get(attribute.name) for label in (one, other)]
        spans = [part_span(label, attribute.name) for label in (one, other)] if attribute in layer.parts else values
        if spans[0] != spans[1]:
            texts = [_value_text(attribute, value) for value in values]
            yield _disagreement(pair, layer.name, attribute.name, span, *texts)


def _tuple_disagreements(pair: DocumentPair, layer: Layer) -> Iterator[Disagreement]:
    """Yield tuples that one side lacks in a sentence, and the values that differ where both have them."""
    names = [attribute.name for attribute in tuple_attributes(layer)]
    choices = [attribute.name for attribute, _ in tuple_choices(layer)]
    for (_, values), (a, b) in pair.grouped(layer.name, names, by_sentence=True).items():
        span = _covering_span(*a, *b)
        name = " → ".join(f"[{pair.words[value]}]" if value in pair.words else value for value in values)
        if not a or not b:
            texts = [_tuple_text(name, side, choices[:1]) if side else None for side in (a, b)]
            yield _disagreement(pair, layer.name, "pair", span, *texts)
            continue
        for key in choices:
            found = [joined_values(side, key) for side in (a, b)]
            if found[0] != found[1]:
                yield _disagreement(pair, layer.name, key, span, *(f"{name}: {value}" for value in found))


def _tuple_text(name: str, labels: list[Any], keys: list[str]) -> str:
    return ": ".join((name, *(joined_values(labels, key) for key in keys)))
