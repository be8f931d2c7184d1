"""Generated colors for any number of labels, to follow the colors that were chosen by hand."""

import colorsys
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import count
from typing import Final

LUMINANCES_ON_LIGHT: Final = (0.16, 0.06, 0.11)
LUMINANCES_ON_DARK: Final = (0.38, 0.65, 0.5)
"""Relative luminances (WCAG) of colors that are legible on white, and on near black."""

_GOLDEN_RATIO: Final = 0.618034
"""The share of the color circle between one color and the next, which spreads any number of colors evenly."""

_MIN_DISTANCE: Final = 60
"""The least distance in RGB to the colors to avoid."""


def generate_colors(avoided: Collection[str], luminances: Sequence[float]) -> Iterator[str]:
    """Yield distinct colors as ``#rrggbb``, without end and the same each time.

    Args:
        avoided: colors to stay away from.
        luminances: relative luminances, from 0 to 1, used in turn.
    """
    used: set[str] = set()
    for number in count():
        color = color_of_hue(number * _GOLDEN_RATIO % 1, luminances[number % len(luminances)])
        if color not in used and all(_rgb_distance(color, each) >= _MIN_DISTANCE for each in avoided):
            used.add(color)
            yield color


def relative_luminance(color: str) -> float:
    """Return the relative luminance of a color, from 0 (black) to 1 (white), as WCAG defines it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb_channels(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def color_of_hue(hue: float, wanted: float) -> str:
    """Return the color with a hue (0 to 1) and a relative luminance."""
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        red, green, blue = (round(255 * part) for part in colorsys.hls_to_rgb(hue, middle, 0.65))
        color = f"#{red:02x}{green:02x}{blue:02x}"
        low, high = (middle, high) if relative_luminance(color) < wanted else (low, middle)
    return color


def _rgb_distance(one: str, other: str) -> float:
    return sum((255 * (a - b)) ** 2 for a, b in zip(_rgb_channels(one), _rgb_channels(other), strict=True)) ** 0.5  # type: ignore[no-any-return]


def _rgb_channels(color: str) -> list[float]:
    return [int(part, 16) / 255 for part in re.findall("[0-9a-fA-F]{2}", color)]
