"""Documents of several annotators to their agreement: figures, intervals, and what they disagree on.

``report`` measures what `pactwire.agreement.comparable_articles` takes out of a corpus, and ``markdown`` and ``text``
show it. Figures of three annotators or more are means over the pairs; alpha is computed
over all: token types with a value of each, the others from the items of all pairs together.

Intervals are 95 % percentile bootstrap intervals. What is drawn is lines of the source texts that are not
blank, of all articles together and always the same ones, since a handful of articles is too few to draw.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final, TypedDict

import numpy as np

from pactwire.agreement import comparable_articles, disagreements, document_pairs, estimates, measures
from pactwire.agreement.comparable_articles import PairOnArticle
from pactwire.agreement.disagreements import Disagreement
from pactwire.agreement.document_pairs import ComparableArticle, LineKey
from pactwire.agreement.estimates import FloatArray, Tally
from pactwire.agreement.measures import Measure
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.model.escapes import terminal_line
from pactwire.model.issues import DataError
from pactwire.model.records import LAYERS
from pactwire.storage.generated_blocks import markdown_table

DIGITS: Final = 6
"""Decimals kept in a report, so that the same report is written everywhere."""


class FigureRow(TypedDict):
    """One figure. ``a``, ``b`` and ``matched`` count items of either side and of both; ``why`` says why it is None.

    ``label`` is a label where the figure is of that label alone, else empty. ``low`` and ``high`` are
    the ends of the interval.
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
    """A layer of an article that an annotator did not annotate; it is in none of their figures."""

    annotator: str
    article: str
    layer: str


class Report(TypedDict):
    """The agreement of annotators. ``rows`` are over all of them, ``pairs`` over each two."""

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
    annotators: Sequence[str], found: Sequence[ComparableArticle], skipped: Mapping[PairOnArticle, str] | None = None
) -> Report:
    """Return the agreement of annotators over articles, for any number of annotators from two up.

    Two annotators who share no article are no pair. A layer counts where both of a pair annotated it; where one did
    not, it is listed as not annotated. ``skipped`` are articles that don't count for two annotators, with the reason.
    """
    skipped = skipped or {}
    lines = {line: index for index, line in enumerate(line for case in found for line in case.lines)}
    weights = estimates.draw_lines(len(lines))
    matched = {
        (a, b): pairs
        for a, b in combinations(annotators, 2)
        if (
            pairs := document_pairs.pair_documents(
                [case for case in found if (a, b, case.article["id"]) not in skipped], a, b
            )
        )
    }
    tallies = {names: measures.tally_pairs(each) for names, each in matched.items()}
    return Report(
        annotators=list(annotators),
        articles=[case.article["id"] for case in found],
        resamples=estimates.RESAMPLES,
        seed=estimates.SEED,
        rows=_figure_rows([*tallies.values()], {} if skipped else _token_type_tally(annotators, found), weights, lines),
        pairs=[
            PairFigures(annotators=names, rows=_figure_rows([each], {}, weights, lines))
            for names, each in tallies.items()
        ],
        not_annotated=[
            UnannotatedLayer(annotator=name, article=case.article["id"], layer=layer)
            for case in found
            for name in annotators
            for layer in LAYERS
            if layer not in case.documents.get(name, {})
        ],
        not_compared=[
            f"{a} and {b} on {counted} ({why})"
            for (a, b, why), count in Counter((a, b, why) for (a, b, _), why in skipped.items()).items()
            for counted in [f"{count:,} article{'' if count == 1 else 's'}"]
        ],
        disagreements=[
            each for pairs in matched.values() for pair in pairs for each in disagreements.list_disagreements(pair)
        ],
    )


def measure_corpus(data: Corpus) -> Report | None:
    """Return the agreement of all annotators but ``final``, or None where no two can be compared.

    A dataset may hold annotators who share no article, or one who corrected the drafts of another: only what can be
    compared is, and the report says what is left out. Raises DataError with the flaws of their documents.
    """
    annotators = sorted({placed.annotator for placed in data.documents} - {FINAL})
    if issues := comparable_articles.document_issues(data, annotators):
        raise DataError(issues)
    found = measure_agreement(
        annotators,
        comparable_articles.shared_articles(data, annotators),
        comparable_articles.skipped_articles(data, annotators),
    )
    return found if found["pairs"] else None


def _token_type_tally(annotators: Sequence[str], found: Sequence[ComparableArticle]) -> dict[Measure, Tally]:
    """Return the counts for the alpha of token types over all annotators."""
    tally = Tally("alpha")
    for case in found:
        names = [name for name in annotators if "entities" in case.documents.get(name, {})]
        if len(names) > 1:
            tally.units += measures.token_types(case, names)
    tally.a = tally.b = tally.matched = len(tally.units)
    return {Measure("entities", "tokens", "alpha"): tally}


def _figure_rows(
    tallies: Sequence[Mapping[Measure, Tally]],
    over_all: Mapping[Measure, Tally],
    weights: FloatArray,
    lines: dict[LineKey, int],
) -> list[FigureRow]:
    """Return the figures of one or several pairs; ``over_all`` replaces what pairs say of a measure."""
    rows = []
    for measure in measures.all_measures():
        parts = [each[measure] for each in tallies if measure in each]
        if not parts:
            continue
        if measure.figure == "alpha":
            parts = [over_all.get(measure) or _pool_units(parts)]
        rows.append(_figure_row(measure, parts, weights, lines))
    return rows


def _pool_units(tallies: Sequence[Tally]) -> Tally:
    """Return one tally with the units of all."""
    units = [unit for each in tallies for unit in each.units]
    return Tally("alpha", len(units), len(units), len(units), units=units)


def _figure_row(measure: Measure, parts: Sequence[Tally], weights: FloatArray, lines: dict[LineKey, int]) -> FigureRow:
    """Return the mean of the parts that are defined, with the interval of that mean."""
    defined = [(part, value) for part in parts if (value := part.value()) is not None]
    value = sum(value for _, value in defined) / len(defined) if defined else None
    ends = None
    if defined:
        ends = estimates.percentile_interval(np.mean([part.resampled(weights, lines) for part, _ in defined], axis=0))
    low, high = ends or (None, None)
    return FigureRow(
        layer=measure.layer, measure=measure.name, label=measure.label, figure=measure.figure,
        value=_round_figure(value), low=_round_figure(low), high=_round_figure(high),
        a=sum(part.a for part in parts), b=sum(part.b for part in parts), matched=sum(part.matched for part in parts),
        why=None if defined else parts[0].why_undefined,
    )  # fmt: skip


def _round_figure(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


# --- shown

TABLE_HEADER: Final = ("layer", "what", "figure", "value", "95 % interval", "A", "B", "both")


def _row_cells(row: FigureRow) -> tuple[str, ...]:
    title = measures.MEASURE_TITLES[row["layer"], row["measure"]] + (f": {row['label']}" if row["label"] else "")
    value = f"{row['value']:.2f}" if row["value"] is not None else f"undefined: {row['why']}"
    interval = f"{row['low']:.2f} to {row['high']:.2f}" if row["low"] is not None else ""
    return row["layer"], title, row["figure"], value, interval, *(f"{row[key]:,}" for key in ("a", "b", "matched"))


def figures_table(found: Report) -> str:
    """Return a Markdown table of the figures over all annotators."""
    return markdown_table(TABLE_HEADER, [_row_cells(row) for row in found["rows"]])


def summary_notes(found: Report) -> list[str]:
    """Return sentences that say what the figures are over, and what is left out."""
    lines = [
        f"Annotators: {', '.join(found['annotators'])}. Articles: {len(found['articles'])}.",
        f"Intervals: {found['resamples']:,} bootstrap samples of lines, seed {found['seed']}.",
    ]
    if len(found["pairs"]) > 1:
        lines.append(f"Figures are means over {len(found['pairs'])} pairs, counts their sums; alpha is over all.")
    for layer in LAYERS:
        left = [each for each in found["not_annotated"] if each["layer"] == layer]
        if left:
            missing = ", ".join(f"{each['annotator']} {each['article']}" for each in left)
            lines.append(f"Not annotated, so left out: {layer} ({missing}).")
    return lines + not_compared_notes(found)


def not_compared_notes(found: Report) -> list[str]:
    """Return a sentence on the annotators and articles that were not compared; none where there are none."""
    return [f"Not compared: {'; '.join(found['not_compared'])}."] if found["not_compared"] else []


def markdown_page(found: Report) -> str:
    """Return notes, figures and disagreements as a Markdown page."""
    parts = ["# Agreement", *summary_notes(found), figures_table(found)]
    if len(found["pairs"]) > 1:
        for pair in found["pairs"]:
            parts += [
                f"## {' and '.join(pair['annotators'])}",
                markdown_table(TABLE_HEADER, [_row_cells(row) for row in pair["rows"]]),
            ]
    parts.append(f"## Disagreements ({len(found['disagreements'])})")
    header = ("article", "layer", "field", "place", "text", "annotators", "A has", "B has")
    listed = [[cell.replace("\n", " ") for cell in _disagreement_cells(each)] for each in found["disagreements"]]
    return "\n\n".join([*parts, markdown_table(header, listed)]) + "\n"


def _disagreement_cells(each: Disagreement) -> tuple[str, ...]:
    place = f"{each['start']}:{each['end']}"
    sides = (each["a"] or "–", each["b"] or "–")
    return each["article"], each["layer"], each["field"], place, each["text"], ", ".join(each["annotators"]), *sides


def plain_text(found: Report) -> str:
    """Return notes, figures and disagreements for a terminal: aligned columns, then a block for each disagreement."""
    parts = ["\n".join(summary_notes(found)), _aligned_table(found["rows"])]
    if len(found["pairs"]) > 1:
        parts += [f"{' and '.join(pair['annotators'])}\n{_aligned_table(pair['rows'])}" for pair in found["pairs"]]
    parts.append(f"Disagreements: {len(found['disagreements'])}")
    for each in found["disagreements"]:
        article, layer, field, place, words, _, a, b = (
            terminal_line(cell.replace("\n", " ")) for cell in _disagreement_cells(each)
        )
        names = each["annotators"]
        parts.append(f"{article} {layer} {field} {place}: {words}\n  {names[0]}: {a}\n  {names[1]}: {b}")
    return "\n\n".join(parts) + "\n"


def _aligned_table(rows: Sequence[FigureRow]) -> str:
    cells = [TABLE_HEADER, *(_row_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(TABLE_HEADER))]
    counts = len(TABLE_HEADER) - 3
    return "\n".join(
        "  ".join(cell.ljust(widths[i]) if i < counts else cell.rjust(widths[i]) for i, cell in enumerate(line))
        for line in cells
    )
