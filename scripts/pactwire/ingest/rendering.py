"""Render a parsed HTML page to its visible text, one line per block, with the role of each line in the page.

Rules: white space collapses, except in ``pre``; each block has its own lines, and paragraphs, headings, lists and
tables are surrounded by blank lines; the cells of a row are separated by a TAB; ruby readings are in parentheses. What
no browser shows is omitted: scripts, styles, frames, selections, and elements hidden by attribute or inline style, if
the caller does not know better. If these rules change, so must RENDERER_VERSION, since the offsets of labels depend on
the rendered text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from lxml.html import HtmlElement

RENDERER_NAME: Final = "pactwire rendering"
RENDERER_VERSION: Final = "2"
MAX_DEPTH: Final = 500
"""The deepest allowed nesting of elements; pages that people read stay under a hundred."""

_HIDDEN_TAGS: Final = frozenset({
    "head", "script", "style", "template", "noscript", "svg", "iframe", "frame", "object", "embed", "video", "audio",
    "canvas", "select", "datalist", "map", "title",
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
_RUBY_PARENTHESES: Final = "（）"
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
    heading, caption, or empty. ``block`` is a hash of the tags and classes of the blocks around it, and of the number
    of the article: lines of equal blocks are of one kind. ``link_share`` is the share of the text that is in links.
    ``hidden`` are the elements around it that are hidden by attribute or style, and shown because the caller says so.
    ``is_paragraph`` says whether the innermost block around it is a ``p``.
    """

    start: int
    end: int
    role: str
    block: int = 0
    link_share: float = 0.0
    hidden: "tuple[HtmlElement, ...]" = ()
    is_paragraph: bool = False


class _Context(NamedTuple):
    """What the elements around a text make of it; see RenderedLine."""

    role: str = ""
    is_pre: bool = False
    is_link: bool = False
    block: int = 0
    hidden: "tuple[HtmlElement, ...]" = ()
    is_paragraph: bool = False


class NestingError(ValueError):
    """The elements of a page nest deeper than MAX_DEPTH."""

    code = "ingest-deep"


_PAGE: Final = _Context()


@dataclass
class _LineWriter:
    """Collects lines; ``gap`` is the number of line ends before the next words."""

    parts: list[str] = field(default_factory=list)
    lines: list[RenderedLine] = field(default_factory=list)
    size: int = 0
    gap: int = 0
    words: list[str] = field(default_factory=list)
    context: _Context = _PAGE
    articles: int = 0
    linked: int = 0

    def add(self, text: str, context: _Context) -> None:
        if not self.words:
            self.context, self.linked = context, 0
        self.words.append(text)
        self.linked += len(text) if context.is_link else 0

    def end_line(self, gap: int) -> None:
        """End the line; ``gap`` line ends (one, or two for a blank line) come before the next words."""
        if self.words:
            whole = "".join(self.words)
            self.words.clear()
            link_share = min(1.0, self.linked / max(1, len(whole.strip())))
            for number, raw in enumerate(whole.split("\n")):
                self._add_line(raw, link_share, 1 if number else 0)
        self.gap = max(self.gap, gap)

    def _add_line(self, raw: str, link_share: float, gap: int) -> None:
        self.gap = max(self.gap, gap)
        text = raw.strip()
        if not text:
            return
        before = "\n" * self.gap if self.parts else ""
        start = self.size + len(before)
        self.parts += [before, text]
        self.size = start + len(text)
        around = self.context
        self.lines.append(
            RenderedLine(start, self.size, around.role, around.block, link_share, around.hidden, around.is_paragraph)
        )
        self.gap = 0


def render(
    root: "HtmlElement", is_shown: "Callable[[HtmlElement], bool]" = lambda _: False
) -> tuple[str, list[RenderedLine]]:
    """Return the visible text of a page and its lines in order.

    Args:
        root: The page; it is not changed.
        is_shown: Whether to show an element that is hidden by attribute or inline style.

    Raises:
        NestingError: If elements nest deeper than MAX_DEPTH.
    """
    writer = _LineWriter()
    # a stack of (element, context around it, whether this is its end)
    stack: list[tuple[Any, _Context, bool]] = [(root, _PAGE, False)]
    depth = 0
    while stack:
        element, around, is_end = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else ""
        if is_end:
            depth -= 1
            _close_element(element, tag, writer)
        elif tag and tag not in _HIDDEN_TAGS and (not (is_hidden := _is_hidden(element, tag)) or is_shown(element)):
            depth += 1
            if depth > MAX_DEPTH:
                raise NestingError(f"its elements nest deeper than {MAX_DEPTH}")
            inner = _inner_context(element, tag, around, is_hidden, writer)
            _open_element(element, tag, writer)
            _add_text(element.text, inner, writer)
            stack.append((element, around, True))
            stack += [(child, inner, False) for child in reversed(element)]
            continue
        if element is not root:
            _add_text(element.tail, around, writer)
    writer.end_line(0)
    return "".join(writer.parts), writer.lines


def _inner_context(
    element: "HtmlElement", tag: str, around: _Context, is_hidden: bool, writer: _LineWriter
) -> _Context:
    if tag not in _BLOCKS and tag != "a" and not is_hidden:
        return around
    block = around.block
    if tag == "article":  # each has blocks of its own, since an endless page goes on with other articles
        writer.articles += 1
        block = hash((block, writer.articles))
    elif tag in _BLOCKS:
        block = hash((block, tag, element.get("class")))
    return _Context(
        _element_role(element, tag, around.role),
        around.is_pre or tag == "pre",
        around.is_link or tag == "a",
        block,
        (*around.hidden, element) if is_hidden else around.hidden,
        tag == "p" if tag in _BLOCKS else around.is_paragraph,
    )


def _is_hidden(element: "HtmlElement", tag: str) -> bool:
    """Return whether an element is hidden by attribute or inline style."""
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


def _open_element(element: "HtmlElement", tag: str, writer: _LineWriter) -> None:
    if tag in _BLOCKS:
        writer.end_line(2 if tag in _SPACED_BLOCKS else 1)
    elif tag in _CELLS and writer.words:
        writer.words.append("\t")
    elif tag == "br":
        writer.words.append("\n")
    elif _is_bare_reading(element, tag):
        writer.words.append(_RUBY_PARENTHESES[0])


def _close_element(element: "HtmlElement", tag: str, writer: _LineWriter) -> None:
    if tag in _BLOCKS:
        writer.end_line(2 if tag in _SPACED_BLOCKS else 1)
    elif _is_bare_reading(element, tag):
        writer.words.append(_RUBY_PARENTHESES[1])


def _is_bare_reading(element: "HtmlElement", tag: str) -> bool:
    """Return whether an element is the reading of a ruby without the parentheses that ``rp`` would give."""
    return tag == "rt" and ((before := element.getprevious()) is None or before.tag != "rp")


def _add_text(text: str | None, context: _Context, writer: _LineWriter) -> None:
    if not text:
        return
    is_pre = context.is_pre
    text = text.replace("\r\n", "\n").replace("\r", "\n") if is_pre else _BLANKS.sub(" ", text)
    text = text.translate(_NUMERIC_REFERENCES)
    if not is_pre and writer.words and writer.words[-1][-1:] in (" ", "\n", "\t"):
        text = text.lstrip(" ")
    if text and (text != " " or writer.words):
        writer.add(text, context)
