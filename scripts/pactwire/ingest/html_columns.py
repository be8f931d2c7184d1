"""Values of columns and feeds that are HTML: which are, and the text that they show.

A column may have HTML in some rows and plain text in others. HTML is what has an element with its end, or an element
that has none (``br``, ``img``, ``hr``).
"""

import re
from typing import Any, Final

from pactwire.ingest import html_parsing, rendering
from pactwire.model import digests

_BLOCKS: Final = (
    "p|div|h[1-6]|ul|ol|li|dl|dt|dd|table|thead|tbody|tr|td|th|section|article|header|footer|figure|figcaption|blockquote|"
    "pre|main|aside|nav|html|body|head"
)
_INLINE: Final = (
    "a|b|i|u|s|em|strong|span|small|sub|sup|mark|q|cite|code|abbr|time|font|center|del|ins|iframe|video|audio"
)
_OPENING: Final = re.compile(rf"<({_BLOCKS}|{_INLINE})(?:\s[^<>]*)?>", re.IGNORECASE)
_CLOSING: Final = re.compile(rf"</({_BLOCKS}|{_INLINE})\s*>", re.IGNORECASE)
_EMPTY: Final = re.compile(r"<(?:br|hr|img)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_BLOCK: Final = re.compile(rf"<(?:{_BLOCKS}|br|hr)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_PAGE: Final = re.compile(r"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)
_SEARCHED: Final = 20_000
"""How many characters of a value are searched for an element."""


def is_html(text: str) -> bool:
    """Return whether a value is HTML."""
    if "<" not in text:
        return False
    start = text[:_SEARCHED]
    opened = {match[1].lower() for match in _OPENING.finditer(start)}
    closed = {match[1].lower() for match in _CLOSING.finditer(start)}
    return not opened.isdisjoint(closed) or bool(_EMPTY.search(start) or _PAGE.match(start))


def is_page(text: str) -> bool:
    """Return whether a value is a whole page with a head of its own."""
    return bool(_PAGE.match(text))


def shown_text(text: str) -> str:
    """Return the text that a piece of HTML shows; line ends count if it has no blocks. Raises NestingError."""
    whole = text if _BLOCK.search(text) else _with_paragraphs(text)
    root = html_parsing.parse_html(f"<div>{whole}</div>")
    return rendering.render(root)[0] if root is not None else ""


def _with_paragraphs(text: str) -> str:
    """Return a text with inline elements alone, its paragraphs and line ends as elements, as blogs store it."""
    paragraphs = re.split(r"\n\s*\n", re.sub(r"\r\n?", "\n", text))
    return "".join(f"<p>{each.replace(chr(10), '<br>')}</p>" for each in paragraphs)


def rendered_property(text: str, origin: str) -> dict[str, Any]:
    """Return how the text of an article was rendered from a value, for its line of bulk input."""
    return {
        "name": rendering.RENDERER_NAME, "version": rendering.RENDERER_VERSION, "original": digests.sha256(text),
        "encoding": "utf-8", "encoding_origin": origin,
    }  # fmt: skip
