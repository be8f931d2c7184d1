"""Articles that were found to rows of config ``articles``, without a story, a split or labels."""

from typing import Any, cast

from pactwire.build import config_rows
from pactwire.build.config_rows import ArticleContext, Row
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
    row = config_rows.articles_row(ArticleContext(article, "", "", seen, None, []), Content(article, seen, None))
    return {**row, "story": None}
