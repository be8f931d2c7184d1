"""Records with a text and its spans, as doccano, Prodigy and many datasets have them.

A span is ``[start, end]``, ``[start, end, type]``, or an object with ``start`` and ``end`` (or ``start_offset`` and
``end_offset``), ``label`` or ``type``, and optionally ``text`` and ``link`` (or spaCy's ``kb_id``). An empty list or
null means that the text was annotated and has no spans. A record without such a field was not annotated, unless a
field says that it was accepted without spans.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pactwire.convert import acceptance, json_records
from pactwire.convert.entity_links import stated_identifier
from pactwire.convert.imported_document import (
    UNTYPED_SPAN,
    AttributeValue,
    ImportedDocument,
    ImportedMention,
    RawSpan,
    SourceFile,
    field_values,
)
from pactwire.model.escapes import quote

_SPAN_KEYS: Final = {
    "start": ("start", "start_offset"),
    "end": ("end", "end_offset"),
    "type": ("label", "type", "labels"),
}
_LINK_KEYS: Final = ("link", "kb_id")
_CHOICE_FIELD: Final = "options"
"""Prodigy's field of a record that asked for a choice, and therefore not for spans."""


def has_text(record: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
    """Return whether a record has a text that is a string."""
    return isinstance(record.get(fields.get("text") or json_records.SPAN_FIELDS["text"][0]), str)


def read_record(record: Any, line: int, source: SourceFile, fields: Mapping[str, str]) -> Iterator[ImportedDocument]:
    """Yield the document of a record; a span that cannot be read is an issue of the document.

    Args:
        record: The record.
        line: Its line or row.
        source: Its file.
        fields: The names of fields that the caller requested, by those of `json_records.SPAN_FIELDS`.

    Raises:
        UnreadableRecord: The record has no text that is a string (convert-record).
    """
    names = json_records.field_names(record if isinstance(record, dict) else {}, fields, json_records.SPAN_FIELDS)
    text = record.get(names["text"]) if isinstance(record, dict) else None
    if not isinstance(text, str):
        raise source.unreadable(line, "convert-record", f"it has no {names['text']} that is a string")
    identity = record.get(names["id"])
    document = source.document(line if identity is None else identity, text)
    read = {name for field, name in names.items() if field != "answer"}
    unread = {name: value for name, value in record.items() if name not in read}
    acceptance.apply_decisions(document, unread, line, names["answer"])
    if names["spans"] in record or ("answer" in record and _CHOICE_FIELD not in record):
        document.mentions = list(_mentions(record, names, line, document))
    yield document


# --- spans


def _mentions(
    record: dict[str, Any], names: Mapping[str, str], line: int, document: ImportedDocument
) -> Iterator[ImportedMention]:
    """Yield the mentions of a record; a span that cannot be read, or that disagrees with the tokens, is an issue."""
    spans = record.get(names["spans"])
    tokens = _token_offsets(record, line, document)
    for index, span in enumerate(spans if isinstance(spans, list) else [] if spans is None else [spans]):
        values = _span_values(span)
        if values is None:
            flaw = "it has no start and end that are whole numbers, or no single type"
        else:
            flaw = _token_mismatch(span, values, tokens) if isinstance(span, dict) else ""
        if values is None or flaw:
            document.add_issue(line, "convert-record", f"span {index}: {flaw}: {str(span)[:60]}")
            continue
        yield _mention(values, names["answer"], line, document)


def _span_values(span: Any) -> dict[str, Any] | None:
    """Return a span's start, end and type, and all its other fields; None if it is not a span with one type."""
    if isinstance(span, list) and len(span) in (2, 3):
        span = dict(zip(("start", "end", "type"), span, strict=False))
    if not isinstance(span, dict):
        return None
    names = json_records.field_names(span, {}, _SPAN_KEYS)
    start, end, span_type = (span.get(names[key]) for key in ("start", "end", "type"))
    if isinstance(span_type, list) and len(span_type) == 1:
        [span_type] = span_type
    if not (_is_offset(start) and _is_offset(end) and (span_type is None or isinstance(span_type, str))):
        return None
    others = {name: value for name, value in span.items() if name not in names.values()}
    return {**others, "start": start, "end": end, "type": span_type}


def _is_offset(value: Any) -> bool:
    return type(value) is int and value >= 0


def _mention(values: dict[str, Any], answer: str, line: int, document: ImportedDocument) -> ImportedMention:
    start, end, span_type = (values.pop(key) for key in ("start", "end", "type"))
    target = next((values.pop(key) for key in _LINK_KEYS if key in values), None)
    words = values.pop("text") if isinstance(values.get("text"), str) else None
    identifier = "|".join(map(str, target)) if isinstance(target, list) else "" if target is None else str(target)
    link = stated_identifier(identifier)
    rejected_by, unclear = acceptance.find_rejection(values, answer)
    if unclear:
        message = acceptance.unclear_decision(f"the field {unclear}", f"the span {start}:{end}")
        document.add_issue(line, "convert-decision", message)
    attributes: dict[str, tuple[AttributeValue, ...]] = {}
    for name, value in values.items():
        if name != answer and (answer or not acceptance.is_decision(name, value)):
            attributes |= field_values(name, value)
    span = RawSpan(span_type or UNTYPED_SPAN, ((start, end),), words or None)
    return ImportedMention("", line, span, link, attributes=attributes, rejected_by=rejected_by)


# --- tokens, by which Prodigy gives the place of spans a second time


def _token_offsets(record: dict[str, Any], line: int, document: ImportedDocument) -> dict[int, tuple[int, int]]:
    """Return the offsets of a record's tokens by their ids; a token that is not in the text there is an issue."""
    offsets: dict[int, tuple[int, int]] = {}
    tokens = record.get("tokens")
    for index, token in enumerate(tokens if isinstance(tokens, list) else ()):
        if not (isinstance(token, dict) and type(token.get("start")) is type(token.get("end")) is int):
            continue
        start, end, words = token["start"], token["end"], token.get("text")
        covered = document.raw[start:end]
        if isinstance(words, str) and covered != words:
            message = f"token {index} is {quote(words)}, but the text at {start}:{end} is {quote(covered)}"
            document.add_issue(line, "convert-record", message)
        offsets[_integer(token, "id", index)] = start, end
    return offsets


def _token_mismatch(span: dict[str, Any], values: dict[str, Any], tokens: dict[int, tuple[int, int]]) -> str:
    """Return a message if a span's offsets are not those of the tokens that it names, else an empty string."""
    first, last = (tokens.get(_integer(span, key, -1)) for key in ("token_start", "token_end"))
    if (first and first[0] != values["start"]) or (last and last[1] != values["end"]):
        return "its offsets are not those of its tokens"
    return ""


def _integer(values: dict[str, Any], key: str, default: int) -> int:
    return value if type(value := values.get(key)) is int else default
