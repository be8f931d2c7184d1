"""Words of an article's content text as weighted codes: what articles in one language are compared by.

A word counts by its first letters, which most inflected forms share; in scripts without spaces, two characters in a row
count as a word. Names weigh more than other words, and words of the lead more than those after it.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import regex

from pactwire.stories.event_features import CLASS_BITS, WORD_CLASS
from pactwire.stories.shingles import WordRuns, mix_bits, word_runs
from pactwire.text import codepoints

STEM_LENGTH: Final = 7
"""How many characters of a word count."""
NAME_WEIGHT: Final = 2.5
LEAD_WEIGHT: Final = 1.5
LEAD_LENGTH: Final = 300
"""Code points of a content text that are its lead, the title included."""
_LETTERS: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+")


class WordFeatures(NamedTuple):
    """The words of an article: their codes, ascending, the weight of each, and which are names."""

    codes: npt.NDArray[np.uint32]
    weights: npt.NDArray[np.float32]
    are_names: npt.NDArray[np.bool_]


def extract_words(texts: Sequence[str], languages: Sequence[str]) -> list[WordFeatures]:
    """Return the words of content texts, each in its language; codes of two languages differ.

    A word that stands n times weighs n / (n + 1) (Robertson and others 1994, "Okapi at TREC-3"), times NAME_WEIGHT if
    it begins with a capital and never stands in lower case, times LEAD_WEIGHT if it stands in the lead.
    """
    runs = word_runs(texts)
    text_of_word = np.repeat(np.arange(len(texts)), np.diff(runs.bounds))
    keys = text_of_word.astype(np.uint64) << np.uint64(32) | _word_codes(runs, text_of_word, languages)
    unique, term, counts = np.unique(keys, return_inverse=True, return_counts=True)
    capitals = _capital_table().take(runs.points, mode="clip")
    begins = capitals[runs.firsts]
    lowercase = np.add.reduceat(capitals, runs.firsts, dtype=np.int64) == 0 if len(runs.firsts) else begins
    in_lead = runs.firsts - runs.offsets[:-1][text_of_word] < LEAD_LENGTH
    size = len(unique)
    is_name = (np.bincount(term, begins, size) > 0) & (np.bincount(term, lowercase, size) == 0)
    is_lead = np.bincount(term, in_lead, size) > 0
    weights = counts / (counts + 1) * np.where(is_name, NAME_WEIGHT, 1) * np.where(is_lead, LEAD_WEIGHT, 1)
    bounds = np.searchsorted(unique >> np.uint64(32), np.arange(len(texts) + 1))
    low, weights = unique.astype(np.uint32), weights.astype(np.float32)
    return [WordFeatures(low[a:b], weights[a:b], is_name[a:b]) for a, b in pairwise(bounds)]


def written_words(text: str, language: str) -> dict[int, str]:
    """Return the words of a text by their codes, each as it is first written there."""
    runs = word_runs([text])
    single, paired = runs.are_single(), set(_paired(runs).tolist())
    codes = _word_codes(runs, np.zeros(len(runs.firsts), np.int64), [language])
    words: dict[int, str] = {}
    for word, (code, start) in enumerate(zip(codes.tolist(), (runs.firsts - runs.offsets[0]).tolist(), strict=True)):
        if code not in words:
            is_letter = _LETTERS.match(text, start)
            end = start + 1 + (word in paired) if single[word] or not is_letter else is_letter.end()
            words[code] = text[start:end]
    return words


def _word_codes(
    runs: WordRuns, text_of_word: npt.NDArray[np.int64], languages: Sequence[str]
) -> npt.NDArray[np.uint64]:
    """Return the code of each word; the language is part of it."""
    salts = np.array([_language_salt(language) for language in languages], np.uint64)
    hashes = mix_bits(_hash_words(runs) ^ salts[text_of_word])
    codes: npt.NDArray[np.uint64] = hashes >> np.uint64(32 + CLASS_BITS) << np.uint64(CLASS_BITS)
    return codes | np.uint64(WORD_CLASS)


def _hash_words(runs: WordRuns) -> npt.NDArray[np.uint64]:
    """Return a hash of each word's first letters; of a character without spaces, of it and the one that follows."""
    hashes = runs.hash_words(STEM_LENGTH)
    if len(hashes):
        paired = _paired(runs)
        hashes[paired] = mix_bits(hashes[paired] + (hashes[paired + 1] << np.uint64(1)))
    return hashes


def _paired(runs: WordRuns) -> npt.NDArray[np.int64]:
    """Return the words that are a character without spaces, right before another one."""
    single = runs.are_single()
    return np.flatnonzero(single[:-1] & single[1:] & (np.diff(runs.firsts) == 1))


@cache
def _capital_table() -> npt.NDArray[np.uint8]:
    """Return which code points are capital letters, as ones; the last entry stands for all code points beyond."""
    return np.append(codepoints.class_table({1: r"\p{Lu}"}, 0x1F000), np.uint8(0))


@cache
def _language_salt(language: str) -> int:
    return int.from_bytes(language.encode()[:8].ljust(8), "little")
