"""An article without labels and the names that are known to a draft of its entities.

A draft holds the layer entities, and the layer zones where the zones were found by rule. Claims and stances are
not drafted: nothing honest can be said of them without reading.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, cast

from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.tables import Link
from pactwire.model.records import (
    CONTENT_KINDS,
    SCHEMA_VERSION,
    Annotator,
    AnnotatorKind,
    Article,
    Document,
    Entity,
    Status,
    Zone,
)
from pactwire.storage import files
from pactwire.suggest.lexicon import Labeled, Lexicon, Name, common, learn, territory_names
from pactwire.suggest.matcher import Matcher, Mention, licensed, shorten
from pactwire.suggest.name_index import Index
from pactwire.text import langid, zones

RULES: Final = "name-rules"
VERSION: Final = "1"


@dataclass
class Suggester:
    """The names of a dataset, ready to be found in articles."""

    lexicon: Lexicon
    links: Mapping[str, Link]
    _indexes: dict[str, Index] = field(default_factory=dict, init=False)

    @cached_property
    def annotator(self) -> Annotator:
        """Who makes the drafts: the rules, at a version of theirs and of the names that they know."""
        known = sorted(f"{name.parts!r}{name.reading!r}" for name in self.lexicon.names.values())
        version = f"{VERSION}+{files.sha256(repr((known, sorted(self.lexicon.common))))[:12]}"
        return Annotator(id=RULES, kind=AnnotatorKind.RULE, name="pactwire suggest", version=version)

    def mentions(self, article: Article, found: Sequence[Zone]) -> list[Mention]:
        """Return the mentions in an article's content in order, outer ones first; offsets are of the source text."""
        text = article["source_text"]
        matcher = Matcher(self.lexicon, self.lexicon.common | common(text))
        mentions = list(self._all(text, found, matcher, []))
        if short := list(shorten((mention, text[mention.start : mention.end]) for mention in mentions)):
            mentions = list(self._all(text, found, matcher, short))
        return sorted(licensed(mentions), key=lambda each: (each.start, -each.end))

    def _all(self, text: str, found: Sequence[Zone], matcher: Matcher, short: Sequence[Name]) -> Iterator[Mention]:
        own: dict[str, Index] = {}
        for start, end, language in lines(text, found):
            if language not in own:
                own[language] = Index(short, language)
            for each in matcher.mentions(text[start:end], [self.index(language), own[language]]):
                yield replace(each, start=each.start + start, end=each.end + start)

    def index(self, language: str) -> Index:
        """Return the names for texts of a language: those of documents and links, and those of territories."""
        if language not in self._indexes:
            local = [] if language == langid.UNKNOWN else territory_names(self.links, language)
            self._indexes[language] = Index(dict.fromkeys([*self.lexicon.names.values(), *local]), language)
        return self._indexes[language]


def from_corpus(data: Corpus, without: str = "") -> Suggester:
    """Return the suggester that knows all final documents with entities but that of the article ``without``."""
    labeled = (
        Labeled(article, data.zones(article), final) for article, final in finals(data) if article["id"] != without
    )
    return Suggester(learn(labeled, data.links), data.links)


def finals(data: Corpus) -> Iterator[tuple[Article, Document]]:
    """Yield the articles that are there and have entities in their final document, with that."""
    for each in data.documents:
        identity = each.document["article"]
        if each.annotator == FINAL and "entities" in each.document and identity in data.articles:
            yield data.articles[identity], each.document


def lines(text: str, found: Iterable[Zone]) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, language) of the lines of content, cut where furniture or another language begins.

    A name may cross from one content zone into the next of the same language, nothing else.
    """
    content = sorted((each for each in found if each["kind"] in CONTENT_KINDS), key=lambda each: each["start"])
    runs: list[list[Any]] = []
    for zone in content:
        if runs and runs[-1][2] == zone["language"] and not text[runs[-1][1] : zone["start"]].strip():
            runs[-1][1] = zone["end"]
        else:
            runs.append([zone["start"], zone["end"], zone["language"]])
    for start, end, language in runs:
        for line in text[start:end].split("\n"):
            if line.strip():
                yield start, start + len(line), language
            start += len(line) + 1


def entities(text: str, mentions: Sequence[Mention]) -> list[Entity]:
    """Return mentions as the labels of the rules."""
    return [
        Entity(
            id=f"e{number}", start=each.start, end=each.end, text=text[each.start : each.end], type=each.reading.type,
            form=each.reading.form, link=each.reading.link, metonym_of=each.reading.metonym_of, by=[RULES],
        )
        for number, each in enumerate(mentions, 1)
    ]  # fmt: skip


def document(
    article: Article,
    found: Sequence[Zone],
    suggester: Suggester,
    labels: Sequence[Entity],
    sources: Iterable[str],
    model: Annotator | None = None,
) -> Document:
    """Return the draft of an article with its labels; ``sources`` are the documents that names were taken from.

    Its times are those of the newest document whose names are known.
    """
    by_rule = all(each["by"] == [zones.ANNOTATOR["id"]] for each in found)
    layers: dict[str, Any] = {**({"zones": list(found)} if by_rule else {}), "entities": list(labels)}
    updated, guidelines = suggester.lexicon.newest
    annotators = [suggester.annotator, *([model] if model else []), *([zones.ANNOTATOR] if by_rule else [])]
    return cast(
        "Document",
        {
            "schema_version": SCHEMA_VERSION,
            "article": article["id"],
            "text_sha256": article["source_sha256"],
            "guidelines": guidelines,
            "annotators": annotators,
            "status": dict.fromkeys(layers, Status.DRAFT),
            "created": updated,
            "updated": updated,
            "derived_from": sorted(set(sources)),
            **layers,
        },
    )
