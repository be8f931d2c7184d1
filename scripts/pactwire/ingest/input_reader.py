"""Read inputs of any form to a stream of articles, issues and skipped records, in order and while reading."""

import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from functools import partial
from typing import Any, BinaryIO, Final, NamedTuple

from pactwire.ingest import compression, delimited, feeds, forms, inputs, pages, record_columns, texts, warc
from pactwire.ingest.input_records import IngestSettings, InputArticle, InputRecord
from pactwire.ingest.inputs import InputStream
from pactwire.ingest.page_reading import PageReader, UnreadPage
from pactwire.model.issues import Issue
from pactwire.storage.executors import ParallelMap

Reader = Callable[[str, Any, IngestSettings], Iterator[InputRecord | UnreadPage]]
_BATCH_BYTES: Final = 1_000_000
_BATCH_RECORDS: Final = 256
"""The size of pages, and the number of records, that go to another process together."""


class StreamPosition:
    """How far the file is that is being read."""

    def __init__(self) -> None:
        self._stream: BinaryIO | None = None
        self._size = 0
        self._began = 0.0

    def follow(self, stream: BinaryIO | None) -> None:
        """Follow another stream, or none; only of a local file the size is known."""
        self._stream, self._size, self._began = stream, 0, time.monotonic()
        with suppress(OSError, AttributeError, ValueError):
            self._size = os.fstat(stream.fileno()).st_size if stream else 0

    def seconds_left(self) -> float | None:
        """Return how long the rest of the file will take at the rate until now; None if that is not known."""
        done = self._stream.tell() if self._stream and self._size and not self._stream.closed else 0
        return (time.monotonic() - self._began) / done * max(0, self._size - done) if done else None


class _StreamStart(NamedTuple):
    """Marks where the records of a stream begin."""


class _StreamFault(NamedTuple):
    """What ended a stream early."""

    place: str
    code: str
    message: str


_Item = InputRecord | UnreadPage | _StreamStart | _StreamFault


def read_inputs(
    names: Iterable[str],
    settings: IngestSettings,
    read_pages: PageReader | None = None,
    run: ParallelMap = map,
    position: StreamPosition | None = None,
) -> Iterator[InputRecord]:
    """Yield the records of files, folders, globs, ``-`` and URLs; an input that fails does not affect the others.

    Args:
        names: The inputs.
        settings: The user's settings.
        read_pages: Reads the pages that were found.
        run: Where pages are read; the records and their order do not depend on it.
        position: Follows the files that are read.
    """
    batches = _batches(_find_items(names, settings, position or StreamPosition()), is_single=run is map)
    waiting: deque[list[_Item]] = deque()

    def unread_pages() -> Iterator[list[UnreadPage]]:
        for batch in batches:
            waiting.append(batch)
            yield [item for item in batch if isinstance(item, UnreadPage)]

    articles = 0
    for found in run(read_pages or PageReader(settings), unread_pages()):
        results = iter(found)
        for item in waiting.popleft():
            record = next(results) if isinstance(item, UnreadPage) else item
            if isinstance(record, _StreamStart):
                articles = 0
            elif isinstance(record, _StreamFault):
                before = f"; the {articles:,} articles before were read" if articles else ""
                yield Issue(record.place, 1, record.code, record.message + before)
            else:
                articles += isinstance(record, InputArticle)
                yield record


def _batches(items: Iterator[_Item], is_single: bool) -> Iterator[list[_Item]]:
    """Yield items in lists that are worth sending to another process, or one by one."""
    batch: list[_Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += 1 + len(item.data) if isinstance(item, UnreadPage) else _BATCH_BYTES // _BATCH_RECORDS
        if is_single or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    yield batch


def _find_items(names: Iterable[str], settings: IngestSettings, position: StreamPosition) -> Iterator[_Item]:
    for source in inputs.expand_names(names):
        if isinstance(source, InputStream):
            yield _StreamStart()
            yield from _find_in_stream(source, settings, position)
        else:
            yield source


def _find_in_stream(source: InputStream, settings: IngestSettings, position: StreamPosition) -> Iterator[_Item]:
    """Yield the records and unread pages of a stream, and last what ended it early, if anything."""
    try:
        with closing(source.open()) as stream:
            position.follow(stream)
            content = compression.decompressed(stream)
            yield from _choose_reader(source, content, settings)(source.name, content, settings)
    except compression.UnreadableStreamError as error:
        yield _StreamFault(source.name, error.code, str(error))
    except Exception as error:
        if not isinstance(error, OSError) and "://" not in source.name:
            raise
        yield inputs.unreachable_issue(source.name, error)
    finally:
        position.follow(None)


def _choose_reader(source: InputStream, content: Any, settings: IngestSettings) -> Reader:
    head = content.peek(forms.HEAD_BYTES)[: forms.HEAD_BYTES]
    readers: dict[str, Reader] = {
        "text": partial(_read_text, source.inside),
        "html": partial(_read_html, source.inside),
        "jsonl": record_columns.read_jsonl,
        "json": record_columns.read_json,
        "csv": delimited.read_csv,
        "tsv": delimited.read_tsv,
        "feed": feeds.read_feed,
        "parquet": _read_parquet,
        "warc": warc.read_warc,
    }
    return readers.get(settings.form or forms.choose_form(source.form, head), partial(_reject_unknown, head))


def _read_text(name: str, place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[InputRecord]:
    yield texts.read_text_file(place, stream, settings, name)


def _read_html(name: str, place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[UnreadPage]:
    yield UnreadPage(place, 1, stream.read(pages.MAX_PAGE_BYTES + 1), [], {"source_id": inputs.plain_name(name)})


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


def _reject_unknown(head: bytes, place: str, stream: BinaryIO, settings: IngestSettings) -> Iterator[InputRecord]:
    yield Issue(place, 1, "ingest-form", forms.describe(place, head))
