"""Rows of a layer by articles: the one label of a whole article, with the article's content text."""

import pyarrow as pa

from pactwire.build.attribute_columns import attribute_values
from pactwire.build.provenance import layer_provenance
from pactwire.build.record_batches import ArticleBatch, Row, article_label, rows_to_batch
from pactwire.model.layers import Layer


def article_label_batch(articles: ArticleBatch, layer: Layer) -> pa.RecordBatch:
    """Return a row for each article that was annotated."""
    assert layer.config
    rows: list[Row] = []
    for number, context, content, final in articles.annotated(layer.name):
        referents = articles.referents(number)
        rows.append(
            {
                "id": context.article["id"],
                "article_id": context.article["id"],
                "language": content.main_language,
                "start": 0,
                "end": len(content.text),
                "text": content.text,
                **attribute_values(layer, article_label(content, layer), referents, 0, len(content.text)),
                **layer_provenance(final, layer.name, context.fold),
            }
        )
    return rows_to_batch(articles.schema, layer.config, rows)
