"""Rows of candidates: pairs of labels in one sentence, with the class of the label that relates them, or none.

A model that is to find relations needs the pairs that have none as well.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import pyarrow as pa

from pactwire.build.article_context import ArticleContext
from pactwire.build.attribute_columns import referent_values
from pactwire.build.provenance import layer_provenance
from pactwire.build.record_batches import ArticleBatch, Row, rows_to_batch
from pactwire.build.referents import Referent, Referents
from pactwire.build.sentence_rows import joined_sentences
from pactwire.model.labels import value_list
from pactwire.model.layers import Layer
from pactwire.model.records import Document
from pactwire.text.content import Content, ContentLine

_Placed = tuple[str, int, int]
"""The id of a label, and its start and end in the content text."""


def candidate_batch(articles: ArticleBatch, layer: Layer, losses: Counter[str]) -> pa.RecordBatch:
    """Return a row for each pair of labels in one sentence, in the order of the text.

    Labels of the layer whose two sides are not both spans are counted in ``losses`` as ``pairs_without_span``, and
    those whose sides are in no sentence together as ``pairs_across_sentences``.
    """
    assert layer.candidates
    rows: list[Row] = []
    for number, context, content, final in articles.annotated(layer.name):
        rows += _article_rows(articles, layer, number, context, content, final, losses)
    return rows_to_batch(articles.schema, layer.candidates.config, rows)


def _article_rows(
    articles: ArticleBatch,
    layer: Layer,
    number: int,
    context: ArticleContext,
    content: Content,
    final: Document,
    losses: Counter[str],
) -> Iterator[Row]:
    assert layer.candidates
    referents = articles.referents(number)
    classes, left = _classes_by_pair(articles, layer, number, referents)
    losses["pairs_without_span"] += left
    sides = [_side_labels(articles, layer, name, number) for name in layer.candidates.pair]
    seen: set[tuple[str, str]] = set()
    position = 0
    for sentence in joined_sentences(content, ()):
        within = [[each for each in side if sentence.start <= each[1] and each[2] <= sentence.end] for side in sides]
        for a, b in product(*within):
            if a[0] != b[0]:
                seen.add((a[0], b[0]))
                for label in classes.get((a[0], b[0]), [layer.candidates.none]):
                    yield {
                        "id": f"{context.article['id']}:{position}",
                        **_sentence_columns(context, content, sentence),
                        **_side_columns(layer.candidates.pair[0], referents.describe(a[0]), sentence),
                        **_side_columns(layer.candidates.pair[1], referents.describe(b[0]), sentence),
                        "label": label,
                        **layer_provenance(final, layer.name, context.fold),
                    }
                    position += 1
    losses["pairs_across_sentences"] += sum(len(found) for pair, found in classes.items() if pair not in seen)


def _classes_by_pair(
    articles: ArticleBatch, layer: Layer, number: int, referents: Referents
) -> tuple[dict[tuple[str, str], list[Any]], int]:
    """Return the classes of each pair of labels, each once, and how many have a side that is no label or missing."""
    assert layer.candidates and layer.class_attribute
    classes: dict[tuple[str, str], list[Any]] = {}
    left = 0
    first, second = (layer.attribute(name) for name in layer.candidates.pair)
    for label, _, _ in articles.spans[layer.name].of_document(number):
        pairs = list(product(value_list(first, label), value_list(second, label)))
        left += not pairs
        for pair in pairs:
            if all(map(referents.is_label, pair)):
                found = classes.setdefault(pair, [])
                if (name := label[layer.class_attribute.name]) not in found:
                    found.append(name)
            else:
                left += 1
    return classes, left


def _side_labels(articles: ArticleBatch, layer: Layer, attribute: str, number: int) -> list[_Placed]:
    """Return the labels that an attribute may refer to, in the order of the text."""
    found = [
        (label["id"], start, end)
        for name in layer.attribute(attribute).target_layers
        for label, start, end in articles.spans[name].of_document(number)
    ]
    return sorted(found, key=lambda each: each[1:])


def _sentence_columns(context: ArticleContext, content: Content, sentence: ContentLine) -> Row:
    return {
        "article_id": context.article["id"],
        "language": sentence.language,
        "start": sentence.start,
        "end": sentence.end,
        "text": content.text[sentence.start : sentence.end],
    }


def _side_columns(name: str, referent: Referent, sentence: ContentLine) -> Row:
    values = referent_values(referent, sentence.start, sentence.end)
    return {f"{name}{suffix}": value for suffix, value in values.items()}
