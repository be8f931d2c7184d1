"""Records of JSON and Parquet files: the names of their fields, and the documents that each record becomes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from pactwire.convert.imported_document import ImportedDocument, UnreadableRecord
from pactwire.model.issues import DataError

SPAN_FIELDS: Final = {"text": ("text",), "spans": ("spans", "entities", "label", "labels"), "id": ("id",), "answer": ()}
"""Fields of a record with a text and spans, and their usual names.

``answer`` is the field that decides whether the record was accepted; without it, all that `acceptance` knows do.
"""
TOKEN_FIELDS: Final = {
    "tokens": ("tokens", "words"), "tags": ("ner_tags", "ner_tag", "tags", "ner", "labels", "label"), "id": ("id",),
}  # fmt: skip
"""Fields of a record with tokens and tags, and their usual names."""
FIELD_NAMES: Final = tuple({**SPAN_FIELDS, **TOKEN_FIELDS, "type": ()})
"""Everything that the caller can name: fields of a record, and a layer's type feature."""

Records = Iterator[tuple[int, Any] | DataError]
"""(line or row, record) in order; a line that cannot be read is a DataError."""


def field_names(
    record: Mapping[str, Any], fields: Mapping[str, str], usual: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """Return the name of each field: the requested one, else the usual one that the record has, else the first usual.

    Args:
        record: The record.
        fields: The names that the caller requested.
        usual: The fields and their usual names.
    """
    return {
        field: fields.get(field) or next((name for name in names if name in record), (*names, "")[0])
        for field, names in usual.items()
    }


def read_documents(
    records: Iterable[tuple[int, Any] | DataError], read_record: Callable[[Any, int], Iterable[ImportedDocument]]
) -> Iterator[ImportedDocument | DataError]:
    """Yield the documents of records in order, and a DataError for each record that cannot be read.

    Args:
        records: (line, record) pairs, or errors, which are passed on.
        read_record: Returns the documents of a record at a line; raises UnreadableRecord for that record alone, or
            any other DataError for the whole file.
    """
    for record in records:
        if isinstance(record, DataError):
            yield record
            continue
        line, value = record
        try:
            yield from read_record(value, line)
        except UnreadableRecord as error:
            yield error
