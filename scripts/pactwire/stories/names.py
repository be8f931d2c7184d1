"""Words and names in any script to keys under which their forms meet, and texts to the known names in them.

``Stoltenberg``, ``Столтенберг`` and ``Столтенбергом`` have one key: endings of Cyrillic cases go, the rest is
written in ASCII, vowels go, and consonants that languages spell in several ways become one.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

KeySequence = tuple[str, ...]

_LETTERS: Final = re.compile(r"[^\W\d_]+")
_CASE_SUFFIX: Final = re.compile(
    r"(?<=\w{4})(?:ами|ями|ові|еві|єві|ого|ому|его|ему|ому|ої|ою|ею|єю|ой|ом|ем|єм|им|ым|ім|ах|ях|ът|та|то)$"
)
"""Endings of nouns and adjectives in Slavic languages written in Cyrillic that hold a consonant or an article."""
_SPELLINGS: Final = tuple(
    (re.compile(pattern), letter)
    for pattern, letter in (
        (r"tsch|tch|shch|sch|ch|sh|dzh|zh|dj|ts|tz|cz|sz|c(?=[eiy])|^j|[zs]", "s"),
        (r"j", ""),
        (r"kh|gh|h|g", "g"),
        (r"ck|[ckq]", "k"),
        (r"x", "ks"),
        (r"ph|[vwf]", "f"),
        (r"(?<=.)[aeiouy]+|'", ""),
        (r"^[aeiouy]+", "a"),
        (r"(.)\1+", r"\1"),
    )
)
_MIN_CONSONANTS: Final = 3
"""Consonants of a key that tells names apart; words with less keep their vowels and script."""

_SPELLED_OUT: Final = "="


class Word(NamedTuple):
    """A word of a text with its half-open place in it."""

    text: str
    start: int
    end: int


class LinkedMention(NamedTuple):
    """A known name in a text: whom or what it stands for, and its half-open place."""

    link: str
    start: int
    end: int


@lru_cache(maxsize=100_000)
def name_key(word: str) -> str:
    """Return the key of a word; ``=`` and the casefolded word where too few consonants are left."""
    from anyascii import anyascii

    word = word.casefold()
    stem = _CASE_SUFFIX.sub("", word)
    letters = re.sub(r"[^a-z]", "", anyascii(stem).lower())
    for spelling, letter in _SPELLINGS:
        letters = spelling.sub(letter, letters)
    return letters if len(letters.removeprefix("a")) >= _MIN_CONSONANTS else f"{_SPELLED_OUT}{word}"


def is_distinctive(key: str) -> bool:
    """Tell whether a key alone can stand for a name, in any script."""
    return not key.startswith(_SPELLED_OUT)


def letter_words(text: str) -> list[Word]:
    """Return the words of a text in order."""
    return [Word(found[0], found.start(), found.end()) for found in _LETTERS.finditer(text)]


def looks_like_name(word: str) -> bool:
    """Tell whether a word is written like a name: its first letter large, of a script that has large letters."""
    return word[0].isupper() and not (len(word) > 5 and word.isupper())


class KnownNames:
    """Forms of known names by their words' keys, to be found in texts."""

    def __init__(self, forms: Iterable[tuple[str, str]]) -> None:
        """Take pairs of a written form and a link; a form that stands for several belongs to the most frequent."""
        counts: defaultdict[KeySequence, Counter[str]] = defaultdict(Counter)
        self._small: set[str] = set()
        for written, link in forms:
            parts = letter_words(written)
            if parts:
                counts[tuple(name_key(part.text) for part in parts)][link] += 1
                self._small |= {part.text for part in parts if part.text.islower()}
        self._links: Mapping[KeySequence, str] = {form: links.most_common(1)[0][0] for form, links in counts.items()}
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for form in self._links:
            lengths[form[0]].add(len(form))
        self._lengths = {first: sorted(each, reverse=True) for first, each in lengths.items()}

    def find_mentions(self, parts: list[Word]) -> Iterator[LinkedMention]:
        """Yield the known names among the words of a text in order, of overlapping ones the longer first."""
        keys = [name_key(part.text) for part in parts]
        at = 0
        while at < len(parts):
            for length in self._lengths.get(keys[at], ()):
                link = self._links.get(tuple(keys[at : at + length]))
                run = parts[at : at + length]
                if link and any(looks_like_name(part.text) or part.text in self._small for part in run):
                    yield LinkedMention(link, run[0].start, run[-1].end)
                    at += length - 1
                    break
            at += 1
