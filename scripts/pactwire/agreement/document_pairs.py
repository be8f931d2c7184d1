"""An article with documents of several annotators to what can be compared: lines, sentences, tokens, label pairs.

All offsets are code points of the source text, half-open.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pactwire.agreement.matching import entity_identity, match_spans, party_identity
from pactwire.model.records import CONTENT_KINDS, LAYERS, Article, Claim, Document, Entity, Span, Zone, labels_of
from pactwire.text import tokens

LineKey = tuple[str, int]
"""A line of a source text: article and number, from 0."""


@dataclass(frozen=True)
class ComparableArticle:
    """An article, its own zones, and the documents to compare by annotator."""

    article: Article
    zones: list[Zone]
    documents: dict[str, Document]

    def zones_of(self, annotator: str) -> list[Zone]:
        """Return the zones an annotator worked on: their own, else the article's."""
        return self.documents[annotator].get("zones", self.zones)

    @cached_property
    def lines(self) -> list[LineKey]:
        """The lines that are not blank."""
        texts = self.article["source_text"].split("\n")
        return [(self.article["id"], number) for number, text in enumerate(texts) if text.strip()]

    @cached_property
    def _line_ends(self) -> list[int]:
        return [index for index, sign in enumerate(self.article["source_text"]) if sign == "\n"]

    def line_at(self, offset: int) -> LineKey:
        """Return the line that an offset lies in."""
        return self.article["id"], bisect_left(self._line_ends, offset)

    @cached_property
    def content(self) -> list[tuple[int, int]]:
        """What any of the annotators has as content: stretches that don't cross a line end, no white space at edges."""
        text = self.article["source_text"]
        zones = [zone for name in self.documents for zone in self.zones_of(name) if zone["kind"] in CONTENT_KINDS]
        whole: list[tuple[int, int]] = []
        for start, end in sorted((zone["start"], zone["end"]) for zone in zones):
            if whole and not text[whole[-1][1] : start].strip():
                whole[-1] = whole[-1][0], max(whole[-1][1], end)
            else:
                whole.append((start, end))
        return [part for span in whole for part in _split_at_line_ends(text, *span)]

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
        text = self.article["source_text"]
        return [
            (start + left, start + right)
            for start, end in self.content
            for left, right in tokens.sentence_spans(text[start:end], self._majority_language(start, end))
        ]

    @cached_property
    def tokens(self) -> list[Span]:
        """The tokens of the content, in order."""
        text = self.article["source_text"]
        return [
            Span(start=start + token["start"], end=start + token["end"], text=token["text"])
            for start, end in self.content
            for token in tokens.tokenize(text[start:end])
        ]

    def sentence_at(self, offset: int) -> int:
        """Return the number of the sentence that an offset of the content lies in."""
        return bisect_right(self.sentences, offset, key=lambda span: span[0]) - 1

    def sentences_within(self, start: int, end: int) -> range:
        """Return the numbers of the sentences that a span has a code point of."""
        first = bisect_right(self.sentences, start, key=lambda span: span[1])
        return range(first, bisect_left(self.sentences, end, key=lambda span: span[0]))


def _split_at_line_ends(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    for line in text[start:end].split("\n"):
        if line.strip():
            yield start + len(line) - len(line.lstrip()), start + len(line.rstrip())
        start += len(line) + 1


class ComparableLabels:
    """A document's labels without ids and makers, references replaced by what they stand for, sorted.

    Claims have ``claimants`` as sorted identities. Stances have ``holder`` as an identity, and
    ``target`` as an identity, a topic, or ``claim:`` and the claim's position in ``claims``.
    """

    def __init__(self, document: Document) -> None:
        self.entities = _sort_labels(_without_id_and_makers(entity) for entity in labels_of(document, "entities"))
        known: dict[str, Entity] = {entity["id"]: entity for entity in labels_of(document, "entities")}
        claims = sorted(labels_of(document, "claims"), key=lambda claim: _sort_key(_comparable_claim(claim, known)))
        self.claims: list[Any] = [_comparable_claim(claim, known) for claim in claims]
        targets = {each: entity_identity(entity) for each, entity in known.items()}
        targets |= {claim["id"]: f"claim:{index}" for index, claim in enumerate(claims)}
        self.stances = _sort_labels(
            {
                **_without_id_and_makers(stance),
                "holder": party_identity(stance["holder"], known),
                "target": targets.get(stance["target"], stance["target"]),
            }
            for stance in labels_of(document, "stances")
        )


def _without_id_and_makers(label: Any) -> dict[str, Any]:
    return {key: value for key, value in label.items() if key not in ("id", "by")}


def _comparable_claim(claim: Claim, entities: dict[str, Entity]) -> dict[str, Any]:
    return {
        **_without_id_and_makers(claim),
        "claimants": sorted({party_identity(each, entities) for each in claim["claimants"]}),
    }


def _sort_key(label: Any) -> tuple[int, int, str]:
    return label["start"], label["end"], repr(sorted(label.items()))


def _sort_labels(labels: Iterable[Any]) -> list[Any]:
    return sorted(labels, key=_sort_key)


class DocumentPair:
    """Two annotators' documents of one article, and which labels of them belong together."""

    def __init__(self, case: ComparableArticle, a: str, b: str) -> None:
        self.case = case
        self.annotators = a, b
        self.a, self.b = ComparableLabels(case.documents[a]), ComparableLabels(case.documents[b])
        self.layers = [layer for layer in LAYERS if all(layer in case.documents[name] for name in self.annotators)]

    @cached_property
    def entities(self) -> list[tuple[int, int]]:
        """Mentions that both have, exactly or overlapping, of whatever type."""
        return match_spans(self.a.entities, self.b.entities)

    @cached_property
    def same_mentions(self) -> list[tuple[Any, Any]]:
        """Mentions whose spans both have exactly."""
        found = [(self.a.entities[left], self.b.entities[right]) for left, right in self.entities]
        return [(one, other) for one, other in found if same_span(one, other)]

    @cached_property
    def claims(self) -> list[tuple[Any, Any]]:
        """Claims that both have, exactly or overlapping."""
        return [(self.a.claims[left], self.b.claims[right]) for left, right in self._claim_index_pairs]

    @cached_property
    def _claim_index_pairs(self) -> list[tuple[int, int]]:
        return match_spans(self.a.claims, self.b.claims)

    @cached_property
    def stances(self) -> tuple[list[Any], list[Any]]:
        """Both sides' stances; a claim that is a target of both is called the same in both."""
        names = {f"claim:{right}": f"claim:{left}" for left, right in self._claim_index_pairs}
        for index in range(len(self.b.claims)):
            names.setdefault(f"claim:{index}", f"unmatched claim:{index}")
        renamed = [{**each, "target": names.get(each["target"], each["target"])} for each in self.b.stances]
        return self.a.stances, renamed


def same_span(one: Any, other: Any) -> bool:
    """Say whether two labels have the same start and end."""
    return bool(one["start"] == other["start"] and one["end"] == other["end"])


def pair_documents(cases: Sequence[ComparableArticle], a: str, b: str) -> list[DocumentPair]:
    """Return the pairs of the articles that both annotated."""
    return [DocumentPair(case, a, b) for case in cases if a in case.documents and b in case.documents]
