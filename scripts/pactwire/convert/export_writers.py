"""Writers of the formats of an export: documents to the names and contents of files, with counts of what is left out.

brat and Web Annotation have the source text, one pair of files per article. CoNLL, spaCy and GLiNER have the content
text, one file per split (``unsplit`` for articles that splits.csv does not list).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pactwire.convert import mention_tokens
from pactwire.convert.export_result import ExportResult
from pactwire.convert.formats import brat, conll, gliner, spacy_docbin, w3c_webannotation
from pactwire.convert.formats.w3c_webannotation import PageContext
from pactwire.convert.mention_layer import Mention, MentionLayer
from pactwire.convert.mention_tokens import TokenizedLine
from pactwire.convert.omissions import Omissions
from pactwire.corpus.splits import UNPUBLISHED
from pactwire.model import strict_json
from pactwire.model.labels import document_labels
from pactwire.model.records import Article, Document
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import files
from pactwire.text import bio_tags
from pactwire.text.content import Content

WHOLE_DOCUMENTS: Final = "webannotation"
"""The format with all layers; the others have mentions only."""
ONE_WORD_TYPES: Final = ("brat", "conll")
"""The formats that write a type as one word."""


@dataclass(frozen=True)
class ExportItem:
    """An article and the document to export."""

    article: Article
    document: Document
    content: Content
    split: str
    context: PageContext


@dataclass(frozen=True)
class MentionExport:
    """The mentions that an export writes, and the result that it adds to."""

    layer: MentionLayer
    result: ExportResult


OutputFiles = Iterator[tuple[str, str | bytes]]
"""The name and content of each file."""


# --- formats over the source text


def webannotation_files(items: Iterable[ExportItem], annotator: str, schema: AnnotationSchema) -> OutputFiles:
    """Yield the text and the page of each document."""
    for item in items:
        identity, text = item.article["id"], item.article["source_text"]
        yield f"{identity}.txt", files.protect_bom(text)
        page = w3c_webannotation.build_page(item.document, text, annotator, item.context, schema)
        yield f"{identity}.jsonld", strict_json.pretty(page)


def _brat_files(items: Iterable[ExportItem], export: MentionExport) -> OutputFiles:
    layer, omitted = export.layer, export.result.omitted
    all_labels: list[Mapping[str, Any]] = []
    held = {each.name for each in brat.own_attributes(layer).values()} | {each.name for each in layer.layer.links[:1]}
    for item in items:
        identity = item.article["id"]
        yield f"{identity}.txt", files.protect_bom(item.article["source_text"])
        if layer.name in item.document:
            labels = document_labels(item.document, layer.name)
            yield f"{identity}.ann", brat.format_annotations(labels, layer)
            omitted.add("ids", count=sum(not brat.BRAT_ID.fullmatch(label["id"]) for label in labels))
            omitted.add("annotators of mentions", count=len(labels))
            _count_values(layer, labels, omitted, held)
            all_labels += labels
        _count_layers(item, export)
    yield "annotation.conf", brat.annotation_configuration(layer, all_labels)


# --- formats over the content text


def _conll_files(items: Iterable[ExportItem], export: MentionExport) -> OutputFiles:
    splits: dict[str, list[list[TokenizedLine]]] = {}
    omitted = export.result.omitted
    for item in _published_items(items, export):
        mentions = export.layer.mentions(item.content)
        outermost = bio_tags.outermost(mentions)
        omitted.add("mentions nested in another or crossing it", count=len(mentions) - len(outermost))
        omitted.add("ids of articles")
        _count_attributes(item, outermost, export)
        if lines := _tokenized_lines(item, outermost, export.result):
            differs = conll.round_trip_text(lines) != item.content.text
            omitted.add("texts with white space that is no single blank or line end", count=int(differs))
            splits.setdefault(item.split, []).append(lines)
        else:
            omitted.add("documents without a word")
    for split, articles in splits.items():
        yield f"{split}.conll", conll.format_documents(articles)


def _gliner_files(items: Iterable[ExportItem], export: MentionExport) -> OutputFiles:
    splits: dict[str, list[TokenizedLine]] = {}
    for item in _published_items(items, export):
        mentions = export.layer.mentions(item.content)
        export.result.omitted.add("ids of articles")
        splits.setdefault(item.split, []).extend(_tokenized_lines(item, mentions, export.result))
        _count_attributes(item, mentions, export)
    for split, lines in splits.items():
        yield f"{split}.json", gliner.format_records(lines)


def _spacy_files(items: Iterable[ExportItem], export: MentionExport) -> OutputFiles:
    splits: dict[str, list[spacy_docbin.DocText]] = {}
    links = {each.name for each in export.layer.layer.links[:1]}
    notes = export.result.notes
    for item in _published_items(items, export):
        text, mentions = item.content.text, export.layer.mentions(item.content)
        splits.setdefault(item.split, []).append(spacy_docbin.DocText(item.article["id"], text, mentions))
        inner = len(mentions) - len(bio_tags.outermost(mentions))
        notes["mentions in doc.spans only, since others hold or cross them"] += inner
        notes["words cut at the edge of a mention"] += mention_tokens.tokens_cut_at_mentions(text, mentions)[1]
        _count_attributes(item, mentions, export, links)
    for split, doc_texts in splits.items():
        yield f"{split}.spacy", spacy_docbin.docbin_bytes(doc_texts)


def _published_items(items: Iterable[ExportItem], export: MentionExport) -> Iterator[ExportItem]:
    """Yield the items with annotated mentions and a published split; count the others."""
    layer, omitted = export.layer, export.result.omitted
    for item in items:
        if layer.name not in item.document:
            omitted.add(f"documents without the layer {layer.name}")
        elif item.split in UNPUBLISHED:
            omitted.add(f"documents of articles that are {item.split}")
        else:
            _count_layers(item, export)
            furniture = sum(zone["kind"] not in layer.schema.content_kinds for zone in item.content.zones)
            omitted.add("texts of zones that are no content", count=furniture)
            yield item


def _tokenized_lines(item: ExportItem, mentions: list[Mention], result: ExportResult) -> list[TokenizedLine]:
    lines, cuts, across_lines = mention_tokens.tokenized_lines(item.content, mentions)
    result.notes["words cut at the edge of a mention"] += cuts
    result.omitted.add("mentions across lines", count=len(across_lines))
    return lines


# --- what is left out


def _count_layers(item: ExportItem, export: MentionExport) -> None:
    """Count what a format with mentions only omits of a document."""
    omitted = export.result.omitted
    omitted.add("annotators, statuses, guidelines and times of documents")
    omitted.add("zones", count=len(item.content.zones))
    for name in export.layer.schema.layers:
        if name != export.layer.name:
            omitted.add(name, count=len(document_labels(item.document, name)))


def _count_attributes(
    item: ExportItem, mentions: Iterable[Mention], export: MentionExport, held: Iterable[str] = ()
) -> None:
    """Count what a format omits of mentions; ``held`` are the attributes that it has besides the type."""
    written = {mention["id"] for mention in mentions}
    labels = [label for label in document_labels(item.document, export.layer.name) if label["id"] in written]
    export.result.omitted.add("ids", count=len(labels))
    export.result.omitted.add("annotators of mentions", count=len(labels))
    _count_values(export.layer, labels, export.result.omitted, held)


def _count_values(
    layer: MentionLayer, labels: Iterable[Mapping[str, Any]], omitted: Omissions, held: Iterable[str]
) -> None:
    """Count by attribute what labels say besides their type and ``held``; a value that they have anyway is none."""
    known = {layer.type_attribute.name, *held}
    others = [each.name for each in layer.layer.attributes if each.name not in known]
    for label in labels:
        for name in others:
            omitted.add(f"values of {name}", count=label.get(name) not in (None, layer.blank_values.get(name)))


MENTION_WRITERS: Final[dict[str, Callable[[Iterable[ExportItem], MentionExport], OutputFiles]]] = {
    "brat": _brat_files,
    "conll": _conll_files,
    "spacy": _spacy_files,
    "gliner": _gliner_files,
}


FILE_NAME_PATTERNS: Final = {
    "brat": re.compile(r"[0-9a-f]{16}\.(txt|ann)|annotation\.conf"),
    "conll": re.compile(r"(train|validation|test|unsplit)\.conll"),
    "spacy": re.compile(r"(train|validation|test|unsplit)\.spacy"),
    "gliner": re.compile(r"(train|validation|test|unsplit)\.json"),
    "webannotation": re.compile(r"[0-9a-f]{16}\.(txt|jsonld)"),
}
"""The names of each format's files."""
