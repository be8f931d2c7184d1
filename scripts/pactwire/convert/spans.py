"""Records that hold a text and its spans, as doccano, Prodigy and many data sets have them, to articles.

A span is ``[start, end]``, ``[start, end, type]``, or an object with ``start`` and ``end`` (or ``start_offset`` and
``end_offset``), ``label`` or ``type``, and perhaps ``text`` and ``link``. No list of spans, or null, is a text that
holds none.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pactwire import jsontext
from pactwire.convert import foreign
from pactwire.convert.anchors import Claimed
from pactwire.convert.foreign import Foreign, Mention
from pactwire.convert.table import UNTYPED
from pactwire.issues import DataError, Issue

FIELDS: Final = {"text": ("text",), "spans": ("spans", "entities", "label", "labels"), "id": ("id",)}
"""What a record's fields can be, and how they are called where nothing else is said."""

_KEYS: Final = {"start": ("start", "start_offset"), "end": ("end", "end_offset"), "type": ("label", "type")}


def read(
    records: Iterable[tuple[int, Any] | DataError], file: str, fields: Mapping[str, str], changed: str
) -> Iterator[Foreign | DataError]:
    """Yield the articles of (line, record) in order; what is no record with a text is yielded as a DataError.

    ``fields`` says how the fields of FIELDS are called. A span that can't be read is an issue of its article.
    """
    for each in records:
        if isinstance(each, DataError):
            yield each
            continue
        number, record = each
        names = {name: _name(record, fields.get(name), others) for name, others in FIELDS.items()}
        text = record.get(names["text"]) if isinstance(record, dict) else None
        if not isinstance(text, str):
            yield DataError([Issue(file, number, "convert-record", f"it has no {names['text']} that is a string")])
            continue
        identity = record.get(names["id"])
        found = Foreign(
            f"{file}#{number if identity is None else identity}", file, text, None, changed, as_it_stands=True
        )
        unread = [key for key, value in record.items() if key not in names.values() and value not in (None, "", [])]
        found.left["values in fields that are not read"] += len(unread)
        found.mentions = list(_mentions(record.get(names["spans"]), number, found))
        yield found


def parse(data: bytes, file: str, line: int) -> Any:
    """Return a value of JSON, whatever numbers it holds; raises DataError (not-utf8, not-json, lone-surrogate)."""
    try:
        value = json.loads(data.decode("utf-8-sig"))
        jsontext.compact(value).encode()
    except UnicodeDecodeError as error:
        raise DataError([Issue(file, line, "not-utf8", f"the byte at offset {error.start} is not UTF-8")]) from None
    except UnicodeEncodeError:
        raise DataError([Issue(file, line, "lone-surrogate", "a string holds a lone surrogate")]) from None
    except (ValueError, RecursionError) as error:
        raise DataError([Issue(file, line, "not-json", str(error).partition(":")[0])]) from None
    return value


def _name(record: Any, name: str | None, others: tuple[str, ...]) -> str:
    return name or next((each for each in others if isinstance(record, dict) and each in record), others[0])


def _mentions(spans: Any, line: int, found: Foreign) -> Iterator[Mention]:
    for index, span in enumerate(spans if isinstance(spans, list) else [] if spans is None else [spans]):
        values = _values(span)
        if values is None:
            message = f"span {index} has no start and end that are whole numbers: {str(span)[:60]}"
            found.issues.append(Issue(found.file, line, "convert-record", message))
            continue
        start, end, kind, words, link = values
        attributes = foreign.link(link, found.left)
        yield Mention("", line, Claimed(kind or UNTYPED, ((start, end),), words), attributes)


def _values(span: Any) -> tuple[int, int, str, str | None, str] | None:
    """Return start, end, type, words and link of a span; None where it is none."""
    if isinstance(span, list):
        span = dict(zip(("start", "end", "type"), span, strict=False))
    if not isinstance(span, dict):
        return None
    start, end, kind = (next((span[key] for key in keys if key in span), None) for keys in _KEYS.values())
    if type(start) is not int or type(end) is not int or start < 0 or end < 0:
        return None
    words, link = (value if isinstance(value := span.get(key), str) else None for key in ("text", "link"))
    return start, end, kind if isinstance(kind, str) else "", words or None, link or ""
