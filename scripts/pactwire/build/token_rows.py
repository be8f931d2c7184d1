"""Rows of a layer by lines of an article's content, each with its tokens, BIO tags and labels."""

from collections import Counter

import pyarrow as pa

from pactwire.build.derived_columns import derived_columns
from pactwire.build.provenance import layer_provenance
from pactwire.build.record_batches import ArticleBatch, Row, row_positions, rows_to_batch, text_rows
from pactwire.model.layers import Layer
from pactwire.text import bio_tags


def token_batch(articles: ArticleBatch, layer: Layer, losses: Counter[str]) -> pa.RecordBatch:
    """Return a row for each content line of the articles that were annotated.

    Labels across line ends, and those that BIO tags can't represent, are counted in ``losses``.
    """
    assert layer.config and layer.class_attribute
    rows: list[Row] = []
    numbers: list[int] = []
    for number, context, content, final in articles.annotated(layer.name):
        own = list(text_rows(context, content, content.lines, layer_provenance(final, layer.name, context.fold)))
        rows += derived_columns(articles, layer, number, own)
        numbers += [number] * len(own)
    labels = articles.spans[layer.name]
    spans = labels.lists_within(*row_positions(numbers, rows))
    losses["mentions_across_lines"] += len(labels.labels) - len(spans.values)
    classes = layer.class_attribute
    tags = bio_tags.token_columns([row["text"] for row in rows], spans, classes.name, classes.label_names, losses)
    return rows_to_batch(articles.schema, layer.config, rows, {**tags, "spans": spans})
