"""Import of an external corpus, or of Web Annotation pages, into a dataset folder."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pactwire.convert import import_files
from pactwire.convert.formats import w3c_webannotation_reader
from pactwire.convert.formats.w3c_webannotation import AnnotationPage
from pactwire.convert.import_conversion import ConvertedArticle, ImportSettings, convert_documents
from pactwire.convert.import_log import ImportLog, Repair
from pactwire.convert.import_target import ImportTarget
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.mapping import LabelMapping
from pactwire.convert.omissions import nonzero
from pactwire.model.issues import DataError, Issue
from pactwire.model.labels import located_spans
from pactwire.model.records import BulkArticle, Document
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import files


@dataclass
class ImportResult:
    """What an import did: its log, the files that were written, and how many were unchanged."""

    log: ImportLog
    written: list[str] = field(default_factory=list)
    unchanged: int = 0


def import_mentions(
    documents: Iterable[ImportedDocument | DataError],
    out: Path,
    name: str,
    folder: str,
    settings: ImportSettings,
    mapping: LabelMapping,
) -> ImportResult:
    """Import documents with mentions into a dataset folder.

    Args:
        documents: The documents, and errors for what could not be read.
        out: The dataset folder.
        name: The name of the corpus, and of the file for its texts.
        folder: The folder of annotations/ for the documents.
        settings: What is known about the corpus.
        mapping: What their types, attributes and relations are in the dataset.

    Raises:
        DataError: A file is in the way, so that nothing is written (convert-out).
    """
    log = ImportLog()
    target = ImportTarget(out, name, log)
    readable = _readable_documents(documents, log)
    converted = convert_documents(readable, settings, mapping, target.existing_article, target.data.zones, log)
    return ImportResult(log, *target.write((article, folder) for article in converted))


def _readable_documents(
    documents: Iterable[ImportedDocument | DataError], log: ImportLog
) -> Iterator[ImportedDocument]:
    for document in documents:
        if isinstance(document, DataError):
            log.add_unreadable(document.issues, len(document.issues))
        else:
            yield document


# --- Web Annotation: complete documents


def import_pages(paths: Iterable[Path], inputs: Sequence[Path], out: Path, name: str, license: str) -> ImportResult:
    """Import pages of `w3c_webannotation`, each document into its annotator's folder.

    Args:
        paths: The pages and their texts.
        inputs: The files and folders that were named.
        out: The dataset folder.
        name: The name of the corpus, and of the file for its texts.
        license: The rights in texts whose page does not state them.

    Raises:
        DataError: A file is in the way, so that nothing is written (convert-out).
    """
    log = ImportLog()
    importer = _PageImporter(ImportTarget(out, name, log), license, log)
    pages = (path for path in paths if path.suffix != ".txt")
    named = ((path, import_files.display_name(path, inputs)) for path in pages)
    converted = (page for path, file in named for page in importer.convert(path, file))
    return ImportResult(log, *importer.target.write(converted))


class _PageImporter:
    """Converts pages one by one; ``file`` is a page's name in issues."""

    def __init__(self, target: ImportTarget, license: str, log: ImportLog) -> None:
        self.target, self.license, self.log = target, license, log
        self.first_files: dict[tuple[str, str], str] = {}

    def convert(self, path: Path, file: str) -> Iterator[tuple[ConvertedArticle, str]]:
        """Yield a page's document with its article and its folder, unless the page is refused."""
        try:
            page, text = read_page(path, file, self.target.data.schema)
        except DataError as error:
            self.log.add_unreadable(error.issues, 1)
            return
        self.log.issues += page.issues
        self.log.repairs += [Repair(file, 1, label, what) for label, what in page.repairs]
        if page.document is None:
            self.log.counts["articles refused"] += 1
        elif issue := self._duplicate_issue(page.document, page.folder, file):
            self.log.issues.append(issue)
            self.log.counts["articles refused"] += 1
        else:
            yield self._convert_page(page.document, page, text, file), page.folder

    def _duplicate_issue(self, document: Document, folder: str, file: str) -> Issue | None:
        """Return the issue of a page whose document was already imported, or whose article was with another text."""
        identity, text_sha256 = document["article"], document["text_sha256"]
        first = self.first_files.setdefault((folder, identity), file)
        message = f"the document of its annotator for {identity} was already imported from {first}"
        if first == file:
            first = self.log.source_names.setdefault(identity, file)
            message = f"its article {identity} was already imported from {first} with another text"
            if self.log.page_hashes.setdefault(identity, text_sha256) == text_sha256:
                return None
        return Issue(file, 1, "convert-twice", message, identity)

    def _convert_page(self, document: Document, page: AnnotationPage, text: str, file: str) -> ConvertedArticle:
        """Return a page's document with its article, and add its links and topics to the log."""
        identity, context, log = document["article"], page.context, self.log
        article = None
        if self.target.existing_article(identity) is None:
            article = BulkArticle(id=identity, text=files.protect_bom(text), source_id=file, license=self.license)
            zones = {"zones": context.zones} if context.zones else {}
            article |= cast("BulkArticle", {**context.article, **zones})
        log.counts["articles"] += log.source_names[identity] == file
        log.counts["labels taken"] += sum(1 for _ in located_spans(self.target.data.schema, document))
        for link in context.links:
            log.links.setdefault(link.link, link)
        for topic in context.topics:
            log.topics.setdefault(topic["id"], topic)
        return ConvertedArticle(identity, article, document)


def read_page(path: Path, file: str, schema: AnnotationSchema) -> tuple[AnnotationPage, str]:
    """Return the content of a page, and its source text; raises DataError if either cannot be read."""
    text_path = import_files.companion_file(path, file, ".txt")
    if text_path is None:
        raise DataError([Issue(file, 1, "convert-no-text", f"there is no {path.with_suffix('.txt').name}")])
    text = files.decode_utf8(text_path.read_bytes(), file.removesuffix(".jsonld") + ".txt")
    page = w3c_webannotation_reader.read_page(files.read_json(path, file), text, file, schema)
    return page, files.normalize_newlines(text)


def import_report(result: ImportResult) -> dict[str, Any]:
    """Return everything that an import did as one JSON value."""
    log = result.log
    return {
        "counts": nonzero(log.counts),
        "left_out": nonzero(log.omitted),
        "examples": dict(sorted(log.omitted.examples.items())),
        "written": len(result.written),
        "same": result.unchanged,
        "without_annotation": log.unannotated,
        "repairs": [repair._asdict() for repair in log.repairs],
        "issues": [
            {
                "file": issue.file, "line": issue.line, "code": issue.code, "message": issue.message,
                "record": issue.record,
            }
            for issue in log.issues
        ],
    }  # fmt: skip
