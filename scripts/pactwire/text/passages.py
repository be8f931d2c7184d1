"""Passages: the runs of twelve words of a text, as short digests by which copies of it are found, but not its words.

The digests of a withdrawn text are published (`pactwire.corpus.withdrawn`), so they must not let anybody rebuild it.
Its passages follow each other without overlap: who knows one has to guess the next twelve words at once, and not word
by word. And of each digest only 40 bits are kept, which is less than twelve words of prose say, even to a language
model (about a bit for each character: Shannon 1951), so that many guesses fit and none is confirmed.
"""

import hashlib
import unicodedata
from collections.abc import Container, Iterator
from typing import Final

import regex

PASSAGE_WORDS: Final = 12
"""Words of a passage. A copy of 23 words in a row holds at least one."""
_DIGEST_LENGTH: Final = 10
"""Hexadecimal digits of a digest."""
_UNSPACED: Final = "".join(
    rf"\p{{{script}}}" for script in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan")
)
"""Scripts without spaces between words; each of their characters counts as a word."""
_WORD: Final = regex.compile(
    rf"(?V1)[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]+|[[\p{{L}}\p{{M}}\p{{N}}]&&[{_UNSPACED}]]"
)


def passage_digests(text: str) -> list[str]:
    """Return the digests of a text's passages, in order; words after the last whole one have none.

    Case, punctuation and white space make no difference.
    """
    words = _words(text)
    return [_digest(words, at) for at in range(0, len(words) - PASSAGE_WORDS + 1, PASSAGE_WORDS)]


def find_passages(text: str, wanted: Container[str]) -> set[str]:
    """Return those of the ``wanted`` digests whose passages a text holds, wherever in it they begin."""
    return {digest for digest in _all_digests(_words(text)) if digest in wanted}


def _words(text: str) -> list[str]:
    words: list[str] = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    return words


def _all_digests(words: list[str]) -> Iterator[str]:
    return (_digest(words, at) for at in range(len(words) - PASSAGE_WORDS + 1))


def _digest(words: list[str], at: int) -> str:
    return hashlib.sha256(" ".join(words[at : at + PASSAGE_WORDS]).encode()).hexdigest()[:_DIGEST_LENGTH]
