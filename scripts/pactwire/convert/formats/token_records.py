"""Records of tokens with a tag each, as Hugging Face's token-classification data sets have them, to articles.

``tokens`` is a list of strings and ``ner_tags`` one of tags, or of their numbers in a list of class names, which
Parquet holds in its ``huggingface`` metadata. The text is the tokens with one blank between two of them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pactwire.convert import acceptance
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.tagged_tokens import TAG, TaggedTextBuilder
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.text.bio_tags import OUTSIDE

RECORD_FIELDS: Final = {
    "tokens": ("tokens", "words"), "tags": ("ner_tags", "ner_tag", "tags", "ner", "labels", "label"), "id": ("id",),
}  # fmt: skip
"""What a record's fields can be, and how they are called where nothing else is said."""


def field_names(record: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, str]:
    """Return how the fields of FIELDS are called in a record; one that it has not is left out."""
    called = {
        what: fields.get(what) or next((each for each in others if each in record), "")
        for what, others in RECORD_FIELDS.items()
    }
    return {what: name for what, name in called.items() if name in record}


def is_tagged(record: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
    """Say whether a record holds tokens and as many tags."""
    called = field_names(record, fields)
    tokens, tags = (record.get(called.get(what, "")) for what in ("tokens", "tags"))
    return (
        isinstance(tokens, list) and isinstance(tags, list) and len(tokens) == len(tags)
        and all(isinstance(token, str) for token in tokens) and all(isinstance(tag, int | str) for tag in tags)
    )  # fmt: skip


def class_names(metadata: Mapping[bytes, bytes], column: str) -> list[str]:
    """Return the names of a column's classes that Parquet's metadata hold; none where they hold none."""
    try:
        feature = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"][column]
        inner = feature.get("feature", feature)
        found = inner.get("names") or inner["class_label"]["names"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    return list(found.values()) if isinstance(found, dict) else list(found)


def read_documents(
    records: Iterable[tuple[int, Any] | DataError],
    file: str,
    fields: Mapping[str, str],
    classes: Sequence[str],
    changed: str,
) -> Iterator[ImportedDocument | DataError]:
    """Yield the articles of (line, record) in order; ``classes`` are the tags' names by their numbers.

    Raises DataError (convert-classes) for numbers without names. A record that can't be read whole is an issue.
    """
    for each in records:
        if isinstance(each, DataError):
            yield each
            continue
        line, record = each
        try:
            yield _record_document(record, line, file, fields, classes, changed)
        except DataError as error:
            if error.issues[0].code == "convert-classes" and not classes:
                raise
            yield error


def _record_document(
    record: Any, line: int, file: str, fields: Mapping[str, str], classes: Sequence[str], changed: str
) -> ImportedDocument:
    if not isinstance(record, dict) or not is_tagged(record, fields):
        message = "it has no list of tokens, which are strings, and another of as many tags"
        raise DataError([Issue(file, line, "convert-record", message)])
    called = field_names(record, fields)
    identity = record.get(called.get("id", ""))
    article = TaggedTextBuilder(f"{file}#{line if identity is None else identity}")
    for token, number in zip(record[called["tokens"]], record[called["tags"]], strict=True):
        tag = _tag(number, called["tags"], classes, file, line)
        article.apply_tag(0, tag, article.add_token(token, glued=False), line, {})
    found = article.to_document(file, changed)
    found.mentions = found.mentions or []
    others = {key: value for key, value in record.items() if key not in called.values()}
    acceptance.apply_decisions(found, others, line, fields.get("answer", ""))
    return found


def _tag(value: int | str, name: str, classes: Sequence[str], file: str, line: int) -> str:
    """Return a tag by its number or as it stands; raises DataError where it is none."""
    if isinstance(value, int):
        if not 0 <= value < len(classes):
            have = f"the names of {len(classes)} classes are known" if classes else "no names of classes are known"
            raise DataError([Issue(file, line, "convert-classes", f"{name} holds the number {value}, and {have}")])
        value = classes[value]
    if value != OUTSIDE and not TAG.fullmatch(value):
        message = f"{quote(value)} in {name} is no tag such as {OUTSIDE}, B-PER or I-PER"
        raise DataError([Issue(file, line, "convert-tag", message)])
    return value
