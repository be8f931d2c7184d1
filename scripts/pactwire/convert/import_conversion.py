"""Conversion of imported documents to valid articles and annotation documents.

Pure functions: readers supply `ImportedDocument` values, and `pactwire.convert.importing` writes the result.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, NamedTuple, cast

from pactwire.convert.article_conversion import ArticleConverter
from pactwire.convert.import_log import ImportLog
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.mapping import LabelMapping
from pactwire.convert.mention_conversion import MentionConverter
from pactwire.corpus.articles import article_id
from pactwire.model import digests, escapes, strict_json
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.model.new_document import new_document
from pactwire.model.records import (
    Annotator,
    AnnotatorKind,
    Article,
    BulkArticle,
    Document,
    Origin,
    Status,
    Zone,
    ZoneKind,
)
from pactwire.storage import files
from pactwire.text import offsets

CONVERTER: Final = "pactwire-convert"
MIN_LANGUAGE_PROBABILITY: Final = 0.9
"""The probability from which an identified language is used."""
UNDETERMINED_LANGUAGE: Final = "und"


@dataclass(frozen=True)
class ImportSettings:
    """What the caller knows about a corpus.

    Attributes:
        annotator: Who made the labels.
        status: The status of the layers with labels.
        guidelines: The version of our guidelines that was followed, 0.0 for any others.
        license: The rights in the texts.
        language: The language of the texts, None for the one that the source states, or else to identify it.
        created: The time of the labels (UTC, ISO 8601), None for that of their file.
        takes_splits: Whether to keep the splits that the source states.
    """

    annotator: Annotator
    status: str
    guidelines: str
    license: str
    language: str | None = None
    created: str | None = None
    takes_splits: bool = True


class ConvertedArticle(NamedTuple):
    """The result for one article.

    ``article`` is None if the dataset already has it, ``document`` None if it was not annotated. ``split`` is the one
    that the source states, empty if it states none.
    """

    article_id: str
    article: BulkArticle | None
    document: Document | None
    split: str = ""


def convert_documents(
    documents: Iterable[ImportedDocument],
    settings: ImportSettings,
    mapping: LabelMapping,
    existing: Callable[[str], Article | None],
    zones_of: Callable[[Article], list[Zone]],
    log: ImportLog,
) -> Iterator[ConvertedArticle]:
    """Yield an article and its annotation document for each imported document, in order.

    Every mention is in a document, counted as omitted, or reported as an issue.

    Args:
        documents: The imported documents.
        settings: What is known about the corpus.
        mapping: What their types, attributes and relations are in the dataset.
        existing: Returns the article with an id that the dataset already has: it keeps its text and its zones.
        zones_of: Returns the zones of an existing article.
        log: Receives counts, corrections, omissions, links and issues.
    """
    by = settings.annotator["id"]
    converter = _DocumentConverter(
        settings, MentionConverter(mapping, by, log), ArticleConverter(mapping, by, log), existing, zones_of, log
    )
    for document in documents:
        if document.rejected_by:
            log.omitted.add(f"articles with {document.rejected_by}", document.name)
            log.count_mentions("mentions of articles that nobody accepted", len(document.mentions or []))
            continue
        log.omitted.merge(document.omitted)
        if converted := converter.convert(document):
            yield converted
    converter.mentions.finish()


@dataclass(frozen=True)
class _DocumentConverter:
    """Converts one document after another; its fields are like the arguments of `convert_documents`."""

    settings: ImportSettings
    mentions: MentionConverter
    articles: ArticleConverter
    existing: Callable[[str], Article | None]
    zones_of: Callable[[Article], list[Zone]]
    log: ImportLog

    def convert(self, document: ImportedDocument) -> ConvertedArticle | None:
        """Return the article and the annotation document, None if the document is refused."""
        text = files.normalize_newlines(document.raw)
        identity = article_id(document.name, text)
        article = self.existing(identity)
        issues = [*_document_flaws(document), *self._split_issues(document)] or self._duplicate_issues(
            document, identity, text, article
        )
        if issues:
            self.log.issues += issues
            self.log.counts["articles refused"] += 1
            self.log.count_mentions("mentions of refused articles", len(document.mentions or []))
            return None
        split = document.stated.split if self.settings.takes_splits else ""
        self.log.source_names[identity] = document.name
        self.log.source_splits[identity] = split
        self.log.counts["articles"] += 1
        bulk = None if article else self._bulk_article(document, identity, text)
        article_labels = self.articles.convert(document)
        if document.mentions is None and not article_labels:
            self.log.counts["articles without annotation"] += 1
            self.log.unannotated.append(document.name)
            return ConvertedArticle(identity, bulk, None, split)
        zones = self.zones_of(article) if article else None
        annotation = self._annotation_document(document, identity, text, zones, article_labels)
        return ConvertedArticle(identity, bulk, annotation, split)

    def _bulk_article(self, document: ImportedDocument, identity: str, text: str) -> BulkArticle:
        stated, license_ = document.stated, self.settings.license
        bulk = BulkArticle(id=identity, text=files.protect_bom(text), source_id=document.name, license=license_)
        metadata = {"metadata": stated.statements} if stated.statements else {}
        return cast("BulkArticle", {**bulk, **stated.properties, **metadata})

    def _split_issues(self, document: ImportedDocument) -> list[Issue]:
        conflicts = document.stated.conflicts() if self.settings.takes_splits else ()
        return [Issue(document.file, 1, "convert-split", f"{document.name}: {message}") for message in conflicts]

    def _duplicate_issues(
        self, document: ImportedDocument, identity: str, text: str, article: Article | None
    ) -> list[Issue]:
        """Return the issue of an article whose id is that of another one."""
        code = "convert-twice"
        if first := self.log.source_names.get(identity):
            message = f"its article {identity} was already imported from {first}"
            other, own = self.log.source_splits[identity], document.stated.split
            if own and other and own != other:
                code, message = "convert-split", f"{message}, which is in {other}, and this one is in {own}"
        elif article and article["source_text"] != text:
            message = f"the dataset has another text for the article {identity}"
        else:
            return []
        return [Issue(document.file, 1, code, message, identity)]

    def _annotation_document(
        self,
        document: ImportedDocument,
        identity: str,
        text: str,
        zones: list[Zone] | None,
        article_labels: dict[str, Any],
    ) -> Document:
        settings = self.settings
        layers: dict[str, Any] = {}
        annotators = [settings.annotator]
        if zones is None:
            language = settings.language or document.stated.language
            layers["zones"] = zones = whole_text_zones(text, language)
            program = "pactwire convert"
            annotators.append(
                Annotator(id=CONVERTER, kind=AnnotatorKind.RULE, name=program, version=_installed_version())
            )
        _, segments = offsets.content_text(text, zones, self.mentions.mapping.schema.content_kinds)
        labeled = self.mentions.convert(document, text, segments) if document.mentions is not None else {}
        labeled |= article_labels
        layers |= labeled
        time = settings.created or document.modified
        return new_document(
            self.mentions.mapping.schema,
            article=identity,
            text_sha256=digests.sha256(text),
            guidelines=settings.guidelines,
            annotators=annotators,
            status={name: settings.status if name in labeled else Status.DRAFT for name in layers},
            created=time,
            updated=time,
            derived_from=[],
            layers=layers,
        )


def _document_flaws(document: ImportedDocument) -> Iterator[Issue]:
    """Yield what could not be read of a document, and why its text cannot be an article."""
    yield from document.issues
    for message in escapes.control_character_messages(document.name, one_line=True):
        yield Issue(document.file, 1, "control-character", f"its name {quote(document.name)}: {message}")
    text = files.normalize_newlines(document.raw)
    for line, message in files.control_characters(text):
        yield Issue(document.name, line, "control-character", message)
    size = len(strict_json.compact(document.raw).encode())
    if size > files.MAX_TEXT_BYTES - 10_000:
        yield Issue(document.name, 1, "too-large", f"{size:,} bytes are more than one article may have")
    if not text and not document.issues:
        yield Issue(document.name, 1, "convert-empty", "the text is empty")


def whole_text_zones(text: str, language: str | None) -> list[Zone]:
    """Return one body zone for a whole text: a corpus that was annotated from end to end has no furniture.

    Without a language it is identified. A blank text has no zone.
    """
    if not text.strip():
        return []
    start = len(text) - len(text.lstrip())
    return [
        Zone(
            id="zone", start=start, end=start + len(text.strip()), kind=ZoneKind.BODY,
            language=language or _identify_language(text), origin=Origin.UNKNOWN, by=[CONVERTER],
        )
    ]  # fmt: skip


def _identify_language(text: str) -> str:
    from pactwire.text import languages

    language, probability = languages.identify(text)
    return language if probability >= MIN_LANGUAGE_PROBABILITY else UNDETERMINED_LANGUAGE


def _installed_version() -> str | None:
    try:
        return version("pactwire")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return None
