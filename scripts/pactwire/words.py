"""Text to tokens and sentences, each with its span; all offsets are code points, half-open."""

from typing import Final

import regex
import sentencex

from pactwire.records import Span

_TOKEN: Final = regex.compile(
    r"[\w\p{M}]+(?:(?<=\p{Cyrillic}\p{M}*)['’ʼ](?=\p{Cyrillic})[\w\p{M}]+)*|[^\w\s]\p{M}*", regex.VERSION1
)
"""Words with their combining marks, apostrophes inside Cyrillic words (об’єднувати), other signs one by one.

Hyphens and Latin apostrophes part words, since names start behind them (L'OTAN, nord-coréen).
"""


def tokens(text: str) -> list[Span]:
    """Return the tokens of a text in order; together they hold all but white space."""
    return [{"start": found.start(), "end": found.end(), "text": found[0]} for found in _TOKEN.finditer(text)]


def sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Return the spans of a line's sentences in order, without white space at their edges.

    Languages that sentencex doesn't know get its fallback. A text that it doesn't give back whole
    is one sentence.
    """
    parts = list(sentencex.segment(language, text))
    if "".join(parts) != text:
        parts = [text]
    spans = []
    position = 0
    for part in parts:
        start = position + len(part) - len(part.lstrip())
        end = position + len(part.rstrip())
        position += len(part)
        if start < end:
            spans.append((start, end))
    return spans
