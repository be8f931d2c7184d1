"""Rows of config ``claim_pairs``: two claims of different articles, in one cluster or not."""

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from pactwire.build.article_context import ArticleContext
from pactwire.build.provenance import annotator_kind
from pactwire.build.record_batches import Row
from pactwire.model.records import Cluster, annotator_rank, status_rank
from pactwire.text import offsets
from pactwire.text.content import Content


class _PairedClaim(NamedTuple):
    """A claim that can be either side of a pair; ``position`` orders claims by article and start."""

    position: tuple[int, int]
    id: str
    article: str
    story: str
    split: str
    text: str
    language: str
    normalized: str
    status: str
    annotator_kind: str


def claim_pair_rows(
    contexts: Iterable[ArticleContext], clusters: Sequence[Cluster], first: Container[str] | None = None
) -> Iterator[Row]:
    """Yield the pairs of claims of two articles of one split, by article, then by start.

    The pairs of a cluster are ``same``; pairs of one story whose claims share no cluster are ``different``.

    Args:
        contexts: The articles, in order; they are read once.
        clusters: All clusters that their claims are in.
        first: The articles that the first claim of a pair may be in; None for all.
    """
    claims = {claim.id: claim for number, context in enumerate(contexts) for claim in _article_claims(context, number)}
    by_story: dict[str, list[_PairedClaim]] = {}
    for claim in claims.values():
        by_story.setdefault(claim.story, []).append(claim)
    same: dict[str, set[str]] = {}
    for cluster in clusters:
        for left, right in combinations(cluster["members"], 2):
            same.setdefault(left, set()).add(right)
            same.setdefault(right, set()).add(left)
    for claim in sorted(claims.values(), key=_sort_key):
        if first is None or claim.article in first:
            clustered = same.get(claim.id, set())
            others = {other.id: other for other in by_story[claim.story]}
            others |= {name: claims[name] for name in clustered if name in claims}
            for other in sorted(others.values(), key=_sort_key):
                if other.position[0] > claim.position[0] and other.split == claim.split:
                    yield _pair_row(claim, other, "same" if other.id in clustered else "different")


def _sort_key(claim: _PairedClaim) -> tuple[tuple[int, int], str]:
    return claim.position, claim.id


def _article_claims(context: ArticleContext, number: int) -> Iterator[_PairedClaim]:
    """Yield the claims of an article; none where its claims were not annotated."""
    final = context.final
    if final is None or "claims" not in final:
        return
    content = Content(context.article, context.zones, None)
    status, kind = final["status"]["claims"], annotator_kind(final, "claims")
    article = context.article["id"]
    for claim in final["claims"]:
        span = offsets.to_content(content.segments, claim["start"], claim["end"]) or (0, 0)
        yield _PairedClaim(
            (number, claim["start"]), f"{article}/{claim['id']}", article, context.story, context.split,
            claim["text"], content.language(*span), claim["normalized"], status, kind,
        )  # fmt: skip


def _pair_row(a: _PairedClaim, b: _PairedClaim, label: str) -> Row:
    row: Row = {}
    for side, claim in (("a", a), ("b", b)):
        row |= {
            f"{side}_id": claim.id,
            f"{side}_article_id": claim.article,
            f"{side}_text": claim.text,
            f"{side}_language": claim.language,
            f"{side}_normalized": claim.normalized,
        }
    return row | {
        "story": a.story if a.story == b.story else None,
        "label": label,
        "annotation_status": min((a.status, b.status), key=status_rank),
        "annotator_kind": min((a.annotator_kind, b.annotator_kind), key=annotator_rank),
    }
