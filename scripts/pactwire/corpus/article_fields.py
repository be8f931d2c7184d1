"""Fields of records that say something about an article besides its text: their usual names, and their values.

Known are the columns of FineWeb, of Common Crawl news as published on the Hub, of news-please, and Pactwire's own.
"""

import json
import re
from datetime import UTC, date, datetime
from typing import Any, Final

COLUMN_NAMES: Final = {
    "text": ("source_text", "text", "plain_text", "maintext", "content", "article", "body"),
    "id": ("id",),
    "url": ("url", "requested_url", "link"),
    "published": ("published", "published_date", "date_publish", "publish_date", "date_published"),
    "date": ("date", "crawl_date", "timestamp"),
    "language": ("language", "lang"),
    "title": ("title", "headline"),
    "author": ("author", "authors"),
    "outlet": ("outlet", "sitename", "publisher"),
    "section": ("section",),
    "license": ("license",),
}
"""The known names of each column; the first that is present is used.

``date`` is often the day of the crawl, as in FineWeb, so it is kept as it is and never becomes ``published``.
"""
BULK_FIELDS: Final = ("id", "url", "outlet", "section", "license")
"""Columns that have a property of their own in a bulk line, besides their entry in ``metadata``."""
METADATA_NAMES: Final = ("title", "date", "published", "author", "outlet", "language", "url")


def as_text(value: Any) -> str:
    """Return a value as text: a string as it is, a date in ISO 8601, and any other as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, date):  # includes datetime
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def parse_published(value: Any) -> str | None:
    """Return a date, or a time in UTC, in the schema's format, or None; a time without a zone gives its date."""
    if isinstance(value, str):
        if not re.match(r"\d{4}-\d{2}-\d{2}(?:[T ]|$)", value):
            return None
        try:
            value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        try:
            return f"{value.astimezone(UTC).isoformat()[:19]}Z" if value.tzinfo else value.date().isoformat()
        except OverflowError:
            return None
    return value.isoformat() if isinstance(value, date) else None
