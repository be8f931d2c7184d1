"""Zones of a rendered page: content and furniture, of kinds from the elements around a line or from the rules."""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from itertools import islice
from typing import Final

from pactwire.ingest import content_lines
from pactwire.ingest.rendering import RenderedLine
from pactwire.model.records import CONTENT_KINDS, Annotator, AnnotatorKind, Zone, ZoneKind

ZONE_ANNOTATOR: Final = "html-zones"
_CONTENT_BY_ROLE: Final = {"heading": ZoneKind.HEADING, "caption": ZoneKind.CAPTION}
_FURNITURE_BY_ROLE: Final = {"menu": ZoneKind.MENU, "comments": ZoneKind.COMMENTS, "aside": ZoneKind.RELATED}

_version: Final = cache(version)


def zone_annotator() -> Annotator:
    """Return the annotator of these zones: trafilatura in its version."""
    return Annotator(id=ZONE_ANNOTATOR, kind=AnnotatorKind.RULE, name="trafilatura", version=_version("trafilatura"))


def page_zones(
    text: str, lines: Sequence[RenderedLine], is_extracted: Sequence[bool], title: str, descriptions: Iterable[str] = ()
) -> list[Zone]:
    """Return the zones of a rendered page in order; they cover all but white space.

    Args:
        text: The rendered text.
        lines: Its lines.
        is_extracted: Whether the extractor took each line.
        title: The title of the page.
        descriptions: What the page says of itself in short.

    Returns:
        Content where `content_lines` says so, and the title and the lead above it; the other lines are furniture.
        Kinds come from the elements around a line, or else from the rules for plain text if these agree that it is
        content or furniture; languages come from the rules.
    """
    from pactwire.text import zones as rules

    is_content = content_lines.content_lines(text, lines, is_extracted)
    title_line = _title_line(text, lines, is_extracted, title)
    lead_line = content_lines.lead_line(text, lines, is_content, descriptions)
    title_text = text[lines[title_line].start : lines[title_line].end] if title_line >= 0 else ""
    zones: list[Zone] = []
    zones_by_line = _zones_by_line(rules.detect_zones(text), lines)
    for number, line in enumerate(lines):
        for zone in zones_by_line[number]:
            if number == title_line:
                kind: str = ZoneKind.TITLE
            elif number == lead_line:
                kind = ZoneKind.LEAD
            elif is_content[number]:
                is_title = text[line.start : line.end] == title_text
                kind = ZoneKind.DUPLICATE if is_title else _content_kind(zone, line.role)
            else:
                kind = _furniture_kind(zone, line.role)
            zones.append({**zone, "id": f"z{len(zones) + 1}", "kind": kind, "by": [ZONE_ANNOTATOR]})
    return zones


def _content_kind(zone: Zone, role: str) -> str:
    if role in _CONTENT_BY_ROLE:
        return _CONTENT_BY_ROLE[role]
    return ZoneKind.LEAD if zone["kind"] == ZoneKind.LEAD else ZoneKind.BODY


def _furniture_kind(zone: Zone, role: str) -> str:
    kind = _FURNITURE_BY_ROLE.get(role, zone["kind"])
    return ZoneKind.OTHER if kind in CONTENT_KINDS else kind


def _title_line(text: str, lines: Sequence[RenderedLine], extracted_lines: Sequence[bool], title: str) -> int:
    """Return the number of the line that is the title, or -1; headings, and the last line above the article, win."""
    plain = " ".join(title.split())
    first = extracted_lines.index(True) if True in extracted_lines else 0
    same = [
        number for number, line in enumerate(lines) if plain and " ".join(text[line.start : line.end].split()) == plain
    ]
    above = [number for number in same if number <= first]
    headings = [number for number in above or same if lines[number].role == "heading"]
    return (headings or above or [-1])[-1]


def _zones_by_line(zones: list[Zone], lines: Sequence[RenderedLine]) -> list[list[Zone]]:
    """Return the parts of zones by rule in each line; together they cover all of it."""
    by_line: list[list[Zone]] = []
    first = 0
    for line in lines:
        while first < len(zones) and zones[first]["end"] <= line.start:
            first += 1
        parts: list[Zone] = []
        for zone in islice(zones, first, None):
            if zone["start"] >= line.end:
                break
            parts.append({**zone, "start": max(zone["start"], line.start), "end": min(zone["end"], line.end)})
        by_line.append(parts)
    return by_line
