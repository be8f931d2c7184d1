"""What a reader finds: articles with their texts, what is refused and why, and what is no article at all.

Every reader yields `InputArticle`, `Issue` and `Skipped` in the order of its input.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple, cast

from pactwire.model import escapes, strict_json, windows_1252
from pactwire.model.issues import Issue
from pactwire.model.records import BulkArticle
from pactwire.storage import files

ARTICLE_COLUMNS: Final = (
    "text",
    "id",
    "url",
    "published",
    "date",
    "language",
    "title",
    "author",
    "outlet",
    "section",
    "license",
)
"""What can be known of an article that comes in a table, a page or an archive."""

_PATH_LIKE: Final = re.compile(r"(?:^|[\\/])\.\.?(?:[\\/]|$)|^[\\/~]|^[A-Za-z]:[\\/]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
ARTICLE_ID: Final = re.compile("[0-9a-f]{16}")
"""The form of an article's id."""


@dataclass(frozen=True)
class IngestSettings:
    """What the person says who reads: column names, the encoding of what declares none, what is known of the rights.

    ``repair`` asks for remnants of Windows-1252 to be read as what they mean.
    """

    columns: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    license: str = "unknown"
    repair: bool = False


class InputArticle(NamedTuple):
    """An article, and where it was found; ``line`` counts lines, rows or records from 1.

    ``file`` is the name that a text file of its own gets in dataset/raw, None for all others; ``data`` are its bytes.
    ``repaired`` counts the characters that were remnants of Windows-1252.
    """

    place: str
    line: int
    article: BulkArticle
    file: str | None = None
    data: bytes = b""
    repaired: Mapping[str, int] = MappingProxyType({})


class Skipped(NamedTuple):
    """Something that is no article, such as an archive's requests: what it is, in the plural."""

    what: str


InputRecord = InputArticle | Issue | Skipped


def input_article(
    place: str, line: int, text: Any, about: dict[str, Any], settings: IngestSettings
) -> InputArticle | Issue:
    """Return an article of a text and of what is known of it, or the issue that says why it can't be one.

    ``text`` is as it stands in its file: a BOM at its beginning is taken off. ``about`` holds properties of a
    bulk line (schema/article.schema.json); an ``id`` of another form than ours becomes the ``source_id``.
    """
    record = str(about.get("id") or about.get("url") or "")[:200]
    repaired = windows_1252.count_repairs(text) if settings.repair and isinstance(text, str) else Counter[str]()
    if settings.repair:
        text, about = _repaired(text), _repaired(about)
    if issue := _text_issue(place, line, text, record):
        return issue
    about = {key: value for key, value in about.items() if value not in (None, "", [])}
    for key, value in about.items():
        if _SURROGATE.search(value if isinstance(value, str) else strict_json.compact(value)):
            return Issue(place, line, "lone-surrogate", f"{key} holds a lone surrogate")
        for name, said in _named_strings(key, value):
            if flaws := escapes.control_character_messages(said, one_line=True):
                return Issue(place, line, "control-character", f"{name}: {flaws[0]}", record)
    if identity := about.pop("id", None):
        if _PATH_LIKE.search(identity):
            return Issue(place, line, "ingest-id", f"the id {identity[:80]!r} is a path", record)
        about["id" if ARTICLE_ID.fullmatch(identity) else "source_id"] = identity
    normal = files.normalize_newlines(text)
    found = {"text": files.protect_bom(normal), "license": settings.license, **about}
    size = len(strict_json.compact(found).encode())
    if size > files.MAX_TEXT_BYTES:
        message = f"with all that is known of it, {size:,} bytes are more than the {files.MAX_TEXT_BYTES:,} of a line"
        return Issue(place, line, "too-large", message, record)
    return InputArticle(place, line, cast("BulkArticle", found), repaired=repaired)


def _repaired(value: Any) -> Any:
    """Return a value with all its strings repaired."""
    if isinstance(value, str):
        return windows_1252.repair(value)
    if isinstance(value, dict):
        return {key: _repaired(each) for key, each in value.items()}
    return [_repaired(each) for each in value] if isinstance(value, list) else value


def _named_strings(key: str, value: Any) -> list[tuple[str, str]]:
    """Return the strings that a property holds, each with the name of what it says; zones are of our making."""
    if isinstance(value, str):
        return [(key, value)]
    listed = [value] if isinstance(value, dict) else value if key == "metadata" else []
    return [(each.get("name", key), said) for each in listed for said in each.values() if isinstance(said, str)]


def _text_issue(place: str, line: int, text: Any, record: str) -> Issue | None:
    if text is None or (isinstance(text, str) and not text.strip("\ufeff \t\r\n")):
        return Issue(place, line, "ingest-empty", "there is no text", record)
    if not isinstance(text, str):
        return Issue(place, line, "ingest-value", f"the text is no string but {type(text).__name__}", record)
    if not text.strip():
        return Issue(place, line, "ingest-empty", "the text is white space only", record)
    if surrogate := _SURROGATE.search(text):
        message = f"the text holds the lone surrogate U+{ord(surrogate[0]):04X}"
        return Issue(place, line, "lone-surrogate", message, record)
    controls = [message for _, message in files.control_characters(files.normalize_newlines(text))]
    if controls:
        more = f", and so are {len(controls) - 1:,} more" if len(controls) > 1 else ""
        return Issue(place, line, "control-character", controls[0] + more, record)
    return None
