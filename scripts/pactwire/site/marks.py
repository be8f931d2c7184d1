"""HTML of a text with marks: spans that may nest, cross or be equal.

The text is cut wherever a mark starts or ends, and each piece is nested in one element for each mark that covers it.
So the result is well-formed for any spans. Offsets are code points, half-open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple

from markupsafe import Markup, escape

LINK: Final = "a"
SPAN: Final = "span"

Tag = tuple[str, str]
"""An opening tag with escaped attributes, and the name of its element."""


@dataclass(frozen=True)
class Mark:
    """A span and how it is shown; ``first`` are attributes of only its first piece.

    ``depth`` orders the elements of a piece from the outermost to the innermost. Marks with a ``link`` share one
    element, since links cannot nest; it has the address of the shortest mark, and the ``color`` of the next one too.
    """

    start: int
    end: int
    name: str
    css: str
    depth: int = 0
    link: str = ""
    color: str = ""
    describes: str = ""
    first: Mapping[str, str] = field(default_factory=dict)


class Piece(NamedTuple):
    """A part of the text with the marks that cover it."""

    start: int
    end: int
    marks: list[Mark]


def cut_pieces(start: int, end: int, marks: Iterable[Mark]) -> Iterator[Piece]:
    """Yield the pieces of ``start:end`` in order; none is empty, and together they cover all of it."""
    waiting = sorted((m for m in marks if m.start < end and m.end > start and m.start < m.end), key=_mark_order)
    cuts = {start, end}
    for mark in waiting:
        cuts |= {max(start, mark.start), min(end, mark.end)}
    edges = sorted(cuts)
    active: list[Mark] = []
    position = 0
    for left, right in pairwise(edges):
        active = [mark for mark in active if mark.end > left]
        while position < len(waiting) and waiting[position].start <= left:
            active.append(waiting[position])
            position += 1
        yield Piece(left, right, sorted(active, key=_mark_order))


def _mark_order(mark: Mark) -> tuple[int, int, str]:
    return mark.start, -mark.end, mark.name


def to_html(text: str, start: int, end: int, marks: Iterable[Mark]) -> Markup:
    """Return ``text[start:end]`` with its marks as HTML; without tags, it is the same text, escaped."""
    parts = []
    for piece in cut_pieces(start, end, marks):
        tags = [_span_tag(mark, piece) for mark in sorted(piece.marks, key=attrgetter("depth")) if not mark.link]
        if links := [mark for mark in piece.marks if mark.link]:
            tags += _link_tags(links, piece)
        opening = "".join(tag for tag, _ in tags)
        closing = "".join(f"</{name}>" for _, name in reversed(tags))
        parts.append(f"{opening}{escape(text[piece.start : piece.end])}{closing}")
    return Markup("".join(parts))


def _span_tag(mark: Mark, piece: Piece) -> Tag:
    attributes = {"class": _css_classes(mark, piece), "data-of": mark.name}
    if mark.start == piece.start:
        attributes |= mark.first
    return _tag(SPAN, attributes)


def _link_tags(links: Sequence[Mark], piece: Piece) -> list[Tag]:
    """Return one link for all marks with a link over a piece; only the first piece of a mark is a tab stop.

    Around it is an element for each other mark that starts here, with the attributes of that mark's first piece, which
    links to that mark focus.
    """
    inner, *outer = sorted(links, key=lambda mark: (mark.end - mark.start, mark.name))
    attributes = {
        "class": _css_classes(inner, piece) + (f" nested over-{outer[0].color}" if outer else ""),
        "data-of": " ".join(mark.name for mark in links),
        "href": inner.link,
        "aria-describedby": " ".join(dict.fromkeys(mark.describes for mark in reversed(links))),
    }
    if inner.start == piece.start:
        attributes |= inner.first
    if all(mark.start < piece.start for mark in links):
        attributes["tabindex"] = "-1"
    others = [
        {**mark.first, "tabindex": "-1"}
        for mark in links
        if mark is not inner and mark.start == piece.start and mark.first
    ]
    return [*(_tag(SPAN, first) for first in others), _tag(LINK, attributes)]


def _css_classes(mark: Mark, piece: Piece) -> str:
    starts = " starts" if mark.start == piece.start else ""
    return mark.css + starts + (" ends" if mark.end == piece.end else "")


def _tag(name: str, attributes: Mapping[str, str]) -> Tag:
    inside = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items() if value)
    return f"<{name}{inside}>", name


def assign_lanes(spans: Iterable[tuple[int, int, str]]) -> dict[str, int]:
    """Return a lane for each (start, end, name), counted from 0; overlapping spans get different lanes.

    Each span takes the lowest free lane, longer spans first if they start together. So there are never more lanes than
    spans over one place.
    """
    found: dict[str, int] = {}
    ends: list[int] = []
    for start, end, name in sorted(spans, key=lambda span: (span[0], -span[1], span[2])):
        lane = next((index for index, taken in enumerate(ends) if taken <= start), len(ends))
        ends[lane : lane + 1] = [end]
        found[name] = lane
    return found
