"""Parse the text of an HTML page, and tell beforehand whether that would take too long."""

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MANY_ATTRIBUTES: Final = re.compile(r"""<[A-Za-z][^<>\s]*+\s++(?>(?:[^<>"'\s]++|"[^"]*+"|'[^']*+')++\s++){2000}""")
"""What may be a tag with two thousand attributes, which would take quadratic time to parse."""
_MAX_PROBES: Final = 30
"""How many such places are looked at; a page takes up to a quarter of a second for each."""
_PROBE: Final = "pactwire-probe"


def parse_html(text: str) -> "HtmlElement | None":
    """Return the root of a page, without comments; None if there is nothing but comments or white space."""
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return document_fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return None


def has_tag_of_many_attributes(text: str) -> bool:
    """Return whether a tag has over two thousand attributes, or too many places look as if.

    In a script or a comment ``i<n`` is no tag: the parser says so when it gets a tag of one name in that place.
    """
    start = 0
    for _ in range(_MAX_PROBES):
        place = _MANY_ATTRIBUTES.search(text, start)
        if place is None:
            return False
        root = parse_html(f"{text[: place.start()]}<{_PROBE}>")
        if root is not None and root.find(f".//{_PROBE}") is not None:
            return True
        start = place.start() + 1
    return True
