"""Files of a foreign corpus on disk to the articles and documents of a dataset folder.

New texts go to ``dataset/raw/NAME.jsonl``, documents to ``annotations/FOLDER/ARTICLE.json``, links to
``annotations/links.tsv``. Everything is read and checked first; no file that differs is ever replaced, but for
the corpus's own NAME.jsonl, which may grow.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pactwire import checks, corpus, files, jsonl, jsontext
from pactwire.convert import brat, conll, webannotation
from pactwire.convert.foreign import Foreign, raw
from pactwire.convert.incoming import Incoming, Repair, Settings, convert
from pactwire.convert.types import Types
from pactwire.corpus import LINK_COLUMNS, Corpus
from pactwire.issues import DataError, Issue
from pactwire.records import Article, BulkArticle, Document

SUFFIXES: Final = {
    "brat": (".txt", ".ann"),
    "conll": (".conll", ".conllu", ".conll2003", ".iob", ".iob2", ".bio", ".bioes", ".tsv", ".txt"),
    "webannotation": (".txt", ".jsonld"),
}
"""What the files of a format are called that are read out of a folder."""

_TABLES: Final = ("unknown-link", "unknown-topic")
"""What a document may lack in the dataset's own tables and still be written."""


@dataclass
class Imported:
    """What an import did: what came of the corpus, and the files written or already so."""

    incoming: Incoming
    written: list[str] = field(default_factory=list)
    same: int = 0


def find(form: str, inputs: Sequence[Path]) -> tuple[list[Path], int]:
    """Return the files to read, in order, and how many files in the folders have other names.

    A named .ann or .jsonld stands for its pair; hidden files are not looked at.
    """
    found: set[Path] = set()
    others = 0
    for path in inputs:
        if not path.is_dir():
            pair = path.with_suffix(".txt")
            found |= {path, pair} if form != "conll" and pair.is_file() else {path}
            continue
        for each in path.rglob("*"):
            if each.is_file() and not any(part.startswith(".") for part in each.relative_to(path).parts):
                found |= {each} if each.suffix in SUFFIXES[form] else set()
                others += each.suffix not in SUFFIXES[form]
    return sorted(found), others


def read(form: str, paths: Iterable[Path], inputs: Sequence[Path], column: str | None) -> Iterator[Foreign | DataError]:
    """Yield the articles of files of brat or CoNLL in order, and a DataError for each that can't be read."""
    for path in paths:
        try:
            name = _name(path, inputs)
            if form == "conll":
                yield from conll.read(path.read_bytes(), name, column, _changed(path))
            elif path.suffix == ".txt":
                yield _standoff(path, name)
            elif not path.with_suffix(".txt").is_file():
                yield DataError([Issue(name, 1, "convert-no-text", f"there is no {path.with_suffix('.txt').name}")])
        except DataError as error:
            yield error


def _name(path: Path, inputs: Sequence[Path]) -> str:
    """Return a file's name within the folder that was named, else the file's own."""
    for each in inputs:
        if each.is_dir() and path.is_relative_to(each):
            return path.relative_to(each).as_posix()
    return path.name


def _changed(path: Path) -> str:
    """Return when a file was last changed: the only time that these formats know."""
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _standoff(path: Path, name: str) -> Foreign:
    text = files.decode(path.read_bytes(), name)
    annotation = path.with_suffix(".ann")
    if not annotation.is_file():
        return Foreign(name, name, text, None, _changed(path))
    file = name.removesuffix(".txt") + ".ann"
    mentions, left, issues = brat.read(files.decode(annotation.read_bytes(), file), text, file)
    return Foreign(name, file, text, mentions, _changed(annotation), left, issues)


def mentions(
    foreign: Iterable[Foreign | DataError], out: Path, name: str, folder: str, settings: Settings, types: Types
) -> Imported:
    """Bring articles with mentions into the dataset folder ``out``; raises DataError (convert-out)."""
    data = corpus.load(out)
    refused: list[Issue] = []
    incoming = convert(_readable(foreign, refused), settings, types, _known(data, out, name), data.zones)
    incoming.issues = refused + incoming.issues
    incoming.counts["articles refused"] += len(refused)
    return _write(data, incoming, out, name, folder)


def _readable(foreign: Iterable[Foreign | DataError], refused: list[Issue]) -> Iterator[Foreign]:
    for each in foreign:
        if isinstance(each, DataError):
            refused += each.issues
        else:
            yield each


def _known(data: Corpus, out: Path, name: str) -> dict[str, Article]:
    """Return the articles that the dataset has from elsewhere."""
    own = _own(out, name)
    return {key: article for key, article in data.articles.items() if key not in own}


def _own(out: Path, name: str) -> set[str]:
    """Return the ids of the articles that an earlier import of the same name brought."""
    path = _bulk(out, name)
    entries = jsonl.read(path, path.name) if path.is_file() else ()
    return {entry[1]["id"] for entry in entries if not isinstance(entry, DataError) and "id" in entry[1]}


def _bulk(out: Path, name: str) -> Path:
    return out / "dataset" / "raw" / f"{name}.jsonl"


# --- Web Annotation: whole documents


def pages(paths: Iterable[Path], inputs: Sequence[Path], out: Path, name: str, license: str) -> Imported:
    """Bring pages that `webannotation.write` made into the dataset folder, each document to its annotator's folder."""
    data = corpus.load(out)
    known = _known(data, out, name)
    incoming, folders = Incoming(), {}
    for path in paths:
        file = _name(path, inputs)
        if path.suffix == ".txt":
            continue
        try:
            if not path.with_suffix(".txt").is_file():
                raise DataError([Issue(file, 1, "convert-no-text", f"there is no {path.with_suffix('.txt').name}")])
            found = files.decode(path.with_suffix(".txt").read_bytes(), file.removesuffix(".jsonld") + ".txt")
            page = files.read_json(path, file)
        except DataError as error:
            incoming.issues += error.issues
            incoming.counts["articles refused"] += 1
            continue
        document, folder, repairs, issues = webannotation.read(page, found, file)
        incoming.issues += issues
        incoming.repairs += [Repair(file, 1, label, what) for label, what in repairs]
        if document is not None:
            identity = document["article"]
            incoming.documents[identity] = document
            folders[identity] = folder
            if identity not in known:
                text = raw(files.normalize(found))
                incoming.articles[identity] = BulkArticle(id=identity, text=text, source_id=file, license=license)
            incoming.counts["articles"] += 1
            incoming.counts["labels taken"] += sum(1 for _ in checks.spans(document))
    return _write(data, incoming, out, name, folders)


# --- writing


def _write(data: Corpus, incoming: Incoming, out: Path, name: str, folder: str | Mapping[str, str]) -> Imported:
    contents: dict[Path, str] = {}
    if incoming.articles:
        lines = [jsontext.compact(article) + "\n" for article in incoming.articles.values()]
        contents[_bulk(out, name)] = "".join(lines)
    new = {link: row for link, row in incoming.links.items() if link not in data.links}
    if new:
        rows = [*data.links.values(), *(new[link] for link in sorted(new))]
        table = "".join("\t".join(row) + "\n" for row in (LINK_COLUMNS, *rows))
        contents[out / "annotations" / "links.tsv"] = table
    for identity, document in incoming.documents.items():
        if _is_sound(data, incoming, identity, document):
            place = folder if isinstance(folder, str) else folder[identity]
            contents[out / "annotations" / place / f"{identity}.json"] = jsontext.pretty(document)
    if issues := list(_in_the_way(contents, out, name, set(incoming.articles))):
        raise DataError(issues)
    result = Imported(incoming)
    for path, content in contents.items():
        if files.write(path, content):
            result.written.append(path.relative_to(out).as_posix())
        else:
            result.same += 1
    return result


def _is_sound(data: Corpus, incoming: Incoming, identity: str, document: Document) -> bool:
    """Run every check on a document; keep its issues, and say whether it can be written."""
    article = data.articles.get(identity) or _as_article(incoming.articles[identity])
    zones = [] if "zones" in document else data.zones(article)
    links = {**data.links, **incoming.links}
    flaws = checks.check(document, article, zones, links, data.topics)
    file = article["source_id"]
    incoming.issues += [Issue(file, 1, code, message, corpus.pointer(path)) for code, path, message in flaws]
    return all(code in _TABLES for code, _, _ in flaws)


def _as_article(article: BulkArticle) -> Article:
    text, identity = files.normalize(article["text"]), article["id"]
    return Article(
        id=identity, source_id=article["source_id"] or identity, source_text=text,
        source_sha256=files.sha256(text), section=None, published=None, url=None,
    )  # fmt: skip


def _in_the_way(contents: Mapping[Path, str], out: Path, name: str, articles: set[str]) -> Iterator[Issue]:
    """Yield an issue for each file that stands where another is to be written."""
    for path, content in contents.items():
        file = path.relative_to(out).as_posix()
        if path == _bulk(out, name):
            if gone := _own(out, name) - articles:
                yield Issue(file, 1, "convert-out", f"it holds {len(gone):,} articles that this import does not bring")
        elif path.name != "links.tsv" and path.is_file() and path.read_text(encoding="utf-8") != content:
            yield Issue(file, 1, "convert-out", "it exists and differs")


def report(imported: Imported) -> dict[str, Any]:
    """Return all that an import did as one JSON value."""
    incoming = imported.incoming
    return {
        "counts": dict(sorted(incoming.counts.items())),
        "left": {key: count for key, count in sorted(incoming.left.items()) if count},
        "repairs": [repair._asdict() for repair in incoming.repairs],
        "issues": [
            {"file": each.file, "line": each.line, "code": each.code, "message": each.message, "record": each.record}
            for each in incoming.issues
        ],
    }
