"""JSON-LD of a page: the objects that describe its article, in whatever they are nested.

Comments around a block, a comma before a closing bracket, and line ends in strings are read over, as pages have them.
"""

import html
import json
import re
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MEDIA_TYPE: Final = "application/ld+json"
_OPENING: Final = re.compile(r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)")
_CLOSING: Final = re.compile(r"(?:-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)\s*$")
_TRAILING_COMMA: Final = re.compile(r'("(?:[^"\\]|\\.)*+")|,(?=\s*[}\]])', re.DOTALL)
_ARTICLE_TYPE: Final = re.compile(
    r"(?:Article|(?:Blog|LiveBlog|SocialMedia|DiscussionForum)Posting|Report|ClaimReview)$"
)
_OTHER_WORKS: Final = frozenset(
    (
        "itemListElement", "isPartOf", "hasPart", "isBasedOn", "isRelatedTo", "citation", "mentions", "about",
        "comment", "relatedLink", "liveBlogUpdate", "review", "author", "publisher", "itemReviewed", "subjectOf",
        "workExample", "suggestedAnswer",
    )
)  # fmt: skip
"""Properties of schema.org whose objects are other works than the page's article, or are no works."""
_MAX_OBJECTS: Final = 10_000


def article_objects(root: "HtmlElement") -> list[dict[str, Any]]:
    """Return the objects that describe the article of a page, the outermost first."""
    return [each for each in _objects(root) if any(map(is_article_type, _strings(each.get("@type"))))]


def is_article_type(name: str) -> bool:
    """Return whether a type of schema.org, with or without its address, is one of articles."""
    return bool(_ARTICLE_TYPE.search(name.strip()))


def _strings(value: Any) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def names(value: Any) -> list[str]:
    """Return the names in a value: those of persons and organizations, or strings."""
    parties = value if isinstance(value, list) else [value]
    found = (each.get("name") if isinstance(each, dict) else each for each in parties)
    flat = (name for each in found for name in (each if isinstance(each, list) else [each]))
    return [html.unescape(name) for name in flat if isinstance(name, str) and name.strip()]


def _objects(root: "HtmlElement") -> Iterator[dict[str, Any]]:
    """Yield the objects of all blocks, by depth, without those in properties of `_OTHER_WORKS`."""
    queue = deque(block for script in root.iter("script") if (block := _parse_block(script)) is not None)
    for _ in range(_MAX_OBJECTS):
        if not queue:
            return
        item = queue.popleft()
        if isinstance(item, dict):
            yield item
            inner = (value for key, value in item.items() if key not in _OTHER_WORKS)
            queue.extend(each for each in inner if isinstance(each, dict | list))
        elif isinstance(item, list):
            queue.extend(each for each in item if isinstance(each, dict | list))


def _parse_block(script: "HtmlElement") -> Any:
    """Return the value of a script element; None if it is no JSON-LD or can't be read."""
    media_type = (script.get("type") or "").partition(";")[0].strip().lower()
    if media_type != _MEDIA_TYPE or not script.text:
        return None
    text = _CLOSING.sub("", _OPENING.sub("", script.text)).strip("\ufeff \t\r\n;")
    for variant in (text, _TRAILING_COMMA.sub(lambda match: match[1] or "", text)):
        try:
            return json.loads(variant, strict=False)
        except (ValueError, RecursionError):
            continue
    return None
