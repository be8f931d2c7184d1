"""Rows of config ``annotations``: a document of one annotator, over the content that its own zones cut."""

import pyarrow as pa

from pactwire.build import features
from pactwire.build.article_context import ArticleContext
from pactwire.build.provenance import document_header, layer_statuses
from pactwire.build.record_batches import ArticleBatch, Row, label_columns, rows_to_batch, span_columns_by_layer
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema
from pactwire.text.content import Content


def annotations_batch(articles: ArticleBatch) -> pa.RecordBatch:
    """Return a row for each document that is not the final one, by article, then by annotator."""
    schema = articles.schema
    documents = [(context, *each) for context in articles.contexts for each in context.documents]
    contents = [
        Content(context.article, document.get("zones", context.zones), document, schema.content_kinds)
        for context, _, document in documents
    ]
    rows = [annotations_row(schema, *each, content) for each, content in zip(documents, contents, strict=True)]
    labels = label_columns(schema, contents, span_columns_by_layer(schema, contents))
    return rows_to_batch(schema, features.ANNOTATIONS, rows, labels)


def annotations_row(
    schema: AnnotationSchema, context: ArticleContext, annotator: str, document: Document, content: Content
) -> Row:
    """Return the row of one annotator's document without its labels; its offsets are into the row's own ``text``."""
    kinds = {each["id"]: each["kind"] for each in document["annotators"]}
    return {
        "article_id": context.article["id"],
        "annotator": annotator,
        "text": content.text,
        "segments": content.segments,
        "zones": content.zones if "zones" in document else None,
        "annotation": document_header(document),
        "status": layer_statuses(schema, document),
        "annotator_kind": kinds[annotator],
        "fold": context.fold,
    }
