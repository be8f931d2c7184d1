"""The counts of all measures in pairs of documents, layer by layer.

What is counted is in `pactwire.agreement.verdicts`, and here for characters and tokens. A label counts on the line it
starts in, a pair of labels on the line where the earlier one starts, the label of a whole article on its first line.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pactwire.agreement.coefficients import Figure, Tally
from pactwire.agreement.document_pairs import ComparableArticle, DocumentPair, LineKey
from pactwire.agreement.measure_list import Measure, all_measures, is_by_sentence, is_by_token, measure_list
from pactwire.agreement.verdicts import Verdict, layer_verdicts
from pactwire.model.labels import document_labels
from pactwire.model.layers import Layer
from pactwire.model.schema import AnnotationSchema
from pactwire.text import bio_tags


class Tallies:
    """The counts of all measures of a schema."""

    def __init__(self, schema: AnnotationSchema) -> None:
        self._described = {(row.layer, row.name): row for row in measure_list(schema)}
        self.by_measure: dict[Measure, Tally] = {}

    def __call__(self, layer: str, name: str, figure: Figure, label: str = "") -> Tally:
        """Return the counts of a measure, to add to."""
        measure = Measure(layer, name, figure, label)
        if measure not in self.by_measure:
            self.by_measure[measure] = Tally(figure)
        return self.by_measure[measure]

    def compare(self, layer: str, name: str, line: LineKey, a: Any, b: Any) -> None:
        """Count an item that both have, for each statistic of the measure."""
        for figure in self._described[layer, name].figures:
            self(layer, name, figure).compare(line, a, b)

    def count_verdict(self, comparable: ComparableArticle, layer: str, name: str, verdict: Verdict) -> None:
        """Count a verdict: where labels are counted, on the lines in which those of either side start."""
        line = comparable.line_at(verdict.span[0]) if verdict.span[1] else comparable.lines[0]
        described = self._described[layer, name]
        if "F1" not in described.figures:
            self.compare(layer, name, line, verdict.a, verdict.b)
            return
        value = verdict.a if verdict.a is not None else verdict.b
        for label in ("", value) if value in described.split else ("",):
            tally = self(layer, name, "F1", label)
            for side, span in (("a", verdict.a_span), ("b", verdict.b_span)):
                if getattr(verdict, side) is not None:
                    tally.count(comparable.line_at(span[0]) if span else line, **{side: 1})
            tally.count(line, matched=int(verdict.a is not None and verdict.a == verdict.b))


def tally_pairs(schema: AnnotationSchema, pairs: Iterable[DocumentPair]) -> dict[Measure, Tally]:
    """Return the counts of all measures over pairs of documents, for the layers that both annotators annotated."""
    tallies = Tallies(schema)
    for pair in pairs:
        for measure in all_measures(schema):
            if measure.layer in pair.layers:
                tallies(*measure)
        for name in pair.layers:
            tally_characters(pair, name, tallies)
            if name != "zones":
                _tally_layer(pair, schema.layers[name], tallies)
    return tallies.by_measure


def _tally_layer(pair: DocumentPair, layer: Layer, tallies: Tallies) -> None:
    comparable = pair.comparable
    if layer.is_span or comparable.lines:
        for name, verdict in layer_verdicts(pair, layer):
            tallies.count_verdict(comparable, layer.name, name, verdict)
    if is_by_token(layer):
        tokens = tallies(layer.name, "tokens", "alpha")
        for line, classes in token_classes(comparable, layer, pair.annotators):
            tokens.compare(line, *classes)


def tally_characters(pair: DocumentPair, layer: str, tallies: Tallies) -> None:
    """Count the measures of characters that a layer, or ``zones``, has."""
    if layer == "zones":
        _tally_zones(pair, tallies)
    elif is_by_sentence(declared := pair.schema.layers[layer]):
        _tally_covered(pair, declared, tallies)


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


# --- classes of tokens


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


def _tally_covered(pair: DocumentPair, layer: Layer, tallies: Tallies) -> None:
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


def _covered_offsets(comparable: ComparableArticle, labels: Iterable[Any]) -> set[int]:
    """Return the code points that labels cover, without white space."""
    offsets = (offset for label in labels for offset in range(label["start"], label["end"]))
    return {offset for offset in offsets if not comparable.text[offset].isspace()}


def _count_characters(tally: Tally, comparable: ComparableArticle, a: set[int], b: set[int]) -> None:
    for offset in a | b:
        tally.count_presence(comparable.line_at(offset), offset in a, offset in b)
