"""Articles of the raw files: indexed once, and each read when it is asked for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from pactwire.corpus import tables
from pactwire.model import article_ids, digests
from pactwire.model.dates import date_flaw
from pactwire.model.issues import DataError, Issue
from pactwire.model.json_schemas import tool_validator
from pactwire.model.records import Article, Source
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import files, input_files, record_index
from pactwire.storage.index_cache import IndexCache
from pactwire.storage.record_index import RecordFile, RecordIndex
from pactwire.text import offset_checks

RAW_FOLDER: Final = "dataset/raw"
_IN_NAME: Final = re.compile(rf"(?<![0-9a-f]){article_ids.ARTICLE_ID.pattern}(?![0-9a-f])")
CACHE_SIZE: Final = 128
"""Articles kept after they were read, since most are soon asked for again."""


class Articles(Mapping[str, Article]):
    """Articles by id, in the order of the raw files; each is read when it is asked for.

    One that cannot be read is missing: `read_with_issues` reports why.
    """

    def __init__(self, index: RecordIndex, sources: Mapping[str, Source], schema: AnnotationSchema) -> None:
        self.index = index
        self.schema = schema
        self.sources = sources
        self._cache: dict[str, tuple[Article | None, list[Issue]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_cache": {}}

    def __getitem__(self, identity: str) -> Article:
        article, _ = self.read_with_issues(identity)
        if article is None:
            raise KeyError(identity)
        return article

    def __iter__(self) -> Iterator[str]:
        return map(article_ids.number_to_id, self.index.locations["id"].tolist())

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, identity: object) -> bool:
        return isinstance(identity, str) and len(self.index.locate(identity)) > 0

    def read_with_issues(self, identity: str) -> tuple[Article | None, list[Issue]]:
        """Return an article, or None, and the issues of its record."""
        if identity not in self._cache:
            while len(self._cache) >= CACHE_SIZE:
                self._cache.pop(next(iter(self._cache)))
            locations = self.index.locate(identity)
            self._cache[identity] = _read_article(self, locations[0], identity) if len(locations) else (None, [])
        return self._cache[identity]

    def unidentified(self) -> Iterator[list[Issue]]:
        """Yield the issues of each record whose id is unknown."""
        for location in self.index.unidentified:
            yield _read_article(self, location, "")[1]

    def subset(self, ids: Sequence[str]) -> "Articles":
        """Return some of the articles, in the same order."""
        sources = {identity: self.sources[identity] for identity in ids if identity in self.sources}
        return Articles(self.index.subset(ids), sources, self.schema)


def _read_article(articles: Articles, location: Any, identity: str) -> tuple[Article | None, list[Issue]]:
    """Read the record of an article; ``identity`` is empty where it is not known, which is only so in bulk files."""
    try:
        record = articles.index.read_record(location)
        if record.file.is_bulk:
            return _read_bulk_article(identity, record, articles.schema)
        text = files.decode_source_text(record.data, record.file.name)
    except DataError as error:
        return None, error.issues
    return _build_article(identity, record.file.path.name, text, articles.sources[identity]), []


def _read_bulk_article(
    identity: str, record: record_index.RawRecord, schema: AnnotationSchema
) -> tuple[Article | None, list[Issue]]:
    value = record.value()
    file, line = record.file.name, record.line
    validator = tool_validator("article.schema", "article")
    if not validator.is_valid(value):
        return None, tables.schema_issues(validator.explain(value), file, None, line)
    text = files.normalize_newlines(value["text"])
    issues = [Issue(file, line, "control-character", message) for _, message in files.control_characters(text)]
    if (published := value.get("published")) and (flaw := date_flaw(published)):
        issues.append(Issue(file, line, "date", flaw))
    issues += _zone_issues(value.get("zones", []), text, schema, file, line)
    return _build_article(identity, value.get("source_id") or identity, text, value), issues


def _zone_issues(zones: list[Any], text: str, schema: AnnotationSchema, file: str, line: int) -> list[Issue]:
    flaws = [
        (code, ("zones", index, *path), message)
        for index, zone in enumerate(zones)
        if not schema.is_valid(zone, "zone")
        for code, path, message in schema.explain(zone, "zone")
    ]
    if zones and not flaws:
        flaws = offset_checks.zone_flaws(text, zones)
    return [Issue(file, line, code, message, tables.format_path(path)) for code, path, message in flaws]


def _build_article(identity: str, source_id: str, text: str, metadata: Any) -> Article:
    """Return an article; ``metadata`` is its record in a bulk file, or its line of sources.jsonl."""
    article = Article(
        id=identity, source_id=source_id, source_text=text, source_sha256=digests.sha256(text),
        section=metadata.get("section"), published=metadata.get("published"), url=metadata.get("url"),
        license=metadata["license"],
    )  # fmt: skip
    if outlet := metadata.get("outlet"):
        article["outlet"] = outlet
    if statements := metadata.get("metadata"):
        article["metadata"] = statements
    if zones := metadata.get("zones"):
        article["zones"] = zones
        if annotator := metadata.get("zones_by"):
            article["zones_by"] = annotator
    return article


def article_id(file: str, text: str) -> str:
    """Return an article's id: the sixteen hexadecimal digits in its file's name, else those of its text's SHA-256."""
    match = _IN_NAME.search(Path(file).stem)
    return match[0] if match else article_ids.id_from_text(text)


# --- raw files


def load_articles(root: Path, schema: AnnotationSchema, issues: list[Issue]) -> Articles:
    """Index the articles of dataset/raw; appends the issues of files, and of articles that are there twice."""
    paths = _raw_paths(root, issues)
    refused = {issue.file for issue in issues}
    listed = tables.read_sources(root, issues)
    raw_files: list[RecordFile] = []
    sources: dict[str, Source] = {}
    for path in paths:
        file = RecordFile(path, input_files.name_in_issues(root, path))
        if file.is_bulk:
            raw_files.append(file)
        elif source := _check_raw_file(file, listed.pop(path.name, None), issues):
            raw_files.append(file)
            sources[path.name] = source
    for line, source in listed.values():
        if (name := f"{RAW_FOLDER}/{source['file']}") not in refused:
            issues.append(Issue(tables.SOURCES, line, "file-missing", f"{name} does not exist"))
    cache = IndexCache(root / ".pactwire" / "scans" / "articles")
    index = record_index.build_index(raw_files, partial(_article_id_of_record, sources), issues, cache)
    return _without_duplicates(index, sources, schema, issues)


def _raw_paths(root: Path, issues: list[Issue]) -> list[Path]:
    """Return the files of dataset/raw; unreadable ones, and names that differ only by case, are issues."""
    unreadable: list[Issue] = []
    paths = list(tables.folder_entries(root, root / RAW_FOLDER, unreadable))
    issues += unreadable
    if not paths and not unreadable:
        issues.append(Issue(RAW_FOLDER, 1, "no-articles", "the folder is missing or empty"))
    for first, later in input_files.case_conflicts(path.name for path in paths):
        message = f"the name differs from that of {first} only by case"
        issues.append(Issue(f"{RAW_FOLDER}/{later}", 1, "file-case", message))
    return paths


def _check_raw_file(file: RecordFile, listed: tuple[int, Source] | None, issues: list[Issue]) -> Source | None:
    """Return the source of a raw file in sources.jsonl; None if either is missing or cannot be read."""
    if not file.path.is_file():
        issues.append(Issue(file.name, 1, "file-unlisted", "it is not a file"))
        return None
    if listed is None:
        issues.append(Issue(file.name, 1, "file-unlisted", "dataset/sources.jsonl does not list the file"))
    data = file.path.read_bytes()
    try:
        text = files.decode_source_text(data, file.name)
    except DataError as error:
        issues += error.issues
        return None
    if listed is None:
        return None
    line, source = listed
    if digests.sha256(data) != source["sha256"]:
        message = f"the file's SHA-256 is {digests.sha256(data)}, not that in dataset/sources.jsonl"
        issues.append(Issue(file.name, 1, "file-hash", message, source["id"]))
    if (wanted := article_id(file.path.name, text)) != source["id"]:
        message = f"the id of {file.path.name} is {wanted}, not {source['id']}"
        issues.append(Issue(tables.SOURCES, line, "unknown-article", message))
    return source


def _without_duplicates(
    index: RecordIndex, sources: Mapping[str, Source], schema: AnnotationSchema, issues: list[Issue]
) -> Articles:
    """Return the articles without later records of the same id, which are issues."""
    source_of: dict[str, Source] = {}
    for source in sources.values():
        source_of.setdefault(source["id"], source)
    duplicates = []
    every = Articles(index, source_of, schema)
    for first, later in index.duplicates():
        identity = article_ids.number_to_id(int(first["id"]))
        article, _ = _read_article(every, first, identity)
        message = f"the article {identity} was already read{' from ' + article['source_id'] if article else ''}"
        file, line = index.files[later["file"]].name, max(int(later["line"]), 1)
        issues.append(Issue(file, line, "duplicate-article", message, identity))
        duplicates.append(later)
    return Articles(index.without(duplicates), source_of, schema)


# --- the article of a record, without parsing all of the record


class _IdOnly(msgspec.Struct):
    id: str | None = None


class _TextOnly(msgspec.Struct):
    text: str


_id_decoder = msgspec.json.Decoder(_IdOnly)
_text_decoder = msgspec.json.Decoder(_TextOnly)


def _article_id_of_record(sources: Mapping[str, Source], file: RecordFile, data: bytes) -> str | None:
    if not file.is_bulk:
        return sources[file.path.name]["id"]
    try:
        identity = _id_decoder.decode(data).id
        if not identity:
            identity = article_ids.id_from_text(files.normalize_newlines(_text_decoder.decode(data).text))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return identity if article_ids.ARTICLE_ID.fullmatch(identity) else None
