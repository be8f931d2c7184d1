"""Articles with their claims, and clusters of claims, to the rows of the config ``claim_pairs``."""

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from pactwire.build.config_rows import ArticleContext, Row, annotator_kind
from pactwire.model.records import Cluster, annotator_rank, status_rank
from pactwire.text import offsets
from pactwire.text.content import Content


class _PairedClaim(NamedTuple):
    """A claim that can stand on either side of a pair; ``place`` orders claims by article and start."""

    place: tuple[int, int]
    name: str
    article: str
    story: str
    split: str
    text: str
    language: str
    normalized: str
    status: str
    kind: str


def claim_pair_rows(
    entries: Iterable[ArticleContext], clusters: Sequence[Cluster], first: Container[str] | None = None
) -> Iterator[Row]:
    """Yield the pairs of claims of two articles in one split, in the entries' order, which are taken once.

    ``same`` are the pairs of a cluster; ``different`` are pairs of one story whose claims do not
    share a cluster. With ``first``, only pairs whose first claim is of one of these articles.
    """
    claims = {side.name: side for number, entry in enumerate(entries) for side in _article_claims(entry, number)}
    by_story: dict[str, list[_PairedClaim]] = {}
    for side in claims.values():
        by_story.setdefault(side.story, []).append(side)
    same: dict[str, set[str]] = {}
    for cluster in clusters:
        for left, right in combinations(cluster["members"], 2):
            same.setdefault(left, set()).add(right)
            same.setdefault(right, set()).add(left)
    for side in sorted(claims.values(), key=_sort_key):
        if first is None or side.article in first:
            named = same.get(side.name, set())
            others = {other.name: other for other in by_story[side.story]}
            others |= {name: claims[name] for name in named if name in claims}
            for other in sorted(others.values(), key=_sort_key):
                if other.place[0] > side.place[0] and other.split == side.split:
                    yield _pair_row(side, other, "same" if other.name in named else "different")


def _sort_key(side: _PairedClaim) -> tuple[tuple[int, int], str]:
    return side.place, side.name


def _article_claims(entry: ArticleContext, number: int) -> Iterator[_PairedClaim]:
    """Yield the claims of an article; none where its claims were not annotated."""
    final = entry.final
    if final is None or "claims" not in final:
        return
    content = Content(entry.article, entry.zones, None)
    status, kind = final["status"]["claims"], annotator_kind(final, "claims")
    article = entry.article["id"]
    for claim in final["claims"]:
        span = offsets.to_content(content.segments, claim["start"], claim["end"]) or (0, 0)
        yield _PairedClaim(
            (number, claim["start"]), f"{article}/{claim['id']}", article, entry.story, entry.split,
            claim["text"], content.language(*span), claim["normalized"], status, kind,
        )  # fmt: skip


def _pair_row(a: _PairedClaim, b: _PairedClaim, label: str) -> Row:
    row: Row = {}
    for letter, side in (("a", a), ("b", b)):
        row |= {
            f"{letter}_id": side.name,
            f"{letter}_article_id": side.article,
            f"{letter}_text": side.text,
            f"{letter}_language": side.language,
            f"{letter}_normalized": side.normalized,
        }
    return row | {
        "story": a.story if a.story == b.story else None,
        "label": label,
        "annotation_status": min((a.status, b.status), key=status_rank),
        "annotator_kind": min((a.kind, b.kind), key=annotator_rank),
    }
