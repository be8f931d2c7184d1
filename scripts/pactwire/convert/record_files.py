"""Files of records: JSONL (also ``.zst``), a JSON array or a single JSON object, Parquet.

The content decides between JSON and JSONL, because exports of several tools give either the other's name.
"""

import json
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from pactwire.convert import format_detection, json_records
from pactwire.convert.format_detection import FileFormat
from pactwire.convert.formats import label_studio_export, spacy_documents, span_records, token_records, uima_cas
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.imported_document import ImportedDocument, SourceFile
from pactwire.convert.json_records import Records
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.storage import jsonl

SUFFIXES: Final = (".jsonl", ".ndjson", ".zst", ".json", ".jsonld", ".parquet")
_SAMPLE_SIZE: Final = 50
"""How many records show the format of a file."""
_OPENING_LINES: Final = (b"[", b"{", b"[{")
"""First lines of JSON that spans several lines."""


def read_documents(
    path: Path, source: SourceFile, options: ReaderOptions
) -> tuple[FileFormat, Iterable[ImportedDocument | DataError]]:
    """Return the format of a file, and its documents in order, with a DataError for each unreadable record.

    Raises:
        DataError: The file cannot be read at all, or its records are in no known format (convert-unknown).
    """
    records = read_records(path, source)
    sample = list(islice(records, _SAMPLE_SIZE))
    values = [record[1] for record in sample if not isinstance(record, DataError)]
    fields = options.fields
    file_format = format_detection.detect_records(values, fields, source) if values else FileFormat.SPANS
    records = chain(sample, records)
    if file_format in (FileFormat.LABEL_STUDIO, FileFormat.LABEL_STUDIO_MIN):
        return file_format, label_studio_export.read_documents(records, source, fields, options.person)
    if file_format is FileFormat.CAS_JSON:
        return file_format, [uima_cas.read_document(path, source, fields, options.takes_layer)]
    if file_format is FileFormat.TOKENS:
        column = token_records.field_names(values[0], fields).get("tags", "")
        classes = options.class_names or _class_names(path, column)
        read_record = partial(token_records.read_record, source=source, fields=fields, classes=classes)
    elif file_format in (FileFormat.SPACY_DOC, FileFormat.SPACY_TRAINING, FileFormat.SPACY_PAIR):
        read_record = partial(
            spacy_documents.read_record, source=source, fields=fields, takes_layer=options.takes_layer
        )
    else:
        read_record = partial(span_records.read_record, source=source, fields=fields)
    return file_format, json_records.read_documents(records, read_record)


def read_records(path: Path, source: SourceFile) -> Records:
    """Yield (line or row, record) in order, and a DataError for each line that cannot be read.

    Raises DataError if the file cannot be read at all.
    """
    if path.suffix == ".parquet":
        yield from _parquet_rows(path, source)
        return
    lines = jsonl.read_lines(path, source.name)
    first = next((line for line in lines if line.data is None or line.data.strip()), None)
    if first is None:
        return
    if first.data is None or not _is_one_json_value(first.data, path, source):
        for line in chain([first], lines):
            yield from _parse_line(line, source)
        return
    content = b"\n".join([first.data, *(line.data or b"" for line in lines)])
    value = parse_json(content, source, first.number)
    yield from enumerate(value if isinstance(value, list) else [value], 1)


def _is_one_json_value(first: bytes, path: Path, source: SourceFile) -> bool:
    """Return whether a file is one JSON value, by its first line: an array, or a line that is not valid by itself."""
    if first.strip() in _OPENING_LINES:
        return True
    try:
        value = parse_json(first, source, 1)
    except DataError:
        return path.suffix == ".json" or first.lstrip().startswith(b"[")
    return isinstance(value, list) and all(isinstance(item, dict | list) for item in value)


def _parse_line(line: jsonl.JsonlLine, source: SourceFile) -> Records:
    try:
        if line.data is None:
            raise source.error("too-large", f"the line has {line.length:,} bytes", line.number)
        if line.data.strip():
            yield line.number, parse_json(line.data, source, line.number)
    except DataError as error:
        yield error


def parse_json(data: bytes, source: SourceFile, line: int) -> Any:
    """Return the value of JSON data at a line of a file; unlike in our own files, numbers of any form are allowed.

    Raises:
        DataError: not-utf8, not-json, duplicate-key, lone-surrogate.
    """
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_reject_duplicate_keys)
        strict_json.compact(value).encode()
    except UnicodeDecodeError as error:
        raise source.error("not-utf8", f"the byte at offset {error.start} is not UTF-8", line) from None
    except UnicodeEncodeError:
        raise source.error("lone-surrogate", "a string contains a lone surrogate", line) from None
    except KeyError as error:
        raise source.error("duplicate-key", f"the key {error.args[0]!r} is duplicated", line) from None
    except (ValueError, RecursionError) as error:
        raise source.error("not-json", str(error).partition(":")[0], line) from None
    return value


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; raises KeyError for a duplicate key."""
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise KeyError(key)
        values[key] = value
    return values


def _parquet_rows(path: Path, source: SourceFile) -> Iterator[tuple[int, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as table:
            batches = table.iter_batches(batch_size=256)
            yield from enumerate((row for batch in batches for row in batch.to_pylist()), 1)
    except pa.ArrowException as error:
        raise source.error("convert-record", str(error).partition(".")[0]) from None


def _class_names(path: Path, column: str) -> list[str]:
    """Return the class names that a file has for a column of numbers; only Parquet can have any."""
    import pyarrow.parquet as pq

    if path.suffix != ".parquet":
        return []
    return token_records.class_names(pq.read_schema(path).metadata or {}, column)
