"""An article with its annotation documents to the rows of each config, as plain values.

Rows of labels come only from layers that were annotated. In every row the spans are over its
``text``: ``text[start:end]`` is the span's text. The ``start`` and ``end`` of a row itself say where
its text stands in that of ``articles``. Offsets are code points, half-open.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pactwire import schemas, words
from pactwire.content import Content
from pactwire.records import (
    ANNOTATOR_KINDS,
    CONTENT_KINDS,
    LAYERS,
    Annotator,
    Article,
    Claim,
    Document,
    Entity,
    Layer,
    Topic,
    Zone,
)

Row = dict[str, Any]

HEADER: Final = ("schema_version", "guidelines", "annotators", "created", "updated", "derived_from")


@dataclass(frozen=True)
class Entry:
    """An article as the views see it; ``final`` and ``documents`` hold to the checks of `pactwire.checks`."""

    article: Article
    story: str
    split: str
    zones: list[Zone]
    final: Document | None
    documents: list[tuple[str, Document]]
    topics: Mapping[str, Topic] = field(default_factory=dict)
    clusters: Mapping[str, str] = field(default_factory=dict)
    """Cluster of each clustered claim, by ``article/claim``."""


def _shifted(label: Any, origin: int) -> Any:
    """Return a label, or a cue, with offsets that count from ``origin``."""
    moved = label.copy()
    moved["start"] -= origin
    moved["end"] -= origin
    return moved


def annotator_kind(document: Document, layer: Layer) -> str:
    """Return the kind that all of a layer can claim: the weakest label's strongest annotator.

    Human before model before rule, as in ANNOTATOR_KINDS; of an empty layer, the document's annotators.
    """
    kinds = {annotator["id"]: ANNOTATOR_KINDS.index(annotator["kind"]) for annotator in document["annotators"]}
    best = [min(kinds[name] for name in label["by"]) for label in document[layer]]
    return ANNOTATOR_KINDS[max(best, default=min(kinds.values()))]


def _made(document: Document, layer: Layer) -> Row:
    return {"annotation_status": document["status"][layer], "annotator_kind": annotator_kind(document, layer)}


def rows(entry: Entry, losses: Counter[str]) -> dict[str, list[Row]]:
    """Return an article's rows of every config but claim_pairs; what a view can't hold is counted in ``losses``."""
    content = Content(entry.article, entry.zones, entry.final)
    return {
        "articles": [article_row(entry, content)],
        "entities": list(entity_rows(entry, content, losses)),
        "stance": list(stance_rows(entry, content)),
        "claims": list(claim_rows(entry, content)),
        "annotations": [annotation_row(entry, name, document) for name, document in entry.documents],
    }


# --- articles and annotations


def article_row(entry: Entry, content: Content) -> Row:
    """Return the row of config ``articles``: spans over ``text``, zones over ``source_text``."""
    article, final = entry.article, entry.final
    return {
        "id": article["id"],
        "story": entry.story,
        "language": content.language(0, len(content.text)),
        "title": title(article, content.zones),
        "section": article["section"],
        "published": article["published"],
        "url": article["url"],
        "source_id": article["source_id"],
        "text": content.text,
        "source_text": article["source_text"],
        "source_sha256": article["source_sha256"],
        "segments": content.segments,
        "zones": content.zones,
        "entities": content.entities,
        "claims": content.claims,
        "stances": content.stances,
        "annotation": {key: final[key] for key in HEADER} if final else None,
        "annotation_status": _status(final),
    }


def title(article: Article, zones: Iterable[Zone]) -> str | None:
    """Return the text of the first title zone, or None."""
    found = (article["source_text"][z["start"] : z["end"]] for z in zones if z["kind"] == CONTENT_KINDS[0])
    return next(found, None)


def _status(document: Document | None) -> Row:
    return {layer: document["status"].get(layer) if document else None for layer in LAYERS}


def annotation_row(entry: Entry, annotator: str, document: Document) -> Row:
    """Return the row of config ``annotations`` for one annotator's document.

    Its offsets count in the row's own ``text``, cut by the document's own zones where it has them,
    else by the article's.
    """
    zones = document.get("zones", entry.zones)
    content = Content(entry.article, zones, document)
    kinds: dict[str, Annotator] = {each["id"]: each for each in document["annotators"]}
    return {
        "article_id": entry.article["id"],
        "annotator": annotator,
        "annotator_kind": kinds[annotator]["kind"],
        "status": _status(document),
        "text": content.text,
        "segments": content.segments,
        "zones": content.zones if "zones" in document else None,
        "entities": content.entities,
        "claims": content.claims,
        "stances": content.stances,
        "annotation": {key: document[key] for key in HEADER},
    }


# --- entities


def entity_rows(entry: Entry, content: Content, losses: Counter[str]) -> Iterator[Row]:
    """Yield a row for each content line of an article whose entities were annotated.

    The columns that tokens are in are made of many rows at once (`pactwire.tagging`).
    """
    if content.entities is None or entry.final is None:
        return
    losses["mentions_across_lines"] += len(content.entities)
    made = _made(entry.final, "entities")
    starts = [entity["start"] for entity in content.entities]
    for number, (start, end) in enumerate(content.lines()):
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        mentions = [entity for entity in content.entities[first:last] if entity["end"] <= end]
        losses["mentions_across_lines"] -= len(mentions)
        yield {
            "id": f"{entry.article['id']}:{number}",
            "article_id": entry.article["id"],
            "language": content.language(start, end),
            "start": start,
            "end": end,
            "text": content.text[start:end],
            "spans": [_shifted(entity, start) for entity in mentions],
            **made,
        }


# --- stances


def stance_rows(entry: Entry, content: Content) -> Iterator[Row]:
    """Yield a row for each stance, with the content lines that hold its evidence as ``text``."""
    if content.stances is None or entry.final is None:
        return
    entities = {entity["id"]: entity for entity in content.entities or []}
    claims = {claim["id"]: claim for claim in content.claims or []}
    made = _made(entry.final, "stances")
    for stance in content.stances:
        start = content.text.rfind("\n", 0, stance["start"]) + 1
        end = content.text.find("\n", stance["end"])
        text = content.text[start : end if end >= 0 else None]
        holder = entities.get(stance["holder"])
        yield {
            "id": f"{entry.article['id']}:{stance['id']}",
            "article_id": entry.article["id"],
            "language": content.language(stance["start"], stance["end"]),
            "start": start,
            "end": start + len(text),
            "text": text,
            "evidence_start": stance["start"] - start,
            "evidence_end": stance["end"] - start,
            "holder": holder["text"] if holder else stance["holder"],
            "holder_link": meant(holder) if holder else None,
            **_target(entry, stance["target"], entities, claims),
            "channel": stance["channel"],
            "label": stance["polarity"],
            **made,
        }


def meant(entity: Entity) -> str | None:
    """Return the link of what a mention means: ``metonym_of`` first, then ``link``."""
    return entity["metonym_of"] or entity["link"]


def _target(entry: Entry, target: str, entities: Mapping[str, Entity], claims: Mapping[str, Claim]) -> Row:
    if entity := entities.get(target):
        return {"target": entity["text"], "target_kind": "entity", "target_link": meant(entity)}
    if claim := claims.get(target):
        cluster = entry.clusters.get(f"{entry.article['id']}/{target}")
        return {"target": claim["text"], "target_kind": "claim", "target_link": cluster}
    return {"target": entry.topics[target]["title"], "target_kind": "topic", "target_link": target}


# --- claims


def claim_rows(entry: Entry, content: Content) -> Iterator[Row]:
    """Yield a row for each sentence of an article whose claims were annotated.

    Sentences that one claim or its cue runs over are one row, so that every span stands whole.
    """
    if content.claims is None or entry.final is None:
        return
    names = {entity["id"]: entity["text"] for entity in content.entities or []}
    ranks = schemas.names("checkworthy")
    made = _made(entry.final, "claims")
    starts = [claim["start"] for claim in content.claims]
    for number, (start, end) in enumerate(sentence_spans(content)):
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        inside = [claim for claim in content.claims[first:last] if claim["end"] <= end]
        yield {
            "id": f"{entry.article['id']}:{number}",
            "article_id": entry.article["id"],
            "language": content.language(start, end),
            "start": start,
            "end": end,
            "text": content.text[start:end],
            "label": max((claim["checkworthy"] for claim in inside), key=ranks.index, default=ranks[0]),
            "claims": [_claim_in_row(claim, start, names) for claim in inside],
            **made,
        }


def _claim_in_row(claim: Any, start: int, names: Mapping[str, str]) -> Row:
    cue = claim["cue"]
    return {
        **_shifted(claim, start),
        "cue": _shifted(cue, start) if cue else None,
        "claimant_names": [names.get(party, party) for party in claim["claimants"]],
    }


def sentence_spans(content: Content) -> list[tuple[int, int]]:
    """Return the spans of the sentences of the content text, joined where a claim or its cue runs over several."""
    needed = [
        (min(part["start"] for part in parts), max(part["end"] for part in parts))
        for claim in content.claims or []
        if (parts := [claim, *([claim["cue"]] if claim["cue"] else [])])
    ]
    joined: list[tuple[int, int]] = []
    for line_start, line_end in content.lines():
        language = content.language(line_start, line_end)
        for left, right in words.sentences(content.text[line_start:line_end], language):
            span = (line_start + left, line_start + right)
            if joined and any(start < joined[-1][1] and span[0] < end for start, end in needed):
                joined[-1] = (joined[-1][0], span[1])
            else:
                joined.append(span)
    return joined
