"""Precision, recall, F1, accuracy and correlation of predictions, with bootstrap intervals over articles.

A figure with nothing to count is None, never 0 or 1. Intervals are 95 % percentile bootstrap intervals, as those of
agreement, but what is drawn is articles: a model is scored for articles that it has not seen.

Matthews correlation is Gorodkin's for several classes, "Comparing two K-category assignments by a K-category
correlation coefficient" (2004); a row without prediction is of a class of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

from pactwire.agreement import coefficients
from pactwire.agreement.coefficients import FloatArray, divide

DIGITS: Final = 6
MICRO: Final = ""
MACRO: Final = "macro"
NOTHING: Final = "nothing to find and nothing predicted"
NOT_PREDICTED: Final = "nothing predicted"
NOT_THERE: Final = "nothing to find"
ONE_VALUE: Final = "all rows have one value"


class ScoreMeasure(NamedTuple):
    """What is counted: a layer or a config, the name of the measure, and whether labels are found or compared.

    ``is_found`` is true where labels are to be found (F1), false where both sides have them (accuracy). ``is_rows`` is
    true for the rows of a config, each of which has one label.
    """

    layer: str
    name: str
    is_found: bool
    is_rows: bool = False


class ScoreRow(TypedDict):
    """One figure with its interval, ``low`` to ``high``, which is None for one article alone.

    ``label`` is set where the figure is of that label alone; ``average`` is ``macro`` for the mean over labels.
    ``support`` counts what there is to find, ``predicted`` what was predicted, ``correct`` what is both. ``why`` gives
    the reason where ``value`` is None.
    """

    layer: str
    measure: str
    label: str
    average: str
    figure: str
    value: float | None
    low: float | None
    high: float | None
    support: int
    predicted: int
    correct: int
    why: str | None


class LabelCounts:
    """The counts of one measure, for all labels together and for each: support, predicted and correct by article."""

    def __init__(self, articles: int) -> None:
        self._articles = articles
        self.of_all = np.zeros((articles, 3))
        self.of_labels: dict[str, FloatArray] = {}

    def of_label(self, label: str) -> FloatArray:
        """Return the counts of a label, to add to: an array of (article, [support, predicted, correct])."""
        if label not in self.of_labels:
            self.of_labels[label] = np.zeros((self._articles, 3))
        return self.of_labels[label]


BoolArray = npt.NDArray[np.bool_]

_Figure = Callable[[FloatArray], FloatArray]
"""A figure of counts, whose last axis is support, predicted and correct; nan where it is undefined."""


def _precision(counts: FloatArray) -> FloatArray:
    return divide(counts[..., 2], counts[..., 1])


def _recall(counts: FloatArray) -> FloatArray:
    return divide(counts[..., 2], counts[..., 0])


def _f1(counts: FloatArray) -> FloatArray:
    return divide(2 * counts[..., 2], counts[..., 0] + counts[..., 1])


_FIGURES: Final[dict[str, tuple[_Figure, str]]] = {
    "precision": (_precision, NOT_PREDICTED), "recall": (_recall, NOT_THERE), "F1": (_f1, NOTHING),
}  # fmt: skip
"""The figures of what is to be found, each with the reason where it alone is undefined."""


def _macro(figure: _Figure) -> _Figure:
    """Return the mean of a figure over labels, the first axis, that are in the gold or the predictions.

    Where only one of precision and recall is defined, the other is 0 in the mean, as in scikit-learn and seqeval.
    """

    def mean(counts: FloatArray) -> FloatArray:
        is_there = counts[..., 0] + counts[..., 1] > 0
        return divide(np.where(is_there, np.nan_to_num(figure(counts)), 0).sum(axis=0), is_there.sum(axis=0))

    return mean


def _correlation(counts: FloatArray) -> FloatArray:
    """Return Matthews correlation from the counts of all rows, first on the first axis, and of each label behind."""
    rows, support, predicted = counts[0, ..., 0], counts[1:, ..., 0], counts[1:, ..., 1]
    missing = rows - predicted.sum(axis=0)
    covariance = counts[0, ..., 2] * rows - (support * predicted).sum(axis=0)
    spreads = rows**2 - (support**2).sum(axis=0), rows**2 - (predicted**2).sum(axis=0) - missing**2
    return np.asarray(divide(covariance, np.sqrt(spreads[0] * spreads[1])))


def score_rows(measure: ScoreMeasure, counts: LabelCounts, weights: FloatArray) -> Iterator[ScoreRow]:
    """Yield the figures of a measure: of all labels, the mean over labels, and those of each label, sorted by name.

    Args:
        measure: What is counted.
        counts: Its counts.
        weights: How often each article is drawn, as an array of (sample, article).
    """
    labels = [counts.of_labels[label] for label in sorted(counts.of_labels)]
    if measure.is_found:
        for name, (figure, reason) in _FIGURES.items():
            yield _row(measure, name, figure, [counts.of_all], weights, reason)
    else:
        yield _row(measure, "accuracy", _recall, [counts.of_all], weights, NOT_THERE)
    if measure.is_rows:
        yield _row(measure, "correlation", _correlation, [counts.of_all, *labels], weights, ONE_VALUE)
    if labels:
        for name, (figure, _) in _FIGURES.items():
            yield _row(measure, name, _macro(figure), labels, weights, NOTHING, average=MACRO)
    for label in sorted(counts.of_labels):
        for name, (figure, reason) in _FIGURES.items():
            yield _row(measure, name, figure, [counts.of_labels[label]], weights, reason, label)


def _row(
    measure: ScoreMeasure,
    name: str,
    figure: _Figure,
    parts: Sequence[FloatArray],
    weights: FloatArray,
    reason: str,
    label: str = "",
    average: str = MICRO,
) -> ScoreRow:
    """Return a figure of one array of counts, or of several as the first axis."""
    counts = np.stack(parts) if len(parts) > 1 or average or name == "correlation" else parts[0]
    value = float(figure(counts.sum(axis=-2)))
    low, high = _interval(figure(weights @ counts)) if weights.shape[1] > 1 else (None, None)
    support, predicted, correct = (counts[0] if name == "correlation" else counts).reshape(-1, 3).sum(axis=0)
    if np.isnan(value) and not support + predicted:
        reason = NOTHING
    return ScoreRow(
        layer=measure.layer, measure=measure.name, label=label, average=average, figure=name,
        value=None if np.isnan(value) else round(value, DIGITS), low=low, high=high,
        support=int(support), predicted=int(predicted), correct=int(correct),
        why=reason if np.isnan(value) else None,
    )  # fmt: skip


def _interval(samples: FloatArray) -> tuple[float | None, float | None]:
    ends = coefficients.percentile_interval(samples)
    return (round(ends[0], DIGITS), round(ends[1], DIGITS)) if ends else (None, None)


def average_precision_row(
    measure: ScoreMeasure, labels: Sequence[bool], scores: Sequence[float], articles: Sequence[int], weights: FloatArray
) -> ScoreRow:
    """Return the average precision of rows; ``articles`` are the numbers of those that the rows are drawn with."""
    positives, ranks = np.asarray(labels, bool), np.asarray(scores, float)
    value = average_precision(positives, ranks, np.ones(len(ranks)))
    low, high = None, None
    if weights.shape[1] > 1:
        drawn = weights[:, np.asarray(articles, int)]
        low, high = _interval(np.array([average_precision(positives, ranks, each) for each in drawn]))
    predicted = int(np.isfinite(ranks).sum())
    return ScoreRow(
        layer=measure.layer, measure=measure.name, label="", average=MICRO, figure="average precision",
        value=None if np.isnan(value) else round(value, DIGITS), low=low, high=high,
        support=int(positives.sum()), predicted=predicted, correct=int(positives[np.isfinite(ranks)].sum()),
        why=NOT_THERE if np.isnan(value) else None,
    )  # fmt: skip


def average_precision(labels: BoolArray, scores: FloatArray, weights: FloatArray) -> float:
    """Return the average precision of scores: the mean of the precision at each positive, by falling score.

    Items with one score are taken together, so their order does not matter (the definition of scikit-learn). A positive
    without a score, which is minus infinity, is never found. Returns nan without a positive.

    Args:
        labels: Which items are positive.
        scores: The score of each item.
        weights: How often each item counts.
    """
    order = np.argsort(-scores, kind="stable")
    ranked, counted, positive = scores[order], weights[order], (weights * labels)[order]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1) if len(ranked) else np.zeros(0, int)
    last = last[np.isfinite(ranked[last])]
    found, all_found = np.cumsum(positive)[last], np.cumsum(counted)[last]
    precision = np.nan_to_num(divide(found, all_found))
    return float(divide(np.asarray((np.diff(found, prepend=0) * precision).sum()), np.asarray(positive.sum())))
