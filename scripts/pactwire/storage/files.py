"""Files as strict text and values: UTF-8, JSON, TOML, CSV; a write replaces the whole file in one step.

Readers raise DataError with every issue they find; writers leave the old file or the new one.
"""

import csv
import ctypes
import hashlib
import io
import os
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pactwire.model import escapes, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.storage import part_files, remote

BOM: Final = "\ufeff"
MAX_TEXT_BYTES: Final = 10_000_000
"""Bytes of the largest article, or line of JSONL, that is read: a thousand times a long article."""

MAX_SINGLE_SYNCS: Final = 16
"""The most files that are flushed to disk one by one."""


def file_sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file, without loading it whole."""
    with remote.open_for_reading(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def decode_utf8(data: bytes, file: str, line: int = 1, most: int = MAX_TEXT_BYTES) -> str:
    """Decode strict UTF-8; raises DataError (too-large, not-utf8) with the line of the bad byte.

    Args:
        data: At most ``most`` bytes.
        file: The file's name in issues.
        line: The line in the file on which the data begins.
        most: The limit in bytes.
    """
    if len(data) > most:
        message = f"{len(data):,} bytes are more than the {most:,} allowed for one text"
        raise DataError([Issue(file, line, "too-large", message)])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError([_not_utf8(error, file, line)]) from None


def _not_utf8(error: UnicodeDecodeError, file: str, line: int) -> Issue:
    data = error.object
    line += data.count(b"\n", 0, error.start)
    message = f"byte 0x{data[error.start]:02X} at offset {error.start} is not UTF-8"
    return Issue(file, line, "not-utf8", message)


def decode_source_text(data: bytes, file: str) -> str:
    """Decode a raw file into its source text: BOM removed, CRLF and CR turned into LF.

    Raises DataError (too-large, not-utf8, control-character).
    """
    text = normalize_newlines(decode_utf8(data, file))
    if problems := [Issue(file, line, "control-character", message) for line, message in control_characters(text)]:
        raise DataError(problems)
    return text


def protect_bom(text: str) -> str:
    """Return a source text as it must be written: reading removes one BOM, so a BOM of its own needs another."""
    return BOM + text if text.startswith(BOM) else text


def normalize_newlines(text: str) -> str:
    """Remove a BOM and turn CRLF and CR into LF."""
    text = text.removeprefix(BOM)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def control_characters(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, message) for every control character (Unicode Cc) except LF and TAB."""
    line, position = 1, 0
    for match in escapes.CONTROL_CHARACTER.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        yield line, escapes.control_character_message(match)


def read_text(path: Path, file: str) -> str:
    """Read a text file; empty if it is missing. Raises DataError (too-large, not-utf8)."""
    return decode_utf8(path.read_bytes(), file) if path.is_file() else ""


def read_json(path: Path, file: str) -> Any:
    """Read a JSON file; raises DataError (not-utf8, not-json, duplicate-key, number-form, lone-surrogate)."""
    return parse_json(decode_utf8(path.read_bytes(), file), file)


def parse_json(data: str | bytes, file: str, line: int = 0) -> Any:
    """Parse JSON that comes from ``file``; ``line`` is that of a JSONL record, 0 for a file of its own.

    Raises DataError (not-utf8, not-json, duplicate-key, number-form, lone-surrogate).
    """
    try:
        return strict_json.parse(data)
    except UnicodeDecodeError as error:
        raise DataError([_not_utf8(error, file, line or 1)]) from None
    except strict_json.JsonError as error:
        raise DataError([Issue(file, line or error.line, "not-json", str(error))]) from None
    except strict_json.AmbiguousJsonError as error:
        lines = {} if line else strict_json.value_lines(data.decode() if isinstance(data, bytes) else data)
        raise DataError(
            [Issue(file, line or lines.get(path, 1), code, message) for code, path, message in error.flaws]
        ) from None


def read_toml(path: Path, file: str) -> dict[str, Any]:
    """Read a TOML file; raises DataError (not-utf8, not-toml)."""
    text = decode_utf8(path.read_bytes(), file).removeprefix(BOM)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:  # its position is only in its message
        where = re.search(r" \(at line ([0-9]+), column [0-9]+\)$", str(error))
        line = int(where[1]) if where else text.count("\n") + 1
        raise DataError([Issue(file, line, "not-toml", str(error).removesuffix(where[0] if where else ""))]) from None
    except (RecursionError, ValueError) as error:  # nested too deeply; a number of more than 4,300 digits
        raise DataError([Issue(file, 1, "not-toml", str(error).partition(";")[0])]) from None


def read_table(path: Path, file: str, columns: tuple[str, ...], delimiter: str) -> list[tuple[int, list[str]]]:
    """Read a CSV or TSV file with a header.

    Args:
        path: The file.
        file: Its name in issues.
        columns: The names that its first line must hold, in this order.
        delimiter: A tab, with which values are never quoted, or another character.

    Returns:
        (line, values) for each row below the header, in order.

    Raises:
        DataError: too-large, not-utf8, table for other shapes, control-character.
    """
    data = path.read_bytes()
    text = decode_utf8(data, file, most=len(data)).removeprefix(BOM)  # spreadsheets write one
    lines = io.StringIO(text, newline="")
    tabs = delimiter == "\t"
    reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:  # for instance, a quotation mark that is never closed
        raise DataError([Issue(file, reader.line_num, "table", str(error))]) from None
    wanted = ", ".join(columns)
    if not rows or tuple(rows[0][1]) != columns:
        raise DataError([Issue(file, 1, "table", f"the first line does not name the columns {wanted}")])
    problems = [
        Issue(file, line, "table", f"{len(row)} values instead of {len(columns)}: {wanted}")
        for line, row in rows
        if len(row) != len(columns)
    ]
    if escapes.CONTROL_CHARACTER.search(normalize_newlines(text)) or '"' in text:  # a quoted value can contain newlines
        problems += [
            Issue(file, line, "control-character", message, row[0])
            for line, row in rows
            for value in row
            for message in escapes.control_character_messages(value, one_line=True)
        ]
    if problems:
        raise DataError(problems)
    return rows[1:]


def render_table(rows: Iterable[Sequence[str]], delimiter: str) -> str:
    """Return the text of a table that `read_table` reads: rows of cells, of which the first holds the columns.

    Raises ValueError for a cell with a tab or a line break where the delimiter is a tab: values are not quoted there.
    """
    rows, tabs = list(rows), delimiter == "\t"
    marks = {mark for row in rows for cell in row for mark in "\t\n\r" if mark in cell}
    if tabs and marks:
        raise ValueError("a table with tabs cannot hold a cell with a tab or a line break")
    # csv quotes no CR before Python 3.13, where it reads one as the end of a row
    quoting: Literal[0, 1, 3] = csv.QUOTE_NONE if tabs else csv.QUOTE_ALL if "\r" in marks else csv.QUOTE_MINIMAL
    stream = io.StringIO()
    writer = csv.writer(
        stream, delimiter=delimiter, lineterminator="\n", quotechar=None if tabs else '"', quoting=quoting
    )
    writer.writerows(rows)
    return stream.getvalue()


def write_file(path: Path, data: bytes | str) -> bool:
    """Replace a file in one step and create its folders; return False if it already held the same bytes."""
    data = data.encode() if isinstance(data, str) else data
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    if remote.is_store(path):
        path.write_bytes(data)
        return True
    part = part_path(path)
    try:
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        move_into_place(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return True


def sync_files(paths: Collection[Path]) -> None:
    """Flush files to disk: a few one by one, many by one call for each file system; raises OSError.

    A call for each of thousands of files would wait as often for what other programs write.
    """
    flush: Callable[[int], None] = os.fsync
    if len(paths) > MAX_SINGLE_SYNCS and (sync_system := _syncfs()):
        paths = {path.stat().st_dev: path for path in paths}.values()
        flush = sync_system
    for path in paths:
        descriptor = os.open(path, os.O_RDWR)
        try:
            flush(descriptor)
        finally:
            os.close(descriptor)


@cache
def _syncfs() -> Callable[[int], None] | None:
    """Return Linux's syncfs(2), by which a file system is flushed; None elsewhere."""
    try:
        call = ctypes.CDLL(None, use_errno=True).syncfs
    except (AttributeError, OSError, TypeError):
        return None

    def sync_system(descriptor: int) -> None:
        if call(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    return sync_system


def part_path(path: Path) -> Path:
    """Return where to write a file until it is complete: a hidden path that only this process uses."""
    return remote.local_part_path(path) if remote.is_store(path) else part_files.new_part_path(path)


def move_into_place(part: Path, path: Path) -> None:
    """Move a complete file from its `part_path` to its own path."""
    if remote.is_store(path):
        remote.upload(part, path)
    else:
        part.replace(path)
