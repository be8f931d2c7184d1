"""Keys of a word that are equal for its spellings in any script.

There are two keys because two different things are compared. ``suggest`` compares a person's full name by
``sound_key``: even short words count (Kim Jong Un), so the first vowel and the kinds of sibilants are kept. ``stories``
compares single words by ``consonant_key``: they need three consonants, and letters that languages spell differently are
merged, because evidence is weighed by how rare it is, and a missed match costs more than a wrong one.

Neither key can replace the other: with ``consonant_key``, `pactwire suggest --leave-one-out` finds 213 mentions instead
of 231; with ``sound_key``, the recall of 500 invented events (docs/measurements.md) falls from 0.69 to 0.64.
"""

import re
from functools import lru_cache
from typing import Final

from pactwire.text.suffixes import CASE_SUFFIXES

_SOUND_SPELLINGS: Final = (
    ("shch", "s"), ("sch", "s"), ("dzh", "j"), ("dj", "j"), ("zh", "j"), ("kh", "h"), ("sh", "s"), ("ch", "c"),
    ("ph", "f"), ("th", "t"), ("ck", "k"), ("ou", "u"), ("au", "o"), ("q", "k"), ("x", "ks"), ("w", "v"), ("y", "i"),
)  # fmt: skip
"""Latin spellings of one sound, longest first: writers of French, English and Slavic languages transcribe alike."""
_GLIDE: Final = re.compile("i(?=[aeou])")
_DOUBLED: Final = re.compile(r"(.)\1+")
_VOWELS: Final = "aeiou"

_CONSONANT_SPELLINGS: Final = tuple(
    (re.compile(pattern), letter)
    for pattern, letter in (
        (r"tsch|tch|shch|sch|ch|sh|dzh|zh|dj|ts|tz|cz|sz|c(?=[eiy])|^j|[zs]", "s"),
        (r"j", ""),
        (r"kh|gh|h|g", "g"),
        (r"ck|[ckq]", "k"),
        (r"x", "ks"),
        (r"ph|[vwf]", "f"),
        (r"(?<=.)[aeiouy]+", ""),
        (r"^[aeiouy]+", "a"),
        (r"(.)\1+", r"\1"),
    )
)
_CASE_SUFFIX: Final = re.compile(rf"(?<=\w{{4}})(?:{'|'.join(CASE_SUFFIXES)})$")
_MIN_CONSONANTS: Final = 3
"""Consonants that a key needs to tell names apart; words with fewer keep their vowels and script."""
_SPELLED_OUT: Final = "="


@lru_cache(maxsize=65_536)
def sound_key(word: str) -> str:
    """Return a word's consonants in Latin letters, then its first vowel; empty if it has no consonant.

    J and H, which languages drop or add, are left out. ``Rutte`` and ``Рютте`` are both ``rtu``, ``Ratti`` is ``rta``.
    """
    latin = _latin_letters(word)
    for spelling, sound in _SOUND_SPELLINGS:
        latin = latin.replace(spelling, sound)
    latin = _GLIDE.sub("", latin.replace("j", "").replace("h", ""))
    consonants = _DOUBLED.sub(r"\1", "".join(char for char in _DOUBLED.sub(r"\1", latin) if char not in _VOWELS))
    return consonants + next((char for char in latin if char in _VOWELS), "") if consonants else ""


@lru_cache(maxsize=100_000)
def consonant_key(word: str) -> str:
    """Return a word's consonants in Latin letters, without Slavic case suffixes; ``a`` stands for an initial vowel.

    ``Stoltenberg``, ``Столтенберг`` and ``Столтенбергом`` are all ``stltnbrg``. A word with too few consonants is
    spelled out instead: ``=`` and the casefolded word.
    """
    word = word.casefold()
    letters = _latin_letters(_CASE_SUFFIX.sub("", word))
    for spelling, letter in _CONSONANT_SPELLINGS:
        letters = spelling.sub(letter, letters)
    return letters if len(letters.removeprefix("a")) >= _MIN_CONSONANTS else f"{_SPELLED_OUT}{word}"


def is_distinctive(key: str) -> bool:
    """Return whether a consonant key alone can stand for a name in any script."""
    return not key.startswith(_SPELLED_OUT)


def _latin_letters(word: str) -> str:
    """Return a word transliterated to the letters a to z."""
    from anyascii import anyascii

    return re.sub("[^a-z]", "", anyascii(word).lower())
