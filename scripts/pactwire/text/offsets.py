"""Offset mapping between source and content text.

Everything that maps an offset from one text to the other calls this module, or `segment_index` for arrays of them. All
offsets are Unicode code points, all spans are half-open. Segments are sorted and do not overlap, in either text.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from pactwire.model.records import Segment, Zone

CUT_BETWEEN_LINES: Final = "\n\n"
CUT_INSIDE_LINE: Final = " "
_CUTS: Final = {len(cut): cut for cut in ("", CUT_INSIDE_LINE, CUT_BETWEEN_LINES)}
_CACHED_TEXTS: Final = 128

# --- content text


def content_text(source: str, zones: Iterable[Zone], content_kinds: Collection[str]) -> tuple[str, list[Segment]]:
    """Return the content text of a source text and the segments that map between the two.

    ``content_kinds`` are the kinds of zones that are content, by the dataset's schema.

    Zones must not overlap and must cover all that is not white space. White space between neighboring content zones
    stays as it is. Where furniture was cut out there is a blank line, or one space if the cut is inside a line.
    Without content zones the text is empty. The text is built once for an article and its zones, as long as no more
    than 128 others are asked for in between.
    """
    text, segments = _content_of_runs(source, _content_runs(zones, content_kinds))
    return text, [segment.copy() for segment in segments]


def _content_runs(zones: Iterable[Zone], content_kinds: Collection[str]) -> tuple[tuple[int, int], ...]:
    """Return the spans of the source text that hold content: from the first of neighboring zones to the last."""
    runs: list[tuple[int, int]] = []
    is_neighbor = False
    for zone in sorted(zones, key=itemgetter("start")):
        if zone["kind"] not in content_kinds:
            is_neighbor = False
        elif is_neighbor:
            runs[-1] = runs[-1][0], zone["end"]
        else:
            runs.append((zone["start"], zone["end"]))
            is_neighbor = True
    return tuple(runs)


@lru_cache(maxsize=_CACHED_TEXTS)
def _content_of_runs(source: str, runs: tuple[tuple[int, int], ...]) -> tuple[str, list[Segment]]:
    segments: list[Segment] = []
    length = 0
    for number, (start, end) in enumerate(runs):
        if number:
            is_between_lines = "\n" in source[runs[number - 1][1] : start]
            length += len(CUT_BETWEEN_LINES if is_between_lines else CUT_INSIDE_LINE)
        segments.append({"content": length, "source": start, "length": end - start})
        length += end - start
    return text_of_segments(source, segments), segments


def text_of_segments(source: str, segments: Iterable[Segment]) -> str:
    """Return the content text that segments cut from a source text; the gap before each tells which cut it is.

    Raises KeyError if a gap is none of the cuts.
    """
    text = ""
    for segment in segments:
        text += _CUTS[segment["content"] - len(text)]
        text += source[segment["source"] : segment["source"] + segment["length"]]
    return text


# --- spans


def to_content(segments: Sequence[Segment], start: int, end: int) -> tuple[int, int] | None:
    """Map a span of the source text into the content text; None unless one segment holds all of it."""
    return _map_span(segments, start, end, "source", "content")


def to_source(segments: Sequence[Segment], start: int, end: int) -> tuple[int, int] | None:
    """Map a span of the content text into the source text; None unless one segment holds all of it."""
    return _map_span(segments, start, end, "content", "source")


def _map_span(segments: Sequence[Segment], start: int, end: int, here: str, there: str) -> tuple[int, int] | None:
    values: Sequence[Any] = segments
    at = bisect_right(values, start, key=itemgetter(here)) - 1
    if at < 0:
        return None
    origin = values[at][here]
    if not start <= end <= origin + values[at]["length"]:
        return None
    shift = values[at][there] - origin
    return start + shift, end + shift


def are_in_content(segments: Sequence[Segment], spans: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether `to_content` maps all of some spans of the source text, each with ``start`` before ``end``.

    Used for all spans of a validation, in a quarter of the time of `to_content` (0.6 ms instead of 2.4 ms for the
    labels of 64 articles).
    """
    starts = [segment["source"] for segment in segments]
    ends = [segment["source"] + segment["length"] for segment in segments]
    for span in spans:
        at = bisect_right(starts, span["start"]) - 1
        if at < 0 or span["end"] > ends[at]:
            return False
    return True
