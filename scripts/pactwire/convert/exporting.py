"""The documents of one annotator, or the final ones, to files of another format, and counts of what it can't hold.

brat and Web Annotation hold the source text, one pair of files an article. CoNLL, spaCy and GLiNER hold the
content text, one file a split (``unsplit`` where splits.csv does not list the article).
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
from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import UNPUBLISHED
from pactwire.model import schema, strict_json
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
    """What an export did: documents and mentions in the files, what the format can't hold, and the files' names.

    ``gone`` are files of an earlier export that are not in this one, ``others`` what no export made.
    """

    documents: int = 0
    mentions: int = 0
    omitted: Counter[str] = field(default_factory=Counter)
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
"""Names and contents of files, one by one."""


def export_documents(form: str, root: Path, annotator: str, out: Path, adopt: bool = False) -> ExportResult:
    """Write the documents in ``annotations/ANNOTATOR`` to the folder ``out`` in a format of FORMATS.

    The folder then holds what this export says, besides what no export made: files of an earlier one go. Raises
    DataError with every issue of these documents, and where a file that would be replaced or removed was changed by
    somebody (`pactwire.storage.output_ledger`), before anything is written.
    """
    with locks.creating(out):
        return _export_locked(form, root, annotator, out, adopt)


def _export_locked(form: str, root: Path, annotator: str, out: Path, adopt: bool) -> ExportResult:
    data = corpus.load_corpus(root)
    folder = f"annotations/{annotator}"
    if issues := [issue for issue in validate.check_corpus(data) if issue.file.startswith(f"{folder}/")]:
        raise DataError(issues)
    result, staging, wanted = ExportResult(), Staging(), dict[str, str]()
    made = OutputLedger(out, FILE_NAME_PATTERNS[form], adopt)
    try:
        for name, content in FORMAT_WRITERS[form](_export_items(data, annotator, result), annotator, result):
            staging.add(out / name, content)
            wanted[name] = files.sha256(content)
        if not result.documents:
            raise DataError([Issue(folder, 1, "convert-empty", "there are no documents to convert")])
        result.removed, result.unmanaged = made.stale(wanted), made.unrelated_names(wanted)
        made.begin(wanted)
        result.written = [path.relative_to(out).as_posix() for path in staging.publish()]
        for name in result.removed:
            (out / name).unlink()
        made.end(wanted)
        result.unchanged = staging.unchanged
    finally:
        staging.discard()
    return result


def _export_items(data: Corpus, annotator: str, result: ExportResult) -> Iterator[_ExportItem]:
    """Yield an annotator's documents in the order of the articles."""
    splits = {row.article: row.split for _, row in data.splits}
    for identity, article in data.articles.items():
        for document in (placed.document for placed in data.documents_of(identity) if placed.annotator == annotator):
            zones = document["zones"] if "zones" in document else data.zones(article)
            result.documents += 1
            result.mentions += len(labels_of(document, "entities"))
            yield _ExportItem(
                article,
                document,
                Content(article, zones, document),
                splits.get(identity, UNSPLIT),
                _page_context(data, article, document),
            )


def _page_context(data: Corpus, article: Article, document: Document) -> PageContext:
    """Return what a document needs around it: the zones that it stands on, and rows of what its labels name."""
    about, zones = dict(article), article.get("zones", [])
    final = data.final_document(article["id"])
    if "zones" not in document and final is not None and "zones" in final:
        zones = final["zones"]
        about.pop("zones_by", None)
    named = links_of(document)
    targets = {stance["target"] for stance in labels_of(document, "stances")}
    return PageContext(
        about, zones, [row for link, row in data.links.items() if link in named],
        [topic for identity, topic in data.topics.items() if identity in targets],
    )  # fmt: skip


# --- formats over the source text


def _brat_files(each: Iterable[_ExportItem], _: str, result: ExportResult) -> OutputFiles:
    metonyms: set[str] = set()
    for one in each:
        entities = one.document.get("entities")
        yield f"{one.article['id']}.txt", files.protect_bom(one.article["source_text"])
        if entities is not None:
            yield f"{one.article['id']}.ann", brat.format_annotations(entities)
            result.omitted["ids"] += sum(not brat.BRAT_ID.fullmatch(entity["id"]) for entity in entities)
            result.omitted["annotators of mentions"] += len(entities)
            metonyms |= {entity["metonym_of"] for entity in entities if entity["metonym_of"]}
        _count_layers(one, result.omitted)
    yield "annotation.conf", brat.annotation_configuration(sorted(metonyms))


def _webannotation_files(each: Iterable[_ExportItem], annotator: str, _: ExportResult) -> OutputFiles:
    for one in each:
        page = w3c_webannotation.build_page(one.document, one.article["source_text"], annotator, one.context)
        yield f"{one.article['id']}.txt", files.protect_bom(one.article["source_text"])
        yield f"{one.article['id']}.jsonld", strict_json.pretty(page)


# --- formats over the content text


def _conll_files(each: Iterable[_ExportItem], _: str, result: ExportResult) -> OutputFiles:
    splits: dict[str, list[tuple[str, list[mention_tokens.TokenizedLine]]]] = {}
    for one in _published_items(each, result):
        mentions = one.content.entities or []
        outermost = bio_tags.outermost(mentions)
        result.omitted["mentions nested in another or crossing it"] += len(mentions) - len(outermost)
        result.omitted["ids of articles"] += 1
        _count_attributes(outermost, result.omitted, "link")
        if lines := _tokenized_lines(one, outermost, result):
            result.omitted["texts with white space that is no single blank or line end"] += (
                conll.round_trip_text(lines) != one.content.text
            )
            splits.setdefault(one.split, []).append((one.article["id"], lines))
        else:
            result.omitted["documents without a word"] += 1
    for split, articles in splits.items():
        yield f"{split}.conll", conll.format_documents(articles)


def _gliner_files(each: Iterable[_ExportItem], _: str, result: ExportResult) -> OutputFiles:
    splits: dict[str, list[mention_tokens.TokenizedLine]] = {}
    for one in _published_items(each, result):
        result.omitted["ids of articles"] += 1
        splits.setdefault(one.split, []).extend(_tokenized_lines(one, one.content.entities or [], result))
        _count_attributes(one.content.entities or [], result.omitted, "link")
    for split, lines in splits.items():
        yield f"{split}.json", gliner.format_records(lines)


def _spacy_files(each: Iterable[_ExportItem], _: str, result: ExportResult) -> OutputFiles:
    splits: dict[str, list[spacy_docbin.DocText]] = {}
    for one in _published_items(each, result):
        mentions = one.content.entities or []
        splits.setdefault(one.split, []).append(spacy_docbin.DocText(one.article["id"], one.content.text, mentions))
        result.notes["mentions in doc.spans only, since others hold or cross them"] += len(mentions) - len(
            bio_tags.outermost(mentions)
        )
        result.notes["words cut at the edge of a mention"] += mention_tokens.tokens_cut_at_mentions(
            one.content.text, mentions
        )[1]
        _count_attributes(mentions, result.omitted)
    for split, texts in splits.items():
        yield f"{split}.spacy", spacy_docbin.docbin_bytes(texts)


def _published_items(each: Iterable[_ExportItem], result: ExportResult) -> Iterator[_ExportItem]:
    """Yield the articles whose entities were annotated and whose split is published; count what is left out."""
    for one in each:
        if one.content.entities is None:
            result.omitted["documents without an entities layer"] += 1
        elif one.split in UNPUBLISHED:
            result.omitted[f"documents of articles that are {one.split}"] += 1
        else:
            _count_layers(one, result.omitted)
            result.omitted["texts of zones that are no content"] += sum(
                zone["kind"] not in CONTENT_KINDS for zone in one.content.zones
            )
            yield one


def _tokenized_lines(
    one: _ExportItem, mentions: list[Entity], result: ExportResult
) -> list[mention_tokens.TokenizedLine]:
    lines, cuts, across = mention_tokens.tokenized_lines(one.content, mentions)
    result.notes["words cut at the edge of a mention"] += cuts
    result.omitted["mentions across lines"] += len(across)
    return lines


def _count_layers(one: _ExportItem, lost: Counter[str]) -> None:
    """Count what the documents of a format that holds mentions alone lack."""
    lost["annotators, statuses, guidelines and times of documents"] += 1
    lost["zones"] += len(one.content.zones)
    for layer in ("claims", "stances"):
        lost[layer] += len(labels_of(one.document, layer))


def _count_attributes(mentions: Iterable[Entity], lost: Counter[str], *more: str) -> None:
    default = schema.default_label("form")
    for mention in mentions:
        lost["ids"] += 1
        lost["annotators of mentions"] += 1
        lost["forms"] += mention["form"] != default
        lost["metonyms"] += mention["metonym_of"] is not None
        if "link" in more:
            lost["links"] += mention["link"] is not None


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
"""What the files of each format are called."""


def export_report(exported: ExportResult) -> dict[str, Any]:
    """Return what an export did as one JSON value."""
    return {
        "documents": exported.documents,
        "mentions": exported.mentions,
        "lost": {what: count for what, count in sorted(exported.omitted.items()) if count},
        "notes": {what: count for what, count in sorted(exported.notes.items()) if count},
        "written": len(exported.written),
        "same": exported.unchanged,
        "gone": exported.removed,
        "others": exported.unmanaged,
    }
