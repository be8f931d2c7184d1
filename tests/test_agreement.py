"""Agreement between annotators: figures checked against published and hand-computed examples, and their invariants."""

import copy
import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conftest import Run
from pactwire.agreement import (
    agreement_report,
    coefficients,
    comparable_articles,
    document_pairs,
    matching,
    measures,
    report_text,
)
from pactwire.agreement.agreement_report import FigureRow, PairFigures, Report
from pactwire.agreement.coefficients import Tally
from pactwire.agreement.document_pairs import ComparableArticle, ComparableLabels
from pactwire.agreement.label_content import label_content
from pactwire.agreement.matching import match_spans
from pactwire.agreement.measure_list import all_measures, attribute_words, measure_list
from pactwire.agreement.references import replace_references
from pactwire.corpus import corpus
from pactwire.model import strict_json
from pactwire.model.schema import AnnotationSchema
from support.counting import Counted
from support.examples import examples
from support.news import LAYERS, SCHEMA, label_names
from support.passes import ArticleWriter, copy_as, final_documents, vary_labels, write_document
from support.rich_schema import DOCUMENT, rich_schema
from support.strategies import Annotated, annotated

GOLDEN = Path(__file__).parent / "golden" / "agreement"
drawn_slowly = examples(40)


def _report(written: ArticleWriter, **documents: Any) -> Report:
    return agreement_report.measure_agreement(
        SCHEMA, [*documents], [ComparableArticle(SCHEMA, written.article, [], documents)]
    )


def _row(report: Report, layer: str, measure: str, figure: str = "", label: str = "") -> FigureRow:
    found = [
        row
        for row in report["rows"]
        if (row["layer"], row["measure"], row["label"]) == (layer, measure, label) and figure in ("", row["figure"])
    ]
    assert len(found) == 1
    return found[0]


def _value(report: Report, layer: str, measure: str, figure: str = "", label: str = "") -> float | None:
    return _row(report, layer, measure, figure, label)["value"]


def _units(*observers: str) -> list[tuple[str, ...]]:
    """Return the values of each unit; each observer is a string with a character per unit, a point for no value."""
    return [tuple(value for value in unit if value != ".") for unit in zip(*observers, strict=True)]


KRIPPENDORFF = {
    "binary": (("0100000010", "1110010000"), 0.095),
    "nominal": (("aabbdcccedda", "babbbcccedd" + "d"), 0.692),
    "missing": (("123321412...", "1233224125.3", ".3332342251.", "12332441251."), 0.743),
}
"""Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", sections A, B and C: observers and nominal alpha."""

# --- figures


@pytest.mark.parametrize("name", KRIPPENDORFF)
def test_alpha_matches_krippendorffs_examples(name: str) -> None:
    """Alpha equals the values printed in the worked examples of Krippendorff 2011."""
    observers, expected = KRIPPENDORFF[name]
    assert round(coefficients.krippendorff_alpha(_units(*observers)), 3) == expected


@pytest.mark.parametrize("name", KRIPPENDORFF)
def test_resampled_alpha_equals_alpha_of_repeated_units(name: str) -> None:
    """A sample that draws some lines twice and some never has the alpha of those units, written out."""
    units = _units(*KRIPPENDORFF[name][0])
    lines = {("x", number): number for number in range(len(units))}
    weights = np.array([[1] * len(units), [number % 3 for number in range(len(units))]], dtype=float)
    tally = Tally("alpha", units=[(("x", number), unit) for number, unit in enumerate(units)])
    drawn = [unit for number, unit in enumerate(units) for _ in range(number % 3)]
    expected = [coefficients.krippendorff_alpha(units), coefficients.krippendorff_alpha(drawn)]
    assert tally.resampled(weights, lines) == pytest.approx(expected)


def test_interval_covers_95_percent_of_samples() -> None:
    """The interval spans the 2.5th to 97.5th percentile of the samples in which the figure is defined."""
    samples = np.concatenate([np.arange(1001.0), np.full(500, np.nan)])
    assert coefficients.percentile_interval(samples) == (25, 975)
    assert coefficients.percentile_interval(np.full(3, np.nan)) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [((0, 4), (0, 4), 1), ((0, 4), (0, 2), 0.5), ((0, 4), (2, 6), 1 / 3), ((0, 4), (4, 6), 0), ((0, 4), (9, 10), 0)],
)
def test_jaccard_divides_by_the_union(one: tuple[int, int], other: tuple[int, int], expected: float) -> None:
    """What both cover counts once; spans that touch share nothing."""
    spans = [{"start": start, "end": end} for start, end in (one, other)]
    assert matching.jaccard(*spans) == matching.jaccard(*spans[::-1]) == expected


def test_exact_f1_matches_seqevals_example() -> None:
    """The example of seqeval's README gives F1 0.50 overall, 0 for one type and 1 for the other."""
    written = ArticleWriter("o1 o2 o3 m4 m5 m6 o7\np1 p2 o3")
    true = [written.entity("m4 m5 m6", "PRO"), written.entity("p1 p2", "PER")]
    predicted = [written.entity("o3 m4 m5 m6", "PRO"), written.entity("p1 p2", "PER")]
    report = _report(
        written, a=written.document("a", entities=true), b=written.document("b", entities=predicted)
    )  # fmt: skip
    assert _value(report, "entities", "span-type-exact") == 0.5
    assert _value(report, "entities", "span-type-exact", label="PRO") == 0
    assert _value(report, "entities", "span-type-exact", label="PER") == 1
    assert _value(report, "entities", "span-type-overlap") == 1


def test_character_f1_matches_hand_computation() -> None:
    """Claims of 6 and 7 letters (spaces do not count) share 4: 2 · 4 / 13; each claim is matched with one other."""
    written = ArticleWriter("ab cdef ghi.\nxyz.")
    a = written.document("a", entities=[], claims=[written.claim("ab cdef")])
    b = written.document("b", entities=[], claims=[written.claim("cdef ghi")])
    report = _report(written, a=a, b=b)
    row = _row(report, "claims", "characters")
    assert (row["value"], row["a"], row["b"], row["matched"]) == (round(8 / 13, 6), 6, 7, 4)
    assert _value(report, "claims", "characters-paired") == round(8 / 13, 6)
    assert _value(report, "claims", "span-exact") == 0
    assert _value(report, "claims", "span-overlap") == 1


def test_paired_character_f1_detects_a_split_claim() -> None:
    """Covering the same letters by one claim or by two gives 1 by coverage, and 2 · 4 / 14 claim by claim."""
    written = ArticleWriter("abcd efg.")
    a = written.document("a", entities=[], claims=[written.claim("abcd efg")])
    b = written.document("b", entities=[], claims=[written.claim("abcd"), written.claim("efg")])
    report = _report(written, a=a, b=b)
    assert _value(report, "claims", "characters") == 1
    assert _value(report, "claims", "characters-paired") == round(8 / 14, 6)


def test_sentence_f1_matches_hand_computation() -> None:
    """Of three sentences, one side has claims in the first two and the other in the last two: 2 · 1 / 4."""
    written = ArticleWriter("One is here. Two is there. Three is gone.")
    first, second, third = (written.claim(words) for words in ("One is here", "Two is there", "Three is gone"))
    a = written.document("a", entities=[], claims=[first, second])
    b = written.document("b", entities=[], claims=[second, third])
    row = _row(_report(written, a=a, b=b), "claims", "sentences")
    assert (row["value"], row["a"], row["b"], row["matched"]) == (0.5, 2, 2, 1)


def test_zone_figures_match_hand_computation() -> None:
    """With 9 letters of content on one side and 6 on the other, F1 is 12 / 15, and 6 of 9 have the same kind."""
    written = ArticleWriter("abc def\nghi")
    whole = written.zones()
    cut = [whole[0] | {"end": 3, "kind": "date"}, whole[0] | {"start": 4}, whole[1]]
    report = _report(written, a=written.document("a"), b=written.document("b", zones=cut))
    assert _value(report, "zones", "content") == 0.8
    assert _value(report, "zones", "kind") == round(6 / 9, 6)
    assert _value(report, "zones", "language") == 1


def test_claimants_are_compared_by_identity() -> None:
    """Two mentions of one link, a capital that stands for its state, and the same unlinked name count as equal."""
    written = ArticleWriter("Moscow and Russia and Foo and FOO said: it is so, it is thus, it is well.")
    entities = [
        written.entity("Moscow", link="Q649", metonym_of="Q159"), written.entity("Russia", link="Q159"),
        written.entity("Foo"), written.entity("FOO"),
    ]  # fmt: skip

    def document(name: str, *claimants: tuple[str, ...]) -> Any:
        claims = [
            written.claim(words, each)
            for words, each in zip(("it is so", "it is thus", "it is well"), claimants, strict=True)
        ]
        return written.document(name, entities=entities, claims=claims)

    a = document("a", ("e1",), ("e3", "AUTHOR"), ("UNNAMED",))
    b = document("b", ("e2",), ("AUTHOR", "e4"), ("AUTHOR",))
    report = _report(written, a=a, b=b)
    assert _value(report, "claims", "claimants-exact") == round(2 / 3, 6)
    assert _value(report, "claims", "claimants") == 0.75


def test_stance_pair_figures_match_hand_computation() -> None:
    """The same pair in different sentences is one pair in the article and none in a sentence."""
    written = ArticleWriter("Foo praised Bar. Foo thanked Bar.")
    entities = [written.entity("Foo"), written.entity("Bar")]
    a = written.document("a", entities=entities, claims=[], stances=[written.stance("praised Bar", "e1", "e2")])
    b = written.document("b", entities=entities, claims=[], stances=[written.stance("thanked Bar", "e1", "e2")])
    report = _report(written, a=a, b=b)
    assert _value(report, "stances", "pairs") == 1
    assert _value(report, "stances", "pairs-sentence") == 0
    assert _row(report, "stances", "channel", "agreement")["why"] == "no items"
    assert _value(report, "stances", "polarity", "agreement") == 1


def test_matched_claims_are_the_same_target() -> None:
    """A stance toward a claim is found on both sides although the claim's span and id differ."""
    written = ArticleWriter("Foo denied that it is so indeed.")
    entities = [written.entity("Foo")]
    a = written.document(
        "a", entities=entities, claims=[written.claim("it is so")], stances=[written.stance("denied", "e1", "c1")]
    )
    claims = [written.claim("Foo"), written.claim("it is so indeed")]
    b = written.document("b", entities=entities, claims=claims, stances=[written.stance("denied", "e1", "c2")])
    other = written.document("b", entities=entities, claims=claims, stances=[written.stance("denied", "e1", "c1")])
    assert _value(_report(written, a=a, b=b), "stances", "pairs") == 1
    assert _value(_report(written, a=a, b=other), "stances", "pairs") == 0


def _large(count: int) -> ArticleWriter:
    """Return an article of many lines, each with a name, a verb and another name."""
    return ArticleWriter("\n".join(f"N{number} blames M{number} today." for number in range(count)))


def _labelled(written: ArticleWriter, name: str, count: int, chance: random.Random) -> Any:
    """Return a document with random labels for each line of `_large`; half of the names are mentions."""
    entities, claims, stances = [], [], []
    at = 0
    for number in range(count):
        at = written.text.index(f"N{number} ", at)
        found: Any = [
            written.entity(word, start=at, link=f"NIL:{word.lower()}") for word in (f"N{number}", f"M{number}")
        ]
        for entity in found:
            entity["type"] = chance.choice(label_names("entities", "type"))
        entities += found
        chosen: Any = {key: chance.choice(label_names("claims", key)) for key in ("commitment", "checkworthy")}
        claims.append(written.claim(f"N{number} blames M{number}", start=at, **chosen))
        claims[-1]["type"] = chance.choice(label_names("claims", "type"))
        drawn = {key: chance.choice(label_names("stances", key)) for key in ("polarity", "channel")}
        stances.append(written.stance("blames", f"e{2 * number + 1}", f"e{2 * number + 2}", start=at, **drawn))
    return written.document(name, entities=entities, claims=claims, stances=stances)


SHUFFLED = (
    ("claims", "type"), ("claims", "commitment"), ("claims", "checkworthy"),
    ("stances", "polarity"), ("stances", "channel"),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "words"),
    [("MetonymOf", "metonym_of"), ("Metonym of", "metonym_of"), ("Stands for", "stands for"), ("Entity kind", "kind")],
)
def test_words_of_an_attribute_stay_apart(title: str, words: str) -> None:
    """A title without spaces, as of another format, is not shown in lower case: the name is."""
    layer = SCHEMA.layers["entities"]
    assert attribute_words(SCHEMA, layer, replace(layer.attribute("metonym_of"), title=title)) == words


def test_shuffled_labels_have_alpha_near_0() -> None:
    """With 500 items whose values one side has shuffled, every alpha is within 0.1 of 0 (four standard errors)."""
    chance = random.Random(1)
    written = _large(500)
    a = _labelled(written, "a", 500, chance)
    b = copy_as(a, "b")
    for layer, key in SHUFFLED:
        values = [label[key] for label in b[layer]]
        chance.shuffle(values)
        for label, value in zip(b[layer], values, strict=True):
            label[key] = value
    alphas = {row["measure"]: row["value"] for row in _report(written, a=a, b=b)["rows"] if row["figure"] == "alpha"}
    assert alphas.pop("tokens") == 1
    assert set(alphas) == {"type", "commitment", "checkworthy", "polarity", "channel"}
    assert all(value is not None and abs(value) < 0.1 for value in alphas.values())


def test_random_token_types_have_alpha_near_0() -> None:
    """When each side marks a random 200 of 1,000 words as names, alpha is within 0.1 of 0."""
    words = [f"w{number}" for number in range(1000)]
    written = ArticleWriter("\n".join(words))
    starts = dict(zip(words, (zone["start"] for zone in written.zones()), strict=True))

    def document(name: str, chance: random.Random) -> Any:
        chosen = sorted(chance.sample(words, 200), key=lambda word: starts[word])
        kinds = label_names("entities", "type")
        return written.document(
            name, entities=[written.entity(word, chance.choice(kinds), starts[word]) for word in chosen]
        )

    report = _report(written, a=document("a", random.Random(3)), b=document("b", random.Random(4)))
    value = _value(report, "entities", "tokens")
    assert value is not None and abs(value) < 0.1


def test_identical_labels_give_1() -> None:
    """The same labels by two annotators give 1 for every figure, with intervals from 1 to 1."""
    written = _large(40)
    a = _labelled(written, "a", 40, random.Random(5))
    report = _report(written, a=a, b=copy_as(a, "b"))
    undefined = {(row["layer"], row["measure"]) for row in report["rows"] if row["value"] is None}
    assert undefined == {("entities", "metonym-of"), ("claims", "cue")}
    assert {(row["value"], row["low"], row["high"]) for row in report["rows"] if row["why"] is None} == {(1, 1, 1)}
    assert report["disagreements"] == []


CHANGES: dict[str, tuple[str, dict[str, Any], set[tuple[str, str]]]] = {
    "type": ("entities", {"type": "EVT"}, {
        ("entities", "span-type-exact"), ("entities", "span-type-overlap"),
        ("entities", "type"), ("entities", "tokens"),
    }),
    "link": ("entities", {"link": "Q1"}, {
        ("entities", "link"), ("claims", "claimants"), ("claims", "claimants-exact"), ("stances", "pairs"),
        ("stances", "pairs-sentence"),
    }),
    "form": ("entities", {"form": "adjective"}, {("entities", "form")}),
    "commitment": ("claims", {"commitment": "denied"}, {("claims", "commitment")}),
    "checkworthy": ("claims", {"checkworthy": "CFS"}, {("claims", "checkworthy")}),
    "claim type": ("claims", {"type": "promise"}, {("claims", "type")}),
    "claimants": ("claims", {"claimants": ["UNNAMED"]}, {("claims", "claimants"), ("claims", "claimants-exact")}),
    "cue": ("claims", {"cue": None}, {("claims", "cue")}),
    "polarity": ("stances", {"polarity": "mixed"}, {("stances", "polarity")}),
    "channel": ("stances", {"channel": "direct_quote"}, {("stances", "channel")}),
    "target": ("stances", {"target": "topic:sanctions"}, {("stances", "pairs"), ("stances", "pairs-sentence")}),
    "zone kind": ("zones", {"kind": "lead"}, {("zones", "kind")}),
    "zone content": ("zones", {"kind": "date"}, {("zones", "kind"), ("zones", "content")}),
    "zone language": ("zones", {"language": "de"}, {("zones", "language")}),
    "zone origin": ("zones", {"origin": "unknown"}, {("zones", "origin")}),
}  # fmt: skip
"""A field that one side has otherwise: the layer, what it has, and the measures that then are below 1."""


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_field_affects_only_its_figures(change: str) -> None:
    """Changing one field of one label changes only the figures that the field is part of."""
    layer, fields, expected = CHANGES[change]
    written = ArticleWriter("Foo said that it is so.\nBar praised Foo.\nNothing.")
    foo: Any = {"link": "NIL:foo"}
    a = written.document(
        "a",
        entities=[written.entity("Foo", **foo), written.entity("Bar", "ORG"), written.entity("Foo", start=30, **foo)],
        claims=[
            written.claim("it is so", ("e1",), cue=written.span("said")),
            written.claim("Bar praised Foo", commitment="possible"),
        ],
        stances=[written.stance("praised Foo", "e2", "e3"), written.stance("said", "e1", "e2", polarity="against")],
    )
    b = copy_as(a, "b")
    b[layer][2 if layer == "zones" else 0] |= fields
    before, after = (_report(written, a=a, b=other)["rows"] for other in (copy_as(a, "b"), b))
    changed = {
        (old["layer"], old["measure"])
        for old, new in zip(before, after, strict=True)
        if old["value"] != new["value"] and None not in (old["value"], new["value"])
    }
    assert changed == expected


def test_figures_without_items_are_undefined() -> None:
    """Empty layers on both sides give no figure but a reason, and a single value gives no alpha."""
    written = ArticleWriter("Foo is here.")
    empty: Any = {"entities": [], "claims": [], "stances": []}
    report = _report(written, a=written.document("a", **empty), b=written.document("b", **empty))
    rows = [row for row in report["rows"] if row["layer"] != "zones"]
    assert {(row["value"], row["low"], row["high"]) for row in rows} == {(None, None, None)}
    assert {row["why"] for row in rows if row["measure"] != "tokens"} == {"no items"}
    assert _row(report, "entities", "tokens")["why"] == "all items have one value"
    assert "| undefined: no items |" in report_text.figures_table(SCHEMA, report["rows"])


def test_labels_on_one_side_only_give_f1_0() -> None:
    """Labels on one side only are a disagreement; figures over matched labels are undefined."""
    written = ArticleWriter("Foo is here.")
    a, b = written.document("a", entities=[written.entity("Foo")]), written.document("b", entities=[])
    report = _report(written, a=a, b=b)
    assert _value(report, "entities", "span-exact") == 0
    assert _value(report, "entities", "link") is None


def test_unannotated_layer_is_left_out_and_reported() -> None:
    """A missing key is not an empty list: the layer has no figures, and the notes say so."""
    written = ArticleWriter("Foo is here.")
    a, b = written.document("a", entities=[written.entity("Foo")]), written.document("b")
    report = _report(written, a=a, b=b)
    assert {row["layer"] for row in report["rows"]} == {"zones"}
    assert {"annotator": "b", "article": written.article["id"], "layer": "entities"} in report["not_annotated"]
    assert f"Not annotated, so left out: entities (b {written.article['id']})." in report_text.summary_notes(
        SCHEMA, report
    )


def test_three_annotators_give_pair_means_and_one_alpha() -> None:
    """F1 of three annotators is the mean over the three pairs; token alpha uses three values for each token."""
    written = ArticleWriter("Foo and Bar\nand Baz.")
    names = [written.entity("Foo", "PER"), written.entity("Bar", "ORG"), written.entity("Baz", "GPE")]
    chosen = {"a": names, "b": names[:2], "c": [names[0], names[1] | {"type": "PER"}]}
    documents = {name: written.document(name, entities=each) for name, each in chosen.items()}
    report = _report(written, **documents)
    by_pair = {"".join(pair["annotators"]): _pair_value(pair, "span-type-exact") for pair in report["pairs"]}
    assert by_pair == {"ab": 0.8, "ac": 0.4, "bc": 0.5}
    assert _value(report, "entities", "span-type-exact") == round((0.8 + 0.4 + 0.5) / 3, 6)
    expected = coefficients.krippendorff_alpha(
        [("PER",) * 3, ("O",) * 3, ("ORG", "ORG", "PER"), ("O",) * 3, ("GPE", "O", "O"), ("O",) * 3]
    )
    assert _value(report, "entities", "tokens") == round(expected, 6)


def _pair_value(pair: PairFigures, measure: str) -> float | None:
    return next(row["value"] for row in pair["rows"] if row["measure"] == measure and not row["label"])


def test_interval_spans_the_resampled_values() -> None:
    """With one line agreed on and one not, samples give 0, 0.5 or 1, so the interval around 0.5 is 0 to 1."""
    written = ArticleWriter("Foo is here.\nBar is here.")
    a = written.document("a", entities=[written.entity("Foo", "PER"), written.entity("Bar", "PER")])
    b = written.document("b", entities=[written.entity("Foo", "PER"), written.entity("Bar", "ORG")])
    row = _row(_report(written, a=a, b=b), "entities", "type")
    assert (row["low"], row["value"], row["high"]) == (0, 0.5, 1)
    samples = Tally("agreement", shares={("x", 0): [1, 1], ("x", 1): [0, 1]}).resampled(
        coefficients.draw_units(2), {("x", 0): 0, ("x", 1): 1}
    )
    assert set(samples) == {0, 0.5, 1} and abs(np.mean(samples) - 0.5) < 0.05


def test_matching_prefers_equal_spans_and_is_one_to_one() -> None:
    """Nested spans are matched with their equals, then the largest overlap wins; the rest stays unmatched."""
    spans = [{"start": start, "end": end} for start, end in ((0, 30), (4, 10), (40, 50), (60, 70))]
    others = [{"start": start, "end": end} for start, end in ((4, 10), (2, 30), (45, 55), (41, 50), (70, 71))]
    assert match_spans(spans, others) == [(0, 1), (1, 0), (2, 3)]


def test_matching_prefers_equal_labels_of_one_span() -> None:
    """Two labels of one span on each side, in different order, are each matched with their equal."""
    spans = [{"start": 0, "end": 3, "type": kind} for kind in ("GPE", "PER", "ORG")]
    assert match_spans(spans, spans[::-1]) == [(0, 2), (1, 1), (2, 0)]
    assert match_spans(spans, [spans[1]]) == [(1, 0)]


def test_token_types_ignore_the_order_of_mentions() -> None:
    """Of two types for the same words, both sides count the same one."""
    written = ArticleWriter("Foo is here.")
    a = written.document("a", entities=[written.entity("Foo", "PER"), written.entity("Foo", "GPE")])
    b = written.document("b", entities=[written.entity("Foo", "GPE"), written.entity("Foo", "PER")])
    assert _value(_report(written, a=a, b=b), "entities", "tokens") == 1


def test_partly_covered_token_has_the_mentions_type() -> None:
    """A mention that ends where the token starts, or starts where it ends, covers none of it."""
    written = ArticleWriter("Foo-bar baz")
    tokens = {"Foo": "PER", "-": "O", "bar": "PER", "baz": "O"}
    a = written.document("a", entities=[written.entity("Foo", "PER"), written.entity("bar", "PER")])
    b = written.document("b", entities=[written.entity("oo-ba", "PER")])
    case = ComparableArticle(SCHEMA, written.article, [], {"a": a, "b": b})
    found = [values for _, values in measures.token_classes(case, SCHEMA.layers["entities"], ["a", "b"])]
    assert [one for one, _ in found] == [*tokens.values()]
    assert [other for _, other in found] == ["PER", "PER", "PER", "O"]


def test_metonyms_count_where_either_side_gives_one() -> None:
    """Of four matched mentions, two have a metonym on at least one side, and one of these two agrees."""
    written = ArticleWriter("Ab Cd Ef Gh")
    mentions = [written.entity(words, "GPE") for words in ("Ab", "Cd", "Ef", "Gh")]
    one = [mentions[0] | {"metonym_of": "Q1"}, mentions[1] | {"metonym_of": "Q2"}, *mentions[2:]]
    other = [mentions[0] | {"metonym_of": "Q1"}, *mentions[1:]]
    for first, second in ((one, other), (other, one)):
        report = _report(
            written, a=written.document("a", entities=first), b=written.document("b", entities=second)
        )  # fmt: skip
        row = _row(report, "entities", "metonym-of")
        assert (row["value"], row["matched"]) == (0.5, 2)


def test_disagreements_are_listed_with_their_words() -> None:
    """Each disagreement is one entry: where it is, which words, and what either side has."""
    written = ArticleWriter("Foo said it is so.\nBar praised Foo.")
    foo, bar = written.entity("Foo", "PER", link="NIL:foo"), written.entity("Bar", "ORG")
    a = written.document(
        "a", entities=[foo, bar], claims=[written.claim("it is so", ("e1",), cue=written.span("said"))],
        stances=[written.stance("praised Foo", "e2", "e1")],
    )  # fmt: skip
    b = written.document(
        "b", entities=[foo | {"link": None}, written.entity("Foo", "PER", start=20)],
        claims=[written.claim("said it is so")], stances=[],
    )  # fmt: skip
    found = [
        (each["layer"], each["field"], each["text"], each["a"], each["b"])
        for each in _report(written, a=a, b=b)["disagreements"]
    ]
    assert found == [
        ("entities", "link", "Foo", "NIL:foo", None),
        ("entities", "span", "Bar", "ORG Bar", None),
        ("entities", "span", "Foo", None, "PER Foo"),
        ("claims", "claimants", "said it is so", "NIL:foo", "AUTHOR"),
        ("claims", "cue", "said it is so", "said (4)", None),
        ("claims", "span", "said it is so", "it is so", "said it is so"),
        ("stances", "pair", "praised Foo", '"bar" → NIL:foo: favor', None),
    ]


# --- invariants


@st.composite
def _two(draw: st.DrawFn) -> tuple[Annotated, Any, Any]:
    """Draw an article with two documents: the second lacks some labels and has others changed or moved."""
    drawn: Annotated = draw(annotated())
    assume(any(layer in drawn.document for layer in LAYERS))
    a, b = copy_as(drawn.document, "a"), copy_as(drawn.document, "b")
    vary_labels(draw, b)
    return drawn, a, b


def _scrambled(document: Any, chance: random.Random) -> Any:
    """Return a document with other ids, its labels and the keys of its records in another order."""
    made = copy.deepcopy(document)
    old = [label["id"] for layer in LAYERS for label in made.get(layer, [])]
    ids = dict(zip(old, chance.sample([f"x{number}" for number in range(len(old))], len(old)), strict=True))
    for layer in [layer for layer in LAYERS if layer in made]:
        for label in made[layer]:
            label["id"] = ids[label["id"]]
            for key in [key for key in ("holder", "target") if key in label]:
                label[key] = ids.get(label[key], label[key])
            if "claimants" in label:
                label["claimants"] = [ids.get(each, each) for each in reversed(label["claimants"])]
        made[layer] = [dict(reversed(label.items())) for label in chance.sample(made[layer], len(made[layer]))]
    return made


def _figures(drawn: Annotated, a: Any, b: Any) -> Report:
    return agreement_report.measure_agreement(
        SCHEMA, ["a", "b"], [ComparableArticle(SCHEMA, drawn.article, drawn.zones, {"a": a, "b": b})]
    )


@drawn_slowly
@given(_two())
def test_agreement_is_symmetric(two: tuple[Annotated, Any, Any]) -> None:
    """With the sides swapped every figure is the same, and the counts and disagreements are mirrored."""
    drawn, a, b = two
    one, other = _figures(drawn, a, b), _figures(drawn, b, a)
    assert [row | {"a": row["b"], "b": row["a"]} for row in other["rows"]] == one["rows"]
    assert len(one["disagreements"]) == len(other["disagreements"])


@drawn_slowly
@given(_two(), st.randoms(use_true_random=False))
def test_agreement_ignores_ids_and_order(two: tuple[Annotated, Any, Any], chance: random.Random) -> None:
    """Other ids, and labels and keys in another order, change nothing in the report."""
    drawn, a, b = two
    assert _figures(drawn, _scrambled(a, chance), b) == _figures(drawn, a, b)


def test_order_of_equal_labels_does_not_matter() -> None:
    """Where one side has a claim twice, a stance on either of the two is the stance on the claim of the other side."""
    written = ArticleWriter("Rutte said it is so.")
    entity, claim = written.entity("Rutte"), written.claim("it is so")
    once, twice = [claim], [claim, claim]
    a = written.document("a", entities=[entity], claims=once, stances=[written.stance("said", "e1", "c1")])
    for target in ("c1", "c2"):
        stances = [written.stance("said", "e1", target)]
        b = written.document("b", entities=[entity], claims=twice, stances=stances)
        assert _value(_report(written, a=a, b=b), "stances", "pairs") == 1


@drawn_slowly
@given(annotated())
def test_same_labels_give_1_or_undefined(drawn: Annotated) -> None:
    """Two annotators with the same labels, whatever they are, agree in every figure that is defined."""
    rows = _figures(drawn, copy_as(drawn.document, "a"), copy_as(drawn.document, "b"))["rows"]
    assert {row["value"] for row in rows} <= {1, None}


# --- the command


def _passes(root: Path) -> list[Any]:
    """Add two passes to the golden base: ``a`` has its labels, ``b`` differs in one mention and two claims."""
    for document in final_documents(root):
        write_document(root, "a", copy_as(document, "a"))
        other = copy_as(document, "b")
        other["entities"][0] |= {"type": "ORG", "link": None}
        other["claims"][0] |= {"commitment": "probable"}
        write_document(root, "b", other)
    return final_documents(root)


def _problems(root: Path, *names: str) -> list[str]:
    return [issue.text() for issue in comparable_articles.comparison_issues(corpus.load_corpus(root), names)]


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_report_matches_golden_file(form: str, golden: Path, run: Run) -> None:
    """The command prints exactly the golden report, in each format."""
    _passes(golden)
    done = run("agreement", "a", "b", "--root", golden, "--format", form)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (GOLDEN / f"report.{form}").read_text(encoding="utf-8")
    if form == "json":
        data = corpus.load_corpus(golden)
        articles = comparable_articles.shared_articles(data, ["a", "b"])
        report = agreement_report.measure_agreement(SCHEMA, ["a", "b"], articles)
        assert json.loads(done.stdout) == json.loads(strict_json.pretty(report))


def test_final_can_be_compared(golden: Path) -> None:
    """``final`` is compared like any annotator, although its document names the annotators it derives from."""
    documents = _passes(golden)
    for document in documents:
        document["annotators"].append({"id": "a", "kind": "model", "name": None, "version": None})
        write_document(golden, "final", document)
    assert _problems(golden, "a", "final") == []
    report = agreement_report.measure_agreement(
        SCHEMA, ["a", "final"], comparable_articles.shared_articles(corpus.load_corpus(golden), ["a", "final"])
    )
    assert _value(report, "claims", "span-exact") == 1


def test_different_texts_and_guidelines_are_issues(golden: Path, run: Run) -> None:
    """Both are reported beside the issue of the document itself, and no figure is printed."""
    _passes(golden)
    path = golden / "annotations/b/00000000000000aa.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    write_document(golden, "b", document | {"text_sha256": "0" * 64, "guidelines": "2.0"})
    done = run("agreement", "a", "b", "--root", golden)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "annotations/b/00000000000000aa.json:1: agreement-guidelines: 'a' and 'b' worked under different guidelines, "
        "1.0 and 2.0 (compare documents that follow the same version of the guidelines)",
        "annotations/b/00000000000000aa.json:1: agreement-text: 'a' and 'b' annotated different texts of the article "
        "00000000000000aa (compare documents with the same text; update the labels of the older one first)",
        "annotations/b/00000000000000aa.json:4: text-hash: text_sha256 is not that of the article's source text, "
        f"{documents_hash(golden)} (annotate the text in dataset/raw; offsets are valid for that text only)",
    ]


def documents_hash(root: Path) -> str:
    """Return the hash of the first golden article's text."""
    return str(final_documents(root)[0]["text_sha256"])


def test_article_of_one_annotator_is_left_out(golden: Path) -> None:
    """It is neither among the articles nor among the resampled lines."""
    _passes(golden)
    whole = agreement_report.measure_agreement(
        SCHEMA, ["a", "b"], comparable_articles.shared_articles(corpus.load_corpus(golden), ["a", "b"])
    )
    (golden / "annotations/b/00000000000000bb.json").unlink()
    report = agreement_report.measure_agreement(
        SCHEMA, ["a", "b"], comparable_articles.shared_articles(corpus.load_corpus(golden), ["a", "b"])
    )
    assert (report["articles"], len(whole["articles"])) == (["00000000000000aa"], 2)


def test_rejects_comparing_an_annotator_with_itself(golden: Path) -> None:
    """Neither the same folder twice, nor a document built on the other annotator's labels."""
    _passes(golden)
    remedy = "(name different annotators who worked independently, each once)"
    assert _problems(golden, "a", "a") == [
        f"annotations/a:1: agreement-self: 'a' is named twice; compare two different annotators {remedy}"
    ]
    path = golden / "annotations/b/00000000000000aa.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["annotators"].append({"id": "a", "kind": "model", "name": None, "version": None})
    write_document(golden, "b", document)
    assert _problems(golden, "a", "b") == [
        "annotations/b/00000000000000aa.json:1: agreement-self: 'b' built on the labels of 'a'; "
        f"the two are not independent {remedy}"
    ]


def test_unknown_annotators_and_no_common_article_are_issues(golden: Path) -> None:
    """A name without documents and two annotators without a common article are reported."""
    _passes(golden)
    (golden / "annotations/a/00000000000000aa.json").unlink()
    (golden / "annotations/b/00000000000000bb.json").unlink()
    remedy = "(name folders of annotations/ that have documents of the same articles)"
    assert _problems(golden, "a", "b", "nobody") == [
        f"annotations/a:1: agreement-missing: 'a' has no article in common with 'b' {remedy}",
        f"annotations/b:1: agreement-missing: 'b' has no article in common with 'a' {remedy}",
        f"annotations/nobody:1: agreement-missing: 'nobody' has no documents there {remedy}",
    ]


def test_invalid_documents_are_not_measured(golden: Path, run: Run) -> None:
    """The issues of an invalid document are printed, and no figures."""
    _passes(golden)
    path = golden / "annotations/b/00000000000000aa.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["claims"][0]["claimants"] = ["e99"]
    write_document(golden, "b", document)
    done = run("agreement", "a", "b", "--root", golden)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1 and ": unknown-target: " in done.stdout


def test_one_annotator_is_a_usage_error(golden: Path, run: Run) -> None:
    """Agreement needs two annotators."""
    done = run("agreement", "a", "--root", golden)
    assert (done.returncode, done.stdout) == (2, "")
    assert "name two annotators or more" in done.stderr


def test_every_measure_is_in_the_report() -> None:
    """Every measure that is counted is listed, and no other."""
    written = _large(20)
    a = _labelled(written, "a", 20, random.Random(6))
    case = ComparableArticle(SCHEMA, written.article, [], {"a": a, "b": copy_as(a, "b")})
    assert set(measures.tally_pairs(SCHEMA, document_pairs.pair_documents([case], "a", "b"))) == set(
        all_measures(SCHEMA)
    )


def test_attributes_have_measures_of_their_own() -> None:
    """An attribute that is called like a measure of its layer is measured under another name."""
    declaration = copy.deepcopy(SCHEMA.declaration)
    entity = declaration["$defs"]["entity"]
    entity["properties"]["tokens"] = {"x-attribute": {"kind": "flag"}, "type": "boolean"}
    rows = [row for row in measure_list(AnnotationSchema(declaration)) if row.layer == "entities"]
    names = [row.name for row in rows]
    assert len(set(names)) == len(names)
    assert [row.figures for row in rows if row.name in ("tokens", "tokens-value")] == [("agreement",), ("alpha",)]


def test_matching_compares_only_overlapping_labels() -> None:
    """2,000 labels on either side, each overlapping one other, take a few dozen comparisons each, not a thousand."""
    a: Any = [{"start": Counted(10 * at), "end": Counted(10 * at + 5)} for at in range(2000)]
    b: Any = [{"start": Counted(10 * at + 2), "end": Counted(10 * at + 7)} for at in range(2000)]
    Counted.comparisons = 0
    assert match_spans(a, b) == [(at, at) for at in range(2000)]
    assert 0 < Counted.comparisons < 100 * len(a)


SPANS = st.lists(
    st.builds(lambda start, length: {"start": start, "end": start + length}, st.integers(0, 15), st.integers(1, 6))
)


@given(SPANS, SPANS)
def test_overlapping_pairs_finds_all_overlaps(a: list[Any], b: list[Any]) -> None:
    """Labels are paired where they share a code point, however they nest and cross."""
    found = matching.overlapping_pairs(a, b)
    assert sorted(found) == [
        (left, right)
        for left, one in enumerate(a)
        for right, other in enumerate(b)
        if max(one["start"], other["start"]) < min(one["end"], other["end"])
    ]


def test_report_compares_all_that_it_can(golden: Path) -> None:
    """Annotators without a common article, or built on each other's labels, are named; all others are measured."""
    documents = _passes(golden)
    assert _report_of_all(golden)["pairs"][0]["annotators"] == ("a", "b")
    write_document(golden, "c", copy_as(documents[0], "c"))
    write_document(golden, "d", copy_as(documents[1], "d"))
    built = copy_as(documents[0], "e")
    built["annotators"].append({"id": "a", "kind": "model", "name": None, "version": None})
    write_document(golden, "e", built)
    report = _report_of_all(golden)
    pairs = [pair["annotators"] for pair in report["pairs"]]
    assert pairs == [("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("b", "e"), ("c", "e")]
    assert report_text.not_compared_notes(report) == [
        "Not compared: a and e on 1 article (one built on the labels of the other)."
    ]
    assert _value(report, "claims", "span-exact") == 1


def test_no_report_without_a_comparable_pair(golden: Path) -> None:
    """Two annotators without a common article give no report; named for a comparison, they are an issue."""
    documents = _passes(golden)
    shutil.rmtree(golden / "annotations/a")
    shutil.rmtree(golden / "annotations/b")
    write_document(golden, "c", copy_as(documents[0], "c"))
    write_document(golden, "d", copy_as(documents[1], "d"))
    assert agreement_report.measure_corpus(corpus.load_corpus(golden)) is None
    assert [line.partition(" (")[0] for line in _problems(golden, "c", "d")] == [
        "annotations/c:1: agreement-missing: 'c' has no article in common with 'd'",
        "annotations/d:1: agreement-missing: 'd' has no article in common with 'c'",
    ]


def _report_of_all(root: Path) -> Report:
    report = agreement_report.measure_corpus(corpus.load_corpus(root))
    assert report is not None
    return report


def test_a_missing_attribute_is_compared_as_null() -> None:
    """An attribute that its declaration does not require need not be in a label."""
    document: Any = {**DOCUMENT, "about": {"main": "trade", "urgent": False, "by": ["ana"]}}
    schema = AnnotationSchema(rich_schema())
    assert schema.is_valid(document)
    [label] = ComparableLabels(schema, document).by_layer["about"]
    assert label == {"main": "trade", "also": None, "urgent": False, "score": None, "note": None, "actor": None}


def test_adjudication_leaves_a_missing_attribute_out() -> None:
    """What a label does not state, its content and its decision don't either; null would be another statement."""
    document: Any = {**DOCUMENT, "about": {"main": "trade", "urgent": False, "by": ["ana"]}}
    schema = AnnotationSchema(rich_schema())
    replaced = replace_references(schema, "about", document["about"], {})
    assert label_content(schema, "about", replaced) == {"main": "trade", "urgent": False}
