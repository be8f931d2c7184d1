"""Predictions as people have them: annotation documents, rows of a config, or files that `pactwire convert` reads.

Nothing is scored as long as anything in them is wrong: all issues are raised at once.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from pactwire.agreement import references
from pactwire.agreement.score_alignment import SqueezedText, moved_label, squeeze
from pactwire.convert import (
    import_conversion,
    import_files,
    import_log,
    import_reader,
    importing,
    mapping_file,
    record_files,
)
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.imported_document import ImportedDocument
from pactwire.corpus import tables
from pactwire.model.issues import DataError, Issue
from pactwire.model.labels import document_labels
from pactwire.model.records import Annotator, AnnotatorKind, Document, Status
from pactwire.model.schema import AnnotationSchema
from pactwire.release.scored_versions import GoldArticle, ScoredVersion
from pactwire.storage import files
from pactwire.text import offsets
from pactwire.validation import integrity

AUTO: Final = import_files.AUTO
DOCUMENTS: Final = "documents"
ROWS: Final = "rows"
WEBANNOTATION: Final = "webannotation"
IN_MEMORY: Final = "predictions"
"""What issues call what is given as it is; its lines are counted from 1."""
PREDICTOR: Final = Annotator(id=IN_MEMORY, kind=AnnotatorKind.MODEL, name=None, version=None)
"""The annotator of labels that name none."""
_ROW_KEYS: Final = ("article_id", "a_article_id", "a_id")
_ROW_ID: Final = re.compile(r"[0-9a-f]{16}(:.+)?")
_TABLE_SUFFIXES: Final = (".csv",)
_SPLIT_INDEPENDENT: Final = ("unknown-link", "unknown-topic")
"""Flaws of a predicted document that do not matter: versions that are published have no such tables."""


class _Everything:
    """Contains all."""

    def __contains__(self, item: object) -> bool:
        return True


class PredictedRow(NamedTuple):
    """A row as predictions have it, with its file and line."""

    file: str
    line: int
    values: Mapping[str, Any]

    def issue(self, code: str, message: str) -> Issue:
        """Return an issue of the row."""
        return Issue(self.file, self.line, code, message)


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


_Record = tuple[str, int, Any]
"""A value with its file and line."""


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
    records: Iterable[_Record] = _read_files(paths, issues) if paths else _number(given)
    first = next(iter(records := iter(records)), None) if form == AUTO else None
    kind = _record_kind(first[2]) if first else ""
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


def _number(values: Iterable[Any]) -> Iterator[_Record]:
    return ((IN_MEMORY, number, value) for number, value in enumerate(values, 1))


def _read_files(paths: Iterable[Path], issues: list[Issue]) -> Iterator[_Record]:
    """Yield the records of files that may hold documents or rows; issues are added for what can't be read."""
    suffixes = (*record_files.SUFFIXES, *_TABLE_SUFFIXES)
    for path in paths:
        found = sorted(import_files.visible_files(path, issues)) if path.is_dir() else [path]
        for file in (each for each in found if each.suffix in suffixes):
            name = file.as_posix()
            try:
                for record in _file_records(file, name):
                    if isinstance(record, DataError):
                        issues += record.issues
                    else:
                        yield name, *record
            except DataError as error:
                issues += error.issues


def _file_records(path: Path, name: str) -> Iterator[tuple[int, Any] | DataError]:
    if path.suffix not in _TABLE_SUFFIXES:
        return record_files.read_records(path, import_files.source_file(path, name))
    return _csv_rows(files.decode_utf8(path.read_bytes(), name).removeprefix("\ufeff"))


def _csv_rows(text: str) -> Iterator[tuple[int, Any]]:
    """Yield the rows of a table, each with the line that it begins in; only CR and LF end lines."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # else a long cell is an error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    line = reader.line_num + 1 if reader.fieldnames else 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def _record_kind(value: Any) -> str:
    """Return DOCUMENTS or ROWS for a record of either, else nothing."""
    if not isinstance(value, Mapping):
        return ""
    if "article" in value and "schema_version" in value:
        return DOCUMENTS
    identity = value.get("id")
    is_row = isinstance(identity, str) and _ROW_ID.fullmatch(identity) and "spans" not in value
    return ROWS if is_row or any(key in value for key in _ROW_KEYS) else ""


def _read_rows(records: Iterable[_Record], issues: list[Issue]) -> Predictions:
    found = Predictions(read_as=ROWS)
    for file, line, value in records:
        if isinstance(value, Mapping):
            found.rows.append(PredictedRow(file, line, value))
        else:
            issues.append(Issue(file, line, "score-row", "it is no row, but a value without columns"))
    return found


# --- documents


def _read_documents(records: Iterable[_Record], versions: Sequence[ScoredVersion], issues: list[Issue]) -> Predictions:
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
    return [
        Issue(name, line, code, message, tables.format_path(place))
        for code, place, message in flaws
        if code not in _SPLIT_INDEPENDENT
    ]


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
    places = _ArticlePlaces(versions)
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
    records: list[_Record] = []
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


class _Placed(NamedTuple):
    """An article, its characters, and where those of a predicted text begin among them."""

    article: GoldArticle
    target: SqueezedText
    shift: int


class _ArticlePlaces:
    """Finds the article that a text is of: all of its source text or of its content, or one part of the content."""

    def __init__(self, versions: Sequence[ScoredVersion]) -> None:
        self._texts: dict[str, list[_Placed]] = {}
        kinds = versions[-1].schema.content_kinds
        for version in reversed(versions):
            for article in version.articles.values():
                segments = offsets.content_text(article.text, article.zones, kinds)[1]
                spans = [(each["source"], each["source"] + each["length"]) for each in segments]
                whole, content = squeeze(article.text), squeeze(article.text, spans)
                own = self._texts.setdefault(article.id, [])
                own += [_Placed(article, each, 0) for each in (whole, content)]
        self._by_text: dict[str, _Placed] = {}
        for placed in chain.from_iterable(self._texts.values()):
            self._by_text.setdefault(placed.target.characters, placed)

    def find(self, identity: str, text: str) -> _Placed | None:
        """Return where a text is; one that is a part of several contents, or twice of one, is nowhere."""
        characters = squeeze(text).characters
        for placed in self._texts.get(identity, ()):
            if placed.target.characters == characters:
                return placed
        if characters in self._by_text or not characters:
            return self._by_text.get(characters)
        parts = (placed for own in self._texts.values() for placed in own[1:2])
        held = list(islice((placed for placed in parts if characters in placed.target.characters), 2))
        if len(held) != 1 or held[0].target.characters.count(characters) != 1:
            return None
        return held[0]._replace(shift=held[0].target.characters.index(characters))


def _add_labels(found: Predictions, schema: AnnotationSchema, place: _Placed, text: str, document: Document) -> None:
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
