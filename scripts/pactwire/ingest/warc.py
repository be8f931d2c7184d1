"""A web archive (WARC, or the texts of WET) to its articles: pages answered with 200, and texts.

Lines of issues count records. Requests, redirects, errors, images and the like are counted, and left.
"""

import io
from collections.abc import Iterator
from typing import Any, Final

from pactwire.ingest import pages, texts
from pactwire.ingest.compression import Broken, Cut
from pactwire.ingest.input_records import IngestSettings, InputRecord, Skipped
from pactwire.model.issues import Issue
from pactwire.storage import files

_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")
_TEXT_TYPES: Final = ("text/plain",)


def read_warc(place: str, stream: io.BufferedReader, settings: IngestSettings) -> Iterator[InputRecord]:
    """Yield the articles and issues of an archive; raises Cut where it ends in a record, Broken where it is none."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    class Records(ArchiveIterator):  # type: ignore[misc]
        INC_RECORD = ""  # what it would print of a record that is cut

        def _next_record(self, next_line: bytes | None) -> Any:
            """Read a record whose first line may be read; a header that ends in the middle is not the end."""
            try:
                return super()._next_record(next_line)
            except EOFError:
                if next_line or not number:
                    raise ValueError("its header is cut") from None
                raise

    number = 0
    if not stream.peek(5).startswith(b"WARC/"):
        raise Broken("it does not begin as an archive does")
    try:
        for record in Records(_UnbufferedStream(stream)):
            if record.rec_type is None or record.length is None:
                raise ValueError("it has no type or no length")
            number += 1
            finding = _read_record(place, number, record, settings)
            _drain_record(record, number)
            yield finding
    except (ArchiveLoadFailed, ValueError, AttributeError) as error:  # AttributeError: a header without its fields
        if not stream.read(1):
            raise Cut(f"the archive ends in the middle of the record {number + 1:,}") from None
        raise Broken(f"the record {number + 1:,} is none: {str(error)[:100]}") from None


class _UnbufferedStream:
    """A stream that gives what there is: one that fills its buffer first would lose what stands before a cut."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        return self._stream.read1(size)


def _read_record(place: str, number: int, record: Any, settings: IngestSettings) -> InputRecord:
    headers, http = record.rec_headers, record.http_headers
    kind, url = record.rec_type, headers.get_header("WARC-Target-URI") or ""
    if kind not in ("response", "resource", "conversion"):
        return Skipped(f"records of the kind {str(kind)[:40]}")
    if http is not None and http.get_statuscode() != "200":
        return Skipped(f"answers with the status {str(http.get_statuscode())[:3]}")
    content_type = (http.get_header("Content-Type") if http else headers.get_header("Content-Type")) or ""
    media, _, parameters = content_type.partition(";")
    media = media.strip().lower()
    if media not in _PAGE_TYPES + _TEXT_TYPES:
        return Skipped(f"answers of the type {media[:60] or 'unknown'}")
    if reason := headers.get_header("WARC-Truncated"):
        return Issue(place, number, "ingest-cut", f"the crawler cut the page: {reason[:40]}", url[:200])
    data = record.content_stream().read(files.MAX_TEXT_BYTES + 1)
    said = {"url": ("WARC-Target-URI", url), "fetched": ("WARC-Date", headers.get_header("WARC-Date"))}
    metadata = [{"name": name, "value": value, "origin": origin} for name, (origin, value) in said.items() if value]
    about = {"url": url, "metadata": metadata}
    declared = _declared_charset(parameters)
    if media in _PAGE_TYPES:
        return pages.read_page(place, number, data, declared, about, settings)
    return texts.text_article(place, number, data, declared, about, settings)


def _drain_record(record: Any, number: int) -> None:
    """Read what is left of a record; raises Cut where the archive ends before the record does."""
    stream = record.raw_stream
    while stream.read(1 << 16):
        pass
    if getattr(stream, "limit", 0) > 0:
        raise Cut(f"the archive ends in the middle of the record {number:,}")


def _declared_charset(parameters: str) -> list[tuple[str, str]]:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(" \"'"):
            return [(value.strip(" \"'"), "HTTP")]
    return []
