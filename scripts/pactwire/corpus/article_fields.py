"""Fields of records that say something about an article besides its text: their usual names, and their values.

Known are the columns of FineWeb, of Common Crawl news as published on the Hub, of news-please, and Pactwire's own.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from pactwire.model.records import Article, MetadataStatement, Zone, ZoneKind

COLUMN_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "text": (
        "source_text",
        "text",
        "plain_text",
        "maintext",
        "content",
        "article",
        "body",
        "article_text",
        "articlebody",
        "article_body",
        "full_text",
        "fulltext",
        "content_html",
        "content_text",
        "post_content",
    ),
    "id": ("id",),
    "url": ("url", "requested_url", "link", "permalink"),
    "published": (
        "published",
        "published_date",
        "date_publish",
        "publish_date",
        "date_published",
        "publishing_date",
        "publication_date",
        "published_at",
        "pubdate",
        "datepublished",
        "post_date",
    ),
    "date": ("date", "crawl_date", "timestamp"),
    "language": ("language", "lang"),
    "title": ("title", "headline", "post_title"),
    "author": ("author", "authors", "byline", "creator"),
    "outlet": ("outlet", "sitename", "site_name", "publisher"),
    "section": ("section",),
    "license": ("license", "licence"),
}
"""The known names of each column, in lower case; the first that is present is used.

``date`` is often the day of the crawl, as in FineWeb, so it is kept as it is and never becomes ``published``.
"""
BULK_FIELDS: Final = ("id", "url", "outlet", "section", "license")
"""Columns that have a property of their own in a bulk line, besides their entry in ``metadata``."""
METADATA_NAMES: Final = ("title", "date", "published", "author", "outlet", "language", "section", "url", "license")
INFERENCE: Final = "trafilatura "
"""How origins begin that are no statements but what a program infers."""


def first_statement(article: Mapping[str, Any], name: str) -> MetadataStatement | None:
    """Return the first statement of a name where the article came from; inferences are none."""
    statements: list[MetadataStatement] = article.get("metadata") or []
    stated = (each for each in statements if not each["origin"].startswith(INFERENCE))
    return next((each for each in stated if each["name"] == name), None)


def stated_value(article: Mapping[str, Any], name: str) -> str | None:
    """Return the value of the first statement of a name, or None."""
    found = first_statement(article, name)
    return found["value"] if found else None


def article_title(article: Article, zones: Iterable[Zone]) -> str | None:
    """Return the title that was stated, or else the text of the first title zone, or None."""
    return stated_value(article, "title") or zone_title(article["source_text"], zones)


def zone_title(source: str, zones: Iterable[Zone]) -> str | None:
    """Return the text of the first title zone, or None."""
    return next((source[zone["start"] : zone["end"]] for zone in zones if zone["kind"] == ZoneKind.TITLE), None)


def as_text(value: Any) -> str:
    """Return a value as text: a string as it is, a date in ISO 8601, and any other as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, date):  # includes datetime
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
