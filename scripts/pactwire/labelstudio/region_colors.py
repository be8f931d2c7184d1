"""Colors of region labels: as many as the page can tell apart, on its light and on its dark background.

The page lays a label's color over the background at 30 percent, and at 80 percent while the region is selected. The
distance between two colors is measured as they are seen then, in OKLab.
"""

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import cycle, product
from typing import Final

from pactwire.card.palette import color_of_hue

BACKGROUNDS: Final = ("#ffffff", "#262522")
"""The page's backgrounds, light and dark."""
OPACITY: Final = 0.3
MAX_DISTINCT: Final = 30
"""The number of colors that differ. With more labels they are used again, and each region shows the label's name."""

_CHOSEN: Final = {
    "classes": ("#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#8C510A"),
    "sentences": ("#BBBBBB",),
    "parts": ("#F0E442",),
    "spans": ("#CC79A7",),
    "zones": (
        "#0072B2", "#56B4E9", "#009E73", "#CCDDAA", "#E69F00", "#D55E00", "#CC79A7",
        "#8C510A", "#F0E442", "#7B3294", "#AA4466", "#333333", "#BBBBBB", "#777777",
    ),
}  # fmt: skip
"""Colors by what they mark, in order, starting with those of Okabe and Ito for color-blind people.

A layer whose rows are sentences is gray, since it covers most of a text and names must stand out on it.
"""
_LUMINANCES: Final = (0.05, 0.12, 0.2, 0.3, 0.45, 0.6, 0.8)
_HUES: Final = 36


def region_colors(uses: Sequence[str]) -> list[str]:
    """Return a color for each region label, different ones as long as there are any.

    Args:
        uses: What each label marks: ``classes``, ``sentences``, ``parts``, ``spans`` or ``zones``.
    """
    left = {use: list(chosen) for use, chosen in _CHOSEN.items()}
    fixed = [left[use].pop(0) if left[use] else "" for use in uses]
    chosen = tuple(color for color in fixed if color)
    more = cycle((*_further_colors(chosen, min(len(uses), MAX_DISTINCT)), *chosen))
    return [color or next(more) for color in fixed]


def seen_distance(one: str, other: str) -> float:
    """Return the distance of two colors as the page shows them, in OKLab, on the background where it is less."""
    return min(math.dist(first, second) for first, second in zip(_seen_colors(one), _seen_colors(other), strict=True))


@cache
def _further_colors(chosen: tuple[str, ...], number: int) -> tuple[str, ...]:
    """Return colors that bring chosen ones to a number, each as far as possible from all before it."""
    candidates = {
        color: min((seen_distance(color, each) for each in chosen), default=1.0)
        for color in (color_of_hue(hue / _HUES, light) for hue, light in product(range(_HUES), _LUMINANCES))
    }
    found: list[str] = []
    while len(chosen) + len(found) < number:
        best = max(candidates, key=lambda color: candidates[color])
        found.append(best)
        candidates = {color: min(far, seen_distance(color, best)) for color, far in candidates.items()}
    return tuple(found)


@cache
def _seen_colors(color: str) -> tuple[tuple[float, ...], ...]:
    """Return a color in OKLab as it is seen on each background."""
    return tuple(
        _oklab(OPACITY * top + (1 - OPACITY) * below for top, below in zip(_rgb(color), _rgb(background), strict=True))
        for background in BACKGROUNDS
    )


def _rgb(color: str) -> list[float]:
    return [int(part, 16) / 255 for part in re.findall("[0-9a-fA-F]{2}", color)]


def _oklab(channels: Iterable[float]) -> tuple[float, ...]:
    """Return a color in OKLab (Ottosson 2020), from sRGB."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )
