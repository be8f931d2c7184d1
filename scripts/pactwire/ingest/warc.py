"""Read the articles of a web archive (WARC, WET with its texts, or ARC): pages and texts with the status 200.

The lines of issues are numbers of records. Requests, redirects, errors, images and the like are counted and skipped; so
are what a crawler says of itself, the answers of name servers, and the rules for crawlers.
"""

import io
import re
from collections.abc import Iterator
from typing import Any, Final

from pactwire.ingest import content_encodings, texts
from pactwire.ingest.compression import DamagedStreamError, TruncatedStreamError
from pactwire.ingest.input_records import IngestSettings, InputRecord, Skipped
from pactwire.ingest.page_reading import UnreadPage
from pactwire.model.issues import Issue
from pactwire.storage import files

_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")
_TEXT_TYPES: Final = ("text/plain",)
_SCHEME: Final = re.compile(r"<?([A-Za-z][A-Za-z0-9+.-]{0,30}):")
_WEB_SCHEMES: Final = ("http", "https", "ftp", "file")
_NO_ARTICLES: Final = ("/robots.txt", "/ads.txt", "/app-ads.txt", "/humans.txt", "/llms.txt", "/security.txt")
"""Paths of well-known texts of sites, for programs or about the site."""


def read_warc(place: str, stream: io.BufferedReader, settings: IngestSettings) -> Iterator[InputRecord | UnreadPage]:
    """Yield the records of an archive; raises TruncatedStreamError if it ends inside one, or DamagedStreamError."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    class Records(ArchiveIterator):  # type: ignore[misc]
        INC_RECORD = ""  # or warcio prints a truncated record

        def _next_record(self, next_line: bytes | None) -> Any:
            """Read a record, whose first line may be read already; a truncated header is not the end of the archive."""
            try:
                return super()._next_record(next_line)
            except EOFError:
                if next_line or not number:
                    raise ValueError("its header is truncated") from None
                raise

    number = 0
    if not stream.peek(11).startswith((b"WARC/", b"filedesc://")):
        raise DamagedStreamError("it does not start like an archive")
    try:
        for record in Records(_UnbufferedStream(stream), arc2warc=True):
            if record.rec_type is None or record.length is None:
                raise ValueError("it has no type or no length")
            number += 1
            result = _read_record(place, number, record, settings)
            _drain_record(record, number)
            yield result
    except (ArchiveLoadFailed, ValueError, AttributeError) as error:  # AttributeError: a header without its fields
        if not stream.read(1):
            raise TruncatedStreamError(f"the archive ends in the middle of record {number + 1:,}") from None
        raise DamagedStreamError(f"record {number + 1:,} is invalid: {str(error)[:100]}") from None


class _UnbufferedStream:
    """A stream that returns what is available: filling a buffer first would lose the bytes before a truncation."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        return self._stream.read1(size)


def _read_record(place: str, number: int, record: Any, settings: IngestSettings) -> InputRecord | UnreadPage:
    headers, http = record.rec_headers, record.http_headers
    kind, url = record.rec_type, headers.get_header("WARC-Target-URI") or ""
    if kind not in ("response", "resource", "conversion"):
        return Skipped(f"records of the kind {str(kind)[:40]}")
    if kind := _kind_by_address(url):
        return Skipped(kind)
    if http is not None and http.get_statuscode() != "200":
        return Skipped(f"answers with the status {str(http.get_statuscode())[:3]}")
    content_type = (http.get_header("Content-Type") if http else headers.get_header("Content-Type")) or ""
    media, _, parameters = content_type.partition(";")
    media = media.strip().lower()
    if media not in _PAGE_TYPES + _TEXT_TYPES:
        return Skipped(f"answers of the type {media[:60] or 'unknown'}")
    if reason := headers.get_header("WARC-Truncated"):
        return Issue(place, number, "ingest-cut", f"the crawler truncated the page: {reason[:40]}", url[:200])
    try:
        data = _content(record, files.MAX_TEXT_BYTES + 1)
    except content_encodings.ContentEncodingError as error:
        return Issue(place, number, "ingest-content", str(error), url[:200])
    stated = {"url": ("WARC-Target-URI", url), "fetched": ("WARC-Date", headers.get_header("WARC-Date"))}
    metadata = [{"name": name, "value": value, "origin": origin} for name, (origin, value) in stated.items() if value]
    properties = {"url": url, "metadata": metadata}
    declared = _declared_charset(parameters)
    if media in _PAGE_TYPES:
        return UnreadPage(place, number, data, declared, properties)
    return texts.text_article(place, number, data, declared, properties, settings)


def _kind_by_address(url: str) -> str:
    """Return what a record is that is no page of the web, in the plural; empty for pages, and without an address."""
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() not in _WEB_SCHEMES:
        return f"records of addresses with {scheme[1].lower()}:"
    path = re.split(r"[?#]", url, maxsplit=1)[0].lower()
    return next((f"texts named {name[1:]}" for name in _NO_ARTICLES if path.endswith(name)), "")


def _content(record: Any, size: int) -> bytes:
    """Return up to ``size`` bytes of a record's content as a browser reads it; raises ContentEncodingError."""
    from warcio.bufferedreaders import ChunkedDataReader

    http = record.http_headers
    is_chunked = http is not None and (http.get_header("Transfer-Encoding") or "").strip().lower() == "chunked"
    stream = ChunkedDataReader(record.raw_stream) if is_chunked else record.raw_stream
    pieces: list[bytes] = []
    left = size
    while left > 0 and (piece := stream.read(left)):
        pieces.append(piece)
        left -= len(piece)
    header = http.get_header("Content-Encoding") if http is not None else None
    return content_encodings.decode_content(b"".join(pieces), header or "", size)


def _drain_record(record: Any, number: int) -> None:
    """Read the rest of a record; raises TruncatedStreamError if the archive ends before the record."""
    stream = record.raw_stream
    while stream.read(1 << 16):
        pass
    if getattr(stream, "limit", 0) > 0:
        raise TruncatedStreamError(f"the archive ends in the middle of record {number:,}")


def _declared_charset(parameters: str) -> list[tuple[str, str]]:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(" \"'"):
            return [(value.strip(" \"'"), "HTTP")]
    return []
