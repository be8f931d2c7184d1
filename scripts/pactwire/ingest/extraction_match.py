"""Match the lines of a rendered page to the text that an extractor found in it, to tell which lines are the article.

Equal lines are matched in order. A line that the extractor cut or joined belongs to the article if most of its
three-word shingles are in the text that was extracted between its neighbors.
"""

import re
from collections.abc import Sequence
from difflib import Match, SequenceMatcher
from typing import Final

SHINGLE_WORDS: Final = 3
"""Words of a shingle."""
MIN_SHARE: Final = 0.6
"""The share of a line's shingles that must be in the extracted text."""
MAX_ORDERED_LINES: Final = 5_000
"""The most lines whose order is compared, since that can take quadratic time."""

_WORD: Final = re.compile(r"\w+")


def match_lines(lines: Sequence[str], extracted: Sequence[str]) -> list[bool]:
    """Return for each rendered line whether it is in the extracted lines; both are in the order of the page."""
    rendered = [tuple(_WORD.findall(line)) for line in lines]
    wanted = [words for line in extracted if (words := tuple(_WORD.findall(line)))]
    is_matched = [False] * len(lines)
    here = there = 0
    blocks = [Match(len(rendered), len(wanted), 0)]
    if max(len(rendered), len(wanted)) <= MAX_ORDERED_LINES:
        blocks = SequenceMatcher(None, rendered, wanted).get_matching_blocks()
    for block in blocks:
        _match_gap(rendered, wanted[there : block.b], range(here, block.a), is_matched)
        for index in range(block.a, block.a + block.size):
            is_matched[index] = True
        here, there = block.a + block.size, block.b + block.size
    return is_matched


def _match_gap(
    rendered: Sequence[tuple[str, ...]], wanted: Sequence[tuple[str, ...]], gap: range, is_matched: list[bool]
) -> None:
    """Mark the lines of a gap between equal lines whose shingles are in the extracted lines of that gap."""
    if not wanted:
        return
    known = {shingle for words in wanted for shingle in _shingles(words)}
    for index in gap:
        shingles = _shingles(rendered[index])
        is_matched[index] = bool(shingles) and sum(each in known for each in shingles) >= MIN_SHARE * len(shingles)


def _shingles(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    if len(words) < SHINGLE_WORDS:
        return [words] if words else []
    return [words[at : at + SHINGLE_WORDS] for at in range(len(words) - SHINGLE_WORDS + 1)]
