"""The lines of a rendered page and the text that an extractor took out of it, to which lines are the article.

Equal lines are matched in order; a line that the extractor cut or joined belongs to the article when most of its
words stand, three in a row, in what was extracted between its neighbours.
"""

import re
from collections.abc import Sequence
from difflib import Match, SequenceMatcher
from typing import Final

SHINGLE_WORDS: Final = 3
"""Words in a row that must be the same."""
MIN_SHARE: Final = 0.6
"""The share of a line's shingles that must stand in the extracted text."""
MAX_ORDERED_LINES: Final = 5_000
"""Lines of a page beyond which their order is not looked at, since that could take the square of their number."""

_WORD: Final = re.compile(r"\w+")


def match_lines(lines: Sequence[str], extracted: Sequence[str]) -> list[bool]:
    """Say of each rendered line whether it stands in the extracted lines, both in the order of the page."""
    rendered = [tuple(_WORD.findall(line)) for line in lines]
    wanted = [words for line in extracted if (words := tuple(_WORD.findall(line)))]
    found = [False] * len(lines)
    here = there = 0
    blocks = [Match(len(rendered), len(wanted), 0)]
    if max(len(rendered), len(wanted)) <= MAX_ORDERED_LINES:
        blocks = SequenceMatcher(None, rendered, wanted).get_matching_blocks()
    for block in blocks:
        _match_gap(rendered, wanted[there : block.b], range(here, block.a), found)
        for index in range(block.a, block.a + block.size):
            found[index] = True
        here, there = block.a + block.size, block.b + block.size
    return found


def _match_gap(
    rendered: Sequence[tuple[str, ...]], wanted: Sequence[tuple[str, ...]], gap: range, found: list[bool]
) -> None:
    """Mark the lines of a gap between equal lines whose shingles stand in the extracted lines of that gap."""
    if not wanted:
        return
    known = {shingle for words in wanted for shingle in _shingles(words)}
    for index in gap:
        shingles = _shingles(rendered[index])
        found[index] = bool(shingles) and sum(each in known for each in shingles) >= MIN_SHARE * len(shingles)


def _shingles(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    if len(words) < SHINGLE_WORDS:
        return [words] if words else []
    return [words[at : at + SHINGLE_WORDS] for at in range(len(words) - SHINGLE_WORDS + 1)]
