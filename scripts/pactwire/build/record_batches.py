"""Articles with their annotation documents to record batches of each config.

The rows are those of `pactwire.build.config_rows` and `pactwire.build.claim_pairs`; columns that hold labels are
made here, of many articles at once, since most of what a dataset holds is in them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pactwire.build import config_rows, features
from pactwire.build.config_rows import ArticleContext, Row
from pactwire.build.span_columns import SpanColumns, text_positions
from pactwire.model import schema
from pactwire.model.records import SPAN_LAYERS, Document, Layer
from pactwire.text import bio_tags
from pactwire.text.content import Content


def article_batches(entries: Sequence[ArticleContext], losses: Counter[str]) -> dict[str, pa.RecordBatch]:
    """Return the rows of articles in every config but claim_pairs; a config without rows is left out.

    What a view can't hold is counted in ``losses``.
    """
    contents = [Content(entry.article, entry.zones, entry.final) for entry in entries]
    labels = _layer_columns(contents)
    rows = [config_rows.articles_row(entry, content) for entry, content in zip(entries, contents, strict=True)]
    found = {
        "articles": rows_to_batch("articles", rows, {layer: labels[layer].document_lists() for layer in SPAN_LAYERS}),
        "entities": _entities_batch(entries, contents, labels["entities"], losses),
        "stance": _stance_batch(entries, contents, labels["stances"]),
        "claims": _claims_batch(entries, contents, labels["claims"]),
    }
    if any(entry.documents for entry in entries):
        found["annotations"] = _annotations_batch(entries)
    return {config: made for config, made in found.items() if made.num_rows}


def rows_to_batch(config: str, rows: Sequence[Row], columns: Mapping[str, pa.Array] | None = None) -> pa.RecordBatch:
    """Return rows as a record batch with the config's Arrow schema; class labels are names in the rows.

    ``columns`` are those that the rows don't hold.
    """
    schema = features.arrow_schema(config)
    numbers = features.class_labels(config)
    made = []
    for field in schema:
        if columns and field.name in columns:
            made.append(columns[field.name].cast(field.type))
            continue
        values: list[Any] = list(map(itemgetter(field.name), rows))
        if known := numbers.get(field.name):
            values = [known[value] for value in values]
        made.append(pa.array(values, field.type))
    return pa.RecordBatch.from_arrays(made, schema=schema)


def _layer_columns(contents: Sequence[Content]) -> dict[Layer, SpanColumns]:
    schema = features.arrow_schema("articles")
    return {layer: SpanColumns(layer, contents, schema.field(layer).type.value_type) for layer in SPAN_LAYERS}


def _annotated(entries: Sequence[ArticleContext], contents: Sequence[Content], layer: Layer) -> list[Any]:
    """Return (number, entry, content, final document) of each article whose layer was annotated."""
    return [
        (number, entry, content, entry.final)
        for number, (entry, content) in enumerate(zip(entries, contents, strict=True))
        if content.layer(layer) is not None
    ]


def _entities_batch(
    entries: Sequence[ArticleContext], contents: Sequence[Content], labels: SpanColumns, losses: Counter[str]
) -> pa.RecordBatch:
    rows: list[Row] = []
    numbers: list[int] = []
    for number, entry, content, final in _annotated(entries, contents, "entities"):
        rows += config_rows.entities_rows(entry, content, final)
        numbers += [number] * (len(rows) - len(numbers))
    spans = labels.inside(*_row_positions(numbers, rows))
    losses["mentions_across_lines"] += len(labels.labels) - len(spans.values)
    tagged = bio_tags.token_columns([row["text"] for row in rows], spans, losses)
    return rows_to_batch("entities", rows, {**tagged, "spans": spans})


def _stance_batch(
    entries: Sequence[ArticleContext], contents: Sequence[Content], labels: SpanColumns
) -> pa.RecordBatch:
    rows: list[Row] = []
    for number, entry, content, final in _annotated(entries, contents, "stances"):
        rows += config_rows.stance_rows(entry, content, final, labels.of(number))
    return rows_to_batch("stance", rows)


def _claims_batch(
    entries: Sequence[ArticleContext], contents: Sequence[Content], labels: SpanColumns
) -> pa.RecordBatch:
    rows: list[Row] = []
    numbers: list[int] = []
    names: list[list[str]] = []
    for number, entry, content, final in _annotated(entries, contents, "claims"):
        rows += config_rows.claims_rows(entry, content, final, labels.extents_with_cues(number))
        numbers += [number] * (len(rows) - len(numbers))
        names += config_rows.claimant_names(content, labels.of(number))
    spans = labels.inside(*_row_positions(numbers, rows), claimant_names=pa.array(names, pa.list_(pa.string())))
    return rows_to_batch("claims", rows, {"claims": spans, "label": _highest_checkworthy(spans)})


def _highest_checkworthy(claims: pa.ListArray) -> pa.Array:
    """Return for each list of claims the highest label of what to check, the lowest where there is none."""
    ranks = pc.index_in(claims.values.field("checkworthy"), pa.array(schema.label_names("checkworthy")))
    highest = np.zeros(len(claims), np.int64)
    np.maximum.at(highest, np.repeat(np.arange(len(claims)), np.asarray(claims.value_lengths())), np.asarray(ranks))
    return pa.array(highest)


def _row_positions(numbers: Sequence[int], rows: Sequence[Row]) -> Any:
    """Return the places where rows start, and where they end."""
    return tuple(text_positions(numbers, [row[edge] for row in rows]) for edge in ("start", "end"))


def _annotations_batch(entries: Sequence[ArticleContext]) -> pa.RecordBatch:
    """Return the rows of config ``annotations``: content is cut by the document's own zones where it has them."""
    found: list[tuple[ArticleContext, str, Document]] = [
        (entry, name, document) for entry in entries for name, document in entry.documents
    ]
    contents = [Content(entry.article, document.get("zones", entry.zones), document) for entry, _, document in found]
    rows = [config_rows.annotations_row(*each, content) for each, content in zip(found, contents, strict=True)]
    return rows_to_batch(
        "annotations", rows, {layer: each.document_lists() for layer, each in _layer_columns(contents).items()}
    )
