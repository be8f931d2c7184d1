"""Annotation documents of the files in annotations/: indexed once, and each read when it is asked for."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pactwire.corpus import rounds, tables
from pactwire.corpus.articles import CACHE_SIZE
from pactwire.corpus.migration_ledger import LEDGER
from pactwire.model import strict_json
from pactwire.model.article_ids import ARTICLE_ID
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import input_files, jsonl, record_index
from pactwire.storage.index_cache import IndexCache
from pactwire.storage.record_index import RecordFile, RecordIndex


class StoredDocument(NamedTuple):
    """An annotation document and its location; ``line`` is 0 if it has a file of its own.

    ``annotator`` is the name of its folder. ``invalid_paths`` are the paths at which it breaks the schema; a document
    that has any is for validation only.
    """

    document: Document
    annotator: str
    file: str
    line: int
    invalid_paths: tuple[strict_json.JsonPath, ...] = ()


class Documents(Collection[StoredDocument]):
    """The documents that match the schema, in the order of their files and lines; each is read when it is asked for."""

    def __init__(self, index: RecordIndex, schema: AnnotationSchema) -> None:
        self.index = index
        self.schema = schema
        self._cache: dict[str, list[tuple[StoredDocument | None, list[Issue]]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_cache": {}}

    def __iter__(self) -> Iterator[StoredDocument]:
        for location in self.index.locations:
            stored, _ = _read_document(self.index, location, self.schema)
            if stored and not stored.invalid_paths:
                yield stored

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, item: object) -> bool:
        return any(item == stored for stored in self)

    def annotators(self) -> set[str]:
        """Return the annotators who have documents, and ``final``."""
        return {self.index.files[file].annotator for file in set(self.index.locations["file"].tolist())}

    def of_annotator(self, annotator: str) -> Iterator[StoredDocument]:
        """Yield the documents of an annotator's folder that match the schema."""
        for location in self.index.locations:
            if self.index.files[location["file"]].annotator == annotator:
                stored, _ = _read_document(self.index, location, self.schema)
                if stored and not stored.invalid_paths:
                    yield stored

    def of_article(self, article: str) -> list[StoredDocument]:
        """Return the documents of an article that match the schema."""
        return [stored for stored, _ in self.read_with_issues(article) if stored and not stored.invalid_paths]

    def read_with_issues(self, article: str) -> list[tuple[StoredDocument | None, list[Issue]]]:
        """Return each document of an article, even if it breaks the schema, and the issues of reading it."""
        if article not in self._cache:
            while len(self._cache) >= CACHE_SIZE:
                self._cache.pop(next(iter(self._cache)))
            self._cache[article] = [
                _read_document(self.index, location, self.schema) for location in self.index.locate(article)
            ]
        return self._cache[article]

    def unidentified(self) -> Iterator[tuple[StoredDocument | None, list[Issue]]]:
        """Yield each document whose article is unknown, or None, and the issues of reading it."""
        for location in self.index.unidentified:
            yield _read_document(self.index, location, self.schema)

    def subset(self, ids: Sequence[str]) -> "Documents":
        """Return the documents of some articles, in the same order."""
        return Documents(self.index.subset(ids), self.schema)


def _read_document(
    index: RecordIndex, location: Any, schema: AnnotationSchema
) -> tuple[StoredDocument | None, list[Issue]]:
    try:
        record = index.read_record(location)
        value = record.value()
    except DataError as error:
        return None, error.issues
    file, line = record.file, record.line
    if issue := _migration_issue(value, schema, file, line):
        return None, [issue]
    if schema.is_valid(value):
        return StoredDocument(value, file.annotator, file.name, line), []
    flaws = schema.explain(value)
    issues = tables.schema_issues(flaws, file.name, None if file.is_bulk else file.path, line)
    return StoredDocument(value, file.annotator, file.name, line, tuple(path for _, path, _ in flaws)), issues


def _migration_issue(value: Any, schema: AnnotationSchema, file: RecordFile, line: int) -> Issue | None:
    """Return an issue if the labels of a document did not go through the migrations of the schema, and no others."""
    labels = value.get("labels") if isinstance(value, dict) else None
    if labels == schema.migration or not (labels is None or isinstance(labels, str)):
        return None
    where = line or tables.line_of_path(strict_json.value_lines(file.path.read_text("utf-8")), ("labels",))
    if labels is None or labels in schema.migrations:
        state = f"went through {labels}" if labels else "went through no migration"
        message = f"its labels {state}, those of the dataset through {schema.migration}"
        return Issue(file.name, where, "document-behind", message)
    message = f"its labels went through {labels!r}, which {LEDGER} does not list"
    return Issue(file.name, where, "document-ahead", message)


def load_documents(root: Path, others: Sequence[Path], schema: AnnotationSchema, issues: list[Issue]) -> Documents:
    """Index the documents of the current round and of other files; appends the issues of files."""
    folders = rounds.annotator_folders(root, issues)
    record_files = [*_document_files(root, folders, issues), *_external_files(others, issues)]
    cache = IndexCache(root / ".pactwire" / "scans" / "documents")
    return Documents(record_index.build_index(record_files, _article_id_of_record, issues, cache), schema)


def load_earlier_documents(root: Path, schema: AnnotationSchema, issues: list[Issue]) -> Documents:
    """Index the documents of closed rounds, whose ``annotator`` is ``rounds/N/ANNOTATOR``; appends issues of files."""
    record_files = _document_files(root, rounds.earlier_folders(root, issues), issues)
    return Documents(record_index.build_index(record_files, _article_id_of_record, issues), schema)


def _document_files(root: Path, folders: Iterable[tuple[str, Path]], issues: list[Issue]) -> Iterator[RecordFile]:
    for annotator, folder in folders:
        for path in tables.folder_entries(root, folder, issues):
            name = input_files.name_in_issues(root, path)
            if path.name.endswith((".json", *jsonl.SUFFIXES)):
                yield RecordFile(path, name, annotator)
            else:
                message = "it is not read: its name does not end in .json, .jsonl or .jsonl.zst"
                issues.append(Issue(name, 1, "document-place", message))


def _external_files(paths: Sequence[Path], issues: list[Issue]) -> Iterator[RecordFile]:
    for path in (given.resolve() for given in paths):
        if issue := input_files.named_path_issue(path, path.as_posix()):
            issues.append(issue)
        else:
            yield RecordFile(path, path.as_posix(), path.parent.name)


class _ArticleOnly(msgspec.Struct):
    article: str


_article_decoder = msgspec.json.Decoder(_ArticleOnly)


def _article_id_of_record(file: RecordFile, data: bytes) -> str | None:
    try:
        article = _article_decoder.decode(data).article
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return article if ARTICLE_ID.fullmatch(article) else None
