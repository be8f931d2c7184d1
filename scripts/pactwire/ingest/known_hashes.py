"""The texts and ids that a dataset already has, eight bytes each, so that fifty million articles fit in memory.

A text is identified by the start of its SHA-256 (`article_ids.id_from_text`), the id of an article without another.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from pactwire.corpus import tables
from pactwire.corpus.articles import RAW_FOLDER, article_id
from pactwire.model.article_ids import ARTICLE_ID, id_from_text, id_to_number
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, input_files, jsonl

_MIN_BUFFER: Final = 1 << 16


class HashSet:
    """A set of integers below 2^64: most are in a sorted array, the latest in a set."""

    def __init__(self) -> None:
        self._sorted = np.empty(0, dtype=np.uint64)
        self._latest: set[int] = set()

    def __contains__(self, number: int) -> bool:
        if number in self._latest:
            return True
        at = int(np.searchsorted(self._sorted, np.uint64(number)))
        return at < len(self._sorted) and int(self._sorted[at]) == number

    def add(self, number: int) -> None:
        """Add a number that is not yet in the set."""
        self._latest.add(number)
        if len(self._latest) > max(_MIN_BUFFER, len(self._sorted) // 8):
            latest = np.fromiter(self._latest, dtype=np.uint64, count=len(self._latest))
            self._sorted = np.sort(np.concatenate([self._sorted, latest]))
            self._latest.clear()


class KnownHashes:
    """The texts and ids of a dataset."""

    def __init__(self) -> None:
        self._texts = HashSet()
        self._ids = HashSet()

    def has_text(self, text_id: str) -> bool:
        """Return whether an article has this text."""
        return id_to_number(text_id) in self._texts

    def has_id(self, identity: str) -> bool:
        """Return whether an article has this id."""
        return id_to_number(identity) in self._ids

    def add(self, text_id: str, identity: str) -> None:
        """Add an article's text and id."""
        for numbers, number in ((self._texts, id_to_number(text_id)), (self._ids, id_to_number(identity))):
            if number not in numbers:
                numbers.add(number)


class _BulkLine(msgspec.Struct):
    text: str
    id: str | None = None


_bulk_line_decoder = msgspec.json.Decoder(_BulkLine)


def collect_known_hashes(root: Path) -> KnownHashes:
    """Return the texts and ids in dataset/raw; files that can't be read are left to `pactwire validate`.

    A text file that sources.jsonl does not list is not an article yet, so that a killed ingest can be repeated.
    """
    known = KnownHashes()
    listed = {source["file"] for _, source in tables.read_sources(root, []).values()}
    raw = root / RAW_FOLDER
    for path in input_files.list_entries(raw, Path.as_posix, [root]) if raw.is_dir() else ():
        if isinstance(path, Issue):
            continue
        if path.name.endswith(jsonl.SUFFIXES):
            for text, identity in _bulk_articles(path):
                known.add(id_from_text(text), identity)
        elif path.name in listed:
            with suppress(DataError):
                text = files.decode_source_text(path.read_bytes(), path.name)
                known.add(id_from_text(text), article_id(path.name, text))
    return known


def _bulk_articles(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the text and the id of each article of a bulk file."""
    with suppress(DataError):
        for line in jsonl.read_lines(path, path.name):
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                article = _bulk_line_decoder.decode(line.data or b"")
                text = files.normalize_newlines(article.text)
                identity = article.id or id_from_text(text)
                if ARTICLE_ID.fullmatch(identity):
                    yield text, identity
