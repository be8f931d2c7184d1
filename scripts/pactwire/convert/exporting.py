"""Export of one annotator's documents, or the final ones, to another format, with counts of what is left out.

brat and Web Annotation have the source text, one pair of files per article. CoNLL, spaCy and GLiNER have the content
text, one file per split (``unsplit`` for articles that splits.csv does not list).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pactwire.convert import mention_tokens
from pactwire.convert.formats import brat, conll, gliner, spacy_docbin, w3c_webannotation
from pactwire.convert.formats.w3c_webannotation import PageContext
from pactwire.convert.mention_tokens import TokenizedLine
from pactwire.convert.omissions import Omissions, nonzero
from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import UNPUBLISHED
from pactwire.model import digests, schema, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import CONTENT_KINDS, Article, Document, Entity, labels_of, links_of
from pactwire.storage import files, locks
from pactwire.storage.output_ledger import OutputLedger
from pactwire.storage.staging import Staging
from pactwire.text import bio_tags
from pactwire.text.content import Content
from pactwire.validation import validate

UNSPLIT: Final = "unsplit"


@dataclass
class ExportResult:
    """What an export did.

    Attributes:
        documents: The number of documents.
        mentions: The number of their mentions.
        omitted: What the format cannot represent.
        notes: What is represented in another way than in the dataset.
        written: The names of the files that were written.
        unchanged: How many of them were unchanged.
        removed: Files of an earlier export that this one does not write.
        unmanaged: Files in the folder that no export wrote.
    """

    documents: int = 0
    mentions: int = 0
    omitted: Omissions = field(default_factory=Omissions)
    notes: Counter[str] = field(default_factory=Counter)
    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    unmanaged: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _ExportItem:
    """An article and the document to export."""

    article: Article
    document: Document
    content: Content
    split: str
    context: PageContext


OutputFiles = Iterator[tuple[str, str | bytes]]
"""The name and content of each file."""


def export_documents(form: str, root: Path, annotator: str, out: Path, adopt: bool = False) -> ExportResult:
    """Write an annotator's documents to a folder in another format, and remove files of an earlier export.

    Args:
        form: A key of FORMAT_WRITERS.
        root: The dataset.
        annotator: The folder of annotations/.
        out: The folder to write to.
        adopt: Whether to take over files in a folder that has no list of exported files.

    Raises:
        DataError: The documents have issues, or a file that would be replaced or removed was changed by somebody
            (`pactwire.storage.output_ledger`); nothing is written.
    """
    with locks.creating(out):
        return _export_locked(form, root, annotator, out, adopt)


def _export_locked(form: str, root: Path, annotator: str, out: Path, adopt: bool) -> ExportResult:
    data = corpus.load_corpus(root)
    folder = f"annotations/{annotator}"
    if issues := [issue for issue in validate.check_corpus(data) if issue.file.startswith(f"{folder}/")]:
        raise DataError(issues)
    result, wanted = ExportResult(), dict[str, str]()
    ledger = OutputLedger(out, FILE_NAME_PATTERNS[form], adopt)
    with Staging() as staging:
        for name, content in FORMAT_WRITERS[form](_export_items(data, annotator, result), annotator, result):
            staging.add(out / name, content)
            wanted[name] = digests.sha256(content)
        if not result.documents:
            raise DataError([Issue(folder, 1, "convert-empty", "there are no documents to convert")])
        result.removed, result.unmanaged = ledger.stale(wanted), ledger.unrelated_names(wanted)
        ledger.begin(wanted)
        result.written = [path.relative_to(out).as_posix() for path in staging.publish()]
        for name in result.removed:
            (out / name).unlink()
        ledger.end(wanted)
        result.unchanged = staging.unchanged
    return result


def _export_items(data: Corpus, annotator: str, result: ExportResult) -> Iterator[_ExportItem]:
    """Yield an annotator's documents in the order of the articles."""
    splits = {row.article: row.split for _, row in data.splits}
    for identity, article in data.articles.items():
        for document in (placed.document for placed in data.documents_of(identity) if placed.annotator == annotator):
            zones = document["zones"] if "zones" in document else data.zones(article)
            content, split = Content(article, zones, document, data.schema.content_kinds), splits.get(identity, UNSPLIT)
            result.documents += 1
            result.mentions += len(labels_of(document, "entities"))
            yield _ExportItem(article, document, content, split, _page_context(data, article, document))


def _page_context(data: Corpus, article: Article, document: Document) -> PageContext:
    """Return what a document depends on: the zones that apply to it, and the rows that its labels name."""
    fields, zones = dict(article), article.get("zones", [])
    final = data.final_document(article["id"])
    if "zones" not in document and final is not None and "zones" in final:
        zones = final["zones"]
        fields.pop("zones_by", None)
    links = links_of(document)
    targets = {stance["target"] for stance in labels_of(document, "stances")}
    return PageContext(
        fields, zones, [row for link, row in data.links.items() if link in links],
        [topic for topic_id, topic in data.topics.items() if topic_id in targets],
    )  # fmt: skip


# --- formats over the source text


def _brat_files(items: Iterable[_ExportItem], _: str, result: ExportResult) -> OutputFiles:
    metonyms: set[str] = set()
    for item in items:
        identity, entities = item.article["id"], item.document.get("entities")
        yield f"{identity}.txt", files.protect_bom(item.article["source_text"])
        if entities is not None:
            yield f"{identity}.ann", brat.format_annotations(entities)
            replaced_ids = sum(not brat.BRAT_ID.fullmatch(entity["id"]) for entity in entities)
            result.omitted.add("ids", count=replaced_ids)
            result.omitted.add("annotators of mentions", count=len(entities))
            metonyms |= {entity["metonym_of"] for entity in entities if entity["metonym_of"]}
        _count_layers(item, result.omitted)
    yield "annotation.conf", brat.annotation_configuration(sorted(metonyms))


def _webannotation_files(items: Iterable[_ExportItem], annotator: str, _: ExportResult) -> OutputFiles:
    for item in items:
        identity, text = item.article["id"], item.article["source_text"]
        yield f"{identity}.txt", files.protect_bom(text)
        page = w3c_webannotation.build_page(item.document, text, annotator, item.context)
        yield f"{identity}.jsonld", strict_json.pretty(page)


# --- formats over the content text


def _conll_files(items: Iterable[_ExportItem], _: str, result: ExportResult) -> OutputFiles:
    splits: dict[str, list[list[TokenizedLine]]] = {}
    omitted = result.omitted
    for item in _published_items(items, result):
        mentions = item.content.entities or []
        outermost = bio_tags.outermost(mentions)
        omitted.add("mentions nested in another or crossing it", count=len(mentions) - len(outermost))
        omitted.add("ids of articles")
        _count_attributes(outermost, omitted, "link")
        if lines := _tokenized_lines(item, outermost, result):
            differs = conll.round_trip_text(lines) != item.content.text
            omitted.add("texts with white space that is no single blank or line end", count=int(differs))
            splits.setdefault(item.split, []).append(lines)
        else:
            omitted.add("documents without a word")
    for split, articles in splits.items():
        yield f"{split}.conll", conll.format_documents(articles)


def _gliner_files(items: Iterable[_ExportItem], _: str, result: ExportResult) -> OutputFiles:
    splits: dict[str, list[TokenizedLine]] = {}
    for item in _published_items(items, result):
        mentions = item.content.entities or []
        result.omitted.add("ids of articles")
        splits.setdefault(item.split, []).extend(_tokenized_lines(item, mentions, result))
        _count_attributes(mentions, result.omitted, "link")
    for split, lines in splits.items():
        yield f"{split}.json", gliner.format_records(lines)


def _spacy_files(items: Iterable[_ExportItem], _: str, result: ExportResult) -> OutputFiles:
    splits: dict[str, list[spacy_docbin.DocText]] = {}
    for item in _published_items(items, result):
        text, mentions = item.content.text, item.content.entities or []
        splits.setdefault(item.split, []).append(spacy_docbin.DocText(item.article["id"], text, mentions))
        inner = len(mentions) - len(bio_tags.outermost(mentions))
        result.notes["mentions in doc.spans only, since others hold or cross them"] += inner
        result.notes["words cut at the edge of a mention"] += mention_tokens.tokens_cut_at_mentions(text, mentions)[1]
        _count_attributes(mentions, result.omitted)
    for split, doc_texts in splits.items():
        yield f"{split}.spacy", spacy_docbin.docbin_bytes(doc_texts)


def _published_items(items: Iterable[_ExportItem], result: ExportResult) -> Iterator[_ExportItem]:
    """Yield the items with annotated entities and a published split; count the others."""
    omitted = result.omitted
    for item in items:
        if item.content.entities is None:
            omitted.add("documents without an entities layer")
        elif item.split in UNPUBLISHED:
            omitted.add(f"documents of articles that are {item.split}")
        else:
            _count_layers(item, omitted)
            furniture = sum(zone["kind"] not in CONTENT_KINDS for zone in item.content.zones)
            omitted.add("texts of zones that are no content", count=furniture)
            yield item


def _tokenized_lines(item: _ExportItem, mentions: list[Entity], result: ExportResult) -> list[TokenizedLine]:
    lines, cuts, across_lines = mention_tokens.tokenized_lines(item.content, mentions)
    result.notes["words cut at the edge of a mention"] += cuts
    result.omitted.add("mentions across lines", count=len(across_lines))
    return lines


def _count_layers(item: _ExportItem, omitted: Omissions) -> None:
    """Count what a format with mentions only omits of a document."""
    omitted.add("annotators, statuses, guidelines and times of documents")
    omitted.add("zones", count=len(item.content.zones))
    for layer in ("claims", "stances"):
        omitted.add(layer, count=len(labels_of(item.document, layer)))


def _count_attributes(mentions: Iterable[Entity], omitted: Omissions, *more: str) -> None:
    """Count the attributes of mentions that a format omits; ``more`` may name link."""
    default = schema.default_label("form")
    for mention in mentions:
        omitted.add("ids")
        omitted.add("annotators of mentions")
        omitted.add("forms", count=mention["form"] != default)
        omitted.add("metonyms", count=mention["metonym_of"] is not None)
        if "link" in more:
            omitted.add("links", count=mention["link"] is not None)


FORMAT_WRITERS: Final[dict[str, Callable[[Iterable[_ExportItem], str, ExportResult], OutputFiles]]] = {
    "brat": _brat_files,
    "conll": _conll_files,
    "spacy": _spacy_files,
    "gliner": _gliner_files,
    "webannotation": _webannotation_files,
}


FILE_NAME_PATTERNS: Final = {
    "brat": re.compile(r"[0-9a-f]{16}\.(txt|ann)|annotation\.conf"),
    "conll": re.compile(r"(train|validation|test|unsplit)\.conll"),
    "spacy": re.compile(r"(train|validation|test|unsplit)\.spacy"),
    "gliner": re.compile(r"(train|validation|test|unsplit)\.json"),
    "webannotation": re.compile(r"[0-9a-f]{16}\.(txt|jsonld)"),
}
"""The names of each format's files."""


def export_report(exported: ExportResult) -> dict[str, Any]:
    """Return everything that an export did as one JSON value."""
    return {
        "documents": exported.documents,
        "mentions": exported.mentions,
        "lost": nonzero(exported.omitted),
        "notes": nonzero(exported.notes),
        "written": len(exported.written),
        "same": exported.unchanged,
        "gone": exported.removed,
        "others": exported.unmanaged,
    }
