"""A pair of documents to the counts of every measure of agreement, layer by layer.

Detection (where labels are) and labelling (what they say, where both have them) are apart.
A label counts on the line it starts in, a pair of labels on the line where the earlier one starts.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pactwire.agreement.document_pairs import ComparableArticle, DocumentPair, LineKey, same_span
from pactwire.agreement.estimates import Figure, Tally
from pactwire.agreement.matching import match_spans
from pactwire.model import schema
from pactwire.model.records import CONTENT_KINDS
from pactwire.text import bio_tags


class Measure(NamedTuple):
    """What is measured: a layer, a name, what figure, and for one label of a set that label."""

    layer: str
    name: str
    figure: Figure
    label: str = ""


class MeasureDescription(NamedTuple):
    """A measure's place in the list: its layer, name, figures, the label set it is split by, and what it says."""

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
        ("entities", "span-type-exact", ("F1",), "entity_type", "span and type, exact"),
        ("entities", "span-type-overlap", ("F1",), "entity_type", "span and type, overlapping"),
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
"""Every measure in the order of reports."""

MEASURE_FIGURES: Final = {(each.layer, each.name): each.figures for each in MEASURES}
MEASURE_TITLES: Final = {(each.layer, each.name): each.title for each in MEASURES}


def all_measures() -> Iterator[Measure]:
    """Yield every measure in order, a split one once as a whole and once for each label."""
    for each in MEASURES:
        for figure in each.figures:
            for label in ("", *(schema.label_names(each.split) if each.split else ())):
                yield Measure(each.layer, each.name, figure, label)


class Tallies:
    """The counts of every measure."""

    def __init__(self) -> None:
        self.by_measure: dict[Measure, Tally] = {}

    def __call__(self, layer: str, name: str, figure: Figure, label: str = "") -> Tally:
        """Return the counts of a measure, to be added to."""
        measure = Measure(layer, name, figure, label)
        if measure not in self.by_measure:
            self.by_measure[measure] = Tally(figure)
        return self.by_measure[measure]

    def compare(self, layer: str, name: str, line: LineKey, a: Any, b: Any) -> None:
        """Count an item both have for every figure that the measure has."""
        for figure in MEASURE_FIGURES[layer, name]:
            self(layer, name, figure).compare(line, a, b)


def tally_pairs(pairs: Iterable[DocumentPair]) -> dict[Measure, Tally]:
    """Return the counts of every measure of the layers that both annotated, over all articles of two annotators."""
    tallies = Tallies()
    for pair in pairs:
        for layer in pair.layers:
            for each in all_measures():
                if each.layer == layer:
                    tallies(*each)
            LAYER_TALLIES[layer](pair, tallies)
    return tallies.by_measure


def _count_spans(
    tally: Tally, case: ComparableArticle, a: Sequence[Any], b: Sequence[Any], paired: Iterable[tuple[Any, Any]]
) -> None:
    """Count spans of either side, and pairs of them."""
    for label in a:
        tally.count(case.line_at(label["start"]), a=1)
    for label in b:
        tally.count(case.line_at(label["start"]), b=1)
    for one, other in paired:
        tally.count(case.line_at(min(one["start"], other["start"])), matched=1)


# --- zones


def _tally_zones(pair: DocumentPair, tallies: Tallies) -> None:
    zones_a, zones_b = (_zone_by_offset(pair.case, name) for name in pair.annotators)
    for offset, sign in enumerate(pair.case.article["source_text"]):
        if sign.isspace():
            continue
        line, one, other = pair.case.line_at(offset), zones_a[offset], zones_b[offset]
        tallies("zones", "content", "F1").count_presence(
            line, *(zone["kind"] in CONTENT_KINDS for zone in (one, other))
        )
        for key in ("kind", "language", "origin"):
            tallies.compare("zones", key, line, one[key], other[key])


def _zone_by_offset(case: ComparableArticle, annotator: str) -> dict[int, Any]:
    """Return the zone of each code point that has one."""
    return {offset: zone for zone in case.zones_of(annotator) for offset in range(zone["start"], zone["end"])}


# --- entities


def _tally_entities(pair: DocumentPair, tallies: Tallies) -> None:
    case, a, b = pair.case, pair.a.entities, pair.b.entities
    _count_spans(tallies("entities", "span-exact", "F1"), case, a, b, pair.same_mentions)
    _count_spans(tallies("entities", "span-overlap", "F1"), case, a, b, [(a[i], b[j]) for i, j in pair.entities])
    for label in schema.label_names("entity_type"):
        of_a, of_b = ([each for each in side if each["type"] == label] for side in (a, b))
        overlapping = [(of_a[i], of_b[j]) for i, j in match_spans(of_a, of_b)]
        exact = [(one, other) for one, other in overlapping if same_span(one, other)]
        for name, found in (("span-type-exact", exact), ("span-type-overlap", overlapping)):
            for split in ("", label):
                _count_spans(tallies("entities", name, "F1", split), case, of_a, of_b, found)
    for one, other in pair.same_mentions:
        line = case.line_at(one["start"])
        for key in ("type", "link", "form"):
            tallies.compare("entities", key, line, one[key], other[key])
        if one["metonym_of"] or other["metonym_of"]:
            tallies.compare("entities", "metonym-of", line, one["metonym_of"], other["metonym_of"])
    tokens = tallies("entities", "tokens", "alpha")
    for line, values in token_types(case, pair.annotators):
        tokens.compare(line, *values)


def token_types(case: ComparableArticle, annotators: Iterable[str]) -> Iterator[tuple[LineKey, tuple[str, ...]]]:
    """Yield for each token of the content the type that each annotator gives it, in order; O for none.

    Of nested mentions the outermost counts (of two with one span the first type by name), and a token
    that it covers in part has its type.
    """
    columns = []
    for name in annotators:
        outermost = bio_tags.outermost(sorted(case.documents[name]["entities"], key=lambda entity: entity["type"]))
        ends = [mention["end"] for mention in outermost]
        columns.append([_token_type(token, outermost, bisect(ends, token["start"])) for token in case.tokens])
    for token, values in zip(case.tokens, zip(*columns, strict=True), strict=True):
        yield case.line_at(token["start"]), values


def _token_type(token: Mapping[str, Any], mentions: Sequence[Any], at: int) -> str:
    """Return the type of the mention at an index, the first that ends behind the token's start, if it covers any."""
    covers = at < len(mentions) and mentions[at]["start"] < token["end"]
    return str(mentions[at]["type"]) if covers else bio_tags.OUTSIDE


# --- claims


def _tally_claims(pair: DocumentPair, tallies: Tallies) -> None:
    case, a, b = pair.case, pair.a.claims, pair.b.claims
    exact = [(one, other) for one, other in pair.claims if same_span(one, other)]
    _count_spans(tallies("claims", "span-exact", "F1"), case, a, b, exact)
    _count_spans(tallies("claims", "span-overlap", "F1"), case, a, b, pair.claims)
    _count_characters(tallies("claims", "characters", "F1"), case, _covered_offsets(case, a), _covered_offsets(case, b))
    paired = tallies("claims", "characters-paired", "F1")
    for claim in a:
        _count_characters(paired, case, _covered_offsets(case, [claim]), set())
    for claim in b:
        _count_characters(paired, case, set(), _covered_offsets(case, [claim]))
    for one, other in pair.claims:
        for offset in _covered_offsets(case, [one]) & _covered_offsets(case, [other]):
            paired.count(case.line_at(offset), matched=1)
    sentences = tallies("claims", "sentences", "F1")
    with_claim = [
        {at for claim in side for at in case.sentences_within(claim["start"], claim["end"])} for side in (a, b)
    ]
    for at, (start, _) in enumerate(case.sentences):
        sentences.count_presence(case.line_at(start), *(at in side for side in with_claim))
    for one, other in pair.claims:
        _tally_claim_pair(case, tallies, one, other)


def _covered_offsets(case: ComparableArticle, claims: Iterable[Any]) -> set[int]:
    """Return the code points that claims cover, white space left out."""
    text = case.article["source_text"]
    return {at for claim in claims for at in range(claim["start"], claim["end"]) if not text[at].isspace()}


def _count_characters(tally: Tally, case: ComparableArticle, a: set[int], b: set[int]) -> None:
    for offset in a | b:
        tally.count_presence(case.line_at(offset), offset in a, offset in b)


def _tally_claim_pair(case: ComparableArticle, tallies: Tallies, one: Any, other: Any) -> None:
    line = case.line_at(min(one["start"], other["start"]))
    tallies.compare("claims", "claimants-exact", line, one["claimants"], other["claimants"])
    both = set(one["claimants"]) & set(other["claimants"])
    tallies("claims", "claimants", "F1").count(line, len(one["claimants"]), len(other["claimants"]), len(both))
    if one["cue"] or other["cue"]:
        cues = [(each["cue"]["start"], each["cue"]["end"]) if each["cue"] else None for each in (one, other)]
        tallies.compare("claims", "cue", line, *cues)
    for key in ("type", "commitment", "checkworthy"):
        tallies.compare("claims", key, line, one[key], other[key])


# --- stances


def _tally_stances(pair: DocumentPair, tallies: Tallies) -> None:
    in_article = [_group_stances(side, lambda _: 0) for side in pair.stances]
    in_sentence = [_group_stances(side, lambda stance: pair.case.sentence_at(stance["start"])) for side in pair.stances]
    for name, sides, key in (("pairs", in_article, "polarity"), ("pairs-sentence", in_sentence, "channel")):
        found = tallies("stances", name, "F1")
        for each in sorted({*sides[0], *sides[1]}):
            line = pair.case.line_at(min(stance["start"] for side in sides for stance in side.get(each, [])))
            found.count_presence(line, *(each in side for side in sides))
            if all(each in side for side in sides):
                tallies.compare("stances", key, line, *(joined_values(side[each], key) for side in sides))


def _group_stances(stances: Iterable[Any], place: Callable[[Any], int]) -> dict[tuple[int, str, str], list[Any]]:
    """Return stances by place, holder and target."""
    groups = defaultdict(list)
    for stance in stances:
        groups[place(stance), stance["holder"], stance["target"]].append(stance)
    return dict(groups)


def joined_values(labels: Iterable[Any], key: str) -> str:
    """Return what labels say under a key; several values stand together as one: ``against+favor``."""
    return "+".join(sorted({label[key] for label in labels}))


LAYER_TALLIES: Final = {
    "zones": _tally_zones,
    "entities": _tally_entities,
    "claims": _tally_claims,
    "stances": _tally_stances,
}
