"""An HTML page's bytes to an article: its visible text, which lines are the article, and what the page says of itself.

The text is rendered once by `pactwire.ingest.rendering`, which is recorded with the original's SHA-256. What
trafilatura takes for the article is content; the rest is furniture. Neither changes the text.
"""

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from pactwire.ingest import encodings, extraction_match, page_metadata, rendering
from pactwire.ingest.input_records import IngestSettings, InputRecord, input_article
from pactwire.ingest.rendering import RenderedLine
from pactwire.model.issues import Issue
from pactwire.model.records import CONTENT_KINDS, Annotator, AnnotatorKind, Zone, ZoneKind
from pactwire.storage import files

if TYPE_CHECKING:
    from lxml.html import HtmlElement

ZONE_ANNOTATOR: Final = "html-zones"
MAX_PAGE_BYTES: Final = 5_000_000
"""Bytes of the largest page: twice those of the largest in our tests of news sites, with all its scripts."""
MAX_LINES: Final = 20_000
_TAG_WITH_MANY_ATTRIBUTES: Final = re.compile(
    rb"""<[A-Za-z][^<>\s]*+\s++(?>(?:[^<>"'\s]++|"[^"]*+"|'[^']*+')++\s++){2000}"""
)
"""A tag of two thousand attributes, which would take the square of their number to parse."""
_CONTENT_BY_ROLE: Final = {"heading": ZoneKind.HEADING, "caption": ZoneKind.CAPTION}
_FURNITURE_BY_ROLE: Final = {"menu": ZoneKind.MENU, "comments": ZoneKind.COMMENTS, "aside": ZoneKind.RELATED}
_DATE_PARAMETERS: Final = {"original_date": True, "extensive_search": False, "outputformat": "%Y-%m-%d"}


def read_page(
    place: str, line: int, data: bytes, declared: list[tuple[str, str]], about: dict[str, Any], settings: IngestSettings
) -> InputRecord:
    """Return the article of a page, or the issue that says why it has none.

    ``declared`` is what was said of its encoding outside of it; ``about`` what is known from where it was found.
    """
    url = str(about.get("url", ""))[:200]
    if len(data) > MAX_PAGE_BYTES:
        return Issue(place, line, "too-large", f"the page has more than the {MAX_PAGE_BYTES:,} bytes allowed", url)
    if _TAG_WITH_MANY_ATTRIBUTES.search(data):
        return Issue(place, line, "ingest-deep", "a tag of it has more than 2,000 attributes", url)
    said = [(settings.encoding, "--encoding")] if settings.encoding else []
    try:
        page = encodings.decode(data, [*declared, *encodings.declared_encodings(data), *said])
        root = _parse_html(page.text)
        text, lines = rendering.render(root) if root is not None else ("", [])
    except encodings.Undecodable as error:
        return Issue(place, line, "ingest-encoding", str(error), url)
    except rendering.TooDeep as error:
        return Issue(place, line, "ingest-deep", str(error), url)
    if len(lines) > MAX_LINES:
        return Issue(place, line, "too-large", f"the page shows {len(lines):,} lines, {MAX_LINES:,} are allowed", url)
    if root is None or not text:
        return Issue(place, line, "ingest-empty", "the page shows no text", url)
    stated = page_metadata.page_statements(root)
    extracted = _extract_article(root, about.get("url"))
    said_of_itself = page_metadata.metadata_entries(extracted, stated, _extractor_name())
    known = {
        **page_metadata.stated_fields(said_of_itself, stated),
        **{key: value for key, value in about.items() if value},
        "metadata": [*about.get("metadata", []), *said_of_itself],
        "rendered": {
            "name": rendering.RENDERER_NAME, "version": rendering.RENDERER_VERSION, "original": files.sha256(data),
            "encoding": page.encoding, "encoding_origin": page.origin,
        },
    }  # fmt: skip
    if extracted is not None and extracted.text:
        title = extracted.title or ""
        known["zones"] = page_zones(text, lines, extracted.text.split("\n"), title)
        known["zones_by"] = _zone_annotator()
    return input_article(place, line, files.protect_bom(text), known, settings)


def _parse_html(text: str) -> "HtmlElement | None":
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return document_fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:  # nothing but comments or white space
        return None


def _extract_article(root: "HtmlElement", url: str | None) -> Any:
    """Return what trafilatura finds in a page (title, date, …, text), or None; it changes the tree, so call it last."""
    import trafilatura

    try:
        return trafilatura.bare_extraction(
            root, url=url, with_metadata=True, include_comments=False, date_extraction_params=dict(_DATE_PARAMETERS)
        )
    except Exception:  # many heuristics for any page there is: where one fails, zones are found by rule
        return None


def _extractor_name() -> str:
    return f"trafilatura {version('trafilatura')}"


def _zone_annotator() -> Annotator:
    return Annotator(id=ZONE_ANNOTATOR, kind=AnnotatorKind.RULE, name="trafilatura", version=version("trafilatura"))


def page_zones(text: str, lines: list[RenderedLine], extracted: list[str], title: str) -> list[Zone]:
    """Return the zones of a rendered page: extracted lines are content, the others furniture.

    Kinds come from the elements around a line, and from the rules for plain text where both agree on what is
    content; languages are those of the rules.
    """
    from pactwire.text import zones as rules

    taken = extraction_match.match_lines([text[line.start : line.end] for line in lines], extracted)
    named = _title_line(text, lines, taken, title)
    found: list[Zone] = []
    seen: set[str] = set()
    parts = _zones_by_line(rules.detect_zones(text), lines)
    for number, (line, is_content) in enumerate(zip(lines, taken, strict=True)):
        words = text[line.start : line.end]
        repeated = (is_content or number == named) and words in seen
        if is_content or number == named:
            seen.add(words)
        for zone in parts[number]:
            if number == named:
                kind: str = ZoneKind.TITLE
            elif repeated:
                kind = ZoneKind.DUPLICATE
            else:
                kind = _content_kind(zone, line.role) if is_content else _furniture_kind(zone, line.role)
            found.append({**zone, "id": f"z{len(found) + 1}", "kind": kind, "by": [ZONE_ANNOTATOR]})
    return found


def _content_kind(zone: Zone, role: str) -> str:
    if role in _CONTENT_BY_ROLE:
        return _CONTENT_BY_ROLE[role]
    return ZoneKind.LEAD if zone["kind"] == ZoneKind.LEAD else ZoneKind.BODY


def _furniture_kind(zone: Zone, role: str) -> str:
    kind = _FURNITURE_BY_ROLE.get(role, zone["kind"])
    return ZoneKind.OTHER if kind in CONTENT_KINDS else kind


def _title_line(text: str, lines: list[RenderedLine], taken: list[bool], title: str) -> int:
    """Return the line that is the page's title, or -1: a heading if it can be, and the last one above the article."""
    plain = " ".join(title.split())
    first = taken.index(True) if True in taken else 0
    same = [
        number for number, line in enumerate(lines) if plain and " ".join(text[line.start : line.end].split()) == plain
    ]
    near = [number for number in same if number <= first]
    headings = [number for number in near or same if lines[number].role == "heading"]
    return (headings or near or [-1])[-1]


def _zones_by_line(zones: list[Zone], lines: list[RenderedLine]) -> list[list[Zone]]:
    """Return the pieces of zones by rule that lie in each line; every line is covered from edge to edge."""
    pieces: list[list[Zone]] = []
    at = 0
    for line in lines:
        while at < len(zones) and zones[at]["end"] <= line.start:
            at += 1
        inside = at
        own: list[Zone] = []
        while inside < len(zones) and zones[inside]["start"] < line.end:
            zone = zones[inside]
            own.append({**zone, "start": max(zone["start"], line.start), "end": min(zone["end"], line.end)})
            inside += 1
        pieces.append(own)
    return pieces
