"""Rows of config ``articles`` for articles that were read but not added: no story, no split and no labels."""

from typing import Any, cast

from pactwire.build.article_context import ArticleContext
from pactwire.build.articles_rows import articles_row
from pactwire.build.record_batches import Row
from pactwire.ingest.input_records import InputArticle
from pactwire.model.records import Article
from pactwire.storage import files
from pactwire.text import zones
from pactwire.text.content import Content


def input_row(found: InputArticle) -> Row:
    """Return the row; its zones are those seen in the HTML, else those by rule."""
    about = cast("dict[str, Any]", found.article)
    text = files.normalize_newlines(about["text"])
    sha256 = files.sha256(text)
    identity = about.get("id") or sha256[:16]
    article = Article(
        id=identity, source_id=about.get("source_id") or found.file or identity, source_text=text,
        source_sha256=sha256, section=about.get("section"), published=about.get("published"), url=about.get("url"),
        license=about["license"],
    )  # fmt: skip
    seen = about.get("zones") or zones.detect_zones(text)
    row = articles_row(ArticleContext(article, "", "", seen, None, []), Content(article, seen, None))
    return {**row, "story": None}
