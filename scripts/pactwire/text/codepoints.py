"""Arrays of the code points of a text, and tables of the character classes of all code points.

Looking up all code points of a text at once costs far less than a regular expression that searches from word to word.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import regex

CodePoints = npt.NDArray[np.uint32]

CODEPOINT_COUNT: Final = 0x110000


def from_text(text: str) -> CodePoints:
    """Return the code points of a text, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def first_codepoints(count: int) -> str:
    """Return the first ``count`` code points of Unicode as a text, surrogates included."""
    return np.arange(count, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")


def class_table(patterns: Mapping[int, str], count: int = CODEPOINT_COUNT) -> npt.NDArray[np.uint8]:
    """Return the classes of each of the first ``count`` code points, as a sum of flags.

    Args:
        patterns: A regular expression for each flag, which is a power of two. It must match single code points, or
            any run of code points that it matches singly.
        count: How many code points the table has.
    """
    everything = first_codepoints(count)
    classes = np.zeros(count, np.uint8)
    for flag, pattern in patterns.items():
        for match in regex.finditer(pattern, everything, regex.VERSION1):
            classes[match.start() : match.end()] |= flag
    return classes
