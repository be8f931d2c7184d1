"""Drafts of the names in an unlabeled article, from the known names.

A draft has the layer of names, and also zones if these were found by rule. Other layers are not drafted: they can't be
labeled honestly without reading the article.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from typing import Any, Final

from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.tables import LinkRow
from pactwire.model import digests
from pactwire.model.new_document import new_document
from pactwire.model.records import (
    Annotator,
    AnnotatorKind,
    Article,
    Document,
    Span,
    Status,
    Zone,
)
from pactwire.suggest.lexicon import LabeledArticle, Lexicon, learn_names, lowercase_words, territory_names
from pactwire.suggest.matcher import Matcher, Mention, drop_unsupported, short_forms
from pactwire.suggest.name_index import NameIndex
from pactwire.suggest.name_layer import NameLayer, drafted_layer
from pactwire.suggest.text_line import TextLine
from pactwire.text import langid, zones

RULE_ANNOTATOR_ID: Final = "name-rules"
RULES_VERSION: Final = "1"


@dataclass
class Suggester:
    """Finds the names of a lexicon in articles."""

    lexicon: Lexicon
    links: Mapping[str, LinkRow]
    _indexes: dict[str, NameIndex] = field(default_factory=dict, init=False)

    @cached_property
    def annotator(self) -> Annotator:
        """The annotator of the drafts: its version identifies the rules and the names known to them."""
        known = sorted(name.fingerprint(self.lexicon.layer) for name in self.lexicon.names.values())
        version = f"{RULES_VERSION}+{digests.short_sha256(repr((known, sorted(self.lexicon.lowercase_words))), 12)}"
        return Annotator(id=RULE_ANNOTATOR_ID, kind=AnnotatorKind.RULE, name="pactwire suggest", version=version)

    def find_mentions(self, article: Article, article_zones: Sequence[Zone]) -> list[Mention]:
        """Return the mentions in an article's content, in order, outer before inner; offsets are of the source text."""
        text, layer = article["source_text"], self.lexicon.layer
        matcher = Matcher(self.lexicon, self.lexicon.lowercase_words | lowercase_words(text))
        lines = list(content_lines(text, article_zones, layer.schema.content_kinds))
        text_lines = [TextLine(text[start:end], language) for start, end, language in lines]
        known = [{index: index.matches(line)} for line in text_lines for index in [self.index_for(line.language)]]
        mentions = [matcher.find_mentions(line, found) for line, found in zip(text_lines, known, strict=True)]
        spelled = (
            (each, line.text[each.start : each.end])
            for line, of_line in zip(text_lines, mentions, strict=True)
            for each in of_line
        )
        names = dict.fromkeys(short_forms(spelled, layer))
        indexes = {line.language: NameIndex(names, line.language, layer) for line in text_lines if names}
        for at, line in enumerate(text_lines if names else ()):
            if any(short := (index := indexes[line.language]).matches(line)):
                mentions[at] = matcher.find_mentions(line, {**known[at], index: short})
        moved = [
            replace(each, start=each.start + start, end=each.end + start)
            for (start, _, _), of_line in zip(lines, mentions, strict=True)
            for each in of_line
        ]
        return sorted(drop_unsupported(moved), key=lambda mention: (mention.start, -mention.end))

    def index_for(self, language: str) -> NameIndex:
        """Return the index for texts in a language: the names of documents and links, and those of territories."""
        if language not in self._indexes:
            layer = self.lexicon.layer
            local = [] if language == langid.UNKNOWN else territory_names(self.links, language, layer)
            self._indexes[language] = NameIndex(dict.fromkeys([*self.lexicon.names.values(), *local]), language, layer)
        return self._indexes[language]


def corpus_suggester(data: Corpus, without: str = "") -> Suggester:
    """Return the suggester of a corpus; it does not know the final document of the article ``without``.

    Raises DataError (suggest-layer, suggest-attribute) if the schema has no layer of names that drafts can fill in.
    """
    layer = drafted_layer(data)
    labeled = (
        LabeledArticle(article, data.zones(article), final)
        for article, final in labeled_finals(data, layer)
        if article["id"] != without
    )
    return Suggester(learn_names(labeled, data.links, layer), data.links)


def labeled_finals(data: Corpus, layer: NameLayer) -> Iterator[tuple[Article, Document]]:
    """Yield the articles whose final document has the layer of names, with this document."""
    for stored in data.documents:
        article_id = stored.document["article"]
        if stored.annotator == FINAL and layer.name in stored.document and article_id in data.articles:
            yield data.articles[article_id], stored.document


def content_lines(
    text: str, article_zones: Iterable[Zone], content_kinds: Collection[str]
) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, language) of the content lines of a source text, split where furniture or a language begins.

    A name may cross from one content zone into the next in the same language, but no other boundary.
    """
    content = sorted((zone for zone in article_zones if zone["kind"] in content_kinds), key=itemgetter("start"))
    runs: list[tuple[int, int, str]] = []
    for zone in content:
        if runs and runs[-1][2] == zone["language"] and not text[runs[-1][1] : zone["start"]].strip():
            runs[-1] = runs[-1][0], zone["end"], zone["language"]
        else:
            runs.append((zone["start"], zone["end"], zone["language"]))
    for start, end, language in runs:
        for line in text[start:end].split("\n"):
            if line.strip():
                yield start, start + len(line), language
            start += len(line) + 1


def rule_labels(text: str, mentions: Sequence[Mention], layer: NameLayer) -> list[dict[str, Any]]:
    """Return mentions as labels of the rules, without ids."""
    spans = (Span(start=each.start, end=each.end, text=text[each.start : each.end]) for each in mentions)
    return [layer.label(span, each.reading, RULE_ANNOTATOR_ID) for span, each in zip(spans, mentions, strict=True)]


def draft_document(
    article: Article,
    article_zones: Sequence[Zone],
    suggester: Suggester,
    labels: Sequence[dict[str, Any]],
    sources: Iterable[str],
    model: Annotator | None = None,
) -> Document:
    """Return the draft of an article. Its times are those of the newest document whose names are known.

    Args:
        article: The article.
        article_zones: Its zones; they are part of the draft if all were found by rule.
        suggester: What found the mentions.
        labels: The labels of names, in order, without ids.
        sources: The documents that the names are from.
        model: The model that added labels.
    """
    by_rule = all(zone["by"] == [zones.ANNOTATOR["id"]] for zone in article_zones)
    layer = suggester.lexicon.layer
    layers: dict[str, Any] = {**({"zones": list(article_zones)} if by_rule else {}), layer.name: layer.numbered(labels)}
    updated, guidelines = suggester.lexicon.newest
    annotators = [suggester.annotator, *([model] if model else []), *([zones.ANNOTATOR] if by_rule else [])]
    return new_document(
        layer.schema,
        article=article["id"],
        text_sha256=article["source_sha256"],
        guidelines=guidelines,
        annotators=annotators,
        status=dict.fromkeys(layers, Status.DRAFT),
        created=updated,
        updated=updated,
        derived_from=sorted(set(sources)),
        layers=layers,
    )
