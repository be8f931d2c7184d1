"""The text of a page: what it shows, unless that lacks much of what trafilatura extracts from it.

A script may show what is hidden until it runs, and a wall that readers pay at hides an article that is in the page. So
the hidden elements that hold missing lines are shown. Where the article is not in the page's elements at all, as in
the JSON-LD of its head, the text is the extracted text.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pactwire.ingest import extraction_match, rendering
from pactwire.ingest.rendering import RenderedLine
from pactwire.text.line_features import PageLine, split_lines

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_MISSING_SHARE: Final = 0.2
"""The share of the extracted text that the shown text may lack, as where a table is written in another form."""
MIN_HIDDEN_LINE: Final = 50
"""The least code points of an extracted line for which a hidden element is shown."""


@dataclass(frozen=True)
class PageText:
    """The text of a page, its lines, which of these were extracted, and the name and version of what made the text."""

    text: str
    lines: list[RenderedLine]
    is_extracted: list[bool]
    renderer: tuple[str, str] = (rendering.RENDERER_NAME, rendering.RENDERER_VERSION)

    @cached_property
    def features(self) -> list[PageLine]:
        """The features of each line, in order."""
        return split_lines(self.text)


def find_text(
    shown: tuple[str, list[RenderedLine]], extracted: str, title: str, parse: "Callable[[], HtmlElement]"
) -> PageText:
    """Return the text of a page that has most of what was extracted.

    Args:
        shown: The rendered page.
        extracted: The text that was extracted, its paragraphs as lines.
        title: The title that was extracted.
        parse: Parses the page again, where a second look is needed; extraction changes the first tree.

    Returns:
        The shown text, or else the shown text with hidden elements, or else the extracted text.
    """
    wanted = [line.strip() for line in extracted.split("\n") if line.strip()]
    page, missing = _matched(*shown, wanted)
    if missing <= MAX_MISSING_SHARE:
        return page
    root = parse()
    every = _matched(*rendering.render(root, lambda _: True), wanted)[0]
    hidden = {
        element
        for line, is_extracted in zip(every.lines, every.is_extracted, strict=True)
        if is_extracted and line.end - line.start >= MIN_HIDDEN_LINE
        for element in line.hidden
    }
    candidate, still_missing = _matched(*rendering.render(root, hidden.__contains__), wanted)
    if still_missing < missing:
        page, missing = candidate, still_missing
    return page if missing <= MAX_MISSING_SHARE else _extracted_text(wanted, title)


def _matched(text: str, lines: list[RenderedLine], wanted: list[str]) -> tuple[PageText, float]:
    match = extraction_match.match_lines([text[line.start : line.end] for line in lines], wanted)
    return PageText(text, lines, match.is_matched), match.missing_share


def _extracted_text(wanted: list[str], title: str) -> PageText:
    paragraphs = wanted if not title or title in wanted[:3] else [title, *wanted]
    text = "\n\n".join(paragraphs)
    starts = [0]
    for paragraph in paragraphs:
        starts.append(starts[-1] + len(paragraph) + 2)
    lines = [RenderedLine(start, end - 2, "") for start, end in pairwise(starts)]
    return PageText(text, lines, [True] * len(lines), ("trafilatura", version("trafilatura")))
