"""Source text and zones to content text, and spans from either text to the other.

All offsets are code points, all spans half-open. Segments are sorted and do not overlap in either text.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, Final

from pactwire.model.records import CONTENT_KINDS, Segment, Zone

CUT_BETWEEN_LINES: Final = "\n\n"
CUT_INSIDE_LINE: Final = " "


def content_text(source: str, zones: Iterable[Zone]) -> tuple[str, list[Segment]]:
    """Return the content text of a source text and the segments that map between the two.

    Zones must not overlap and must cover all that is not white space. White space between
    neighbouring content zones stays as it stands; where furniture was cut out stands a blank line,
    or one space where the cut lies inside a line. Without content zones the text is empty.
    """
    runs: list[list[int]] = []
    cut = True
    for zone in sorted(zones, key=itemgetter("start")):
        if zone["kind"] not in CONTENT_KINDS:
            cut = True
        elif cut:
            runs.append([zone["start"], zone["end"]])
            cut = False
        else:
            runs[-1][1] = zone["end"]
    text = ""
    segments: list[Segment] = []
    for number, (start, end) in enumerate(runs):
        if number:
            text += CUT_BETWEEN_LINES if "\n" in source[runs[number - 1][1] : start] else CUT_INSIDE_LINE
        segments.append({"content": len(text), "source": start, "length": end - start})
        text += source[start:end]
    return text, segments


def to_content(segments: Sequence[Segment], start: int, end: int) -> tuple[int, int] | None:
    """Map a span of the source text into the content text; None unless one segment holds it whole."""
    return _map_span(segments, start, end, "source", "content")


def to_source(segments: Sequence[Segment], start: int, end: int) -> tuple[int, int] | None:
    """Map a span of the content text into the source text; None unless one segment holds it whole."""
    return _map_span(segments, start, end, "content", "source")


def _map_span(segments: Sequence[Segment], start: int, end: int, here: str, there: str) -> tuple[int, int] | None:
    found: Sequence[Any] = segments
    at = bisect_right(found, start, key=itemgetter(here)) - 1
    if at < 0:
        return None
    origin = found[at][here]
    if not start <= end <= origin + found[at]["length"]:
        return None
    shift = found[at][there] - origin
    return start + shift, end + shift
