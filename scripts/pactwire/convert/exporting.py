"""Export of one annotator's documents, or the final ones, to another format."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pactwire.convert import export_writers
from pactwire.convert.export_result import ExportResult
from pactwire.convert.export_writers import ExportItem, LabelExport, OutputFiles
from pactwire.convert.formats.w3c_webannotation import PageContext
from pactwire.convert.mapping import LabelMapping
from pactwire.convert.mapping_file import read_mapping
from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import digests
from pactwire.model.issues import DataError, Issue
from pactwire.model.labels import document_labels, document_links, is_topic, value_list
from pactwire.model.records import Article, Document
from pactwire.storage import locks
from pactwire.storage.output_ledger import OutputLedger
from pactwire.storage.staging import Staging
from pactwire.text.content import Content
from pactwire.validation import validate

UNSPLIT: Final = "unsplit"


def export_documents(
    form: str, root: Path, annotator: str, out: Path, adopt: bool = False, mapping: Path | None = None
) -> ExportResult:
    """Write an annotator's documents to a folder in another format, and remove files of an earlier export.

    Args:
        form: A key of `export_writers.FILE_NAME_PATTERNS`.
        root: The dataset.
        annotator: The folder of annotations/.
        out: The folder to write to.
        adopt: Whether to take over files in a folder that has no list of exported files.
        mapping: A file with a mapping; None for the default one. Web Annotation needs none.

    Raises:
        DataError: The mapping has flaws, or no types, or types that the format can't hold; the documents have issues;
            or a file that would be replaced or removed was changed by somebody (`pactwire.storage.output_ledger`).
            Nothing is written.
    """
    data = corpus.load_corpus(root)
    labels = None if form == export_writers.WHOLE_DOCUMENTS else _mapping(form, data, mapping)
    folder = f"annotations/{annotator}"
    if issues := [issue for issue in validate.check_corpus(data) if issue.file.startswith(f"{folder}/")]:
        raise DataError(issues)
    with locks.creating(out):
        return _export_locked(form, data, labels, annotator, out, adopt)


def _mapping(form: str, data: Corpus, file: Path | None) -> LabelMapping:
    """Return the mapping of an export; raises DataError if it has flaws, or maps nothing that the format can hold."""
    mapping = read_mapping(file, data.schema, form)
    if not mapping.layers:
        message = f"no layer is mapped to {form}, which holds labels of spans"
        raise DataError([Issue(SCHEMA_FILE, 1, "layers-unsupported", message)])
    if form in export_writers.ONE_WORD_TYPES and (wrong := [name for name in mapping.types if len(name.split()) != 1]):
        message = f"{form} writes a type as one word, which these are not: {', '.join(map(repr, wrong))}"
        raise DataError([Issue(file.as_posix() if file else SCHEMA_FILE, 1, "convert-mapping", message)])
    return mapping


def _export_locked(
    form: str, data: Corpus, mapping: LabelMapping | None, annotator: str, out: Path, adopt: bool
) -> ExportResult:
    result, wanted = ExportResult(), dict[str, str]()
    ledger = OutputLedger(out, export_writers.FILE_NAME_PATTERNS[form], adopt)
    with Staging() as staging:
        for name, content in _output_files(form, data, mapping, annotator, result):
            staging.add(out / name, content)
            wanted[name] = digests.sha256(content)
        if not result.documents:
            message = "there are no documents to convert"
            raise DataError([Issue(f"annotations/{annotator}", 1, "convert-empty", message)])
        result.removed, result.unmanaged = ledger.stale(wanted), ledger.unrelated_names(wanted)
        ledger.begin(wanted)
        result.written = [path.relative_to(out).as_posix() for path in staging.publish()]
        for name in result.removed:
            (out / name).unlink()
        ledger.end(wanted)
        result.unchanged = staging.unchanged
    return result


def _output_files(
    form: str, data: Corpus, mapping: LabelMapping | None, annotator: str, result: ExportResult
) -> OutputFiles:
    """Yield the files of an export; ``mapping`` is None for the format that has everything."""
    layers = [layer.name for layer in mapping.layers] if mapping else list(data.schema.layers)
    items = _export_items(data, annotator, layers, result)
    if form in export_writers.SOURCE_TEXTS:
        items = _without_splits(items, result)
    if mapping is None:
        return export_writers.webannotation_files(items, annotator, data.schema)
    return export_writers.LABEL_WRITERS[form](items, LabelExport(mapping, result))


def _export_items(data: Corpus, annotator: str, layers: list[str], result: ExportResult) -> Iterator[ExportItem]:
    """Yield an annotator's documents in the order of the articles, and count their labels of some layers."""
    splits = {row.article: row.split for _, row in data.splits}
    for identity, article in data.articles.items():
        for document in (placed.document for placed in data.documents_of(identity) if placed.annotator == annotator):
            zones = document["zones"] if "zones" in document else data.zones(article)
            content, split = Content(article, zones, document, data.schema.content_kinds), splits.get(identity, UNSPLIT)
            result.documents += 1
            result.labels += sum(len(document_labels(document, layer)) for layer in layers)
            yield ExportItem(article, document, content, split, _page_context(data, article, document))


def _without_splits(items: Iterator[ExportItem], result: ExportResult) -> Iterator[ExportItem]:
    """Yield items, and count the articles whose row of splits.csv no file has."""
    for item in items:
        result.omitted.add("splits and stories of articles", count=int(item.split != UNSPLIT))
        yield item


def _page_context(data: Corpus, article: Article, document: Document) -> PageContext:
    """Return what a document depends on: the zones that apply to it, and the rows that its labels name."""
    fields, zones = dict(article), article.get("zones", [])
    final = data.final_document(article["id"])
    if "zones" not in document and final is not None and "zones" in final:
        zones = final["zones"]
        fields.pop("zones_by", None)
    links, topics = document_links(data.schema, document), _topics(data, document)
    return PageContext(
        fields, zones, [row for link, row in data.links.items() if link in links],
        [topic for topic_id, topic in data.topics.items() if topic_id in topics],
    )  # fmt: skip


def _topics(data: Corpus, document: Document) -> set[str]:
    """Return the ids of the topics that a document's labels refer to."""
    attributes = [(layer.name, attribute) for layer in data.schema.layers.values() for attribute in layer.references]
    return {
        reference
        for layer, attribute in attributes
        for label in document_labels(document, layer)
        for reference in value_list(attribute, label)
        if is_topic(reference)
    }
