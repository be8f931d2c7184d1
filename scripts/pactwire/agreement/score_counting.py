"""Counts behind scores: verdicts by measure, article and label, and the errors that they show."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypedDict

from pactwire.agreement import coefficients, score_figures
from pactwire.agreement.score_figures import LabelCounts, ScoreMeasure, ScoreRow
from pactwire.agreement.verdicts import Verdict

ROW_LABEL: Final = "label"
"""The measure of rows with one label each."""
MISSING: Final = object()
"""What a label of a whole article is compared with where the prediction is missing; equal to no value."""


class ScoreError(TypedDict):
    """An error: what is there in the gold and in the predictions; None where there is nothing.

    ``start`` and ``end`` are code points of the source text; for a row of a config, whose id is ``row``, of ``text`` in
    config ``articles``. Both are 0 for a whole article.
    """

    article: str
    layer: str
    field: str
    start: int
    end: int
    text: str
    gold: str | None
    predicted: str | None
    row: str


class ScoredVerdict(NamedTuple):
    """A verdict with its article, its row if it is of one, and its words."""

    article: str
    verdict: Verdict
    row: str = ""
    text: str = ""


@dataclass
class Score:
    """The figures of predictions, their errors, and the verdicts behind both, by measure.

    ``labels`` are those that a measure has figures of, sorted.
    """

    articles: list[str]
    rows: list[ScoreRow]
    errors: list[ScoreError]
    verdicts: dict[ScoreMeasure, list[ScoredVerdict]] = field(default_factory=dict)
    labels: dict[ScoreMeasure, list[str]] = field(default_factory=dict)


class Counting:
    """Counts verdicts by measure and article."""

    def __init__(self, articles: Sequence[str]) -> None:
        self.numbers = {article: number for number, article in enumerate(articles)}
        self.counts: dict[ScoreMeasure, LabelCounts] = {}
        self.verdicts: dict[ScoreMeasure, list[ScoredVerdict]] = {}

    def of(self, measure: ScoreMeasure) -> LabelCounts:
        """Return the counts of a measure, to add to."""
        if measure not in self.counts:
            self.counts[measure] = LabelCounts(len(self.numbers))
        return self.counts[measure]

    @property
    def labels(self) -> dict[ScoreMeasure, list[str]]:
        """The labels that were counted, by measure."""
        return {measure: sorted(counts.of_labels) for measure, counts in self.counts.items()}

    def add(self, measure: ScoreMeasure, scored: ScoredVerdict, labels: Iterable[Any]) -> None:
        """Count a verdict, also under labels that either side has."""
        counts, number = self.of(measure), self.numbers[scored.article]
        a, b = scored.verdict.a, scored.verdict.b
        counts.of_all[number] += count_verdict(measure, scored.verdict)
        for label in labels:
            counts.of_label(label_text(label))[number] += (a == label, b == label, a == b)
        self.verdicts.setdefault(measure, []).append(scored)

    def rows(self, measures: Iterable[ScoreMeasure]) -> Iterator[ScoreRow]:
        """Yield the figures of measures, in order; those without anything to count are None."""
        weights = coefficients.draw_units(len(self.numbers))
        for measure in measures:
            yield from score_figures.score_rows(measure, self.of(measure), weights)


def count_verdict(measure: ScoreMeasure, verdict: Verdict) -> tuple[int, int, int]:
    """Return what a verdict adds to support, predicted and correct, of all labels."""
    a, b = verdict.a, verdict.b
    if measure.is_found:
        return int(a is not None), int(b is not None), int(a is not None and a == b)
    return 1, int(b is not MISSING if not measure.is_rows else b is not None), int(a == b)


def label_text(value: Any) -> str:
    """Return a label as figures name it: flags as in JSON."""
    return str(value).lower() if isinstance(value, bool) else str(value)
