"""Pages that wait to be read, on whatever core, and what a killed ingest had read of them.

Finding a page in an archive takes a hundredth of the time of reading it, so readers only find pages, in order. A page
that was read is kept until an ingest comes to its end: one that is killed and run again goes on where it was.
"""

from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import msgspec
import zstandard

from pactwire.ingest import pages
from pactwire.ingest.input_records import IngestSettings, InputArticle, InputRecord
from pactwire.model import digests
from pactwire.model.issues import Issue
from pactwire.model.records import BulkArticle
from pactwire.storage import files, fingerprint
from pactwire.storage.result_cache import ResultCache

CACHE_FOLDER: Final = ".pactwire/pages"
_CODE: Final = ("corpus", "ingest", "model", "storage", "text")
"""The rooms whose code determines what is read of a page."""


class UnreadPage(NamedTuple):
    """A page that was found but not read; the fields are the arguments of `pages.read_page`."""

    place: str
    line: int
    data: bytes
    declared: list[tuple[str, str]]
    properties: dict[str, Any]


class _ReadPage(msgspec.Struct, array_like=True):
    """What was read of a page: the properties of its article, with what was repaired and not taken, or the issue."""

    properties: dict[str, Any] = {}
    repaired: dict[str, int] = {}
    unread: dict[str, str] = {}
    issue: tuple[str, str, str] | None = None


class PageReader:
    """Reads pages; in the dataset ``root``, each page only once until `forget`."""

    def __init__(self, settings: IngestSettings, root: Path | None = None) -> None:
        self._settings = settings
        self._cache = ResultCache(root / CACHE_FOLDER, fingerprint.code_digest(*_CODE)) if root else None

    def __call__(self, found: list[UnreadPage]) -> list[InputRecord]:
        """Return the article of each page, or the issue for which it is rejected."""
        return [self._read_page(page) for page in found]

    def _read_page(self, page: UnreadPage) -> InputRecord:
        if self._cache is None:
            return pages.read_page(*page, self._settings)
        about = msgspec.json.encode([page.declared, page.properties, self._settings])
        key = bytes.fromhex(digests.sha256(digests.sha256(about).encode() + page.data))
        if stored := self._cache.get(key):
            return _decode(stored, page)
        record = pages.read_page(*page, self._settings)
        self._cache.put(key, _encode(record))
        return record

    def forget(self) -> None:
        """Delete what was kept of the pages."""
        if self._cache is not None:
            self._cache.delete()


def _encode(record: InputRecord) -> bytes:
    if isinstance(record, InputArticle):
        read = _ReadPage(dict(record.properties), dict(record.repaired), dict(record.unread))
    else:
        assert isinstance(record, Issue)
        read = _ReadPage(issue=(record.code, record.message, record.record))
    return zstandard.compress(msgspec.json.encode(read), 1)


def _decode(stored: bytes, page: UnreadPage) -> InputRecord:
    read = msgspec.json.decode(zstandard.decompress(stored, files.MAX_TEXT_BYTES * 8), type=_ReadPage)
    if read.issue is not None:
        return Issue(page.place, page.line, *read.issue)
    properties = cast("BulkArticle", read.properties)
    return InputArticle(page.place, page.line, properties, repaired=read.repaired, unread=read.unread)
