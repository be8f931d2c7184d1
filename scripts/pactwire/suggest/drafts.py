"""An article without labels and the names that are known to a draft of its entities.

A draft holds the layer entities, and the layer zones where the zones were found by rule. Claims and stances are
not drafted: nothing honest can be said of them without reading.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, cast

from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.tables import LinkRow
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
from pactwire.suggest.lexicon import LabeledArticle, Lexicon, Name, learn_names, lowercase_words, territory_names
from pactwire.suggest.matcher import Matcher, Mention, drop_unsupported, short_forms
from pactwire.suggest.name_index import NameIndex
from pactwire.text import langid, zones

RULE_ANNOTATOR_ID: Final = "name-rules"
RULES_VERSION: Final = "1"


@dataclass
class Suggester:
    """The names of a dataset, ready to be found in articles."""

    lexicon: Lexicon
    links: Mapping[str, LinkRow]
    _indexes: dict[str, NameIndex] = field(default_factory=dict, init=False)

    @cached_property
    def annotator(self) -> Annotator:
        """Who makes the drafts: the rules, at a version of theirs and of the names that they know."""
        known = sorted(name.fingerprint() for name in self.lexicon.names.values())
        version = f"{RULES_VERSION}+{files.sha256(repr((known, sorted(self.lexicon.lowercase_words))))[:12]}"
        return Annotator(id=RULE_ANNOTATOR_ID, kind=AnnotatorKind.RULE, name="pactwire suggest", version=version)

    def find_mentions(self, article: Article, found: Sequence[Zone]) -> list[Mention]:
        """Return the mentions in an article's content in order, outer ones first; offsets are of the source text."""
        text = article["source_text"]
        matcher = Matcher(self.lexicon, self.lexicon.lowercase_words | lowercase_words(text))
        mentions = list(self._line_mentions(text, found, matcher, []))
        if short := list(short_forms((mention, text[mention.start : mention.end]) for mention in mentions)):
            mentions = list(self._line_mentions(text, found, matcher, short))
        return sorted(drop_unsupported(mentions), key=lambda each: (each.start, -each.end))

    def _line_mentions(
        self, text: str, found: Sequence[Zone], matcher: Matcher, short: Sequence[Name]
    ) -> Iterator[Mention]:
        own: dict[str, NameIndex] = {}
        for start, end, language in content_lines(text, found):
            if language not in own:
                own[language] = NameIndex(short, language)
            for each in matcher.find_mentions(text[start:end], [self.index_for(language), own[language]]):
                yield replace(each, start=each.start + start, end=each.end + start)

    def index_for(self, language: str) -> NameIndex:
        """Return the names for texts of a language: those of documents and links, and those of territories."""
        if language not in self._indexes:
            local = [] if language == langid.UNKNOWN else territory_names(self.links, language)
            self._indexes[language] = NameIndex(dict.fromkeys([*self.lexicon.names.values(), *local]), language)
        return self._indexes[language]


def corpus_suggester(data: Corpus, without: str = "") -> Suggester:
    """Return the suggester that knows all final documents with entities but that of the article ``without``."""
    labeled = (
        LabeledArticle(article, data.zones(article), final)
        for article, final in labeled_finals(data)
        if article["id"] != without
    )
    return Suggester(learn_names(labeled, data.links), data.links)


def labeled_finals(data: Corpus) -> Iterator[tuple[Article, Document]]:
    """Yield the articles that are there and have entities in their final document, with that."""
    for each in data.documents:
        identity = each.document["article"]
        if each.annotator == FINAL and "entities" in each.document and identity in data.articles:
            yield data.articles[identity], each.document


def content_lines(text: str, found: Iterable[Zone]) -> Iterator[tuple[int, int, str]]:
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


def rule_entities(text: str, mentions: Sequence[Mention]) -> list[Entity]:
    """Return mentions as the labels of the rules."""
    return [
        Entity(
            id=f"e{number}", start=each.start, end=each.end, text=text[each.start : each.end], type=each.reading.type,
            form=each.reading.form, link=each.reading.link, metonym_of=each.reading.metonym_of, by=[RULE_ANNOTATOR_ID],
        )
        for number, each in enumerate(mentions, 1)
    ]  # fmt: skip


def draft_document(
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
