"""Records that readers yield, in the order of their input: articles, issues of rejected ones, and skipped ones."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Final, NamedTuple, cast

from pactwire.model import escapes, strict_json, windows_1252
from pactwire.model.article_ids import ARTICLE_ID
from pactwire.model.issues import Issue
from pactwire.model.records import BulkArticle
from pactwire.storage import files

ARTICLE_COLUMNS: Final = (
    "text", "id", "url", "published", "date", "language", "title", "author", "outlet", "section", "license",
)  # fmt: skip
"""What a table, a page or an archive can contain of an article."""

_PATH_LIKE: Final = re.compile(r"(?:^|[\\/])\.\.?(?:[\\/]|$)|^[\\/~]|^[A-Za-z]:[\\/]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class IngestSettings:
    """The user's settings: column names, the encoding of input that declares none, and the license of the texts.

    ``encodings`` are those of some inputs, by a pattern of their names; ``form`` is that of all inputs, whatever their
    names. ``repair`` replaces remnants of Windows-1252 with the characters that were meant.
    """

    columns: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    encodings: dict[str, str] = field(default_factory=dict)
    form: str | None = None
    license: str = "unknown"
    repair: bool = False

    def declared_encodings(self, place: str) -> list[tuple[str, str]]:
        """Return the encoding that the user declared for an input, if any, as (encoding, origin)."""
        patterns = (each for each in self.encodings if fnmatch(place, each) or fnmatch(PurePosixPath(place).name, each))
        encoding = next((self.encodings[each] for each in patterns), self.encoding)
        return [(encoding, "--encoding")] if encoding else []


class InputArticle(NamedTuple):
    """An article and its place in the input; ``line`` is the number of its line, row or record, from 1.

    ``properties`` are those of a bulk line, its text included. If the article becomes a text file in dataset/raw,
    ``file`` is the file's name and ``data`` its bytes. ``repaired`` counts characters that were remnants of
    Windows-1252. ``unread`` names what was stated of the article and is not taken, such as a column, with an example
    where the value is the reason.
    """

    place: str
    line: int
    properties: BulkArticle
    file: str | None = None
    data: bytes = b""
    repaired: Mapping[str, int] = MappingProxyType({})
    unread: Mapping[str, str] = MappingProxyType({})


class Skipped(NamedTuple):
    """Something that is not an article, such as a request in an archive; ``kind`` is in the plural."""

    kind: str


InputRecord = InputArticle | Issue | Skipped


def input_article(
    place: str, line: int, text: Any, properties: dict[str, Any], settings: IngestSettings
) -> InputArticle | Issue:
    """Return an article, or the issue for which it is rejected.

    Args:
        place: The name of the input.
        line: The number of the line, row or record, from 1.
        text: The text as it is in its file; a BOM at its start is removed.
        properties: Properties of a bulk line (model/schemas/article.schema.json). An ``id`` that is not in the format
            of article ids becomes the ``source_id``.
        settings: The user's settings.
    """
    record = escapes.without_surrogates(str(properties.get("id") or properties.get("url") or ""))[:200]
    repaired = windows_1252.count_repairs(text) if settings.repair and isinstance(text, str) else Counter[str]()
    if settings.repair:
        text, properties = _repaired(text), _repaired(properties)
    properties = {key: value for key, value in properties.items() if value not in (None, "", [])}
    if issue := _text_issue(place, line, text, record) or _property_issue(place, line, properties, record):
        return issue
    if identity := properties.pop("id", None):
        properties["id" if ARTICLE_ID.fullmatch(identity) else "source_id"] = identity
    article = {
        "text": files.protect_bom(files.normalize_newlines(text)), "license": settings.license, **properties,
    }  # fmt: skip
    size = len(strict_json.compact(article).encode())
    if size > files.MAX_TEXT_BYTES:
        message = f"with its metadata, {size:,} bytes are more than the {files.MAX_TEXT_BYTES:,} of a line"
        return Issue(place, line, "too-large", message, record)
    return InputArticle(place, line, cast("BulkArticle", article), repaired=repaired)


def _repaired(value: Any) -> Any:
    """Return a value with all its strings repaired."""
    if isinstance(value, str):
        return windows_1252.repair(value)
    if isinstance(value, dict):
        return {key: _repaired(each) for key, each in value.items()}
    return [_repaired(each) for each in value] if isinstance(value, list) else value


def _text_issue(place: str, line: int, text: Any, record: str) -> Issue | None:
    if text is None or (isinstance(text, str) and not text.strip("\ufeff \t\r\n")):
        return Issue(place, line, "ingest-empty", "there is no text", record)
    if not isinstance(text, str):
        return Issue(place, line, "ingest-value", f"the text is not a string but {type(text).__name__}", record)
    if not text.strip():
        return Issue(place, line, "ingest-empty", "the text is only white space", record)
    if surrogate := _SURROGATE.search(text):
        message = f"the text has the lone surrogate U+{ord(surrogate[0]):04X}"
        return Issue(place, line, "lone-surrogate", message, record)
    controls = [message for _, message in files.control_characters(files.normalize_newlines(text))]
    if controls:
        more = f", and so are {len(controls) - 1:,} more" if len(controls) > 1 else ""
        return Issue(place, line, "control-character", controls[0] + more, record)
    return None


def _property_issue(place: str, line: int, properties: dict[str, Any], record: str) -> Issue | None:
    for key, value in properties.items():
        if _SURROGATE.search(value if isinstance(value, str) else strict_json.compact(value)):
            return Issue(place, line, "lone-surrogate", f"{key} has a lone surrogate")
        for name, text in _named_strings(key, value):
            if flaws := escapes.control_character_messages(text, one_line=True):
                return Issue(place, line, "control-character", f"{name}: {flaws[0]}", record)
    identity = properties.get("id", "")
    if _PATH_LIKE.search(identity):
        return Issue(place, line, "ingest-id", f"the id {identity[:80]!r} is a path", record)
    return None


def _named_strings(key: str, value: Any) -> list[tuple[str, str]]:
    """Return the strings of a property from the input, each with its name; zones are not from the input."""
    if isinstance(value, str):
        return [(key, value)]
    entries = [value] if isinstance(value, dict) else value if key == "metadata" else []
    return [(entry.get("name", key), text) for entry in entries for text in entry.values() if isinstance(text, str)]
