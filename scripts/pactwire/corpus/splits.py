"""The table splits.csv: the story, split, group and fold of each article, as arrays.

It may have millions of rows, and the process that plans a build holds all of them.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple, overload

import numpy as np

from pactwire.corpus import tables
from pactwire.corpus.settings import DEFAULT_FOLDS, MOST_FOLDS
from pactwire.model import article_ids
from pactwire.model.escapes import CONTROL_CHARACTER_IN_LINE
from pactwire.model.issues import Issue
from pactwire.storage import files, record_index

SPLITS_FILE: Final = "dataset/splits.csv"
FIRST_COLUMNS: Final = ("article", "story", "split")
"""The columns of a table of 1.0.0: a story is its own group, and folds are dealt to groups in order."""
SPLIT_COLUMNS: Final = (*FIRST_COLUMNS, "group", "fold")
FOLDS: Final = {str(number): number for number in range(MOST_FOLDS)}
"""The number of each fold as it is written."""
SPLITS: Final = ("train", "validation", "test")
EXCLUDED: Final = "excluded"
"""The value of an article that is kept out of every config."""
WITHDRAWN: Final = "withdrawn"
"""The value of an article that was removed from the dataset."""
UNPUBLISHED: Final = (EXCLUDED, WITHDRAWN)
"""Values of splits.csv that are not splits."""

_ALL_VALUES: Final = SPLITS + UNPUBLISHED
_CODES: Final = {name: code for code, name in enumerate(_ALL_VALUES)}
_FOLD_CODES: Final = {"": -1, **FOLDS}
_CHUNK_ROWS: Final = 10_000
"""Rows converted to Python values at a time."""


class SplitRow(NamedTuple):
    """A row of splits.csv; ``group`` and ``fold``, a number, are empty for an article that is ``excluded``."""

    article: str
    story: str
    split: str
    group: str = ""
    fold: str = ""


class SplitTable(Sequence[tuple[int, SplitRow]]):
    """The rows of splits.csv with their lines, in order; nineteen bytes each, and eight more if they have groups.

    ``articles`` are the ids as numbers (`record_index.ids_to_numbers`), 0 for a value that is not an id;
    ``well_formed`` tells which are ids. ``codes`` are the splits, as indices in SPLITS + UNPUBLISHED, -1 for any other
    value; ``folds`` are negative for none.
    """

    def __init__(
        self,
        chunks: Iterable[Sequence[Sequence[str]]] = (),
        lines: Sequence[int] | None = None,
        folds: int = DEFAULT_FOLDS,
    ) -> None:
        """Take the rows, some at a time, and their lines unless each row has the line after the last.

        ``folds`` is the number of folds that are dealt if the columns are FIRST_COLUMNS.
        """
        self._lines = lines
        self._irregular: dict[int, SplitRow] = {}  # rows that the arrays cannot hold
        parts: list[tuple[Any, ...]] = [tuple(np.empty(0, kind) for kind in ("u8", bool, "u8", "i1", "u8", "i1"))]
        start = 0
        self.has_groups = False
        for rows in chunks:
            columns = list(zip(*rows, strict=True))
            articles, well_formed = record_index.ids_to_numbers(columns[0])
            stories, are_ids = record_index.ids_to_numbers(columns[1])
            codes = np.array([_CODES.get(value, -1) for value in columns[2]], np.int8)
            groups, numbers, are_groups = stories, np.full(len(rows), -1, np.int8), are_ids
            if len(columns) == len(SPLIT_COLUMNS):
                self.has_groups = True
                groups, numbers, are_groups = _groups_and_folds(*columns[3:])
            for at in np.flatnonzero(~(well_formed & are_ids & are_groups & (codes >= 0))).tolist():
                self._irregular[start + at] = SplitRow(*rows[at])
            parts.append((articles, well_formed, stories, codes, groups, numbers))
            start += len(rows)
        self.articles, self.well_formed, self._stories, self.codes, self._groups, self.folds = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        if not self.has_groups:
            self._groups = self._stories
            self._deal_folds(folds)

    def _deal_folds(self, count: int) -> None:
        """Deal folds to stories in the order of the table, so that more rows change no fold."""
        is_dealt = (self.codes >= 0) & (self.codes != _CODES[EXCLUDED])
        _, first, stories = np.unique(self.story_numbers()[is_dealt], return_index=True, return_inverse=True)
        ranks = np.empty(len(first), np.int64)
        ranks[np.argsort(first)] = np.arange(len(first))
        self.folds[is_dealt] = (ranks % count)[stories]
        for at, row in self._irregular.items():
            if is_dealt[at]:
                self._irregular[at] = row._replace(group=row.story, fold=str(self.folds[at]))

    @property
    def irregular_rows(self) -> Iterable[SplitRow]:
        """The rows of which a value is not of the usual form."""
        return self._irregular.values()

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[int, SplitRow]], folds: int | None = None) -> "SplitTable":
        """Return the table of rows with their lines, as they are, or with so many ``folds`` dealt to their stories."""
        width = len(FIRST_COLUMNS if folds else SPLIT_COLUMNS)
        chunks = [[row[:width] for _, row in rows]] if rows else []
        return cls(chunks, [line for line, _ in rows], folds or DEFAULT_FOLDS)

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
        arrays = (self.articles, self._stories, self.codes, self._groups, self.folds)
        columns = (values.tolist() for values in (at, *(array[at] for array in arrays)))
        return [
            self._irregular.get(index)
            or SplitRow(
                article_ids.number_to_id(article),
                article_ids.number_to_id(story),
                _ALL_VALUES[code],
                article_ids.number_to_id(group) if fold >= 0 else "",
                str(fold) if fold >= 0 else "",
            )
            for index, article, story, code, group, fold in zip(*columns, strict=True)
        ]

    def row_of(self, article: str) -> SplitRow | None:
        """Return the first row of an article, or None."""
        if not article_ids.ARTICLE_ID.fullmatch(article):
            return None
        order, number = self._article_order, np.uint64(article_ids.id_to_number(article))
        at = int(np.searchsorted(self.articles, number, sorter=order))
        if at == len(order) or self.articles[order[at]] != number or not self.well_formed[order[at]]:
            return None
        return self.rows([order[at]])[0]

    @cached_property
    def _article_order(self) -> Any:
        return np.argsort(self.articles, kind="stable")

    def in_published_split(self) -> Any:
        """Return, for each row, whether its article is in one of SPLITS."""
        return (self.codes >= 0) & (self.codes < len(SPLITS))

    def without_story(self) -> list[int]:
        """Return the indices of rows without a story."""
        return [index for index, row in self._irregular.items() if not row.story]

    def without_group(self) -> Any:
        """Return, for each row of a table with groups, whether it is in one of SPLITS without a group or a fold."""
        is_missing = self.folds < 0
        is_missing[[index for index, row in self._irregular.items() if not row.group]] = True
        return is_missing & self.in_published_split() & self.has_groups

    def story_numbers(self) -> Any:
        """Return a number for each row, equal for two rows if and only if their stories are."""
        return self._numbers(self._stories, {at: row.story for at, row in self._irregular.items()})

    def group_numbers(self) -> Any:
        """Return a number for each row, equal for two rows that have a group if and only if their groups are."""
        return self._numbers(self._groups, {at: row.group for at, row in self._irregular.items()})

    @staticmethod
    def _numbers(regular: Any, values: Mapping[int, str]) -> Any:
        """Return a number for each row, equal if their ids are; ``values`` are those of some rows, of any form."""
        irregular = {at: value for at, value in values.items() if not article_ids.ARTICLE_ID.fullmatch(value)}
        if not irregular:
            return regular
        known, numbers = np.unique(regular, return_inverse=True)
        number_of = {value: len(known) + at for at, value in enumerate(sorted(set(irregular.values())))}
        numbers[list(irregular)] = [number_of[value] for value in irregular.values()]
        return numbers.astype(np.uint64)


def _groups_and_folds(groups: Sequence[str], folds: Sequence[str]) -> tuple[Any, Any, Any]:
    """Return the groups and the folds as numbers, -1 for an empty fold, and which rows have both or neither."""
    numbers, are_ids = record_index.ids_to_numbers(groups)
    codes = np.array([_FOLD_CODES.get(value, -2) for value in folds], np.int8)
    has_no_group = np.array([not group for group in groups], bool)
    return numbers, codes, (are_ids & (codes >= 0)) | (has_no_group & (codes == -1))


def load_splits(root: Path, issues: list[Issue], folds: int = DEFAULT_FOLDS) -> SplitTable:
    """Return the table splits.csv; empty if it is missing, or malformed, which is appended to ``issues``.

    Args:
        root: The dataset.
        issues: Where an issue is appended.
        folds: The number of folds that a table of FIRST_COLUMNS gets.
    """
    path = root / SPLITS_FILE
    if not path.is_file():
        return SplitTable()
    if (table := _read_in_chunks(path, folds)) is not None:
        return table
    with path.open("rb") as stream:
        columns = SPLIT_COLUMNS if SPLIT_COLUMNS[-1].encode() in stream.readline(100) else FIRST_COLUMNS
    rows = tables.collect(lambda: files.read_table(path, SPLITS_FILE, columns, ","), issues)
    lines = [(line, SplitRow(*values)) for line, values in rows]
    return SplitTable.from_rows(lines, folds if columns == FIRST_COLUMNS else None)


def _read_in_chunks(path: Path, folds: int) -> SplitTable | None:
    """Return the table splits.csv, or None if it is malformed, and the slower reader has to tell where."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream)
            header = tuple(next(reader, ()))
            if header not in (FIRST_COLUMNS, SPLIT_COLUMNS):
                return None
            table = SplitTable(_row_chunks(reader, len(header)), folds=folds)
    except (csv.Error, UnicodeDecodeError):
        return None
    return None if any(CONTROL_CHARACTER_IN_LINE.search("".join(row)) for row in table.irregular_rows) else table


def _row_chunks(reader: Any, width: int) -> Iterator[list[list[str]]]:
    """Yield the rows of a CSV file, some at a time; raises csv.Error unless each is one line of ``width`` values."""
    lines = reader.line_num
    while rows := list(islice(reader, _CHUNK_ROWS)):
        lines += len(rows)
        if reader.line_num != lines or any(len(row) != width for row in rows):
            raise csv.Error("rows of another shape")
        yield rows
