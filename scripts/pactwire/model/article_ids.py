"""Ids of articles: sixteen lowercase hexadecimal digits, which are also an unsigned number of 64 bits."""

import re
from typing import Final

from pactwire.model import digests

ARTICLE_ID: Final = re.compile("[0-9a-f]{16}")
"""The form of an article's id."""


def id_from_text(text: str) -> str:
    """Return the id of an article that comes without one: the start of the SHA-256 of its source text."""
    return digests.short_sha256(text, 16)


def id_to_number(article: str) -> int:
    """Return an article's id as a number."""
    return int(article, 16)


def number_to_id(number: int) -> str:
    """Return the article's id that a number stands for."""
    return f"{number:016x}"
