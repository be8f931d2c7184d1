"""A line of an article's content, with what matching needs of it: all of it is found out once."""

from functools import cached_property
from typing import Final

import regex

from pactwire.text import tokens
from pactwire.text.normalization import fold

_GRAPHEME: Final = regex.compile(r"\X")
WORD_GOES_ON: Final = regex.compile(r"[\w\p{M}\u00ad\u200c\u200d\u2060]")
"""Characters next to a name that continue its word, soft hyphens and (non-)joiners among them."""


class TextLine:
    """A line with its tokens, the folded word of each, and its language; offsets are those of the line."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.language = language
        self.tokens = tokens.tokenize(text)
        self.words = [fold(token["text"]) for token in self.tokens]

    @cached_property
    def _grapheme_edges(self) -> set[int]:
        return {match.start() for match in _GRAPHEME.finditer(self.text)} | {len(self.text)}

    def span(self, first: int, stop: int) -> tuple[int, int]:
        """Return start and end of the tokens from ``first`` up to ``stop``, not included."""
        return self.tokens[first]["start"], self.tokens[stop - 1]["end"]

    def is_whole(self, first: int, stop: int) -> bool:
        """Return whether the tokens from ``first`` up to ``stop`` split no grapheme and no word."""
        start, end = self.span(first, stop)
        beside = self.text[max(0, start - 1) : start] + self.text[end : end + 1]
        if WORD_GOES_ON.search(beside):
            return False
        return self.text.isascii() or (start in self._grapheme_edges and end in self._grapheme_edges)
