"""Record batches of articles for every config but pairs of clusters, whose rows need the articles of a whole shard."""

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa

from pactwire.build import features
from pactwire.build.annotations_rows import annotations_batch
from pactwire.build.article_context import ArticleContext
from pactwire.build.article_label_rows import article_label_batch
from pactwire.build.articles_rows import articles_batch
from pactwire.build.candidate_rows import candidate_batch
from pactwire.build.label_rows import label_batch
from pactwire.build.record_batches import ArticleBatch
from pactwire.build.sentence_rows import sentence_batch
from pactwire.build.token_rows import token_batch
from pactwire.model.layers import Layer, RowKind
from pactwire.model.schema import AnnotationSchema


def article_batches(
    schema: AnnotationSchema, contexts: Sequence[ArticleContext], losses: Counter[str]
) -> dict[str, pa.RecordBatch]:
    """Return the rows of articles by config, in the order of the articles; configs without rows are left out.

    Labels that a config can't hold are counted in ``losses``.
    """
    articles = ArticleBatch(schema, contexts)
    batches = {features.ARTICLES: articles_batch(articles)}
    for layer in schema.layers.values():
        if layer.config:
            batches[layer.config] = _layer_batch(articles, layer, losses)
        if layer.candidates:
            batches[layer.candidates.config] = candidate_batch(articles, layer, losses)
    if any(context.documents for context in contexts):
        batches[features.ANNOTATIONS] = annotations_batch(articles)
    return {config: batch for config, batch in batches.items() if batch.num_rows}


def _layer_batch(articles: ArticleBatch, layer: Layer, losses: Counter[str]) -> pa.RecordBatch:
    match layer.rows:
        case RowKind.TOKENS:
            return token_batch(articles, layer, losses)
        case RowKind.SENTENCES:
            return sentence_batch(articles, layer)
        case RowKind.LABELS:
            return label_batch(articles, layer)
        case _:
            return article_label_batch(articles, layer)
