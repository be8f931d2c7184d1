"""Files of a foreign corpus on disk to the articles and documents of a dataset folder.

New texts go to ``dataset/raw/NAME.jsonl``, documents to ``annotations/FOLDER/ARTICLE.json``, links to
``annotations/links.tsv``. Article by article is read, checked and set aside; then all files are put in place, or
none. No file that differs is ever replaced, but for the corpus's own NAME.jsonl, which may grow.
"""

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pactwire import checks, corpus, files, jsonl, jsontext, tables
from pactwire.convert import brat, conll, spans, table, webannotation
from pactwire.convert.foreign import Foreign, Mention, raw
from pactwire.convert.incoming import Incoming, Repair, Settings, Taken, convert
from pactwire.convert.staging import Staging
from pactwire.convert.types import Types
from pactwire.corpus import Corpus
from pactwire.issues import DataError, Issue
from pactwire.records import Article, BulkArticle, Document
from pactwire.tables import LINK_COLUMNS

SUFFIXES: Final = {
    "brat": (".txt", ".ann"),
    "conll": (".conll", ".conllu", ".conll2003", ".iob", ".iob2", ".bio", ".bioes", ".tsv", ".txt"),
    "table": (".tsv", ".tab"),
    "spans": (".jsonl", ".zst", ".json", ".parquet"),
    "webannotation": (".txt", ".jsonld"),
}
"""What the files of a format are called that are read out of a folder."""

_TABLES: Final = ("unknown-link", "unknown-topic")
"""What a document may lack in the dataset's own tables and still be written."""

_PAIRED: Final = ("brat", "webannotation")
"""Formats of which each file has its text beside it."""


@dataclass(frozen=True)
class Reading:
    """How to read formats that do not say it themselves: columns of CoNLL, columns and texts of tables, fields."""

    tokens: conll.Columns = field(default_factory=conll.Columns)
    columns: tuple[str, ...] = ()
    texts: Path | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


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
            found |= {path, pair} if form in _PAIRED and pair.is_file() else {path}
            continue
        for each in path.rglob("*"):
            if each.is_file() and not any(part.startswith(".") for part in each.relative_to(path).parts):
                found |= {each} if each.suffix in SUFFIXES[form] else set()
                others += each.suffix not in SUFFIXES[form]
    return sorted(found), others


def read(form: str, paths: Iterable[Path], inputs: Sequence[Path], how: Reading) -> Iterator[Foreign | DataError]:
    """Yield the articles of files of any format but Web Annotation in order, and a DataError for what can't be read."""
    if form == "table":
        yield from _tables(paths, inputs, how)
        return
    for path in paths:
        try:
            name = _name(path, inputs)
            if form == "conll":
                yield from conll.read(path.read_bytes(), name, how.tokens, _changed(path))
            elif form == "spans":
                yield from spans.read(_records(path, name), name, how.fields, _changed(path))
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


def _records(path: Path, name: str) -> Iterator[tuple[int, Any] | DataError]:
    """Yield (line or row, record) of a file of JSONL, JSON or Parquet."""
    if path.suffix == ".parquet":
        yield from _rows(path, name)
    elif path.suffix == ".json":
        found = spans.parse(path.read_bytes(), name, 1)
        yield from enumerate(found if isinstance(found, list) else [found], 1)
    else:
        for line in jsonl.lines(path, name):
            try:
                if line.data is None:
                    raise DataError([Issue(name, line.number, "too-large", f"the line has {line.length:,} bytes")])
                if line.data.strip():
                    yield line.number, spans.parse(line.data, name, line.number)
            except DataError as error:
                yield error


def _rows(path: Path, name: str) -> Iterator[tuple[int, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as opened:
            batches = opened.iter_batches(batch_size=256)
            yield from enumerate((row for batch in batches for row in batch.to_pylist()), 1)
    except pa.ArrowException as error:
        raise DataError([Issue(name, 1, "convert-record", str(error).partition(".")[0])]) from None


# --- tables, whose texts stand elsewhere


def _tables(paths: Iterable[Path], inputs: Sequence[Path], how: Reading) -> Iterator[Foreign | DataError]:
    """Yield the articles of tables: every text with the mentions that any table has for it, then what has no text."""
    texts = _Texts(list(paths), inputs, how.texts)
    found: dict[Path, Foreign] = {}
    for path in texts.tables:
        name = _name(path, inputs)
        try:
            read = table.read(files.decode(path.read_bytes(), name), name, how.columns)
        except DataError as error:
            yield error
            continue
        if read.issues:
            yield DataError(read.issues)
        for of, mentions in (read.mentions or {"": list[Mention]()}).items():
            text = texts.of(of or name.rpartition(".")[0])
            if text is None or text in found:
                why = "there is no one text" if text is None else f"{found[text].file} has mentions for the text"
                line = mentions[0].line if mentions else 1
                message = f"{why} of {of or name}, and the table has {len(mentions):,} mentions for it"
                yield DataError([Issue(name, line, "convert-no-text", message)])
                continue
            found[text] = Foreign(texts.names[text], name, "", mentions, _changed(path))
        for what, count in read.left.items():
            next(iter(found.values())).left[what] += count if found else 0
    for text, name in texts.names.items():
        yield _with_text(text, found.get(text) or Foreign(name, name, "", None, _changed(text)))


def _with_text(path: Path, foreign: Foreign) -> Foreign | DataError:
    try:
        foreign.raw = files.decode(path.read_bytes(), foreign.name)
    except DataError as error:
        return error
    return foreign


class _Texts:
    """The texts that tables may be about, and how each can be called: with its folders or without, and its suffix."""

    def __init__(self, tables: list[Path], inputs: Sequence[Path], folder: Path | None) -> None:
        self.tables = tables
        folders = [folder] if folder else [path if path.is_dir() else path.parent for path in inputs]
        self.names: dict[Path, str] = {}
        self._called: dict[str, set[Path]] = {}
        for each in dict.fromkeys(folders):
            for path in sorted(each.rglob("*.txt")):
                if path not in tables and path not in self.names:
                    self._add(path, path.relative_to(each).as_posix())

    def _add(self, path: Path, name: str) -> None:
        self.names[path] = name
        for called in {name, name.removesuffix(".txt"), path.name, path.name.removesuffix(".txt")}:
            self._called.setdefault(called, set()).add(path)

    def of(self, name: str) -> Path | None:
        """Return the text that alone is called so, with its folders or else without."""
        for called in (name, name.rpartition("/")[2]):
            if len(found := self._called.get(called, set())) == 1:
                return next(iter(found))
        return None


# --- into the dataset


def mentions(
    foreign: Iterable[Foreign | DataError], out: Path, name: str, folder: str, settings: Settings, types: Types
) -> Imported:
    """Bring articles with mentions into the dataset folder ``out``; raises DataError (convert-out)."""
    data, incoming = corpus.load(out), Incoming()
    known = _known(data, out, name)
    taken = convert(_readable(foreign, incoming), settings, types, known, data.zones, incoming)
    return _write(data, ((each, folder) for each in taken), incoming, out, name)


def _readable(foreign: Iterable[Foreign | DataError], incoming: Incoming) -> Iterator[Foreign]:
    for each in foreign:
        if isinstance(each, DataError):
            incoming.issues += each.issues
            incoming.counts["files, articles or rows that can't be read"] += len(each.issues)
        else:
            yield each


def _known(data: Corpus, out: Path, name: str) -> Callable[[str], Article | None]:
    """Return what gives the articles that the dataset has from elsewhere."""
    own = _own(out, name)
    return lambda identity: None if identity in own else data.articles.get(identity)


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
    data, incoming = corpus.load(out), Incoming()
    known = _known(data, out, name)

    def taken() -> Iterator[tuple[Taken, str]]:
        for path in paths:
            if path.suffix == ".txt":
                continue
            try:
                found = _page(path, _name(path, inputs), incoming)
            except DataError as error:
                incoming.issues += error.issues
                incoming.counts["files, articles or rows that can't be read"] += 1
                continue
            if found is not None:
                document, folder, text = found
                yield _with_article(document, text, _name(path, inputs), known, license, incoming), folder

    return _write(data, taken(), incoming, out, name)


def _page(path: Path, file: str, incoming: Incoming) -> tuple[Document, str, str] | None:
    """Return the document of a page, its folder and its text as decoded."""
    if not path.with_suffix(".txt").is_file():
        raise DataError([Issue(file, 1, "convert-no-text", f"there is no {path.with_suffix('.txt').name}")])
    text = files.decode(path.with_suffix(".txt").read_bytes(), file.removesuffix(".jsonld") + ".txt")
    document, folder, repairs, issues = webannotation.read(files.read_json(path, file), text, file)
    incoming.issues += issues
    incoming.repairs += [Repair(file, 1, label, what) for label, what in repairs]
    return None if document is None else (document, folder, text)


def _with_article(
    document: Document,
    text: str,
    file: str,
    known: Callable[[str], Article | None],
    license: str,
    incoming: Incoming,
) -> Taken:
    identity = document["article"]
    article = None
    if known(identity) is None:
        article = BulkArticle(id=identity, text=raw(files.normalize(text)), source_id=file, license=license)
    incoming.names[identity] = file
    incoming.counts["articles"] += 1
    incoming.counts["labels taken"] += sum(1 for _ in checks.spans(document))
    return Taken(identity, article, document)


# --- writing


def _write(data: Corpus, taken: Iterable[tuple[Taken, str]], incoming: Incoming, out: Path, name: str) -> Imported:
    """Set every file aside as its article comes, then put all in place; with one in the way, none."""
    bulk, staging, in_the_way = _bulk(out, name), Staging(), list[Issue]()
    gone = _own(out, name)
    try:
        with staging.open(bulk) as stream:
            for each, folder in taken:
                gone.discard(each.identity)
                if each.article is not None:
                    stream.write(f"{jsontext.compact(each.article)}\n".encode())
                if each.document is not None and _is_sound(data, incoming, each):
                    path = out / "annotations" / folder / f"{each.identity}.json"
                    in_the_way += _add(staging, path, jsontext.pretty(each.document), out)
        if gone:
            message = f"it holds {len(gone):,} articles that this import does not bring"
            in_the_way.append(Issue(bulk.relative_to(out).as_posix(), 1, "convert-out", message))
        if in_the_way:
            raise DataError(in_the_way)
        _add_links(staging, data, incoming, out)
        written = [path.relative_to(out).as_posix() for path in staging.publish()]
    finally:
        staging.discard()
    return Imported(incoming, written, staging.same)


def _add(staging: Staging, path: Path, content: str, out: Path) -> Iterator[Issue]:
    if staging.differs(path, content):
        yield Issue(path.relative_to(out).as_posix(), 1, "convert-out", "it exists and differs")
    else:
        staging.add(path, content)


def _add_links(staging: Staging, data: Corpus, incoming: Incoming, out: Path) -> None:
    new = {link: row for link, row in incoming.links.items() if link not in data.links}
    if new:
        rows = [*data.links.values(), *(new[link] for link in sorted(new))]
        table = "".join("\t".join(row) + "\n" for row in (LINK_COLUMNS, *rows))
        staging.add(out / "annotations" / "links.tsv", table)


def _is_sound(data: Corpus, incoming: Incoming, taken: Taken) -> bool:
    """Run every check on a document; keep its issues, and say whether it can be written."""
    document = taken.document
    if document is None:
        return False
    article = _as_article(taken.article) if taken.article else data.articles[taken.identity]
    zones = [] if "zones" in document else data.zones(article)
    flaws = checks.check(document, article, zones, ChainMap[str, Any](data.links, incoming.links), data.topics)
    file = article["source_id"]
    incoming.issues += [Issue(file, 1, code, message, tables.pointer(path)) for code, path, message in flaws]
    return all(code in _TABLES for code, _, _ in flaws)


def _as_article(article: BulkArticle) -> Article:
    text, identity = files.normalize(article["text"]), article["id"]
    return Article(
        id=identity, source_id=article["source_id"] or identity, source_text=text,
        source_sha256=files.sha256(text), section=None, published=None, url=None,
    )  # fmt: skip


def report(imported: Imported) -> dict[str, Any]:
    """Return all that an import did as one JSON value."""
    incoming = imported.incoming
    return {
        "counts": {key: count for key, count in sorted(incoming.counts.items()) if count},
        "left_out": {key: count for key, count in sorted(incoming.left.items()) if count},
        "written": len(imported.written),
        "same": imported.same,
        "repairs": [repair._asdict() for repair in incoming.repairs],
        "issues": [
            {"file": each.file, "line": each.line, "code": each.code, "message": each.message, "record": each.record}
            for each in incoming.issues
        ],
    }
