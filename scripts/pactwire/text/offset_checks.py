"""Checks of spans against their text: order, range, text and edges, and whether zones tile it.

A flaw is (issue code, path in the document, message).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pactwire.model.escapes import quote
from pactwire.model.records import Zone
from pactwire.model.strict_json import JsonPath

Flaw = tuple[str, JsonPath, str]


def zone_flaws(source: str, zones: Sequence[Zone]) -> list[Flaw]:
    """Return all flaws of zones that match the schema, such as those that come with an article."""
    flaws = [flaw for index, zone in enumerate(zones) for flaw in span_flaws(source, ("zones", index), zone)]
    return flaws or list(tiling_flaws(source, zones))


def are_sound(source: str, spans: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether `span_flaws` yields nothing for any of the spans."""
    length = len(source)
    for span in spans:
        start, end = span["start"], span["end"]
        text = source[start:end]
        if not start < end <= length or text != text.strip() or span.get("text", text) != text:
            return False
    return True


def span_flaws(source: str, path: JsonPath, span: Mapping[str, Any]) -> Iterator[Flaw]:
    """Yield the flaws of a span; ``path`` is its place in the document."""
    start, end = span["start"], span["end"]
    offsets = f"{start}:{end}"
    if start >= end:
        kind = "empty" if start == end else "reversed"
        yield "span-order", (*path, "start"), f"the span {offsets} is {kind}"
        return
    if end > len(source):
        message = f"the span {offsets} ends past the text's {len(source)} code points"
        yield "offset-range", (*path, "end"), message
        return
    text = source[start:end]
    if "text" in span and span["text"] != text:
        message = f"{offsets} is {quote(text)} in the text, not {quote(span['text'])}"
        yield "span-text", (*path, "text"), message + _only_place(source, span["text"])
    if text != text.strip():
        yield "span-edge", (*path, "start"), f"the span {offsets}, {quote(text)}, has white space at an edge"


def _only_place(source: str, text: str) -> str:
    """Say where a span's text is in the source text, if it is there exactly once."""
    start = source.find(text)
    return f", which is only at {start}:{start + len(text)}" if start == source.rfind(text) != -1 else ""


def tiling_flaws(source: str, zones: Sequence[Zone]) -> Iterator[Flaw]:
    """Yield where zones overlap and where text is in none."""
    ordered = sorted(enumerate(zones), key=lambda item: (item[1]["start"], item[1]["end"]))
    position = 0
    for index, zone in ordered:
        if zone["start"] < position:
            message = f"the zone {zone['id']!r} starts before {position}, in another zone"
            yield "zone-overlap", ("zones", index), message
        yield from _gap(source, position, zone["start"], ("zones", index))
        position = max(position, zone["end"])
    yield from _gap(source, position, len(source), ("zones",))


def _gap(source: str, start: int, end: int, path: JsonPath) -> Iterator[Flaw]:
    if text := source[start:end].strip():
        yield "zone-gap", path, f"no zone covers {quote(text)} between {start} and {end}"
