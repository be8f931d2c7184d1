"""Other occurrences of a name that a person marked in a text.

Words are compared as in drafts (`suggest.matcher`): whole words, with their capitals, in any inflected form of the
text's language. Beyond that, the same characters are found where tokens do not show them: in scripts without spaces
between words, before a particle that Korean joins to a name, and across a line break.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import regex

from pactwire.suggest.drafts import Suggester
from pactwire.suggest.lexicon import Name, NamePart, lowercase_words, name_parts
from pactwire.suggest.matcher import Matcher, Mention
from pactwire.suggest.name_index import Likeness, NameIndex, NameMatch
from pactwire.suggest.name_layer import NameLayer, Reading
from pactwire.suggest.text_line import WORD_GOES_ON, TextLine
from pactwire.text import tokens
from pactwire.text.script_properties import UNSPACED
from pactwire.text.suffixes import HANGUL_PARTICLES

Place = tuple[int, int]
"""A half-open span in code points."""

_UNSPACED: Final = regex.compile(UNSPACED, regex.VERSION1)
_KATAKANA: Final = regex.compile(r"[\p{Script=Katakana}ー]")
_MARK: Final = regex.compile(r"[\p{M}\u200c\u200d\u2060]")
_HANGUL_WORD: Final = regex.compile(r"\p{Script=Hangul}+")
_LOOKAHEAD: Final = 16
"""Characters behind a name that tell whether its word ends there."""
_GRAPHEME: Final = regex.compile(r"\X")


class MarkedName(NamedTuple):
    """A name that is labeled: its span, its class, and its form and link as far as they are chosen."""

    start: int
    end: int
    label: str | None
    form: str | None = None
    link: str | None = None


class Occurrence(NamedTuple):
    """Another occurrence of a marked name: a half-open span in code points, and what it is suggested as."""

    start: int
    end: int
    reading: Reading


def find_occurrences(
    text: str,
    blocks: Sequence[Place],
    language: str,
    marked: MarkedName,
    suggester: Suggester,
    labeled: Sequence[MarkedName] = (),
) -> list[Occurrence]:
    """Return the other occurrences of a name in a text, in order; they do not overlap.

    Each has the class of the marked name. It has its form and link too, where they are chosen; else the link that all
    labels of this name and class have, or form and link of the table of links, if the marked words are a name there.
    The adjective of a place has the form of adjectives.

    Args:
        text: The text.
        blocks: Spans of the text; an occurrence lies within one of them.
        language: ISO 639-1 code of the text, or ``und``.
        marked: The marked name.
        suggester: The known names, which give links, and of which longer ones contain no occurrence.
        labeled: The names that are labeled already; an occurrence overlaps none of them.
    """
    parts = name_parts(tokens.tokenize(text[marked.start : marked.end]))
    if not parts:
        return []
    search = _Search(text, language, marked, parts, suggester, labeled)
    found = [each for block in blocks for each in search.in_lines(block)]
    found += [Occurrence(*place, search.reading) for block in blocks for place in search.same_characters(block)]
    return list(_free_of(found, [marked, *labeled]))


def _free_of(found: Iterable[Occurrence], labeled: Sequence[MarkedName]) -> Iterator[Occurrence]:
    """Yield occurrences that overlap no label; of those that overlap each other, the first, then the longest."""
    free = 0
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if each.start >= free and not any(one.start < each.end and each.start < one.end for one in labeled):
            yield each
            free = each.end


class _Search:
    """The search for a name in one text."""

    def __init__(
        self,
        text: str,
        language: str,
        marked: MarkedName,
        parts: tuple[NamePart, ...],
        suggester: Suggester,
        labeled: Sequence[MarkedName],
    ) -> None:
        self.text = text
        self.language = language
        self.marked = marked
        self.lexicon = suggester.lexicon
        self.layer: NameLayer = suggester.lexicon.layer
        self.known = suggester.index_for(language)
        common = suggester.lexicon.lowercase_words | lowercase_words(text)
        self.matcher = Matcher(suggester.lexicon, common - {part.word for part in parts})  # the person knows better
        same = [match for match in self._all_of(self.known, marked) if match.name.reading.label == marked.label]
        self.names = {parts} | {match.name.parts for match in same if match.likeness <= Likeness.INFLECTED}
        reading = self._known_reading(same)
        index = self._index(parts, reading)
        links = {each.link for each in labeled if each.label == marked.label and self._all_of(index, each)} - {None}
        link = marked.link or (links.pop() if len(links) == 1 else reading.link)
        self.reading = self.lexicon.reading(reading.label, reading.form, link)
        self.index = self._index(parts, self.reading)

    def _index(self, parts: tuple[NamePart, ...], reading: Reading) -> NameIndex:
        return NameIndex([Name(parts, reading, self.language, "")], self.language, self.layer)

    def _all_of(self, index: NameIndex, place: MarkedName) -> list[NameMatch]:
        """Return the matches that all words of a label are."""
        line = TextLine(self.text[place.start : place.end], self.language)
        return [match for at_token in index.matches(line)[:1] for match in at_token if match.stop == len(line.tokens)]

    def _known_reading(self, same: Sequence[NameMatch]) -> Reading:
        """Return the class and the chosen form of the marked name, with what known names say beyond that."""
        best = min((match.likeness for match in same), default=None)
        names = [match.name for match in same if match.likeness == best]
        reading = self.matcher.reading(names) if names else self.layer.blank_reading(self.marked.label)
        return reading._replace(form=self.marked.form or reading.form)

    def in_lines(self, block: Place) -> Iterator[Occurrence]:
        """Yield the occurrences in the lines of a block, word by word; they may overlap others."""
        start, end = block
        for content in self.text[start:end].split("\n"):
            if content.strip():
                yield from self._in_line(TextLine(content, self.language), start)
            start += len(content) + 1

    def _in_line(self, line: TextLine, offset: int) -> Iterator[Occurrence]:
        found = {self.known: self.known.matches(line), self.index: self.index.matches(line)}
        matches = [match for of_index in found.values() for at_token in of_index for match in at_token]
        places = {line.span(match.first, match.stop) for match in matches if match.name.parts in self.names}
        for mention in self.matcher.find_mentions(line, found) if places else ():
            is_name = any(name.parts in self.names for name in mention.names)
            if is_name and (mention.start, mention.end) in places:  # else an unknown name goes on behind it
                yield Occurrence(mention.start + offset, mention.end + offset, self._mention_reading(mention))

    def _mention_reading(self, mention: Mention) -> Reading:
        if self.layer.is_adjective(mention.reading) and not self.layer.is_adjective(self.reading):
            return self.layer.as_adjective(self.reading)
        is_unlinked = mention.reading.link is None and {name.reading.link for name in mention.names} != {None}
        if is_unlinked and len({name.reading.link for name in mention.names}) == 1:  # it may be somebody else's name
            return self.lexicon.reading(self.reading.label, self.reading.form, None)
        return self.reading

    def same_characters(self, block: Place) -> Iterator[Place]:
        """Yield where a block has the characters of the name, and where tokens do not show that."""
        words = self.text[self.marked.start : self.marked.end].split()
        pattern = re.compile(r"(?:[^\S\n]+|[^\S\n]*\n[^\S\n]*)".join(map(re.escape, words)))
        for match in pattern.finditer(self.text, *block):
            before, after = (
                self.text[max(match.start() - 1, block[0]) : match.start()],
                self.text[match.end() : block[1]],
            )
            is_hidden = "\n" in match[0] or WORD_GOES_ON.match(before) or WORD_GOES_ON.match(after)
            if is_hidden and _begins_word(before, match[0][0]) and _ends_word(match[0], after):
                yield match.span()


def _begins_word(before: str, first: str) -> bool:
    """Return whether a word may begin between two characters, of which the first may be missing."""
    return not WORD_GOES_ON.match(before) or _is_border(before, first)


def _ends_word(name: str, after: str) -> bool:
    """Return whether a word may end between a name and what follows; in Korean a particle may follow."""
    if not WORD_GOES_ON.match(after):
        return True
    if not (grapheme := _GRAPHEME.match(name[-1] + after)) or len(grapheme[0]) > 1:
        return False
    if particle := _HANGUL_WORD.match(after):
        return particle[0] in HANGUL_PARTICLES and not WORD_GOES_ON.match(after, particle.end())
    return _is_border(name[-1], after[0])


def _is_border(one: str, other: str) -> bool:
    """Return whether two neighboring characters may be of two words though no space is between them."""
    if _MARK.match(other) or (_KATAKANA.match(one) and _KATAKANA.match(other)):
        return False
    return bool(_UNSPACED.match(one) or _UNSPACED.match(other))
