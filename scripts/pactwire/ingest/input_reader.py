"""Read inputs of any form to a stream of articles, issues and skipped records, in order and while reading."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Any, BinaryIO, Final

from pactwire.ingest import compression, inputs, pages, record_columns, texts, warc
from pactwire.ingest.input_records import IngestSettings, InputArticle, InputRecord
from pactwire.ingest.inputs import InputStream
from pactwire.model.issues import Issue

Reader = Callable[[str, Any, IngestSettings], Iterator[InputRecord]]
_HEAD_BYTES: Final = 1_024


def read_inputs(names: Iterable[str], settings: IngestSettings) -> Iterator[InputRecord]:
    """Yield the records of files, folders, globs, ``-`` and URLs; an input that fails does not affect the others."""
    for source in inputs.expand_names(names):
        if isinstance(source, InputStream):
            yield from _read_stream(source, settings)
        else:
            yield source


def _read_stream(source: InputStream, settings: IngestSettings) -> Iterator[InputRecord]:
    """Yield the records of a stream, and last the issue that ended it early, if any."""
    articles = 0
    try:
        with closing(source.open()) as stream:
            content = compression.decompressed(stream)
            for record in _choose_reader(source, content)(source.name, content, settings):
                articles += isinstance(record, InputArticle)
                yield record
    except compression.UnreadableStreamError as error:
        before = f"; the {articles:,} articles before were read" if articles else ""
        yield Issue(source.name, 1, error.code, str(error) + before)
    except Exception as error:
        if not isinstance(error, OSError) and "://" not in source.name:
            raise
        yield inputs.unreachable_issue(source.name, error)


def _choose_reader(source: InputStream, content: Any) -> Reader:
    form = source.form or _detect_form(content.peek(_HEAD_BYTES)[:_HEAD_BYTES])
    return {
        "text": _read_text,
        "html": _read_html,
        "jsonl": record_columns.read_jsonl,
        "parquet": _read_parquet,
        "warc": warc.read_warc,
    }.get(form, _reject_unknown)


def _detect_form(head: bytes) -> str:
    """Return the form of a stream by its first bytes; empty if it is unknown."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"WARC/"):
        return "warc"
    if start.startswith((b"<!doctype html", b"<html")):
        return "html"
    if start.startswith(b"{"):
        return "jsonl"
    return "" if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")) else "text"


def _read_text(place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[InputRecord]:
    yield texts.read_text_file(place, stream, settings)


def _read_html(place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[InputRecord]:
    yield pages.read_page(
        place, 1, stream.read(pages.MAX_PAGE_BYTES + 1), [], {"source_id": inputs.plain_name(place)}, settings
    )


def _read_parquet(place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[InputRecord]:
    """Read Parquet, which starts at its end: a stream that can't seek is copied to a temporary file first."""
    if stream.seekable():
        yield from record_columns.read_parquet(place, stream, settings)
        return
    with tempfile.TemporaryFile() as whole:
        for piece in iter(partial(stream.read, 1 << 20), b""):
            whole.write(piece)
        whole.seek(0)
        yield from record_columns.read_parquet(place, whole, settings)


def _reject_unknown(place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[InputRecord]:
    yield Issue(place, 1, "ingest-form", "it is not text, HTML, JSONL, Parquet or WARC")
