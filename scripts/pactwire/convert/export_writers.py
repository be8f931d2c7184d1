"""Writers of the formats of an export: documents to the names and contents of files, with counts of what is left out.

brat and Web Annotation have the source text, one pair of files per article. CoNLL, spaCy and GLiNER have the content
text, one file per split (``unsplit`` for articles that splits.csv does not list).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from pactwire.convert import mention_tokens
from pactwire.convert.export_mentions import Mention, OmittedValues, document_mentions, main_layer_last
from pactwire.convert.export_result import ExportResult
from pactwire.convert.formats import brat, brat_configuration, conll, gliner, spacy_docbin, w3c_webannotation
from pactwire.convert.formats.w3c_webannotation import PageContext
from pactwire.convert.mapping import LabelMapping
from pactwire.convert.mention_tokens import TokenizedLine
from pactwire.corpus.splits import UNPUBLISHED
from pactwire.model import strict_json
from pactwire.model.labels import document_labels
from pactwire.model.records import Article, Document
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import files
from pactwire.text import bio_tags
from pactwire.text.content import Content

WHOLE_DOCUMENTS: Final = "webannotation"
"""The format that needs no mapping, since it has everything."""
ONE_WORD_TYPES: Final = ("brat", "conll")
"""The formats that write a type as one word."""
SOURCE_TEXTS: Final = ("brat", WHOLE_DOCUMENTS)
"""The formats with files for each article, which no name assigns to a split."""
_ARTICLE_FIELDS: Final = ("source_id", "section", "published", "url", "license", "outlet", "metadata")


@dataclass(frozen=True)
class ExportItem:
    """An article and the document to export."""

    article: Article
    document: Document
    content: Content
    split: str
    context: PageContext


@dataclass(frozen=True)
class LabelExport:
    """What an export writes, and the result that it adds to."""

    mapping: LabelMapping
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


def _brat_files(items: Iterable[ExportItem], export: LabelExport) -> OutputFiles:
    mapping, omitted = export.mapping, export.result.omitted
    writer = brat.BratWriter(mapping, omitted)
    for item in items:
        identity = item.article["id"]
        yield f"{identity}.txt", files.protect_bom(item.article["source_text"])
        _count_document(item, export)
        labels = [label for layer in mapping.layers for label in _written_labels(item, layer.name, export)]
        if labels or any(name in item.document for name in mapping.annotated):
            topics = {topic["id"]: topic["title"] for topic in item.context.topics}
            yield f"{identity}.ann", writer.annotations(item.document, topics)
            omitted.add("ids", count=sum(not brat.BRAT_ID.fullmatch(label["id"]) for label in labels))
            omitted.add("annotators of labels", count=len(labels))
            omitted.add("definitions of topics", count=len(topics))
        _count_layer_states(item, export)
    yield "annotation.conf", brat_configuration.annotation_configuration(mapping, writer.values)
    yield "visual.conf", brat_configuration.visual_configuration(mapping)


def _written_labels(item: ExportItem, layer: str, export: LabelExport) -> list[Any]:
    """Return the labels of a layer that have a type."""
    return [label for label in document_labels(item.document, layer) if export.mapping.type_name(layer, label)]


def _count_layer_states(item: ExportItem, export: LabelExport) -> None:
    """Count layers that come back as empty rather than missing, or the other way round."""
    mapping, omitted = export.mapping, export.result.omitted
    filled = {layer.name for layer in mapping.layers if _written_labels(item, layer.name, export)}
    is_written = bool(filled) or any(name in item.document for name in mapping.annotated)
    for name in dict.fromkeys([*(layer.name for layer in mapping.layers), *mapping.annotated]):
        comes_back = is_written and (name in filled or name in mapping.annotated)
        if comes_back and name not in item.document:
            omitted.add(f"missing layers {name}")
        elif name in item.document and not comes_back:
            omitted.add(f"empty layers {name}")


# --- formats over the content text


def _conll_files(items: Iterable[ExportItem], export: LabelExport) -> OutputFiles:
    splits: dict[str, list[list[TokenizedLine]]] = {}
    omitted, values = export.result.omitted, OmittedValues(export.mapping, export.result.omitted, has_links=False)
    for item in _published_items(items, export):
        mentions = document_mentions(item.content, export.mapping)
        outermost = [mention for each in mentions.values() for mention in bio_tags.outermost(each)]
        count = sum(map(len, mentions.values())) - len(outermost)
        omitted.add("mentions nested in another or crossing it", count=count)
        omitted.add("ids of articles")
        values.count(item.document, outermost)
        if lines := _tokenized_lines(item, outermost, export.result):
            differs = conll.round_trip_text(lines) != item.content.text
            omitted.add("texts with white space that is no single blank or line end", count=int(differs))
            splits.setdefault(item.split, []).append(lines)
        else:
            omitted.add("documents without a word")
    layers = [layer.name for layer in main_layer_last(export.mapping)]
    for split, articles in splits.items():
        yield f"{split}.conll", conll.format_documents(articles, layers)


def _gliner_files(items: Iterable[ExportItem], export: LabelExport) -> OutputFiles:
    splits: dict[str, list[TokenizedLine]] = {}
    values = OmittedValues(export.mapping, export.result.omitted, has_links=False)
    for item in _published_items(items, export):
        mentions = _all_mentions(document_mentions(item.content, export.mapping))
        export.result.omitted.add("ids of articles")
        splits.setdefault(item.split, []).extend(_tokenized_lines(item, mentions, export.result))
        values.count(item.document, mentions)
    for split, lines in splits.items():
        yield f"{split}.json", gliner.format_records(lines)


def _spacy_files(items: Iterable[ExportItem], export: LabelExport) -> OutputFiles:
    splits: dict[str, list[spacy_docbin.DocText]] = {}
    values = OmittedValues(export.mapping, export.result.omitted, has_links=True)
    main, notes = main_layer_last(export.mapping)[-1].name, export.result.notes
    for item in _published_items(items, export):
        text, by_layer = item.content.text, document_mentions(item.content, export.mapping)
        mentions, outermost = _all_mentions(by_layer), bio_tags.outermost(by_layer[main])
        splits.setdefault(item.split, []).append(spacy_docbin.DocText(item.article["id"], text, by_layer, main))
        notes["mentions in doc.spans only, since others hold or cross them"] += len(by_layer[main]) - len(outermost)
        notes["words cut at the edge of a mention"] += mention_tokens.tokens_cut_at_mentions(text, mentions)[1]
        values.count(item.document, mentions)
    for split, doc_texts in splits.items():
        yield f"{split}.spacy", spacy_docbin.docbin_bytes(doc_texts)


def _all_mentions(mentions: dict[str, list[Mention]]) -> list[Mention]:
    return sorted((each for own in mentions.values() for each in own), key=itemgetter("start", "end"))


def _published_items(items: Iterable[ExportItem], export: LabelExport) -> Iterator[ExportItem]:
    """Yield the items with a published split that were annotated; count the others."""
    mapping, omitted = export.mapping, export.result.omitted
    for item in items:
        if missing := [name for name in mapping.annotated if name not in item.document]:
            omitted.add(f"documents without the layer {missing[0]}")
        elif item.split in UNPUBLISHED:
            omitted.add(f"documents of articles that are {item.split}")
        else:
            _count_document(item, export)
            furniture = sum(zone["kind"] not in mapping.schema.content_kinds for zone in item.content.zones)
            omitted.add("texts of zones that are no content", count=furniture)
            yield item


def _tokenized_lines(item: ExportItem, mentions: list[Mention], result: ExportResult) -> list[TokenizedLine]:
    lines, cuts, across_lines = mention_tokens.tokenized_lines(item.content, mentions)
    result.notes["words cut at the edge of a mention"] += cuts
    result.omitted.add("mentions across lines", count=len(across_lines))
    return lines


# --- what is left out


def _count_document(item: ExportItem, export: LabelExport) -> None:
    """Count what all formats but one omit of a document and its article, and the labels that the mapping leaves out."""
    mapping, omitted = export.mapping, export.result.omitted
    omitted.add("annotators, statuses, guidelines and times of documents")
    omitted.add("zones", count=len(item.content.zones))
    for key, value in item.article.items():
        if key in _ARTICLE_FIELDS and value is not None:
            omitted.add(f"values of articles.{key}")
    for name, layer in mapping.schema.layers.items():
        labels = document_labels(item.document, name)
        if layer not in mapping.layers:
            omitted.add(name, count=len(labels))
            continue
        for label in labels:
            if mapping.type_name(name, label) is None:
                attribute = layer.class_attribute
                omitted.add(f"{name} with {attribute.name} {label.get(attribute.name)}" if attribute else name)


LABEL_WRITERS: Final[dict[str, Callable[[Iterable[ExportItem], LabelExport], OutputFiles]]] = {
    "brat": _brat_files,
    "conll": _conll_files,
    "spacy": _spacy_files,
    "gliner": _gliner_files,
}


FILE_NAME_PATTERNS: Final = {
    "brat": re.compile(r"[0-9a-f]{16}\.(txt|ann)|(annotation|visual)\.conf"),
    "conll": re.compile(r"(train|validation|test|unsplit)\.conll"),
    "spacy": re.compile(r"(train|validation|test|unsplit)\.spacy"),
    "gliner": re.compile(r"(train|validation|test|unsplit)\.json"),
    "webannotation": re.compile(r"[0-9a-f]{16}\.(txt|jsonld)"),
}
"""The names of each format's files."""
