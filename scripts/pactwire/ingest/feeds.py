"""Read the entries of feeds: RSS 0.9 to 2.0, RSS 1.0 (RDF), and Atom, with the elements of their usual modules.

Feeds often have entities of HTML, which XML does not know, and ampersands that begin none; both are read as browsers
do. No other file or address is opened, and entities that a feed declares itself are refused.
"""

import html
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from pactwire.ingest import encodings, html_columns, record_columns
from pactwire.ingest.input_records import IngestSettings, InputRecord
from pactwire.model.issues import Issue

MAX_FEED_BYTES: Final = 100_000_000
_PIECE_BYTES: Final = 1 << 16
_NAMES: Final = {
    "encoded": "text", "content": "text", "description": "summary", "summary": "summary", "title": "title",
    "link": "url", "guid": "id", "id": "id", "pubDate": "published", "published": "published", "issued": "published",
    "date": "published", "creator": "author", "author": "author", "category": "section", "language": "language",
    "license": "license", "rights": "license",
}  # fmt: skip
"""What the elements of an entry are, by their names without prefix."""
_KNOWN_NAMESPACES: Final = (
    "", "http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#", "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/", "http://purl.org/rss/1.0/modules/content/",
    "http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/", "http://backend.userland.com/creativeCommonsRssModule",
)  # fmt: skip
_ENTRIES: Final = ("item", "entry")
_FEED_VALUES: Final = {"title": "outlet", "language": "language"}
_REFERENCE: Final = re.compile(
    r"<!\[CDATA\[(?:.*?\]\]>|.*)|<!--(?:.*?-->|.*)|&(?:#[0-9]+;|#[xX][0-9a-fA-F]+;|([A-Za-z][A-Za-z0-9]{0,31});)?",
    re.DOTALL,
)
_XML_ENTITIES: Final = ("amp", "lt", "gt", "quot", "apos")
_HTML_REFERENCE: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")
_PLAIN_TYPES: Final = ("text", "text/plain")
_XML_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def read_feed(place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[InputRecord]:
    """Yield an article or an issue for each entry, in order; last an issue if the XML is broken after them."""
    data = stream.read(MAX_FEED_BYTES + 1)
    if len(data) > MAX_FEED_BYTES:
        yield Issue(place, 1, "too-large", f"the feed has more than the {MAX_FEED_BYTES:,} bytes allowed")
        return
    try:
        text = encodings.decode(data, [*encodings.xml_encodings(data), *settings.declared_encodings(place)]).text
        flaw = None
    except encodings.UndecodableError as error:
        text, flaw = _utf8_start(data), error
    if "<!ENTITY" in text[:_PIECE_BYTES]:
        yield Issue(place, 1, "ingest-broken", "the feed declares entities of its own")
        return
    yield from _read_entries(place, _REFERENCE.sub(_known_reference, text).encode(), settings, flaw)


def _utf8_start(data: bytes) -> str:
    """Return the text before the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return data[: error.start].decode("utf-8-sig")


def _read_entries(
    place: str, data: bytes, settings: IngestSettings, flaw: encodings.UndecodableError | None
) -> Iterator[InputRecord]:
    """Yield the entries of a feed in UTF-8, whatever it declares; ``flaw`` is why it ends early, if it does."""
    from lxml import etree

    parser = etree.XMLPullParser(
        events=("end",), encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    entries = 0
    broken: etree.XMLSyntaxError | None = None
    for start in range(0, len(data), _PIECE_BYTES):
        try:
            parser.feed(data[start : start + _PIECE_BYTES])
        except etree.XMLSyntaxError as error:
            broken = error
        for _, element in parser.read_events():
            if _local_name(element) in _ENTRIES:
                entries += 1
                yield _read_entry(place, element, settings)
                element.clear()
        if broken:
            break
    try:
        parser.close()
    except etree.XMLSyntaxError as error:
        broken = broken or error
    before = f"; the {entries:,} entries before were read" if entries else ""
    if flaw:
        yield Issue(place, 1, flaw.code, f"{flaw}{before}")
    elif broken:
        yield Issue(place, broken.lineno or 1, "ingest-broken", f"the XML is broken: {str(broken.msg)[:150]}{before}")


def _known_reference(match: re.Match[str]) -> str:
    """Return a reference that XML knows for an entity of HTML, and an escaped ampersand for one that begins none."""
    whole, name = match[0], match[1]
    if whole == "&":
        return "&amp;"
    if name is None or name in _XML_ENTITIES:
        return whole
    text = html.unescape(f"&{name};")
    return "".join(f"&#{ord(each)};" for each in text) if text[0] != "&" else "&amp;" + whole[1:]


def _read_entry(place: str, entry: Any, settings: IngestSettings) -> InputRecord:
    """Return the article of an entry; what is said of the feed is said of each entry that says nothing else."""
    values: dict[str, Any] = {}
    columns: dict[str, str] = {}
    others: list[str] = []
    for element in entry.iterchildren("*"):
        name = _value_name(element)
        value = _value(element, name)
        if name == "url" and _local_name(element) == "link" and element.get("rel", "alternate") != "alternate":
            name = ""
        if not name:
            others.append(_printed_name(element))
        elif name == "author" and value:
            values[name] = [*values.get(name, []), value]
            columns[name] = _printed_name(element)
        elif value and name not in values:
            values[name], columns[name] = value, _printed_name(element)
        elif value and value != values.get(name):
            others.append(_printed_name(element))
    if "text" in values and "summary" in values:
        others.append(columns["summary"])
    elif "summary" in values:
        values["text"], columns["text"] = values["summary"], columns["summary"]
    for name, (value, column) in _feed_values(entry).items():
        if name not in values:
            values[name], columns[name] = value, column
    values.pop("summary", None)
    values.setdefault("text", None)
    return record_columns.row_article(place, entry.sourceline or 1, values, columns, others, settings, kind="element")


def _value_name(element: Any) -> str:
    """Return what an element of an entry is; empty if it is not taken."""
    namespace = element.tag.rpartition("}")[0].removeprefix("{")
    return _NAMES.get(_local_name(element), "") if namespace in _KNOWN_NAMESPACES else ""


def _value(element: Any, name: str) -> str:
    """Return the value of an element: its text, that of its ``name``, its address or its term; HTML as it is."""
    if name == "author" and (names := [child for child in element if _local_name(child) == "name"]):
        return " ".join("".join(names[0].itertext()).split())
    text = _markup(element) if name in ("text", "summary") else "".join(element.itertext())
    if name == "title" and element.get("type") not in _PLAIN_TYPES:
        text = html.unescape(text)
    text = text if name in ("text", "summary") else " ".join(text.split())
    return text if text.strip() else element.get("href") or element.get("term") or ""


def _markup(element: Any) -> str:
    """Return the content of an element: as HTML if it has elements or references of HTML, or else its text."""
    from lxml import etree

    text = element.text or ""
    if len(element):
        children = (etree.tostring(child, encoding="unicode", method="html") for child in element)
        return html.escape(text, quote=False) + "".join(children)
    has_references = any(html.unescape(each) != each for each in _HTML_REFERENCE.findall(text))
    if not has_references or html_columns.is_html(text) or element.get("type") in _PLAIN_TYPES:
        return text
    return f"<span>{text.replace('<', '&lt;')}</span>"  # no tag is one of HTML


def _feed_values(entry: Any) -> dict[str, tuple[str, str]]:
    """Return what the elements before the entries say of the feed: its title and its language, with their elements."""
    found: dict[str, tuple[str, str]] = {}
    parent = entry.getparent()
    for language in (entry.get(_XML_LANGUAGE), parent.get(_XML_LANGUAGE) if parent is not None else None):
        if language:
            found.setdefault("language", (language, "xml:lang"))
    for element in parent.iterchildren("*") if parent is not None else ():
        name = _local_name(element)
        if name in _ENTRIES:
            break
        for each in element.iterchildren("*") if name == "channel" else (element,):  # RDF: beside the entries
            column = _FEED_VALUES.get(_local_name(each), "")
            text = " ".join(html.unescape("".join(each.itertext())).split())
            if column and text and _value_name(each):
                found.setdefault(column, (text, f"{_printed_name(each)} of the feed"))
    return found


def _local_name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _printed_name(element: Any) -> str:
    name = _local_name(element)
    return f"{element.prefix}:{name}" if element.prefix else name
