"""Words as they are compared: folded, and by their letter case."""

import unicodedata
from functools import lru_cache
from typing import Final

import regex

_OPTIONAL_MARKS: Final = regex.compile(r"(?<=[\p{Latin}\p{Cyrillic}\p{Greek}]\p{M}*)\p{Mn}", regex.VERSION1)
"""Marks that writers leave out: accents on capitals, stress. In other scripts marks are vowels."""

_SHORT_I: Final = regex.compile("[иі][\u0306\u0308]")
_KEPT: Final = {"и\u0306": "й", "і\u0308": "ї"}
_SIGN_VARIANTS: Final = str.maketrans("’ʼ‘`´‐‑–—", "'''''----")

LOWER: Final = "lower"
TITLE: Final = "title"
CAPITALS: Final = "capitals"


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Return a word without its case, optional marks, and variants of apostrophes and hyphens.

    Й and Ї stay letters of their own; Ё becomes Е and É becomes E, because capitals often lack their accents.
    """
    decomposed = unicodedata.normalize("NFD", word.casefold().translate(_SIGN_VARIANTS))
    kept = _SHORT_I.sub(lambda match: _KEPT.get(match[0], match[0]), decomposed)
    return unicodedata.normalize("NFC", _OPTIONAL_MARKS.sub("", kept))


def word_case(word: str) -> str:
    """Return LOWER, TITLE or CAPITALS; words in scripts without case are LOWER, a single capital is TITLE."""
    if not word[0].isupper():
        return LOWER
    return CAPITALS if len(word) > 1 and word.isupper() else TITLE
