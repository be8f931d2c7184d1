"""Articles of a foreign corpus to the articles and documents of a dataset folder.

New texts go to ``dataset/raw/NAME.jsonl``, documents to ``annotations/FOLDER/ARTICLE.json``, links to
``annotations/links.tsv``. Article by article is read, checked and set aside; then all files are put in place, or
none. No file that differs is ever replaced, but for the corpus's own NAME.jsonl, which may grow.
"""

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from pactwire.convert import corpus_reader, webannotation
from pactwire.convert.import_plan import Incoming, Repair, Settings, Taken, convert
from pactwire.convert.imported_document import Foreign
from pactwire.convert.type_mapping import Types
from pactwire.convert.webannotation import Page
from pactwire.corpus import corpus, tables
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.tables import LINK_COLUMNS, LINKS, TOPICS
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Article, BulkArticle, Document
from pactwire.storage import files, jsonl
from pactwire.storage.staging import Staging
from pactwire.validation import integrity

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

    come: dict[tuple[str, str], str] = {}

    def taken() -> Iterator[tuple[Taken, str]]:
        for path in paths:
            if path.suffix == ".txt":
                continue
            try:
                found = _page(path, corpus_reader.called(path, inputs), incoming)
            except DataError as error:
                incoming.issues += error.issues
                incoming.counts["files, articles or rows that can't be read"] += 1
                continue
            if found is None:
                continue
            document, page, text = found
            file = corpus_reader.called(path, inputs)
            if issue := _twice(document, come.setdefault((page.folder, document["article"]), file), file, incoming):
                incoming.issues.append(issue)
                incoming.counts["articles refused"] += 1
                continue
            yield _with_article(document, page, text, file, known, license, incoming), page.folder

    return _write(data, taken(), incoming, out, name)


def _page(path: Path, file: str, incoming: Incoming) -> tuple[Document, Page, str] | None:
    """Return the document of a page, the page and its text."""
    beside = corpus_reader.beside(path, file, ".txt")
    if beside is None:
        raise DataError([Issue(file, 1, "convert-no-text", f"there is no {path.with_suffix('.txt').name}")])
    text = files.decode(beside.read_bytes(), file.removesuffix(".jsonld") + ".txt")
    page = webannotation.read(files.read_json(path, file), text, file)
    incoming.issues += page.issues
    incoming.repairs += [Repair(file, 1, label, what) for label, what in page.repairs]
    if page.document is None:
        incoming.counts["articles refused"] += 1
        return None
    return page.document, page, files.normalize(text)


def _twice(document: Document, first: str, file: str, incoming: Incoming) -> Issue | None:
    """Return the issue of a page whose document has already come, or whose article has with another text."""
    identity, text = document["article"], document["text_sha256"]
    message = f"the document of its annotator for {identity} has already come from {first}"
    if first == file:
        first = incoming.names.setdefault(identity, file)
        message = f"its article {identity} has already come from {first} with another text"
        if incoming.texts.setdefault(identity, text) == text:
            return None
    return Issue(file, 1, "convert-twice", message, identity)


def _with_article(
    document: Document,
    page: Page,
    text: str,
    file: str,
    known: Callable[[str], Article | None],
    license: str,
    incoming: Incoming,
) -> Taken:
    """Return a page's document with its article, and keep the links and topics that it brings."""
    identity, around = document["article"], page.around
    article = None
    if known(identity) is None:
        article = BulkArticle(id=identity, text=files.protect_bom(text), source_id=file, license=license)
        article |= cast("BulkArticle", {**around.article, **({"zones": around.zones} if around.zones else {})})
    incoming.counts["articles"] += incoming.names[identity] == file
    incoming.counts["labels taken"] += sum(1 for _ in integrity.spans(document))
    for link in around.links:
        incoming.links.setdefault(link.link, link)
    for topic in around.topics:
        incoming.topics.setdefault(topic["id"], topic)
    return Taken(identity, article, document)


# --- writing


def _write(data: Corpus, taken: Iterable[tuple[Taken, str]], incoming: Incoming, out: Path, name: str) -> Imported:
    """Set every file aside as its article comes, then put all in place; with one in the way, none."""
    bulk, staging, in_the_way = _bulk(out, name), Staging(out), list[Issue]()
    gone, come = _own(out, name), set[str]()
    try:
        with staging.open(bulk) as stream:
            for each, folder in taken:
                gone.discard(each.identity)
                if each.article is not None and each.identity not in come:
                    come.add(each.identity)
                    stream.write(f"{strict_json.compact(each.article)}\n".encode())
                if each.document is not None and _is_sound(data, incoming, each):
                    path = out / "annotations" / folder / f"{each.identity}.json"
                    in_the_way += _add(staging, path, strict_json.pretty(each.document), out)
        if gone:
            message = f"it holds {len(gone):,} articles that this import does not bring"
            in_the_way.append(Issue(bulk.relative_to(out).as_posix(), 1, "convert-out", message))
        if in_the_way:
            raise DataError(in_the_way)
        _add_tables(staging, data, incoming, out)
        written = [path.relative_to(out).as_posix() for path in staging.publish()]
    finally:
        staging.discard()
    return Imported(incoming, written, staging.same)


def _add(staging: Staging, path: Path, content: str, out: Path) -> Iterator[Issue]:
    if staging.differs(path, content):
        yield Issue(path.relative_to(out).as_posix(), 1, "convert-out", "it exists and differs")
    else:
        staging.add(path, content)


def _add_tables(staging: Staging, data: Corpus, incoming: Incoming, out: Path) -> None:
    """Add the links and topics that the dataset does not have yet; its own rows stay as they are."""
    links = {link: row for link, row in incoming.links.items() if link not in data.links}
    if links:
        rows = [*data.links.values(), *(links[link] for link in sorted(links))]
        staging.add(out / LINKS, "".join("\t".join(row) + "\n" for row in (LINK_COLUMNS, *rows)))
    topics = [topic for identity, topic in sorted(incoming.topics.items()) if identity not in data.topics]
    if topics:
        staging.add(out / TOPICS, strict_json.pretty({"topics": [*data.topics.values(), *topics]}))
    for identity, row in incoming.links.items():
        if identity in data.links and data.links[identity] != row:
            incoming.left.note("rows of links that the dataset has in other words", row.name)
    for identity, topic in incoming.topics.items():
        if identity in data.topics and data.topics[identity] != topic:
            incoming.left.note("topics that the dataset has in other words", topic["title"])


def _is_sound(data: Corpus, incoming: Incoming, taken: Taken) -> bool:
    """Run every check on a document; keep its issues, and say whether it can be written."""
    document = taken.document
    if document is None:
        return False
    article = _as_article(taken.article) if taken.article else data.articles[taken.identity]
    zones = [] if "zones" in document else data.zones(article)
    links, topics = ChainMap[str, Any](data.links, incoming.links), ChainMap[str, Any](data.topics, incoming.topics)
    flaws = integrity.check(document, article, zones, links, topics)
    file = incoming.names[taken.identity]
    incoming.issues += [Issue(file, 1, code, message, tables.pointer(path)) for code, path, message in flaws]
    return all(code in _TABLES for code, _, _ in flaws)


def _as_article(bulk: BulkArticle) -> Article:
    text = files.normalize(bulk["text"])
    article = Article(
        id=bulk["id"], source_id=bulk["source_id"] or bulk["id"], source_text=text,
        source_sha256=files.sha256(text), section=None, published=None, url=None,
        license=bulk["license"],
    )  # fmt: skip
    if "zones" in bulk:
        article["zones"] = bulk["zones"]
    return article


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
