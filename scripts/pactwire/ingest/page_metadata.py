"""What a page says of itself in its head and in JSON-LD, and which of it bears out what trafilatura found.

Each entry of metadata has its origin: the statement of the page that says the same, or trafilatura where it
concluded. ``published`` is taken from statements alone, so a date line or an address never becomes it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pactwire.ingest.record_columns import parse_published
from pactwire.model import escapes

if TYPE_CHECKING:
    from lxml.html import HtmlElement

PUBLICATION_ORIGINS: Final = (
    "JSON-LD datePublished",
    "meta article:published_time",
    "meta datePublished",
    "meta og:published_time",
)
"""Statements of the time of publication, the surest first."""
_JSON_LD_KEYS: Final = ("headline", "datePublished", "inLanguage", "url", "articleSection")
_MAX_VALUE_LENGTH: Final = 1_000
_CONTROLS: Final = re.compile(f"{escapes.CONTROL_CHARACTER_IN_LINE.pattern}+")


class PageStatement(NamedTuple):
    """A statement of a page about itself: where it stands, and its words."""

    origin: str
    value: str


def page_statements(root: "HtmlElement") -> list[PageStatement]:
    """Return the statements of a page in order: JSON-LD of its article, meta, canonical link, language, title."""
    found = list(_json_ld_statements(root))
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        if name and meta.get("content"):
            found.append(PageStatement(f"meta {name[:60]}", meta.get("content")))
    for link in root.iter("link"):
        if link.get("rel") == "canonical" and link.get("href"):
            found.append(PageStatement("link canonical", link.get("href")))
    if language := root.get("lang"):
        found.append(PageStatement("html lang", language))
    found += [PageStatement("title", title.text) for title in root.iter("title") if title.text]
    plain = (PageStatement(_on_one_line(each.origin), _on_one_line(each.value)) for each in found)
    return [each for each in plain if 0 < len(each.value) <= _MAX_VALUE_LENGTH]


def _on_one_line(text: str) -> str:
    """Return a text on one line: in HTML, line ends and tabs are blanks, and no other control character means any."""
    return _CONTROLS.sub(" ", text).strip()


def _json_ld_statements(root: "HtmlElement") -> Iterator[PageStatement]:
    for script in root.iter("script"):
        if script.get("type") != "application/ld+json" or not script.text:
            continue
        try:
            data = json.loads(script.text, strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _json_ld_objects(data):
            if "Article" in str(thing.get("@type")) or "Posting" in str(thing.get("@type")):
                yield from _article_statements(thing)


def _json_ld_objects(data: Any) -> Iterable[dict[str, Any]]:
    """Return the objects at the top, in a list, or in a graph."""
    listed = data if isinstance(data, list) else [data]
    for each in listed:
        if isinstance(each, dict):
            yield each
            graph = each.get("@graph")
            yield from (inner for inner in (graph if isinstance(graph, list) else []) if isinstance(inner, dict))


def _article_statements(thing: dict[str, Any]) -> Iterator[PageStatement]:
    for key in _JSON_LD_KEYS:
        if isinstance(value := thing.get(key), str):
            yield PageStatement(f"JSON-LD {key}", value)
    for key in ("author", "publisher"):
        for each in thing[key] if isinstance(thing.get(key), list) else [thing.get(key)]:
            value = each.get("name") if isinstance(each, dict) else each
            if isinstance(value, str):
                yield PageStatement(f"JSON-LD {key}", value)


def metadata_entries(extracted: Any, stated: list[PageStatement], extractor: str) -> list[dict[str, str]]:
    """Return what is known of a page as {name, value, origin}, each value as trafilatura gives it."""
    names = {"title": "title", "date": "date", "author": "author", "outlet": "sitename", "url": "url"}
    found = []
    for name, attribute in names.items():
        if value := _on_one_line(getattr(extracted, attribute, None) or ""):
            origin = next((each.origin for each in stated if _agrees(name, value, each)), extractor)
            found.append({"name": name, "value": value, "origin": origin})
    languages = ("html lang", "JSON-LD inLanguage", "meta og:locale")
    if language := next((each for origin in languages for each in stated if each.origin == origin), None):
        found.append({"name": "language", "value": language.value, "origin": language.origin})
    return found


def _agrees(name: str, value: str, statement: PageStatement) -> bool:
    if name == "date":
        return statement.origin in PUBLICATION_ORIGINS and statement.value.startswith(value)
    return " ".join(statement.value.split()) == " ".join(value.split())


def stated_fields(said: list[dict[str, str]], stated: list[PageStatement]) -> dict[str, str]:
    """Return the properties of a bulk line that the page itself states: outlet, url, section and published.

    Where statements of one kind disagree on the time of publication, it is unknown.
    """
    own = {each["name"]: each["value"] for each in said if each["origin"] in {s.origin for s in stated}}
    found: dict[str, str] = {name: own[name] for name in ("outlet", "url") if name in own}
    sections = {each.value for each in stated if each.origin in ("JSON-LD articleSection", "meta article:section")}
    if len(sections) == 1:
        found["section"] = sections.pop()
    for origin in PUBLICATION_ORIGINS:
        times = {parse_published(each.value) for each in stated if each.origin == origin}
        if len(times) == 1 and (time := times.pop()):
            found["published"] = time
            break
    return found
