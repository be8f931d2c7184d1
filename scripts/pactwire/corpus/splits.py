"""splits.csv to the registry of splits: the story and the split of each article, in arrays.

There may be millions of rows, and the process that plans a build holds all of them.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, overload

import numpy as np
import pyarrow as pa
from pyarrow import csv

from pactwire.corpus import tables
from pactwire.model.escapes import CONTROL_CHARACTER_IN_LINE
from pactwire.model.issues import Issue
from pactwire.storage import files, record_index, remote
from pactwire.storage.record_index import ARTICLE_ID

SPLITS_FILE: Final = "dataset/splits.csv"
SPLIT_COLUMNS: Final = ("article", "story", "split")
SPLITS: Final = ("train", "validation", "test")
EXCLUDED: Final = "excluded"
"""Kept out of every config."""
WITHDRAWN: Final = "withdrawn"
"""Gone."""
UNPUBLISHED: Final = (EXCLUDED, WITHDRAWN)
"""What splits.csv may say instead of a split."""

_ALL_VALUES: Final = SPLITS + UNPUBLISHED
_CODES: Final = {name: code for code, name in enumerate(_ALL_VALUES)}
_CHUNK_ROWS: Final = 10_000
"""Rows made into Python values at a time."""
_COLUMN_TYPES: Final = {name: pa.string() for name in SPLIT_COLUMNS}


class SplitRow(NamedTuple):
    """A row of splits.csv."""

    article: str
    story: str
    split: str


class SplitTable(Sequence[tuple[int, SplitRow]]):
    """The rows of splits.csv with their lines, in order: eighteen bytes each.

    ``articles`` are the ids as numbers (`index.number`), 0 where it is no id, and ``well_formed`` says where it is
    one. ``codes`` are the splits: places in SPLITS and, after it, OUTSIDE; -1 where it is none of them.
    """

    def __init__(self, batches: Iterable[pa.RecordBatch], lines: Sequence[int] | None = None) -> None:
        """Take the three columns as strings; ``lines`` are those that the rows stand on, where not one a row."""
        self._lines = lines
        self._irregular: dict[int, SplitRow] = {}  # rows that the arrays can't hold
        found: list[tuple[Any, ...]] = [(np.empty(0, "u8"), np.empty(0, bool), np.empty(0, "u8"), np.empty(0, "i1"))]
        start = 0
        for batch in batches:
            articles, well_formed = record_index.ids_to_numbers(batch["article"])
            stories, are_ids = record_index.ids_to_numbers(batch["story"])
            codes = _codes(batch["split"])
            for at in np.flatnonzero(~(well_formed & are_ids & (codes >= 0))).tolist():
                self._irregular[start + at] = SplitRow(*(column[at].as_py() for column in batch.columns))
            found.append((articles, well_formed, stories, codes))
            start += len(batch)
        self.articles, self.well_formed, self._stories, self.codes = (
            np.concatenate(each) for each in zip(*found, strict=True)
        )

    @property
    def irregular_rows(self) -> Iterable[SplitRow]:
        """The rows with an id, a story or a split of another form than ours."""
        return self._irregular.values()

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[int, SplitRow]]) -> "SplitTable":
        """Return the registry of rows with their lines."""
        columns = [pa.array([row[at] for _, row in rows], pa.string()) for at in range(len(SPLIT_COLUMNS))]
        return cls([pa.record_batch(columns, SPLIT_COLUMNS)] if rows else [], [line for line, _ in rows])

    def __len__(self) -> int:
        return len(self.articles)

    @overload
    def __getitem__(self, at: int) -> tuple[int, SplitRow]: ...
    @overload
    def __getitem__(self, at: slice) -> list[tuple[int, SplitRow]]: ...
    def __getitem__(self, at: int | slice) -> Any:
        places = range(len(self))[at]
        if isinstance(places, int):
            return self._line_number(places), self.rows([places])[0]
        return list(zip(map(self._line_number, places), self.rows(places), strict=True))

    def __iter__(self) -> Iterator[tuple[int, SplitRow]]:
        for start in range(0, len(self), _CHUNK_ROWS):
            yield from self[start : start + _CHUNK_ROWS]

    def _line_number(self, at: int) -> int:
        return at + 2 if self._lines is None else self._lines[at]

    def rows(self, places: Any) -> list[SplitRow]:
        """Return the rows at some places, in their order."""
        at = np.asarray(places, np.int64)
        columns = (each.tolist() for each in (at, self.articles[at], self._stories[at], self.codes[at]))
        return [
            self._irregular.get(place)
            or SplitRow(record_index.number_to_id(article), record_index.number_to_id(story), _ALL_VALUES[split])
            for place, article, story, split in zip(*columns, strict=True)
        ]

    def in_published_split(self) -> Any:
        """Return for each row whether it puts its article into one of SPLITS."""
        return (self.codes >= 0) & (self.codes < len(SPLITS))

    def without_story(self) -> list[int]:
        """Return the places of rows that name no story."""
        return [at for at, row in self._irregular.items() if not row.story]

    def story_numbers(self) -> Any:
        """Return a number for the story of each row, the same for the same story and for no other one."""
        named = {at: row.story for at, row in self._irregular.items() if not ARTICLE_ID.fullmatch(row.story)}
        if not named:
            return self._stories
        numbers, places = np.unique(self._stories, return_inverse=True)
        names = {name: len(numbers) + at for at, name in enumerate(sorted(set(named.values())))}
        places[list(named)] = [names[name] for name in named.values()]
        return places.astype(np.uint64)


def _codes(column: pa.StringArray) -> Any:
    """Return for each value its place in SPLITS and OUTSIDE, or -1."""
    return np.array([_CODES.get(each, -1) for each in column.to_pylist()], np.int8)


def load_splits(root: Path, issues: list[Issue]) -> SplitTable:
    """Return the rows of splits.csv; none where it is missing, or has another shape, which is told of in ``issues``."""
    path = root / SPLITS_FILE
    if not path.is_file():
        return SplitTable([])
    if (found := _read_with_arrow(path)) is not None:
        pa.system_memory_pool().release_unused()  # reading took more than is kept
        return found
    rows = tables.collect(lambda: files.read_table(path, SPLITS_FILE, SPLIT_COLUMNS, ","), issues)
    return SplitTable.from_rows([(line, SplitRow(*values)) for line, values in rows])


def _read_with_arrow(path: Path) -> SplitTable | None:
    """Return the rows of splits.csv, or None where it has another shape, for a slower reader to say where."""
    # a file of Arrow's own, except in a store: a thread that lets go of Python's while Python ends aborts the process
    source: Any = path.open("rb") if remote.is_store(path) else pa.OSFile(os.fsencode(path))
    with source as stream:
        if stream.read(100).partition(b"\n")[0].rstrip(b"\r") != ",".join(SPLIT_COLUMNS).encode():
            return None
        stream.seek(0)
        try:
            with csv.open_csv(
                stream,
                parse_options=csv.ParseOptions(ignore_empty_lines=False),
                convert_options=csv.ConvertOptions(column_types=_COLUMN_TYPES, strings_can_be_null=False),
            ) as batches:
                found = SplitTable(batches)
        except pa.ArrowInvalid:
            return None
    return None if any(CONTROL_CHARACTER_IN_LINE.search("".join(row)) for row in found.irregular_rows) else found
