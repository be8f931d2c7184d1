"""Rows of a layer by sentences of an article's content, each with its labels and the highest class among them.

Sentences that one label, or a part of it that joins, runs over are joined into one row, so that no span is cut.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pactwire.build import features
from pactwire.build.attribute_columns import referent_values
from pactwire.build.derived_columns import derived_columns
from pactwire.build.provenance import layer_provenance
from pactwire.build.record_batches import ArticleBatch, Row, row_positions, rows_to_batch, text_rows
from pactwire.build.referents import Referents
from pactwire.model.labels import value_list
from pactwire.model.layers import Layer
from pactwire.model.schema_names import LISTED_SUFFIXES, listed_column
from pactwire.text.content import Content, ContentLine
from pactwire.text.sentences import sentence_spans


def sentence_batch(articles: ArticleBatch, layer: Layer) -> pa.RecordBatch:
    """Return a row for each sentence of the articles that were annotated."""
    assert layer.config
    labels = articles.spans[layer.name]
    rows: list[Row] = []
    numbers: list[int] = []
    referred: list[Row] = []
    for number, context, content, final in articles.annotated(layer.name):
        sentences = joined_sentences(content, labels.extents(number))
        own = list(text_rows(context, content, sentences, layer_provenance(final, layer.name, context.fold)))
        rows += derived_columns(articles, layer, number, own)
        numbers += [number] * len(own)
        starts = [row["start"] for row in own]
        for label, start, _ in labels.of_document(number):
            row = own[bisect_right(starts, start) - 1]
            referred.append(_referred(layer, label, articles.referents(number), row["start"], row["end"]))
    columns = _columns_beside(articles, layer, referred)
    spans = labels.lists_within(*row_positions(numbers, rows), **columns)
    arrays = {layer.name: spans, **({"label": _highest_class(layer, spans)} if layer.class_attribute else {})}
    return rows_to_batch(articles.schema, layer.config, rows, arrays)


def _referred(layer: Layer, label: Any, referents: Referents, start: int, end: int) -> Row:
    """Return the lists beside the ids that a label refers to, in a row from ``start`` to ``end`` of the content."""
    row: Row = {}
    for attribute in layer.references:
        found = [referent_values(referents.describe(each), start, end) for each in value_list(attribute, label)]
        for suffix in LISTED_SUFFIXES:
            row[listed_column(attribute.name, suffix)] = [each[suffix] for each in found]
    return row


def _columns_beside(articles: ArticleBatch, layer: Layer, referred: Sequence[Row]) -> dict[str, pa.Array]:
    """Return the lists beside references as columns, with a value for each label."""
    assert layer.config
    fields = features.arrow_schema(articles.schema, layer.config).field(layer.name).type.value_type
    own = features.label_struct(layer)
    return {
        field.name: pa.array([row[field.name] for row in referred], field.type)
        for field in fields
        if field.name not in own
    }


def joined_sentences(content: Content, unbroken: Iterable[tuple[int, int]]) -> Iterator[ContentLine]:
    """Yield the sentences of the content text, joined where one of the ``unbroken`` spans runs over their border."""
    spans = sorted(unbroken)
    starts = [start for start, _ in spans]
    furthest_ends = list(accumulate((end for _, end in spans), max, initial=0))
    joined: list[tuple[int, int]] = []
    for line_start, line_end, language in content.lines:
        for left, right in sentence_spans(content.text[line_start:line_end], language):
            start, end = line_start + left, line_start + right
            if joined and furthest_ends[bisect_left(starts, joined[-1][1])] > start:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
    return (ContentLine(start, end, content.language(start, end)) for start, end in joined)


def _highest_class(layer: Layer, labels: pa.ListArray) -> pa.Array:
    """Return the highest class in each list of labels, as its number; 0, the lowest, for none."""
    assert layer.class_attribute
    classes = pa.array(layer.class_attribute.label_names)
    ranks = pc.fill_null(pc.index_in(labels.values.field(layer.class_attribute.name), classes), 0)
    highest = np.zeros(len(labels), np.int64)
    np.maximum.at(highest, np.repeat(np.arange(len(labels)), np.asarray(labels.value_lengths())), np.asarray(ranks))
    return pa.array(highest)
