"""What plots have in common: what a plot is, and the names and counts that it has room for."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Final, NamedTuple

ROW_HEIGHT: Final = 19
"""Pixels."""

LABEL_GAP: Final = 12
"""Pixels between the name of a row and its marks, and to the edge."""

_PIXELS, _WIDE_PIXELS = 6.6, 12.0
"""The width of a character of 12 pixels, in fonts that are rather wide: of most scripts, and of Chinese or Korean."""

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


def text_width(text: str) -> float:
    """Return the width that a text of 12 pixels may have, in pixels, whatever the font of the machine is."""
    return sum(_WIDE_PIXELS if unicodedata.east_asian_width(each) in "WF" else _PIXELS for each in text)


def fit(text: str, width: float) -> str:
    """Return a text of at most this width in pixels, the last character an ellipsis where some were cut off."""
    if text_width(text) <= width:
        return text
    while text and text_width(text) + _PIXELS > width:
        text = text[:-1]
    return text.rstrip() + "…"


def room(names: Iterable[str], least: int, most: int) -> int:
    """Return how many pixels the names of rows need at the left of a plot, at least and at most so many."""
    widest = max(map(text_width, names), default=0)
    return min(max(least, ceil(widest) + 2 * LABEL_GAP), most)
