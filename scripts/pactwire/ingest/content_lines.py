"""Which lines of a rendered page are its article: those that were extracted, corrected by the structure of the page.

An extractor passes over single paragraphs, and takes a link to another article for one. Lines of the same blocks as
extracted ones are of one kind with them; a line in a menu, a line that is one link, and a label of furniture are no
content; and the line that repeats the page's own description is the lead. Paragraphs between the title and the first
line that was extracted are content too: a wall that readers pay at has other blocks below than above.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from pactwire.ingest.page_text import PageText
from pactwire.ingest.rendering import RenderedLine
from pactwire.text.line_features import PageLine

MIN_EQUAL_BLOCKS: Final = 3
"""How many lines of the same blocks must have been extracted for the others to follow them."""
MAX_LINK_SHARE: Final = 0.9
"""A line with more of its text in links is a link to something else."""
MAX_LOST_SHARE: Final = 0.2
"""If more than this share of its text looks like furniture, a page has habits of its own, and all is content."""
MIN_DESCRIPTION: Final = 40
"""The least code points that a line shares with the description of the page."""
_CUT: Final = 8
"""How many code points at the end of a description may differ, since it was cut."""
_LEAD_REACH: Final = 3
"""How far below the first extracted line the lead may be; the title is often extracted too."""
_FURNITURE_ROLES: Final = frozenset({"menu", "footer", "aside", "comments"})
_FURNITURE_CUES: Final = frozenset({"related", "share", "comments", "date", "byline", "other"})
_NO_WORD: Final = re.compile(r"[\W_]+")


def content_lines(page: PageText) -> list[bool]:
    """Return for each line of a page whether it is content."""
    lines, features = page.lines, page.features
    is_content = _with_equal_blocks(lines, features, page.is_extracted)
    is_kept = [
        content and not _is_furniture(line, feature)
        for content, line, feature in zip(is_content, lines, features, strict=True)
    ]
    lost = 1 - _size(lines, is_kept) / max(1, _size(lines, is_content))
    return is_kept if lost <= MAX_LOST_SHARE else is_content


def opening_lines(page: PageText, is_content: Sequence[bool], title_line: int) -> list[int]:
    """Return the numbers of the paragraphs between the title and the content below it, up to another heading."""
    if title_line < 0 or True not in is_content[title_line + 1 :]:
        return []
    known = {feature.text for feature, content in zip(page.features, is_content, strict=True) if content}
    opening = []
    for number in range(title_line + 1, is_content.index(True, title_line + 1)):
        line, feature = page.lines[number], page.features[number]
        if line.role == "heading":
            break
        is_other = feature.cue or feature.notice or feature.credit or _is_furniture(line, feature)
        is_prose = line.is_paragraph and feature.is_long and line.role in ("", "header")
        if is_prose and not is_other and feature.text not in known:
            opening.append(number)
    return opening


def lead_line(page: PageText, is_content: Sequence[bool], descriptions: Iterable[str]) -> int:
    """Return the number of the line above the article that its description repeats, or -1."""
    if True not in is_content:
        return -1
    known = {plain for each in descriptions if len(plain := _plain(each)) >= MIN_DESCRIPTION}
    for number in range(min(is_content.index(True) + _LEAD_REACH, len(is_content) - 1), -1, -1):
        plain = _plain(page.features[number].text)
        if not is_content[number] and any(_is_same(plain, description) for description in known):
            return number
    return -1


def _with_equal_blocks(
    lines: Sequence[RenderedLine], features: Sequence[PageLine], is_extracted: Sequence[bool]
) -> list[bool]:
    """Add lines of blocks like those of extracted lines: inside the article all, around it paragraphs to a heading."""
    extracted = [number for number, is_one in enumerate(is_extracted) if is_one]
    is_content = list(is_extracted)
    if not extracted:
        return is_content
    blocks = Counter(lines[number].block for number in extracted)
    known = {features[number].text for number in extracted}
    first, last = extracted[0], extracted[-1]
    headings = [number for number, line in enumerate(lines) if line.role == "heading"]
    start = max((number for number in headings if number <= first), default=0)
    end = min((number for number in headings if number > last), default=len(lines))
    for number in range(start, end):
        is_inside = first < number < last or features[number].prose
        if is_inside and blocks[lines[number].block] >= MIN_EQUAL_BLOCKS and features[number].text not in known:
            is_content[number] = True
    return is_content


def _is_furniture(line: RenderedLine, feature: PageLine) -> bool:
    return line.role in _FURNITURE_ROLES or line.link_share > MAX_LINK_SHARE or feature.cue in _FURNITURE_CUES


def _size(lines: Sequence[RenderedLine], is_one: Sequence[bool]) -> int:
    return sum(line.end - line.start for line, counts in zip(lines, is_one, strict=True) if counts)


def _plain(text: str) -> str:
    return _NO_WORD.sub(" ", text.replace("\u00ad", "")).strip().casefold()


def _is_same(line: str, description: str) -> bool:
    """Return whether one of two plain texts is the beginning of the other, but for a cut end."""
    size = min(len(line), len(description))
    return size >= MIN_DESCRIPTION and line[: size - _CUT] == description[: size - _CUT]
