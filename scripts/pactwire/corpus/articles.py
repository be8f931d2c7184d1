"""Raw files to the articles they hold: indexed once, each read when it is asked for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from pactwire.corpus import tables
from pactwire.model import schema
from pactwire.model.dates import wrong_date
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Article, Source
from pactwire.storage import files, input_files, record_index
from pactwire.storage.index_cache import Scans
from pactwire.storage.record_index import ID, File, Index
from pactwire.text import span_checks

RAW: Final = "dataset/raw"
_IN_NAME: Final = re.compile(rf"(?<![0-9a-f]){ID.pattern}(?![0-9a-f])")
KEPT: Final = 128
"""Articles kept after they were read, since they are mostly asked for again at once."""


class Articles(Mapping[str, Article]):
    """Articles by id, in the order of the raw files; each is read when it is asked for.

    One that cannot be read is missing: `read` says why.
    """

    def __init__(self, places: Index, sources: Mapping[str, Source]) -> None:
        self.index = places
        self.sources = sources
        self._kept: dict[str, tuple[Article | None, list[Issue]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_kept": {}}

    def __getitem__(self, identity: str) -> Article:
        if (found := self.read(identity)[0]) is None:
            raise KeyError(identity)
        return found

    def __iter__(self) -> Iterator[str]:
        return map(record_index.name, self.index.places["id"].tolist())

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, identity: object) -> bool:
        return isinstance(identity, str) and len(self.index.of(identity)) > 0

    def read(self, identity: str) -> tuple[Article | None, list[Issue]]:
        """Return an article, and what is wrong with it as it stands in its file."""
        if identity not in self._kept:
            while len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            places = self.index.of(identity)
            self._kept[identity] = _read(self.index, places[0], identity, self.sources) if len(places) else (None, [])
        return self._kept[identity]

    def loose(self) -> Iterator[list[Issue]]:
        """Yield what is wrong with each record whose id can't be told."""
        for place in self.index.loose:
            yield _read(self.index, place, "", {})[1]

    def take(self, ids: Sequence[str]) -> "Articles":
        """Return some of the articles, in the same order."""
        return Articles(self.index.take(ids), {each: self.sources[each] for each in ids if each in self.sources})


def _read(
    places: Index, place: Any, identity: str, sources: Mapping[str, Source]
) -> tuple[Article | None, list[Issue]]:
    try:
        record = places.read(place)
        if record.file.bulk:
            return _bulk_article(identity, record)
        text = files.source_text(record.data, record.file.name)
    except DataError as error:
        return None, error.issues
    return _article(identity, record.file.path.name, text, sources[identity]), []


def _bulk_article(identity: str, record: record_index.Record) -> tuple[Article | None, list[Issue]]:
    value = record.value()
    file, line = record.file.name, record.line
    if not schema.is_valid(value, "article", "article"):
        return None, tables.schema_issues(schema.explain(value, "article", "article"), file, None, line)
    text = files.normalize(value["text"])
    issues = [Issue(file, line, "control-character", message) for _, message in files.controls(text)]
    if (published := value.get("published")) and (flaw := wrong_date(published)):
        issues.append(Issue(file, line, "date", flaw))
    issues += _wrong_zones(value.get("zones", []), text, file, line)
    return _article(identity, value.get("source_id") or identity, text, value), issues


def _wrong_zones(zones: list[Any], text: str, file: str, line: int) -> list[Issue]:
    flaws = [
        (code, ("zones", index, *path), message)
        for index, zone in enumerate(zones)
        if not schema.is_valid(zone, "annotation", "zone")
        for code, path, message in schema.explain(zone, "annotation", "zone")
    ]
    if zones and not flaws:
        flaws = span_checks.zone_flaws(text, zones)
    return [Issue(file, line, code, message, tables.pointer(path)) for code, path, message in flaws]


def _article(identity: str, source_id: str, text: str, about: Any) -> Article:
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


def load(root: Path, issues: list[Issue]) -> Articles:
    """Index the articles of dataset/raw; the issues of files, and of articles that stand twice, are appended."""
    paths = _paths(root, issues)
    refused = {issue.file for issue in issues}
    listed = tables.sources(root, issues)
    found: list[File] = []
    known: dict[str, Source] = {}
    for path in paths:
        file = File(path, record_index.file_name(root, path))
        if file.bulk:
            found.append(file)
        elif source := _raw(file, listed.pop(path.name, None), issues):
            found.append(file)
            known[path.name] = source
    for line, source in listed.values():
        if (name := f"{RAW}/{source['file']}") not in refused:
            issues.append(Issue(tables.SOURCES, line, "file-missing", f"{name} does not exist"))
    scans = Scans(root / ".pactwire" / "scans" / "articles")
    return _without_copies(record_index.scan(found, partial(_article_of, known), issues, scans), known, issues)


def _paths(root: Path, issues: list[Issue]) -> list[Path]:
    """Return the files of dataset/raw; what can't be read, and names that are one elsewhere, are issues."""
    raw = root / RAW
    found = list(input_files.entries(raw, partial(record_index.file_name, root), [root])) if raw.is_dir() else []
    if not found:
        issues.append(Issue(RAW, 1, "no-articles", "the folder is missing or empty"))
    issues += (each for each in found if isinstance(each, Issue))
    paths = [each for each in found if not isinstance(each, Issue)]
    for first, later in input_files.alike(path.name for path in paths):
        issues.append(Issue(f"{RAW}/{later}", 1, "file-case", f"the name differs from that of {first} only by case"))
    return paths


def _raw(file: File, listed: tuple[int, Source] | None, issues: list[Issue]) -> Source | None:
    """Return what sources.jsonl says of a raw file; None where the file, or that, is missing or can't be read."""
    if not file.path.is_file():
        issues.append(Issue(file.name, 1, "file-unlisted", "it is not a file"))
        return None
    if listed is None:
        issues.append(Issue(file.name, 1, "file-unlisted", "dataset/sources.jsonl does not list the file"))
    data = file.path.read_bytes()
    try:
        text = files.source_text(data, file.name)
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


def _without_copies(found: Index, sources: Mapping[str, Source], issues: list[Issue]) -> Articles:
    """Keep the first of the records that have one id; the others are issues."""
    first: dict[str, Source] = {}
    for source in sources.values():
        first.setdefault(source["id"], source)
    later = []
    for known, place in found.repeated():
        identity = record_index.name(int(known["id"]))
        article, _ = _read(found, known, identity, first)
        message = f"the article {identity} is already there from {article['source_id'] if article else 'before'}"
        file, line = found.files[place["file"]].name, max(int(place["line"]), 1)
        issues.append(Issue(file, line, "duplicate-article", message, identity))
        later.append(place)
    return Articles(found.without(later), first)


# --- the article that a record is about, without reading the record whole


class _Named(msgspec.Struct):
    id: str | None = None


class _Text(msgspec.Struct):
    text: str


_named = msgspec.json.Decoder(_Named)
_text = msgspec.json.Decoder(_Text)


def _article_of(sources: Mapping[str, Source], file: File, data: bytes) -> str | None:
    if not file.bulk:
        return sources[file.path.name]["id"]
    try:
        found = _named.decode(data).id or files.sha256(files.normalize(_text.decode(data).text))[:16]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if ID.fullmatch(found) else None
