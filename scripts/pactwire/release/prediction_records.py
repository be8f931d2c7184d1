"""Records of predictions: annotation documents or rows of a config, in files or in memory, each with its line."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire.convert import import_files, record_files
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

DOCUMENTS: Final = "documents"
ROWS: Final = "rows"
IN_MEMORY: Final = "predictions"
"""What issues call what is given as it is; its lines are counted from 1."""
_ROW_KEYS: Final = ("article_id", "a_article_id", "a_id")
_ROW_ID: Final = re.compile(r"[0-9a-f]{16}(:.+)?")
_TABLE_SUFFIXES: Final = (".csv",)

Record = tuple[str, int, Any]
"""A value with its file and line."""


class PredictedRow(NamedTuple):
    """A row as predictions have it, with its file and line."""

    file: str
    line: int
    values: Mapping[str, Any]

    def issue(self, code: str, message: str) -> Issue:
        """Return an issue of the row."""
        return Issue(self.file, self.line, code, message)


def number_records(values: Iterable[Any]) -> Iterator[Record]:
    """Return what is given in memory as records."""
    return ((IN_MEMORY, number, value) for number, value in enumerate(values, 1))


def read_records(paths: Iterable[Path], issues: list[Issue]) -> Iterator[Record]:
    """Yield the records of files that may hold documents or rows; issues are added for what can't be read."""
    suffixes = (*record_files.SUFFIXES, *_TABLE_SUFFIXES)
    for path in paths:
        found = sorted(import_files.visible_files(path, issues)) if path.is_dir() else [path]
        for file in (each for each in found if each.suffix in suffixes):
            name = file.as_posix()
            try:
                for record in _file_records(file, name):
                    if isinstance(record, DataError):
                        issues += record.issues
                    else:
                        yield name, *record
            except DataError as error:
                issues += error.issues


def _file_records(path: Path, name: str) -> Iterator[tuple[int, Any] | DataError]:
    if path.suffix not in _TABLE_SUFFIXES:
        return record_files.read_records(path, import_files.source_file(path, name))
    return _csv_rows(files.decode_utf8(path.read_bytes(), name).removeprefix("\ufeff"), name)


def _csv_rows(text: str, name: str) -> Iterator[tuple[int, Any] | DataError]:
    """Return the rows of a table, each with the line that it begins in; only CR and LF end lines.

    The size limit of fields, which all readers of the process share, is as it was afterwards.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows: list[tuple[int, Any] | DataError] = []
    before = csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # else a long cell is an error
    try:
        line = reader.line_num + 1 if reader.fieldnames else 1
        for row in reader:
            flaw = Issue(name, line, "score-row", "it has more cells than the table has columns")
            rows.append(DataError([flaw]) if None in row else (line, row))
            line = reader.line_num + 1
    finally:
        csv.field_size_limit(before)
    return iter(rows)


def record_kind(value: Any) -> str:
    """Return DOCUMENTS or ROWS for a record of either, else nothing."""
    if not isinstance(value, Mapping):
        return ""
    if "article" in value and "schema_version" in value:
        return DOCUMENTS
    identity = value.get("id")
    is_row = isinstance(identity, str) and _ROW_ID.fullmatch(identity) and "spans" not in value
    return ROWS if is_row or any(key in value for key in _ROW_KEYS) else ""
