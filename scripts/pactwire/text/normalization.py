"""A word of any script to the form it is compared in, and to what is left of it when spellings differ."""

import unicodedata
from functools import lru_cache
from typing import Final

import regex

_OPTIONAL_MARKS: Final = regex.compile(r"(?<=[\p{Latin}\p{Cyrillic}\p{Greek}]\p{M}*)\p{Mn}", regex.VERSION1)
"""Marks that writers leave out: accents on capitals, stress. In other scripts marks are vowels."""

_SHORT_I: Final = regex.compile("[иі][\u0306\u0308]")
_KEPT: Final = {"и\u0306": "й", "і\u0308": "ї"}
_SIGN_VARIANTS: Final = str.maketrans("’ʼ‘`´‐‑–—", "'''''----")


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Return a word without case, and without the marks and the kinds of signs in which writers differ.

    Й and Ї stay letters of their own; Ё is Е, and É is E, since capitals often lack their accents.
    """
    apart = unicodedata.normalize("NFD", word.casefold().translate(_SIGN_VARIANTS))
    whole = _SHORT_I.sub(lambda match: _KEPT.get(match[0], match[0]), apart)
    return unicodedata.normalize("NFC", _OPTIONAL_MARKS.sub("", whole))


_LATIN_SPELLINGS: Final = (
    ("shch", "s"), ("sch", "s"), ("dzh", "j"), ("dj", "j"), ("zh", "j"), ("kh", "h"), ("sh", "s"), ("ch", "c"),
    ("ph", "f"), ("th", "t"), ("ck", "k"), ("ou", "u"), ("au", "o"), ("q", "k"), ("x", "ks"), ("w", "v"), ("y", "i"),
)  # fmt: skip
"""Latin spellings of one sound, longest first: French, English and Slavic ears write the same name."""

_GLIDE: Final = regex.compile("i(?=[aeou])")
_DOUBLED: Final = regex.compile(r"(.)\1+")
_VOWELS: Final = "aeiou"


@lru_cache(maxsize=65_536)
def sound_key(word: str) -> str:
    """Return a word's consonants in Latin letters and after them its first vowel; empty where it has no consonant.

    J and H, which come and go between languages, are left out. ``Rutte`` and ``Рютте`` are both ``rtu``, and
    ``Ratti`` is ``rta``.
    """
    from anyascii import anyascii

    latin = "".join(char for char in anyascii(word).casefold() if char.isalpha())
    for spelling, simple in _LATIN_SPELLINGS:
        latin = latin.replace(spelling, simple)
    latin = _GLIDE.sub("", latin.replace("j", "").replace("h", ""))
    consonants = _DOUBLED.sub(r"\1", "".join(char for char in _DOUBLED.sub(r"\1", latin) if char not in _VOWELS))
    return consonants + next((char for char in latin if char in _VOWELS), "") if consonants else ""
