"""Files of articles or documents to where each record stands, by article: how more is read than fits into memory.

An index holds some sixty bytes a record and no text. It is made in one pass that looks at nothing but
the article's id of each record; a record that cannot be read that far is ``loose``, for a strict reader to name.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, jsonl
from pactwire.storage.files import MAX_TEXT_BYTES
from pactwire.storage.index_cache import IndexCache

LOCATION: Final = np.dtype(
    [
        ("id", "<u8"), ("file", "<i4"), ("line", "<i4"),
        ("block", "<i8"), ("inner", "<i8"), ("length", "<i8"), ("digest", "V16"),
    ]
)  # fmt: skip
"""Article, number of the file, line (0 for a file of its own), place of the bytes (see `jsonl`), their digest."""

ARTICLE_ID: Final = re.compile("[0-9a-f]{16}")
"""The form of an article's id."""

_MAX_OPEN_FILES: Final = 32
"""Files kept open at a time."""
_ROWS_PER_CHUNK: Final = 10_000
"""Places collected before they are packed."""


class RecordFile(NamedTuple):
    """A file of records: its path, its name in issues, and the annotator whose folder it lies in, if any."""

    path: Path
    name: str
    annotator: str = ""

    @property
    def is_bulk(self) -> bool:
        """Say whether the file holds a record a line."""
        return self.path.name.endswith(jsonl.SUFFIXES)

    @property
    def allowed_place(self) -> str:
        """Return what decides whether a record may lie here: the annotator, and the name of a file of one record."""
        return self.annotator if self.is_bulk else f"{self.annotator}/{self.path.stem}"


ArticleIdReader = Callable[[RecordFile, bytes], str | None]
"""A file and the bytes of a record of it to the id of the article it is about, or None where that can't be told."""


class RawRecord(NamedTuple):
    """The bytes of a record and where they come from; ``line`` is 0 for a file of its own."""

    data: bytes
    file: RecordFile
    line: int

    def value(self) -> Any:
        """Return the record as a JSON value; raises DataError (not-utf8, not-json and the like)."""
        return files.parse_json(self.data, self.file.name, self.line)


class RecordIndex:
    """The places of records (`LOCATION`) in the order of their files and lines, found by article.

    ``loose`` are the places of records whose article can't be told.
    """

    def __init__(self, known: Sequence[RecordFile] = (), places: Any = None, loose: Any = None) -> None:
        self.files = list(known)
        self.locations = np.empty(0, LOCATION) if places is None else places
        self.unidentified = np.empty(0, LOCATION) if loose is None else loose
        self._order = np.argsort(self.locations["id"], kind="stable").astype(np.int32)
        self._sorted = self.locations["id"][self._order]
        self._readers: dict[int, jsonl.LineReader] = {}

    def __len__(self) -> int:
        return len(self.locations)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_readers": {}}  # open files don't travel to other processes

    def contains(self, ids: Any) -> Any:
        """Return, for each of an array of ids as numbers, whether there is a record of that article."""
        return is_in_sorted(ids, self._sorted)

    def locate(self, article: str) -> Any:
        """Return the places of an article's records, in the order of files and lines."""
        if not ARTICLE_ID.fullmatch(article):
            return self.locations[:0]
        identity = np.uint64(id_to_number(article))
        first, last = self._sorted.searchsorted(identity), self._sorted.searchsorted(identity, "right")
        return self.locations[self._order[first:last]]

    def subset(self, articles: Sequence[str]) -> "RecordIndex":
        """Return an index of these articles' records alone, in the same order."""
        wanted = np.array([id_to_number(each) for each in articles if ARTICLE_ID.fullmatch(each)], "<u8")
        left, right = (np.searchsorted(self._sorted, wanted, side=side) for side in ("left", "right"))
        rows = [self._order[:0], *(self._order[start:end] for start, end in zip(left, right, strict=True))]
        places = self.locations[np.sort(np.concatenate(rows))]
        used, places["file"] = np.unique(places["file"], return_inverse=True)
        return RecordIndex([self.files[each] for each in used], places)

    def without(self, later: Sequence[Any]) -> "RecordIndex":
        """Return the index without some places."""
        gone = np.array(later, LOCATION)
        return (
            RecordIndex(self.files, self.locations[~np.isin(self.locations, gone)], self.unidentified)
            if len(gone)
            else self
        )

    def duplicates(self) -> Iterator[tuple[Any, Any]]:
        """Yield (first, later) places wherever a record has the article, and the annotator, of an earlier one."""
        names = {each.annotator: at for at, each in enumerate(reversed(self.files))}
        owner = np.array([names[each.annotator] for each in self.files], np.int32)[self.locations["file"]]
        order = np.lexsort((owner, self.locations["id"]))
        article, owner = self.locations["id"][order], owner[order]
        same = np.concatenate([[False], (article[1:] == article[:-1]) & (owner[1:] == owner[:-1])])[: len(order)]
        first = np.flatnonzero(~same)[np.cumsum(~same) - 1]
        for at in np.flatnonzero(same):
            yield self.locations[order[first[at]]], self.locations[order[at]]

    def read_record(self, place: Any) -> RawRecord:
        """Return the record at a place; raises DataError (too-large), and OSError where its file is gone."""
        at, length = int(place["file"]), int(place["length"])
        file = self.files[at]
        if length > MAX_TEXT_BYTES:
            message = f"{length:,} bytes are more than the {MAX_TEXT_BYTES:,} allowed for one text"
            raise DataError([Issue(file.name, int(place["line"]) or 1, "too-large", message)])
        if not file.is_bulk:
            return RawRecord(file.path.read_bytes(), file, 0)
        if at not in self._readers:
            if len(self._readers) >= _MAX_OPEN_FILES:
                self._readers.pop(next(iter(self._readers))).close()
            self._readers[at] = jsonl.LineReader(file.path, file.name)
        data = self._readers[at].read_line(int(place["block"]), int(place["inner"]), length)
        return RawRecord(data, file, int(place["line"]))


def is_in_sorted(ids: Any, known: Any) -> Any:
    """Return, for each of an array of numbers, whether it is one of another array, which is sorted."""
    if not len(known):
        return np.zeros(len(ids), bool)
    return known[np.minimum(np.searchsorted(known, ids), len(known) - 1)] == ids


def id_to_number(article: str) -> int:
    """Return an article's id as a number."""
    return int(article, 16)


_HEX_VALUES: Final = np.array(["0123456789abcdef".find(chr(each)) for each in range(256)], "i1").view("u1")
"""The value of each hexadecimal digit; 255 for any other byte."""


def ids_to_numbers(ids: pa.StringArray) -> tuple[Any, Any]:
    """Return the ids of a column without nulls as numbers, 0 where one is not well formed, and for each whether it is.

    By numpy alone: Arrow's own functions take a tenth of the time of `pactwire validate` of five articles to load.
    """
    values, well_formed = np.zeros(len(ids), "<u8"), np.zeros(len(ids), bool)
    if not len(ids):
        return values, well_formed
    _, offsets, data = ids.buffers()
    bounds = np.frombuffer(offsets, "<i4", len(ids) + 1, 4 * ids.offset)
    places = np.flatnonzero(np.diff(bounds) == 16)
    if len(places):
        digits = _HEX_VALUES[np.frombuffer(data, "u1")[bounds[places][:, None] + np.arange(16, dtype="i4")]]
        good = (digits < 16).all(axis=1)
        places, digits = places[good], digits[good]
        values[places] = (digits[:, ::2] << 4 | digits[:, 1::2]).view(">u8").ravel()
        well_formed[places] = True
    return values, well_formed


def number_to_id(identity: int) -> str:
    """Return the article's id that a number stands for."""
    return f"{identity:016x}"


def name_in_issues(root: Path, path: Path) -> str:
    """Return a file's name in issues: relative to the root where it lies in there, with slashes."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def build_index(
    found: Iterable[RecordFile], key: ArticleIdReader, issues: list[Issue], scans: IndexCache | None = None
) -> RecordIndex:
    """Index the records of some files; where a file can't be read to its end, that is appended to ``issues``.

    What was found in a large bulk file is remembered in ``scans``.
    """
    known = list(found)
    good, loose = np.empty(0, LOCATION), np.empty(0, LOCATION)
    for at, file in enumerate(known):
        kept = scans if scans and file.is_bulk and scans.is_worthwhile(file.path) else None
        for whole, part in zip((good, loose), _scan_file(file, key, issues, kept), strict=True):
            part["file"] = at
            whole.resize(len(whole) + len(part), refcheck=False)  # parts put together at last take twice the memory
            whole[len(whole) - len(part) :] = part
    if scans:
        scans.sweep()
    return RecordIndex(known, good, loose)


def _scan_file(
    file: RecordFile, key: ArticleIdReader, issues: list[Issue], scans: IndexCache | None
) -> tuple[Any, Any]:
    """Return the places of the records of a file, and of those whose article can't be told."""
    name = scans.entry_name(file.path) if scans else ""
    if scans and (found := scans.get(name)):
        return found
    flaws: list[Issue] = []
    good: list[Any] = [np.empty(0, LOCATION)]
    loose: list[Any] = [np.empty(0, LOCATION)]
    rows = _location_rows(file, key, flaws)
    while chunk := list(islice(rows, _ROWS_PER_CHUNK)):
        good.append(np.array([row for row, known_id in chunk if known_id], LOCATION))
        loose.append(np.array([row for row, known_id in chunk if not known_id], LOCATION))
    made = np.concatenate(good), np.concatenate(loose)
    if scans and not flaws:
        scans.put(name, made)
    issues += flaws
    return made


def _location_row(article: str | None, line: jsonl.JsonlLine, data: bytes) -> tuple[Any, ...]:
    """Return a row of PLACE for a record's bytes; its file is numbered later."""
    digest = np.void(hashlib.sha256(data).digest()[:16])
    return id_to_number(article) if article else 0, 0, line.number, line.frame, line.offset, line.length, digest


def _location_rows(file: RecordFile, key: ArticleIdReader, issues: list[Issue]) -> Iterator[tuple[Any, bool]]:
    try:
        for line in jsonl.read_lines(file.path, file.name) if file.is_bulk else _read_whole_file(file):
            data = line.data or b""
            if not file.is_bulk or line.data is None or data.strip():
                article = key(file, data)
                yield _location_row(article, line, data), article is not None
    except DataError as error:
        issues += error.issues


def _read_whole_file(file: RecordFile) -> Iterator[jsonl.JsonlLine]:
    data = file.path.read_bytes()
    yield jsonl.JsonlLine(0, 0, 0, len(data), data)
