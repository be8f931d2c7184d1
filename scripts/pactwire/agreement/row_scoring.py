"""Scores of rows with one label each, such as sentences or pairs, which are compared as they are."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from pactwire.agreement import coefficients, score_figures
from pactwire.agreement.score_counting import ROW_LABEL, Counting, Score, ScoredVerdict, ScoreError
from pactwire.agreement.score_figures import ScoreMeasure, ScoreRow
from pactwire.agreement.verdicts import Verdict

RANKING: Final = "score"
"""The measure of rows by the score that predictions give them."""


class RowVerdict(NamedTuple):
    """A row of a config: its gold label, the predicted one or None, and the score that ranks it, if there is one.

    ``span`` is the row's place in the content text.
    """

    article: str
    row: str
    span: tuple[int, int]
    text: str
    gold: str
    predicted: str | None
    score: float | None


def score_rows(
    config: str, rows: Sequence[RowVerdict], nothing: str | None, positives: frozenset[str], has_labels: bool = True
) -> Score:
    """Return the score of predicted labels of the rows of a config.

    Args:
        config: The config.
        rows: Its rows, one for each gold row.
        nothing: The label that says that there is nothing, as ``none`` of candidates; what else there is, is to be
            found. None if there is no such label.
        positives: The labels that a score ranks first; empty where scores rank nothing.
        has_labels: Whether labels are predicted, rather than scores alone.
    """
    articles = list(dict.fromkeys(row.article for row in rows))
    counting = Counting(articles)
    measure = ScoreMeasure(config, ROW_LABEL, is_found=False, is_rows=True)
    found = ScoreMeasure(config, "relations", is_found=True)
    for row in rows if has_labels else ():
        verdict = Verdict(row.gold, row.predicted, row.span, row.span if row.predicted is not None else None)
        counting.add(
            measure, ScoredVerdict(row.article, verdict, row.row, row.text), {row.gold, row.predicted} - {None}
        )
        sides = [None if each == nothing else each for each in (row.gold, row.predicted)]
        if nothing is not None and any(side is not None for side in sides):
            related = verdict._replace(a=sides[0], b=sides[1])
            counting.add(found, ScoredVerdict(row.article, related, row.row, row.text), ())
    figures = list(counting.rows([measure, *([found] if nothing is not None else [])] if has_labels else []))
    if positives and any(row.score is not None for row in rows):
        figures.append(_ranking_row(config, rows, positives, counting.numbers))
    errors = [_row_error(config, row) for row in rows if has_labels and row.gold != row.predicted]
    return Score(articles, figures, errors, counting.verdicts, counting.labels)


def _ranking_row(
    config: str, rows: Sequence[RowVerdict], positives: frozenset[str], numbers: Mapping[str, int]
) -> ScoreRow:
    return score_figures.average_precision_row(
        ScoreMeasure(config, RANKING, is_found=True),
        [row.gold in positives for row in rows],
        [float("-inf") if row.score is None else row.score for row in rows],
        [numbers[row.article] for row in rows],
        coefficients.draw_units(len(numbers)),
    )


def _row_error(config: str, row: RowVerdict) -> ScoreError:
    return ScoreError(
        article=row.article, layer=config, field=ROW_LABEL, start=row.span[0], end=row.span[1], text=row.text,
        gold=row.gold, predicted=row.predicted, row=row.row,
    )  # fmt: skip
