"""Rows of config ``entities``: a line of an article's content, with its tokens, BIO tags and mentions."""

from collections import Counter

import pyarrow as pa

from pactwire.build.provenance import layer_provenance
from pactwire.build.record_batches import ArticleBatch, Row, row_positions, rows_to_batch, text_rows
from pactwire.text import bio_tags


def entities_batch(articles: ArticleBatch, losses: Counter[str]) -> pa.RecordBatch:
    """Return a row for each content line of the articles whose entities were annotated.

    Mentions across line ends, and those that BIO tags can't represent, are counted in ``losses``.
    """
    rows: list[Row] = []
    numbers: list[int] = []
    for number, context, content, final in articles.annotated("entities"):
        rows += text_rows(context, content, content.lines, layer_provenance(final, "entities"))
        numbers += [number] * (len(rows) - len(numbers))
    mentions = articles.spans["entities"]
    spans = mentions.lists_within(*row_positions(numbers, rows))
    losses["mentions_across_lines"] += len(mentions.labels) - len(spans.values)
    tags = bio_tags.token_columns([row["text"] for row in rows], spans, losses)
    return rows_to_batch("entities", rows, {**tags, "spans": spans})
