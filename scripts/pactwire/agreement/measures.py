"""The counts of all measures in pairs of documents, layer by layer.

A label counts on the line it starts in, a pair of labels on the line where the earlier one starts, and the label of a
whole article on its first line.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pactwire.agreement.coefficients import Figure, Tally
from pactwire.agreement.document_pairs import ComparableArticle, DocumentPair, LineKey
from pactwire.agreement.label_content import part_span
from pactwire.agreement.matching import matched_labels, same_span
from pactwire.agreement.measure_list import (
    Measure,
    all_measures,
    compared_attributes,
    counts_where_given,
    is_by_sentence,
    is_by_token,
    measure_list,
    measure_name,
    tuple_attributes,
    tuple_choices,
)
from pactwire.model.labels import document_labels
from pactwire.model.layers import Attribute, AttributeKind, Layer
from pactwire.model.schema import AnnotationSchema
from pactwire.text import bio_tags


class Tallies:
    """The counts of all measures of a schema."""

    def __init__(self, schema: AnnotationSchema) -> None:
        self._figures = {(row.layer, row.name): row.figures for row in measure_list(schema)}
        self.by_measure: dict[Measure, Tally] = {}

    def __call__(self, layer: str, name: str, figure: Figure, label: str = "") -> Tally:
        """Return the counts of a measure, to add to."""
        measure = Measure(layer, name, figure, label)
        if measure not in self.by_measure:
            self.by_measure[measure] = Tally(figure)
        return self.by_measure[measure]

    def compare(self, layer: str, name: str, line: LineKey, a: Any, b: Any) -> None:
        """Count an item that both have, for each statistic of the measure."""
        for figure in self._figures[layer, name]:
            self(layer, name, figure).compare(line, a, b)


def tally_pairs(schema: AnnotationSchema, pairs: Iterable[DocumentPair]) -> dict[Measure, Tally]:
    """Return the counts of all measures over pairs of documents, for the layers that both annotators annotated."""
    tallies = Tallies(schema)
    for pair in pairs:
        for measure in all_measures(schema):
            if measure.layer in pair.layers:
                tallies(*measure)
        for name in pair.layers:
            if name == "zones":
                _tally_zones(pair, tallies)
            else:
                _tally_layer(pair, schema.layers[name], tallies)
    return tallies.by_measure


def _tally_layer(pair: DocumentPair, layer: Layer, tallies: Tallies) -> None:
    if tuple_attributes(layer):
        _tally_tuples(pair, layer, tallies)
        return
    if not layer.is_span:
        if pair.comparable.lines:
            for one, other in zip(*pair.labels(layer.name), strict=True):
                _tally_attributes(layer, tallies, pair.comparable.lines[0], one, other)
        return
    _tally_spans(pair, layer, tallies)
    if is_by_token(layer):
        _tally_classes(pair, layer, tallies)
    elif is_by_sentence(layer):
        _tally_sentences(pair, layer, tallies)
    matched = pair.matched(layer.name)
    for one, other in _exact(matched) if is_by_token(layer) else matched:
        line = pair.comparable.line_at(min(one["start"], other["start"]))
        _tally_attributes(layer, tallies, line, one, other)


def _count_spans(
    tally: Tally,
    comparable: ComparableArticle,
    a: Sequence[Any],
    b: Sequence[Any],
    matched: Iterable[tuple[Any, Any]],
) -> None:
    """Count the spans of either side and the matched pairs."""
    for label in a:
        tally.count(comparable.line_at(label["start"]), a=1)
    for label in b:
        tally.count(comparable.line_at(label["start"]), b=1)
    for one, other in matched:
        tally.count(comparable.line_at(min(one["start"], other["start"])), matched=1)


def _exact(matched: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [(one, other) for one, other in matched if same_span(one, other)]


# --- zones


def _tally_zones(pair: DocumentPair, tallies: Tallies) -> None:
    zones_a, zones_b = (_zone_by_offset(pair.comparable, name) for name in pair.annotators)
    for offset, character in enumerate(pair.comparable.text):
        if character.isspace():
            continue
        line, one, other = pair.comparable.line_at(offset), zones_a[offset], zones_b[offset]
        is_content = (zone["kind"] in pair.comparable.schema.content_kinds for zone in (one, other))
        tallies("zones", "content", "F1").count_presence(line, *is_content)
        for key in ("kind", "language", "origin"):
            tallies.compare("zones", key, line, one[key], other[key])


def _zone_by_offset(comparable: ComparableArticle, annotator: str) -> dict[int, Any]:
    """Return the zone of each code point that has one."""
    return {offset: zone for zone in comparable.zones_of(annotator) for offset in range(zone["start"], zone["end"])}


# --- spans


def _tally_spans(pair: DocumentPair, layer: Layer, tallies: Tallies) -> None:
    matched = pair.matched(layer.name)
    for name, counted in (("span-exact", _exact(matched)), ("span-overlap", matched)):
        _count_spans(tallies(layer.name, name, "F1"), pair.comparable, *pair.labels(layer.name), counted)


def _tally_attributes(layer: Layer, tallies: Tallies, line: LineKey, one: Any, other: Any) -> None:
    """Count what two labels that belong together say."""
    for attribute in compared_attributes(layer):
        name = measure_name(attribute)
        values = _value(attribute, one), _value(attribute, other)
        if attribute.kind.is_list:
            tallies.compare(layer.name, f"{name}-exact", line, *values)
            both = set(values[0]) & set(values[1])
            tallies(layer.name, name, "F1").count(line, len(values[0]), len(values[1]), len(both))
        elif any(value is not None for value in values) or not counts_where_given(layer, attribute):
            tallies.compare(layer.name, name, line, *values)


def _value(attribute: Attribute, label: Mapping[str, Any]) -> Any:
    if attribute.kind == AttributeKind.PART:
        return part_span(label, attribute.name)
    value = label.get(attribute.name)
    return sorted(value or ()) if attribute.kind.is_list else value


# --- spans with classes


def _tally_classes(pair: DocumentPair, layer: Layer, tallies: Tallies) -> None:
    comparable, key = pair.comparable, layer.class_attribute
    assert key
    for label in (each.name for each in key.labels if not each.is_deprecated):
        typed_a, typed_b = ([each for each in side if each[key.name] == label] for side in pair.labels(layer.name))
        matched = matched_labels(typed_a, typed_b)
        for name, counted in (("span-type-exact", _exact(matched)), ("span-type-overlap", matched)):
            for split in ("", label):
                _count_spans(tallies(layer.name, name, "F1", split), comparable, typed_a, typed_b, counted)
    tokens = tallies(layer.name, "tokens", "alpha")
    for line, classes in token_classes(comparable, layer, pair.annotators):
        tokens.compare(line, *classes)


def token_classes(
    comparable: ComparableArticle, layer: Layer, annotators: Iterable[str]
) -> Iterator[tuple[LineKey, tuple[str, ...]]]:
    """Yield for each token of the content its line and the class that each annotator gives it, in order; O for none.

    Of nested labels the outermost counts (of several with one span, the first class by name), and a token that it
    covers in part has its class.
    """
    assert layer.class_attribute
    key = layer.class_attribute.name
    columns = []
    for name in annotators:
        labels = sorted(document_labels(comparable.documents[name], layer.name), key=lambda label: str(label[key]))
        outermost = bio_tags.outermost(labels)
        ends = [label["end"] for label in outermost]
        classes = [_token_class(token, outermost, bisect(ends, token["start"]), key) for token in comparable.tokens]
        columns.append(classes)
    for token, values in zip(comparable.tokens, zip(*columns, strict=True), strict=True):
        yield comparable.line_at(token["start"]), values


def _token_class(token: Mapping[str, Any], labels: Sequence[Any], index: int, key: str) -> str:
    """Return the class of the label at ``index``, the first that ends behind the token's start, if it covers any."""
    covers = index < len(labels) and labels[index]["start"] < token["end"]
    return str(labels[index][key]) if covers else bio_tags.OUTSIDE


# --- labels of sentences


def _tally_sentences(pair: DocumentPair, layer: Layer, tallies: Tallies) -> None:
    comparable, (a, b) = pair.comparable, pair.labels(layer.name)
    covered_a, covered_b = _covered_offsets(comparable, a), _covered_offsets(comparable, b)
    _count_characters(tallies(layer.name, "characters", "F1"), comparable, covered_a, covered_b)
    paired = tallies(layer.name, "characters-paired", "F1")
    for label in a:
        _count_characters(paired, comparable, _covered_offsets(comparable, [label]), set())
    for label in b:
        _count_characters(paired, comparable, set(), _covered_offsets(comparable, [label]))
    for one, other in pair.matched(layer.name):
        for offset in _covered_offsets(comparable, [one]) & _covered_offsets(comparable, [other]):
            paired.count(comparable.line_at(offset), matched=1)
    sentences = tallies(layer.name, "sentences", "F1")
    with_label = [
        {number for label in side for number in comparable.sentences_within(label["start"], label["end"])}
        for side in (a, b)
    ]
    for number, (start, _) in enumerate(comparable.sentences):
        sentences.count_presence(comparable.line_at(start), *(number in side for side in with_label))


def _covered_offsets(comparable: ComparableArticle, labels: Iterable[Any]) -> set[int]:
    """Return the code points that labels cover, without white space."""
    offsets = (offset for label in labels for offset in range(label["start"], label["end"]))
    return {offset for offset in offsets if not comparable.text[offset].isspace()}


def _count_characters(tally: Tally, comparable: ComparableArticle, a: set[int], b: set[int]) -> None:
    for offset in a | b:
        tally.count_presence(comparable.line_at(offset), offset in a, offset in b)


# --- labels counted by what they refer to


def _tally_tuples(pair: DocumentPair, layer: Layer, tallies: Tallies) -> None:
    names = [attribute.name for attribute in tuple_attributes(layer)]
    for measure, by_sentence in (("pairs", False), ("pairs-sentence", True)):
        presence = tallies(layer.name, measure, "F1")
        choices = [attribute for attribute, each in tuple_choices(layer) if each == by_sentence]
        for a, b in pair.grouped(layer.name, names, by_sentence).values():
            line = pair.comparable.line_at(min(label["start"] for label in (*a, *b)))
            presence.count_presence(line, bool(a), bool(b))
            for each in choices if a and b else ():
                values = (joined_values(side, each.name) for side in (a, b))
                tallies.compare(layer.name, measure_name(each), line, *values)


def joined_values(labels: Iterable[Any], key: str) -> str:
    """Return the values of labels under a key; several different ones are joined: ``against+favor``."""
    return "+".join(sorted({str(label[key]) for label in labels}))
