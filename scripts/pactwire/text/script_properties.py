"""Size, words and ends of sentences of a line in any script, from the properties of Unicode.

What ends a sentence has the property Sentence_Terminal, or is Terminal_Punctuation that a script has for itself, as
Tibetan does. Line_Break "complex context" (UAX #14) has the letters of Thai, Lao, Khmer, Burmese and others, which
are written without spaces between words; East_Asian_Width "wide" (UAX #11) has ideographs, kana and Hangul. Letters of
General_Category "other", which have no case, are of scripts that write syllables, or leave vowels out or to marks.
"""

import re
import unicodedata
from typing import Final

import regex

WIDE_SIZE: Final = 3
"""How many letters a wide one stands for."""
IDEOGRAPHS_PER_WORD: Final = 2
COMPLEX_LETTERS_PER_WORD: Final = 3
"""Letters of a word, base letters only, in scripts of complex context."""

MIN_LONG_WORDS: Final = 8
MIN_LONG: Final = 50
MIN_LONG_DENSE: Final = 36
"""The least words and size of a line of a paragraph's length; in letters without case, words have fewer of them."""

IDEOGRAPH: Final = r"[\p{East_Asian_Width=Wide}&&\p{L}--\p{Script=Hangul}]"
"""A letter that is wide, but for Hangul, which has spaces between words (a regular expression of version 1)."""
COMPLEX_LETTER: Final = r"[\p{Line_Break=Complex_Context}&&\p{L}]"
UNSPACED: Final = rf"[{IDEOGRAPH}{COMPLEX_LETTER}]"
"""A letter of a script without spaces between words."""

_MARK: Final = r"[\p{Sentence_Terminal}[\p{Terminal_Punctuation}--\p{Script=Common}]]"
_CLOSING: Final = r"[\p{Quotation_Mark}\p{Close_Punctuation}\p{Final_Punctuation}]*"
_END: Final = regex.compile(rf"[{_MARK}…:;]{_CLOSING}\s*{_CLOSING}$", regex.VERSION1)
_END_SIZE: Final = 6
_INNER_END: Final = re.compile(r"(?<!\d)[.!?…][^\w\s]*\s+\S")
_INNER_END_OF_SCRIPT: Final = regex.compile(
    rf"[{_MARK}--\p{{ASCII}}]|(?<=\p{{Line_Break=Complex_Context}})\s+\p{{Line_Break=Complex_Context}}",
    regex.VERSION1,
)
_TERMINAL: Final = regex.compile(r"\p{Terminal_Punctuation}|…")
_LETTER: Final = regex.compile(r"\p{L}")
_UNCASED: Final = regex.compile(r"\p{Lo}")
_WIDE: Final = regex.compile(r"[\p{East_Asian_Width=Wide}&&\p{L}]", regex.VERSION1)
_IDEOGRAPH: Final = regex.compile(IDEOGRAPH, regex.VERSION1)
_UNSPACED: Final = regex.compile(UNSPACED, regex.VERSION1)
_COMPLEX: Final = regex.compile(COMPLEX_LETTER, regex.VERSION1)


def size(line: str) -> int:
    """Return the size of a line in code points, of which wide letters count threefold."""
    return len(line) if line.isascii() else len(line) + (WIDE_SIZE - 1) * len(_WIDE.findall(line))


def word_count(line: str) -> int:
    """Return the number of words of a stripped line, by its spaces and, without spaces, by its letters."""
    count = line.count(" ") + 1
    if not line.isascii() and _UNSPACED.search(line):
        count += len(_IDEOGRAPH.findall(line)) // IDEOGRAPHS_PER_WORD
        count += len(_COMPLEX.findall(line)) // COMPLEX_LETTERS_PER_WORD
    return count


def is_long(line: str, size: int, words: int) -> bool:
    """Return whether a line of this size and these words is as long as a paragraph."""
    if words < MIN_LONG_WORDS or size < MIN_LONG_DENSE:
        return False
    return size >= MIN_LONG or 2 * len(_UNCASED.findall(line)) > len(_LETTER.findall(line))


def ends_sentence(line: str) -> bool:
    """Return whether a stripped line ends with the mark of a sentence's end, a colon or a semicolon."""
    return _END.search(line, max(0, len(line) - _END_SIZE)) is not None


def ends_unfinished(line: str) -> bool:
    """Return whether a line ends as headlines do not: with a mark other than of a question or an exclamation."""
    if not _TERMINAL.match(line[-1]):
        return False
    # `regex` knows characters that Python's older version of Unicode does not
    return not any(word in unicodedata.name(line[-1], "") for word in ("QUESTION", "EXCLAMATION"))


def has_inner_sentence_end(line: str) -> bool:
    """Return whether a sentence may end inside a line; in scripts of complex context a space may be such an end."""
    if _INNER_END.search(line):
        return True
    return not line.isascii() and _INNER_END_OF_SCRIPT.search(line) is not None
