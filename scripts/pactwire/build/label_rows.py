"""Rows of a layer by labels: each label with the content lines that hold it, and its attributes."""

import pyarrow as pa

from pactwire.build.attribute_columns import attribute_values
from pactwire.build.derived_columns import derived_columns
from pactwire.build.provenance import layer_provenance
from pactwire.build.record_batches import ArticleBatch, Row, rows_to_batch
from pactwire.model.layers import Layer


def label_batch(articles: ArticleBatch, layer: Layer) -> pa.RecordBatch:
    """Return a row for each label, by article and position."""
    assert layer.config
    rows: list[Row] = []
    for number, *_ in articles.annotated(layer.name):
        rows += derived_columns(articles, layer, number, _label_rows(articles, layer, number))
    return rows_to_batch(articles.schema, layer.config, rows)


def _label_rows(articles: ArticleBatch, layer: Layer, number: int) -> list[Row]:
    """Return the rows of an article; a label's span, its evidence, and its parts are in offsets of the row's text."""
    context, content = articles.contexts[number], articles.contents[number]
    assert context.final
    referents = articles.referents(number)
    provenance = layer_provenance(context.final, layer.name, context.fold)
    rows: list[Row] = []
    for label, evidence_start, evidence_end in articles.spans[layer.name].of_document(number):
        start = content.text.rfind("\n", 0, evidence_start) + 1
        end = content.text.find("\n", evidence_end)
        text = content.text[start : end if end >= 0 else None]
        row = {
            "id": f"{context.article['id']}:{label['id']}",
            "article_id": context.article["id"],
            "language": content.language(evidence_start, evidence_end),
            "start": start,
            "end": start + len(text),
            "text": text,
            "evidence_start": evidence_start - start,
            "evidence_end": evidence_end - start,
            **attribute_values(layer, label, referents, start, start + len(text)),
            **provenance,
        }
        for part in layer.parts:
            if row[part.name]:
                mapped = content.map_span(row[part.name])
                row[part.name] = {**mapped, "start": mapped["start"] - start, "end": mapped["end"] - start}
        rows.append(row)
    return rows
