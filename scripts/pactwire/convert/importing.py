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

from pactwire.convert import corpus_reader
from pactwire.convert.formats import w3c_webannotation
from pactwire.convert.formats.w3c_webannotation import AnnotationPage
from pactwire.convert.import_conversion import ConvertedArticle, ImportLog, ImportSettings, Repair, convert_documents
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.type_mapping import TypeMapping
from pactwire.corpus import corpus, tables
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.tables import LINK_COLUMNS, LINKS, TOPICS
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Article, BulkArticle, Document
from pactwire.storage import files, jsonl
from pactwire.storage.staging import Staging
from pactwire.validation import integrity

_TOLERATED_CODES: Final = ("unknown-link", "unknown-topic")
"""What a document may lack in the dataset's own tables and still be written."""


@dataclass
class ImportResult:
    """What an import did: what came of the corpus, and the files written or already so."""

    log: ImportLog
    written: list[str] = field(default_factory=list)
    unchanged: int = 0


def import_mentions(
    foreign: Iterable[ImportedDocument | DataError],
    out: Path,
    name: str,
    folder: str,
    settings: ImportSettings,
    types: TypeMapping,
) -> ImportResult:
    """Bring articles with mentions into the dataset folder ``out``; raises DataError (convert-out)."""
    data, incoming = corpus.load_corpus(out), ImportLog()
    known = _existing_articles(data, out, name)
    taken = convert_documents(_readable_documents(foreign, incoming), settings, types, known, data.zones, incoming)
    return _write_import(data, ((each, folder) for each in taken), incoming, out, name)


def _readable_documents(
    foreign: Iterable[ImportedDocument | DataError], incoming: ImportLog
) -> Iterator[ImportedDocument]:
    for each in foreign:
        if isinstance(each, DataError):
            incoming.issues += each.issues
            incoming.counts["files, articles or rows that can't be read"] += len(each.issues)
        else:
            yield each


def _existing_articles(data: Corpus, out: Path, name: str) -> Callable[[str], Article | None]:
    """Return what gives the articles that the dataset has from elsewhere."""
    own = _earlier_ids(out, name)
    return lambda identity: None if identity in own else data.articles.get(identity)


def _earlier_ids(out: Path, name: str) -> set[str]:
    """Return the ids of the articles that an earlier import of the same name brought."""
    path = _bulk_path(out, name)
    entries = jsonl.read_values(path, path.name) if path.is_file() else ()
    return {entry[1]["id"] for entry in entries if not isinstance(entry, DataError) and "id" in entry[1]}


def _bulk_path(out: Path, name: str) -> Path:
    return out / "dataset" / "raw" / f"{name}.jsonl"


# --- Web Annotation: whole documents


def import_pages(paths: Iterable[Path], inputs: Sequence[Path], out: Path, name: str, license: str) -> ImportResult:
    """Bring pages of `w3c_webannotation` into the dataset folder, each document to its annotator's folder."""
    data, incoming = corpus.load_corpus(out), ImportLog()
    known = _existing_articles(data, out, name)

    come: dict[tuple[str, str], str] = {}

    def taken() -> Iterator[tuple[ConvertedArticle, str]]:
        for path in paths:
            if path.suffix == ".txt":
                continue
            try:
                found = _read_page(path, corpus_reader.display_name(path, inputs), incoming)
            except DataError as error:
                incoming.issues += error.issues
                incoming.counts["files, articles or rows that can't be read"] += 1
                continue
            if found is None:
                continue
            document, page, text = found
            file = corpus_reader.display_name(path, inputs)
            if issue := _duplicate_issue(
                document, come.setdefault((page.folder, document["article"]), file), file, incoming
            ):
                incoming.issues.append(issue)
                incoming.counts["articles refused"] += 1
                continue
            yield _convert_page(document, page, text, file, known, license, incoming), page.folder

    return _write_import(data, taken(), incoming, out, name)


def _read_page(path: Path, file: str, incoming: ImportLog) -> tuple[Document, AnnotationPage, str] | None:
    """Return the document of a page, the page and its text."""
    beside = corpus_reader.companion_file(path, file, ".txt")
    if beside is None:
        raise DataError([Issue(file, 1, "convert-no-text", f"there is no {path.with_suffix('.txt').name}")])
    text = files.decode_utf8(beside.read_bytes(), file.removesuffix(".jsonld") + ".txt")
    page = w3c_webannotation.read_page(files.read_json(path, file), text, file)
    incoming.issues += page.issues
    incoming.repairs += [Repair(file, 1, label, what) for label, what in page.repairs]
    if page.document is None:
        incoming.counts["articles refused"] += 1
        return None
    return page.document, page, files.normalize_newlines(text)


def _duplicate_issue(document: Document, first: str, file: str, incoming: ImportLog) -> Issue | None:
    """Return the issue of a page whose document has already come, or whose article has with another text."""
    identity, text = document["article"], document["text_sha256"]
    message = f"the document of its annotator for {identity} has already come from {first}"
    if first == file:
        first = incoming.source_names.setdefault(identity, file)
        message = f"its article {identity} has already come from {first} with another text"
        if incoming.page_hashes.setdefault(identity, text) == text:
            return None
    return Issue(file, 1, "convert-twice", message, identity)


def _convert_page(
    document: Document,
    page: AnnotationPage,
    text: str,
    file: str,
    known: Callable[[str], Article | None],
    license: str,
    incoming: ImportLog,
) -> ConvertedArticle:
    """Return a page's document with its article, and keep the links and topics that it brings."""
    identity, around = document["article"], page.context
    article = None
    if known(identity) is None:
        article = BulkArticle(id=identity, text=files.protect_bom(text), source_id=file, license=license)
        article |= cast("BulkArticle", {**around.article, **({"zones": around.zones} if around.zones else {})})
    incoming.counts["articles"] += incoming.source_names[identity] == file
    incoming.counts["labels taken"] += sum(1 for _ in integrity.labeled_spans(document))
    for link in around.links:
        incoming.links.setdefault(link.link, link)
    for topic in around.topics:
        incoming.topics.setdefault(topic["id"], topic)
    return ConvertedArticle(identity, article, document)


# --- writing


def _write_import(
    data: Corpus, taken: Iterable[tuple[ConvertedArticle, str]], incoming: ImportLog, out: Path, name: str
) -> ImportResult:
    """Set every file aside as its article comes, then put all in place; with one in the way, none."""
    bulk, staging, in_the_way = _bulk_path(out, name), Staging(out), list[Issue]()
    gone, come = _earlier_ids(out, name), set[str]()
    try:
        with staging.open(bulk) as stream:
            for each, folder in taken:
                gone.discard(each.article_id)
                if each.article is not None and each.article_id not in come:
                    come.add(each.article_id)
                    stream.write(f"{strict_json.compact(each.article)}\n".encode())
                if each.document is not None and _is_valid(data, incoming, each):
                    path = out / "annotations" / folder / f"{each.article_id}.json"
                    in_the_way += _stage_new_file(staging, path, strict_json.pretty(each.document), out)
        if gone:
            message = f"it holds {len(gone):,} articles that this import does not bring"
            in_the_way.append(Issue(bulk.relative_to(out).as_posix(), 1, "convert-out", message))
        if in_the_way:
            raise DataError(in_the_way)
        _stage_tables(staging, data, incoming, out)
        written = [path.relative_to(out).as_posix() for path in staging.publish()]
    finally:
        staging.discard()
    return ImportResult(incoming, written, staging.unchanged)


def _stage_new_file(staging: Staging, path: Path, content: str, out: Path) -> Iterator[Issue]:
    if staging.differs(path, content):
        yield Issue(path.relative_to(out).as_posix(), 1, "convert-out", "it exists and differs")
    else:
        staging.add(path, content)


def _stage_tables(staging: Staging, data: Corpus, incoming: ImportLog, out: Path) -> None:
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
            incoming.omitted.add("rows of links that the dataset has in other words", row.name)
    for identity, topic in incoming.topics.items():
        if identity in data.topics and data.topics[identity] != topic:
            incoming.omitted.add("topics that the dataset has in other words", topic["title"])


def _is_valid(data: Corpus, incoming: ImportLog, taken: ConvertedArticle) -> bool:
    """Run every check on a document; keep its issues, and say whether it can be written."""
    document = taken.document
    if document is None:
        return False
    article = _to_article(taken.article) if taken.article else data.articles[taken.article_id]
    zones = [] if "zones" in document else data.zones(article)
    links, topics = ChainMap[str, Any](data.links, incoming.links), ChainMap[str, Any](data.topics, incoming.topics)
    flaws = integrity.check_document(document, article, zones, links, topics)
    file = incoming.source_names[taken.article_id]
    incoming.issues += [Issue(file, 1, code, message, tables.format_path(path)) for code, path, message in flaws]
    return all(code in _TOLERATED_CODES for code, _, _ in flaws)


def _to_article(bulk: BulkArticle) -> Article:
    text = files.normalize_newlines(bulk["text"])
    article = Article(
        id=bulk["id"], source_id=bulk["source_id"] or bulk["id"], source_text=text,
        source_sha256=files.sha256(text), section=None, published=None, url=None,
        license=bulk["license"],
    )  # fmt: skip
    if "zones" in bulk:
        article["zones"] = bulk["zones"]
    return article


def import_report(imported: ImportResult) -> dict[str, Any]:
    """Return all that an import did as one JSON value."""
    incoming = imported.log
    return {
        "counts": {key: count for key, count in sorted(incoming.counts.items()) if count},
        "left_out": {key: count for key, count in sorted(incoming.omitted.items()) if count},
        "examples": dict(sorted(incoming.omitted.examples.items())),
        "written": len(imported.written),
        "same": imported.unchanged,
        "without_annotation": incoming.unannotated,
        "repairs": [repair._asdict() for repair in incoming.repairs],
        "issues": [
            {"file": each.file, "line": each.line, "code": each.code, "message": each.message, "record": each.record}
            for each in incoming.issues
        ],
    }
