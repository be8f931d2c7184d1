"""Index of the known names by what their first word may look like in a text of one language."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import product
from typing import Final, NamedTuple

from pactwire.suggest.lexicon import Name, NamePart
from pactwire.suggest.name_layer import NameLayer
from pactwire.suggest.text_line import TextLine
from pactwire.text import suffixes
from pactwire.text.name_keys import sound_key
from pactwire.text.name_matching import KeyedNames
from pactwire.text.normalization import CAPITALS, LOWER, TITLE, word_case

HYPHENS: Final = "-‐‑"

_MIN_SOUND_LENGTH: Final = 5
"""Least letters of all sound keys of a full name, so that it is not taken for another."""
_MAX_WORDS: Final = 65_536
"""Words of texts whose names are remembered."""
_COMPOUND_VOWEL: Final = "о"
"""Vowel that joins the parts of a compound adjective in Cyrillic: північнокорейський."""


class Likeness(IntEnum):
    """How words of a text match a name, the closest first."""

    SAME = 0
    """The same letters."""
    INFLECTED = 1
    """Another inflected form."""
    DERIVED = 2
    """The adjective of a place."""
    ALIKE = 3
    """The same sound."""


class NameMatch(NamedTuple):
    """A name at the tokens from ``first`` up to ``stop``, not included, and the matches inside it."""

    first: int
    stop: int
    likeness: Likeness
    name: Name
    inner: tuple["NameMatch", ...] = ()


class _WordNames(NamedTuple):
    """The names that may begin at a word of a text: ``derived`` are adjectives, ``enclosing`` contain other names."""

    plain: tuple[Name, ...]
    derived: tuple[Name, ...]
    enclosing: tuple[Name, ...]


class NameIndex:
    """Known names, to be found at the tokens of texts in one language."""

    def __init__(self, names: Iterable[Name], language: str, layer: NameLayer) -> None:
        self.language = language
        self._layer = layer
        self._by_stem: dict[str, list[Name]] = defaultdict(list)
        self._by_adjective_stem: dict[str, list[Name]] = defaultdict(list)
        self._by_sound: KeyedNames[Name] = KeyedNames()
        self._enclosing_by_stem: dict[str, list[Name]] = defaultdict(list)
        self._enclosing_by_link: dict[str, list[Name]] = defaultdict(list)
        self._word_names: dict[str, _WordNames] = {}
        self._longest = 0
        for name in names:
            self._add(name)

    def _add(self, name: Name) -> None:
        first = name.parts[0]
        if first.link is not None:
            self._enclosing_by_link[first.link].append(name)
            return
        by_stem = self._enclosing_by_stem if any(part.link for part in name.parts) else self._by_stem
        for stem in self._part_stems(first, name):
            by_stem[stem].append(name)
        if self._is_place(name):
            for place in _adjective_stems(name, self.language):
                self._by_adjective_stem[place].append(self._as_adjective(name))
        if name.reading.label in self._layer.persons and len(name.parts) > 1:
            sounds = tuple(sound_key(part.word) for part in name.parts if part.word.isalpha())
            if all(sounds) and sum(map(len, sounds)) >= _MIN_SOUND_LENGTH:
                self._by_sound.add(sounds, name)
                self._longest = max(self._longest, len(name.parts))

    def _part_stems(self, part: NamePart, name: Name) -> tuple[str, ...]:
        """Return the stems of a part of a name; a word in capitals or in another language is its only stem."""
        foreign = name.language != self.language and not suffixes.is_cyrillic(part.word)
        if part.case == CAPITALS or foreign or not part.word.isalpha():
            return (part.word,)
        return self._stems(part.word, name)

    def _stems(self, word: str, name: Name) -> tuple[str, ...]:
        shortest = suffixes.MIN_STEM if len(name.parts) == 1 else suffixes.MIN_STEM - 1
        return suffixes.stems(word, self.language, self._layer.is_adjective(name.reading), shortest)

    def _is_place(self, name: Name) -> bool:
        """Return whether this language can form adjectives of a name, and the schema has a label for them."""
        is_noun = name.reading.label in self._layer.places and not self._layer.is_adjective(name.reading)
        if self._layer.adjective is None or not is_noun or name.parts[-1].case != TITLE:
            return False
        return name.language == self.language or suffixes.is_cyrillic(name.parts[-1].word)

    @property
    def has_enclosing_names(self) -> bool:
        """Whether there are names that contain others."""
        return bool(self._enclosing_by_stem or self._enclosing_by_link)

    def begins_enclosing_name(self, word: str) -> bool:
        """Return whether a name that contains others may begin with a folded word."""
        return bool(self._names_of_word(word).enclosing)

    def matches(self, line: TextLine) -> list[list[NameMatch]]:
        """Return the matches at each token of a line, of names that contain no other names and split no word."""
        return [
            [match for match in self._matches_at(line, first) if line.is_whole(match.first, match.stop)]
            for first in range(len(line.tokens))
        ]

    def _matches_at(self, line: TextLine, first: int) -> Iterator[NameMatch]:
        known, text = self._names_of_word(line.words[first]), line.tokens[first]["text"]
        for name in known.plain:
            if match := self._match_name(line, first, name, {}):
                yield match
        if known.derived and self._may_be_adjective(text):
            for name in known.derived:
                yield NameMatch(first, first + 1, Likeness.DERIVED, name)
        if self._longest and text[0].isupper():
            yield from self._match_by_sound(line, first)

    def enclosing_matches_at(
        self, line: TextLine, inner: Mapping[int, Sequence[NameMatch]], first: int
    ) -> Iterator[NameMatch]:
        """Yield the matches that begin at a token, of names that contain others and split no word.

        Args:
            line: A line.
            inner: The matches of names that contain no others, by their first token.
            first: Index of the token.
        """
        links = [match.name.reading.link or "" for match in inner.get(first, ())]
        names = *self._names_of_word(line.words[first]).enclosing, *_values_of(self._enclosing_by_link, links)
        for name in dict.fromkeys(names):
            match = self._match_name(line, first, name, inner)
            if match and line.is_whole(match.first, match.stop):
                yield match

    def _names_of_word(self, word: str) -> _WordNames:
        """Return the names that may begin at a folded word, found out once for most words."""
        if word not in self._word_names:
            if len(self._word_names) >= _MAX_WORDS:
                self._word_names.clear()
            nouns, adjectives = self._text_stems(word), self._text_stems(word, adjective=True)
            places = suffixes.adjective_place_stems(word, self.language)
            self._word_names[word] = _WordNames(
                tuple(dict.fromkeys(_values_of(self._by_stem, (*nouns, *adjectives)))),
                tuple(_values_of(self._by_adjective_stem, places)),
                tuple(_values_of(self._enclosing_by_stem, nouns)),
            )
        return self._word_names[word]

    def _text_stems(self, word: str, adjective: bool = False) -> tuple[str, ...]:
        """Return the stems of a folded word of a text; those too short for a name find none in the index."""
        return suffixes.stems(word, self.language, adjective, suffixes.MIN_STEM - 1)

    def _match_name(
        self, line: TextLine, first: int, name: Name, inner: Mapping[int, Sequence[NameMatch]]
    ) -> NameMatch | None:
        tokens, at, likeness = line.tokens, first, Likeness.SAME
        contained: list[NameMatch] = []
        for number, part in enumerate(name.parts):
            if at >= len(tokens) or (at > first and (tokens[at - 1]["end"] == tokens[at]["start"]) != part.glued):
                return None
            if part.link is not None:
                linked = [match for match in inner.get(at, ()) if match.name.reading.link == part.link]
                if not linked:
                    return None
                contained.append(max(linked, key=lambda match: match.stop))
                at = contained[-1].stop
                continue
            word_likeness = self._match_word(tokens[at]["text"], line.words[at], part, name, number)
            if word_likeness is None:
                return None
            likeness = max(likeness, word_likeness)
            at += 1
        matched = self._as_adjective(name) if likeness == Likeness.DERIVED else name
        return NameMatch(first, at, likeness, matched, tuple(contained))

    def _match_word(self, text: str, word: str, part: NamePart, name: Name, number: int) -> Likeness | None:
        """Return how a token, and as a folded word, matches the part of a name with this number; None if not."""
        if not _fits_case(part.case, text):
            return None
        if word == part.word:
            return Likeness.SAME
        stems = set(self._part_stems(part, name))
        if part.case != CAPITALS and part.word.isalpha() and not stems.isdisjoint(self._stems(word, name)):
            return Likeness.INFLECTED
        if 0 < number == len(name.parts) - 1 and self._is_place(name):
            places = set(suffixes.adjective_place_stems(word, self.language))
            return None if places.isdisjoint(suffixes.place_stems(part.word, self.language)) else Likeness.DERIVED
        return None

    def _as_adjective(self, name: Name) -> Name:
        return name._replace(reading=self._layer.as_adjective(name.reading))

    def _may_be_adjective(self, text: str) -> bool:
        return self.language not in suffixes.CAPITALIZED_NOUN_LANGUAGES or text[0].islower()

    def _match_by_sound(self, line: TextLine, first: int) -> Iterator[NameMatch]:
        """Yield the full names of persons that sound like the words from a token on, whatever suffix these have."""
        words: list[tuple[str, ...]] = []
        stops: list[int] = []
        for at in range(first, min(len(line.tokens), first + self._longest)):
            text = line.tokens[at]["text"]
            if text in HYPHENS and words:
                continue
            if not text[0].isupper() or not text.isalpha():
                break
            stems = suffixes.stems(line.words[at], self.language)
            words.append(tuple(dict.fromkeys(filter(None, map(sound_key, stems)))))
            stops.append(at + 1)
        if len(words) > 1:
            for match in self._by_sound.matches_at(words, 0):
                if match.stop > 1:
                    yield NameMatch(first, stops[match.stop - 1], Likeness.ALIKE, match.value)


def _values_of(index: Mapping[str, list[Name]], keys: Sequence[str]) -> list[Name]:
    """Return the names of keys, of which most have none."""
    return [] if index.keys().isdisjoint(keys) else [name for key in keys for name in index.get(key, ())]


def _fits_case(part_case: str, text: str) -> bool:
    """Return whether a word of a text has the capitals of a part of a name; a name in lower case may have any."""
    return part_case == LOWER or (text[0].isupper() if part_case == TITLE else word_case(text) == CAPITALS)


def _adjective_stems(name: Name, language: str) -> Iterator[str]:
    """Yield the stems of the adjectives of a place whose name is one word, or two words in Cyrillic."""
    words = [part.word for part in name.parts]
    if any(part.case != TITLE for part in name.parts) or not all(map(str.isalpha, words)):
        return
    last_stems = suffixes.place_stems(words[-1], language)
    if len(words) == 1:
        yield from last_stems
    elif len(words) == 2 and suffixes.is_cyrillic(words[0]):
        for first, last in product(suffixes.stems(words[0], language), last_stems):
            yield first + _COMPOUND_VOWEL + last
