"""The measures of agreement, and the counts of each in pairs of documents, layer by layer.

Detection (where labels are) and labeling (what they say, where both have them) are measured separately.
A label counts on the line it starts in, a pair of labels on the line where the earlier one starts.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pactwire.agreement.coefficients import Figure, Tally
from pactwire.agreement.document_pairs import ComparableArticle, DocumentPair, LineKey
from pactwire.agreement.label_content import part_span
from pactwire.agreement.matching import matched_labels, same_span
from pactwire.model import news_layers
from pactwire.model.schema import AnnotationSchema
from pactwire.text import bio_tags


class Measure(NamedTuple):
    """One figure of a measure: its layer and name, the statistic, and the label where it is of one label alone."""

    layer: str
    name: str
    figure: Figure
    label: str = ""


class MeasureDescription(NamedTuple):
    """A measure: its layer, name and statistics, the choice by whose labels it is split (or empty), and its title."""

    layer: str
    name: str
    figures: tuple[Figure, ...]
    split: str
    title: str


MEASURES: Final = tuple(
    MeasureDescription(*row)
    for row in (
        ("zones", "content", ("F1",), "", "characters of content (detection)"),
        ("zones", "kind", ("agreement",), "", "kind of each character"),
        ("zones", "language", ("agreement",), "", "language of each character"),
        ("zones", "origin", ("agreement",), "", "origin of each character"),
        ("entities", "span-exact", ("F1",), "", "span, exact (detection)"),
        ("entities", "span-overlap", ("F1",), "", "span, overlapping (detection)"),
        ("entities", "span-type-exact", ("F1",), "type", "span and type, exact"),
        ("entities", "span-type-overlap", ("F1",), "type", "span and type, overlapping"),
        ("entities", "type", ("agreement",), "", "type, of spans both have"),
        ("entities", "link", ("agreement",), "", "link, of spans both have"),
        ("entities", "form", ("agreement",), "", "form, of spans both have"),
        ("entities", "metonym-of", ("agreement",), "", "metonym_of, of spans both have and one or both give one"),
        ("entities", "tokens", ("alpha",), "", "type of each token"),
        ("claims", "span-exact", ("F1",), "", "span, exact (detection)"),
        ("claims", "span-overlap", ("F1",), "", "span, overlapping (detection)"),
        ("claims", "characters", ("F1",), "", "characters of claims (detection)"),
        ("claims", "characters-paired", ("F1",), "", "characters of claims, claim by claim (detection)"),
        ("claims", "sentences", ("F1",), "", "sentences with a claim (detection)"),
        ("claims", "claimants-exact", ("agreement",), "", "claimants, all the same, of claims both have"),
        ("claims", "claimants", ("F1",), "", "claimants, of claims both have"),
        ("claims", "cue", ("agreement",), "", "cue, exact, of claims both have and one or both give a cue"),
        ("claims", "type", ("agreement", "alpha"), "", "type, of claims both have"),
        ("claims", "commitment", ("agreement", "alpha"), "", "commitment, of claims both have"),
        ("claims", "checkworthy", ("agreement", "alpha"), "", "check-worthiness, of claims both have"),
        ("stances", "pairs", ("F1",), "", "holder and target in the article (detection)"),
        ("stances", "pairs-sentence", ("F1",), "", "holder and target in the sentence (detection)"),
        ("stances", "polarity", ("agreement", "alpha"), "", "polarity, of pairs in the article both have"),
        ("stances", "channel", ("agreement", "alpha"), "", "channel, of pairs in the sentence both have"),
    )
)
"""All measures in the order of reports: of zones, and of the layers in `pactwire.model.news_layers`."""

MEASURE_FIGURES: Final = {(measure.layer, measure.name): measure.figures for measure in MEASURES}
MEASURE_TITLES: Final = {(measure.layer, measure.name): measure.title for measure in MEASURES}


def all_measures(schema: AnnotationSchema) -> Iterator[Measure]:
    """Yield the measures of a schema's layers in order, a split one once as a whole and once for each label."""
    layers = ("zones", *news_layers.supported_layers(schema))
    for measure in (each for each in MEASURES if each.layer in layers):
        split = schema.labels(measure.layer, measure.split) if measure.split else ()
        for figure in measure.figures:
            for label in ("", *(each.name for each in split)):
                yield Measure(measure.layer, measure.name, figure, label)


class Tallies:
    """The counts of all measures."""

    def __init__(self) -> None:
        self.by_measure: dict[Measure, Tally] = {}

    def __call__(self, layer: str, name: str, figure: Figure, label: str = "") -> Tally:
        """Return the counts of a measure, to add to."""
        measure = Measure(layer, name, figure, label)
        if measure not in self.by_measure:
            self.by_measure[measure] = Tally(figure)
        return self.by_measure[measure]

    def compare(self, layer: str, name: str, line: LineKey, a: Any, b: Any) -> None:
        """Count an item that both have, for each statistic of the measure."""
        for figure in MEASURE_FIGURES[layer, name]:
            self(layer, name, figure).compare(line, a, b)


def tally_pairs(pairs: Iterable[DocumentPair]) -> dict[Measure, Tally]:
    """Return the counts of all measures over pairs of documents, for the layers that both annotators annotated."""
    tallies = Tallies()
    for pair in pairs:
        for layer in pair.layers:
            for measure in all_measures(pair.comparable.schema):
                if measure.layer == layer:
                    tallies(*measure)
            LAYER_TALLIES[layer](pair, tallies)
    return tallies.by_measure


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


# --- entities


def _tally_entities(pair: DocumentPair, tallies: Tallies) -> None:
    comparable, a, b = pair.comparable, pair.a.entities, pair.b.entities
    exact = _exact(pair.matched_entities)
    _count_spans(tallies("entities", "span-exact", "F1"), comparable, a, b, exact)
    _count_spans(tallies("entities", "span-overlap", "F1"), comparable, a, b, pair.matched_entities)
    for label in comparable.schema.layers["entities"].attribute("type").label_names:
        typed_a, typed_b = ([entity for entity in side if entity["type"] == label] for side in (a, b))
        matched = matched_labels(typed_a, typed_b)
        for name, counted in (("span-type-exact", _exact(matched)), ("span-type-overlap", matched)):
            for split in ("", label):
                _count_spans(tallies("entities", name, "F1", split), comparable, typed_a, typed_b, counted)
    for one, other in exact:
        line = comparable.line_at(one["start"])
        for key in ("type", "link", "form"):
            tallies.compare("entities", key, line, one[key], other[key])
        if one["metonym_of"] or other["metonym_of"]:
            tallies.compare("entities", "metonym-of", line, one["metonym_of"], other["metonym_of"])
    tokens = tallies("entities", "tokens", "alpha")
    for line, types in token_types(comparable, pair.annotators):
        tokens.compare(line, *types)


def token_types(comparable: ComparableArticle, annotators: Iterable[str]) -> Iterator[tuple[LineKey, tuple[str, ...]]]:
    """Yield for each token of the content its line and the type that each annotator gives it, in order; O for none.

    Of nested mentions the outermost counts (of several with one span, the first type by name), and a token
    that it covers in part has its type.
    """
    columns = []
    for name in annotators:
        entities = sorted(comparable.documents[name]["entities"], key=lambda entity: entity["type"])
        outermost = bio_tags.outermost(entities)
        ends = [mention["end"] for mention in outermost]
        columns.append([_token_type(token, outermost, bisect(ends, token["start"])) for token in comparable.tokens])
    for token, types in zip(comparable.tokens, zip(*columns, strict=True), strict=True):
        yield comparable.line_at(token["start"]), types


def _token_type(token: Mapping[str, Any], mentions: Sequence[Any], index: int) -> str:
    """Return the type of the mention at ``index``, the first that ends behind the token's start, if it covers any."""
    covers = index < len(mentions) and mentions[index]["start"] < token["end"]
    return str(mentions[index]["type"]) if covers else bio_tags.OUTSIDE


# --- claims


def _tally_claims(pair: DocumentPair, tallies: Tallies) -> None:
    comparable, a, b, matched = pair.comparable, pair.a.claims, pair.b.claims, pair.matched_claims
    _count_spans(tallies("claims", "span-exact", "F1"), comparable, a, b, _exact(matched))
    _count_spans(tallies("claims", "span-overlap", "F1"), comparable, a, b, matched)
    covered_a, covered_b = _covered_offsets(comparable, a), _covered_offsets(comparable, b)
    _count_characters(tallies("claims", "characters", "F1"), comparable, covered_a, covered_b)
    paired = tallies("claims", "characters-paired", "F1")
    for claim in a:
        _count_characters(paired, comparable, _covered_offsets(comparable, [claim]), set())
    for claim in b:
        _count_characters(paired, comparable, set(), _covered_offsets(comparable, [claim]))
    for one, other in matched:
        for offset in _covered_offsets(comparable, [one]) & _covered_offsets(comparable, [other]):
            paired.count(comparable.line_at(offset), matched=1)
    sentences = tallies("claims", "sentences", "F1")
    with_claim = [
        {number for claim in side for number in comparable.sentences_within(claim["start"], claim["end"])}
        for side in (a, b)
    ]
    for number, (start, _) in enumerate(comparable.sentences):
        sentences.count_presence(comparable.line_at(start), *(number in side for side in with_claim))
    for one, other in matched:
        _tally_claim_pair(comparable, tallies, one, other)


def _covered_offsets(comparable: ComparableArticle, claims: Iterable[Any]) -> set[int]:
    """Return the code points that claims cover, without white space."""
    offsets = (offset for claim in claims for offset in range(claim["start"], claim["end"]))
    return {offset for offset in offsets if not comparable.text[offset].isspace()}


def _count_characters(tally: Tally, comparable: ComparableArticle, a: set[int], b: set[int]) -> None:
    for offset in a | b:
        tally.count_presence(comparable.line_at(offset), offset in a, offset in b)


def _tally_claim_pair(comparable: ComparableArticle, tallies: Tallies, one: Any, other: Any) -> None:
    line = comparable.line_at(min(one["start"], other["start"]))
    tallies.compare("claims", "claimants-exact", line, one["claimants"], other["claimants"])
    both = set(one["claimants"]) & set(other["claimants"])
    tallies("claims", "claimants", "F1").count(line, len(one["claimants"]), len(other["claimants"]), len(both))
    if one["cue"] or other["cue"]:
        tallies.compare("claims", "cue", line, part_span(one, "cue"), part_span(other, "cue"))
    for key in ("type", "commitment", "checkworthy"):
        tallies.compare("claims", key, line, one[key], other[key])


# --- stances


def _tally_stances(pair: DocumentPair, tallies: Tallies) -> None:
    for name, by_sentence, key in (("pairs", False, "polarity"), ("pairs-sentence", True, "channel")):
        presence = tallies("stances", name, "F1")
        for a, b in pair.grouped_stances(by_sentence).values():
            line = pair.comparable.line_at(min(stance["start"] for stance in (*a, *b)))
            presence.count_presence(line, bool(a), bool(b))
            if a and b:
                tallies.compare("stances", key, line, joined_values(a, key), joined_values(b, key))


def joined_values(labels: Iterable[Any], key: str) -> str:
    """Return the values of labels under a key; several different ones are joined: ``against+favor``."""
    return "+".join(sorted({label[key] for label in labels}))


LAYER_TALLIES: Final = {
    "zones": _tally_zones,
    "entities": _tally_entities,
    "claims": _tally_claims,
    "stances": _tally_stances,
}
