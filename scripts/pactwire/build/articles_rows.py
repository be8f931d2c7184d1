"""Rows of config ``articles``: an article with its zones and all labels of its final document."""

from collections.abc import Iterable

import pyarrow as pa

from pactwire.build import features
from pactwire.build.article_context import ArticleContext
from pactwire.build.provenance import document_header, layer_statuses
from pactwire.build.record_batches import ArticleBatch, Row, label_columns, rows_to_batch
from pactwire.model.records import Article, Zone, ZoneKind
from pactwire.model.schema import AnnotationSchema
from pactwire.text.content import Content


def articles_batch(articles: ArticleBatch) -> pa.RecordBatch:
    """Return a row for each article, in order."""
    schema, contents = articles.schema, articles.contents
    rows = [articles_row(schema, *each) for each in zip(articles.contexts, contents, strict=True)]
    return rows_to_batch(schema, features.ARTICLES, rows, label_columns(schema, contents, articles.spans))


def articles_row(schema: AnnotationSchema, context: ArticleContext, content: Content) -> Row:
    """Return the row of an article without its labels; spans are over ``text``, zones over ``source_text``."""
    article, final = context.article, context.final
    return {
        "id": article["id"],
        "story": context.story,
        "language": content.main_language,
        "title": article_title(article, content.zones),
        "section": article["section"],
        "published": article["published"],
        "url": article["url"],
        "source_id": article["source_id"],
        "text": content.text,
        "source_text": article["source_text"],
        "source_sha256": article["source_sha256"],
        "segments": content.segments,
        "zones": content.zones,
        **dict.fromkeys(schema.layers),
        "annotation": document_header(final) if final else None,
        "annotation_status": layer_statuses(schema, final),
        "fold": context.fold,
    }


def article_title(article: Article, zones: Iterable[Zone]) -> str | None:
    """Return the text of the first title zone, or None."""
    titles = (article["source_text"][zone["start"] : zone["end"]] for zone in zones if zone["kind"] == ZoneKind.TITLE)
    return next(titles, None)
