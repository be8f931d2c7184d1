"""Read articles from CSV and TSV with a header: fields by RFC 4180, one record an article.

Records that do not fit the header are named, and so is a quote that never ends, which would take the rest of the file
into one field. Lines are decoded one by one, so that a byte in another encoding costs one record.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from pactwire.ingest import encodings, record_columns
from pactwire.ingest.input_records import IngestSettings, InputRecord
from pactwire.model.issues import Issue
from pactwire.storage import files

_DELIMITERS: Final = ",;\t|"
_BYTE_ORDER_MARKS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_UNDECODED: Final = re.compile("[\udc80-\udcff]")


def read_csv(place: str, stream: io.BufferedReader, settings: IngestSettings) -> Iterator[InputRecord]:
    """Yield an article or an issue for each record of CSV, whose delimiter is the most common one of the header."""
    lines = _decoded_lines(place, stream, settings)
    first = next(lines, "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    delimiter = max(_DELIMITERS, key=unquoted.count)
    return _read_records(place, _rejoin(first, lines), delimiter, settings)


def read_tsv(place: str, stream: io.BufferedReader, settings: IngestSettings) -> Iterator[InputRecord]:
    """Yield an article or an issue for each record of TSV."""
    return _read_records(place, _decoded_lines(place, stream, settings), "\t", settings)


def _rejoin(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _decoded_lines(place: str, stream: io.BufferedReader, settings: IngestSettings) -> Iterator[str]:
    """Yield the lines with their ends; bytes that fit neither UTF-8 nor the declared encoding become surrogates."""
    if encoding := _BYTE_ORDER_MARKS.get(stream.peek(2)[:2]):
        yield from io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
        return
    declared = settings.declared_encodings(place)
    mark = b"\xef\xbb\xbf"
    while line := stream.readline(files.MAX_TEXT_BYTES + 2):
        line, mark = line.removeprefix(mark), b""
        try:
            yield encodings.decode_line(line, declared)
        except UnicodeDecodeError:
            yield line.decode("utf-8", "surrogateescape")


def _read_records(place: str, lines: Iterator[str], delimiter: str, settings: IngestSettings) -> Iterator[InputRecord]:
    csv.field_size_limit(files.MAX_TEXT_BYTES)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] = []
    columns: dict[str, str] = {}
    start = 1
    try:
        for record in reader:
            if record and not header:
                header = record
                if issue := _header_issue(place, start, header, settings):
                    yield issue
                    return
                columns = record_columns.choose_columns(tuple(header), settings)
            elif record:
                yield _read_record(place, start, header, record, columns, settings)
            start = reader.line_num + 1
    except csv.Error as error:
        message = f"the record that begins here has a quote that is not closed as it should be ({error}); "
        yield Issue(place, start, "ingest-quote", f"{message}it and the rest of the file are not read")
        return
    if not header:
        yield Issue(place, 1, "ingest-empty", "the file has no header")


def _header_issue(place: str, line: int, header: list[str], settings: IngestSettings) -> Issue | None:
    twice = [name for name, count in Counter(header).items() if count > 1 and name]
    if twice:
        return Issue(place, line, "duplicate-key", f"the column {twice[0][:80]!r} is there more than once")
    if "text" not in record_columns.choose_columns(tuple(header), settings):
        return Issue(place, line, "ingest-columns", record_columns.no_text_message(header))
    return None


def _read_record(
    place: str, line: int, header: list[str], record: list[str], columns: dict[str, str], settings: IngestSettings
) -> InputRecord:
    if len(record) != len(header):
        message = f"the record has {len(record):,} fields, the header has {len(header):,}"
        return Issue(place, line, "ingest-value", message)
    if any(_UNDECODED.search(value) for value in record):
        message = "the record has bytes that are not UTF-8, and no encoding is named that fits"
        return Issue(place, line, "not-utf8", message)
    return record_columns.object_article(place, line, dict(zip(header, record, strict=True)), columns, settings)
