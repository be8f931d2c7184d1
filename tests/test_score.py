"""Scores of predictions: figures against independent definitions, and how differences between versions add up."""

import copy
import random
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.agreement import (
    agreement_report,
    row_scoring,
    score_alignment,
    score_comparison,
    score_counting,
    score_figures,
    scoring,
)
from pactwire.agreement.document_pairs import ComparableArticle
from pactwire.agreement.row_scoring import RowVerdict
from pactwire.agreement.score_counting import Score
from pactwire.agreement.score_figures import ScoreRow
from pactwire.agreement.scoring import GOLD, PREDICTED
from pactwire.text import bio_tags
from support.examples import examples
from support.news import SCHEMA, label_names
from support.passes import ArticleWriter, copy_as, vary_labels
from support.strategies import Annotated, annotated

LAYERS = tuple(SCHEMA.layers)
TYPES = label_names("entities", "type")[:3]
drawn_slowly = examples(60)


def score(*pairs: tuple[ArticleWriter, Any, Any], layers: tuple[str, ...] = LAYERS) -> Score:
    """Return the score of predictions, each with its article and its gold document."""
    articles = [
        ComparableArticle(SCHEMA, written.article, [], {GOLD: gold, PREDICTED: predicted})
        for written, gold, predicted in pairs
    ]
    return scoring.score_documents(SCHEMA, articles, layers, {})


def row(rows: list[ScoreRow], layer: str, measure: str, figure: str, label: str = "", average: str = "") -> ScoreRow:
    """Return one figure."""
    wanted = (layer, measure, figure, label, average)
    keys = ("layer", "measure", "figure", "label", "average")
    (found,) = [each for each in rows if tuple(each[key] for key in keys) == wanted]  # type: ignore[literal-required]
    return found


# --- figures


@st.composite
def predicted_documents(draw: st.DrawFn) -> tuple[Annotated, Any, Any]:
    """Draw an article, its gold document, and a prediction that differs."""
    case = draw(annotated())
    gold, predicted = copy_as(case.document, "gold"), copy_as(case.document, "predicted")
    for layer in ("entities", "claims", "stances"):
        gold.setdefault(layer, [])
        predicted.setdefault(layer, [])
    vary_labels(draw, predicted)
    return case, gold, predicted


@drawn_slowly
@given(predicted_documents())
def test_f1_and_accuracy_are_those_of_agreement(drawn: tuple[Annotated, Any, Any]) -> None:
    """A measure that agreement has too has the same value in a score, and the same counts."""
    case, gold, predicted = drawn
    documents = {GOLD: gold, PREDICTED: {**predicted, "zones": gold["zones"]} if "zones" in gold else predicted}
    if "zones" not in gold:
        documents[PREDICTED].pop("zones", None)
    article = ComparableArticle(SCHEMA, case.article, case.zones, documents)
    report = agreement_report.measure_agreement(SCHEMA, [GOLD, PREDICTED], [article])
    found = scoring.score_documents(SCHEMA, [article], LAYERS, {}).rows
    compared = [each for each in report["rows"] if each["layer"] != "zones" and each["figure"] != "alpha"]
    assert compared
    for each in compared:
        figure = "F1" if each["figure"] == "F1" else "accuracy"
        mine = [
            other
            for other in found
            if (other["layer"], other["measure"], other["label"], other["figure"], other["average"])
            == (each["layer"], each["measure"], each["label"], figure, "")
        ]
        if each["label"] and not each["a"] + each["b"]:
            assert not mine  # a label that is nowhere has no line
        else:
            assert [(other["value"], other["support"], other["predicted"]) for other in mine] == [
                (each["value"], each["a"], each["b"])
            ]


def chunks(tags: list[str]) -> set[tuple[int, int, str]]:
    """Return the chunks of BIO tags as conlleval finds them, written from its two rules, not from ours."""
    found, start = set(), None
    parts = [("O", "")] + [(tag[0], tag[2:]) for tag in tags] + [("O", "")]
    for at, ((before, old), (now, new)) in enumerate(pairwise(parts)):
        ends = before != "O" and (now in "OB" or old != new)
        starts = now == "B" or (now == "I" and (before == "O" or old != new))
        if ends:
            assert start is not None
            found.add((start, at, old))
        if starts:
            start = at
    return found


def conlleval(gold: list[list[str]], predicted: list[list[str]]) -> dict[str, tuple[float, float, float]]:
    """Return precision, recall and F1 of all chunks, of each class, and their mean, as seqeval's report has them."""
    one, other = (
        {(number, *chunk) for number, tags in enumerate(side) for chunk in chunks(tags)} for side in (gold, predicted)
    )
    names = sorted({chunk[3] for chunk in one | other})

    def figures(name: str | None) -> tuple[float, float, float]:
        mine, theirs = ({each for each in side if name in (None, each[3])} for side in (one, other))
        p, r = (len(mine & theirs) / len(side) if side else 0.0 for side in (theirs, mine))
        return p, r, 2 * p * r / (p + r) if p + r else 0.0

    by_name = {name: figures(name) for name in names}
    macro = tuple(sum(each[at] for each in by_name.values()) / len(names) for at in range(3)) if names else (0, 0, 0)
    return {"": figures(None), "macro": (macro[0], macro[1], macro[2]), **by_name}


TAGS = st.lists(st.sampled_from(bio_tags.tag_names(TYPES)), min_size=1, max_size=8)


def other_tags(tags: list[str]) -> st.SearchStrategy[list[str]]:
    """Draw the tags of a prediction: the same in another order, or any."""
    some = st.lists(st.sampled_from(bio_tags.tag_names(TYPES)), min_size=len(tags), max_size=len(tags))
    return st.permutations(tags) | some


LINES = st.lists(TAGS.flatmap(lambda tags: st.tuples(st.just(tags), other_tags(tags))), min_size=1, max_size=5)


def tagged(lines: list[list[str]], order: list[int]) -> tuple[ArticleWriter, list[Any]]:
    """Return an article with a line for each list of tags, and the entities of the tags, in another order."""
    written = ArticleWriter("\n".join(" ".join(f"w{at}x{token}" for token in range(len(tags))) for at, tags in
                                      enumerate(lines)))  # fmt: skip
    entities = [
        written.entity(" ".join(f"w{at}x{token}" for token in range(first, behind)), name)
        for at, tags in enumerate(lines)
        for first, behind, name in bio_tags.tagged_spans(tags)
    ]
    return written, [entities[at] for at in sorted(range(len(entities)), key=lambda at: order[at % len(order)])]


@drawn_slowly
@given(LINES, st.permutations(range(12)))
def test_flat_bio_is_scored_as_conlleval_does(lines: list[Any], order: list[int]) -> None:
    """Precision, recall and F1 of all mentions, of each class and their mean are conlleval's, in whatever order."""
    gold, predicted = ([list(each[side]) for each in lines] for side in (0, 1))
    (written, mine), (_, theirs) = tagged(gold, list(range(12))), tagged(predicted, order)
    found = score((written, written.document("g", entities=mine), written.document("p", entities=theirs))).rows
    expected = conlleval(gold, predicted)
    for name, values in expected.items():
        label, average = ("", name) if name == "macro" else (name, "")
        for figure, value in zip(("precision", "recall", "F1"), values, strict=True):
            each = row(found, "entities", "span-type-exact", figure, label, average) if chunks_in(lines) else None
            if each and each["value"] is None:
                assert value == 0  # conlleval calls it 0 where nothing was predicted, or nothing is there
            elif each:
                assert each["value"] == pytest.approx(value, abs=1e-6)


def chunks_in(lines: list[Any]) -> bool:
    """Say whether there is any mention."""
    return any(chunks(list(side)) for line in lines for side in line)


def test_nothing_predicted_is_0_and_nothing_there_is_none() -> None:
    """Without predictions F1 is 0; without anything to find it is None, with the reason; neither is 1."""
    written = ArticleWriter("Rutte said.")
    some: list[Any] = [written.entity("Rutte", TYPES[0])]
    none: list[Any] = []
    missed = score((written, written.document("g", entities=some), written.document("p", entities=none))).rows
    assert row(missed, "entities", "span-type-exact", "F1")["value"] == 0
    assert row(missed, "entities", "span-type-exact", "F1", average="macro")["value"] == 0
    assert row(missed, "entities", "span-exact", "precision")["why"] == score_figures.NOT_PREDICTED
    nothing = score((written, written.document("g", entities=none), written.document("p", entities=none))).rows
    empty = row(nothing, "entities", "span-exact", "F1")
    assert (empty["value"], empty["why"]) == (None, score_figures.NOTHING)
    assert all(each["value"] is None for each in nothing if each["layer"] == "entities")


def test_missing_layer_counts_as_missed() -> None:
    """An article whose prediction lacks a layer that is scored has all its labels missed."""
    written = ArticleWriter("Rutte said.")
    gold = written.document("g", entities=[written.entity("Rutte", TYPES[0])])
    found = score((written, gold, {}), layers=("entities",))
    assert row(found.rows, "entities", "span-exact", "F1")["value"] == 0
    assert [(each["field"], each["gold"], each["predicted"]) for each in found.errors] == [
        ("span", f"{TYPES[0]} Rutte", None)
    ]


def test_intervals_draw_articles() -> None:
    """Two articles, one right and one wrong, give any F1 from 0 to 1; one article alone has no interval."""
    right, wrong = ArticleWriter("Rutte said."), ArticleWriter("Rutte asked.")
    gold = [each.document("g", entities=[each.entity("Rutte", TYPES[0])]) for each in (right, wrong)]
    empty = wrong.document("p", entities=[])
    both = score((right, gold[0], gold[0]), (wrong, gold[1], empty)).rows
    f1 = row(both, "entities", "span-exact", "F1")
    assert (f1["value"], f1["low"], f1["high"]) == (round(2 / 3, 6), 0, 1)
    alone = row(score((right, gold[0], gold[0])).rows, "entities", "span-exact", "F1")
    assert (alone["value"], alone["low"], alone["high"]) == (1, None, None)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.5, 0.9, -np.inf])), max_size=12), st.randoms())
def test_average_precision_is_the_mean_precision_at_positives(
    items: list[tuple[bool, float]], chance: random.Random
) -> None:
    """Each positive with a score has the share of positives among items that rank as high; order does not matter."""
    chance.shuffle(items)
    labels, scores = (np.array([each[at] for each in items]) for at in (0, 1))
    found = score_figures.average_precision(labels.astype(bool), scores.astype(float), np.ones(len(items)))
    positives = [value for label, value in items if label]
    ranked = [[label for label, other in items if other >= value] for value in positives if np.isfinite(value)]
    if not positives:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(sum(sum(each) / len(each) for each in ranked) / len(positives))


def rows_of(gold: list[str], predicted: list[str | None]) -> list[RowVerdict]:
    """Return rows of one article."""
    return [
        RowVerdict("a", str(at), (at, at + 1), f"t{at}", one, other, None)
        for at, (one, other) in enumerate(zip(gold, predicted, strict=True))
    ]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["a", "b", "c", None])), min_size=1, max_size=12))
def test_correlation_is_that_of_indicators(pairs: list[tuple[str, str | None]]) -> None:
    """Matthews correlation is the covariance of indicator vectors over their spreads; a missing label is a class."""
    gold, predicted = [each[0] for each in pairs], [each[1] for each in pairs]
    found = row_scoring.score_rows("claims", rows_of(gold, predicted), None, frozenset()).rows
    names = ["a", "b", "c", None]
    x, y = (np.array([[each == name for name in names] for each in side], float) for side in (gold, predicted))
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    spread = float(np.sqrt((x * x).sum() * (y * y).sum()))
    value = row(found, "claims", score_counting.ROW_LABEL, "correlation")["value"]
    if spread < 1e-9:
        assert value is None
    else:
        assert value == pytest.approx(float((x * y).sum()) / spread, abs=1e-6)
    accuracy = row(found, "claims", score_counting.ROW_LABEL, "accuracy")["value"]
    assert accuracy == pytest.approx(np.mean([a == b for a, b in pairs]), abs=1e-6)


def test_rows_without_a_relation_are_not_to_be_found() -> None:
    """Of candidates, F1 is of those with a relation; a wrong relation is both missed and spurious."""
    rows = rows_of(["none", "favor", "favor", "none"], ["none", "favor", "against", "favor"])
    found = row_scoring.score_rows("c", rows, "none", frozenset({"favor", "against"})).rows
    f1 = row(found, "c", "relations", "F1")
    assert (f1["support"], f1["predicted"], f1["correct"]) == (2, 3, 1)
    assert not [each for each in found if each["measure"] == row_scoring.RANKING]  # no row has a score


# --- differences between versions


@st.composite
def corrections(draw: st.DrawFn) -> tuple[list[Any], list[Any], list[Any]]:
    """Draw the entities of an old gold, those of a new one after corrections, and predictions, as spans with types."""
    places = draw(st.lists(st.integers(0, 9), unique=True, min_size=1))
    old = {at: draw(st.sampled_from(TYPES)) for at in places}
    new = {at: kind for at, kind in old.items() if draw(st.integers(0, 3))}
    new |= {at: draw(st.sampled_from(TYPES)) for at in draw(st.lists(st.integers(0, 9), max_size=4))}
    predicted = {at: draw(st.sampled_from(TYPES)) for at in draw(st.lists(st.integers(0, 9), unique=True))}
    return list(old.items()), list(new.items()), list(predicted.items())


def planted(entities: list[Any], words: str = "w") -> tuple[ArticleWriter, Any]:
    """Return an article of ten words, and a document with entities at some of them."""
    written = ArticleWriter(" ".join(f"{words}{at}" for at in range(10)) + ".")
    return written, written.document("g", entities=[written.entity(f"{words}{at}", kind) for at, kind in entities])


@drawn_slowly
@given(corrections(), corrections())
def test_parts_of_a_difference_add_up_exactly(one: Any, other: Any) -> None:
    """Corrections, other articles, and the single changes: all sums are exact, for all labels and for each."""
    old, new, predicted = one
    shared = [planted(each) for each in (old, new, predicted)]
    before, after = [(shared[0][0], shared[0][1], shared[2][1])], [(shared[1][0], shared[1][1], shared[2][1])]
    gone, come = ((planted(other[at], name), planted(other[2], name)) for at, name in ((0, "x"), (1, "y")))
    before.append((gone[0][0], gone[0][1], gone[1][1]))
    after.append((come[0][0], come[0][1], come[1][1]))
    compared = score_comparison.compare_scores(score(*before), score(*after))
    kinds = {kind for each in (one, other) for side in each for _, kind in side}
    assert {each.label for each in compared.differences if each.measure.name == "span-type-exact"} == {"", *kinds}
    for each in compared.differences:
        if each.difference is not None:
            assert each.shared is not None
            assert each.articles is not None
            assert each.shared + each.articles == each.difference
            assert isinstance(each.difference, Fraction)
        parts = [change.part for change in compared.changes if change.measure == each.measure]
        if not each.label and each.difference is not None:
            assert sum(part or 0 for part in parts) == each.shared


@drawn_slowly
@given(corrections(), corrections())
def test_parts_of_the_model_and_of_corrections_add_up(one: Any, other: Any) -> None:
    """From an earlier model's score against the old gold to the score now: both parts, and their sum, are exact."""
    old, new, predicted = one
    (written, before), (_, after), (_, mine), (_, theirs) = (planted(each) for each in (old, new, predicted, other[2]))
    first, second, third = (score((written, *each)) for each in ((before, theirs), (before, mine), (after, mine)))
    steps = [
        score_comparison.compare_scores(first, second, is_of_model=True),
        score_comparison.compare_scores(second, third),
    ]
    totals = [*score_comparison.total_differences(steps)]
    assert totals
    for each in totals:
        if each.difference is not None:
            assert each.model is not None
            assert each.corrections is not None
            assert each.model + each.corrections == each.difference
            assert each.articles == 0
    if old == new:
        assert {each.corrections for each in totals} <= {0, None}
    (whole,) = [each for each in totals if (each.measure.name, each.label) == ("span-type-exact", "")]
    values = [row(each.rows, "entities", "span-type-exact", "F1")["value"] for each in (first, third)]
    if whole.old is not None and whole.new is not None:
        assert [round(float(whole.old), 6), round(float(whole.new), 6)] == values


@drawn_slowly
@given(corrections())
def test_changes_are_the_corrections_that_were_planted(drawn: Any) -> None:
    """A verdict changes where the gold was corrected and nowhere else, and errors are the model's elsewhere."""
    old, new, predicted = (dict(each) for each in drawn)
    (written, before), (_, after), (_, mine) = (planted(list(each)) for each in drawn)
    compared = score_comparison.compare_scores(score((written, before, mine)), score((written, after, mine)))
    changes = [each for each in compared.changes if each.measure.name == "span-type-exact"]
    corrected = {at for at in range(10) if old.get(at) != new.get(at)}
    assert {each.text for each in changes} == {f"w{at}" for at in corrected}
    (difference,) = [each for each in compared.differences if each.measure.name == "span-type-exact" and not each.label]
    wrong = [
        [{(at, gold.get(at), None) for at in range(10) if at in gold and gold[at] != predicted.get(at)}
         | {(at, None, predicted[at]) for at in predicted if predicted[at] != gold.get(at)}]
        for gold in (old, new)
    ]  # fmt: skip
    first, second = (each[0] for each in wrong)
    assert difference.errors == (len(first & second), len(first - second), len(second - first))


def test_change_tells_both_verdicts() -> None:
    """A label that the correction added, removed or renamed is told with its old and its new verdict."""
    a, b = TYPES[:2]
    old, new = [(0, a), (1, a), (2, a)], [(0, a), (2, b), (3, a)]
    (written, before), (_, after), (_, mine) = (planted(each) for each in (old, new, [(0, b), (1, a), (2, b)]))
    compared = score_comparison.compare_scores(score((written, before, mine)), score((written, after, mine)))
    changes = [
        (
            each.text,
            each.predicted or each.old_predicted,
            each.old_gold,
            each.new_gold,
            each.old_verdict,
            each.new_verdict,
        )
        for each in compared.changes
        if each.measure.name == "span-type-exact"
    ]
    assert changes == [
        ("w1", a, a, None, "correct", "spurious"),
        ("w2", b, None, b, "spurious", "correct"),
        ("w2", None, a, None, "missed", "none"),
        ("w3", None, None, a, "none", "missed"),
    ]


@drawn_slowly
@given(predicted_documents(), st.randoms())
def test_order_of_labels_does_not_matter(drawn: tuple[Annotated, Any, Any], chance: random.Random) -> None:
    """Shuffled labels on both sides give the same figures and errors."""
    case, gold, predicted = drawn
    shuffled = copy.deepcopy([gold, predicted])
    for document in shuffled:
        for layer in LAYERS:
            chance.shuffle(document[layer])
    found = [
        scoring.score_documents(
            SCHEMA, [ComparableArticle(SCHEMA, case.article, case.zones, {GOLD: one, PREDICTED: other})], LAYERS, {}
        )
        for one, other in ((gold, predicted), shuffled)
    ]
    assert found[0].rows == found[1].rows
    assert found[0].errors == found[1].errors


@given(
    st.lists(st.sampled_from(["Moscow", " ", "\n", "\u00a0", "КНДР", "\U0001d538", "a\u0301", "."]), max_size=12),
    st.data(),
)
def test_spans_keep_their_words_in_a_text_with_other_white_space(pieces: list[str], data: st.DataObject) -> None:
    """A span without white space at its edges has the same characters in the other text, also as a part of it."""
    text = "".join(pieces)
    visible = [at for at, character in enumerate(text) if not character.isspace()]
    if not visible:
        return
    first, last = sorted((data.draw(st.sampled_from(visible)), data.draw(st.sampled_from(visible))))
    label = {
        "start": first,
        "end": last + 1,
        "text": text[first : last + 1],
        "part": {"start": first, "end": first + 1},
    }
    other = "x " + "".join(data.draw(st.sampled_from(["", " ", "\n\n"])) + each for each in text if not each.isspace())
    own, target = score_alignment.squeeze(text), score_alignment.squeeze(other)
    moved = score_alignment.moved_label(label, own, target, target.characters.index(own.characters, 1), other)
    assert other[moved["start"] : moved["end"]] == moved["text"]
    assert score_alignment.squeeze(moved["text"]).characters == score_alignment.squeeze(str(label["text"])).characters
    assert moved["part"]["text"] == text[first]
    assert not moved["text"][0].isspace()
    assert not moved["text"][-1].isspace()
