"""Tell a page whose script writes the article: what it shows without the script is not an article, but its frame."""

import re
from collections.abc import Sequence
from typing import Final

from pactwire.ingest.page_text import PageText
from pactwire.model.records import CONTENT_KINDS
from pactwire.text import zones
from pactwire.text.line_features import PageLine

MIN_SIZE: Final = 200
"""Content of this size needs no paragraph."""
MIN_UNTITLED_SIZE: Final = 500
"""Content of this size is an article even if the page does not show its own title."""
MIN_TITLE_LINE: Final = 10
"""The least code points of a line that shows the title or a part of it."""
_NO_WORD: Final = re.compile(r"[\W_]+")


def has_content(page: PageText) -> bool:
    """Return whether any line of a page is content."""
    return bool(_content(page))


def is_shell(page: PageText, titles: Sequence[str]) -> bool:
    """Return whether a page with a script lacks an article.

    So it is if its content is short, and either has no paragraph but notices, or is on a page that states a title
    (``titles``) and does not show it.
    """
    content = _content(page)
    size = sum(line.size for line in content)
    if size < MIN_SIZE and not any(line.prose and not line.notice for line in content):
        return True
    return size < MIN_UNTITLED_SIZE and not _shows_title(page, titles)


def _content(page: PageText) -> list[PageLine]:
    """Return the lines of content: those extracted, or else those that are content by the rules for plain text."""
    is_content = page.is_extracted
    if not any(is_content):
        is_content = [kind in CONTENT_KINDS for kind in zones.line_kinds(page.features)]
    return [line for line, is_one in zip(page.features, is_content, strict=True) if is_one]


def _shows_title(page: PageText, titles: Sequence[str]) -> bool:
    known = [plain for title in titles if (plain := _plain(title))]
    lines = [_plain(line.text) for line in page.features]
    return not known or any(
        title in line or (len(line) >= MIN_TITLE_LINE and line in title) for title in known for line in lines
    )


def _plain(text: str) -> str:
    return _NO_WORD.sub(" ", text).strip().casefold()
