"""Read articles from CSV and TSV with a header: fields by RFC 4180, one record an article.

Records that do not fit the header are named, and so is a quote that never ends, which would take the rest of the file
into one field. Lines are decoded one by one, so that a byte in another encoding costs one record, and so does a record
that is too long.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Final, cast

from pactwire.ingest import encodings, record_columns
from pactwire.ingest.input_records import IngestSettings, InputRecord
from pactwire.model.issues import Issue
from pactwire.storage import files

_DELIMITERS: Final = ",;\t|"
_BYTE_ORDER_MARKS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_UNDECODED: Final = re.compile("[\udc80-\udcff]")
_MAX_RECORD: Final = 4 * files.MAX_TEXT_BYTES
"""The most characters of a record; it may have a page beside its text. Lines are read in pieces of this size."""
_ESCAPE_UNITS: Final = "pactwire-escape-units"
codecs.register_error(_ESCAPE_UNITS, lambda error: ("\udc80", cast("UnicodeDecodeError", error).end))
"""Replaces the units that are not UTF-16, whatever their bytes; ``surrogateescape`` refuses those of ASCII."""


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
        with io.TextIOWrapper(stream, encoding, errors=_ESCAPE_UNITS, newline="") as text:
            yield from iter(partial(text.readline, _MAX_RECORD), "")
        return
    declared = settings.declared_encodings(place)
    mark = b"\xef\xbb\xbf"
    while line := stream.readline(_MAX_RECORD):
        line, mark = line.removeprefix(mark), b""
        try:
            yield encodings.decode_line(line, declared)
        except UnicodeDecodeError:
            yield line.decode("utf-8", "surrogateescape")


class _RecordLines:
    """The lines of a table, for `csv.reader`; of a record that is too long, only the quotes that open and close it.

    Args:
        pieces: The lines, those over `_MAX_RECORD` in pieces.
        delimiter: What is between fields.
    """

    def __init__(self, pieces: Iterator[str], delimiter: str) -> None:
        self._pieces = pieces
        self._odd_quote = f'{delimiter}"'  # ends a quoted field, or begins one
        self._size = self._lines = 0
        self.start = 1
        """The number of the line that the record begins on."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        piece = line = next(self._pieces)
        self._lines += 1
        self._size += len(piece)
        quotes = piece.count('"')
        while not piece.endswith(("\n", "\r")) and (piece := next(self._pieces, "")):
            self._size += _MAX_RECORD
            quotes += piece.count('"')
        if not self.is_too_long:
            return line
        return self._odd_quote if quotes % 2 else ""

    @property
    def is_too_long(self) -> bool:
        """Whether the record is too long until now."""
        return self._size > _MAX_RECORD

    def begin_record(self) -> None:
        """Begin another record on the next line."""
        self._size, self.start = 0, self._lines + 1


def _split_records(lines: _RecordLines, delimiter: str) -> Iterator[list[str]]:
    """Yield the fields of each record; raises csv.Error. The size limit of fields, which all readers share, stays."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        before = csv.field_size_limit(2 * _MAX_RECORD)
        try:
            record = next(reader, None)
        finally:
            csv.field_size_limit(before)
        if record is None:
            return
        yield record
        lines.begin_record()


def _read_records(place: str, pieces: Iterator[str], delimiter: str, settings: IngestSettings) -> Iterator[InputRecord]:
    lines = _RecordLines(pieces, delimiter)
    header: list[str] = []
    columns: dict[str, str] = {}
    try:
        for record in _split_records(lines, delimiter):
            if lines.is_too_long:
                message = f"the record has more than the {_MAX_RECORD:,} characters allowed"
                yield Issue(place, lines.start, "too-large", message)
                if not header:
                    return
            elif record and not header:
                header = record
                if issue := _header_issue(place, lines.start, header, settings):
                    yield issue
                    return
                columns = record_columns.choose_columns(tuple(header), settings)
            elif record:
                yield _read_record(place, lines.start, header, record, columns, settings)
    except csv.Error as error:
        message = f"the record that begins here has a quote that is not closed as it should be ({error}); "
        yield Issue(place, lines.start, "ingest-quote", f"{message}it and the rest of the file are not read")
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
    if any(_UNDECODED.search(value) for value in record):
        message = "the record has bytes that are not UTF-8, and no encoding is named that fits"
        return Issue(place, line, "not-utf8", message)
    if len(record) != len(header):
        message = f"the record has {len(record):,} fields, the header has {len(header):,}"
        return Issue(place, line, "ingest-value", message)
    return record_columns.object_article(place, line, dict(zip(header, record, strict=True)), columns, settings)
