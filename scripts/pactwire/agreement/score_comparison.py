"""The difference between the scores of the same predictions against two versions, split into its parts.

A figure is N / D, as F1 is 2 · correct / (support + predicted), and what one place adds to N and D is known in both
versions. So the difference of the figures is a sum over places, ((n' - n) - F · (d' - d)) / D', in which F is the old
figure, D' the new denominator, n and d what the place adds in the old version, and n' and d' in the new one. Places
whose verdicts are equal add nothing. All is computed in fractions, so that the parts add up exactly.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from pactwire.agreement.score_counting import MISSING, Score, ScoredVerdict, count_verdict, label_text
from pactwire.agreement.score_figures import ScoreMeasure

_Key = tuple[Any, ...]


class ErrorCounts(NamedTuple):
    """Errors in the articles that both scores have.

    Between two versions, ``in_both`` are the model's: wrong against either; ``only_old`` and ``only_new`` come of
    corrections.
    """

    in_both: int
    only_old: int
    only_new: int


class VerdictChange(NamedTuple):
    """A place whose verdict changed.

    Values are None where there is nothing. ``part`` is what it adds to the difference of the figure of all labels;
    None where that is undefined. ``start`` and ``end`` are those of an error.
    """

    article: str
    measure: ScoreMeasure
    start: int
    end: int
    text: str
    old_predicted: str | None
    predicted: str | None
    old_gold: str | None
    new_gold: str | None
    old_verdict: str
    new_verdict: str
    part: Fraction | None


@dataclass(frozen=True)
class Difference:
    """The difference of a figure between two scores; ``label`` is empty for all labels together.

    ``shared`` is the part of articles that both have: of corrections, if the predictions are the same, or of the model,
    if the gold is. ``articles`` is that of articles that only one has. All are None where the figure is undefined in
    either score.
    """

    measure: ScoreMeasure
    label: str
    old: Fraction | None
    new: Fraction | None
    shared: Fraction | None
    articles: Fraction | None
    errors: ErrorCounts

    @property
    def difference(self) -> Fraction | None:
        """The new figure minus the old one: the sum of the parts."""
        return None if self.old is None or self.new is None else self.new - self.old


@dataclass(frozen=True)
class ScoreComparison:
    """All differences between two scores, and every place whose verdict changed.

    ``is_of_model`` says that the predictions are others and the gold is the same, rather than the other way round.
    """

    differences: list[Difference]
    changes: list[VerdictChange]
    is_of_model: bool = False


class TotalDifference(NamedTuple):
    """The difference of a figure over several steps, and its parts: by the model, by corrections, by other articles.

    All are None where the figure is undefined in any of the scores.
    """

    measure: ScoreMeasure
    label: str
    old: Fraction | None
    new: Fraction | None
    model: Fraction | None
    corrections: Fraction | None
    articles: Fraction | None

    @property
    def difference(self) -> Fraction | None:
        """The last figure minus the first: the sum of the parts."""
        return None if self.old is None or self.new is None else self.new - self.old


def total_differences(steps: Sequence[ScoreComparison]) -> Iterator[TotalDifference]:
    """Yield the difference from the first score to the last of each figure that all steps have."""
    by_figure = [{(each.measure, each.label): each for each in step.differences} for step in steps]
    for key in by_figure[-1]:
        found = [of_step[key] for of_step in by_figure if key in of_step]
        if len(found) < len(steps) or any(each.difference is None for each in found):
            yield TotalDifference(*key, None, None, None, None, None)
            continue
        shared = [each.shared or Fraction(0) for each in found]
        model, corrections = (
            sum((part for part, step in zip(shared, steps, strict=True) if step.is_of_model == wanted), Fraction(0))
            for wanted in (True, False)
        )
        articles = sum((each.articles or Fraction(0) for each in found), Fraction(0))
        yield TotalDifference(*key, found[0].old, found[-1].new, model, corrections, articles)


def compare_scores(old: Score, new: Score, is_of_model: bool = False) -> ScoreComparison:
    """Return the difference between two scores: of the same predictions, or against the same gold (``is_of_model``).

    Measures of characters, and those of rows by their scores, are not split.
    """
    shared = set(old.articles) & set(new.articles)
    differences: list[Difference] = []
    changes: list[VerdictChange] = []
    for measure in dict.fromkeys((*new.verdicts, *old.verdicts)):
        before, after = old.verdicts.get(measure, []), new.verdicts.get(measure, [])
        sides = [[each for each in side if each.article in shared] for side in (before, after)]
        for label in (None, *sorted({*old.labels.get(measure, ()), *new.labels.get(measure, ())})):
            differences.append(_difference(measure, label, before, after, sides))
        changes += _changes(measure, (sides[0], sides[1]), (before, after), is_of_model)
    return ScoreComparison(differences, changes, is_of_model)


def _units(measure: ScoreMeasure, scored: ScoredVerdict | None, label: str | None) -> tuple[int, int]:
    """Return what a verdict adds to numerator and denominator of the figure of a label, or of all."""
    if scored is None:
        return 0, 0
    support, predicted, correct = count_verdict(measure, scored.verdict)
    if label is not None:
        a, b = (_shown(each) == label for each in (scored.verdict.a, scored.verdict.b))
        support, predicted, correct = int(a), int(b), int(a and b)
    elif not measure.is_found:
        return correct, 1
    return 2 * correct, support + predicted


def _sum(measure: ScoreMeasure, verdicts: Iterable[ScoredVerdict], label: str | None) -> tuple[int, int]:
    units = [_units(measure, each, label) for each in verdicts]
    return sum(each[0] for each in units), sum(each[1] for each in units)


def _figure(measure: ScoreMeasure, verdicts: Iterable[ScoredVerdict], label: str | None) -> tuple[Fraction | None, int]:
    numerator, denominator = _sum(measure, verdicts, label)
    return (Fraction(numerator, denominator) if denominator else None), denominator


def _part(old: tuple[int, int], new: tuple[int, int], figure: Fraction, denominator: int) -> Fraction:
    return ((new[0] - old[0]) - figure * (new[1] - old[1])) / denominator


def _difference(
    measure: ScoreMeasure,
    label: str | None,
    before: Sequence[ScoredVerdict],
    after: Sequence[ScoredVerdict],
    shared: Sequence[Sequence[ScoredVerdict]],
) -> Difference:
    (old, _), (new, denominator) = (_figure(measure, side, label) for side in (before, after))
    errors = _error_counts(measure, label, *shared)
    if old is None or new is None:
        return Difference(measure, label or "", old, new, None, None, errors)
    own = [_sum(measure, side, label) for side in shared]
    everything = [_sum(measure, side, label) for side in (before, after)]
    rest = [(whole[0] - part[0], whole[1] - part[1]) for whole, part in zip(everything, own, strict=True)]
    of_shared, of_others = (_part(each[0], each[1], old, denominator) for each in (own, rest))
    return Difference(measure, label or "", old, new, of_shared, of_others, errors)


def _is_error(scored: ScoredVerdict, label: str | None) -> bool:
    a, b = scored.verdict.a, scored.verdict.b
    return bool(a != b) and (label is None or label in (_shown(a), _shown(b)))


def _error_counts(
    measure: ScoreMeasure, label: str | None, old: Iterable[ScoredVerdict], new: Iterable[ScoredVerdict]
) -> ErrorCounts:
    before, after = (Counter(_key(each) for each in side if _is_error(each, label)) for side in (old, new))
    return ErrorCounts((before & after).total(), (before - after).total(), (after - before).total())


def _key(scored: ScoredVerdict) -> _Key:
    return scored.article, *scored.verdict, scored.text


def _changes(
    measure: ScoreMeasure,
    shared: tuple[Sequence[ScoredVerdict], Sequence[ScoredVerdict]],
    everything: tuple[Sequence[ScoredVerdict], Sequence[ScoredVerdict]],
    is_of_model: bool,
) -> Iterator[VerdictChange]:
    """Yield the places whose verdict is another one, in the order of articles and places."""
    (figure, _), (_, denominator) = (_figure(measure, side, None) for side in everything)
    keys = (_gold_key, _predicted_key) if is_of_model else (_predicted_key, _gold_key)
    pairs = _pair_changes(_without_equal(*shared), _without_equal(*shared[::-1]), keys)
    for one, other in sorted(pairs, key=lambda pair: _place(pair[1] or pair[0])):
        units = _units(measure, one, None), _units(measure, other, None)
        part = None if figure is None or not denominator else _part(*units, figure, denominator)
        yield _change(measure, one, other, part)


def _without_equal(own: Iterable[ScoredVerdict], others: Iterable[ScoredVerdict]) -> list[ScoredVerdict]:
    """Return the verdicts that have no equal one on the other side."""
    left = Counter(map(_key, others))
    kept = []
    for each in own:
        key = _key(each)
        if left[key]:
            left[key] -= 1
        else:
            kept.append(each)
    return kept


_Pair = tuple[ScoredVerdict | None, ScoredVerdict | None]


def _pair_changes(
    old: Sequence[ScoredVerdict], new: Sequence[ScoredVerdict], keys: Sequence[Callable[[ScoredVerdict], _Key]]
) -> list[_Pair]:
    """Pair verdicts with the same first key, then those with the same second one; the others are alone."""
    pairs: list[_Pair] = []
    rest_old, rest_new = list(old), list(new)
    for key in keys:
        waiting: dict[_Key, list[ScoredVerdict]] = {}
        for each in rest_new:
            waiting.setdefault(key(each), []).append(each)
        kept = []
        for each in rest_old:
            same = waiting.get(key(each)) if None not in key(each)[1:2] else None
            if same:
                pairs.append((each, same.pop(0)))
            else:
                kept.append(each)
        rest_old, rest_new = kept, [each for group in waiting.values() for each in group]
    return [*pairs, *((each, None) for each in rest_old), *((None, each) for each in rest_new)]


def _predicted_key(scored: ScoredVerdict) -> _Key:
    verdict = scored.verdict
    return scored.article, verdict.b_span or (None if verdict.b is None else (0, 0)), _shown(verdict.b)


def _gold_key(scored: ScoredVerdict) -> _Key:
    return scored.article, scored.verdict.a_span or (None if scored.verdict.a is None else (0, 0))


def _place(scored: ScoredVerdict | None) -> tuple[str, tuple[int, int], str]:
    assert scored
    return scored.article, scored.verdict.span, scored.text


def _shown(value: Any) -> str | None:
    return None if value is None or value is MISSING else label_text(value)


def _verdict_word(scored: ScoredVerdict | None) -> str:
    if scored is None:
        return "none"
    a, b = scored.verdict.a, scored.verdict.b
    if a == b:
        return "correct"
    return "missed" if b is None or b is MISSING else "spurious" if a is None else "wrong"


def _change(
    measure: ScoreMeasure, old: ScoredVerdict | None, new: ScoredVerdict | None, part: Fraction | None
) -> VerdictChange:
    either = new or old
    assert either
    start, end = either.verdict.span
    before, predicted = (_shown(each.verdict.b) if each else None for each in (old, new))
    return VerdictChange(
        either.article, measure, start, end, either.text, before, predicted,
        _shown(old.verdict.a) if old else None, _shown(new.verdict.a) if new else None,
        _verdict_word(old), _verdict_word(new), part,
    )  # fmt: skip
