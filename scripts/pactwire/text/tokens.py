"""Text to tokens and sentences, each with its span; all offsets are code points, half-open."""

from functools import cache
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import sentencex

from pactwire.model.records import Span
from pactwire.text import codepoints
from pactwire.text.codepoints import CodePoints

IntArray = npt.NDArray[np.int64]

CYRILLIC: Final = r"[\w&&\p{Cyrillic}--\p{M}]"
"""A Cyrillic letter."""
TOKEN: Final = rf"\w+(?:(?<={CYRILLIC}\p{{M}}*)['’](?={CYRILLIC})\w+)*|[^\w\s]\p{{M}}*"
r"""What a token is: a word, or another sign with the marks on it.

Words have their combining marks, which are in ``\w``, and apostrophes inside Cyrillic words (об’єднувати). Hyphens
and Latin apostrophes part words, since names start behind them (L'OTAN, nord-coréen).
"""

_TO_SPACE: Final = str.maketrans(dict.fromkeys("\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000", " "))
_TO_SPACE.update(dict.fromkeys(range(0x2000, 0x200B), " "))
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
    """Return the tokens of a text in order; together they hold all but white space."""
    bounds = zip(*(places.tolist() for places in token_bounds(codepoints.from_text(text))), strict=True)
    return [{"start": start, "end": end, "text": text[start:end]} for start, end in bounds]


def token_bounds(points: CodePoints) -> tuple[IntArray, IntArray]:
    """Return the starts and the ends of the tokens of a text's code points, in order.

    They are those that the regular expression TOKEN finds, looked for everywhere at once: a search from
    token to token would take most of the time of a build.
    """
    kinds = _class_table().take(points)
    space, word, mark = (kinds & kind > 0 for kind in (_SPACE, _WORD, _MARK))
    sign = ~(space | word)
    base: IntArray = np.arange(len(kinds))  # of a mark, what it is on
    if mark.any():
        base = np.maximum.accumulate(np.where(mark, 0, base))
        word &= ~(mark & sign[base])
    inside = np.flatnonzero(kinds[1:-1] & _APOSTROPHE) + 1
    cyrillic = kinds & _CYRILLIC > 0
    word[inside[word[inside - 1] & cyrillic[base[inside - 1]] & cyrillic[inside + 1]]] = True
    begins = (sign & ~word) | (word & ~np.concatenate([[False], word[:-1]]))
    ends = ~space & np.concatenate([(begins | space)[1:], [True]])
    return np.flatnonzero(begins), np.flatnonzero(ends) + 1


def sentence_spans(text: str, language: str) -> list[tuple[int, int]]:
    """Return the spans of a line's sentences in order, without white space at their edges.

    Languages that sentencex doesn't know get its fallback. A text that it doesn't give back whole
    is one sentence.
    """
    parts = _sentence_parts(text, language)
    spans = []
    position = 0
    for part in parts:
        start = position + len(part) - len(part.lstrip())
        end = position + len(part.rstrip())
        position += len(part)
        if start < end:
            spans.append((start, end))
    return spans


def _sentence_parts(text: str, language: str) -> list[str]:
    """Return a text cut into sentences; a text that can be cut neither way is one."""
    parts = _segment(text, language)
    if parts is None:  # with plain blanks it is cut in most cases
        ends = list(accumulate(map(len, _segment(text.translate(_TO_SPACE), language) or [text]), initial=0))
        parts = [text[start:end] for start, end in pairwise(ends)]
    return parts


def _segment(text: str, language: str) -> list[str] | None:
    """Return what sentencex makes of a text; None where it panics, as of ``A\\u00a0.``, a blank of several bytes."""
    try:
        parts = list(sentencex.segment(language, text))
    except BaseException as error:  # a panic of Rust is no Exception, and has no type to import
        if type(error).__name__ != "PanicException":
            raise
        return None
    return parts if "".join(parts) == text else [text]
