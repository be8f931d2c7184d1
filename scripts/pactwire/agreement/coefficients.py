"""F1, plain agreement and Krippendorff's alpha with bootstrap intervals, computed from counts by line.

Alpha follows Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C: nominal data, any number of
annotators, missing values. A figure with nothing to count is undefined, never 0 or 1.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from pactwire.agreement.document_pairs import LineKey

RESAMPLES: Final = 1000
SEED: Final = 20111
PERCENTILES: Final = (2.5, 97.5)
NO_ITEMS: Final = "no items"
ONE_VALUE: Final = "all items have one value"

Figure = Literal["F1", "agreement", "alpha"]
FloatArray = npt.NDArray[np.float64]


@dataclass
class Tally:
    """The counts behind one figure; ``a``, ``b`` and ``matched`` count the items of either side and of both.

    ``shares`` holds a numerator and a denominator for each line: F1 is 2 · matched / (a + b), agreement
    is equal / compared. ``units`` holds the values that several annotators gave to one item (alpha).
    """

    figure: Figure
    a: int = 0
    b: int = 0
    matched: int = 0
    shares: dict[LineKey, list[int]] = field(default_factory=dict)
    units: list[tuple[LineKey, tuple[str, ...]]] = field(default_factory=list)

    def count(self, line: LineKey, a: int = 0, b: int = 0, matched: int = 0) -> None:
        """Count items of either side and of both (F1)."""
        self.a, self.b, self.matched = self.a + a, self.b + b, self.matched + matched
        self._add_share(line, 2 * matched, a + b)

    def count_presence(self, line: LineKey, a: bool, b: bool) -> None:
        """Count one item that either side may have or lack (F1)."""
        self.count(line, int(a), int(b), int(a and b))

    def compare(self, line: LineKey, a: Any, b: Any) -> None:
        """Count an item that both have: as equal or not (agreement), or as a unit with two values (alpha)."""
        self.a, self.b, self.matched = self.a + 1, self.b + 1, self.matched + 1
        if self.figure == "alpha":
            self.units.append((line, (str(a), str(b))))
        else:
            self._add_share(line, int(a == b), 1)

    def _add_share(self, line: LineKey, numerator: int, denominator: int) -> None:
        share = self.shares.setdefault(line, [0, 0])
        share[0] += numerator
        share[1] += denominator

    @property
    def why_undefined(self) -> str | None:
        """The reason why the figure is undefined, or None where it is defined."""
        if self.figure != "alpha":
            return None if any(share[1] for share in self.shares.values()) else NO_ITEMS
        values = {value for _, unit in self.units if len(unit) > 1 for value in unit}
        return None if len(values) > 1 else ONE_VALUE if values else NO_ITEMS

    def value(self) -> float | None:
        """Return the figure, or None where it is undefined."""
        if self.why_undefined:
            return None
        if self.figure == "alpha":
            return krippendorff_alpha([unit for _, unit in self.units])
        shares = self.shares.values()
        return sum(share[0] for share in shares) / sum(share[1] for share in shares)

    def resampled(self, weights: FloatArray, lines: dict[LineKey, int]) -> FloatArray:
        """Return the figure for each row of ``weights`` (how often each line is drawn); nan where undefined."""
        if self.figure == "alpha":
            return _resampled_alpha(self.units, weights, lines)
        columns = weights[:, [lines[line] for line in self.shares]]
        numerators, denominators = np.array(list(self.shares.values()), dtype=float).reshape(-1, 2).T
        return divide(columns @ numerators, columns @ denominators)


def krippendorff_alpha(units: Iterable[Sequence[str]]) -> float:
    """Return Krippendorff's alpha for nominal data; each unit holds the values that it was given.

    Units with fewer than two values do not count. The others must hold two different values or more.
    """
    line = "", 0
    everything = [(line, tuple(unit)) for unit in units]
    return float(_resampled_alpha(everything, np.ones((1, 1)), {line: 0})[0])


def _resampled_alpha(
    units: list[tuple[LineKey, tuple[str, ...]]], weights: FloatArray, lines: dict[LineKey, int]
) -> FloatArray:
    """Return alpha for each row of weights, computed from the sums of coincidences by line."""
    values = {value: index for index, value in enumerate(sorted({value for _, unit in units for value in unit}))}
    columns = {line: index for index, line in enumerate(dict.fromkeys(line for line, _ in units))}
    coincidences = np.zeros((len(columns), len(values), len(values)))
    for line, unit in units:
        for one, other in permutations(unit, 2):
            coincidences[columns[line], values[one], values[other]] += 1 / (len(unit) - 1)
    drawn = weights[:, [lines[line] for line in columns]]
    totals = np.tensordot(drawn, coincidences, axes=1)
    by_value = totals.sum(axis=2)
    everything = by_value.sum(axis=1)
    observed = everything - np.trace(totals, axis1=1, axis2=2)
    expected = divide(everything**2 - (by_value**2).sum(axis=1), everything - 1)
    return 1 - divide(observed, expected)


def divide(numerators: FloatArray, denominators: FloatArray) -> FloatArray:
    """Return quotients; nan where a denominator is not above 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominators > 0, numerators / denominators, np.nan)


def draw_units(units: int) -> FloatArray:
    """Return how often each unit, a line or an article, is drawn in RESAMPLES samples: an array of (sample, unit).

    A sample has as many units as there are, drawn with replacement.
    """
    if not units:
        return np.zeros((RESAMPLES, 0))
    return np.random.default_rng(SEED).multinomial(units, [1 / units] * units, RESAMPLES).astype(float)


def percentile_interval(samples: FloatArray) -> tuple[float, float] | None:
    """Return the 95 % percentile interval over the samples in which the figure is defined; None if it never is."""
    defined = samples[~np.isnan(samples)]
    if not len(defined):
        return None
    low, high = np.percentile(defined, PERCENTILES)
    return float(low), float(high)
