"""Match the lines of a rendered page to the text that an extractor found in it, to tell which lines are the article.

Equal lines are matched in order. A line that the extractor cut or joined belongs to the article if most of its
shingles are in the text that was extracted between its neighbors, or else in what no other line accounts for. Shingles
are of three words, or characters in scripts without spaces between words.
"""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import Match, SequenceMatcher
from typing import Final, NamedTuple

import regex

from pactwire.text import script_properties

SHINGLE_TOKENS: Final = 3
"""Words, or characters of scripts without spaces, of a shingle."""
MIN_SHARE: Final = 0.6
"""The share of a line's shingles that must be in the extracted text."""
MIN_LOOSE_TOKENS: Final = 8
"""The least words of a line that is sought in another place than between its neighbors."""
MAX_ORDERED_LINES: Final = 5_000
"""The most lines whose order is compared, since that can take quadratic time."""

_SOFT_HYPHEN: Final = "\u00ad"
_WORD: Final = regex.compile(r"\w+")
_UNSPACED: Final = regex.compile(script_properties.UNSPACED, regex.VERSION1)
_CHARACTER: Final = regex.compile(
    rf"{script_properties.UNSPACED}\p{{M}}*|(?:(?!{script_properties.UNSPACED})\w)+", regex.VERSION1
)
_READING: Final = re.compile(r"（[^（）]*）|\([^()]*\)")

Tokens = tuple[str, ...]


class LineMatch(NamedTuple):
    """Which rendered lines are in the extracted text, and the share of its shingles, from 0 to 1, that they lack."""

    is_matched: list[bool]
    missing_share: float


def match_lines(lines: Sequence[str], extracted: Sequence[str]) -> LineMatch:
    """Return which rendered lines are in the extracted lines; both are in the order of the page."""
    wanted = [tokens for line in extracted if (tokens := _tokens(line))]
    rest = Counter(shingle for tokens in wanted for shingle in _shingles(tokens))
    total = rest.total()
    rendered = [_rendered_tokens(line, rest) for line in lines]
    is_matched = [False] * len(lines)
    here = there = 0
    blocks = [Match(len(rendered), len(wanted), 0)]
    if max(len(rendered), len(wanted)) <= MAX_ORDERED_LINES:
        blocks = SequenceMatcher(None, rendered, wanted).get_matching_blocks()
    for block in blocks:
        known = Counter(shingle for tokens in wanted[there : block.b] for shingle in _shingles(tokens))
        for index in range(here, block.a):
            is_matched[index] = _is_known(rendered[index], known)
        for index in range(block.a, block.a + block.size):
            is_matched[index] = True
        here, there = block.a + block.size, block.b + block.size
    for tokens, matched in zip(rendered, is_matched, strict=True):
        rest.subtract(_shingles(tokens) if matched else ())
    for index, tokens in enumerate(rendered):
        if not is_matched[index] and len(tokens) >= MIN_LOOSE_TOKENS and _is_known(tokens, rest):
            is_matched[index] = True
            rest.subtract(_shingles(tokens))
    return LineMatch(is_matched, sum(count for count in rest.values() if count > 0) / max(1, total))


def _is_known(tokens: Tokens, known: Counter[Tokens]) -> bool:
    shingles = _shingles(tokens) if known else []
    return bool(shingles) and sum(known[each] > 0 for each in shingles) >= MIN_SHARE * len(shingles)


def _rendered_tokens(line: str, known: Counter[Tokens]) -> Tokens:
    """Return the tokens of a rendered line, without readings in parentheses if so more of it is known."""
    tokens = _tokens(line)
    if line.isascii() or not _READING.search(line):
        return tokens
    bare = _tokens(_READING.sub("", line))
    return max((tokens, bare), key=lambda each: sum(known[shingle] > 0 for shingle in _shingles(each)))


def _tokens(line: str) -> Tokens:
    words = _WORD.findall(line.replace(_SOFT_HYPHEN, ""))
    if not line.isascii() and _UNSPACED.search(line):
        words = [character for word in words for character in _CHARACTER.findall(word)]
    return tuple(words)


def _shingles(tokens: Tokens) -> list[Tokens]:
    if len(tokens) < SHINGLE_TOKENS:
        return [tokens] if tokens else []
    return list(zip(tokens, tokens[1:], tokens[2:], strict=False))
