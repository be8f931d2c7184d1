"""Known names in an article's text, in any script and case, by the consonant keys of their words.

`pactwire.text.name_matching` says what this shares with the drafts of ``suggest``, and why the rest differs.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from pactwire.text.name_keys import consonant_key
from pactwire.text.name_matching import KeyedNames, leftmost_longest

_LETTERS: Final = re.compile(r"[^\W\d_]+")
_LONGEST_ACRONYM: Final = 5
"""Longer words in capitals are headlines, not names."""


class Word(NamedTuple):
    """A run of letters and its half-open span in the text, in code points."""

    text: str
    start: int
    end: int


class LinkedMention(NamedTuple):
    """A known name in a text: its link, and its half-open span in code points."""

    link: str
    start: int
    end: int


def letter_words(text: str) -> list[Word]:
    """Return the runs of letters in a text, in order.

    Digits, hyphens and apostrophes separate words, because languages disagree about them.
    """
    return [Word(match[0], match.start(), match.end()) for match in _LETTERS.finditer(text)]


def looks_like_name(word: str) -> bool:
    """Return whether a word is written like a name: with an initial capital, or as a short acronym."""
    return word[0].isupper() and not (len(word) > _LONGEST_ACRONYM and word.isupper())


class KnownNames:
    """Names and their links, to be found in texts.

    Args:
        forms: Pairs of a written name and its link. Names with the same keys get the link they have most often.
    """

    def __init__(self, forms: Iterable[tuple[str, str]]) -> None:
        counts: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        self._lowercase_words: set[str] = set()
        for written, link in forms:
            if words := [word.text for word in letter_words(written)]:
                counts[tuple(map(consonant_key, words))][link] += 1
                self._lowercase_words.update(filter(str.islower, words))
        self._links: KeyedNames[str] = KeyedNames()
        for keys, links in counts.items():
            self._links.add(keys, links.most_common(1)[0][0])

    def find_mentions(self, words: Sequence[Word]) -> Iterator[LinkedMention]:
        """Yield the known names among the words of a text, in order; of overlapping ones the first, then the longest.

        A mention has at least one word that is written like a name, or in lower case as a known name has it.
        """
        matches = self._links.matches([(consonant_key(word.text),) for word in words])
        for match, *_ in leftmost_longest(match for match in matches if self._is_name(words[match.first : match.stop])):
            yield LinkedMention(match.value, words[match.first].start, words[match.stop - 1].end)

    def _is_name(self, words: Iterable[Word]) -> bool:
        return any(looks_like_name(word.text) or word.text in self._lowercase_words for word in words)
