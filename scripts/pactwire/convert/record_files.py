"""Files of records to articles: JSONL (``.zst`` too), a JSON array or one object, Parquet.

What is JSON and what JSONL is decided by the content: exports of several tools call either by the other's name.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from pactwire.convert import format_detection
from pactwire.convert.format_detection import FileFormat
from pactwire.convert.formats import label_studio_export, spacy_documents, span_records, token_records, uima_cas
from pactwire.convert.imported_document import ImportedDocument
from pactwire.model.issues import DataError, Issue
from pactwire.storage import jsonl

SUFFIXES: Final = (".jsonl", ".ndjson", ".zst", ".json", ".jsonld", ".parquet")
_SAMPLE_SIZE: Final = 50
"""How many records show the format of a file."""
_OPENING_LINES: Final = (b"[", b"{", b"[{")
"""First lines of JSON that is written over several lines."""

Records = Iterator[tuple[int, Any] | DataError]


def read_documents(
    path: Path, name: str, fields: Mapping[str, str], classes: Sequence[str], person: str | None, changed: str
) -> tuple[FileFormat, Iterator[ImportedDocument | DataError]]:
    """Return the format of a file, and its articles.

    ``fields`` says how fields are called, ``classes`` what the numbers of tags mean, ``person`` whose annotations are
    taken. Raises DataError where the file can't be read at all, or shows no format.
    """
    records = _read_records(path, name)
    first = list(islice(records, _SAMPLE_SIZE))
    sound = [each[1] for each in first if not isinstance(each, DataError)]
    shape = format_detection.detect_records(sound, fields, name) if sound else FileFormat.SPANS
    records = chain(first, records)
    if shape in (FileFormat.LABEL_STUDIO, FileFormat.LABEL_STUDIO_MIN):
        return shape, label_studio_export.read_documents(records, name, fields, person, changed)
    if shape is FileFormat.TOKENS:
        column = token_records.field_names(sound[0], fields).get("tags", "")
        return shape, token_records.read_documents(
            records, name, fields, classes or _class_names(path, column), changed
        )
    if shape in (FileFormat.SPACY_DOC, FileFormat.SPACY_TRAINING, FileFormat.SPACY_PAIR):
        return shape, spacy_documents.read_documents(records, name, fields, changed)
    if shape is FileFormat.CAS_JSON:
        return shape, iter([uima_cas.read_document(path, name, fields, changed)])
    return shape, span_records.read_documents(records, name, fields, changed)


def _read_records(path: Path, name: str) -> Records:
    """Yield (line or row, record) in order; a line that can't be read is yielded as a DataError.

    Raises DataError where the file can't be read at all.
    """
    if path.suffix == ".parquet":
        yield from _parquet_rows(path, name)
        return
    lines = jsonl.read_lines(path, name)
    first = next((line for line in lines if line.data is None or line.data.strip()), None)
    if first is None:
        return
    if first.data is None or not _is_one_json_value(first.data, path, name):
        yield from _parse_line(first, name)
        for line in lines:
            yield from _parse_line(line, name)
        return
    rest = b"\n".join([first.data, *(line.data or b"" for line in lines)])
    value = span_records.parse_json(rest, name, first.number)
    yield from enumerate(value if isinstance(value, list) else [value], 1)


def _is_one_json_value(first: bytes, path: Path, name: str) -> bool:
    """Say whether a file is one value of JSON, by its first line: an array, or a line that is none by itself."""
    if first.strip() in _OPENING_LINES:
        return True
    try:
        value = span_records.parse_json(first, name, 1)
    except DataError:
        return path.suffix == ".json" or first.lstrip().startswith(b"[")
    return isinstance(value, list) and all(isinstance(each, dict | list) for each in value)


def _parse_line(line: jsonl.JsonlLine, name: str) -> Records:
    try:
        if line.data is None:
            raise DataError([Issue(name, line.number, "too-large", f"the line has {line.length:,} bytes")])
        if line.data.strip():
            yield line.number, span_records.parse_json(line.data, name, line.number)
    except DataError as error:
        yield error


def _parquet_rows(path: Path, name: str) -> Iterator[tuple[int, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as opened:
            batches = opened.iter_batches(batch_size=256)
            yield from enumerate((row for batch in batches for row in batch.to_pylist()), 1)
    except pa.ArrowException as error:
        raise DataError([Issue(name, 1, "convert-record", str(error).partition(".")[0])]) from None


def _class_names(path: Path, column: str) -> list[str]:
    """Return the class names that a file says of a column of numbers; only Parquet can say any."""
    import pyarrow.parquet as pq

    if path.suffix != ".parquet":
        return []
    return token_records.class_names(pq.read_schema(path).metadata or {}, column)
