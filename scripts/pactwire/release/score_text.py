"""A report of scores as plain text and as Markdown."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from pactwire.agreement import coefficients
from pactwire.agreement.row_scoring import RANKING
from pactwire.agreement.score_comparison import (
    Difference,
    ScoreComparison,
    TotalDifference,
    VerdictChange,
    total_differences,
)
from pactwire.agreement.score_counting import ROW_LABEL, ScoreError
from pactwire.agreement.score_figures import ScoreRow
from pactwire.agreement.scoring import score_titles
from pactwire.model.escapes import terminal_line
from pactwire.release.prediction_scores import PredictionScores, VersionScore
from pactwire.storage.generated_blocks import markdown_table

_HEADER: Final = ("what", "label", "figure", "value", "95 % interval", "precision", "recall", "there", "predicted",
                  "correct")  # fmt: skip
_DIFFERENCE_HEADER: Final = ("what", "label", "old", "new", "difference")
_ERRORS_HEADER: Final = ("errors in both", "only old", "only new")
_ERROR_HEADER: Final = ("article", "what", "place", "text", "gold", "predicted")
_CHANGE_HEADER: Final = ("article", "what", "place", "text", "verdict", "gold", "predicted", "part")
_MAX_NAMES: Final = 10
_MAX_WORDS: Final = 80
"""Code points of a text that tables show; JSON has all."""
_ROW_TITLES: Final = {
    ROW_LABEL: "label of each row", RANKING: "ranking of rows by score", "relations": "rows with a relation"
}  # fmt: skip

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]


def plain_text(report: PredictionScores) -> str:
    """Return a report for a terminal: notes, aligned tables, then a block for each error and each change."""
    return "\n\n".join(_parts(report, _aligned, "")) + "\n"


def markdown_page(report: PredictionScores) -> str:
    """Return a report as a Markdown page."""
    return "\n\n".join(["# Score", *_parts(report, lambda table: markdown_table(*table), "## ")]) + "\n"


def _parts(report: PredictionScores, render: Any, heading: str) -> Iterator[str]:
    yield "\n".join(_notes(report))
    for scored in report.scores:
        yield f"{heading}{_side(scored)}"
        yield "\n".join(_coverage_notes(report, scored))
        yield render(_figures(report, scored.score.rows))
        yield f"Errors: {len(scored.score.errors):,}"
        if scored.score.errors:
            yield render((_ERROR_HEADER, [_error_cells(report, each) for each in scored.score.errors]))
    for number, comparison in enumerate(report.comparisons):
        old, new = (report.scores[at] for at in (number, number + 1))
        title = f"against {new.version}: from the earlier predictions" if old.is_before else f"to {new.version}"
        yield f"{heading}{'The model, ' if old.is_before else f'From {old.version} '}{title}"
        yield from _comparison_parts(report, comparison, render)
    if len(report.comparisons) > 1:
        yield f"{heading}Altogether"
        header = (*_DIFFERENCE_HEADER, "by the model", "by corrections", "by other articles")
        yield render((header, [_total_cells(report, each) for each in total_differences(report.comparisons)]))


def _side(scored: VersionScore) -> str:
    return f"{'Earlier predictions, against' if scored.is_before else 'Against'} {scored.version}"


def _notes(report: PredictionScores) -> Iterator[str]:
    column = f", in the column {report.column}" if report.column else ""
    yield f"Predictions: {report.read_as}{column}. Scored: {', '.join(report.scored)}."
    yield f"Split: {report.split or 'all'}. What has no prediction counts as missed."
    yield f"Intervals: {coefficients.RESAMPLES:,} bootstrap samples of articles, seed {coefficients.SEED}."
    if report.not_predicted:
        yield f"Not predicted, so not scored: {', '.join(report.not_predicted)}."
    for what, count in report.left_out.items():
        yield f"Left out of the files: {count:,} {what}."


def _coverage_notes(report: PredictionScores, scored: VersionScore) -> Iterator[str]:
    coverage = scored.coverage
    rows = f", rows: {coverage['rows']:,}" if coverage["rows"] else ""
    interval = " (one article has no interval)" if coverage["articles"] == 1 else ""
    yield f"Articles: {coverage['articles']:,}{rows}{interval}."
    if coverage["missing"]:
        yield f"Without prediction: {len(coverage['missing']):,} ({_listed(coverage['missing'])})."
    for layer, count in coverage["missing_layers"].items():
        yield f"Articles whose prediction lacks {layer}: {count:,}."
    if coverage["other_text"]:
        yield f"Not scored, since their text is another one there: {_listed(coverage['other_text'])}."
    if coverage["other_splits"]:
        yield f"Predictions of other splits, not scored: {coverage['other_splits']:,}."
    if coverage["not_annotated"]:
        yield f"Predictions of articles that nobody annotated, not scored: {coverage['not_annotated']:,}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_MAX_NAMES]) + (", …" if len(names) > _MAX_NAMES else "")


def _title(report: PredictionScores, layer: str, measure: str) -> str:
    titles = score_titles(report.schema)
    return f"{layer}: {titles.get((layer, measure)) or _ROW_TITLES.get(measure, measure)}"


def _figures(report: PredictionScores, rows: Sequence[ScoreRow]) -> Table:
    """Return a line for each figure, with precision and recall beside F1."""
    keyed = {(row["layer"], row["measure"], row["label"], row["average"], row["figure"]): row for row in rows}
    lines = []
    for row in rows:
        if row["figure"] in ("precision", "recall"):
            continue
        sides = [_value(keyed[*_place(row), name]) if row["figure"] == "F1" else "" for name in ("precision", "recall")]
        interval = f"{row['low']:.2f} to {row['high']:.2f}" if row["low"] is not None else ""
        counts = (f"{row['support']:,}", f"{row['predicted']:,}", f"{row['correct']:,}")
        title = _title(report, row["layer"], row["measure"])
        label = row["label"] or (f"({row['average']})" if row["average"] else "")
        lines.append((title, label, row["figure"], _value(row), interval, *sides, *counts))
    return _HEADER, lines


def _place(row: ScoreRow) -> tuple[str, str, str, str]:
    return row["layer"], row["measure"], row["label"], row["average"]


def _value(row: ScoreRow) -> str:
    return f"undefined: {row['why']}" if row["value"] is None else f"{row['value']:.2f}"


def _error_cells(report: PredictionScores, error: ScoreError) -> tuple[str, ...]:
    place = error["row"] or (f"{error['start']}:{error['end']}" if error["end"] else "")
    what = f"{error['layer']}: {error['field']}"
    return _cells(error["article"], what, place, error["text"], error["gold"], error["predicted"])


def _cells(*values: str | None) -> tuple[str, ...]:
    lines = (("–" if value is None else value).replace("\n", " ") for value in values)
    return tuple(line if len(line) <= _MAX_WORDS else f"{line[:_MAX_WORDS]}…" for line in lines)


def _comparison_parts(report: PredictionScores, comparison: ScoreComparison, render: Any) -> Iterator[str]:
    if comparison.is_of_model:
        part, verdicts = "by the model", "Verdicts that other predictions changed"
        yield "The gold is the same, and the predictions are others: errors that only one has are theirs."
    else:
        part, verdicts = "by corrections", "Verdicts that corrections changed"
        yield "Errors in both are the model's; those of one version alone come of corrections."
    header = (*_DIFFERENCE_HEADER, part, "by other articles", *_ERRORS_HEADER)
    yield render((header, [_difference_cells(report, each) for each in comparison.differences]))
    yield f"{verdicts}: {len(comparison.changes):,}"
    if comparison.changes:
        yield render((_CHANGE_HEADER, [_change_cells(report, each) for each in comparison.changes]))


def _difference_cells(report: PredictionScores, each: Difference) -> tuple[str, ...]:
    shown = _fractions(each.old, each.new, each.difference, each.shared, each.articles)
    title = _title(report, each.measure.layer, each.measure.name)
    return title, each.label, *shown, *(f"{count:,}" for count in each.errors)


def _total_cells(report: PredictionScores, each: TotalDifference) -> tuple[str, ...]:
    shown = _fractions(each.old, each.new, each.difference, each.model, each.corrections, each.articles)
    return _title(report, each.measure.layer, each.measure.name), each.label, *shown


def _fractions(*values: Fraction | None) -> list[str]:
    """Return two figures, and differences with their signs."""
    return [_fraction(value, is_signed=number > 1) for number, value in enumerate(values)]


def _fraction(value: Fraction | None, is_signed: bool) -> str:
    return "undefined" if value is None else f"{float(value):{'+' if is_signed else ''}.4f}"


def _change_cells(report: PredictionScores, change: VerdictChange) -> tuple[str, ...]:
    place = f"{change.start}:{change.end}" if change.end else ""
    title = _title(report, change.measure.layer, change.measure.name)
    verdict, gold, predicted = (
        " → ".join(dict.fromkeys("–" if each is None else each or "yes" for each in pair))
        for pair in (
            (change.old_verdict, change.new_verdict),
            (change.old_gold, change.new_gold),
            (change.old_predicted, change.predicted),
        )
    )
    part = _fraction(change.part, is_signed=True)
    return _cells(change.article, title, place, change.text, verdict, gold, predicted, part)


def _aligned(table: Table) -> str:
    """Return a table in columns of equal width."""
    header, rows = table
    lines = [[terminal_line(cell) for cell in cells] for cells in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned_line(cells, widths) for cells in lines)


def _aligned_line(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
