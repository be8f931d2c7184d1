"""Articles that several annotators annotated, and pairs of their documents with the labels that belong together.

All offsets are code points of the source text, half-open.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pactwire.agreement.given import is_given
from pactwire.agreement.label_content import label_content, label_fields
from pactwire.agreement.matching import label_meaning, match_spans, matched_labels
from pactwire.model.labels import document_labels, value_list
from pactwire.model.layers import AttributeKind, Layer
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
    """A document's labels by layer, sorted, without ids and makers; each reference is replaced by what it stands for.

    That is a party or topic itself; of a layer with clusters ``LABEL:`` and the position of the label, or of the first
    that is equal to it, in its layer; of any other label its meaning. Several references of an attribute are sorted.
    """

    def __init__(self, schema: AnnotationSchema, document: Document) -> None:
        self.schema = schema
        self.by_layer: dict[str, list[Any]] = {}
        self._meanings = {
            label["id"]: label_meaning(layer, label)
            for layer in schema.span_layers
            for label in document_labels(document, layer.name)
        }
        for layer in schema.layers.values():
            own = [(label.get("id"), self._comparable(layer, label)) for label in document_labels(document, layer.name)]
            if layer.is_span:
                own.sort(key=lambda named: _sort_key(named[1]))
            if layer.clusters:
                firsts = {repr(label): index for index, (_, label) in reversed([*enumerate(own)])}
                self._meanings |= {str(name): position_name(layer, firsts[repr(label)]) for name, label in own}
            self.by_layer[layer.name] = [label for _, label in own]

    def _comparable(self, layer: Layer, label: Mapping[str, Any]) -> dict[str, Any]:
        fields = dict.fromkeys(label_fields(self.schema, layer.name))
        content = label_content(self.schema, layer.name, {**fields, **label})
        for attribute in layer.references:
            found = [self._meanings.get(each, each) for each in value_list(attribute, label)]
            is_list = attribute.kind == AttributeKind.REFERENCES
            content[attribute.name] = sorted(set(found)) if is_list else next(iter(found), None)
        return content


def position_name(layer: Layer, index: int) -> str:
    """Return what a label of a layer with clusters is called where others refer to it."""
    return f"{layer.label}:{index}"


def _sort_key(label: Any) -> tuple[int, int, str]:
    return label["start"], label["end"], repr(sorted(label.items()))


class DocumentPair:
    """Two annotators' documents of one article, and which of their labels belong together."""

    def __init__(self, comparable: ComparableArticle, a: str, b: str) -> None:
        self.comparable = comparable
        self.schema = comparable.schema
        self.annotators = a, b
        documents = comparable.documents
        self._a, self._b = (ComparableLabels(comparable.schema, documents[name]).by_layer for name in (a, b))
        self.layers = [
            layer
            for layer in self.schema.layer_names
            if all(layer in documents[name] and not is_given(documents[name], layer, name) for name in (a, b))
        ]
        self._labels = {name: (self._a[name], [self._named(name, each) for each in self._b[name]]) for name in self._b}
        self._matched: dict[str, list[tuple[Any, Any]]] = {}

    def labels(self, layer: str) -> tuple[list[Any], list[Any]]:
        """Return the labels of both sides; a referent that both sides have has the same name in both."""
        return self._labels[layer]

    def _named(self, layer: str, label: dict[str, Any]) -> dict[str, Any]:
        """Return a label of the second side with the first side's names of referents."""
        named = dict(label)
        for attribute in self.schema.layers[layer].references:
            value = label[attribute.name]
            is_list = isinstance(value, list)
            found = [self._names.get(each, each) for each in (value if is_list else [value])]
            named[attribute.name] = sorted(found) if is_list else found[0]
        return named

    @cached_property
    def _names(self) -> dict[str, str]:
        """What labels of layers with clusters are called on the second side: as on the first, or unmatched."""
        names: dict[str, str] = {}
        for layer in self.schema.cluster_layers:
            a, b = self._a[layer.name], self._b[layer.name]
            for index in range(len(b)):
                names[position_name(layer, index)] = f"unmatched {position_name(layer, index)}"
            for left, right in match_spans(a, b):
                names[position_name(layer, right)] = position_name(layer, left)
        return names

    @cached_property
    def words(self) -> dict[str, str]:
        """The words of the labels that `labels` names by their positions."""
        return {
            f"{prefix}{position_name(layer, index)}": label["text"]
            for layer in self.schema.cluster_layers
            for prefix, side in (("", self._a), ("unmatched ", self._b))
            for index, label in enumerate(side[layer.name])
        }

    def matched(self, layer: str) -> list[tuple[Any, Any]]:
        """Return the labels that both sides have, with equal or overlapping spans, whatever they say."""
        if layer not in self._matched:
            self._matched[layer] = matched_labels(*self.labels(layer))
        return self._matched[layer]

    def grouped(
        self, layer: str, names: Sequence[str], by_sentence: bool
    ) -> dict[tuple[int, tuple[str, ...]], tuple[list[Any], list[Any]]]:
        """Return the labels of both sides by sentence and by the values of attributes, in that order.

        The sentence is 0 throughout unless ``by_sentence`` is true. A list is empty where a side has no such label.
        """
        groups: dict[tuple[int, tuple[str, ...]], tuple[list[Any], list[Any]]] = {}
        for side, labels in enumerate(self.labels(layer)):
            for label in labels:
                sentence = self.comparable.sentence_at(label["start"]) if by_sentence else 0
                values = tuple(_joined(label[name]) for name in names)
                groups.setdefault((sentence, values), ([], []))[side].append(label)
        return dict(sorted(groups.items()))


def _joined(value: Any) -> str:
    return " + ".join(value) if isinstance(value, list) else str(value)


def pair_documents(comparable: Sequence[ComparableArticle], a: str, b: str) -> list[DocumentPair]:
    """Return the document pairs of the articles that both annotators annotated."""
    return [DocumentPair(each, a, b) for each in comparable if a in each.documents and b in each.documents]
