"""Metadata of a page from its head and its JSON-LD, and which of these statements support trafilatura's results.

Each entry of metadata has its origin: the statement of the page that agrees with it, or trafilatura if it inferred the
value. ``published`` comes from statements only, never from a date line or an address.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pactwire.corpus.article_fields import parse_published
from pactwire.model import escapes

if TYPE_CHECKING:
    from lxml.html import HtmlElement

PUBLICATION_ORIGINS: Final = (
    "JSON-LD datePublished",
    "meta article:published_time",
    "meta datePublished",
    "meta og:published_time",
)
"""Origins of statements of the publication time, the most reliable first."""
_JSON_LD_KEYS: Final = ("headline", "datePublished", "inLanguage", "url", "articleSection")
_MAX_VALUE_LENGTH: Final = 1_000
_CONTROLS: Final = re.compile(f"{escapes.CONTROL_CHARACTER_IN_LINE.pattern}+")


class PageStatement(NamedTuple):
    """A statement of a page about itself: its origin in the page and its text."""

    origin: str
    value: str


def page_statements(root: "HtmlElement") -> list[PageStatement]:
    """Return the statements of a page: first JSON-LD of its article, then meta, canonical link, language, and title."""
    statements = list(_json_ld_statements(root))
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        if name and meta.get("content"):
            statements.append(PageStatement(f"meta {name[:60]}", meta.get("content")))
    for link in root.iter("link"):
        if link.get("rel") == "canonical" and link.get("href"):
            statements.append(PageStatement("link canonical", link.get("href")))
    if language := root.get("lang"):
        statements.append(PageStatement("html lang", language))
    statements += [PageStatement("title", title.text) for title in root.iter("title") if title.text]
    plain = (PageStatement(_on_one_line(each.origin), _on_one_line(each.value)) for each in statements)
    return [each for each in plain if 0 < len(each.value) <= _MAX_VALUE_LENGTH]


def _on_one_line(text: str) -> str:
    """Return a text on one line: control characters become blanks, as browsers read line ends and tabs in HTML."""
    return _CONTROLS.sub(" ", text).strip()


def _json_ld_statements(root: "HtmlElement") -> Iterator[PageStatement]:
    for script in root.iter("script"):
        if script.get("type") != "application/ld+json" or not script.text:
            continue
        try:
            data = json.loads(script.text, strict=False)
        except (ValueError, RecursionError):
            continue
        for item in _json_ld_objects(data):
            if "Article" in str(item.get("@type")) or "Posting" in str(item.get("@type")):
                yield from _article_statements(item)


def _json_ld_objects(data: Any) -> Iterable[dict[str, Any]]:
    """Yield the JSON-LD objects at the top level, in a list, or in a graph."""
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, dict):
            yield item
            graph = item.get("@graph")
            yield from (inner for inner in (graph if isinstance(graph, list) else []) if isinstance(inner, dict))


def _article_statements(item: dict[str, Any]) -> Iterator[PageStatement]:
    for key in _JSON_LD_KEYS:
        if isinstance(value := item.get(key), str):
            yield PageStatement(f"JSON-LD {key}", value)
    for key in ("author", "publisher"):
        for party in item[key] if isinstance(item.get(key), list) else [item.get(key)]:
            value = party.get("name") if isinstance(party, dict) else party
            if isinstance(value, str):
                yield PageStatement(f"JSON-LD {key}", value)


def metadata_entries(extracted: Any, statements: list[PageStatement], extractor: str) -> list[dict[str, str]]:
    """Return trafilatura's results as {name, value, origin}.

    The origin is the first statement that agrees, or ``extractor`` if there is none.
    """
    attributes = {"title": "title", "date": "date", "author": "author", "outlet": "sitename", "url": "url"}
    entries = []
    for name, attribute in attributes.items():
        if value := _on_one_line(getattr(extracted, attribute, None) or ""):
            origin = next((each.origin for each in statements if _agrees(name, value, each)), extractor)
            entries.append({"name": name, "value": value, "origin": origin})
    languages = ("html lang", "JSON-LD inLanguage", "meta og:locale")
    if language := next((each for origin in languages for each in statements if each.origin == origin), None):
        entries.append({"name": "language", "value": language.value, "origin": language.origin})
    return entries


def _agrees(name: str, value: str, statement: PageStatement) -> bool:
    if name == "date":
        return statement.origin in PUBLICATION_ORIGINS and statement.value.startswith(value)
    return " ".join(statement.value.split()) == " ".join(value.split())


def stated_fields(metadata: list[dict[str, str]], statements: list[PageStatement]) -> dict[str, str]:
    """Return the properties of a bulk line that the page itself states: outlet, url, section and published.

    If statements of one origin disagree on the publication time, the next origin is used.
    """
    origins = {each.origin for each in statements}
    stated = {each["name"]: each["value"] for each in metadata if each["origin"] in origins}
    fields: dict[str, str] = {name: stated[name] for name in ("outlet", "url") if name in stated}
    sections = {each.value for each in statements if each.origin in ("JSON-LD articleSection", "meta article:section")}
    if len(sections) == 1:
        fields["section"] = sections.pop()
    for origin in PUBLICATION_ORIGINS:
        times = {parse_published(each.value) for each in statements if each.origin == origin}
        if len(times) == 1 and (time := times.pop()):
            fields["published"] = time
            break
    return fields
