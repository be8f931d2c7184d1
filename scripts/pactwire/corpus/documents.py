"""The files of annotations/ to the documents they hold: indexed once, each read when it is asked for."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pactwire.corpus import tables
from pactwire.corpus.articles import KEPT
from pactwire.model import schema, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Document
from pactwire.storage import input_files, jsonl, record_index
from pactwire.storage.index_cache import Scans
from pactwire.storage.record_index import ID, File, Index


class Placed(NamedTuple):
    """An annotation document and where it stands; ``line`` is 0 for a file of its own.

    ``wrong`` are the paths at which it breaks the schema; such a document is for checking only.
    """

    document: Document
    annotator: str
    file: str
    line: int
    wrong: tuple[strict_json.Path, ...] = ()


class Documents(Collection[Placed]):
    """The documents that hold to the schema, in the order of their files and lines, read as they are asked for."""

    def __init__(self, places: Index) -> None:
        self.index = places
        self._kept: dict[str, list[tuple[Placed | None, list[Issue]]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_kept": {}}

    def __iter__(self) -> Iterator[Placed]:
        for place in self.index.places:
            placed, _ = _read(self.index, place)
            if placed and not placed.wrong:
                yield placed

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, item: object) -> bool:
        return any(item == each for each in self)

    def of(self, article: str) -> list[Placed]:
        """Return an article's documents that hold to the schema."""
        return [placed for placed, _ in self.read(article) if placed and not placed.wrong]

    def read(self, article: str) -> list[tuple[Placed | None, list[Issue]]]:
        """Return each document of an article, also where it breaks the schema, with what is wrong with it so far."""
        if article not in self._kept:
            while len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[article] = [_read(self.index, place) for place in self.index.of(article)]
        return self._kept[article]

    def loose(self) -> Iterator[tuple[Placed | None, list[Issue]]]:
        """Yield what `read` does for each record whose article can't be told."""
        for place in self.index.loose:
            yield _read(self.index, place)

    def take(self, ids: Sequence[str]) -> "Documents":
        """Return the documents of some articles, in the same order."""
        return Documents(self.index.take(ids))


def _read(places: Index, place: Any) -> tuple[Placed | None, list[Issue]]:
    try:
        record = places.read(place)
        value = record.value()
    except DataError as error:
        return None, error.issues
    file, line = record.file, record.line
    if schema.is_valid(value, "annotation"):
        return Placed(value, file.annotator, file.name, line), []
    found = schema.explain(value, "annotation")
    issues = tables.schema_issues(found, file.name, None if file.bulk else file.path, line)
    return Placed(value, file.annotator, file.name, line, tuple(where for _, where, _ in found)), issues


def load(root: Path, others: Sequence[Path], issues: list[Issue]) -> Documents:
    """Index the documents of annotations/, and of other files; the issues of files are appended."""
    scans = Scans(root / ".pactwire" / "scans" / "documents")
    return Documents(
        record_index.scan([*_files(root, issues), *_elsewhere(others, issues)], _article_of, issues, scans)
    )


def _files(root: Path, issues: list[Issue]) -> Iterator[File]:
    for folder in _entries(root, root / "annotations", issues):
        for path in _entries(root, folder, issues) if folder.is_dir() else ():
            name = record_index.file_name(root, path)
            if path.name.endswith((".json", *jsonl.SUFFIXES)):
                yield File(path, name, folder.name)
            else:
                message = "it is not read: its name does not end in .json, .jsonl or .jsonl.zst"
                issues.append(Issue(name, 1, "document-place", message))


def _entries(root: Path, folder: Path, issues: list[Issue]) -> Iterator[Path]:
    for each in input_files.entries(folder, partial(record_index.file_name, root), [root]) if folder.is_dir() else ():
        if isinstance(each, Issue):
            issues.append(each)
        else:
            yield each


def _elsewhere(paths: Sequence[Path], issues: list[Issue]) -> Iterator[File]:
    for path in (each.resolve() for each in paths):
        if flaw := input_files.flaw(path, path.as_posix()):
            issues.append(flaw)
        else:
            yield File(path, path.as_posix(), path.parent.name)


class _OfArticle(msgspec.Struct):
    article: str


_of_article = msgspec.json.Decoder(_OfArticle)


def _article_of(file: File, data: bytes) -> str | None:
    try:
        found = _of_article.decode(data).article
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if ID.fullmatch(found) else None
