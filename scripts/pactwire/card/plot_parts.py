"""What plots have in common: what a plot is, and the names and counts that it has room for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

ROW_HEIGHT: Final = 19
"""Pixels."""

OTHERS_NAME: Final = "others"


class Plot(NamedTuple):
    """A plot: its path beside the page that shows it, its title, its description in words, and the SVG."""

    file: str
    title: str
    about: str
    svg: str


def most_frequent(totals: Mapping[str, int], limit: int, parties: Sequence[str] = ()) -> list[str]:
    """Return the most frequent names, ties by name, ``parties`` last; beyond ``limit``, the last is OTHERS_NAME."""
    ordered = sorted(totals, key=lambda name: (-totals[name], name in parties, name))
    return ordered if len(ordered) <= limit else [*ordered[: limit - 1], OTHERS_NAME]


def headings(shown: Sequence[str], totals: Mapping[str, int]) -> list[str]:
    """Return what is shown, and how many stand for the rest."""
    return [f"{len(totals) - len(shown) + 1} {OTHERS_NAME}" if name == OTHERS_NAME else name for name in shown]


def sum_counts(all_counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    """Return the sum of several counts, by name."""
    total: Counter[str] = Counter()
    for counts in all_counts:
        total.update(counts)
    return total


def position(shown: Sequence[str], name: str) -> int:
    """Return the place of a name among those that are shown; that of the rest, the last, for any other."""
    return shown.index(name) if name in shown else len(shown) - 1


def shorten(text: str, limit: int) -> str:
    """Return a text of at most ``limit`` characters, the last an ellipsis where some were cut off."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
