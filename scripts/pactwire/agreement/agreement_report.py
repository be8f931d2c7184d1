"""The agreement report: figures with intervals, and a list of disagreements.

``measure_agreement`` measures the articles that `pactwire.agreement.comparable_articles` selects from a corpus.
`pactwire.agreement.report_text` renders the report. For three annotators or more, figures are means over the
pairs. Alpha is computed over all annotators: for token classes each token has a value from each annotator; for the
other measures the items of all pairs are pooled.

Intervals are 95 % percentile bootstrap intervals. The resampled units are the non-blank lines of all source texts,
since a handful of articles is too few to resample. The seed is fixed, so the samples are always the same.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final, TypedDict

import numpy as np

from pactwire.agreement import coefficients, comparable_articles, disagreements, document_pairs, measures
from pactwire.agreement.coefficients import FloatArray, Tally
from pactwire.agreement.comparable_articles import PairOnArticle
from pactwire.agreement.disagreements import Disagreement
from pactwire.agreement.document_pairs import ComparableArticle, LineKey
from pactwire.agreement.measure_list import Measure, all_measures, is_by_token
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.model.issues import DataError
from pactwire.model.schema import AnnotationSchema

DIGITS: Final = 6
"""Decimals kept in a report, so that every machine writes the same report."""


class FigureRow(TypedDict):
    """One figure with its interval, ``low`` to ``high``.

    ``label`` is set where the figure is of that label alone, else empty. ``a``, ``b`` and ``matched`` count the
    items of either side and of both. ``why`` gives the reason where ``value`` is None.
    """

    layer: str
    measure: str
    label: str
    figure: str
    value: float | None
    low: float | None
    high: float | None
    a: int
    b: int
    matched: int
    why: str | None


class PairFigures(TypedDict):
    """The figures of two annotators."""

    annotators: tuple[str, str]
    rows: list[FigureRow]


class UnannotatedLayer(TypedDict):
    """A layer of an article that an annotator did not annotate; none of their figures include it."""

    annotator: str
    article: str
    layer: str


class Report(TypedDict):
    """The agreement of annotators; ``rows`` are over all of them, ``pairs`` over each pair."""

    annotators: list[str]
    articles: list[str]
    resamples: int
    seed: int
    rows: list[FigureRow]
    pairs: list[PairFigures]
    not_annotated: list[UnannotatedLayer]
    not_compared: list[str]
    disagreements: list[Disagreement]


# --- the report


def measure_agreement(
    schema: AnnotationSchema,
    annotators: Sequence[str],
    articles: Sequence[ComparableArticle],
    skipped: Mapping[PairOnArticle, str] | None = None,
) -> Report:
    """Return the agreement of two annotators or more over articles.

    Two annotators who share no article form no pair. A layer counts where both of a pair annotated it, and is listed
    as not annotated where one did not.

    Args:
        schema: the schema of the dataset.
        annotators: the annotators to compare, in the order of the report.
        articles: the articles with the documents to compare.
        skipped: the articles that do not count for two annotators, with the reason.
    """
    skipped = skipped or {}
    lines = {line: index for index, line in enumerate(line for article in articles for line in article.lines)}
    weights = coefficients.draw_units(len(lines))
    pairs = {
        (a, b): paired
        for a, b in combinations(annotators, 2)
        if (
            paired := document_pairs.pair_documents([each for each in articles if (a, b, each.id) not in skipped], a, b)
        )
    }
    tallies = {names: measures.tally_pairs(schema, paired) for names, paired in pairs.items()}
    over_all = {} if skipped else _token_class_tallies(schema, annotators, articles)
    return Report(
        annotators=list(annotators),
        articles=[article.id for article in articles],
        resamples=coefficients.RESAMPLES,
        seed=coefficients.SEED,
        rows=_figure_rows(schema, [*tallies.values()], over_all, weights, lines),
        pairs=[
            PairFigures(annotators=names, rows=_figure_rows(schema, [tally], {}, weights, lines))
            for names, tally in tallies.items()
        ],
        not_annotated=_unannotated_layers(schema, annotators, articles),
        not_compared=_skipped_in_words(skipped),
        disagreements=[
            row for paired in pairs.values() for pair in paired for row in disagreements.list_disagreements(pair)
        ],
    )


def _unannotated_layers(
    schema: AnnotationSchema, annotators: Sequence[str], articles: Sequence[ComparableArticle]
) -> list[UnannotatedLayer]:
    return [
        UnannotatedLayer(annotator=name, article=article.id, layer=layer)
        for article in articles
        for name in annotators
        for layer in schema.layer_names
        if layer not in article.documents.get(name, {})
    ]


def _skipped_in_words(skipped: Mapping[PairOnArticle, str]) -> list[str]:
    counts = Counter((a, b, reason) for (a, b, _), reason in skipped.items())
    return [
        f"{a} and {b} on {count:,} article{'' if count == 1 else 's'} ({reason})"
        for (a, b, reason), count in counts.items()
    ]


def compare_annotators(data: Corpus, annotators: Sequence[str]) -> Report:
    """Return the agreement of annotators of a corpus on the articles that two of them annotated.

    Raises DataError with the reasons why they cannot be compared (`comparable_articles.comparison_issues`).
    """
    if issues := comparable_articles.comparison_issues(data, annotators):
        raise DataError(issues)
    return measure_agreement(data.schema, annotators, comparable_articles.shared_articles(data, annotators))


def measure_corpus(data: Corpus) -> Report | None:
    """Return the agreement of all annotators but ``final``, or None where no two can be compared.

    A dataset may hold annotators who share no article, or one who corrected the drafts of another. Only what can be
    compared is measured, and the report lists what is left out. Raises DataError where documents are invalid.
    """
    annotators = sorted({placed.annotator for placed in data.documents} - {FINAL})
    if issues := comparable_articles.document_issues(data, annotators):
        raise DataError(issues)
    articles = comparable_articles.shared_articles(data, annotators)
    skipped = comparable_articles.skipped_articles(data, annotators)
    report = measure_agreement(data.schema, annotators, articles, skipped)
    return report if report["pairs"] else None


def _token_class_tallies(
    schema: AnnotationSchema, annotators: Sequence[str], articles: Sequence[ComparableArticle]
) -> dict[Measure, Tally]:
    """Return the counts for the alpha of token classes over all annotators."""
    tallies = {}
    for layer in (each for each in schema.layers.values() if is_by_token(each)):
        tally = Tally("alpha")
        for article in articles:
            names = [name for name in annotators if layer.name in article.documents.get(name, {})]
            if len(names) > 1:
                tally.units += measures.token_classes(article, layer, names)
        tally.a = tally.b = tally.matched = len(tally.units)
        tallies[Measure(layer.name, "tokens", "alpha")] = tally
    return tallies


def _figure_rows(
    schema: AnnotationSchema,
    tallies: Sequence[Mapping[Measure, Tally]],
    over_all: Mapping[Measure, Tally],
    weights: FloatArray,
    lines: dict[LineKey, int],
) -> list[FigureRow]:
    """Return the figures of one pair or several; a tally in ``over_all`` replaces those of the pairs."""
    rows = []
    for measure in all_measures(schema):
        parts = [by_measure[measure] for by_measure in tallies if measure in by_measure]
        if not parts:
            continue
        if measure.figure == "alpha":
            parts = [over_all.get(measure) or _pool_units(parts)]
        rows.append(_figure_row(measure, parts, weights, lines))
    return rows


def _pool_units(tallies: Sequence[Tally]) -> Tally:
    """Return one tally with the units of all."""
    units = [unit for tally in tallies for unit in tally.units]
    return Tally("alpha", len(units), len(units), len(units), units=units)


def _figure_row(measure: Measure, parts: Sequence[Tally], weights: FloatArray, lines: dict[LineKey, int]) -> FigureRow:
    """Return the mean of the parts that are defined, with the interval of that mean."""
    defined = [(part, value) for part in parts if (value := part.value()) is not None]
    value = sum(value for _, value in defined) / len(defined) if defined else None
    ends = None
    if defined:
        ends = coefficients.percentile_interval(
            np.mean([part.resampled(weights, lines) for part, _ in defined], axis=0)
        )
    low, high = ends or (None, None)
    return FigureRow(
        layer=measure.layer, measure=measure.name, label=measure.label, figure=measure.figure,
        value=_round_figure(value), low=_round_figure(low), high=_round_figure(high),
        a=sum(part.a for part in parts), b=sum(part.b for part in parts), matched=sum(part.matched for part in parts),
        why=None if defined else parts[0].why_undefined,
    )  # fmt: skip


def _round_figure(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
