"""Rows of config ``stance``: a stance with the content lines that hold its evidence, its holder and its target."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from pactwire.build.article_context import ArticleContext
from pactwire.build.provenance import layer_provenance
from pactwire.build.record_batches import ArticleBatch, Row, rows_to_batch
from pactwire.model.records import Claim, Document, Entity, referent_link
from pactwire.text.content import Content


def stance_batch(articles: ArticleBatch) -> pa.RecordBatch:
    """Return a row for each stance, by article and position."""
    rows: list[Row] = []
    for number, context, content, final in articles.annotated("stances"):
        rows += stance_rows(context, content, final, articles.spans["stances"].of_document(number))
    return rows_to_batch("stance", rows)


def stance_rows(
    context: ArticleContext, content: Content, final: Document, stances: Iterable[tuple[Any, int, int]]
) -> Iterator[Row]:
    """Yield a row for each stance, which comes with the start and end of its evidence in the content text."""
    claims = {claim["id"]: claim for claim in final.get("claims", [])}
    provenance = layer_provenance(final, "stances")
    for stance, evidence_start, evidence_end in stances:
        start = content.text.rfind("\n", 0, evidence_start) + 1
        end = content.text.find("\n", evidence_end)
        text = content.text[start : end if end >= 0 else None]
        holder = content.mentions.get(stance["holder"])
        yield {
            "id": f"{context.article['id']}:{stance['id']}",
            "article_id": context.article["id"],
            "language": content.language(evidence_start, evidence_end),
            "start": start,
            "end": start + len(text),
            "text": text,
            "evidence_start": evidence_start - start,
            "evidence_end": evidence_end - start,
            "holder": holder["text"] if holder else stance["holder"],
            "holder_link": referent_link(holder) if holder else None,
            **_target_columns(context, stance["target"], content.mentions, claims),
            "channel": stance["channel"],
            "label": stance["polarity"],
            **provenance,
        }


def _target_columns(
    context: ArticleContext, target: str, mentions: Mapping[str, Entity], claims: Mapping[str, Claim]
) -> Row:
    if mention := mentions.get(target):
        return {"target": mention["text"], "target_kind": "entity", "target_link": referent_link(mention)}
    if claim := claims.get(target):
        cluster = context.clusters.get(f"{context.article['id']}/{target}")
        return {"target": claim["text"], "target_kind": "claim", "target_link": cluster}
    return {"target": context.topics[target]["title"], "target_kind": "topic", "target_link": target}
