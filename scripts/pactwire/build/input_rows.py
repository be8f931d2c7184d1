"""Rows of config ``articles`` for articles that were read but not added: no story, no split and no labels."""

from typing import Any, cast

from pactwire.build.article_context import ArticleContext
from pactwire.build.articles_rows import articles_row
from pactwire.build.record_batches import Row
from pactwire.ingest.input_records import InputArticle
from pactwire.model import digests
from pactwire.model.article_ids import id_from_text
from pactwire.model.records import Article
from pactwire.model.schema import bare_schema
from pactwire.storage import files
from pactwire.text import zones
from pactwire.text.content import Content


def input_row(article: InputArticle) -> Row:
    """Return the row of an article, without layers; its zones are those of its HTML, or else those found by rule."""
    properties = cast("dict[str, Any]", article.properties)
    text = files.normalize_newlines(properties["text"])
    identity = properties.get("id") or id_from_text(text)
    record = Article(
        id=identity, source_id=properties.get("source_id") or article.file or identity, source_text=text,
        source_sha256=digests.sha256(text), section=properties.get("section"), published=properties.get("published"),
        url=properties.get("url"), license=properties["license"],
    )  # fmt: skip
    if "outlet" in properties:
        record["outlet"] = properties["outlet"]
    if "metadata" in properties:
        record["metadata"] = properties["metadata"]
    article_zones = properties.get("zones") or zones.detect_zones(text)
    schema = bare_schema()
    context = ArticleContext(record, "", "", None, article_zones, None, [])
    return {**articles_row(schema, context, Content(record, article_zones, None, schema.content_kinds)), "story": None}
