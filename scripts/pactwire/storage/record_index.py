"""Index of the records of article and document files: where each one is, by article, without loading them.

An index holds about sixty bytes per record and no text. It is built in one pass that reads only the article id of
each record. A record whose article can't be determined is ``unidentified``; a strict parser reports what is wrong
with it.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from pactwire.model.article_ids import ARTICLE_ID, id_to_number
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, jsonl
from pactwire.storage.files import MAX_TEXT_BYTES
from pactwire.storage.index_cache import IndexCache

LOCATION: Final = np.dtype(
    [
        ("id", "<u8"), ("file", "<i4"), ("line", "<i4"),
        ("frame", "<i8"), ("offset", "<i8"), ("length", "<i8"), ("digest", "V16"),
    ]
)  # fmt: skip
"""Article, number of the file, line (0 for a file of its own), where the bytes are (see `jsonl`), their digest."""

_ID_LINES: Final = re.compile(rf"{ARTICLE_ID.pattern}(?:\n{ARTICLE_ID.pattern})*")
_MAX_OPEN_FILES: Final = 32
_ROWS_PER_CHUNK: Final = 10_000
"""Locations that are collected before they are packed into an array."""


class RecordFile(NamedTuple):
    """A file of records: its path, its name in issues, and the annotator in whose folder it is, if any."""

    path: Path
    name: str
    annotator: str = ""

    @property
    def is_bulk(self) -> bool:
        """Say whether the file holds one record per line."""
        return self.path.name.endswith(jsonl.SUFFIXES)

    @property
    def allowed_place(self) -> str:
        """Return what decides whether a record belongs here: the annotator, and the name of a file of one record."""
        return self.annotator if self.is_bulk else f"{self.annotator}/{self.path.stem}"


ArticleIdReader = Callable[[RecordFile, bytes], str | None]
"""Returns the article id of a record, from its file and bytes; None if it can't be determined."""


class RawRecord(NamedTuple):
    """The bytes of a record and where they come from; ``line`` is 0 for a file of its own."""

    data: bytes
    file: RecordFile
    line: int

    def value(self) -> Any:
        """Return the record as a JSON value; raises DataError (not-utf8, not-json and others)."""
        return files.parse_json(self.data, self.file.name, self.line)


class RecordIndex:
    """The locations of records (`LOCATION`), in the order of their files and lines, with lookup by article.

    ``unidentified`` are the locations of records whose article can't be determined.
    """

    def __init__(
        self, record_files: Sequence[RecordFile] = (), locations: Any = None, unidentified: Any = None
    ) -> None:
        self.files = list(record_files)
        self.locations = np.empty(0, LOCATION) if locations is None else locations
        self.unidentified = np.empty(0, LOCATION) if unidentified is None else unidentified
        self._order = np.argsort(self.locations["id"], kind="stable").astype(np.int32)
        self._sorted_ids = self.locations["id"][self._order]
        self._readers: dict[int, jsonl.LineReader] = {}

    def __len__(self) -> int:
        return len(self.locations)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_readers": {}}  # open files can't be sent to other processes

    def contains(self, ids: Any) -> Any:
        """Return a boolean array: for each of an array of ids as numbers, whether that article has a record."""
        return is_in_sorted(ids, self._sorted_ids)

    def locate(self, article: str) -> Any:
        """Return the locations of an article's records, in the order of files and lines."""
        if not ARTICLE_ID.fullmatch(article):
            return self.locations[:0]
        number = np.uint64(id_to_number(article))
        first, last = self._sorted_ids.searchsorted(number), self._sorted_ids.searchsorted(number, "right")
        return self.locations[self._order[first:last]]

    def subset(self, articles: Sequence[str]) -> "RecordIndex":
        """Return an index of the records of these articles only, in the same order."""
        numbers = np.array([id_to_number(article) for article in articles if ARTICLE_ID.fullmatch(article)], "<u8")
        left, right = (np.searchsorted(self._sorted_ids, numbers, side=side) for side in ("left", "right"))
        rows = [self._order[:0], *(self._order[start:end] for start, end in zip(left, right, strict=True))]
        locations = self.locations[np.sort(np.concatenate(rows))]
        used_files, locations["file"] = np.unique(locations["file"], return_inverse=True)
        return RecordIndex([self.files[number] for number in used_files], locations)

    def without(self, removed: Sequence[Any]) -> "RecordIndex":
        """Return the index without some locations."""
        rows = np.array(removed, LOCATION)
        if not len(rows):
            return self
        return RecordIndex(self.files, self.locations[~np.isin(self.locations, rows)], self.unidentified)

    def duplicates(self) -> Iterator[tuple[Any, Any]]:
        """Yield (first, later) locations for each record with the article and the annotator of an earlier one."""
        numbers = {file.annotator: number for number, file in enumerate(reversed(self.files))}
        owner = np.array([numbers[file.annotator] for file in self.files], np.int32)[self.locations["file"]]
        order = np.lexsort((owner, self.locations["id"]))
        article, owner = self.locations["id"][order], owner[order]
        same = np.concatenate([[False], (article[1:] == article[:-1]) & (owner[1:] == owner[:-1])])[: len(order)]
        first = np.flatnonzero(~same)[np.cumsum(~same) - 1]
        for row in np.flatnonzero(same):
            yield self.locations[order[first[row]]], self.locations[order[row]]

    def read_record(self, location: Any) -> RawRecord:
        """Return the record at a location; raises DataError (too-large), and OSError if its file is gone."""
        number, length = int(location["file"]), int(location["length"])
        file = self.files[number]
        if length > MAX_TEXT_BYTES:
            message = f"{length:,} bytes are more than the {MAX_TEXT_BYTES:,} allowed for one text"
            raise DataError([Issue(file.name, int(location["line"]) or 1, "too-large", message)])
        if not file.is_bulk:
            return RawRecord(file.path.read_bytes(), file, 0)
        if number not in self._readers:
            if len(self._readers) >= _MAX_OPEN_FILES:
                self._readers.pop(next(iter(self._readers))).close()
            self._readers[number] = jsonl.LineReader(file.path, file.name)
        data = self._readers[number].read_line(int(location["frame"]), int(location["offset"]), length)
        return RawRecord(data, file, int(location["line"]))


def is_in_sorted(numbers: Any, known: Any) -> Any:
    """Return a boolean array: for each of an array of numbers, whether it is in another array, which is sorted."""
    if not len(known):
        return np.zeros(len(numbers), bool)
    return known[np.minimum(np.searchsorted(known, numbers), len(known) - 1)] == numbers


def ids_to_numbers(ids: Sequence[str]) -> tuple[Any, Any]:
    """Return an array of ids as numbers, 0 for a malformed one, and a boolean array that tells which are ids."""
    text = "\n".join(ids)
    if len(text) == 17 * len(ids) - 1 and _ID_LINES.fullmatch(text):  # nearly always so, and much faster
        return np.frombuffer(bytes.fromhex(text), ">u8").astype("<u8"), np.ones(len(ids), bool)
    are_ids = [ARTICLE_ID.fullmatch(text) is not None for text in ids]
    numbers = [id_to_number(text) if is_id else 0 for text, is_id in zip(ids, are_ids, strict=True)]
    return np.array(numbers, "<u8"), np.array(are_ids, bool)


def build_index(
    record_files: Iterable[RecordFile],
    read_article_id: ArticleIdReader,
    issues: list[Issue],
    cache: IndexCache | None = None,
) -> RecordIndex:
    """Index the records of some files.

    Args:
        record_files: The files, whose order the index keeps.
        read_article_id: Returns the article id of a record.
        issues: Takes the issues of files that can't be read to their end.
        cache: Keeps the locations of large bulk files for the next time.
    """
    indexed = list(record_files)
    locations, unidentified = np.empty(0, LOCATION), np.empty(0, LOCATION)
    for number, file in enumerate(indexed):
        worthwhile = cache if cache and file.is_bulk and cache.is_worthwhile(file.path) else None
        scanned = _scan_file(file, read_article_id, issues, worthwhile)
        for whole, part in zip((locations, unidentified), scanned, strict=True):
            part["file"] = number
            whole.resize(len(whole) + len(part), refcheck=False)  # concatenating at the end takes twice the memory
            whole[len(whole) - len(part) :] = part
    if cache:
        cache.sweep()
    return RecordIndex(indexed, locations, unidentified)


def _scan_file(
    file: RecordFile, read_article_id: ArticleIdReader, issues: list[Issue], cache: IndexCache | None
) -> tuple[Any, Any]:
    """Return the locations of the identified and of the unidentified records of a file."""
    name = cache.entry_name(file.path) if cache else ""
    if cache and (cached := cache.get(name)):
        return cached
    file_issues: list[Issue] = []
    identified: list[Any] = [np.empty(0, LOCATION)]
    unidentified: list[Any] = [np.empty(0, LOCATION)]
    rows = _location_rows(file, read_article_id, file_issues)
    while chunk := list(islice(rows, _ROWS_PER_CHUNK)):
        identified.append(np.array([row for row, is_identified in chunk if is_identified], LOCATION))
        unidentified.append(np.array([row for row, is_identified in chunk if not is_identified], LOCATION))
    locations = np.concatenate(identified), np.concatenate(unidentified)
    if cache and not file_issues:
        cache.put(name, locations)
    issues += file_issues
    return locations


def _location_row(article: str | None, line: jsonl.JsonlLine, data: bytes) -> tuple[Any, ...]:
    """Return a row of LOCATION for a record's bytes; the number of its file is set later."""
    digest = np.void(hashlib.sha256(data).digest()[:16])
    return id_to_number(article) if article else 0, 0, line.number, line.frame, line.offset, line.length, digest


def _location_rows(
    file: RecordFile, read_article_id: ArticleIdReader, issues: list[Issue]
) -> Iterator[tuple[Any, bool]]:
    try:
        for line in jsonl.read_lines(file.path, file.name) if file.is_bulk else _read_whole_file(file):
            data = line.data or b""
            if not file.is_bulk or line.data is None or data.strip():
                article = read_article_id(file, data)
                yield _location_row(article, line, data), article is not None
    except DataError as error:
        issues += error.issues


def _read_whole_file(file: RecordFile) -> Iterator[jsonl.JsonlLine]:
    data = file.path.read_bytes()
    yield jsonl.JsonlLine(0, 0, 0, len(data), data)
