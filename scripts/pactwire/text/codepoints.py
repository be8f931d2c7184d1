"""Texts to arrays of code points, and regular expressions to tables of what each code point is.

A look into a table for all code points of a text at once costs far less than a search from word to word.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import regex

CodePoints = npt.NDArray[np.uint32]

CODEPOINT_COUNT: Final = 0x110000


def from_text(text: str) -> CodePoints:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def first_codepoints(count: int) -> str:
    """Return the first ``count`` code points of Unicode, surrogates among them, as a text."""
    return np.arange(count, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")


def class_table(patterns: Mapping[int, str], count: int = CODEPOINT_COUNT) -> npt.NDArray[np.uint8]:
    """Return, for each of the first ``count`` code points, the sum of the numbers whose patterns match it.

    The numbers are powers of two; the patterns match one code point, or any number of them one by one.
    """
    everything = first_codepoints(count)
    found = np.zeros(count, np.uint8)
    for number, pattern in patterns.items():
        for each in regex.finditer(pattern, everything, regex.VERSION1):
            found[each.start() : each.end()] |= number
    return found
