"""Tokens of a text with their spans. All offsets are code points, half-open."""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from pactwire.model.records import Span
from pactwire.text import codepoints
from pactwire.text.codepoints import CodePoints

IntArray = npt.NDArray[np.int64]

CYRILLIC: Final = r"[\w&&\p{Cyrillic}--\p{M}]"
"""A Cyrillic letter."""
TOKEN: Final = rf"\w+(?:(?<={CYRILLIC}\p{{M}}*)['’](?={CYRILLIC})\w+)*|[^\w\s]\p{{M}}*"
r"""A token: a word, or any other character with the combining marks on it.

A word includes its combining marks, which ``\w`` matches, and apostrophes between Cyrillic letters (об’єднувати).
Hyphens and Latin apostrophes separate words, since names start after them (L'OTAN, nord-coréen).
"""

_SPACE, _WORD, _MARK, _CYRILLIC, _APOSTROPHE = 1, 2, 4, 8, 16
_CLASS_PATTERNS: Final = {
    _SPACE: r"\s+",
    _WORD: r"\w+",
    _MARK: r"\p{M}+",
    _CYRILLIC: rf"{CYRILLIC}+",
    _APOSTROPHE: "['’]",
}


@cache
def _class_table() -> npt.NDArray[np.uint8]:
    return codepoints.class_table(_CLASS_PATTERNS)


def tokenize(text: str) -> list[Span]:
    """Return the tokens of a text in order; together they cover everything but white space."""
    bounds = zip(*(offsets.tolist() for offsets in token_bounds(codepoints.from_text(text))), strict=True)
    return [{"start": start, "end": end, "text": text[start:end]} for start, end in bounds]


def token_bounds(points: CodePoints) -> tuple[IntArray, IntArray]:
    """Return the starts and the ends of the tokens of a text, in order.

    They are the matches of the regular expression TOKEN, found for the whole text at once: searching from token to
    token would take most of the time of a build.
    """
    classes = _class_table().take(points)
    space, word, mark = (classes & flag > 0 for flag in (_SPACE, _WORD, _MARK))
    symbol = ~(space | word)
    base: IntArray = np.arange(len(classes))  # the character that a mark is on
    if mark.any():
        base = np.maximum.accumulate(np.where(mark, 0, base))
        word &= ~(mark & symbol[base])
    inside = np.flatnonzero(classes[1:-1] & _APOSTROPHE) + 1
    cyrillic = classes & _CYRILLIC > 0
    word[inside[word[inside - 1] & cyrillic[base[inside - 1]] & cyrillic[inside + 1]]] = True
    begins = (symbol & ~word) | (word & ~np.concatenate([[False], word[:-1]]))
    ends = ~space & np.concatenate([(begins | space)[1:], [True]])
    return np.flatnonzero(begins), np.flatnonzero(ends) + 1
