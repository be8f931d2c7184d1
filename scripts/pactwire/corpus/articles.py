"""Raw files to the articles they hold: indexed once, each read when it is asked for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from pactwire.corpus import tables
from pactwire.model import schema
from pactwire.model.dates import date_flaw
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Article, Source
from pactwire.storage import files, input_files, record_index
from pactwire.storage.index_cache import IndexCache
from pactwire.storage.record_index import ARTICLE_ID, RecordFile, RecordIndex
from pactwire.text import span_checks

RAW_FOLDER: Final = "dataset/raw"
_IN_NAME: Final = re.compile(rf"(?<![0-9a-f]){ARTICLE_ID.pattern}(?![0-9a-f])")
CACHE_SIZE: Final = 128
"""Articles kept after they were read, since they are mostly asked for again at once."""


class Articles(Mapping[str, Article]):
    """Articles by id, in the order of the raw files; each is read when it is asked for.

    One that cannot be read is missing: `read` says why.
    """

    def __init__(self, places: RecordIndex, sources: Mapping[str, Source]) -> None:
        self.index = places
        self.sources = sources
        self._cache: dict[str, tuple[Article | None, list[Issue]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_cache": {}}

    def __getitem__(self, identity: str) -> Article:
        if (found := self.read_with_issues(identity)[0]) is None:
            raise KeyError(identity)
        return found

    def __iter__(self) -> Iterator[str]:
        return map(record_index.number_to_id, self.index.locations["id"].tolist())

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, identity: object) -> bool:
        return isinstance(identity, str) and len(self.index.locate(identity)) > 0

    def read_with_issues(self, identity: str) -> tuple[Article | None, list[Issue]]:
        """Return an article, and what is wrong with it as it stands in its file."""
        if identity not in self._cache:
            while len(self._cache) >= CACHE_SIZE:
                self._cache.pop(next(iter(self._cache)))
            places = self.index.locate(identity)
            self._cache[identity] = (
                _read_article(self.index, places[0], identity, self.sources) if len(places) else (None, [])
            )
        return self._cache[identity]

    def unidentified(self) -> Iterator[list[Issue]]:
        """Yield what is wrong with each record whose id can't be told."""
        for place in self.index.unidentified:
            yield _read_article(self.index, place, "", {})[1]

    def subset(self, ids: Sequence[str]) -> "Articles":
        """Return some of the articles, in the same order."""
        return Articles(self.index.subset(ids), {each: self.sources[each] for each in ids if each in self.sources})


def _read_article(
    places: RecordIndex, place: Any, identity: str, sources: Mapping[str, Source]
) -> tuple[Article | None, list[Issue]]:
    try:
        record = places.read_record(place)
        if record.file.is_bulk:
            return _read_bulk_article(identity, record)
        text = files.decode_source_text(record.data, record.file.name)
    except DataError as error:
        return None, error.issues
    return _build_article(identity, record.file.path.name, text, sources[identity]), []


def _read_bulk_article(identity: str, record: record_index.RawRecord) -> tuple[Article | None, list[Issue]]:
    value = record.value()
    file, line = record.file.name, record.line
    if not schema.is_valid(value, "article", "article"):
        return None, tables.schema_issues(schema.explain(value, "article", "article"), file, None, line)
    text = files.normalize_newlines(value["text"])
    issues = [Issue(file, line, "control-character", message) for _, message in files.control_characters(text)]
    if (published := value.get("published")) and (flaw := date_flaw(published)):
        issues.append(Issue(file, line, "date", flaw))
    issues += _zone_issues(value.get("zones", []), text, file, line)
    return _build_article(identity, value.get("source_id") or identity, text, value), issues


def _zone_issues(zones: list[Any], text: str, file: str, line: int) -> list[Issue]:
    flaws = [
        (code, ("zones", index, *path), message)
        for index, zone in enumerate(zones)
        if not schema.is_valid(zone, "annotation", "zone")
        for code, path, message in schema.explain(zone, "annotation", "zone")
    ]
    if zones and not flaws:
        flaws = span_checks.zone_flaws(text, zones)
    return [Issue(file, line, code, message, tables.format_path(path)) for code, path, message in flaws]


def _build_article(identity: str, source_id: str, text: str, about: Any) -> Article:
    article = Article(
        id=identity, source_id=source_id, source_text=text, source_sha256=files.sha256(text),
        section=about.get("section"), published=about.get("published"), url=about.get("url"),
        license=about["license"],
    )  # fmt: skip
    if zones := about.get("zones"):
        article["zones"] = zones
        if annotator := about.get("zones_by"):
            article["zones_by"] = annotator
    return article


def article_id(file: str, text: str) -> str:
    """Return an article's id: the sixteen hexadecimal digits in its file's name, else of its text's SHA-256."""
    found = _IN_NAME.search(Path(file).stem)
    return found[0] if found else files.sha256(text)[:16]


# --- raw files


def load_articles(root: Path, issues: list[Issue]) -> Articles:
    """Index the articles of dataset/raw; the issues of files, and of articles that stand twice, are appended."""
    paths = _raw_paths(root, issues)
    refused = {issue.file for issue in issues}
    listed = tables.read_sources(root, issues)
    found: list[RecordFile] = []
    known: dict[str, Source] = {}
    for path in paths:
        file = RecordFile(path, record_index.name_in_issues(root, path))
        if file.is_bulk:
            found.append(file)
        elif source := _check_raw_file(file, listed.pop(path.name, None), issues):
            found.append(file)
            known[path.name] = source
    for line, source in listed.values():
        if (name := f"{RAW_FOLDER}/{source['file']}") not in refused:
            issues.append(Issue(tables.SOURCES, line, "file-missing", f"{name} does not exist"))
    scans = IndexCache(root / ".pactwire" / "scans" / "articles")
    return _without_duplicates(
        record_index.build_index(found, partial(_article_id_of_record, known), issues, scans), known, issues
    )


def _raw_paths(root: Path, issues: list[Issue]) -> list[Path]:
    """Return the files of dataset/raw; what can't be read, and names that are one elsewhere, are issues."""
    raw = root / RAW_FOLDER
    found = (
        list(input_files.list_entries(raw, partial(record_index.name_in_issues, root), [root])) if raw.is_dir() else []
    )
    if not found:
        issues.append(Issue(RAW_FOLDER, 1, "no-articles", "the folder is missing or empty"))
    issues += (each for each in found if isinstance(each, Issue))
    paths = [each for each in found if not isinstance(each, Issue)]
    for first, later in input_files.case_conflicts(path.name for path in paths):
        issues.append(
            Issue(f"{RAW_FOLDER}/{later}", 1, "file-case", f"the name differs from that of {first} only by case")
        )
    return paths


def _check_raw_file(file: RecordFile, listed: tuple[int, Source] | None, issues: list[Issue]) -> Source | None:
    """Return what sources.jsonl says of a raw file; None where the file, or that, is missing or can't be read."""
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
    if files.sha256(data) != source["sha256"]:
        message = f"the file's SHA-256 is {files.sha256(data)}, not that in dataset/sources.jsonl"
        issues.append(Issue(file.name, 1, "file-hash", message, source["id"]))
    if (wanted := article_id(file.path.name, text)) != source["id"]:
        message = f"the id of {file.path.name} is {wanted}, not {source['id']}"
        issues.append(Issue(tables.SOURCES, line, "unknown-article", message))
    return source


def _without_duplicates(found: RecordIndex, sources: Mapping[str, Source], issues: list[Issue]) -> Articles:
    """Keep the first of the records that have one id; the others are issues."""
    first: dict[str, Source] = {}
    for source in sources.values():
        first.setdefault(source["id"], source)
    later = []
    for known, place in found.duplicates():
        identity = record_index.number_to_id(int(known["id"]))
        article, _ = _read_article(found, known, identity, first)
        message = f"the article {identity} is already there from {article['source_id'] if article else 'before'}"
        file, line = found.files[place["file"]].name, max(int(place["line"]), 1)
        issues.append(Issue(file, line, "duplicate-article", message, identity))
        later.append(place)
    return Articles(found.without(later), first)


# --- the article that a record is about, without reading the record whole


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
        found = (
            _id_decoder.decode(data).id or files.sha256(files.normalize_newlines(_text_decoder.decode(data).text))[:16]
        )
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if ARTICLE_ID.fullmatch(found) else None
