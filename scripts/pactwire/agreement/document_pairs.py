"""Articles that several annotators annotated, and pairs of their documents with the labels that belong together.

All offsets are code points of the source text, half-open.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pactwire.agreement.label_content import label_content
from pactwire.agreement.matching import label_meaning, match_spans, matched_labels
from pactwire.model import news_layers
from pactwire.model.labels import document_labels
from pactwire.model.records import Article, Document, Span, Zone
from pactwire.model.schema import AnnotationSchema
from pactwire.text import tokens
from pactwire.text.sentences import sentence_spans

LineKey = tuple[str, int]
"""A line of a source text: article id and line number, from 0."""


@dataclass(frozen=True)
class ComparableArticle:
    """An article, its own zones, and the documents to compare, by annotator; ``schema`` is that of their dataset."""

    schema: AnnotationSchema
    article: Article
    zones: list[Zone]
    documents: dict[str, Document]

    @property
    def id(self) -> str:
        """The article's id."""
        return self.article["id"]

    @property
    def text(self) -> str:
        """The source text."""
        return self.article["source_text"]

    def zones_of(self, annotator: str) -> list[Zone]:
        """Return the zones an annotator worked on: their own, else the article's."""
        return self.documents[annotator].get("zones", self.zones)

    @cached_property
    def lines(self) -> list[LineKey]:
        """The lines that are not blank."""
        return [(self.id, number) for number, line in enumerate(self.text.split("\n")) if line.strip()]

    @cached_property
    def _line_ends(self) -> list[int]:
        return [offset for offset, character in enumerate(self.text) if character == "\n"]

    def line_at(self, offset: int) -> LineKey:
        """Return the line that contains an offset."""
        return self.id, bisect_left(self._line_ends, offset)

    @cached_property
    def content(self) -> list[tuple[int, int]]:
        """Spans that any annotator has as content; none crosses a line end or has white space at its edges."""
        kinds = self.schema.content_kinds
        zones = [zone for name in self.documents for zone in self.zones_of(name) if zone["kind"] in kinds]
        whole: list[tuple[int, int]] = []
        for start, end in sorted((zone["start"], zone["end"]) for zone in zones):
            if whole and not self.text[whole[-1][1] : start].strip():
                whole[-1] = whole[-1][0], max(whole[-1][1], end)
            else:
                whole.append((start, end))
        return [part for span in whole for part in _split_at_line_ends(self.text, *span)]

    def _majority_language(self, start: int, end: int) -> str:
        """Return the language that most annotators have for most of a span; of equal ones the first by name."""
        counts: Counter[str] = Counter()
        for name in self.documents:
            for zone in self.zones_of(name):
                counts[zone["language"]] += max(0, min(end, zone["end"]) - max(start, zone["start"]))
        return min(counts, key=lambda language: (-counts[language], language))

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """The spans of the content's sentences, in order."""
        return [
            (start + left, start + right)
            for start, end in self.content
            for left, right in sentence_spans(self.text[start:end], self._majority_language(start, end))
        ]

    @cached_property
    def tokens(self) -> list[Span]:
        """The tokens of the content, in order."""
        return [
            Span(start=start + token["start"], end=start + token["end"], text=token["text"])
            for start, end in self.content
            for token in tokens.tokenize(self.text[start:end])
        ]

    def sentence_at(self, offset: int) -> int:
        """Return the number of the sentence that contains an offset of the content."""
        return bisect_right(self.sentences, offset, key=lambda span: span[0]) - 1

    def sentences_within(self, start: int, end: int) -> range:
        """Return the numbers of the sentences that share a code point with a span."""
        first = bisect_right(self.sentences, start, key=lambda span: span[1])
        return range(first, bisect_left(self.sentences, end, key=lambda span: span[0]))


def _split_at_line_ends(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    for line in text[start:end].split("\n"):
        if line.strip():
            yield start + len(line) - len(line.lstrip()), start + len(line.rstrip())
        start += len(line) + 1


class ComparableLabels:
    """A document's labels, sorted, without ids and makers; each reference is replaced by what it stands for.

    Claims have ``claimants`` as sorted identities. Stances have ``holder`` as an identity, and
    ``target`` as an identity, a topic, or ``claim:`` and the claim's position in ``claims``.
    """

    def __init__(self, schema: AnnotationSchema, document: Document) -> None:
        supported = news_layers.supported_layers(schema)
        mentions, claims, stances = (
            document_labels(document, layer) if layer in supported else [] for layer in news_layers.NEWS_LAYERS
        )
        meanings = {mention["id"]: label_meaning(schema.layers["entities"], mention) for mention in mentions}
        self.entities = _sort_labels(label_content(schema, "entities", mention) for mention in mentions)
        comparable = [(claim["id"], _comparable_claim(schema, claim, meanings)) for claim in claims]
        comparable.sort(key=lambda named: _sort_key(named[1]))
        self.claims: list[Any] = [claim for _, claim in comparable]
        targets = meanings | {name: f"claim:{index}" for index, (name, _) in enumerate(comparable)}
        self.stances = _sort_labels(
            {
                **label_content(schema, "stances", stance),
                "holder": meanings.get(stance["holder"], stance["holder"]),
                "target": targets.get(stance["target"], stance["target"]),
            }
            for stance in stances
        )


def _comparable_claim(schema: AnnotationSchema, claim: Any, meanings: Mapping[str, str]) -> dict[str, Any]:
    claimants = sorted({meanings.get(claimant, claimant) for claimant in claim["claimants"]})
    return {**label_content(schema, "claims", claim), "claimants": claimants}


def _sort_key(label: Any) -> tuple[int, int, str]:
    return label["start"], label["end"], repr(sorted(label.items()))


def _sort_labels(labels: Iterable[Any]) -> list[Any]:
    return sorted(labels, key=_sort_key)


class DocumentPair:
    """Two annotators' documents of one article, and which of their labels belong together."""

    def __init__(self, comparable: ComparableArticle, a: str, b: str) -> None:
        self.comparable = comparable
        self.annotators = a, b
        documents = comparable.documents
        self.a, self.b = (ComparableLabels(comparable.schema, documents[name]) for name in (a, b))
        layers = ("zones", *news_layers.supported_layers(comparable.schema))
        self.layers = [layer for layer in layers if layer in documents[a] and layer in documents[b]]

    @cached_property
    def matched_entities(self) -> list[tuple[Any, Any]]:
        """Mentions that both have, with equal or overlapping spans, of whatever type."""
        return matched_labels(self.a.entities, self.b.entities)

    @cached_property
    def matched_claims(self) -> list[tuple[Any, Any]]:
        """Claims that both have, with equal or overlapping spans."""
        return matched_labels(self.a.claims, self.b.claims)

    @cached_property
    def stances(self) -> tuple[list[Any], list[Any]]:
        """The stances of both sides; a claim that is a target on both has the same name in both."""
        names = {f"claim:{right}": f"claim:{left}" for left, right in match_spans(self.a.claims, self.b.claims)}
        for index in range(len(self.b.claims)):
            names.setdefault(f"claim:{index}", f"unmatched claim:{index}")
        renamed = [{**stance, "target": names.get(stance["target"], stance["target"])} for stance in self.b.stances]
        return self.a.stances, renamed

    def grouped_stances(self, by_sentence: bool) -> dict[tuple[int, str, str], tuple[list[Any], list[Any]]]:
        """Return the stances of both sides by sentence, holder and target, in that order.

        The sentence is 0 throughout unless ``by_sentence`` is true. A list is empty where a side has no such stance.
        """
        groups: dict[tuple[int, str, str], tuple[list[Any], list[Any]]] = {}
        for side, stances in enumerate(self.stances):
            for stance in stances:
                sentence = self.comparable.sentence_at(stance["start"]) if by_sentence else 0
                groups.setdefault((sentence, stance["holder"], stance["target"]), ([], []))[side].append(stance)
        return dict(sorted(groups.items()))


def pair_documents(comparable: Sequence[ComparableArticle], a: str, b: str) -> list[DocumentPair]:
    """Return the document pairs of the articles that both annotators annotated."""
    return [DocumentPair(each, a, b) for each in comparable if a in each.documents and b in each.documents]
