"""The files of annotations/ to the documents they hold: indexed once, each read when it is asked for."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pactwire.corpus import tables
from pactwire.corpus.articles import CACHE_SIZE
from pactwire.model import schema, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Document
from pactwire.storage import input_files, jsonl, record_index
from pactwire.storage.index_cache import IndexCache
from pactwire.storage.record_index import ARTICLE_ID, RecordFile, RecordIndex


class StoredDocument(NamedTuple):
    """An annotation document and where it stands; ``line`` is 0 for a file of its own.

    ``wrong`` are the paths at which it breaks the schema; such a document is for checking only.
    """

    document: Document
    annotator: str
    file: str
    line: int
    invalid_paths: tuple[strict_json.JsonPath, ...] = ()


class Documents(Collection[StoredDocument]):
    """The documents that hold to the schema, in the order of their files and lines, read as they are asked for."""

    def __init__(self, places: RecordIndex) -> None:
        self.index = places
        self._cache: dict[str, list[tuple[StoredDocument | None, list[Issue]]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_cache": {}}

    def __iter__(self) -> Iterator[StoredDocument]:
        for place in self.index.locations:
            placed, _ = _read_document(self.index, place)
            if placed and not placed.invalid_paths:
                yield placed

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, item: object) -> bool:
        return any(item == each for each in self)

    def of_article(self, article: str) -> list[StoredDocument]:
        """Return an article's documents that hold to the schema."""
        return [placed for placed, _ in self.read_with_issues(article) if placed and not placed.invalid_paths]

    def read_with_issues(self, article: str) -> list[tuple[StoredDocument | None, list[Issue]]]:
        """Return each document of an article, also where it breaks the schema, with what is wrong with it so far."""
        if article not in self._cache:
            while len(self._cache) >= CACHE_SIZE:
                self._cache.pop(next(iter(self._cache)))
            self._cache[article] = [_read_document(self.index, place) for place in self.index.locate(article)]
        return self._cache[article]

    def unidentified(self) -> Iterator[tuple[StoredDocument | None, list[Issue]]]:
        """Yield what `read` does for each record whose article can't be told."""
        for place in self.index.unidentified:
            yield _read_document(self.index, place)

    def subset(self, ids: Sequence[str]) -> "Documents":
        """Return the documents of some articles, in the same order."""
        return Documents(self.index.subset(ids))


def _read_document(places: RecordIndex, place: Any) -> tuple[StoredDocument | None, list[Issue]]:
    try:
        record = places.read_record(place)
        value = record.value()
    except DataError as error:
        return None, error.issues
    file, line = record.file, record.line
    if schema.is_valid(value, "annotation"):
        return StoredDocument(value, file.annotator, file.name, line), []
    found = schema.explain(value, "annotation")
    issues = tables.schema_issues(found, file.name, None if file.is_bulk else file.path, line)
    return StoredDocument(value, file.annotator, file.name, line, tuple(where for _, where, _ in found)), issues


def load_documents(root: Path, others: Sequence[Path], issues: list[Issue]) -> Documents:
    """Index the documents of annotations/, and of other files; the issues of files are appended."""
    scans = IndexCache(root / ".pactwire" / "scans" / "documents")
    return Documents(
        record_index.build_index(
            [*_document_files(root, issues), *_external_files(others, issues)], _article_id_of_record, issues, scans
        )
    )


def _document_files(root: Path, issues: list[Issue]) -> Iterator[RecordFile]:
    for folder in folder_entries(root, root / "annotations", issues):
        for path in folder_entries(root, folder, issues) if folder.is_dir() else ():
            name = record_index.name_in_issues(root, path)
            if path.name.endswith((".json", *jsonl.SUFFIXES)):
                yield RecordFile(path, name, folder.name)
            else:
                message = "it is not read: its name does not end in .json, .jsonl or .jsonl.zst"
                issues.append(Issue(name, 1, "document-place", message))


def folder_entries(root: Path, folder: Path, issues: list[Issue]) -> Iterator[Path]:
    """Yield the files and folders in a folder of a dataset, sorted; those that cannot be read are issues."""
    for each in (
        input_files.list_entries(folder, partial(record_index.name_in_issues, root), [root]) if folder.is_dir() else ()
    ):
        if isinstance(each, Issue):
            issues.append(each)
        else:
            yield each


def _external_files(paths: Sequence[Path], issues: list[Issue]) -> Iterator[RecordFile]:
    for path in (each.resolve() for each in paths):
        if flaw := input_files.named_path_issue(path, path.as_posix()):
            issues.append(flaw)
        else:
            yield RecordFile(path, path.as_posix(), path.parent.name)


class _ArticleOnly(msgspec.Struct):
    article: str


_article_decoder = msgspec.json.Decoder(_ArticleOnly)


def _article_id_of_record(file: RecordFile, data: bytes) -> str | None:
    try:
        found = _article_decoder.decode(data).article
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if ARTICLE_ID.fullmatch(found) else None
