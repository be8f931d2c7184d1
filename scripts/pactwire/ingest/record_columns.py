"""Read articles from JSON and Parquet, by columns with known names or names that the user gives.

Known are the columns of FineWeb, of Common Crawl news as published on the Hub, of news-please, and Pactwire's own.
"""

import codecs
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, BinaryIO, Final

from pactwire.corpus import article_fields
from pactwire.corpus.publication_dates import parse_date
from pactwire.ingest import encodings, html_columns, json_values, pages, rendering
from pactwire.ingest.compression import MAX_RATIO, UNCHECKED_BYTES, DamagedStreamError, DecompressionBombError
from pactwire.ingest.input_records import IngestSettings, InputArticle, InputRecord, input_article
from pactwire.model.issues import Issue
from pactwire.storage import files

ROWS_PER_BATCH: Final = 16
"""Rows of Parquet read at once: few, since one text may have MAX_TEXT_BYTES."""


def read_jsonl(place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[InputRecord]:
    """Yield an article or an issue for each line that is not blank; the last line of a truncated stream is skipped."""
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
            yield from _read_objects(place, number, data, settings)


def read_json(place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[InputRecord]:
    """Yield an article or an issue for each object of JSON: of an array, indented, or in a list that an object has."""
    try:
        for line, data in json_values.split_values(stream):
            yield from _read_objects(place, line, data, settings)
    except json_values.UnfinishedValueError as error:
        yield Issue(place, error.line, "not-json", f"{error}; what comes after it is not read")


def _unwrapped(value: dict[str, Any], settings: IngestSettings) -> list[dict[str, Any]]:
    """Return the objects in the only list of objects that an object has, or the object if it has a text or no list."""
    if "text" in choose_columns(tuple(value), settings):
        return [value]
    lists = [each for each in value.values() if isinstance(each, list) and each and isinstance(each[0], dict)]
    whole = len(lists) == 1 and all(isinstance(each, dict) for each in lists[0])
    return lists[0] if whole else [value]


def _read_objects(place: str, number: int, data: bytes, settings: IngestSettings) -> Iterator[InputRecord]:
    value = _parse_object(place, number, data, settings)
    if isinstance(value, Issue):
        yield value
    else:
        yield from (_object_record(place, number, each, settings) for each in _unwrapped(value, settings))


def _parse_object(place: str, number: int, data: bytes, settings: IngestSettings) -> dict[str, Any] | Issue:
    """Return the object that a line or another piece of JSON has, or what is wrong with it."""
    try:
        text = encodings.decode_line(data.removeprefix(codecs.BOM_UTF8), settings.declared_encodings(place))
        value = json.loads(text, object_pairs_hook=_object_from_pairs)
    except UnicodeDecodeError as error:
        message = f"byte 0x{data[error.start]:02X} at offset {error.start:,} is not UTF-8"
        return Issue(place, number, "not-utf8", message)
    except RecursionError:
        return Issue(place, number, "not-json", "nested too deeply")
    except _DuplicateKey as error:
        return Issue(place, number, "duplicate-key", f"the key {error.args[0][:80]!r} is duplicated in one object")
    except ValueError as error:  # also an integer of more than 4,300 digits
        return Issue(place, number, "not-json", getattr(error, "msg", str(error).partition(";")[0]))
    if not isinstance(value, dict):
        return Issue(place, number, "ingest-value", f"the line is not an object but {type(value).__name__}")
    return value


def _object_record(place: str, number: int, value: dict[str, Any], settings: IngestSettings) -> InputRecord:
    columns = choose_columns(tuple(value), settings)
    if "text" not in columns:
        return Issue(place, number, "ingest-columns", no_text_message(value))
    return object_article(place, number, value, columns, settings)


def object_article(
    place: str, number: int, value: dict[str, Any], columns: dict[str, str], settings: IngestSettings
) -> InputArticle | Issue:
    """Return the article of an object or a row by its columns' names; ``columns`` has the chosen ones."""
    taken = {name: value[column] for name, column in columns.items()}
    chosen = {*columns.values()}
    others = [str(name) for name, each in value.items() if name not in chosen and each not in (None, "", [], {})]
    return row_article(place, number, taken, columns, others, settings)


def _text_article(
    place: str, number: int, text: Any, origin: str, properties: dict[str, Any], settings: IngestSettings
) -> InputArticle | Issue:
    """Return the article of a row's text: a page, the text that a piece of HTML shows, or the text as it is."""
    if not isinstance(text, str) or not html_columns.is_html(text):
        return input_article(place, number, text, properties, settings)
    if html_columns.is_page(text):
        return pages.read_page(place, number, text.encode("utf-8", "surrogatepass"), [], properties, settings)
    try:
        shown = html_columns.shown_text(text)
    except rendering.NestingError as error:
        return Issue(place, number, error.code, str(error))
    rendered = html_columns.rendered_property(text, origin)
    return input_article(place, number, shown, {**properties, "rendered": rendered}, settings)


class _DuplicateKey(ValueError):
    """A duplicate key in an object."""


def _object_from_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [key for key, _ in pairs]
        raise _DuplicateKey(next(key for key in names if names.count(key) > 1))
    return result


def read_parquet(place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[InputRecord]:
    """Yield an article or an issue for each row; one issue if no column has the text. Raises UnreadableStreamError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(stream)
        columns = choose_columns(tuple(table.schema_arrow.names), settings)
        if "text" not in columns:
            yield Issue(place, 1, "ingest-columns", no_text_message(table.schema_arrow.names))
            return
        _check_sizes(table.metadata)
        number, chosen = 0, sorted(set(columns.values()))
        others = [name for name in table.schema_arrow.names if name not in chosen]
        for batch in table.iter_batches(batch_size=ROWS_PER_BATCH, columns=chosen):
            for index in range(batch.num_rows):
                number += 1
                yield _read_row(place, number, batch, index, columns, others, settings)
    except (pa.ArrowException, OSError) as error:
        raise DamagedStreamError(f"Parquet can't be read: {str(error).splitlines()[0][:200]}") from None


def _check_sizes(metadata: Any) -> None:
    """Reject a file with a column of a row group that is far larger than its compressed size and would fill memory."""
    for group in range(metadata.num_row_groups):
        for index in range(metadata.num_columns):
            column = metadata.row_group(group).column(index)
            packed, whole = column.total_compressed_size, column.total_uncompressed_size
            if whole > UNCHECKED_BYTES and whole > MAX_RATIO * packed:
                name = column.path_in_schema
                raise DecompressionBombError(f"{packed:,} compressed bytes of the column {name} hold {whole:,}")


def _read_row(
    place: str,
    number: int,
    batch: Any,
    index: int,
    columns: dict[str, str],
    others: list[str],
    settings: IngestSettings,
) -> InputRecord:
    try:
        values = {name: batch.column(column)[index].as_py() for name, column in columns.items()}
    except UnicodeDecodeError as error:
        return Issue(place, number, "not-utf8", f"a value is not UTF-8: {error.reason}")
    except (ValueError, OverflowError) as error:  # times that Python can't represent
        return Issue(place, number, "ingest-value", f"a value can't be read: {str(error)[:100]}")
    return row_article(place, number, values, columns, others, settings)


def choose_columns(names: tuple[str, ...], settings: IngestSettings) -> dict[str, str]:
    """Return the column for each name of `COLUMN_NAMES`: the one in the settings, or else the first known one."""
    return _choose_columns(names, tuple(settings.columns.items()))


@lru_cache(maxsize=1000)
def _choose_columns(names: tuple[str, ...], chosen: tuple[tuple[str, str], ...]) -> dict[str, str]:
    by_lower_case = {each.lower(): each for each in reversed(names)}
    known = {
        name: next((by_lower_case[each] for each in columns if each in by_lower_case), "")
        for name, columns in article_fields.COLUMN_NAMES.items()
    }
    known |= {name: column if column in names else "" for name, column in chosen}
    return {name: column for name, column in known.items() if column}


def no_text_message(names: Iterable[str]) -> str:
    """Return the message of a table or an object without a column for the text."""
    return f"no column has the text; the columns are: {', '.join(map(str, names))[:200]}"


def row_article(
    place: str,
    number: int,
    values: dict[str, Any],
    columns: dict[str, str],
    others: Iterable[str],
    settings: IngestSettings,
    kind: str = "column",
) -> InputArticle | Issue:
    """Return the article of a row, whose text is what is shown where it is HTML.

    ``values`` and ``columns`` give value and column for each of `COLUMN_NAMES` that is present; ``others`` are the
    columns that are not taken. ``kind`` is what a column is called.
    """
    present = {name: value for name, value in values.items() if name != "text" and value not in (None, "", [])}
    strings = {name: article_fields.as_text(value) for name, value in present.items()}
    if isinstance(authors := present.get("author"), list) and all(isinstance(each, str) for each in authors):
        strings["author"] = "; ".join(authors)
    properties: dict[str, Any] = {name: strings[name] for name in article_fields.BULK_FIELDS if name in strings}
    unread = {f"{kind} {name}": "" for name in others}
    if "published" in present:
        published = parse_date(values["published"], strings.get("language", ""))
        properties["published"] = published.value
        if published.flaw:
            unread[f"dates of the {kind} {columns['published']}, {published.flaw}"] = strings["published"]
    properties["metadata"] = [
        {"name": name, "value": strings[name], "origin": f"{kind} {columns[name]}"}
        for name in article_fields.METADATA_NAMES
        if name in strings
    ]
    record = _text_article(place, number, values["text"], f"{kind} {columns.get('text', '')}", properties, settings)
    return record._replace(unread={**record.unread, **unread}) if isinstance(record, InputArticle) else record
