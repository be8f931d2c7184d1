"""Render a parsed HTML page to its visible text, one line per block, with the role of each line in the page.

Rules: white space collapses, except in ``pre``; each block has its own lines, and paragraphs, headings, lists and
tables are surrounded by blank lines; the cells of a row are separated by a TAB. What no browser shows is omitted:
scripts, styles, frames, selections, and elements hidden by attribute or inline style. If these rules change, so must
RENDERER_VERSION, since the offsets of labels depend on the rendered text.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from lxml.html import HtmlElement

RENDERER_NAME: Final = "pactwire rendering"
RENDERER_VERSION: Final = "1"
MAX_DEPTH: Final = 500
"""The deepest allowed nesting of elements; pages that people read stay under a hundred."""

_HIDDEN_TAGS: Final = frozenset({
    "head", "script", "style", "template", "noscript", "svg", "iframe", "frame", "object", "embed", "video", "audio",
    "canvas", "select", "datalist", "rp", "map", "title",
})  # fmt: skip
_SPACED_BLOCKS: Final = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "dl", "table", "figure", "article",
    "section", "main", "header", "footer", "nav", "aside", "form", "fieldset", "hr", "address", "details",
})  # fmt: skip
_BLOCKS: Final = _SPACED_BLOCKS | {
    "html", "body", "div", "li", "dt", "dd", "tr", "thead", "tbody", "tfoot", "caption", "figcaption", "legend",
    "summary", "center", "dialog", "hgroup", "menu", "dir", "optgroup", "option", "search", "noframes", "frameset",
}  # fmt: skip
_CELLS: Final = frozenset({"td", "th"})
_HIDING_STYLE: Final = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_BLANKS: Final = re.compile("[ \t\n\r\f]+")

# Numeric references to U+0080–U+009F mean characters of windows-1252 (HTML standard, 13.2.5.80).
_NUMERIC_REFERENCES: Final[dict[int, str | None]] = {
    **{code: None for code in [*range(9), 11, 12, *range(14, 32), 127]},
    **{code: bytes([code]).decode("cp1252", "ignore") or None for code in range(128, 160)},
}

_ROLE_BY_TAG: Final = {
    "nav": "menu", "menu": "menu", "header": "header", "footer": "footer", "aside": "aside", "form": "form",
    "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading", "h6": "heading",
    "figcaption": "caption", "caption": "caption",
}  # fmt: skip
_INHERITED_ROLES: Final = frozenset({"menu", "footer", "aside", "form", "comments"})
"""Roles that apply to everything inside, even headings."""
_COMMENTS_CLASS: Final = re.compile(r"(?:^|[\s_-])(?:comments?|disqus)(?:$|[\s_-])", re.IGNORECASE)


class RenderedLine(NamedTuple):
    """A line's span in the rendered text, without white space at its edges, and its role in the page.

    The role comes from the nearest element around it that has one: menu, header, footer, aside, form, comments,
    heading, caption, or empty.
    """

    start: int
    end: int
    role: str


class NestingError(ValueError):
    """The elements of a page nest deeper than MAX_DEPTH."""

    code = "ingest-deep"


@dataclass
class _LineWriter:
    """Collects lines; ``gap`` is the number of line ends before the next words."""

    parts: list[str] = field(default_factory=list)
    lines: list[RenderedLine] = field(default_factory=list)
    size: int = 0
    gap: int = 0
    words: list[str] = field(default_factory=list)
    role: str = ""

    def add(self, text: str, role: str) -> None:
        if not self.words:
            self.role = role
        self.words.append(text)

    def end_line(self, gap: int) -> None:
        """End the line; ``gap`` line ends (one, or two for a blank line) come before the next words."""
        whole = "".join(self.words)
        self.words.clear()
        for number, raw in enumerate(whole.split("\n")):
            self._add_line(raw, self.role, 1 if number else 0)
        self.gap = max(self.gap, gap)

    def _add_line(self, raw: str, role: str, gap: int) -> None:
        self.gap = max(self.gap, gap)
        text = raw.strip()
        if not text:
            return
        before = "\n" * self.gap if self.parts else ""
        start = self.size + len(before)
        self.parts += [before, text]
        self.size = start + len(text)
        self.lines.append(RenderedLine(start, self.size, role))
        self.gap = 0


def render(root: "HtmlElement") -> tuple[str, list[RenderedLine]]:
    """Return the visible text of a page and its lines in order; raises NestingError."""
    writer = _LineWriter()
    # a stack of (element, role around it, whether inside pre, whether this is its end)
    stack: list[tuple[Any, str, bool, bool]] = [(root, "", False, False)]
    depth = 0
    while stack:
        element, role, is_pre, is_end = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else ""
        if is_end:
            depth -= 1
            _close_element(tag, writer)
        elif tag and not _is_hidden(element, tag):
            depth += 1
            if depth > MAX_DEPTH:
                raise NestingError(f"its elements nest deeper than {MAX_DEPTH}")
            inner_role, is_inner_pre = _element_role(element, tag, role), is_pre or tag == "pre"
            _open_element(tag, writer)
            _add_text(element.text, inner_role, is_inner_pre, writer)
            stack.append((element, role, is_pre, True))
            stack += [(child, inner_role, is_inner_pre, False) for child in reversed(element)]
            continue
        if element is not root:
            _add_text(element.tail, role, is_pre, writer)
    writer.end_line(0)
    return "".join(writer.parts), writer.lines


def _is_hidden(element: "HtmlElement", tag: str) -> bool:
    if tag in _HIDDEN_TAGS:
        return True
    if tag in ("html", "body"):  # scripts make these visible
        return False
    if "hidden" in element.attrib or (tag == "dialog" and "open" not in element.attrib):
        return True
    return _HIDING_STYLE.search(element.get("style", "")) is not None


def _element_role(element: "HtmlElement", tag: str, around: str) -> str:
    if around in _INHERITED_ROLES:
        return around
    if tag in ("div", "section", "ol", "ul", "article"):
        named = f"{element.get('id', '')} {element.get('class', '')}"
        return "comments" if _COMMENTS_CLASS.search(named) else around
    return _ROLE_BY_TAG.get(tag, around)


def _open_element(tag: str, writer: _LineWriter) -> None:
    if tag in _BLOCKS:
        writer.end_line(2 if tag in _SPACED_BLOCKS else 1)
    elif tag in _CELLS and writer.words:
        writer.words.append("\t")
    elif tag == "br":
        writer.words.append("\n")


def _close_element(tag: str, writer: _LineWriter) -> None:
    if tag in _BLOCKS:
        writer.end_line(2 if tag in _SPACED_BLOCKS else 1)


def _add_text(text: str | None, role: str, is_pre: bool, writer: _LineWriter) -> None:
    if not text:
        return
    text = text.replace("\r\n", "\n").replace("\r", "\n") if is_pre else _BLANKS.sub(" ", text)
    text = text.translate(_NUMERIC_REFERENCES)
    if not is_pre and writer.words and writer.words[-1][-1:] in (" ", "\n", "\t"):
        text = text.lstrip(" ")
    if text and (text != " " or writer.words):
        writer.add(text, role)
