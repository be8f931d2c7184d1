"""Articles with their claims, and clusters of claims, to the rows of the config ``claim_pairs``."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from pactwire import offsets, schemas
from pactwire.content import Content
from pactwire.records import ANNOTATOR_KINDS, Claim, Cluster, labels_of
from pactwire.views import Entry, Row, annotator_kind


class _Side(NamedTuple):
    """A claim that can stand on either side of a pair, with what its article says of all its claims."""

    entry: Entry
    claim: Claim
    language: str
    status: str
    kind: str


def claim_pair_rows(entries: Iterable[Entry], clusters: Iterable[Cluster]) -> list[tuple[str, Row]]:
    """Return (split, row) for pairs of claims of two articles in one split, in the entries' order.

    ``same`` are the pairs of a cluster; ``different`` are pairs of one story whose claims do not
    share a cluster.
    """
    known = {entry.article["id"]: entry for entry in entries}
    order = {identity: index for index, identity in enumerate(known)}
    pairs: set[tuple[str, str, str]] = set()
    for cluster in clusters:
        members = sorted(cluster["members"], key=lambda member: (order.get(member[:16], -1), member))
        pairs.update((left, right, "same") for left, right in combinations(members, 2))
    same = {(left, right) for left, right, _ in pairs}
    for left, right in _story_pairs(known.values()):
        if (left, right) not in same:
            pairs.add((left, right, "different"))
    claims = {key: side for entry in known.values() for key, side in _sides(entry)}
    found = []
    for left, right, label in pairs:
        if left in claims and right in claims:
            a, b = claims[left], claims[right]
            if a.entry is not b.entry and a.entry.split == b.entry.split:
                key = (*_place(a, order), *_place(b, order), left, right)
                found.append((key, a.entry.split, _pair_row(a, b, label)))
    return [(split, row) for _, split, row in sorted(found, key=lambda item: item[0])]


def _story_pairs(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    stories: dict[str, list[Entry]] = {}
    for entry in entries:
        stories.setdefault(entry.story, []).append(entry)
    for members in stories.values():
        for left, right in combinations(members, 2):
            for a in labels_of(left.final, "claims"):
                for b in labels_of(right.final, "claims"):
                    yield f"{left.article['id']}/{a['id']}", f"{right.article['id']}/{b['id']}"


def _sides(entry: Entry) -> Iterator[tuple[str, _Side]]:
    """Yield each claim of an article by ``article/claim``; none where its claims were not annotated."""
    if entry.final is None or "claims" not in entry.final:
        return
    content = Content(entry.article, entry.zones, None)
    status, kind = entry.final["status"]["claims"], annotator_kind(entry.final, "claims")
    for claim in entry.final["claims"]:
        span = offsets.to_content(content.segments, claim["start"], claim["end"]) or (0, 0)
        yield f"{entry.article['id']}/{claim['id']}", _Side(entry, claim, content.language(*span), status, kind)


def _place(side: _Side, order: dict[str, int]) -> tuple[int, int]:
    return order[side.entry.article["id"]], side.claim["start"]


def _pair_row(a: _Side, b: _Side, label: str) -> Row:
    row: Row = {}
    for letter, side in (("a", a), ("b", b)):
        row |= {
            f"{letter}_id": f"{side.entry.article['id']}/{side.claim['id']}",
            f"{letter}_article_id": side.entry.article["id"],
            f"{letter}_text": side.claim["text"],
            f"{letter}_language": side.language,
            f"{letter}_normalized": side.claim["normalized"],
        }
    return row | {
        "story": a.entry.story if a.entry.story == b.entry.story else None,
        "label": label,
        "annotation_status": min((a.status, b.status), key=schemas.names("status").index),
        "annotator_kind": max((a.kind, b.kind), key=ANNOTATOR_KINDS.index),
    }
