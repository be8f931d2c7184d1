"""Records that hold a text and its spans, as doccano, Prodigy and many data sets have them, to articles.

A span is ``[start, end]``, ``[start, end, type]``, or an object with ``start`` and ``end`` (or ``start_offset`` and
``end_offset``), ``label`` or ``type``, and perhaps ``text`` and ``link`` (or spaCy's ``kb_id``). An empty list or
null is an annotated text that holds none; a record without such a field was not annotated, unless a field says that
it was accepted so.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pactwire.convert import acceptance
from pactwire.convert.entity_links import link_attribute
from pactwire.convert.formats.offset_table import UNTYPED_SPAN
from pactwire.convert.imported_document import ImportedDocument, ImportedMention
from pactwire.convert.span_resolution import RawSpan
from pactwire.model import strict_json
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue

RECORD_FIELDS: Final = {
    "text": ("text",),
    "spans": ("spans", "entities", "label", "labels"),
    "id": ("id",),
    "answer": (),
}
"""What a record's fields can be, and how they are called where nothing else is said.

``answer`` is the one that decides whether the record was accepted; without, every field of `decisions` does.
"""

_SPAN_KEYS: Final = {
    "start": ("start", "start_offset"),
    "end": ("end", "end_offset"),
    "type": ("label", "type", "labels"),
}
_LINK_KEYS: Final = ("link", "kb_id")
_CHOICE_FIELD: Final = "options"
"""Prodigy's field of a record that asked for a choice, and so for no spans."""


def read_documents(
    records: Iterable[tuple[int, Any] | DataError], file: str, fields: Mapping[str, str], changed: str
) -> Iterator[ImportedDocument | DataError]:
    """Yield the articles of (line, record) in order; what is no record with a text is yielded as a DataError.

    ``fields`` says how the fields of FIELDS are called. A span that can't be read is an issue of its article.
    """
    for each in records:
        if isinstance(each, DataError):
            yield each
            continue
        number, record = each
        names = {name: _field_name(record, fields.get(name), usual) for name, usual in RECORD_FIELDS.items()}
        text = record.get(names["text"]) if isinstance(record, dict) else None
        if not isinstance(text, str):
            yield DataError([Issue(file, number, "convert-record", f"it has no {names['text']} that is a string")])
            continue
        identity = record.get(names["id"])
        found = ImportedDocument(
            f"{file}#{number if identity is None else identity}", file, text, None, changed, offsets_count_decoded=True
        )
        read = {called for name, called in names.items() if name != "answer"}
        others = {key: value for key, value in record.items() if key not in read}
        acceptance.apply_decisions(found, others, number, names["answer"])
        if names["spans"] in record or ("answer" in record and _CHOICE_FIELD not in record):
            found.mentions = list(_mentions(record, names, number, found))
        yield found


def parse_json(data: bytes, file: str, line: int) -> Any:
    """Return a value of JSON, whatever numbers it holds.

    Raises DataError (not-utf8, not-json, duplicate-key, lone-surrogate).
    """
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_reject_duplicate_keys)
        strict_json.compact(value).encode()
    except UnicodeDecodeError as error:
        raise DataError([Issue(file, line, "not-utf8", f"the byte at offset {error.start} is not UTF-8")]) from None
    except UnicodeEncodeError:
        raise DataError([Issue(file, line, "lone-surrogate", "a string holds a lone surrogate")]) from None
    except KeyError as error:
        raise DataError([Issue(file, line, "duplicate-key", f"the key {error.args[0]!r} stands twice")]) from None
    except (ValueError, RecursionError) as error:
        raise DataError([Issue(file, line, "not-json", str(error).partition(":")[0])]) from None
    return value


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; raises KeyError where a key stands twice."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise KeyError(key)
        found[key] = value
    return found


def _field_name(record: Any, name: str | None, others: tuple[str, ...]) -> str:
    return name or next((each for each in others if isinstance(record, dict) and each in record), (*others, "")[0])


# --- spans


def _mentions(
    record: dict[str, Any], names: Mapping[str, str], line: int, found: ImportedDocument
) -> Iterator[ImportedMention]:
    """Yield the mentions of a record; a span that can't be read, or is at odds with the tokens, is an issue."""
    spans = record.get(names["spans"])
    tokens = _token_offsets(record, line, found)
    for index, span in enumerate(spans if isinstance(spans, list) else [] if spans is None else [spans]):
        values = _span_values(span)
        flaw = "it has no start and end that are whole numbers, or no one type" if values is None else ""
        if values is not None and isinstance(span, dict):
            flaw = _token_mismatch(span, values, tokens)
        if flaw or values is None:
            message = f"span {index}: {flaw}: {str(span)[:60]}"
            found.issues.append(Issue(found.file, line, "convert-record", message))
            continue
        yield _mention(values, names["answer"], line, found)


def _span_values(span: Any) -> dict[str, Any] | None:
    """Return a span's start, end and type, and all its other fields; None where it is no span of one type."""
    if isinstance(span, list) and len(span) in (2, 3):
        span = dict(zip(("start", "end", "type"), span, strict=False))
    if not isinstance(span, dict):
        return None
    names = {key: next((each for each in keys if each in span), key) for key, keys in _SPAN_KEYS.items()}
    found = {key: span.get(name) for key, name in names.items()}
    kind = found["type"][0] if isinstance(found["type"], list) and len(found["type"]) == 1 else found["type"]
    if not (_is_offset(found["start"]) and _is_offset(found["end"])):
        return None
    if not (kind is None or isinstance(kind, str)):
        return None
    return {**{key: value for key, value in span.items() if key not in names.values()}, **found, "type": kind}


def _is_offset(value: Any) -> bool:
    return type(value) is int and value >= 0


def _mention(values: dict[str, Any], answer: str, line: int, found: ImportedDocument) -> ImportedMention:
    start, end, kind = (values.pop(key) for key in ("start", "end", "type"))
    target = next((values.pop(key) for key in _LINK_KEYS if key in values), None)
    words = values.pop("text") if isinstance(values.get("text"), str) else None
    identifier = "|".join(map(str, target)) if isinstance(target, list) else "" if target is None else str(target)
    attributes = link_attribute(identifier, found.omitted, words or found.raw[start:end])
    declined, unknown = acceptance.find_rejection(values, answer)
    if unknown:
        found.issues.append(acceptance.unclear_decision(found.file, line, unknown, f"the span {start}:{end}"))
    for key, value in values.items():
        if key != answer and (answer or not acceptance.is_decision(key, value)):
            found.omitted.add_field(key, value, " of spans")
    return ImportedMention(
        "", line, RawSpan(kind or UNTYPED_SPAN, ((start, end),), words or None), attributes, rejected_by=declined
    )


# --- tokens, with which Prodigy says a second time where spans stand


def _token_offsets(record: dict[str, Any], line: int, found: ImportedDocument) -> dict[int, tuple[int, int]]:
    """Return the places of a record's tokens by their ids; one that does not stand in the text is an issue."""
    places: dict[int, tuple[int, int]] = {}
    tokens = record.get("tokens")
    for index, token in enumerate(tokens if isinstance(tokens, list) else ()):
        if not (isinstance(token, dict) and type(token.get("start")) is type(token.get("end")) is int):
            continue
        start, end, words = token["start"], token["end"], token.get("text")
        if isinstance(words, str) and found.raw[start:end] != words:
            message = f"token {index} is {quote(words)}, but at {start}:{end} stands {quote(found.raw[start:end])}"
            found.issues.append(Issue(found.file, line, "convert-record", message))
        places[_integer(token, "id", index)] = start, end
    return places


def _token_mismatch(span: dict[str, Any], values: dict[str, Any], tokens: dict[int, tuple[int, int]]) -> str:
    """Say that a span's offsets are not those of the tokens that it names, if they are not."""
    first, last = (tokens.get(_integer(span, key, -1)) for key in ("token_start", "token_end"))
    if (first and first[0] != values["start"]) or (last and last[1] != values["end"]):
        return "its offsets are not those of its tokens"
    return ""


def _integer(values: dict[str, Any], key: str, other: int) -> int:
    return value if type(value := values.get(key)) is int else other
