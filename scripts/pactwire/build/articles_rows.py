"""Rows of config ``articles``: an article with its zones and all labels of its final document."""

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from pactwire.build import features
from pactwire.build.article_context import ArticleContext
from pactwire.build.provenance import document_header, layer_kinds, layer_statuses
from pactwire.build.record_batches import ArticleBatch, Row, label_columns, rows_to_batch
from pactwire.corpus.article_fields import article_title, first_statement, stated_value
from pactwire.model.schema import AnnotationSchema
from pactwire.text.content import Content

_STATEMENTS: Final = {
    **{name: (name,) for name in ("title", "section", "published")}, "url": ("url", "canonical_url"),
    **{name: (name,) for name in ("author", "outlet", "canonical_url")}, "stated_language": ("language",),
    "license": ("license",),
}  # fmt: skip
"""The names of the statements that may hold the value of a column, the first that is there."""


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
        **stated_columns(article),
        "text": content.text,
        "source_text": article["source_text"],
        "source_sha256": article["source_sha256"],
        "segments": content.segments,
        "zones": content.zones,
        **dict.fromkeys(schema.layers),
        "annotation": document_header(final) if final else None,
        "status": layer_statuses(schema, final),
        "annotator_kinds": layer_kinds(schema, final),
        "fold": context.fold,
    }


def stated_columns(article: Mapping[str, Any]) -> Row:
    """Return the columns of what was stated of an article where it came from, and the origin of each such value.

    ``article`` is an article or its record in a raw file; what its pages state of title, section, date and address has
    columns elsewhere, and its origin here.
    """
    return {
        "author": stated_value(article, "author"),
        "outlet": article.get("outlet") or stated_value(article, "outlet"),
        "canonical_url": stated_value(article, "canonical_url"),
        "stated_language": stated_value(article, "language"),
        "license": article["license"],
        "origins": [
            {"column": column, "origin": stated["origin"]}
            for column, names in _STATEMENTS.items()
            if (stated := next((found for name in names if (found := first_statement(article, name))), None))
        ],
    }
