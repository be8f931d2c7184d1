"""The title of a page: what its head, its JSON-LD and its headings call the article, without the site's name.

The title that a page states for links to it comes first. The one that it shows is the heading that a statement repeats;
the two are the same on most pages.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from lxml.html import HtmlElement

SITE_ORIGINS: Final = (
    "meta og:site_name", "meta apple-mobile-web-app-title", "meta application-name", "JSON-LD publisher",
)  # fmt: skip
"""Origins of statements that name the site."""
TITLE_ORIGINS: Final = (
    "meta og:title", "meta twitter:title", "JSON-LD headline", "meta headline", "meta sailthru.title",
    "meta parsely-title", "meta dc.title", "meta dcterms.title", "meta title", "JSON-LD name", "title",
)  # fmt: skip
"""Origins of statements of the title, the most reliable first."""
_SEPARATOR: Final = re.compile(r"\s+[-–—|·•:»«>/]{1,2}\s+|\s*[|»]\s*|\s*[-–—]{2}\s*")
_ORIGIN_KINDS: Final = {"meta twitter:title": "meta og:title"}
"""Origins that usually repeat another one, and so confirm nothing."""
_SOCIAL_ORIGINS: Final = ("meta og:title", "meta twitter:title")
_UNSEEN: Final = ("script", "style", "svg", "noscript", "template", "button")
_INLINE: Final = (
    "a",
    "abbr",
    "b",
    "bdi",
    "cite",
    "em",
    "font",
    "i",
    "mark",
    "q",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
)
_CUT: Final = ("…", "...")
_MIN_KEY: Final = 2
_MAX_HEADING: Final = 1_000
_GRAM: Final = 3


class PageStatement(NamedTuple):
    """A statement of a page about itself: its origin in the page and its text."""

    origin: str
    value: str


class PageTitles(NamedTuple):
    """The titles of a page: the one it states for the article, and the one that it shows; None if there is none."""

    stated: PageStatement | None
    shown: PageStatement | None


def choose_titles(root: "HtmlElement", statements: Iterable[PageStatement]) -> PageTitles:
    """Return the titles of a page.

    Args:
        root: The page.
        statements: What the page states of itself, in the order of the page.
    """
    statements = list(statements)
    sites = _site_keys(statements)
    stated = [
        PageStatement(origin, value)
        for origin in TITLE_ORIGINS
        for each in statements
        if each.origin == origin and _key(value := _without_site(each.value, sites)) not in sites
    ]
    headings = [each for each in _headings(root) if _key(each.value) not in sites]
    shown = _repeated_heading(headings, stated)
    whole = [each for each in stated if not each.value.endswith(_CUT)]
    first = [_social_title(stated, shown), _same_words(stated, shown), shown] if shown else _most_stated(whole)
    title = next((each for each in (*first, *headings, *stated) if each), None)
    return PageTitles(title, shown or next(iter((*headings, *stated)), None))


def _most_stated(stated: list[PageStatement]) -> list[PageStatement]:
    """Return the statement that most kinds of origins agree on; of several, the one with the most reliable origin.

    An element ``title`` that nothing repeats is no sign of the article's title.
    """
    kinds = {(_ORIGIN_KINDS.get(each.origin, each.origin), _key(each.value)) for each in stated}
    counts = Counter(key for _, key in kinds)
    known = [each for each in stated if each.origin != "title" or counts[_key(each.value)] > 1]
    return [max(known, key=lambda each: counts[_key(each.value)])] if known else []


def _same_words(stated: list[PageStatement], shown: PageStatement) -> PageStatement | None:
    """Return the statement with the words of a heading, whose lines and parts may have no blanks between them."""
    return next((each for each in stated if each.origin != "title" and _key(each.value) == _key(shown.value)), None)


def _repeated_heading(headings: list[PageStatement], stated: list[PageStatement]) -> PageStatement | None:
    """Return the heading that a statement repeats, or else the one whose statement has a section or a kicker more."""
    keys = {_key(each.value) for each in stated}
    parts = {key for each in stated for key in _part_keys(each.value)}
    return next((each for known in (keys, parts) for each in headings if _key(each.value) in known), None)


def _social_title(stated: list[PageStatement], shown: PageStatement | None) -> PageStatement | None:
    """Return the title for shared links, or the heading where this is the same with less around it.

    A title that has nothing in common with the heading is the site's, and one that ends in dots is not whole.
    """
    titles = (each for each in stated if each.origin in _SOCIAL_ORIGINS and not each.value.endswith(_CUT))
    social = next(titles, None)
    if social is None or shown is None:
        return social
    headline = next((_key(each.value) for each in stated if each.origin == "JSON-LD headline"), "")
    if headline == _key(shown.value) and headline in _part_keys(social.value):
        return shown
    return social if _grams(social.value) & _grams(shown.value) else None


def _grams(text: str) -> set[str]:
    """Return the runs of `_GRAM` letters in a text."""
    key = _key(text)
    return {key[at : at + _GRAM] for at in range(max(1, len(key) - _GRAM + 1))}


def _headings(root: "HtmlElement") -> list[PageStatement]:
    """Return the headings of the first level and those that microdata calls headlines; of the second if none is."""
    first = [each for each in root.iter("h1") if _text(each)]
    marked = root.xpath(".//*[@itemprop = 'headline' and not(self::meta) and not(self::h1)]")
    elements = marked + first or list(root.iter("h2"))
    headings = (
        PageStatement("itemprop headline" if each in marked else str(each.tag), _text(each)) for each in elements
    )
    return [each for each in headings if len(each.value) <= _MAX_HEADING and len(_key(each.value)) >= _MIN_KEY]


def _text(element: "HtmlElement") -> str:
    """Return the visible text of an element on one line."""
    from lxml import etree

    pieces: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))  # elements nest to any depth
    for event, each in walk:
        edge = "" if each.tag in _INLINE or each.tag in _UNSEEN else " "
        if event == "end":
            pieces += [edge, (each.tail if each is not element else None) or ""]
        elif each.tag in _UNSEEN:
            walk.skip_subtree()
        else:
            pieces += [edge, each.text or ""]
    return " ".join("".join(pieces).replace("\u00ad", "").split())


def _key(text: str) -> str:
    """Return letters and digits of a text, for comparison."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _part_keys(value: str) -> Iterator[str]:
    """Yield the keys of a value without its first or its last segments, as long as most of it is left."""
    for separator in _SEPARATOR.finditer(value):
        before, after = _key(value[: separator.start()]), _key(value[separator.end() :])
        if len(before) * 4 >= len(after):
            yield before
        if len(after) >= len(before):
            yield after


def _site_keys(statements: list[PageStatement]) -> set[str]:
    """Return the keys of the site's names: those it states, its host, and the host's longest label."""
    names = [each.value for each in statements if each.origin in SITE_ORIGINS]
    for each in statements:
        if each.origin in ("link canonical", "meta og:url"):
            host = _host(each.value).removeprefix("www.")
            names += [host, max(host.split("."), key=len)]
    headlines = {_key(each.value) for each in statements if each.origin == "JSON-LD headline"}
    return {key for name in names if len(key := _key(name)) >= _MIN_KEY} - headlines


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # brackets that hold no address
        return ""


def _without_site(value: str, sites: set[str]) -> str:
    """Return a title without the names of its site before or after it."""
    separators = list(_SEPARATOR.finditer(value))
    if separators and _names_site(value[separators[-1].end() :], value, sites):
        return _without_site(value[: separators[-1].start()], sites)
    if separators and _names_site(value[: separators[0].start()], value, sites):
        return value[separators[0].end() :]
    return value


def _names_site(segment: str, value: str, sites: set[str]) -> bool:
    """Return whether a segment is the site's name, or has it with little more, such as its section."""
    key = _key(segment)
    return len(key) * 2 <= len(_key(value)) and any(_is_mostly(key, site) or _is_mostly(site, key) for site in sites)


def _is_mostly(long: str, short: str) -> bool:
    """Return whether a key has another one in it that is at least two fifths of it."""
    return bool(short) and short in long and len(short) * 5 >= len(long) * 2
