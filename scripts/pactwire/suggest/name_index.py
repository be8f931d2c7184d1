"""Names and a language to the names that may stand at a word of a text, and how alike they are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple

from pactwire.model.records import Span
from pactwire.suggest.lexicon import CAPITALS, LOWER, TITLE, Name, NamePart, Reading, label_tables, word_case
from pactwire.text import suffixes
from pactwire.text.normalization import fold, sound_key

SAME: Final = 0
INFLECTED: Final = 1
DERIVED: Final = 2
ALIKE: Final = 3
"""How a text's words are a name: letter by letter, in another form, as adjective of a place, by their sound."""

_MIN_SOUND_LENGTH: Final = 5
"""Letters that the sound of a person's whole name needs to be told from others."""

_COMPOUND_VOWEL: Final = "о"
"""What joins the parts of a Cyrillic compound adjective: північнокорейський."""


class NameMatch(NamedTuple):
    """A name at tokens ``first`` up to ``last``, not included, the names inside it, and how alike it is."""

    first: int
    last: int
    likeness: int
    name: Name
    inner: tuple["NameMatch", ...] = ()


class NameIndex:
    """Names by what their first word may look like in texts of one language."""

    def __init__(self, names: Iterable[Name], language: str) -> None:
        self.language = language
        self._by_stem: dict[str, list[Name]] = defaultdict(list)
        self._by_adjective_stem: dict[str, list[Name]] = defaultdict(list)
        self._by_sound: dict[tuple[str, ...], list[Name]] = defaultdict(list)
        self._by_inner_link: dict[str, list[Name]] = defaultdict(list)
        self._longest = 0
        for name in names:
            self._add(name)

    def _add(self, name: Name) -> None:
        first = name.parts[0]
        if first.link is not None:
            self._by_inner_link[first.link].append(name)
            return
        for stem in self._part_stems(first, name):
            self._by_stem[stem].append(name)
        if self._is_place(name):
            for place in _adjective_stems(name, self.language):
                self._by_adjective_stem[place].append(_as_adjective(name))
        if name.reading.type in label_tables()["short_names"] and len(name.parts) > 1:
            sounds = tuple(sound_key(part.word) for part in name.parts if part.word.isalpha())
            if all(sounds) and sum(map(len, sounds)) >= _MIN_SOUND_LENGTH:
                self._by_sound[sounds].append(name)
                self._longest = max(self._longest, len(name.parts))

    def _part_stems(self, part: NamePart, name: Name) -> tuple[str, ...]:
        """Return the stems of a part of a name; a word in capitals, and one of another language, is its own."""
        foreign = name.language != self.language and not suffixes.is_cyrillic(part.word)
        if part.case == CAPITALS or foreign or not part.word.isalpha():
            return (part.word,)
        return self._stems(part.word, name)

    def _stems(self, word: str, name: Name) -> tuple[str, ...]:
        shortest = suffixes.MIN_STEM if len(name.parts) == 1 else suffixes.MIN_STEM - 1
        return suffixes.stems(word, self.language, name.reading.form == label_tables()["place"]["form"], shortest)

    def _is_place(self, name: Name) -> bool:
        """Say whether adjectives of this language can be made from a name."""
        place = label_tables()["place"]
        if name.reading.type != place["type"] or name.reading.form == place["form"] or name.parts[-1].case != TITLE:
            return False
        return name.language == self.language or suffixes.is_cyrillic(name.parts[-1].word)

    def matches_at(self, tokens: Sequence[Span], first: int) -> Iterator[NameMatch]:
        """Yield the names without places for others that may begin at a token."""
        word = fold(tokens[first]["text"])
        keys = dict.fromkeys(
            suffixes.stems(word, self.language, False, 2) + suffixes.stems(word, self.language, True, 2)
        )
        seen: set[int] = set()
        for key in keys:
            for name in self._by_stem.get(key, ()):
                if id(name) not in seen and (found := self._match_name(tokens, first, name, {})):
                    seen.add(id(name))
                    yield found
        if self._may_be_adjective(tokens[first]["text"]):
            for place in suffixes.adjective_place_stems(word, self.language):
                for name in self._by_adjective_stem.get(place, ()):
                    yield NameMatch(first, first + 1, DERIVED, name)
        yield from self._match_by_sound(tokens, first)

    def enclosing_matches_at(
        self, tokens: Sequence[Span], inner: dict[int, list[NameMatch]], first: int
    ) -> Iterator[NameMatch]:
        """Yield the names around others that may begin at a token; ``inner`` are those found, by first token."""
        word = fold(tokens[first]["text"])
        starts = [name for key in suffixes.stems(word, self.language, False, 2) for name in self._by_stem.get(key, ())]
        starts += [
            name for each in inner.get(first, ()) for name in self._by_inner_link.get(each.name.reading.link or "", ())
        ]
        for name in dict.fromkeys(starts):
            if any(part.link for part in name.parts) and (found := self._match_name(tokens, first, name, inner)):
                yield found

    def _match_name(
        self, tokens: Sequence[Span], first: int, name: Name, inner: dict[int, list[NameMatch]]
    ) -> NameMatch | None:
        at, likeness = first, SAME
        places: list[NameMatch] = []
        for number, part in enumerate(name.parts):
            if at >= len(tokens) or (at > first and (tokens[at - 1]["end"] == tokens[at]["start"]) != part.glued):
                return None
            if part.link is not None:
                fitting = [each for each in inner.get(at, ()) if each.name.reading.link == part.link]
                if not fitting:
                    return None
                places.append(max(fitting, key=lambda each: each.last))
                at = places[-1].last
                continue
            alike = self._match_word(tokens[at]["text"], part, name, number)
            if alike is None:
                return None
            likeness = max(likeness, alike)
            at += 1
        return NameMatch(first, at, likeness, _as_adjective(name) if likeness == DERIVED else name, tuple(places))

    def _match_word(self, text: str, part: NamePart, name: Name, at: int) -> int | None:
        if not _fits_case(part.case, text):
            return None
        word = fold(text)
        if word == part.word:
            return SAME
        known = set(self._part_stems(part, name))
        if part.case != CAPITALS and part.word.isalpha() and not known.isdisjoint(self._stems(word, name)):
            return INFLECTED
        if 0 < at == len(name.parts) - 1 and self._is_place(name):
            adjective = set(suffixes.adjective_place_stems(word, self.language))
            return None if adjective.isdisjoint(suffixes.place_stems(part.word, self.language)) else DERIVED
        return None

    def _may_be_adjective(self, text: str) -> bool:
        return self.language not in suffixes.CAPITALIZED_NOUN_LANGUAGES or text[0].islower()

    def _match_by_sound(self, tokens: Sequence[Span], first: int) -> Iterator[NameMatch]:
        """Yield the whole names of persons that sound like the words from a token on, last word's ending aside."""
        sounds: list[tuple[str, ...]] = []
        for at in range(first, min(len(tokens), first + self._longest)):
            text = tokens[at]["text"]
            if text in "-‐‑" and sounds:
                continue
            if not text[0].isupper() or not text.isalpha():
                return
            stems = suffixes.stems(fold(text), self.language)
            sounds.append(tuple(dict.fromkeys(filter(None, map(sound_key, stems)))))
            if len(sounds) > 1:
                for key in product(*sounds):
                    for name in self._by_sound.get(key, ()):
                        yield NameMatch(first, at + 1, ALIKE, name)


def _fits_case(known: str, text: str) -> bool:
    """Say whether a text's word is written as a name's part may be: capitals are not given up."""
    return known == LOWER or (text[0].isupper() if known == TITLE else word_case(text) == CAPITALS)


def _adjective_stems(name: Name, language: str) -> Iterator[str]:
    """Yield the stems of the adjectives that a place of one word has, or of two in Cyrillic."""
    heads = [part.word for part in name.parts]
    if any(part.case != TITLE for part in name.parts) or not all(map(str.isalpha, heads)):
        return
    last = suffixes.place_stems(heads[-1], language)
    if len(heads) == 1:
        yield from last
    elif len(heads) == 2 and suffixes.is_cyrillic(heads[0]):
        for first, second in product(suffixes.stems(heads[0], language), last):
            yield first + _COMPOUND_VOWEL + second


def _as_adjective(name: Name) -> Name:
    place = label_tables()["place"]
    return Name(name.parts, Reading(place["type"], place["form"], name.reading.link, None), name.language, name.source)
