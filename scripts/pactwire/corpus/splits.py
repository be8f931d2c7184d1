"""The table splits.csv: the story and the split of each article, as arrays.

It may have millions of rows, and the process that plans a build holds all of them.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, overload

import numpy as np
import pyarrow as pa
from pyarrow import csv

from pactwire.corpus import tables
from pactwire.model import article_ids
from pactwire.model.escapes import CONTROL_CHARACTER_IN_LINE
from pactwire.model.issues import Issue
from pactwire.storage import files, record_index, remote

SPLITS_FILE: Final = "dataset/splits.csv"
SPLIT_COLUMNS: Final = ("article", "story", "split")
SPLITS: Final = ("train", "validation", "test")
EXCLUDED: Final = "excluded"
"""The value of an article that is kept out of every config."""
WITHDRAWN: Final = "withdrawn"
"""The value of an article that was removed from the dataset."""
UNPUBLISHED: Final = (EXCLUDED, WITHDRAWN)
"""Values of splits.csv that are not splits."""

_ALL_VALUES: Final = SPLITS + UNPUBLISHED
_CODES: Final = {name: code for code, name in enumerate(_ALL_VALUES)}
_CHUNK_ROWS: Final = 10_000
"""Rows converted to Python values at a time."""
_COLUMN_TYPES: Final = {name: pa.string() for name in SPLIT_COLUMNS}


class SplitRow(NamedTuple):
    """A row of splits.csv."""

    article: str
    story: str
    split: str


class SplitTable(Sequence[tuple[int, SplitRow]]):
    """The rows of splits.csv with their lines, in order; eighteen bytes each.

    ``articles`` are the ids as numbers (`record_index.ids_to_numbers`), 0 for a value that is not an id;
    ``well_formed`` tells which are ids. ``codes`` are the splits, as indices in SPLITS + UNPUBLISHED, -1 for any other
    value.
    """

    def __init__(self, batches: Iterable[pa.RecordBatch], lines: Sequence[int] | None = None) -> None:
        """Take the three columns as strings, and the lines of the rows unless each row has the line after the last."""
        self._lines = lines
        self._irregular: dict[int, SplitRow] = {}  # rows that the arrays cannot hold
        parts: list[tuple[Any, ...]] = [(np.empty(0, "u8"), np.empty(0, bool), np.empty(0, "u8"), np.empty(0, "i1"))]
        start = 0
        for batch in batches:
            articles, well_formed = record_index.ids_to_numbers(batch["article"])
            stories, are_ids = record_index.ids_to_numbers(batch["story"])
            codes = _codes(batch["split"])
            for at in np.flatnonzero(~(well_formed & are_ids & (codes >= 0))).tolist():
                self._irregular[start + at] = SplitRow(*(column[at].as_py() for column in batch.columns))
            parts.append((articles, well_formed, stories, codes))
            start += len(batch)
        self.articles, self.well_formed, self._stories, self.codes = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )

    @property
    def irregular_rows(self) -> Iterable[SplitRow]:
        """The rows whose article, story or split is not of the usual form."""
        return self._irregular.values()

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[int, SplitRow]]) -> "SplitTable":
        """Return the table of rows with their lines."""
        columns = [pa.array([row[at] for _, row in rows], pa.string()) for at in range(len(SPLIT_COLUMNS))]
        return cls([pa.record_batch(columns, SPLIT_COLUMNS)] if rows else [], [line for line, _ in rows])

    def __len__(self) -> int:
        return len(self.articles)

    @overload
    def __getitem__(self, at: int) -> tuple[int, SplitRow]: ...
    @overload
    def __getitem__(self, at: slice) -> list[tuple[int, SplitRow]]: ...
    def __getitem__(self, at: int | slice) -> Any:
        indices = range(len(self))[at]
        if isinstance(indices, int):
            return self._line_number(indices), self.rows([indices])[0]
        return list(zip(map(self._line_number, indices), self.rows(indices), strict=True))

    def __iter__(self) -> Iterator[tuple[int, SplitRow]]:
        for start in range(0, len(self), _CHUNK_ROWS):
            yield from self[start : start + _CHUNK_ROWS]

    def _line_number(self, at: int) -> int:
        return at + 2 if self._lines is None else self._lines[at]

    def rows(self, indices: Any) -> list[SplitRow]:
        """Return the rows at some indices, in their order."""
        at = np.asarray(indices, np.int64)
        columns = (values.tolist() for values in (at, self.articles[at], self._stories[at], self.codes[at]))
        return [
            self._irregular.get(index)
            or SplitRow(article_ids.number_to_id(article), article_ids.number_to_id(story), _ALL_VALUES[code])
            for index, article, story, code in zip(*columns, strict=True)
        ]

    def in_published_split(self) -> Any:
        """Return, for each row, whether its article is in one of SPLITS."""
        return (self.codes >= 0) & (self.codes < len(SPLITS))

    def without_story(self) -> list[int]:
        """Return the indices of rows without a story."""
        return [index for index, row in self._irregular.items() if not row.story]

    def story_numbers(self) -> Any:
        """Return a number for each row, equal for two rows if and only if their stories are."""
        irregular = {
            at: row.story for at, row in self._irregular.items() if not article_ids.ARTICLE_ID.fullmatch(row.story)
        }
        if not irregular:
            return self._stories
        known, numbers = np.unique(self._stories, return_inverse=True)
        number_of = {story: len(known) + at for at, story in enumerate(sorted(set(irregular.values())))}
        numbers[list(irregular)] = [number_of[story] for story in irregular.values()]
        return numbers.astype(np.uint64)


def _codes(column: pa.StringArray) -> Any:
    """Return the index of each value in SPLITS + UNPUBLISHED, or -1."""
    return np.array([_CODES.get(value, -1) for value in column.to_pylist()], np.int8)


def load_splits(root: Path, issues: list[Issue]) -> SplitTable:
    """Return the table splits.csv; empty if it is missing, or malformed, which is appended to ``issues``."""
    path = root / SPLITS_FILE
    if not path.is_file():
        return SplitTable([])
    if (table := _read_with_arrow(path)) is not None:
        pa.system_memory_pool().release_unused()  # reading took more memory than the table does
        return table
    rows = tables.collect(lambda: files.read_table(path, SPLITS_FILE, SPLIT_COLUMNS, ","), issues)
    return SplitTable.from_rows([(line, SplitRow(*values)) for line, values in rows])


def _read_with_arrow(path: Path) -> SplitTable | None:
    """Return the table splits.csv, or None if it is malformed, and the slower reader has to tell where."""
    # Arrow opens the file itself, except in a remote store: one of its threads that releases a Python file while Python
    # exits aborts the process
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
                table = SplitTable(batches)
        except pa.ArrowInvalid:
            return None
    return None if any(CONTROL_CHARACTER_IN_LINE.search("".join(row)) for row in table.irregular_rows) else table
