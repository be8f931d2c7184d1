"""Sentences of a line with their spans. All offsets are code points, half-open."""

from itertools import accumulate, pairwise
from typing import Final

import sentencex

_TO_SPACE: Final = str.maketrans(dict.fromkeys("\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000", " "))
_TO_SPACE.update(dict.fromkeys(range(0x2000, 0x200B), " "))


def sentence_spans(text: str, language: str) -> list[tuple[int, int]]:
    """Return the spans of a line's sentences in order, without white space at their edges.

    A language that sentencex does not know is split by its fallback. If sentencex does not return all of a text, the
    text is one sentence.
    """
    spans = []
    position = 0
    for part in _sentence_parts(text, language):
        start = position + len(part) - len(part.lstrip())
        end = position + len(part.rstrip())
        position += len(part)
        if start < end:
            spans.append((start, end))
    return spans


def _sentence_parts(text: str, language: str) -> list[str]:
    """Return the sentences of a text, which together are the text; all of it where sentencex panics twice."""
    parts = _segment(text, language)
    if parts is None:  # mostly it does not panic again once the blanks are plain spaces
        ends = list(accumulate(map(len, _segment(text.translate(_TO_SPACE), language) or [text]), initial=0))
        parts = [text[start:end] for start, end in pairwise(ends)]
    return parts


def _segment(text: str, language: str) -> list[str] | None:
    """Return the sentences that sentencex finds; None if it panics, as on ``A\\u00a0.``, a blank of several bytes."""
    try:
        parts = list(sentencex.segment(language, text))
    except BaseException as error:  # a panic of Rust is not an Exception and has no type to import
        if type(error).__name__ != "PanicException":
            raise
        return None
    return parts if "".join(parts) == text else [text]
