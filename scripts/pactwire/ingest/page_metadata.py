"""Metadata of a page: what its JSON-LD, microdata, head and headings state of the article, each value with its origin.

Nothing is inferred: ``published`` comes from statements only, never from a date line or an address. What trafilatura
infers where the page states nothing is kept with that origin.
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pactwire.corpus.publication_dates import parse_date
from pactwire.ingest import json_ld, page_titles
from pactwire.ingest.page_titles import PageStatement
from pactwire.model import escapes

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_ORIGINS: Final = {
    "author": (
        "JSON-LD author", "meta author", "meta article:author", "meta parsely-author", "meta sailthru.author",
        "meta dc.creator", "meta dcterms.creator", "meta byl",
    ),
    "outlet": (
        "meta og:site_name", "JSON-LD publisher", "meta application-name", "meta dc.publisher",
        "meta dcterms.publisher",
    ),
    "language": (
        "html lang", "JSON-LD inLanguage", "meta og:locale", "meta content-language", "meta language",
        "meta dc.language",
    ),
    "section": ("JSON-LD articleSection", "meta article:section", "meta parsely-section", "meta section"),
    "canonical_url": ("link canonical", "meta og:url", "JSON-LD url"),
    "license": ("JSON-LD license", "link license", "a license", "meta dcterms.license", "meta dc.rights.license"),
}  # fmt: skip
"""Origins of statements of each value, the most reliable first."""
PUBLICATION_ORIGINS: Final = (
    "JSON-LD datePublished", "meta article:published_time", "itemprop datePublished", "meta og:published_time",
    "meta parsely-pub-date", "meta sailthru.date", "meta dcterms.issued", "meta dc.date.issued", "meta pubdate",
    "meta publishdate", "meta publish-date", "meta publish_date", "meta publication_date",
    "meta cxenseparse:publishtime", "meta cxenseparse:recs:publishtime", "meta dcterms.date", "meta dc.date",
    "meta date", "time",
)  # fmt: skip
"""Origins of statements of the publication time, the most reliable first."""
_JSON_LD_TEXTS: Final = ("headline", "name", "datePublished", "inLanguage", "url", "articleSection")
_INFERRED: Final = {"title": "title", "date": "date", "author": "author", "outlet": "sitename"}
"""What is kept of trafilatura's inferences, and the attributes that hold it."""
_MAX_VALUE_LENGTH: Final = 1_000
_CONTROLS: Final = re.compile(f"{escapes.CONTROL_CHARACTER_IN_LINE.pattern}+")
_ADDRESS: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_CHANGED: Final = re.compile("modif|updat|edit", re.IGNORECASE)
_NOT_THE_ARTICLE: Final = ("figure", "figcaption", "aside")


class PageMetadata(NamedTuple):
    """What a page states of its article.

    Attributes:
        entries: All of it as {name, value, origin}, with the values in the page's words.
        fields: Properties of a bulk line: outlet, url, section, published and license.
        shown_title: The title as it stands in the page; empty if none is found.
        unread: What could not be taken, by what it is, with an example.
    """

    entries: list[dict[str, str]]
    fields: dict[str, str]
    shown_title: str
    unread: Mapping[str, str]


def read_metadata(root: "HtmlElement") -> PageMetadata:
    """Return what a page states of its article."""
    statements = page_statements(root)
    titles = page_titles.choose_titles(root, statements)
    entries = [_entry("title", titles.stated)] if titles.stated else []
    if titles.stated and titles.shown and titles.shown.value != titles.stated.value:
        entries.append(_entry("title", titles.shown))
    stated = {name: chosen for name, origins in _ORIGINS.items() if (chosen := _choose(name, origins, statements))}
    entries += [_entry(name, each) for name, each in stated.items()]
    fields: dict[str, str] = {name: stated[name].value for name in ("outlet", "section", "license") if name in stated}
    if "canonical_url" in stated:
        fields["url"] = stated["canonical_url"].value
    unread: dict[str, str] = {}
    if dated := _choose_date(statements, entries, unread):
        fields["published"] = dated
    return PageMetadata(entries, fields, titles.shown.value if titles.shown else "", unread)


def _entry(name: str, statement: PageStatement) -> dict[str, str]:
    return {"name": name, "value": statement.value, "origin": statement.origin}


def inferred_entries(extracted: Any, entries: list[dict[str, str]], extractor: str) -> list[dict[str, str]]:
    """Return what trafilatura infers as {name, value, origin}, for values that the page does not state."""
    known = {each["name"] for each in entries}
    known |= {"date"} if "published" in known else set()
    return [
        {"name": name, "value": value, "origin": extractor}
        for name, attribute in _INFERRED.items()
        if name not in known and (value := _on_one_line(getattr(extracted, attribute, None) or ""))
    ]


def _choose(name: str, origins: tuple[str, ...], statements: list[PageStatement]) -> PageStatement | None:
    """Return the statement of a value: all authors of the first origin, any other value where an origin states one."""
    for origin in origins:
        values = list(dict.fromkeys(each.value for each in statements if each.origin == origin))
        if name == "author":
            values = ["; ".join(names)] if (names := [each for each in values if not _ADDRESS.match(each)]) else []
        elif name == "canonical_url":
            values = [each for each in values if _ADDRESS.fullmatch(each)]
        if len(values) == 1 or (values and name not in ("section", "license")):
            return PageStatement(origin, values[0])
    return None


def _choose_date(statements: list[PageStatement], entries: list[dict[str, str]], unread: dict[str, str]) -> str:
    """Return the publication time in one form, and add its entry; empty if none is stated or statements disagree."""
    language = next((each["value"] for each in entries if each["name"] == "language"), "")
    flaws: dict[str, str] = {}
    for origin in PUBLICATION_ORIGINS:
        values = [each for each in statements if each.origin == origin]
        dates = {each: parse_date(each.value, language) for each in values}
        for each, parsed in dates.items():
            if parsed.flaw:
                flaws[f"dates of the origin {origin}, {parsed.flaw}"] = escapes.without_surrogates(each.value)
        known = {each: parsed.value for each, parsed in dates.items() if parsed.value}
        if len({time[:10] for time in known.values()}) == 1:
            chosen = min(known, key=lambda each: (-len(known[each]), known[each]))
            entries.append(_entry("published", chosen))
            return known[chosen]
    unread |= flaws
    return ""


# --- statements


def page_statements(root: "HtmlElement") -> list[PageStatement]:
    """Return the statements of a page: JSON-LD of its article, microdata, meta elements, links, language and titles."""
    statements = [
        *_json_ld_statements(root), *_meta_statements(root), *_microdata_dates(root), *_link_statements(root),
    ]  # fmt: skip
    if language := root.get("lang"):
        statements.append(PageStatement("html lang", language))
    head_titles = (title for title in root.iter("title") if title.text and not _is_inside(title, ("svg",)))
    statements += [PageStatement("title", title.text) for title in head_titles][:1]
    statements += _time_statements(root)
    plain = (PageStatement(each.origin, _on_one_line(each.value)) for each in statements)
    return [each for each in plain if 0 < len(each.value) <= _MAX_VALUE_LENGTH]


def _on_one_line(text: str) -> str:
    """Return a text on one line: control characters become blanks, as browsers read line ends and tabs in HTML."""
    return _CONTROLS.sub(" ", text).strip()


def _json_ld_statements(root: "HtmlElement") -> Iterator[PageStatement]:
    for item in _own_objects(root, json_ld.article_objects(root)):
        for key in _JSON_LD_TEXTS:
            for value in item[key] if isinstance(item.get(key), list) else [item.get(key)]:
                if isinstance(value, str):
                    yield PageStatement(f"JSON-LD {key}", html.unescape(value))
        for key in ("author", "publisher"):
            yield from (PageStatement(f"JSON-LD {key}", name) for name in json_ld.names(item.get(key)))
        known = item.get("license")
        known = (known.get("url") or known.get("@id") or known.get("name")) if isinstance(known, dict) else known
        if isinstance(known, str):
            yield PageStatement("JSON-LD license", known)


def _own_objects(root: "HtmlElement", objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the objects that have the page's own address, or all if none has it."""
    addresses = {each.value.rstrip("/") for each in _link_statements(root) if each.origin == "link canonical"}
    own = [each for each in objects if addresses & {address.rstrip("/") for address in _object_addresses(each)}]
    return own or objects


def _object_addresses(item: dict[str, Any]) -> Iterator[str]:
    for key in ("url", "@id", "mainEntityOfPage"):
        value = item.get(key)
        value = value.get("@id") if isinstance(value, dict) else value
        if isinstance(value, str):
            yield value


def _meta_statements(root: "HtmlElement") -> Iterator[PageStatement]:
    for meta in root.iter("meta"):
        if not (content := meta.get("content")):
            continue
        for name in (meta.get("property") or meta.get("name") or meta.get("http-equiv") or "").split():
            yield PageStatement(f"meta {_on_one_line(name.lower()[:60])}", content)


def _microdata_dates(root: "HtmlElement") -> Iterator[PageStatement]:
    """Yield the publication dates of microdata that belong to an article, or to no item."""
    for element in root.xpath(".//*[contains(@itemprop, 'datePublished')]"):
        item = next((each for each in element.iterancestors() if each.get("itemscope") is not None), None)
        if item is not None and not json_ld.is_article_type(item.get("itemtype") or ""):
            continue
        if value := element.get("datetime") or element.get("content") or element.text:
            yield PageStatement("itemprop datePublished", value)


def _link_statements(root: "HtmlElement") -> Iterator[PageStatement]:
    for link in root.xpath(".//link[@rel] | .//a[@rel]"):
        relations, address = (link.get("rel") or "").lower().split(), link.get("href")
        if address and "canonical" in relations and link.tag == "link":
            yield PageStatement("link canonical", address)
        if address and "license" in relations and not _is_inside(link, _NOT_THE_ARTICLE):
            yield PageStatement(f"{link.tag} license", address)


def _time_statements(root: "HtmlElement") -> Iterator[PageStatement]:
    """Yield the times next to the first heading: those in the smallest element around it that has any."""
    heading = next(root.iter("h1"), None)
    for element in heading.iterancestors() if heading is not None else ():
        if element.tag in ("body", "html", "main"):
            return
        times = [each for each in element.iter("time") if each.get("datetime") and not _is_change(each)]
        if times:
            yield from (PageStatement("time", each.get("datetime")) for each in times)
            return


def _is_change(time: "HtmlElement") -> bool:
    """Return whether an element's attributes, or those of the one around it, say that it is the time of a change."""
    parent = time.getparent()
    return any(_CHANGED.search(value) for each in (time, parent) if each is not None for value in each.attrib.values())


def _is_inside(element: "HtmlElement", tags: tuple[str, ...]) -> bool:
    return any(each.tag in tags for each in element.iterancestors())
