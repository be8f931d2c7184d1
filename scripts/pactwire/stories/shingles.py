"""Shingles: the hashes of a text's runs of four words, and the similarity of two such sets.

Several texts are hashed at a time, in arrays: this costs less than a regular expression that only finds the words.
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

_BMP_SIZE: Final = 0x10000
_BETWEEN, _WORD, _SINGLE = 0, 1, 2
_GOLDEN: Final = 0x9E3779B97F4A7C15
_POWERS: Final = np.array([pow(_GOLDEN, power, 2**64) for power in range(1, 65)], np.uint64)
"""Sixty-four powers; longer words reuse them."""
_UNSPACED: Final = "".join(
    rf"\p{{{script}}}" for script in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan")
)
"""Scripts without spaces between words; each of their characters counts as a word."""
_KIND_PATTERNS: Final = {
    _WORD: rf"[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]+",
    _SINGLE: rf"[[\p{{L}}\p{{M}}\p{{N}}]&&[{_UNSPACED}]]+",
}


class _CharacterTable(NamedTuple):
    """For each code point of the Basic Multilingual Plane: its kind, and a hash of its lower case.

    The hash is 0 for what is between words.
    """

    kinds: npt.NDArray[np.uint8]
    hashes: Hashes


class WordRuns(NamedTuple):
    """The words of texts, joined by line feeds, as arrays.

    ``points`` and ``positions`` have the code points from the first word on, and how far each is from the start of its
    word; ``firsts`` has the index in them of the first code point of each word; ``bounds`` are those of the texts, in
    words; ``offsets`` has the index of each text's first code point in ``points``, below 0 for what was left out.
    """

    points: npt.NDArray[np.intp]
    positions: npt.NDArray[np.int64]
    firsts: npt.NDArray[np.int64]
    bounds: Bounds
    offsets: npt.NDArray[np.int64]

    def hash_words(self, most: int | None = None) -> Hashes:
        """Return the hash of each word, case aside: the sum of its characters' hashes, each times a power.

        Args:
            most: How many characters of a word count; None for all.
        """
        if not len(self.firsts):
            return np.empty(0, np.uint64)
        hashes = _character_table().hashes.take(self.points, mode="clip") * _POWERS.take(self.positions & 63)
        if most is not None:
            hashes *= self.positions < most
        return mix_bits(np.add.reduceat(hashes, self.firsts))

    def are_single(self) -> npt.NDArray[np.bool_]:
        """Return which words are a character of a script without spaces."""
        single: npt.NDArray[np.bool_] = _character_table().kinds.take(self.points[self.firsts], mode="clip") == _SINGLE
        return single


def shingle_set(text: str) -> Hashes:
    """Return the hashes of a text's shingles, sorted, without repetitions."""
    return np.unique(shingle_hashes([text])[0])


def shingle_hashes(texts: Sequence[str]) -> tuple[Hashes, Bounds]:
    """Return the hashes of the shingles of texts.

    Case, punctuation and white space make no difference. A text of one to three words has one shingle, a text without
    words none. The hashes are the same on every machine.

    Returns:
        The hashes of all texts in order, and their bounds: text ``i`` has ``hashes[bounds[i]:bounds[i + 1]]``.
    """
    runs = word_runs(texts)
    words, bounds = runs.hash_words(), runs.bounds
    counts = np.diff(bounds)
    short = np.flatnonzero((counts > 0) & (counts < WORDS_PER_SHINGLE))
    missing = WORDS_PER_SHINGLE - counts[short]
    words = np.insert(words, np.repeat(bounds[short + 1], missing), 0)
    counts[short] = WORDS_PER_SHINGLE
    ends = np.cumsum(counts)[counts > 0]
    inside = np.ones(len(words), bool)  # shingles that begin in the last words of a text would end in the next text
    inside[np.subtract.outer(ends, np.arange(1, WORDS_PER_SHINGLE)).ravel()] = False
    padded = np.concatenate([words, np.zeros(WORDS_PER_SHINGLE - 1, np.uint64)])
    sums = sum((padded[shift : shift + len(words)] * _POWERS[shift] for shift in range(1, WORDS_PER_SHINGLE)), words)
    shingle_counts = np.maximum(counts - WORDS_PER_SHINGLE + 1, 0)
    return mix_bits(sums[inside]), np.concatenate([[0], np.cumsum(shingle_counts)])


def jaccard_index(left: Hashes, right: Hashes) -> float:
    """Return the Jaccard index of two shingle sets: 1.0 if they are equal, 0.0 if either is empty."""
    if not len(left) or not len(right):
        return 0.0
    both = len(np.intersect1d(left, right, assume_unique=True))
    return both / (len(left) + len(right) - both)


def word_runs(texts: Sequence[str]) -> WordRuns:
    """Return the words of texts, in order."""
    table = _character_table()
    points = codepoints.from_text("\n".join(texts)).astype(np.intp)
    kinds = table.kinds.take(points, mode="clip")  # code points beyond the plane take its last entry
    starts = kinds != _BETWEEN
    starts[1:] &= (kinds[1:] == _SINGLE) | (kinds[:-1] != _WORD)
    firsts = np.flatnonzero(starts)
    offsets = np.cumsum([0, *(len(text) + 1 for text in texts)])
    bounds = np.searchsorted(firsts, offsets)
    begin = firsts[0] if len(firsts) else len(points)
    points, firsts = points[begin:], firsts - begin
    positions = np.arange(len(points)) - np.repeat(firsts, np.diff(firsts, append=len(points)))
    return WordRuns(points, positions, firsts, bounds, offsets - begin)


def mix_bits(hashes: Hashes) -> Hashes:
    """Return numbers whose every bit depends on every bit (the finalizer of SplitMix64, Steele and others 2014)."""
    hashes = hashes * np.uint64(_GOLDEN)
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))


@cache
def _character_table() -> _CharacterTable:
    kinds = codepoints.class_table(_KIND_PATTERNS, _BMP_SIZE - 1)
    numbers = np.arange(1, _BMP_SIZE + 1, dtype=np.uint64)
    for match in regex.finditer(r"\p{Changes_When_Lowercased}", codepoints.first_codepoints(_BMP_SIZE - 1)):
        numbers[match.start()] = ord(match[0].lower()[0]) + 1
    # All code points beyond the plane count as one character: emoji, and the rarest of Han.
    kinds = np.append(kinds, np.uint8(_SINGLE))
    return _CharacterTable(kinds, mix_bits(numbers) * (kinds != _BETWEEN))
