"""Annotated documents and the table of links to the names that are known, each with what it was labeled as.

A name is a row of parts: words, and in names that hold others ("війна рф проти України") places for these, by link.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire.corpus.corpus import FINAL
from pactwire.corpus.tables import LinkRow
from pactwire.model import schema, strict_json
from pactwire.model.records import Article, Document, Entity, Span, Zone
from pactwire.storage import files
from pactwire.text import tokens
from pactwire.text.langid import UNKNOWN
from pactwire.text.normalization import fold

LOWER: Final = "lower"
TITLE: Final = "title"
CAPITALS: Final = "capitals"

NEVER_LABELED: Final = ("1970-01-01T00:00:00Z", "0.0")
"""Time and guidelines of drafts where nothing is labeled."""


class NamePart(NamedTuple):
    """A word of a name, folded, or the link of a name in its place; ``glued`` to what stands before it."""

    word: str
    case: str
    glued: bool
    link: str | None = None


class Reading(NamedTuple):
    """What a name was labeled as."""

    type: str
    form: str
    link: str | None
    metonym_of: str | None


class Name(NamedTuple):
    """A name, one reading of it, its language, and which document it was first seen in ("" for a table)."""

    parts: tuple[NamePart, ...]
    reading: Reading
    language: str
    source: str


@dataclass
class Lexicon:
    """All names, how often each was seen, and the words that were seen in lower case.

    ``metonyms`` are what mentions of a link stood for; ``newest`` is when names were last labeled, and under which
    version of the guidelines.
    """

    names: dict[tuple[tuple[NamePart, ...], Reading], Name] = field(default_factory=dict)
    counts: dict[tuple[tuple[NamePart, ...], Reading], int] = field(default_factory=dict)
    lowercase_words: set[str] = field(default_factory=set)
    metonyms: dict[str | None, set[str | None]] = field(default_factory=dict)
    newest: tuple[str, str] = NEVER_LABELED

    def add(self, name: Name) -> None:
        """Count a name; the first source stands."""
        key = name.parts, name.reading
        self.names.setdefault(key, name)
        self.counts[key] = self.counts.get(key, 0) + 1
        if name.source:
            self.metonyms.setdefault(name.reading.link, set()).add(name.reading.metonym_of)

    def metonym(self, link: str | None) -> str | None:
        """Return what a link was a metonym of in all documents; None where they differ or nothing is known."""
        seen = self.metonyms.get(link, set()) if link else set()
        return next(iter(seen)) if len(seen) == 1 else None


@cache
def label_tables() -> Any:
    """Return tables.json: which types have short names, what adjectives of places are, and the labels of models."""
    return json.loads(Path(__file__).with_name("tables.json").read_text(encoding="utf-8"))


class LabeledArticle(NamedTuple):
    """An article with its zones, and the document that has its entities."""

    article: Article
    zones: Sequence[Zone]
    document: Document

    def reference(self) -> str:
        """Return what documents made from this one say they are derived from."""
        return f"{FINAL}@{files.sha256(strict_json.pretty(self.document))}"


def learn_names(labeled: Iterable[LabeledArticle], links: Mapping[str, LinkRow]) -> Lexicon:
    """Return the names of labeled articles and those of the table of links."""
    lexicon = Lexicon()
    for each in labeled:
        mentions = each.document.get("entities", [])
        source = each.reference()
        for mention in mentions:
            zone = next((zone for zone in each.zones if zone["start"] <= mention["start"] < zone["end"]), None)
            if parts := _mention_parts(mention, mentions):
                lexicon.add(Name(parts, _reading(mention, links), zone["language"] if zone else UNKNOWN, source))
        lexicon.lowercase_words |= lowercase_words(each.article["source_text"])
        lexicon.newest = max(lexicon.newest, (each.document["updated"], each.document["guidelines"]))
    for name in table_names(links):
        lexicon.add(name)
    return lexicon


def lowercase_words(text: str) -> set[str]:
    """Return the folded words of a text that begin in lower case."""
    return {fold(token["text"]) for token in tokens.tokenize(text) if token["text"][0].islower()}


def table_names(links: Mapping[str, LinkRow]) -> Iterator[Name]:
    """Yield the names of the table of links, what stands in parentheses left out."""
    for row in links.values():
        yield _table_name(row, re.sub(r"\s*\(.*", "", row.name), "en")


def territory_names(links: Mapping[str, LinkRow], language: str) -> Iterator[Name]:
    """Yield the names that Unicode's CLDR has in a language for countries, continents and towns of the table of links.

    A row belongs to a territory or a time zone's town where its name is CLDR's English one.
    """
    from babel import Locale, UnknownLocaleError

    try:
        local, english = _place_names(Locale.parse(language)), _place_names(Locale("en"))
    except (UnknownLocaleError, ValueError):
        return
    codes = {name: code for code, name in english.items()}
    for row in links.values():
        if name := local.get(codes.get(row.name, "")):
            yield _table_name(row, name, language)


def _table_name(row: LinkRow, name: str, language: str) -> Name:
    reading = Reading(row.type, schema.default_label("form"), row.link, None)
    return Name(name_parts(tokens.tokenize(name)), reading, language, "")


def _place_names(locale: Any) -> dict[str, str]:
    """Return a locale's names of territories, and of time zones' towns: as in the zone's id where it says nothing."""
    from babel.core import get_global

    towns = {zone: zone.rpartition("/")[2].replace("_", " ") for zone in get_global("zone_territories")}
    towns |= {zone: about["city"] for zone, about in locale.time_zones.items() if "city" in about}
    return {**towns, **locale.territories}


def name_parts(tokens: Sequence[Span]) -> tuple[NamePart, ...]:
    """Return the parts of a name from its tokens."""
    ends = [None, *(token["end"] for token in tokens)]
    return tuple(
        NamePart(fold(token["text"]), word_case(token["text"]), token["start"] == end)
        for token, end in zip(tokens, ends, strict=False)
    )


def word_case(word: str) -> str:
    """Say how a word is written; scripts without case are lower."""
    if not word[0].isupper():
        return LOWER
    return CAPITALS if len(word) > 1 and word.isupper() else TITLE


def _reading(mention: Entity, links: Mapping[str, LinkRow]) -> Reading:
    """Return what a mention was labeled as; ids that the table of links does not have are left out."""
    link, metonym = (each if each in links else None for each in (mention["link"], mention["metonym_of"]))
    return Reading(mention["type"], mention["form"], link, metonym)


def _mention_parts(mention: Entity, mentions: Sequence[Entity]) -> tuple[NamePart, ...]:
    """Return the parts of a mention; nothing where a name inside of it has no link or covers it whole."""
    inner = [
        each
        for each in mentions
        if mention["start"] <= each["start"] and each["end"] <= mention["end"] and each["id"] != mention["id"]
    ]
    parts: list[NamePart] = []
    at, end = 0, None
    words = tokens.tokenize(mention["text"])
    while at < len(words):
        token = words[at]
        start = mention["start"] + token["start"]
        place = next((each for each in inner if each["start"] == start), None)
        glued = token["start"] == end
        if place is None:
            parts.append(NamePart(fold(token["text"]), word_case(token["text"]), glued))
            end, at = token["end"], at + 1
            continue
        if place["link"] is None or place["end"] - place["start"] == len(mention["text"]):
            return ()
        parts.append(NamePart("", LOWER, glued, place["link"]))
        end = place["end"] - mention["start"]
        while at < len(words) and words[at]["start"] < end:
            at += 1
    return tuple(parts)
