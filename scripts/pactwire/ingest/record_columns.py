"""JSONL and Parquet to articles: columns that are known by their names, or named by the person who reads.

Known are the columns of FineWeb, of Common Crawl news as published on the Hub, of news-please, and our own.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, BinaryIO, Final

from pactwire.ingest.compression import MAX_RATIO, UNCHECKED_BYTES, Bomb, Broken
from pactwire.ingest.input_records import IngestSettings, InputArticle, InputRecord, input_article
from pactwire.model.issues import Issue
from pactwire.storage import files

COLUMN_NAMES: Final = {
    "text": ("source_text", "text", "plain_text", "maintext", "content", "article", "body"),
    "id": ("id",),
    "url": ("url", "requested_url", "link"),
    "published": ("published", "published_date", "date_publish", "publish_date", "date_published"),
    "date": ("date", "crawl_date", "timestamp"),
    "language": ("language", "lang"),
    "title": ("title", "headline"),
    "author": ("author", "authors"),
    "outlet": ("outlet", "sitename", "publisher"),
    "section": ("section",),
    "license": ("license",),
}
"""The names under which each thing is known, the first that is there counts.

``date`` is often the day of crawling (FineWeb's is), so it is kept as it stands and never becomes ``published``.
"""
BULK_FIELDS: Final = ("id", "url", "outlet", "section", "license")
"""What has a property of its own in a bulk line, beside its entry in ``metadata``."""
METADATA_NAMES: Final = ("title", "date", "published", "author", "outlet", "language", "url")
ROWS_PER_BATCH: Final = 16
"""Rows of Parquet taken at once: few, since one text may be as long as MAX_TEXT."""


def read_jsonl(place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[InputRecord]:
    """Yield an article or an issue for each line that is not blank; the last line of a cut stream is left out."""
    number = 0
    while data := stream.readline(files.MAX_TEXT_BYTES + 2):
        number += 1
        length, piece = len(data), data
        while not piece.endswith(b"\n") and (piece := stream.readline(files.MAX_TEXT_BYTES)):
            length += len(piece)
        if length > files.MAX_TEXT_BYTES + 1:
            message = f"a line of {length:,} bytes is more than the {files.MAX_TEXT_BYTES:,} allowed"
            yield Issue(place, number, "too-large", message)
        elif data.strip():
            yield _read_line(place, number, data, settings)


def _read_line(place: str, number: int, data: bytes, settings: IngestSettings) -> InputRecord:
    try:
        value = json.loads(data.decode("utf-8-sig" if number == 1 else "utf-8"), object_pairs_hook=_object_from_pairs)
    except UnicodeDecodeError as error:
        message = f"byte 0x{data[error.start]:02X} at offset {error.start:,} is not UTF-8"
        return Issue(place, number, "not-utf8", message)
    except RecursionError:
        return Issue(place, number, "not-json", "nested too deeply")
    except _DuplicateKey as error:
        return Issue(place, number, "duplicate-key", f"the key {error.args[0][:80]!r} is duplicated in one object")
    except ValueError as error:  # a whole number of more than 4,300 digits, too
        return Issue(place, number, "not-json", getattr(error, "msg", str(error).partition(";")[0]))
    if not isinstance(value, dict):
        return Issue(place, number, "ingest-value", f"the line is no object but {type(value).__name__}")
    found = choose_columns(tuple(value), settings)
    if "text" not in found:
        return Issue(place, number, "ingest-columns", _no_text_message(value))
    return row_article(place, number, {name: value[column] for name, column in found.items()}, found, settings)


class _DuplicateKey(ValueError):
    """A key that stands twice."""


def _object_from_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [key for key, _ in pairs]
        raise _DuplicateKey(next(key for key in names if names.count(key) > 1))
    return result


def read_parquet(place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[InputRecord]:
    """Yield an article or an issue for each row; one issue where no column holds the text. Raises Broken, Bomb."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(stream)
        found = choose_columns(tuple(table.schema_arrow.names), settings)
        if "text" not in found:
            yield Issue(place, 1, "ingest-columns", _no_text_message(table.schema_arrow.names))
            return
        _check_sizes(table.metadata)
        number = 0
        for batch in table.iter_batches(batch_size=ROWS_PER_BATCH, columns=sorted(set(found.values()))):
            for index in range(batch.num_rows):
                number += 1
                yield _read_row(place, number, batch, index, found, settings)
    except (pa.ArrowException, OSError) as error:
        raise Broken(f"Parquet can't be read: {str(error).splitlines()[0][:200]}") from None


def _check_sizes(about: Any) -> None:
    """Refuse what would fill memory: a column of a row group far larger than its compressed size."""
    for group in range(about.num_row_groups):
        for index in range(about.num_columns):
            column = about.row_group(group).column(index)
            packed, whole = column.total_compressed_size, column.total_uncompressed_size
            if whole > UNCHECKED_BYTES and whole > MAX_RATIO * packed:
                raise Bomb(f"{packed:,} compressed bytes of the column {column.path_in_schema} hold {whole:,}")


def _read_row(
    place: str, number: int, batch: Any, index: int, found: dict[str, str], settings: IngestSettings
) -> InputRecord:
    try:
        values = {name: batch.column(column)[index].as_py() for name, column in found.items()}
    except UnicodeDecodeError as error:
        return Issue(place, number, "not-utf8", f"a value is not UTF-8: {error.reason}")
    except (ValueError, OverflowError) as error:  # times that Python has no form for
        return Issue(place, number, "ingest-value", f"a value can't be read: {str(error)[:100]}")
    return row_article(place, number, values, found, settings)


@lru_cache(maxsize=1000)
def _choose_columns(names: tuple[str, ...], own: tuple[tuple[str, str], ...]) -> dict[str, str]:
    chosen = dict(own)
    found = {}
    for name, known in COLUMN_NAMES.items():
        wanted = (chosen[name],) if name in chosen else known
        if column := next((each for each in wanted if each in names), None):
            found[name] = column
    return found


def choose_columns(names: tuple[str, ...], settings: IngestSettings) -> dict[str, str]:
    """Return the column of each thing that is there: those named in the settings, else those known."""
    return _choose_columns(names, tuple(settings.columns.items()))


def _no_text_message(names: Iterable[str]) -> str:
    return f"no column holds the text; it has: {', '.join(map(str, names))[:200]}"


def row_article(
    place: str, number: int, values: dict[str, Any], named: dict[str, str], settings: IngestSettings
) -> InputArticle | Issue:
    """Return the article of a row, ``values`` and the names of their columns by what they are."""
    text = values["text"]
    said = {name: _as_text(value) for name, value in values.items() if name != "text" and value not in (None, "", [])}
    about: dict[str, Any] = {name: said[name] for name in BULK_FIELDS if name in said}
    if day := parse_published(values.get("published")):
        about["published"] = day
    about["metadata"] = [
        {"name": name, "value": said[name], "origin": f"column {named[name]}"}
        for name in METADATA_NAMES
        if name in said
    ]
    return input_article(place, number, text, about, settings)


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def parse_published(value: Any) -> str | None:
    """Return a day, or a moment in UTC, in the schema's form, or None; a time without a zone gives its day."""
    if isinstance(value, str):
        if not re.match(r"\d{4}-\d{2}-\d{2}(?:[T ]|$)", value):
            return None
        try:
            value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        try:
            return f"{value.astimezone(UTC).isoformat()[:19]}Z" if value.tzinfo else value.date().isoformat()
        except OverflowError:
            return None
    return value.isoformat() if isinstance(value, date) else None
