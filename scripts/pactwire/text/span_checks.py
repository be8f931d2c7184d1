"""Checks of spans against the text that they are in: order, range, text and edges, and whether zones tile it.

Each flaw is (code, path in the document, message).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pactwire.model.escapes import quote
from pactwire.model.records import Zone
from pactwire.model.strict_json import JsonPath

Flaw = tuple[str, JsonPath, str]


def zone_flaws(source: str, found: Sequence[Zone]) -> list[Flaw]:
    """Return every flaw of zones that hold to the schema, as those that come with an article."""
    flaws = [flaw for index, zone in enumerate(found) for flaw in span_flaws(source, ("zones", index), zone)]
    return flaws or list(tiling_flaws(source, found))


def are_sound(source: str, spans: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether `span_flaws` has nothing to say of any span."""
    length = len(source)
    for span in spans:
        start, end = span["start"], span["end"]
        found = source[start:end]
        if not start < end <= length or found != found.strip() or span.get("text", found) != found:
            return False
    return True


def span_flaws(source: str, path: JsonPath, span: Mapping[str, Any]) -> Iterator[Flaw]:
    """Yield what is wrong with a span at a path of its document."""
    start, end = span["start"], span["end"]
    place = f"{start}:{end}"
    if start >= end:
        kind = "empty" if start == end else "reversed"
        yield "span-order", (*path, "start"), f"the span {place} is {kind}"
        return
    if end > len(source):
        yield (
            "offset-range",
            (*path, "end"),
            f"the span {place} ends past the text's {len(source)} code points",
        )
        return
    found = source[start:end]
    if "text" in span and span["text"] != found:
        yield (
            "span-text",
            (*path, "text"),
            f"{place} is {quote(found)} in the text, not {quote(span['text'])}",
        )
    if found != found.strip():
        yield "span-edge", (*path, "start"), f"the span {place}, {quote(found)}, has white space at an edge"


def tiling_flaws(source: str, zones: Sequence[Zone]) -> Iterator[Flaw]:
    """Yield overlaps and uncovered text."""
    ordered = sorted(enumerate(zones), key=lambda item: (item[1]["start"], item[1]["end"]))
    position = 0
    for index, zone in ordered:
        if zone["start"] < position:
            yield (
                "zone-overlap",
                ("zones", index),
                f"the zone {zone['id']!r} starts before {position}, in another zone",
            )
        if missed := source[position : zone["start"]].strip():
            yield _gap(missed, position, zone["start"], ("zones", index))
        position = max(position, zone["end"])
    if missed := source[position:].strip():
        yield _gap(missed, position, len(source), ("zones",))


def _gap(missed: str, start: int, end: int, path: JsonPath) -> Flaw:
    return "zone-gap", path, f"no zone covers {quote(missed)} between {start} and {end}"
