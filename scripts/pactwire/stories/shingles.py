"""A text to the hashes of its shingles, runs of four words; and how alike two such sets are.

All in arrays, several texts at a time, so that hashing costs less than a regular expression that finds the words.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import regex

from pactwire.text import codepoints

Hashes = npt.NDArray[np.uint64]
Bounds = npt.NDArray[np.int64]

WORDS_PER_SHINGLE: Final = 4
"""Words of a shingle."""

_BMP_SIZE: Final = 0x10000
_BETWEEN, _WORD, _SINGLE = 0, 1, 2
_GOLDEN: Final = 0x9E3779B97F4A7C15
_POWERS: Final = np.array([pow(_GOLDEN, power, 2**64) for power in range(1, 65)], np.uint64)
"""Sixty-four of them; longer words begin again."""
_UNSPACED: Final = "".join(
    rf"\p{{{script}}}" for script in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan")
)
"""Scripts that put no blank between words; each sign counts as a word."""
_KIND_PATTERNS: Final = {
    _WORD: rf"[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]+",
    _SINGLE: rf"[[\p{{L}}\p{{M}}\p{{N}}]&&[{_UNSPACED}]]+",
}


class _CharacterTable(NamedTuple):
    """For each code point of the Basic Multilingual Plane: what it is in a word, and a number for its lower case.

    The number is 0 where it is in no word.
    """

    kinds: npt.NDArray[np.uint8]
    numbers: Hashes


def shingle_set(text: str) -> Hashes:
    """Return the hashes of a text's shingles (`shingle_hashes`), sorted, each once."""
    return np.unique(shingle_hashes([text])[0])


def shingle_hashes(texts: Sequence[str]) -> tuple[Hashes, Bounds]:
    """Return the hash of each run of SIZE words of some texts, in order, and where those of each text begin and end.

    Case, punctuation and white space make no difference. A text of fewer than four words has one
    shingle, a text without words none. The hashes are the same on every machine.
    """
    words, bounds = _word_hashes(texts)
    counts = np.diff(bounds)
    short = np.flatnonzero((counts > 0) & (counts < WORDS_PER_SHINGLE))
    missing = WORDS_PER_SHINGLE - counts[short]
    words = np.insert(words, np.repeat(bounds[short + 1], missing), 0)
    counts[short] = WORDS_PER_SHINGLE
    lasts = np.cumsum(counts)[counts > 0]
    whole = np.ones(len(words), bool)  # runs that begin in the last words of a text would end in the next one
    whole[np.subtract.outer(lasts, np.arange(1, WORDS_PER_SHINGLE)).ravel()] = False
    ahead = np.concatenate([words, np.zeros(WORDS_PER_SHINGLE - 1, np.uint64)])
    sums = sum((ahead[place : place + len(words)] * _POWERS[place] for place in range(1, WORDS_PER_SHINGLE)), words)
    found = np.maximum(counts - WORDS_PER_SHINGLE + 1, 0)
    return _mix_bits(sums[whole]), np.concatenate([[0], np.cumsum(found)])


def jaccard_index(left: Hashes, right: Hashes) -> float:
    """Return the Jaccard index of two sets of shingles: 1.0 for equal ones, 0.0 where either is empty."""
    if not len(left) or not len(right):
        return 0.0
    both = len(np.intersect1d(left, right, assume_unique=True))
    return both / (len(left) + len(right) - both)


def _word_hashes(texts: Sequence[str]) -> tuple[Hashes, Bounds]:
    """Return a hash for each word of some texts, in order, and where those of each text begin and, last, end.

    The hash is a sum of the letters' numbers, each times a power of its place in the word.
    """
    table = _character_table()
    points = codepoints.from_text("\n".join(texts)).astype(np.intp)
    kinds = table.kinds.take(points, mode="clip")  # all beyond the plane is what its last place is
    starts = kinds != _BETWEEN
    starts[1:] &= (kinds[1:] == _SINGLE) | (kinds[:-1] != _WORD)
    firsts = np.flatnonzero(starts)
    bounds = np.searchsorted(firsts, np.cumsum([0, *(len(text) + 1 for text in texts)]))
    if not len(firsts):
        return np.empty(0, np.uint64), bounds
    points, firsts = points[firsts[0] :], firsts - firsts[0]
    places = np.arange(len(points)) - np.repeat(firsts, np.diff(firsts, append=len(points)))
    numbers = table.numbers.take(points, mode="clip") * _POWERS.take(places & 63)
    return _mix_bits(np.add.reduceat(numbers, firsts)), bounds


def _mix_bits(hashes: Hashes) -> Hashes:
    """Return numbers whose every bit depends on every bit (the finalizer of SplitMix64, Steele and others 2014)."""
    hashes = hashes * np.uint64(_GOLDEN)
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))


@cache
def _character_table() -> _CharacterTable:
    kinds = codepoints.class_table(_KIND_PATTERNS, _BMP_SIZE - 1)
    numbers = np.arange(1, _BMP_SIZE + 1, dtype=np.uint64)
    for found in regex.finditer(r"\p{Changes_When_Lowercased}", codepoints.first_codepoints(_BMP_SIZE - 1)):
        numbers[found.start()] = ord(found[0].lower()[0]) + 1
    # All beyond the plane is taken for one sign: emoji, and the rarest of Han.
    kinds = np.append(kinds, np.uint8(_SINGLE))
    return _CharacterTable(kinds, _mix_bits(numbers) * (kinds != _BETWEEN))
