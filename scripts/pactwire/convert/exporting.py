"""The documents of one annotator, or the final ones, to files of another format, and counts of what it can't hold.

brat and Web Annotation hold the source text, one pair of files an article. CoNLL, spaCy and GLiNER hold the
content text, one file a split (``unsplit`` where splits.csv does not list the article).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pactwire import checks, corpus, files, jsontext, schemas, views
from pactwire.content import Content
from pactwire.convert import brat, conll, gliner, spacy, tokens, webannotation
from pactwire.convert.foreign import raw
from pactwire.corpus import OUTSIDE, Corpus, Placed
from pactwire.issues import DataError, Issue
from pactwire.records import Article, Document, Entity, labels_of

UNSPLIT: Final = "unsplit"


@dataclass
class Exported:
    """What an export did: documents and mentions in the files, what the format can't hold, and the files' names."""

    documents: int = 0
    mentions: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    written: list[str] = field(default_factory=list)
    same: int = 0


@dataclass(frozen=True)
class _Each:
    """An article and the document to export."""

    article: Article
    document: Document
    content: Content
    split: str


def export(form: str, root: Path, annotator: str, out: Path) -> Exported:
    """Write the documents in ``annotations/ANNOTATOR`` to the folder ``out`` in a format of FORMATS.

    Raises DataError with every issue of these documents, before anything is written.
    """
    data = corpus.load(root)
    chosen = _chosen(data, annotator)
    result = Exported()
    contents = FORMATS[form](list(_each(data, chosen, result)), annotator, result)
    for name, content in contents.items():
        if files.write(out / name, content):
            result.written.append(name)
        else:
            result.same += 1
    return result


def _chosen(data: Corpus, annotator: str) -> list[Placed]:
    folder = f"annotations/{annotator}/"
    chosen = [placed for placed in data.documents if placed.annotator == annotator]
    issues = [issue for issue in data.issues if issue.file.startswith(folder)]
    for placed in chosen:
        document = placed.document
        article = data.articles.get(document["article"])
        if article is None:
            message = f"there is no article {document['article']} in dataset/raw"
            issues.append(Issue(placed.file, max(placed.line, 1), "unknown-article", message))
            continue
        zones = [] if "zones" in document else data.zones(article)
        flaws = checks.check(document, article, zones, data.links, data.topics)
        line = max(placed.line, 1)
        issues += [Issue(placed.file, line, code, message, corpus.pointer(path)) for code, path, message in flaws]
    if not chosen and not issues:
        issues.append(Issue(folder.rstrip("/"), 1, "convert-empty", "there are no documents to convert"))
    if issues:
        raise DataError(sorted(issues))
    return chosen


def _each(data: Corpus, chosen: Iterable[Placed], result: Exported) -> Iterator[_Each]:
    splits = {row.article: row.split for _, row in data.splits}
    order = {article: index for index, article in enumerate(data.articles)}
    for placed in sorted(chosen, key=lambda placed: order[placed.document["article"]]):
        document = placed.document
        article = data.articles[document["article"]]
        zones = document["zones"] if "zones" in document else data.zones(article)
        result.documents += 1
        result.mentions += len(labels_of(document, "entities"))
        split = splits.get(article["id"], UNSPLIT)
        yield _Each(article, document, Content(article, zones, document), split)


# --- formats over the source text


def _brat(each: Iterable[_Each], _: str, result: Exported) -> dict[str, str | bytes]:
    contents: dict[str, str | bytes] = {}
    metonyms: list[str] = []
    for one in each:
        entities = one.document.get("entities")
        contents[f"{one.article['id']}.txt"] = raw(one.article["source_text"])
        if entities is not None:
            contents[f"{one.article['id']}.ann"] = brat.write(entities)
            result.lost["ids"] += sum(not brat.ID.fullmatch(entity["id"]) for entity in entities)
            result.lost["annotators of mentions"] += len(entities)
            metonyms += [entity["metonym_of"] for entity in entities if entity["metonym_of"]]
        _count_layers(one.document, result.lost)
    contents["annotation.conf"] = brat.configuration(metonyms)
    return contents


def _webannotation(each: Iterable[_Each], annotator: str, _: Exported) -> dict[str, str | bytes]:
    contents: dict[str, str | bytes] = {}
    for one in each:
        page = webannotation.write(one.document, one.article["source_text"], annotator)
        contents[f"{one.article['id']}.txt"] = raw(one.article["source_text"])
        contents[f"{one.article['id']}.jsonld"] = jsontext.pretty(page)
    return contents


# --- formats over the content text


def _conll(each: Iterable[_Each], _: str, result: Exported) -> dict[str, str | bytes]:
    splits: dict[str, list[tuple[str, list[tokens.Line]]]] = {}
    for one in _annotated(each, result):
        mentions = one.content.entities or []
        outermost = views.outermost(mentions)
        result.lost["mentions nested in another or crossing it"] += len(mentions) - len(outermost)
        splits.setdefault(one.split, []).append((one.article["id"], _lines(one, outermost, result)))
        _count_attributes(outermost, result.lost, "link")
    return {f"{split}.conll": conll.write(articles) for split, articles in splits.items()}


def _gliner(each: Iterable[_Each], _: str, result: Exported) -> dict[str, str | bytes]:
    splits: dict[str, list[tokens.Line]] = {}
    for one in _annotated(each, result):
        splits.setdefault(one.split, []).extend(_lines(one, one.content.entities or [], result))
        _count_attributes(one.content.entities or [], result.lost, "link")
    return {f"{split}.json": gliner.write(lines) for split, lines in splits.items()}


def _spacy(each: Iterable[_Each], _: str, result: Exported) -> dict[str, str | bytes]:
    splits: dict[str, list[spacy.Text]] = {}
    for one in _annotated(each, result):
        mentions = one.content.entities or []
        splits.setdefault(one.split, []).append(spacy.Text(one.article["id"], one.content.text, mentions))
        result.notes["mentions in doc.spans only, since others hold or cross them"] += len(mentions) - len(
            views.outermost(mentions)
        )
        result.notes["words cut at the edge of a mention"] += tokens.cut(one.content.text, mentions)[1]
        _count_attributes(mentions, result.lost)
    return {f"{split}.spacy": spacy.write(texts) for split, texts in splits.items()}


def _annotated(each: Iterable[_Each], result: Exported) -> Iterator[_Each]:
    """Yield the articles whose entities were annotated and whose split is published; count what is left out."""
    for one in each:
        if one.content.entities is None:
            result.lost["documents without an entities layer"] += 1
        elif one.split in OUTSIDE:
            result.lost[f"documents of articles that are {one.split}"] += 1
        else:
            _count_layers(one.document, result.lost)
            yield one


def _lines(one: _Each, mentions: list[Entity], result: Exported) -> list[tokens.Line]:
    lines, cuts, across = tokens.lines(one.content, mentions)
    result.notes["words cut at the edge of a mention"] += cuts
    result.lost["mentions across lines"] += len(across)
    return lines


def _count_layers(document: Document, lost: Counter[str]) -> None:
    for layer in ("zones", "claims", "stances"):
        lost[layer] += len(labels_of(document, layer))


def _count_attributes(mentions: Iterable[Entity], lost: Counter[str], *more: str) -> None:
    default = schemas.names("form")[0]
    for mention in mentions:
        lost["ids"] += 1
        lost["annotators of mentions"] += 1
        lost["forms"] += mention["form"] != default
        lost["metonyms"] += mention["metonym_of"] is not None
        if "link" in more:
            lost["links"] += mention["link"] is not None


FORMATS: Final[dict[str, Callable[[Iterable[_Each], str, Exported], dict[str, str | bytes]]]] = {
    "brat": _brat,
    "conll": _conll,
    "spacy": _spacy,
    "gliner": _gliner,
    "webannotation": _webannotation,
}
