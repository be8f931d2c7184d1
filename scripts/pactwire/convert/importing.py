"""Articles of a foreign corpus to the articles and documents of a dataset folder.

New texts go to ``dataset/raw/NAME.jsonl``, documents to ``annotations/FOLDER/ARTICLE.json``, links to
``annotations/links.tsv``. Article by article is read, checked and set aside; then all files are put in place, or
none. No file that differs is ever replaced, but for the corpus's own NAME.jsonl, which may grow.
"""

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pactwire import checks, corpus, files, jsonl, jsontext, tables
from pactwire.convert import reading, webannotation
from pactwire.convert.foreign import Foreign, raw
from pactwire.convert.incoming import Incoming, Repair, Settings, Taken, convert
from pactwire.convert.staging import Staging
from pactwire.convert.types import Types
from pactwire.corpus import Corpus
from pactwire.issues import DataError, Issue
from pactwire.records import Article, BulkArticle, Document
from pactwire.tables import LINK_COLUMNS

_TABLES: Final = ("unknown-link", "unknown-topic")
"""What a document may lack in the dataset's own tables and still be written."""


@dataclass
class Imported:
    """What an import did: what came of the corpus, and the files written or already so."""

    incoming: Incoming
    written: list[str] = field(default_factory=list)
    same: int = 0


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
                found = _page(path, reading.called(path, inputs), incoming)
            except DataError as error:
                incoming.issues += error.issues
                incoming.counts["files, articles or rows that can't be read"] += 1
                continue
            if found is not None:
                document, folder, text = found
                yield _with_article(document, text, reading.called(path, inputs), known, license, incoming), folder

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
        license=article["license"],
    )  # fmt: skip


def report(imported: Imported) -> dict[str, Any]:
    """Return all that an import did as one JSON value."""
    incoming = imported.incoming
    return {
        "counts": {key: count for key, count in sorted(incoming.counts.items()) if count},
        "left_out": {key: count for key, count in sorted(incoming.left.items()) if count},
        "examples": dict(sorted(incoming.left.examples.items())),
        "written": len(imported.written),
        "same": imported.same,
        "without_annotation": incoming.bare,
        "repairs": [repair._asdict() for repair in incoming.repairs],
        "issues": [
            {"file": each.file, "line": each.line, "code": each.code, "message": each.message, "record": each.record}
            for each in incoming.issues
        ],
    }
