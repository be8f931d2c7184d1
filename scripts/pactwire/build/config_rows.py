"""An article with its annotation documents to the rows of each config, as plain values without columns of labels.

Rows of labels come only from layers that were annotated. In every row the spans are over its
``text``: ``text[start:end]`` is the span's text. The ``start`` and ``end`` of a row itself say where
its text stands in that of ``articles``. Offsets are code points, half-open. `pactwire.build.record_batches`
adds the columns that hold labels, of many rows at once.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from operator import itemgetter
from typing import Any, Final

from pactwire.model.records import (
    LAYERS,
    SPAN_LAYERS,
    Annotator,
    Article,
    Claim,
    Document,
    Entity,
    Layer,
    Topic,
    Zone,
    ZoneKind,
    annotator_rank,
)
from pactwire.text import tokens
from pactwire.text.content import Content, ContentLine

Row = dict[str, Any]

DOCUMENT_HEADER: Final = ("schema_version", "guidelines", "annotators", "created", "updated", "derived_from")


@dataclass(frozen=True)
class ArticleContext:
    """An article as the views see it; ``final`` and ``documents`` hold to all checks of integrity."""

    article: Article
    story: str
    split: str
    zones: list[Zone]
    final: Document | None
    documents: list[tuple[str, Document]]
    topics: Mapping[str, Topic] = field(default_factory=dict)
    clusters: Mapping[str, str] = field(default_factory=dict)
    """Cluster of each clustered claim, by ``article/claim``."""


def annotator_kind(document: Document, layer: Layer) -> str:
    """Return the kind that all of a layer can claim: the weakest label's strongest annotator.

    Of an empty layer, the strongest of the document's annotators.
    """
    kinds = {annotator["id"]: annotator["kind"] for annotator in document["annotators"]}
    if len(set(kinds.values())) == 1:
        return document["annotators"][0]["kind"]
    makers = set(map(tuple, map(itemgetter("by"), document[layer])))
    best = (max((kinds[name] for name in names), key=annotator_rank) for names in makers)
    return min(best, key=annotator_rank, default=max(kinds.values(), key=annotator_rank))


def _provenance(document: Document, layer: Layer) -> Row:
    return {"annotation_status": document["status"][layer], "annotator_kind": annotator_kind(document, layer)}


# --- articles and annotations


def articles_row(entry: ArticleContext, content: Content) -> Row:
    """Return the row of config ``articles`` without its labels: spans over ``text``, zones over ``source_text``."""
    article, final = entry.article, entry.final
    return {
        "id": article["id"],
        "story": entry.story,
        "language": content.language(0, len(content.text)),
        "title": article_title(article, content.zones),
        "section": article["section"],
        "published": article["published"],
        "url": article["url"],
        "source_id": article["source_id"],
        "text": content.text,
        "source_text": article["source_text"],
        "source_sha256": article["source_sha256"],
        "segments": content.segments,
        "zones": content.zones,
        **dict.fromkeys(SPAN_LAYERS),
        "annotation": {key: final[key] for key in DOCUMENT_HEADER} if final else None,
        "annotation_status": _layer_status(final),
    }


def article_title(article: Article, zones: Iterable[Zone]) -> str | None:
    """Return the text of the first title zone, or None."""
    found = (article["source_text"][z["start"] : z["end"]] for z in zones if z["kind"] == ZoneKind.TITLE)
    return next(found, None)


def _layer_status(document: Document | None) -> Row:
    return {layer: document["status"].get(layer) if document else None for layer in LAYERS}


def annotations_row(entry: ArticleContext, annotator: str, document: Document, content: Content) -> Row:
    """Return the row of config ``annotations`` for one annotator's document, with its content.

    Its offsets count in the row's own ``text``.
    """
    kinds: dict[str, Annotator] = {each["id"]: each for each in document["annotators"]}
    return {
        "article_id": entry.article["id"],
        "annotator": annotator,
        "annotator_kind": kinds[annotator]["kind"],
        "status": _layer_status(document),
        "text": content.text,
        "segments": content.segments,
        "zones": content.zones if "zones" in document else None,
        "annotation": {key: document[key] for key in DOCUMENT_HEADER},
    }


# --- lines and sentences


def entities_rows(entry: ArticleContext, content: Content, final: Document) -> Iterator[Row]:
    """Yield a row of config ``entities`` for each content line of an article."""
    return _text_rows(entry, content, content.lines, _provenance(final, "entities"))


def claims_rows(
    entry: ArticleContext, content: Content, final: Document, claims: Iterable[tuple[int, int]]
) -> Iterator[Row]:
    """Yield a row of config ``claims`` for each sentence of an article; ``claims`` are where they and their cues stand.

    Sentences that one claim or its cue runs over are one row, so that every span stands whole.
    """
    return _text_rows(entry, content, joined_sentences(content, claims), _provenance(final, "claims"))


def _text_rows(entry: ArticleContext, content: Content, found: Iterable[ContentLine], made: Row) -> Iterator[Row]:
    article = entry.article["id"]
    for number, (start, end, language) in enumerate(found):
        yield {
            "id": f"{article}:{number}",
            "article_id": article,
            "language": language,
            "start": start,
            "end": end,
            "text": content.text[start:end],
            **made,
        }


def joined_sentences(content: Content, whole: Iterable[tuple[int, int]]) -> Iterator[ContentLine]:
    """Yield the sentences of the content text, joined so that each span of ``whole`` lies in one."""
    needed = sorted(whole)
    starts = [start for start, _ in needed]
    reached = list(accumulate((end for _, end in needed), max, initial=0))
    joined: list[tuple[int, int]] = []
    for line_start, line_end, language in content.lines:
        for left, right in tokens.sentence_spans(content.text[line_start:line_end], language):
            start, end = line_start + left, line_start + right
            if joined and reached[bisect_left(starts, joined[-1][1])] > start:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
    return (ContentLine(start, end, content.language(start, end)) for start, end in joined)


# --- stances


def stance_rows(
    entry: ArticleContext, content: Content, final: Document, stances: Iterable[tuple[Any, int, int]]
) -> Iterator[Row]:
    """Yield a row for each stance, with the content lines that hold its evidence as ``text``.

    Stances come with their start and end in the content text.
    """
    claims = {claim["id"]: claim for claim in final.get("claims", [])}
    made = _provenance(final, "stances")
    for stance, first, last in stances:
        start = content.text.rfind("\n", 0, first) + 1
        end = content.text.find("\n", last)
        text = content.text[start : end if end >= 0 else None]
        holder = content.mentions.get(stance["holder"])
        yield {
            "id": f"{entry.article['id']}:{stance['id']}",
            "article_id": entry.article["id"],
            "language": content.language(first, last),
            "start": start,
            "end": start + len(text),
            "text": text,
            "evidence_start": first - start,
            "evidence_end": last - start,
            "holder": holder["text"] if holder else stance["holder"],
            "holder_link": referent_link(holder) if holder else None,
            **_target_columns(entry, stance["target"], content.mentions, claims),
            "channel": stance["channel"],
            "label": stance["polarity"],
            **made,
        }


def referent_link(entity: Entity) -> str | None:
    """Return the link of what a mention means: ``metonym_of`` first, then ``link``."""
    return entity["metonym_of"] or entity["link"]


def _target_columns(
    entry: ArticleContext, target: str, entities: Mapping[str, Entity], claims: Mapping[str, Claim]
) -> Row:
    if entity := entities.get(target):
        return {"target": entity["text"], "target_kind": "entity", "target_link": referent_link(entity)}
    if claim := claims.get(target):
        cluster = entry.clusters.get(f"{entry.article['id']}/{target}")
        return {"target": claim["text"], "target_kind": "claim", "target_link": cluster}
    return {"target": entry.topics[target]["title"], "target_kind": "topic", "target_link": target}


# --- claims


def claimant_names(content: Content, claims: Iterable[tuple[Any, int, int]]) -> list[list[str]]:
    """Return the names of the claimants of each claim: the text of a mention, else AUTHOR or UNNAMED."""
    known = content.mentions
    return [
        [known[party]["text"] if party in known else party for party in claim["claimants"]] for claim, _, _ in claims
    ]
