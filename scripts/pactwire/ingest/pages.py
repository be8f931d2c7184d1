"""Read an HTML page as an article: its visible text, zones for the lines of the article, and the page's metadata.

The text is rendered once by `pactwire.ingest.rendering`, whose version is recorded with the SHA-256 of the original.
The lines that trafilatura extracts are content, the rest is furniture. Neither changes the text.
"""

import re
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pactwire.ingest import encodings, extraction_match, page_metadata, rendering
from pactwire.ingest.input_records import IngestSettings, InputRecord, input_article
from pactwire.ingest.rendering import RenderedLine
from pactwire.model import digests
from pactwire.model.issues import Issue
from pactwire.model.records import CONTENT_KINDS, Annotator, AnnotatorKind, Zone, ZoneKind
from pactwire.storage import files

if TYPE_CHECKING:
    from lxml.html import HtmlElement

ZONE_ANNOTATOR: Final = "html-zones"
MAX_PAGE_BYTES: Final = 5_000_000
"""The size limit of a page, with its scripts: twice the largest page in our tests of news sites."""
MAX_LINES: Final = 20_000
_TAG_WITH_MANY_ATTRIBUTES: Final = re.compile(
    rb"""<[A-Za-z][^<>\s]*+\s++(?>(?:[^<>"'\s]++|"[^"]*+"|'[^']*+')++\s++){2000}"""
)
"""A tag with two thousand attributes, which would take quadratic time to parse."""
_CONTENT_BY_ROLE: Final = {"heading": ZoneKind.HEADING, "caption": ZoneKind.CAPTION}
_FURNITURE_BY_ROLE: Final = {"menu": ZoneKind.MENU, "comments": ZoneKind.COMMENTS, "aside": ZoneKind.RELATED}
_DATE_PARAMETERS: Final = {"original_date": True, "extensive_search": False, "outputformat": "%Y-%m-%d"}


class _RenderedPage(NamedTuple):
    """A parsed page with its visible text and lines, and how its bytes were decoded."""

    root: "HtmlElement"
    text: str
    lines: list[RenderedLine]
    decoded: encodings.Decoded


class _PageError(ValueError):
    """A page without an article; ``code`` is that of the issue."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_page(
    place: str,
    line: int,
    data: bytes,
    declared: list[tuple[str, str]],
    properties: dict[str, Any],
    settings: IngestSettings,
) -> InputRecord:
    """Return the article of a page, or the issue for which it is rejected.

    ``declared`` are the (encoding, origin) pairs from outside the page; ``properties``, those of a bulk line that are
    known from where the page was found, take precedence over the page's own.
    """
    try:
        page = _render_page(data, [*declared, *encodings.declared_encodings(data), *settings.declared_encodings])
    except (_PageError, encodings.UndecodableError, rendering.NestingError) as error:
        return Issue(place, line, error.code, str(error), str(properties.get("url", ""))[:200])
    article = _article_properties(page, digests.sha256(data), properties)
    return input_article(place, line, files.protect_bom(page.text), article, settings)


def _render_page(data: bytes, candidates: list[tuple[str, str]]) -> _RenderedPage:
    """Decode, parse and render a page; raises _PageError, UndecodableError or NestingError."""
    if len(data) > MAX_PAGE_BYTES:
        raise _PageError("too-large", f"the page has more than the {MAX_PAGE_BYTES:,} bytes allowed")
    if _TAG_WITH_MANY_ATTRIBUTES.search(data):
        raise _PageError("ingest-deep", "one of its tags has more than 2,000 attributes")
    decoded = encodings.decode(data, candidates)
    root = _parse_html(decoded.text)
    text, lines = rendering.render(root) if root is not None else ("", [])
    if len(lines) > MAX_LINES:
        raise _PageError("too-large", f"the page shows {len(lines):,} lines, {MAX_LINES:,} are allowed")
    if root is None or not text:
        raise _PageError("ingest-empty", "the page shows no text")
    return _RenderedPage(root, text, lines, decoded)


def _article_properties(page: _RenderedPage, sha256: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of a bulk line: those given, the page's own statements, and what was extracted."""
    statements = page_metadata.page_statements(page.root)
    extracted = _extract_article(page.root, properties.get("url"))
    metadata = page_metadata.metadata_entries(extracted, statements, _extractor_name())
    article = {
        **page_metadata.stated_fields(metadata, statements),
        **{key: value for key, value in properties.items() if value},
        "metadata": [*properties.get("metadata", []), *metadata],
        "rendered": {
            "name": rendering.RENDERER_NAME, "version": rendering.RENDERER_VERSION, "original": sha256,
            "encoding": page.decoded.encoding, "encoding_origin": page.decoded.origin,
        },
    }  # fmt: skip
    if extracted is not None and extracted.text:
        article["zones"] = page_zones(page.text, page.lines, extracted.text.split("\n"), extracted.title or "")
        article["zones_by"] = _zone_annotator()
    return article


def _parse_html(text: str) -> "HtmlElement | None":
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return document_fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:  # only comments or white space
        return None


def _extract_article(root: "HtmlElement", url: str | None) -> Any:
    """Return what trafilatura extracts (title, date, …, text), or None. Call it last, since it changes the tree."""
    import trafilatura

    try:
        return trafilatura.bare_extraction(
            root, url=url, with_metadata=True, include_comments=False, date_extraction_params=dict(_DATE_PARAMETERS)
        )
    except Exception:  # any of its many heuristics may fail; zones are then found by rule
        return None


def _extractor_name() -> str:
    return f"trafilatura {version('trafilatura')}"


def _zone_annotator() -> Annotator:
    return Annotator(id=ZONE_ANNOTATOR, kind=AnnotatorKind.RULE, name="trafilatura", version=version("trafilatura"))


def page_zones(text: str, lines: list[RenderedLine], extracted: list[str], title: str) -> list[Zone]:
    """Return the zones of a rendered page: extracted lines are content, the others furniture.

    Kinds come from the elements around a line, or else from the rules for plain text if these agree that it is
    content or furniture; languages come from the rules.
    """
    from pactwire.text import zones as rules

    extracted_lines = extraction_match.match_lines([text[line.start : line.end] for line in lines], extracted)
    title_line = _title_line(text, lines, extracted_lines, title)
    zones: list[Zone] = []
    content_lines: set[str] = set()
    zones_by_line = _zones_by_line(rules.detect_zones(text), lines)
    for number, (line, is_extracted) in enumerate(zip(lines, extracted_lines, strict=True)):
        words = text[line.start : line.end]
        is_content = is_extracted or number == title_line
        is_duplicate = is_content and words in content_lines
        if is_content:
            content_lines.add(words)
        for zone in zones_by_line[number]:
            if number == title_line:
                kind: str = ZoneKind.TITLE
            elif is_duplicate:
                kind = ZoneKind.DUPLICATE
            else:
                kind = _content_kind(zone, line.role) if is_content else _furniture_kind(zone, line.role)
            zones.append({**zone, "id": f"z{len(zones) + 1}", "kind": kind, "by": [ZONE_ANNOTATOR]})
    return zones


def _content_kind(zone: Zone, role: str) -> str:
    if role in _CONTENT_BY_ROLE:
        return _CONTENT_BY_ROLE[role]
    return ZoneKind.LEAD if zone["kind"] == ZoneKind.LEAD else ZoneKind.BODY


def _furniture_kind(zone: Zone, role: str) -> str:
    kind = _FURNITURE_BY_ROLE.get(role, zone["kind"])
    return ZoneKind.OTHER if kind in CONTENT_KINDS else kind


def _title_line(text: str, lines: list[RenderedLine], extracted_lines: list[bool], title: str) -> int:
    """Return the number of the line that is the title, or -1; headings, and the last line above the article, win."""
    plain = " ".join(title.split())
    first = extracted_lines.index(True) if True in extracted_lines else 0
    same = [
        number for number, line in enumerate(lines) if plain and " ".join(text[line.start : line.end].split()) == plain
    ]
    above = [number for number in same if number <= first]
    headings = [number for number in above or same if lines[number].role == "heading"]
    return (headings or above or [-1])[-1]


def _zones_by_line(zones: list[Zone], lines: list[RenderedLine]) -> list[list[Zone]]:
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
