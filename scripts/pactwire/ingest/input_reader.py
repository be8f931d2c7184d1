"""Named inputs and what a person says of them, to all that is found in them, in order and as it is read."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Any, BinaryIO, Final

from pactwire.ingest import compression, inputs, pages, record_columns, texts, warc
from pactwire.ingest.input_records import Finding, Found, Settings
from pactwire.ingest.inputs import Input
from pactwire.model.issues import Issue

Reader = Callable[[str, Any, Settings], Iterator[Finding]]
_HEAD: Final = 1_024


def read(names: Iterable[str], settings: Settings) -> Iterator[Finding]:
    """Yield what is found in files, folders, globs, ``-`` and URLs; an input that fails costs no other."""
    for each in inputs.expand(names):
        if isinstance(each, Input):
            yield from _stream(each, settings)
        else:
            yield each


def _stream(source: Input, settings: Settings) -> Iterator[Finding]:
    """Yield what is found in a stream, and last what broke it off."""
    taken = 0
    try:
        with closing(source.open()) as stream:
            content = compression.unpacked(stream)
            for finding in _reader(source, content)(source.name, content, settings):
                taken += isinstance(finding, Found)
                yield finding
    except (compression.Cut, compression.Broken, compression.Bomb) as error:
        code = f"ingest-{type(error).__name__.lower()}"
        before = f"; the {taken:,} articles before were read" if taken else ""
        yield Issue(source.name, 1, code, str(error) + before)
    except Exception as error:
        if not isinstance(error, OSError) and "://" not in source.name:
            raise
        yield inputs.away(source.name, error)


def _reader(source: Input, content: Any) -> Reader:
    form = source.form or _form(content.peek(_HEAD)[:_HEAD])
    return {"text": _text, "html": _html, "jsonl": record_columns.jsonl, "parquet": _parquet, "warc": warc.read}.get(
        form, _none
    )


def _form(head: bytes) -> str:
    """Return the form of a stream whose name tells nothing."""
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


def _text(place: str, stream: BinaryIO, settings: Settings) -> Iterator[Finding]:
    yield texts.read(place, stream, settings)


def _html(place: str, stream: BinaryIO, settings: Settings) -> Iterator[Finding]:
    yield pages.read(place, 1, stream.read(pages.MAX_PAGE + 1), [], {"source_id": inputs.plain_name(place)}, settings)


def _parquet(place: str, stream: BinaryIO, settings: Settings) -> Iterator[Finding]:
    """Parquet is read from its end: what can't be sought is put into a temporary file first."""
    if stream.seekable():
        yield from record_columns.parquet(place, stream, settings)
        return
    with tempfile.TemporaryFile() as whole:
        for piece in iter(partial(stream.read, 1 << 20), b""):
            whole.write(piece)
        whole.seek(0)
        yield from record_columns.parquet(place, whole, settings)


def _none(place: str, stream: BinaryIO, settings: Settings) -> Iterator[Finding]:
    yield Issue(place, 1, "ingest-form", "it is neither text, HTML, JSONL, Parquet nor WARC")
