"""Predictions as people have them: annotation documents, rows of a config, or files that `pactwire convert` reads.

Nothing is scored as long as anything in them is wrong: all issues are raised at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final, cast

from pactwire.agreement import references
from pactwire.agreement.score_alignment import moved_label, squeeze
from pactwire.convert import (
    import_conversion,
    import_files,
    import_log,
    import_reader,
    importing,
    mapping_file,
)
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.imported_document import ImportedDocument
from pactwire.corpus import tables
from pactwire.model.issues import DataError, Issue
from pactwire.model.labels import document_labels
from pactwire.model.records import Annotator, AnnotatorKind, Document, Status
from pactwire.model.schema import AnnotationSchema
from pactwire.release import prediction_records
from pactwire.release.article_places import ArticlePlace, ArticlePlaces
from pactwire.release.prediction_records import DOCUMENTS, IN_MEMORY, ROWS, PredictedRow, Record
from pactwire.release.scored_versions import ScoredVersion
from pactwire.validation import integrity

AUTO: Final = import_files.AUTO
WEBANNOTATION: Final = "webannotation"
PREDICTOR: Final = Annotator(id=IN_MEMORY, kind=AnnotatorKind.MODEL, name=None, version=None)
"""The annotator of labels that name none."""


class _Everything:
    """Contains all, as the tables of links and topics, which published versions do not have."""

    def __contains__(self, item: object) -> bool:
        return True


@dataclass
class Predictions:
    """Predictions that were read.

    Attributes:
        documents: The predicted documents by article; they hold the labels of the layers that were predicted.
        rows: The rows of a config; empty if there are documents.
        unpredicted: The attributes that no label states, by layer.
        read_as: What the files are: ``documents``, ``rows``, or the formats that were detected.
        left_out: What of the files has no place in documents, by name.
    """

    documents: dict[str, Document] = field(default_factory=dict)
    rows: list[PredictedRow] = field(default_factory=list)
    unpredicted: dict[str, frozenset[str]] = field(default_factory=dict)
    read_as: str = ""
    left_out: dict[str, int] = field(default_factory=dict)


def read_predictions(
    given: Sequence[Path | Mapping[str, Any]],
    versions: Sequence[ScoredVersion],
    form: str = AUTO,
    mapping: Path | None = None,
) -> Predictions:
    """Return the predictions of files and folders, or of documents or rows that are given as they are.

    Args:
        given: The files and folders, or the documents or rows.
        versions: The versions to score them against; the labels are those of the last one's schema.
        form: AUTO, or the format of `pactwire convert from` that the files are in.
        mapping: A mapping for these formats; None for the default one.

    Raises:
        DataError: All issues of what can't be read, and of what does not fit the versions.
    """
    issues: list[Issue] = []
    paths = [each for each in given if isinstance(each, Path)]
    records: Iterable[Record] = (
        prediction_records.read_records(paths, issues) if paths else prediction_records.number_records(given)
    )
    first = next(iter(records := iter(records)), None) if form == AUTO else None
    kind = prediction_records.record_kind(first[2]) if first else ""
    if kind and first:
        records = chain([first], records)
        found = _read_documents(records, versions, issues) if kind == DOCUMENTS else _read_rows(records, issues)
    elif paths:
        issues.clear()  # of reading other formats as records
        found = _read_formats(paths, versions, form, mapping, issues)
    else:
        found = Predictions()
    if not issues and not found.documents and not found.rows:
        message = "there is neither a document nor a row in it"
        issues += [Issue(path.as_posix(), 1, "score-empty", message) for path in paths or [Path(IN_MEMORY)]]
    if issues:
        raise DataError(sorted(set(issues)))
    return found


def _read_rows(records: Iterable[Record], issues: list[Issue]) -> Predictions:
    found = Predictions(read_as=ROWS)
    for file, line, value in records:
        if isinstance(value, Mapping):
            found.rows.append(PredictedRow(file, line, value))
        else:
            issues.append(Issue(file, line, "score-row", "it is no row, but a value without columns"))
    return found


# --- documents


def _read_documents(records: Iterable[Record], versions: Sequence[ScoredVersion], issues: list[Issue]) -> Predictions:
    found = Predictions(read_as=DOCUMENTS)
    for file, line, value in records:
        if flaws := _document_issues(value, file, line, versions, found.documents):
            issues += flaws
        else:
            found.documents[value["article"]] = value
    return found


def _document_issues(
    value: Any, name: str, line: int, versions: Sequence[ScoredVersion], known: Mapping[str, Document]
) -> list[Issue]:
    schema = versions[-1].schema
    if not schema.is_valid(value):
        path = Path(name) if name.endswith(".json") and Path(name).is_file() else None
        return tables.schema_issues(schema.explain(value), name, path, line)
    identity = value["article"]
    if identity in known:
        return [Issue(name, line, "score-twice", f"there is already a document of the article {identity}", identity)]
    candidates = [each.articles[identity] for each in reversed(versions) if identity in each.articles]
    if not candidates:
        return [_unknown_article(name, line, identity, versions)]
    article = next((each for each in candidates if each.sha256 == value["text_sha256"]), None)
    if article is None:
        message = f"it is of another text than the article {identity} has in {versions[-1].name}"
        return [Issue(name, line, "score-text", message, identity)]
    flaws = integrity.check_document(
        value, cast("Any", {"source_text": article.text, "source_sha256": article.sha256}), article.zones,
        schema, cast("Any", _Everything()), cast("Any", _Everything()),
    )  # fmt: skip
    return [Issue(name, line, code, message, tables.format_path(place)) for code, place, message in flaws]


def _unknown_article(name: str, line: int, what: str, versions: Sequence[ScoredVersion]) -> Issue:
    places = " or ".join(each.name for each in versions)
    return Issue(name, line, "score-article", f"there is no article {what} in {places}")


# --- formats of `pactwire convert`


def _read_formats(
    paths: Sequence[Path],
    versions: Sequence[ScoredVersion],
    form: str,
    mapping: Path | None,
    issues: list[Issue],
) -> Predictions:
    schema = versions[-1].schema
    if form == WEBANNOTATION:
        return _read_pages(paths, versions, issues)
    labels = mapping_file.read_mapping(mapping, schema, form, reads=True)
    options = replace(ReaderOptions(), attributes=frozenset(labels.attributes), layers=labels.layer_types)
    found_files, _ = import_files.find_files(form, paths, issues)
    summary = import_reader.ReaderSummary()
    log = import_log.ImportLog()
    settings = import_conversion.ImportSettings(
        PREDICTOR, Status.DRAFT, "0.0", "unknown", "und", takes_splits=False
    )  # fmt: skip
    places = ArticlePlaces(versions)
    found = Predictions()
    for imported in import_reader.read_documents(form, found_files, paths, options, summary):
        if isinstance(imported, DataError):
            issues += imported.issues
            continue
        own = import_log.ImportLog()
        converted = list(
            import_conversion.convert_documents([imported], settings, labels, lambda _: None, lambda _: [], own)
        )
        log.omitted.merge(own.omitted)
        issues += own.issues
        for each in converted:
            if each.document is not None and each.article is not None:
                place = places.find(each.article_id, each.article["text"])
                if place is None:
                    issues.append(_unplaced(imported, versions))
                else:
                    _add_labels(found, schema, place, each.article["text"], each.document)
    found.read_as = ", ".join(sorted(summary.formats))
    found.left_out = {name: count for name, count in sorted(log.omitted.items()) if count}
    found.unpredicted = _unpredicted(schema, found.documents.values())
    return found


def _read_pages(paths: Sequence[Path], versions: Sequence[ScoredVersion], issues: list[Issue]) -> Predictions:
    """Return the documents of Web Annotation pages."""
    found_files, _ = import_files.find_files(WEBANNOTATION, paths, issues)
    records: list[Record] = []
    for path in (each for each in found_files if each.suffix != ".txt"):
        name = import_files.display_name(path, paths)
        try:
            page, _ = importing.read_page(path, name, versions[-1].schema)
        except DataError as error:
            issues += error.issues
            continue
        issues += page.issues
        records += [(name, 1, page.document)] if page.document is not None else []
    return _read_documents(records, versions, issues)


def _unplaced(imported: ImportedDocument, versions: Sequence[ScoredVersion]) -> Issue:
    message = f"{imported.name}: its text is that of no article in {' or '.join(each.name for each in versions)}"
    return Issue(imported.file, 1, "score-text", message)


def _add_labels(
    found: Predictions, schema: AnnotationSchema, place: ArticlePlace, text: str, document: Document
) -> None:
    """Add the labels of a document, in the offsets of its article's text, to those of the article's other parts."""
    article, own = place.article, squeeze(text)
    header: Any = {key: value for key, value in document.items() if key not in schema.layer_names}
    header |= {"article": article.id, "text_sha256": article.sha256, "status": {}}
    added: Any = found.documents.setdefault(article.id, header)
    known = sum(len(document_labels(added, layer.name)) for layer in schema.span_layers)
    ids = {
        label["id"]: f"{label['id']}.{known}"
        for layer in schema.span_layers
        for label in document_labels(document, layer.name)
    }
    for layer in (each for each in schema.layers.values() if each.name in document):
        moved = [
            references.replace_references(
                schema, layer.name, moved_label(label, own, place.target, place.shift, article.text), ids
            )
            for label in document_labels(document, layer.name)
        ]
        added["status"][layer.name] = document["status"][layer.name]
        if layer.is_span:
            added.setdefault(layer.name, []).extend({**label, "id": ids[label["id"]]} for label in moved)
        elif moved:
            added[layer.name] = moved[0]


def _unpredicted(schema: AnnotationSchema, documents: Iterable[Document]) -> dict[str, frozenset[str]]:
    """Return the attributes that all labels have as blank as they are where a format says nothing of them."""
    documents = list(documents)
    found = {}
    for layer in schema.layers.values():
        labels = [label for document in documents for label in document_labels(document, layer.name)]
        blank = schema.blank_values(layer.name)
        names = [
            each.name
            for each in layer.attributes
            if all(label.get(each.name) == blank.get(each.name) for label in labels)
        ]
        if labels and names:
            found[layer.name] = frozenset(names) - {layer.class_attribute.name if layer.class_attribute else ""}
    return found
