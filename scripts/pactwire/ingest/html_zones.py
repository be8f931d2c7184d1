"""Zones of a rendered page: content and furniture, of kinds from the elements around a line or from the rules."""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from itertools import islice
from typing import Final

from pactwire.ingest import content_lines
from pactwire.ingest.page_text import PageText
from pactwire.ingest.rendering import RenderedLine
from pactwire.model.records import CONTENT_KINDS, Annotator, AnnotatorKind, Zone, ZoneKind

ZONE_ANNOTATOR: Final = "html-zones"
_CONTENT_BY_ROLE: Final = {"heading": ZoneKind.HEADING, "caption": ZoneKind.CAPTION}
_FURNITURE_BY_ROLE: Final = {"menu": ZoneKind.MENU, "comments": ZoneKind.COMMENTS, "aside": ZoneKind.RELATED}

_version: Final = cache(version)


def zone_annotator() -> Annotator:
    """Return the annotator of these zones: trafilatura in its version."""
    return Annotator(id=ZONE_ANNOTATOR, kind=AnnotatorKind.RULE, name="trafilatura", version=_version("trafilatura"))


def page_zones(page: PageText, title: str, descriptions: Iterable[str]) -> list[Zone]:
    """Return the zones of a page in order; they cover all but white space.

    Args:
        page: Its text, and the lines that were extracted.
        title: The title of the page.
        descriptions: What the page says of itself in short.

    Returns:
        Content where `content_lines` says so, and the title, the lead and the paragraphs between these and it; the
        other lines are furniture.
        Kinds come from the elements around a line, or else from the rules for plain text if these agree that it is
        content or furniture; languages come from the rules.
    """
    from pactwire.text import zones as rules

    is_content = content_lines.content_lines(page)
    title_line = _title_line(page, title)
    lead_line = content_lines.lead_line(page, is_content, descriptions)
    for number in content_lines.opening_lines(page, is_content, title_line):
        is_content[number] = True
    title_text = page.features[title_line].text if title_line >= 0 else ""
    zones: list[Zone] = []
    zones_by_line = _zones_by_line(rules.zones_of_lines(page.features), page.lines)
    for number, line in enumerate(page.lines):
        for zone in zones_by_line[number]:
            if number == title_line:
                kind: str = ZoneKind.TITLE
            elif number == lead_line:
                kind = ZoneKind.LEAD
            elif is_content[number]:
                is_title = page.features[number].text == title_text
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


def _title_line(page: PageText, title: str) -> int:
    """Return the number of the line that is the title, or -1; headings, and the last line above the article, win."""
    plain = " ".join(title.split())
    first = page.is_extracted.index(True) if True in page.is_extracted else 0
    same = [number for number, line in enumerate(page.features) if plain and " ".join(line.text.split()) == plain]
    above = [number for number in same if number <= first]
    headings = [number for number in above or same if page.lines[number].role == "heading"]
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
