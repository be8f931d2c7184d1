"""Lexicon: the names known from final documents and the table of links, each with what it was labeled as.

A name is a sequence of parts: words, and links where it contains another name ("війна рф проти України").
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

from pactwire.corpus.corpus import FINAL
from pactwire.corpus.tables import LinkRow
from pactwire.model import digests, strict_json
from pactwire.model.labels import document_labels
from pactwire.model.records import Article, Document, Span, Zone
from pactwire.suggest.name_layer import NameLayer, Reading
from pactwire.text import tokens
from pactwire.text.langid import UNKNOWN
from pactwire.text.normalization import LOWER, fold, word_case

NEVER_LABELED: Final = ("1970-01-01T00:00:00Z", "0.0")
"""Time and guidelines version of drafts when nothing is labeled."""


class NamePart(NamedTuple):
    """A folded word of a name, or the link of a name inside it; ``glued`` means that no space precedes it."""

    word: str
    case: str
    glued: bool
    link: str | None = None


class Name(NamedTuple):
    """A name in one reading, with its language and the document where it was first seen ("" if from a table)."""

    parts: tuple[NamePart, ...]
    reading: Reading
    language: str
    source: str

    def fingerprint(self, layer: NameLayer) -> str:
        """Return parts and reading as text. Versions of drafts are hashes of it, so it must never change."""
        values = ", ".join(f"{name}={value!r}" for name, value in layer.values(self.reading).items())
        return f"{self.parts!r}Reading({values})".replace("NamePart(", "Part(")


@dataclass
class Lexicon:
    """All names, how often each was seen, and the words that were seen in lower case.

    ``layer`` is that of the names. ``further_links`` has the further links that names with each link had. ``newest`` is
    the time of the newest document, and its version of the guidelines.
    """

    layer: NameLayer
    names: dict[tuple[tuple[NamePart, ...], Reading], Name] = field(default_factory=dict)
    counts: dict[tuple[tuple[NamePart, ...], Reading], int] = field(default_factory=dict)
    lowercase_words: set[str] = field(default_factory=set)
    further_links: dict[str | None, set[tuple[str | None, ...]]] = field(default_factory=dict)
    newest: tuple[str, str] = NEVER_LABELED

    @cached_property
    def multiword_parts(self) -> set[tuple[str, str | None]]:
        """The words of the names of several parts, each with the name's link."""
        return {
            (part.word, name.reading.link) for name in self.names.values() if len(name.parts) > 1 for part in name.parts
        }

    def add(self, name: Name) -> None:
        """Count a name; its first source is kept."""
        key = name.parts, name.reading
        self.names.setdefault(key, name)
        self.counts[key] = self.counts.get(key, 0) + 1
        if name.source:
            self.further_links.setdefault(name.reading.link, set()).add(name.reading.further_links)

    def reading(self, label: str | None, form: str | None, link: str | None) -> Reading:
        """Return a reading with the further links that all documents agree on for this link."""
        blank = self.layer.blank_reading(label, link)
        seen = self.further_links.get(link, set()) if link else set()
        agreed = tuple(values.pop() if len(values) == 1 else None for values in map(set, zip(*seen, strict=True)))
        return blank._replace(form=form, further_links=agreed if seen else blank.further_links)


class LabeledArticle(NamedTuple):
    """An article with its zones and the document with its names."""

    article: Article
    zones: Sequence[Zone]
    document: Document

    def reference(self) -> str:
        """Return what a draft that uses this document's names has in ``derived_from``."""
        return f"{FINAL}@{digests.sha256(strict_json.pretty(self.document))}"


def learn_names(labeled: Iterable[LabeledArticle], links: Mapping[str, LinkRow], layer: NameLayer) -> Lexicon:
    """Return the lexicon of labeled articles and of the table of links."""
    lexicon = Lexicon(layer)
    for example in labeled:
        mentions = document_labels(example.document, layer.name)
        source = example.reference()
        for mention in mentions:
            zone = next((zone for zone in example.zones if zone["start"] <= mention["start"] < zone["end"]), None)
            if parts := _mention_parts(mention, mentions, layer):
                reading = layer.label_reading(mention, links)
                lexicon.add(Name(parts, reading, zone["language"] if zone else UNKNOWN, source))
        lexicon.lowercase_words |= lowercase_words(example.article["source_text"])
        lexicon.newest = max(lexicon.newest, (example.document["updated"], example.document["guidelines"]))
    for name in table_names(links, layer):
        lexicon.add(name)
    return lexicon


def lowercase_words(text: str) -> set[str]:
    """Return the folded words of a text that begin with a lower-case letter."""
    return {fold(token["text"]) for token in tokens.tokenize(text) if token["text"][0].islower()}


def table_names(links: Mapping[str, LinkRow], layer: NameLayer) -> Iterator[Name]:
    """Yield the names of the table of links, without what is in parentheses."""
    for row in links.values():
        yield from _table_name(row, re.sub(r"\s*\(.*", "", row.name), "en", layer)


def territory_names(links: Mapping[str, LinkRow], language: str, layer: NameLayer) -> Iterator[Name]:
    """Yield the names in a language, from Unicode's CLDR, of the countries, continents and towns in the table of links.

    A row is matched to a territory or to the town of a time zone by CLDR's English name.
    """
    from babel import Locale, UnknownLocaleError

    try:
        local, english = _place_names(Locale.parse(language)), _place_names(Locale("en"))
    except (UnknownLocaleError, ValueError):
        return
    codes = {name: code for code, name in english.items()}
    for row in links.values():
        if name := local.get(codes.get(row.name, "")):
            yield from _table_name(row, name, language, layer)


def _table_name(row: LinkRow, name: str, language: str, layer: NameLayer) -> Iterator[Name]:
    reading, parts = layer.row_reading(row), name_parts(tokens.tokenize(name))
    if reading is not None and parts:
        yield Name(parts, reading, language, "")


def _place_names(locale: Any) -> dict[str, str]:
    """Return a locale's names of territories, and of time zones' towns: from the zone's id if the locale has none."""
    from babel.core import get_global

    towns = {zone: zone.rpartition("/")[2].replace("_", " ") for zone in get_global("zone_territories")}
    towns |= {zone: about["city"] for zone, about in locale.time_zones.items() if "city" in about}
    return {**towns, **locale.territories}


def name_parts(tokens: Sequence[Span]) -> tuple[NamePart, ...]:
    """Return the parts of a name from its tokens."""
    ends = [None, *(token["end"] for token in tokens)]
    return tuple(
        NamePart(fold(token["text"]), word_case(token["text"]), token["start"] == previous_end)
        for token, previous_end in zip(tokens, ends, strict=False)
    )


def _mention_parts(mention: Any, mentions: Sequence[Any], layer: NameLayer) -> tuple[NamePart, ...]:
    """Return the parts of a mention; none if a name inside it has no link or covers all of it."""
    start, end = mention["start"], mention["end"]
    inner = {
        each["start"] - start: each
        for each in reversed(mentions)  # of names that begin together, the first in the document counts
        if start <= each["start"] and each["end"] <= end and each["id"] != mention["id"]
    }
    parts: list[NamePart] = []
    position = -1
    for token in tokens.tokenize(mention["text"]):
        if token["start"] < position:
            continue
        glued = token["start"] == position
        name = inner.get(token["start"])
        if name is None:
            parts.append(NamePart(fold(token["text"]), word_case(token["text"]), glued))
            position = token["end"]
        elif (link := layer.link_of(name)) is None or name["end"] - name["start"] == end - start:
            return ()
        else:
            parts.append(NamePart("", LOWER, glued, link))
            position = name["end"] - start
    return tuple(parts)
