"""Tokens of a line and the names that are known to the mentions in it, each with the names that it may be.

Of names that overlap the one that begins first is taken, then the longest; names inside it only where it was seen
to hold them. What could be part of a name nobody has labeled gets no link.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from pactwire.model import schema
from pactwire.model.records import Span
from pactwire.suggest.lexicon import TITLE, Lexicon, Name, Reading, label_tables, name_parts, word_case
from pactwire.suggest.name_index import INFLECTED, NameIndex, NameMatch
from pactwire.text import tokens
from pactwire.text.normalization import fold
from pactwire.text.suffixes import CAPITALIZED_NOUN_LANGUAGES

_GRAPHEME: Final = regex.compile(r"\X")
_WORD_GOES_ON: Final = regex.compile(r"[\w\p{M}\u00ad\u200c\u200d\u2060]")
"""What next to a name shows that the word goes on: a soft hyphen, and signs that join or part letters, too."""

_HYPHENS: Final = "-‐‑"
_SENTENCE_BREAKS: Final = '.!?…:;"«»“”„‘()[]–—•|'

Candidates = dict[int, list[NameMatch]]
"""What may stand at each token."""


@dataclass(frozen=True)
class Mention:
    """A suggested mention in a text: half-open, in code points; ``names`` are all that it may be.

    ``short`` is a word that is a name only where the whole name is in the same article: Sud, of Corée du Sud.
    """

    start: int
    end: int
    reading: Reading
    names: tuple[Name, ...]
    short: bool = False


class Matcher:
    """Finds the mentions of one article's lines; ``common`` are words that are seen in lower case."""

    def __init__(self, lexicon: Lexicon, common: set[str]) -> None:
        self.lexicon = lexicon
        self.lowercase_words = common
        self._multiword_parts = {
            (part.word, name.reading.link)
            for name in lexicon.names.values()
            if len(name.parts) > 1
            for part in name.parts
        }

    def find_mentions(self, text: str, indexes: Sequence[NameIndex]) -> list[Mention]:
        """Return the mentions in a line in order, outer ones before those inside them; indexes are of one language."""
        return list(_LineMatcher(self, text, indexes).mentions())

    def is_short(self, found: NameMatch) -> bool:
        """Say whether what was found is one word that is a part of a longer name, or a common word with a capital."""
        name = found.name
        if name.reading.type in label_tables()["short_names"] or len(name.parts) > 1 or name.parts[0].case != TITLE:
            return False
        return (name.parts[0].word, name.reading.link) in self._multiword_parts or name.parts[
            0
        ].word in self.lowercase_words

    def reading(self, names: Sequence[Name]) -> Reading:
        """Return what names agree on: no link of several, and of types and forms the one seen most often."""
        counts: Counter[tuple[str, str]] = Counter()
        for name in names:
            many = self.lexicon.counts.get((name.parts, name.reading), 1)
            counts[name.reading.type, name.reading.form] += many
        order = schema.label_names("entity_type")
        kind = max(counts, key=lambda each: (counts[each], -order.index(each[0]), each[1]))
        links = {name.reading.link for name in names}
        link = links.pop() if len(links) == 1 else None
        return Reading(*kind, link, self.lexicon.metonym(link))


class _LineMatcher:
    """A line of a text on the way to its mentions."""

    def __init__(self, matcher: Matcher, text: str, indexes: Sequence[NameIndex]) -> None:
        self.matcher = matcher
        self.tokens = tokens.tokenize(text)
        self.text = text
        self.capitals = any(index.language in CAPITALIZED_NOUN_LANGUAGES for index in indexes)
        self.edges = {match.start() for match in _GRAPHEME.finditer(text)} | {len(text)}
        self.matches = self._find_names(indexes)
        self.starts = {each.first for group in self.matches.values() for each in group}
        self.ends = {each.last for group in self.matches.values() for each in group}
        for first, group in self.matches.items():
            self.matches[first] = [each for each in group if self._fits_context(each)]
        self._add_enclosing_names(indexes)

    def mentions(self) -> Iterator[Mention]:
        at = 0
        while at < len(self.tokens):
            best = max((each.last for each in self.matches.get(at, ())), default=at)
            if best > at:
                yield from self._take_mentions([each for each in self.matches[at] if each.last == best])
            at = max(best, at + 1)

    def _find_names(self, indexes: Sequence[NameIndex]) -> Candidates:
        found: Candidates = defaultdict(list)
        for first in range(len(self.tokens)):
            for index in indexes:
                found[first] += [each for each in index.matches_at(self.tokens, first) if self._is_whole(each)]
        return found

    def _add_enclosing_names(self, indexes: Sequence[NameIndex]) -> None:
        """Add the names that hold others."""
        for first in range(len(self.tokens)):
            for index in indexes:
                outer = index.enclosing_matches_at(self.tokens, self.matches, first)
                self.matches[first] += [each for each in outer if self._is_whole(each)]

    def _is_whole(self, found: NameMatch) -> bool:
        """Say whether a name cuts no grapheme and no word: nothing joins it to what stands beside it."""
        start, end = self.tokens[found.first]["start"], self.tokens[found.last - 1]["end"]
        beside = self.text[max(0, start - 1) : start] + self.text[end : end + 1]
        return start in self.edges and end in self.edges and not _WORD_GOES_ON.search(beside)

    def _fits_context(self, found: NameMatch) -> bool:
        """Say whether a name may stand where it was found, from its neighbours."""
        first, last = found.first, found.last
        before, after = self._is_joining_hyphen(first - 1), self._is_joining_hyphen(last)
        short = self.matcher.is_short(found)
        if (before and (short or first - 1 not in self.ends)) or (after and (short or last + 1 not in self.starts)):
            return False
        if last - first > 1 or word_case(self.tokens[first]["text"]) != TITLE:
            return True
        if self._opens_sentence(first) and fold(self.tokens[first]["text"]) in self.matcher.lowercase_words:
            return False
        return not (short and self._is_part_of_unknown_name(found))

    def _is_part_of_unknown_name(self, found: NameMatch) -> bool:
        """Say whether a short name belongs to a longer one that is not known: Afrique du Sud, South Africa."""
        first, last = found.first, found.last
        if last not in self.starts and self._is_unknown_name(last):
            return True
        steps = (1, 2) if first > 1 and self.tokens[first - 1]["text"].islower() else (1,)
        return any(first - step not in self.ends and self._is_unknown_name(first - step) for step in steps)

    def _is_unknown_name(self, at: int) -> bool:
        """Say whether a token is a word with a capital that names something nobody has labeled."""
        if not 0 <= at < len(self.tokens):
            return False
        word = self.tokens[at]["text"]
        if (
            word_case(word) != TITLE
            or not word.isalpha()
            or len(word) == 1
            or fold(word) in self.matcher.lowercase_words
        ):
            return False
        return not self._opens_sentence(at)

    def _take_mentions(self, same: Sequence[NameMatch]) -> Iterator[Mention]:
        yield self._person_mention(same)
        for inner in same[0].inner:
            yield self._mention([each for each in self.matches[inner.first] if each.last == inner.last])

    def _mention(self, same: Sequence[NameMatch]) -> Mention:
        likeness = min(each.likeness for each in same)
        best = [each for each in same if each.likeness == likeness]
        names = tuple(dict.fromkeys(each.name for each in best))
        short = all(map(self.matcher.is_short, best))
        start, end = self.tokens[best[0].first]["start"], self.tokens[best[0].last - 1]["end"]
        return Mention(start, end, self.matcher.reading(names), names, short)

    def _person_mention(self, same: Sequence[NameMatch]) -> Mention:
        """Return a person's short name without link where a strange name stands beside it; others as they are.

        One that follows belongs to the name (Kim Yo Jong); what stands before may be a first name or a title.
        """
        mention = self._mention(same)
        first, last = same[0].first, same[0].last
        alone = last - first == 1 and word_case(self.tokens[first]["text"]) == TITLE
        if mention.reading.type not in label_tables()["short_names"] or not alone:
            return mention
        while self._is_unknown_name(last) and last not in self.starts and self._is_one_character_apart(last):
            last += 1
        before = first not in self.ends and self._is_unknown_name(first - 1) and self._is_one_character_apart(first)
        if last == same[0].last and not before:
            return mention
        if self.capitals and same[0].likeness == INFLECTED:  # Putins Rede
            return mention
        end = mention.end if self.capitals else self.tokens[last - 1]["end"]
        return Mention(mention.start, end, mention.reading._replace(link=None, metonym_of=None), mention.names)

    def _is_one_character_apart(self, at: int) -> bool:
        """Say whether one character parts a token from the one before."""
        return self.tokens[at - 1]["end"] + 1 == self.tokens[at]["start"]

    def _is_joining_hyphen(self, at: int) -> bool:
        """Say whether a token is a hyphen with words right before and after it."""
        if not 0 < at < len(self.tokens) - 1 or self.tokens[at]["text"] not in _HYPHENS:
            return False
        around = self.tokens[at - 1 : at + 2]
        return around[0]["end"] == around[1]["start"] and around[1]["end"] == around[2]["start"]

    def _opens_sentence(self, at: int) -> bool:
        """Say whether a token begins a line, a sentence or a quotation, where every word has a capital."""
        return at == 0 or self.tokens[at - 1]["text"] in _SENTENCE_BREAKS


def drop_unsupported(mentions: Iterable[Mention]) -> list[Mention]:
    """Return the mentions of an article without the short ones whose link no other mention has."""
    every = list(mentions)
    whole = {each.reading.link for each in every if not each.short}
    return [each for each in every if not each.short or each.reading.link in whole]


def short_forms(mentions: Iterable[tuple[Mention, str]]) -> Iterator[Name]:
    """Yield what persons are called for short, from their whole names and how an article spells these.

    It is the last word, with what hyphens join to it, and of three words the first as well (Kim Jong Un).
    """
    for mention, text in mentions:
        words = tokens.tokenize(text)
        if mention.reading.type not in label_tables()["short_names"] or mention.reading.link is None or len(words) < 2:
            continue
        groups: list[list[Span]] = []
        for token in words:
            if groups and groups[-1][-1]["end"] == token["start"]:
                groups[-1].append(token)
            else:
                groups.append([token])
        for group in [groups[-1], *(groups[:1] if len(groups) == 3 else [])]:
            parts = name_parts(group)
            if all(part.case == TITLE or part.word == "-" for part in parts):
                yield Name(parts, mention.reading, mention.names[0].language, mention.names[0].source)
