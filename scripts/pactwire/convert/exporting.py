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

from pactwire.convert import brat, conll, gliner, mention_tokens, spacy, webannotation
from pactwire.convert.webannotation import Around
from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import OUTSIDE
from pactwire.model import schema, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import CONTENT_KINDS, Article, Document, Entity, labels_of, links_of
from pactwire.storage import files, locks
from pactwire.storage.output_ledger import MadeFiles
from pactwire.storage.staging import Staging
from pactwire.text import bio_tags
from pactwire.text.content import Content
from pactwire.validation import validate

UNSPLIT: Final = "unsplit"


@dataclass
class Exported:
    """What an export did: documents and mentions in the files, what the format can't hold, and the files' names.

    ``gone`` are files of an earlier export that are not in this one, ``others`` what no export made.
    """

    documents: int = 0
    mentions: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    written: list[str] = field(default_factory=list)
    same: int = 0
    gone: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Each:
    """An article and the document to export."""

    article: Article
    document: Document
    content: Content
    split: str
    around: Around


Files = Iterator[tuple[str, str | bytes]]
"""Names and contents of files, one by one."""


def export(form: str, root: Path, annotator: str, out: Path, adopt: bool = False) -> Exported:
    """Write the documents in ``annotations/ANNOTATOR`` to the folder ``out`` in a format of FORMATS.

    The folder then holds what this export says, besides what no export made: files of an earlier one go. Raises
    DataError with every issue of these documents, and where a file that would be replaced or removed was changed by
    somebody (`pactwire.storage.output_ledger`), before anything is written.
    """
    with locks.making(out):
        return _export(form, root, annotator, out, adopt)


def _export(form: str, root: Path, annotator: str, out: Path, adopt: bool) -> Exported:
    data = corpus.load(root)
    folder = f"annotations/{annotator}"
    if issues := [issue for issue in validate.check(data) if issue.file.startswith(f"{folder}/")]:
        raise DataError(issues)
    result, staging, wanted = Exported(), Staging(), dict[str, str]()
    made = MadeFiles(out, NAMES[form], adopt)
    try:
        for name, content in FORMATS[form](_each(data, annotator, result), annotator, result):
            staging.add(out / name, content)
            wanted[name] = files.sha256(content)
        if not result.documents:
            raise DataError([Issue(folder, 1, "convert-empty", "there are no documents to convert")])
        result.gone, result.others = made.stale(wanted), made.others(wanted)
        made.begin(wanted)
        result.written = [path.relative_to(out).as_posix() for path in staging.publish()]
        for name in result.gone:
            (out / name).unlink()
        made.end(wanted)
        result.same = staging.same
    finally:
        staging.discard()
    return result


def _each(data: Corpus, annotator: str, result: Exported) -> Iterator[_Each]:
    """Yield an annotator's documents in the order of the articles."""
    splits = {row.article: row.split for _, row in data.splits}
    for identity, article in data.articles.items():
        for document in (placed.document for placed in data.of(identity) if placed.annotator == annotator):
            zones = document["zones"] if "zones" in document else data.zones(article)
            result.documents += 1
            result.mentions += len(labels_of(document, "entities"))
            yield _Each(
                article,
                document,
                Content(article, zones, document),
                splits.get(identity, UNSPLIT),
                _around(data, article, document),
            )


def _around(data: Corpus, article: Article, document: Document) -> Around:
    """Return what a document needs around it: the zones that it stands on, and rows of what its labels name."""
    about, zones = dict(article), article.get("zones", [])
    final = data.final(article["id"])
    if "zones" not in document and final is not None and "zones" in final:
        zones = final["zones"]
        about.pop("zones_by", None)
    named = links_of(document)
    targets = {stance["target"] for stance in labels_of(document, "stances")}
    return Around(
        about, zones, [row for link, row in data.links.items() if link in named],
        [topic for identity, topic in data.topics.items() if identity in targets],
    )  # fmt: skip


# --- formats over the source text


def _brat(each: Iterable[_Each], _: str, result: Exported) -> Files:
    metonyms: set[str] = set()
    for one in each:
        entities = one.document.get("entities")
        yield f"{one.article['id']}.txt", files.protect_bom(one.article["source_text"])
        if entities is not None:
            yield f"{one.article['id']}.ann", brat.write(entities)
            result.lost["ids"] += sum(not brat.ID.fullmatch(entity["id"]) for entity in entities)
            result.lost["annotators of mentions"] += len(entities)
            metonyms |= {entity["metonym_of"] for entity in entities if entity["metonym_of"]}
        _count_layers(one, result.lost)
    yield "annotation.conf", brat.configuration(sorted(metonyms))


def _webannotation(each: Iterable[_Each], annotator: str, _: Exported) -> Files:
    for one in each:
        page = webannotation.write(one.document, one.article["source_text"], annotator, one.around)
        yield f"{one.article['id']}.txt", files.protect_bom(one.article["source_text"])
        yield f"{one.article['id']}.jsonld", strict_json.pretty(page)


# --- formats over the content text


def _conll(each: Iterable[_Each], _: str, result: Exported) -> Files:
    splits: dict[str, list[tuple[str, list[mention_tokens.Line]]]] = {}
    for one in _annotated(each, result):
        mentions = one.content.entities or []
        outermost = bio_tags.outermost(mentions)
        result.lost["mentions nested in another or crossing it"] += len(mentions) - len(outermost)
        result.lost["ids of articles"] += 1
        _count_attributes(outermost, result.lost, "link")
        if lines := _lines(one, outermost, result):
            result.lost["texts with white space that is no single blank or line end"] += (
                conll.text(lines) != one.content.text
            )
            splits.setdefault(one.split, []).append((one.article["id"], lines))
        else:
            result.lost["documents without a word"] += 1
    for split, articles in splits.items():
        yield f"{split}.conll", conll.write(articles)


def _gliner(each: Iterable[_Each], _: str, result: Exported) -> Files:
    splits: dict[str, list[mention_tokens.Line]] = {}
    for one in _annotated(each, result):
        result.lost["ids of articles"] += 1
        splits.setdefault(one.split, []).extend(_lines(one, one.content.entities or [], result))
        _count_attributes(one.content.entities or [], result.lost, "link")
    for split, lines in splits.items():
        yield f"{split}.json", gliner.write(lines)


def _spacy(each: Iterable[_Each], _: str, result: Exported) -> Files:
    splits: dict[str, list[spacy.Text]] = {}
    for one in _annotated(each, result):
        mentions = one.content.entities or []
        splits.setdefault(one.split, []).append(spacy.Text(one.article["id"], one.content.text, mentions))
        result.notes["mentions in doc.spans only, since others hold or cross them"] += len(mentions) - len(
            bio_tags.outermost(mentions)
        )
        result.notes["words cut at the edge of a mention"] += mention_tokens.cut(one.content.text, mentions)[1]
        _count_attributes(mentions, result.lost)
    for split, texts in splits.items():
        yield f"{split}.spacy", spacy.write(texts)


def _annotated(each: Iterable[_Each], result: Exported) -> Iterator[_Each]:
    """Yield the articles whose entities were annotated and whose split is published; count what is left out."""
    for one in each:
        if one.content.entities is None:
            result.lost["documents without an entities layer"] += 1
        elif one.split in OUTSIDE:
            result.lost[f"documents of articles that are {one.split}"] += 1
        else:
            _count_layers(one, result.lost)
            result.lost["texts of zones that are no content"] += sum(
                zone["kind"] not in CONTENT_KINDS for zone in one.content.zones
            )
            yield one


def _lines(one: _Each, mentions: list[Entity], result: Exported) -> list[mention_tokens.Line]:
    lines, cuts, across = mention_tokens.lines(one.content, mentions)
    result.notes["words cut at the edge of a mention"] += cuts
    result.lost["mentions across lines"] += len(across)
    return lines


def _count_layers(one: _Each, lost: Counter[str]) -> None:
    """Count what the documents of a format that holds mentions alone lack."""
    lost["annotators, statuses, guidelines and times of documents"] += 1
    lost["zones"] += len(one.content.zones)
    for layer in ("claims", "stances"):
        lost[layer] += len(labels_of(one.document, layer))


def _count_attributes(mentions: Iterable[Entity], lost: Counter[str], *more: str) -> None:
    default = schema.default("form")
    for mention in mentions:
        lost["ids"] += 1
        lost["annotators of mentions"] += 1
        lost["forms"] += mention["form"] != default
        lost["metonyms"] += mention["metonym_of"] is not None
        if "link" in more:
            lost["links"] += mention["link"] is not None


FORMATS: Final[dict[str, Callable[[Iterable[_Each], str, Exported], Files]]] = {
    "brat": _brat,
    "conll": _conll,
    "spacy": _spacy,
    "gliner": _gliner,
    "webannotation": _webannotation,
}


NAMES: Final = {
    "brat": re.compile(r"[0-9a-f]{16}\.(txt|ann)|annotation\.conf"),
    "conll": re.compile(r"(train|validation|test|unsplit)\.conll"),
    "spacy": re.compile(r"(train|validation|test|unsplit)\.spacy"),
    "gliner": re.compile(r"(train|validation|test|unsplit)\.json"),
    "webannotation": re.compile(r"[0-9a-f]{16}\.(txt|jsonld)"),
}
"""What the files of each format are called."""


def report(exported: Exported) -> dict[str, Any]:
    """Return what an export did as one JSON value."""
    return {
        "documents": exported.documents,
        "mentions": exported.mentions,
        "lost": {what: count for what, count in sorted(exported.lost.items()) if count},
        "notes": {what: count for what, count in sorted(exported.notes.items()) if count},
        "written": len(exported.written),
        "same": exported.same,
        "gone": exported.gone,
        "others": exported.others,
    }
