"""The folders of a Pactwire dataset to the articles, documents and tables that they hold.

`load` reads everything once and collects the issues of reading: files, tables, ids. What the
records say about each other is checked in `pactwire.validate`.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from pactwire import files, jsonl, jsontext, schemas
from pactwire.checks import wrong_date
from pactwire.issues import DataError, Issue
from pactwire.records import Article, Cluster, Document, Source, Topic, Zone

T = TypeVar("T")

FINAL: Final = "final"
SPLITS: Final = ("train", "validation", "test")
OUTSIDE: Final = ("excluded", "withdrawn")
"""What splits.csv may say instead of a split: kept out of every config, or gone."""

LINK_COLUMNS: Final = ("link", "name", "type", "source")
SPLIT_COLUMNS: Final = ("article", "story", "split")


class Placed(NamedTuple):
    """An annotation document and where it stands; ``line`` is 0 for a file of its own.

    ``wrong`` are the paths at which it breaks the schema; such a document is for checking only.
    """

    document: Document
    annotator: str
    file: str
    line: int
    wrong: tuple[jsontext.Path, ...] = ()


class Link(NamedTuple):
    """A row of links.tsv."""

    link: str
    name: str
    type: str
    source: str


class SplitRow(NamedTuple):
    """A row of splits.csv."""

    article: str
    story: str
    split: str


@dataclass
class Corpus:
    """All that a dataset's folders hold, articles by id in the order of the raw files."""

    root: Path
    articles: dict[str, Article] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    documents: list[Placed] = field(default_factory=list)
    links: dict[str, Link] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    clusters: list[tuple[int, Cluster]] = field(default_factory=list)
    splits: list[tuple[int, SplitRow]] = field(default_factory=list)
    version: str = "0.0.0"
    issues: list[Issue] = field(default_factory=list)
    broken: list[Placed] = field(default_factory=list)
    _finals: dict[str, Document] = field(default_factory=dict)

    def add(self, placed: Placed) -> None:
        """Take a document: among the broken ones if it breaks the schema."""
        (self.broken if placed.wrong else self.documents).append(placed)
        if placed.wrong:
            return
        if placed.annotator == FINAL:
            self._finals.setdefault(placed.document["article"], placed.document)

    def collect(self, read: Callable[[], Iterable[T]]) -> list[T]:
        """Run a reader; keep its issues and return nothing where it raises DataError."""
        try:
            return list(read())
        except DataError as error:
            self.issues += error.issues
            return []

    def final(self, article: str) -> Document | None:
        """Return an article's document in annotations/final."""
        return self._finals.get(article)

    def zones(self, article: Article) -> list[Zone]:
        """Return an article's zones: those of its final document, else those found by rule."""
        document = self.final(article["id"])
        if document is not None and "zones" in document:
            return document["zones"]
        from pactwire import zones

        return zones.by_rule(article["source_text"])


def load(root: Path) -> Corpus:
    """Read the dataset whose folders stand in ``root``; the issues of reading are in ``Corpus.issues``.

    Files are named relative to ``root``. What can't be read is left out, and named in an issue.
    """
    corpus = Corpus(root, version=version(root))
    _load_articles(corpus)
    _load_tables(corpus)
    for folder in sorted(path for path in (root / "annotations").glob("*") if path.is_dir()):
        for path in sorted(folder.iterdir()):
            if path.name.endswith((".json", ".jsonl", ".jsonl.zst")):
                for placed in read_documents(path, name(corpus, path), corpus.issues):
                    corpus.add(placed)
    return corpus


def version(root: Path) -> str:
    """Return the dataset's version: the one in the root's pyproject.toml, or 0.0.0 where there is none."""
    path = root / "pyproject.toml"
    if not path.is_file():
        return "0.0.0"
    return str(tomllib.loads(path.read_text(encoding="utf-8"))["project"]["version"])


def name(corpus: Corpus, path: Path) -> str:
    """Return a file's name in issues: relative to the root where it lies in there, with slashes."""
    return path.relative_to(corpus.root).as_posix() if path.is_relative_to(corpus.root) else path.as_posix()


def article_id(file: str, text: str) -> str:
    """Return an article's id: the sixteen hexadecimal digits in its file's name, else of its text's SHA-256."""
    found = re.search(r"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])", Path(file).stem)
    return found[0] if found else files.sha256(text)[:16]


# --- articles


def _load_articles(corpus: Corpus) -> None:
    raw = corpus.root / "dataset" / "raw"
    paths = sorted(p for p in raw.iterdir() if not p.name.startswith(".")) if raw.is_dir() else []
    if not paths:
        corpus.issues.append(Issue("dataset/raw", 1, "no-articles", "the folder is missing or empty"))
    listed = _load_sources(corpus)
    for path in paths:
        if path.name.endswith((".jsonl", ".jsonl.zst")):
            _load_bulk(corpus, path)
        else:
            _load_raw(corpus, path, listed.pop(path.name, None))
    for line, source in listed.values():
        message = f"dataset/raw/{source['file']} does not exist"
        corpus.issues.append(Issue("dataset/sources.jsonl", line, "file-missing", message))


def _load_sources(corpus: Corpus) -> dict[str, tuple[int, Source]]:
    file = "dataset/sources.jsonl"
    listed: dict[str, tuple[int, Source]] = {}
    for line, source in _valid_lines(corpus, corpus.root / file, "article", "source"):
        if source["file"] in listed:
            message = f"{source['file']!r} is listed a second time"
            corpus.issues.append(Issue(file, line, "duplicate-article", message))
            continue
        listed[source["file"]] = line, source
        if source["published"] and (flaw := wrong_date(source["published"])):
            corpus.issues.append(Issue(file, line, "date", flaw, source["id"]))
    return listed


def _load_raw(corpus: Corpus, path: Path, listed: tuple[int, Source] | None) -> None:
    file = name(corpus, path)
    if not path.is_file():
        return corpus.issues.append(Issue(file, 1, "file-unlisted", "it is not a file"))
    if listed is None:
        corpus.issues.append(Issue(file, 1, "file-unlisted", "dataset/sources.jsonl does not list the file"))
    data = path.read_bytes()
    for text in corpus.collect(lambda: [files.source_text(data, file)]):
        if listed is None:
            return None
        line, source = listed
        if files.sha256(data) != source["sha256"]:
            message = f"the file's SHA-256 is {files.sha256(data)}, not that in dataset/sources.jsonl"
            corpus.issues.append(Issue(file, 1, "file-hash", message, source["id"]))
        if (wanted := article_id(path.name, text)) != source["id"]:
            message = f"the id of {path.name} is {wanted}, not {source['id']}"
            corpus.issues.append(Issue("dataset/sources.jsonl", line, "unknown-article", message))
        if _add(corpus, _article(source["id"], path.name, text, source), file, 1):
            corpus.sources[source["id"]] = source
    return None


def _load_bulk(corpus: Corpus, path: Path) -> None:
    file = name(corpus, path)
    for line, record in _valid_lines(corpus, path, "article", "article"):
        text = files.normalize(record["text"])
        for _, message in files.controls(text):
            corpus.issues.append(Issue(file, line, "control-character", message))
        if (published := record.get("published")) and (flaw := wrong_date(published)):
            corpus.issues.append(Issue(file, line, "date", flaw))
        identity = record.get("id") or files.sha256(text)[:16]
        _add(corpus, _article(identity, record.get("source_id") or identity, text, record), file, line)


def _article(identity: str, source_id: str, text: str, about: Any) -> Article:
    return Article(
        id=identity, source_id=source_id, source_text=text, source_sha256=files.sha256(text),
        section=about.get("section"), published=about.get("published"), url=about.get("url"),
    )  # fmt: skip


def _add(corpus: Corpus, article: Article, file: str, line: int) -> bool:
    """Add an article unless its id is taken; an article's second file is an issue."""
    if known := corpus.articles.get(article["id"]):
        message = f"the article {article['id']} is already there from {known['source_id']}"
        corpus.issues.append(Issue(file, line, "duplicate-article", message, article["id"]))
        return False
    corpus.articles[article["id"]] = article
    return True


# --- annotations and tables


def read_documents(path: Path, file: str, issues: list[Issue]) -> Iterator[Placed]:
    """Yield the documents of a file; the issues of reading, and of the schema, are appended.

    ``*.json`` holds one document, ``*.jsonl`` and ``*.jsonl.zst`` one a line.
    """
    annotator = path.parent.name
    whole = path.suffix == ".json"
    entries: Iterable[tuple[int, Any] | DataError]
    try:
        entries = [(0, files.read_json(path, file))] if whole else jsonl.read(path, file)
    except DataError as error:
        entries = [error]
    for entry in entries:
        if isinstance(entry, DataError):
            issues += entry.issues
        elif schemas.is_valid(entry[1], "annotation"):
            yield Placed(entry[1], annotator, file, entry[0])
        else:
            found = schemas.explain(entry[1], "annotation")
            issues += schema_issues(found, file, path if whole else None, entry[0])
            yield Placed(entry[1], annotator, file, entry[0], tuple(where for where, _ in found))


def schema_issues(found: Iterable[tuple[jsontext.Path, str]], file: str, path: Path | None, line: int) -> list[Issue]:
    """Return an issue for each (path, message) of `schemas.explain`; with ``path``, on the lines of that JSON file."""
    places = jsontext.lines(path.read_text(encoding="utf-8")) if path else {}
    return [Issue(file, line or place(places, where), "schema", message, pointer(where)) for where, message in found]


def place(places: dict[Any, int], path: tuple[str | int, ...]) -> int:
    """Return the line of a path, or of the nearest value around it that stands in the file."""
    while path and path not in places:
        path = path[:-1]
    return places.get(path, 1)


def pointer(path: tuple[str | int, ...]) -> str:
    """Return a path as text: ``entities[3].type``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _valid_lines(corpus: Corpus, path: Path, schema: str, definition: str) -> Iterator[tuple[int, Any]]:
    """Yield the records of a JSONL file that hold to a schema; nothing where the file is missing."""
    file = name(corpus, path)
    for entry in jsonl.read(path, file) if path.is_file() else ():
        if isinstance(entry, DataError):
            corpus.issues += entry.issues
        elif schemas.is_valid(entry[1], schema, definition):
            yield entry
        else:
            corpus.issues += schema_issues(schemas.explain(entry[1], schema, definition), file, None, entry[0])


def _load_tables(corpus: Corpus) -> None:
    for line, values in _table(corpus, "annotations/links.tsv", LINK_COLUMNS, "\t"):
        _add_link(corpus, line, Link(*values))
    for line, values in _table(corpus, "dataset/splits.csv", SPLIT_COLUMNS, ","):
        corpus.splits.append((line, SplitRow(*values)))
    corpus.clusters = list(_valid_lines(corpus, corpus.root / "annotations/clusters.jsonl", "annotation", "cluster"))
    _load_topics(corpus)


def _table(corpus: Corpus, file: str, columns: tuple[str, ...], delimiter: str) -> list[tuple[int, list[str]]]:
    path = corpus.root / file
    return corpus.collect(lambda: files.read_table(path, file, columns, delimiter)) if path.is_file() else []


def _add_link(corpus: Corpus, line: int, link: Link) -> None:
    file = "annotations/links.tsv"
    if not schemas.is_valid(link.link, "annotation", "link"):
        message = f"{link.link!r} is neither a Wikidata id nor NIL: and a local name"
        corpus.issues.append(Issue(file, line, "table", message))
    elif link.type not in schemas.names("entity_type"):
        allowed = ", ".join(schemas.names("entity_type"))
        corpus.issues.append(Issue(file, line, "table", f"{link.type!r} is no entity type; allowed are: {allowed}"))
    elif not link.name or not link.source:
        corpus.issues.append(Issue(file, line, "table", f"{link.link} has no name or no source"))
    elif link.link in corpus.links:
        corpus.issues.append(Issue(file, line, "duplicate-id", f"{link.link} is listed a second time"))
    else:
        corpus.links[link.link] = link


def _load_topics(corpus: Corpus) -> None:
    file = "annotations/topics.json"
    path = corpus.root / file
    if not path.is_file():
        return
    for value in corpus.collect(lambda: [files.read_json(path, file)]):
        if not schemas.is_valid(value, "annotation", "topics"):
            corpus.issues += schema_issues(schemas.explain(value, "annotation", "topics"), file, path, 0)
            continue
        for topic in value["topics"]:
            if topic["id"] in corpus.topics:
                corpus.issues.append(Issue(file, 1, "duplicate-id", f"the topic {topic['id']!r} stands twice"))
            corpus.topics[topic["id"]] = topic
