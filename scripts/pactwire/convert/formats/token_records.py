"""Records of tokens with one tag each, as Hugging Face's token-classification datasets have them.

``tokens`` is a list of strings, and ``ner_tags`` a list of tags or of their numbers in a list of class names, which
Parquet stores in its ``huggingface`` metadata. The text is the tokens joined by single spaces.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pactwire.convert import acceptance, json_records
from pactwire.convert.imported_document import ImportedDocument, SourceFile
from pactwire.convert.tagged_tokens import TAG, TaggedTextBuilder
from pactwire.model.escapes import quote
from pactwire.text.bio_tags import OUTSIDE


def field_names(record: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, str]:
    """Return the names of the fields of `json_records.TOKEN_FIELDS` that a record has."""
    names = json_records.field_names(record, fields, json_records.TOKEN_FIELDS)
    return {field: name for field, name in names.items() if name in record}


def is_tagged(record: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
    """Return whether a record has tokens and as many tags."""
    names = field_names(record, fields)
    tokens, tags = (record[names[field]] if field in names else None for field in ("tokens", "tags"))
    return (
        isinstance(tokens, list) and isinstance(tags, list) and len(tokens) == len(tags)
        and all(isinstance(token, str) for token in tokens) and all(isinstance(tag, int | str) for tag in tags)
    )  # fmt: skip


def class_names(metadata: Mapping[bytes, bytes], column: str) -> list[str]:
    """Return the names of a column's classes from Parquet metadata; empty if there are none."""
    try:
        feature = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"][column]
        inner = feature.get("feature", feature)
        names = inner.get("names") or inner["class_label"]["names"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    return list(names.values()) if isinstance(names, dict) else list(names)


def read_record(
    record: Any, line: int, source: SourceFile, fields: Mapping[str, str], classes: Sequence[str]
) -> Iterator[ImportedDocument]:
    """Yield the document of a record.

    Args:
        record: The record.
        line: Its line or row.
        source: Its file.
        fields: The names of fields that the caller requested, by those of `json_records.TOKEN_FIELDS`.
        classes: The tags by their numbers, empty if unknown.

    Raises:
        UnreadableRecord: The record or one of its tags cannot be read (convert-record, convert-tag, convert-classes).
        DataError: The tags are numbers, and no class names are known (convert-classes).
    """
    if not isinstance(record, dict) or not is_tagged(record, fields):
        message = "it has no list of tokens, which are strings, and another of as many tags"
        raise source.unreadable(line, "convert-record", message)
    names = field_names(record, fields)
    identity = record.get(names.get("id", ""))
    builder = TaggedTextBuilder(f"{source.name}#{line if identity is None else identity}", source)
    for token, value in zip(record[names["tokens"]], record[names["tags"]], strict=True):
        tag = _tag(value, names["tags"], classes, source, line)
        builder.apply_tag(tag, builder.add_token(token, glued=False), line)
    document = builder.finish()
    document.mentions = document.mentions or []
    unread = {name: value for name, value in record.items() if name not in names.values()}
    acceptance.apply_decisions(document, unread, line, fields.get("answer", ""))
    yield document


def _tag(value: int | str, field: str, classes: Sequence[str], source: SourceFile, line: int) -> str:
    """Return a tag that is given by its number or itself; raises DataError if it is none."""
    if isinstance(value, int):
        if not classes:
            message = f"{field} holds the number {value}, and no class names are known"
            raise source.error("convert-classes", message, line)
        if not 0 <= value < len(classes):
            message = f"{field} holds the number {value}, and {len(classes)} class names are known"
            raise source.unreadable(line, "convert-classes", message)
        value = classes[value]
    if value != OUTSIDE and not TAG.fullmatch(value):
        message = f"{quote(value)} in {field} is not a tag such as {OUTSIDE}, B-PER or I-PER"
        raise source.unreadable(line, "convert-tag", message)
    return value
