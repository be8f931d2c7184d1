"""Matcher of known names: from a line of text to the mentions in it, each with the names that it may be.

Of overlapping names, the one that begins first wins, then the longest. Names inside it are mentions too if it was
seen to contain them. What may be part of a name that nobody has labeled gets no link.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pactwire.model.records import Span
from pactwire.suggest.lexicon import Lexicon, Name, NamePart, name_parts
from pactwire.suggest.name_index import HYPHENS, Likeness, NameIndex, NameMatch
from pactwire.suggest.name_layer import NameLayer, Reading
from pactwire.suggest.text_line import TextLine
from pactwire.text import tokens
from pactwire.text.name_matching import leftmost_longest
from pactwire.text.normalization import TITLE, word_case
from pactwire.text.suffixes import CAPITALIZED_NOUN_LANGUAGES

_SENTENCE_BREAKS: Final = '.!?…:;"«»“”„‘()[]–—•|'


@dataclass(frozen=True)
class Mention:
    """A suggested mention: a half-open span in code points, what it is labeled as, and all names that it may be.

    ``short`` marks a word that is a name only if the article also has the whole name: Sud, of Corée du Sud.
    """

    start: int
    end: int
    reading: Reading
    names: tuple[Name, ...]
    short: bool = False


class Matcher:
    """Finds the mentions in the lines of one article.

    Args:
        lexicon: The known names.
        lowercase_words: Folded words seen in lower case, which are no names at the start of a sentence.
    """

    def __init__(self, lexicon: Lexicon, lowercase_words: Container[str]) -> None:
        self.lexicon = lexicon
        self.lowercase_words = lowercase_words

    def find_mentions(self, line: TextLine, found: Mapping[NameIndex, Sequence[Sequence[NameMatch]]]) -> list[Mention]:
        """Return the mentions in a line, in order, outer ones before inner ones.

        Args:
            line: The line.
            found: The matches of each index, at each token (`NameIndex.matches`).
        """
        return list(_LineMatcher(self, line, found).mentions())

    def is_short(self, match: NameMatch) -> bool:
        """Return whether a match is one word that is part of a longer name, or a common word with a capital."""
        name = match.name
        if name.reading.label in self.lexicon.layer.persons or len(name.parts) > 1 or name.parts[0].case != TITLE:
            return False
        word = name.parts[0].word
        return (word, name.reading.link) in self.lexicon.multiword_parts or word in self.lowercase_words

    def reading(self, names: Sequence[Name]) -> Reading:
        """Return the reading of a mention of several names: a link if they share it, and the most frequent class.

        Of classes or forms that are equally frequent, the first in the schema's order counts.
        """
        counts: Counter[tuple[str | None, str | None]] = Counter()
        for name in names:
            counts[name.reading.label, name.reading.form] += self.lexicon.counts.get((name.parts, name.reading), 1)
        label, form = min(counts, key=lambda pair: (-counts[pair], *self.lexicon.layer.order(*pair)))
        links = {name.reading.link for name in names}
        return self.lexicon.reading(label, form, links.pop() if len(links) == 1 else None)


class _LineMatcher:
    """The matches in one line."""

    def __init__(
        self, matcher: Matcher, line: TextLine, found: Mapping[NameIndex, Sequence[Sequence[NameMatch]]]
    ) -> None:
        self.matcher = matcher
        self.line = line
        self.tokens, self.words = line.tokens, line.words
        matches = [match for at_token in zip(*found.values(), strict=True) for some in at_token for match in some]
        self.starts = {match.first for match in matches}
        self.stops = {match.stop for match in matches}
        self.matches: dict[int, list[NameMatch]] = defaultdict(list)
        for match in filter(self._fits_context, matches):
            self.matches[match.first].append(match)
        self._add_enclosing_names([index for index in found if index.has_enclosing_names])

    @property
    def nouns_have_capitals(self) -> bool:
        return self.line.language in CAPITALIZED_NOUN_LANGUAGES

    def mentions(self) -> Iterator[Mention]:
        for same in leftmost_longest(match for first in sorted(self.matches) for match in self.matches[first]):
            yield self._person_mention(same)
            for inner in same[0].inner:
                yield self._mention([match for match in self.matches[inner.first] if match.stop == inner.stop])

    def _add_enclosing_names(self, indexes: Sequence[NameIndex]) -> None:
        """Add the names that contain others."""
        for first, word in enumerate(self.words) if indexes else ():
            for index in indexes:
                if self.matches.get(first) or index.begins_enclosing_name(word):
                    self.matches[first] += list(index.enclosing_matches_at(self.line, self.matches, first))

    def _fits_context(self, match: NameMatch) -> bool:
        """Return whether the neighbors of a match let it be a name."""
        first, stop = match.first, match.stop
        before, after = self._is_joining_hyphen(first - 1), self._is_joining_hyphen(stop)
        short = self.matcher.is_short(match)
        if (before and (short or first - 1 not in self.stops)) or (after and (short or stop + 1 not in self.starts)):
            return False
        if stop - first > 1 or word_case(self.tokens[first]["text"]) != TITLE:
            return True
        if self._opens_sentence(first) and self.words[first] in self.matcher.lowercase_words:
            return False
        return not (short and self._is_part_of_unknown_name(match))

    def _is_part_of_unknown_name(self, match: NameMatch) -> bool:
        """Return whether a short name belongs to a longer name that is not known: Afrique du Sud, South Africa."""
        first, stop = match.first, match.stop
        if stop not in self.starts and self._is_unknown_name(stop):
            return True
        steps = (1, 2) if first > 1 and self.tokens[first - 1]["text"].islower() else (1,)
        return any(first - step not in self.stops and self._is_unknown_name(first - step) for step in steps)

    def _is_unknown_name(self, at: int) -> bool:
        """Return whether a token is a capitalized word that names something nobody has labeled."""
        if not 0 <= at < len(self.tokens):
            return False
        word = self.tokens[at]["text"]
        is_name = word_case(word) == TITLE and word.isalpha() and len(word) > 1
        return is_name and self.words[at] not in self.matcher.lowercase_words and not self._opens_sentence(at)

    def _mention(self, same: Sequence[NameMatch]) -> Mention:
        """Return the mention of matches with the same span: the closest of them count."""
        closest = min(match.likeness for match in same)
        best = [match for match in same if match.likeness == closest]
        names = tuple(dict.fromkeys(match.name for match in best))
        return Mention(
            *self.line.span(best[0].first, best[0].stop),
            self.matcher.reading(names),
            names,
            all(map(self.matcher.is_short, best)),
        )

    def _person_mention(self, same: Sequence[NameMatch]) -> Mention:
        """Return the mention of matches; a person's short name beside an unknown name gets no link.

        Unknown names that follow belong to the mention (Kim Yo Jong); one that precedes may be a title.
        """
        mention = self._mention(same)
        first, stop = same[0].first, same[0].stop
        alone = stop - first == 1 and word_case(self.tokens[first]["text"]) == TITLE
        if mention.reading.label not in self.matcher.lexicon.layer.persons or not alone:
            return mention
        while self._is_unknown_name(stop) and stop not in self.starts and self._is_one_character_apart(stop):
            stop += 1
        before = first not in self.stops and self._is_unknown_name(first - 1) and self._is_one_character_apart(first)
        if stop == same[0].stop and not before:
            return mention
        if self.nouns_have_capitals and same[0].likeness == Likeness.INFLECTED:  # Putins Rede
            return mention
        end = mention.end if self.nouns_have_capitals else self.tokens[stop - 1]["end"]
        reading = self.matcher.lexicon.reading(mention.reading.label, mention.reading.form, None)
        return Mention(mention.start, end, reading, mention.names)

    def _is_one_character_apart(self, at: int) -> bool:
        """Return whether exactly one character is between a token and the one before it."""
        return self.tokens[at - 1]["end"] + 1 == self.tokens[at]["start"]

    def _is_joining_hyphen(self, at: int) -> bool:
        """Return whether a token is a hyphen between two tokens that it touches."""
        if not 0 < at < len(self.tokens) - 1 or self.tokens[at]["text"] not in HYPHENS:
            return False
        before, hyphen, after = self.tokens[at - 1 : at + 2]
        return before["end"] == hyphen["start"] and hyphen["end"] == after["start"]

    def _opens_sentence(self, at: int) -> bool:
        """Return whether a token begins a line, a sentence or a quotation, where every word has a capital."""
        return at == 0 or self.tokens[at - 1]["text"] in _SENTENCE_BREAKS


def drop_unsupported(mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions of an article without the short ones whose link no other mention has."""
    whole = {mention.reading.link for mention in mentions if not mention.short}
    return [mention for mention in mentions if not mention.short or mention.reading.link in whole]


def short_forms(mentions: Iterable[tuple[Mention, str]], layer: NameLayer) -> Iterator[Name]:
    """Yield the short names of persons, as an article spells them in their full names.

    A short name is the last word, with what hyphens join to it, and of three words also the first (Kim Jong Un).

    Args:
        mentions: Mentions with their text.
        layer: The layer of names.
    """
    for mention, text in mentions:
        if mention.reading.label in layer.persons and mention.reading.link is not None:
            for parts in _short_parts(text):
                yield Name(parts, mention.reading, mention.names[0].language, mention.names[0].source)


@lru_cache(maxsize=65_536)
def _short_parts(text: str) -> list[tuple[NamePart, ...]]:
    """Return the parts of each short form of a full name."""
    words = tokens.tokenize(text)
    if len(words) < 2:
        return []
    groups: list[list[Span]] = []
    for token in words:
        if groups and groups[-1][-1]["end"] == token["start"]:
            groups[-1].append(token)
        else:
            groups.append([token])
    forms = map(name_parts, [groups[-1], *(groups[:1] if len(groups) == 3 else [])])
    return [parts for parts in forms if all(part.case == TITLE or part.word == "-" for part in parts)]
