"""Names and a language to the names that may stand at a word of a text, and how alike they are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple

from pactwire.model.records import Span
from pactwire.suggest import suffixes
from pactwire.suggest.lexicon import CAPITALS, LOWER, TITLE, Name, Part, Reading, case, tables
from pactwire.suggest.normalization import fold, sound

SAME: Final = 0
INFLECTED: Final = 1
DERIVED: Final = 2
ALIKE: Final = 3
"""How a text's words are a name: letter by letter, in another form, as adjective of a place, by their sound."""

_SOUNDS: Final = 5
"""Letters that the sound of a person's whole name needs to be told from others."""

_JOIN: Final = "о"
"""What joins the parts of a Cyrillic compound adjective: північнокорейський."""


class Found(NamedTuple):
    """A name at tokens ``first`` up to ``last``, not included, the names inside it, and how alike it is."""

    first: int
    last: int
    likeness: int
    name: Name
    inner: tuple["Found", ...] = ()


class Index:
    """Names by what their first word may look like in texts of one language."""

    def __init__(self, names: Iterable[Name], language: str) -> None:
        self.language = language
        self._first: dict[str, list[Name]] = defaultdict(list)
        self._places: dict[str, list[Name]] = defaultdict(list)
        self._sounds: dict[tuple[str, ...], list[Name]] = defaultdict(list)
        self._slots: dict[str, list[Name]] = defaultdict(list)
        self._longest = 0
        for name in names:
            self._add(name)

    def _add(self, name: Name) -> None:
        first = name.parts[0]
        if first.link is not None:
            self._slots[first.link].append(name)
            return
        for stem in self._known(first, name):
            self._first[stem].append(name)
        if self._is_place(name):
            for place in _place_keys(name, self.language):
                self._places[place].append(_adjective(name))
        if name.reading.type in tables()["short_names"] and len(name.parts) > 1:
            sounds = tuple(sound(part.word) for part in name.parts if part.word.isalpha())
            if all(sounds) and sum(map(len, sounds)) >= _SOUNDS:
                self._sounds[sounds].append(name)
                self._longest = max(self._longest, len(name.parts))

    def _known(self, part: Part, name: Name) -> tuple[str, ...]:
        """Return the stems of a part of a name; a word in capitals, and one of another language, is its own."""
        foreign = name.language != self.language and not suffixes.is_cyrillic(part.word)
        if part.case == CAPITALS or foreign or not part.word.isalpha():
            return (part.word,)
        return self._stems(part.word, name)

    def _stems(self, word: str, name: Name) -> tuple[str, ...]:
        shortest = suffixes.SHORTEST if len(name.parts) == 1 else suffixes.SHORTEST - 1
        return suffixes.stems(word, self.language, name.reading.form == tables()["place"]["form"], shortest)

    def _is_place(self, name: Name) -> bool:
        """Say whether adjectives of this language can be made from a name."""
        place = tables()["place"]
        if name.reading.type != place["type"] or name.reading.form == place["form"] or name.parts[-1].case != TITLE:
            return False
        return name.language == self.language or suffixes.is_cyrillic(name.parts[-1].word)

    def at(self, tokens: Sequence[Span], first: int) -> Iterator[Found]:
        """Yield the names without places for others that may begin at a token."""
        word = fold(tokens[first]["text"])
        keys = dict.fromkeys(
            suffixes.stems(word, self.language, False, 2) + suffixes.stems(word, self.language, True, 2)
        )
        seen: set[int] = set()
        for key in keys:
            for name in self._first.get(key, ()):
                if id(name) not in seen and (found := self._follow(tokens, first, name, {})):
                    seen.add(id(name))
                    yield found
        if self._may_be_adjective(tokens[first]["text"]):
            for place in suffixes.places(word, self.language):
                for name in self._places.get(place, ()):
                    yield Found(first, first + 1, DERIVED, name)
        yield from self._alike(tokens, first)

    def around(self, tokens: Sequence[Span], inner: dict[int, list[Found]], first: int) -> Iterator[Found]:
        """Yield the names around others that may begin at a token; ``inner`` are those found, by first token."""
        word = fold(tokens[first]["text"])
        starts = [name for key in suffixes.stems(word, self.language, False, 2) for name in self._first.get(key, ())]
        starts += [name for each in inner.get(first, ()) for name in self._slots.get(each.name.reading.link or "", ())]
        for name in dict.fromkeys(starts):
            if any(part.link for part in name.parts) and (found := self._follow(tokens, first, name, inner)):
                yield found

    def _follow(self, tokens: Sequence[Span], first: int, name: Name, inner: dict[int, list[Found]]) -> Found | None:
        at, likeness = first, SAME
        places: list[Found] = []
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
            alike = self._like(tokens[at]["text"], part, name, number)
            if alike is None:
                return None
            likeness = max(likeness, alike)
            at += 1
        return Found(first, at, likeness, _adjective(name) if likeness == DERIVED else name, tuple(places))

    def _like(self, text: str, part: Part, name: Name, at: int) -> int | None:
        if not _written(part.case, text):
            return None
        word = fold(text)
        if word == part.word:
            return SAME
        known = set(self._known(part, name))
        if part.case != CAPITALS and part.word.isalpha() and not known.isdisjoint(self._stems(word, name)):
            return INFLECTED
        if 0 < at == len(name.parts) - 1 and self._is_place(name):
            adjective = set(suffixes.places(word, self.language))
            return None if adjective.isdisjoint(suffixes.place_stems(part.word, self.language)) else DERIVED
        return None

    def _may_be_adjective(self, text: str) -> bool:
        return self.language not in suffixes.NOUNS_IN_CAPITALS or text[0].islower()

    def _alike(self, tokens: Sequence[Span], first: int) -> Iterator[Found]:
        """Yield the whole names of persons that sound like the words from a token on, last word's ending aside."""
        sounds: list[tuple[str, ...]] = []
        for at in range(first, min(len(tokens), first + self._longest)):
            text = tokens[at]["text"]
            if text in "-‐‑" and sounds:
                continue
            if not text[0].isupper() or not text.isalpha():
                return
            stems = suffixes.stems(fold(text), self.language)
            sounds.append(tuple(dict.fromkeys(filter(None, map(sound, stems)))))
            if len(sounds) > 1:
                for key in product(*sounds):
                    for name in self._sounds.get(key, ()):
                        yield Found(first, at + 1, ALIKE, name)


def _written(known: str, text: str) -> bool:
    """Say whether a text's word is written as a name's part may be: capitals are not given up."""
    return known == LOWER or (text[0].isupper() if known == TITLE else case(text) == CAPITALS)


def _place_keys(name: Name, language: str) -> Iterator[str]:
    """Yield the stems of the adjectives that a place of one word has, or of two in Cyrillic."""
    heads = [part.word for part in name.parts]
    if any(part.case != TITLE for part in name.parts) or not all(map(str.isalpha, heads)):
        return
    last = suffixes.place_stems(heads[-1], language)
    if len(heads) == 1:
        yield from last
    elif len(heads) == 2 and suffixes.is_cyrillic(heads[0]):
        for first, second in product(suffixes.stems(heads[0], language), last):
            yield first + _JOIN + second


def _adjective(name: Name) -> Name:
    place = tables()["place"]
    return Name(name.parts, Reading(place["type"], place["form"], name.reading.link, None), name.language, name.source)
