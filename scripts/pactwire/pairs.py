"""Articles with their claims, and clusters of claims, to the rows of the config ``claim_pairs``."""

from collections.abc import Iterable, Iterator
from itertools import combinations

from pactwire import offsets, schemas
from pactwire.content import Content
from pactwire.records import ANNOTATOR_KINDS, Claim, Cluster, labels_of
from pactwire.views import Entry, Row, annotator_kind


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
    claims = {
        f"{identity}/{claim['id']}": (entry, claim)
        for identity, entry in known.items()
        for claim in labels_of(entry.final, "claims")
    }
    found = []
    for left, right, label in pairs:
        if left in claims and right in claims:
            (first, a), (second, b) = claims[left], claims[right]
            if first is not second and first.split == second.split:
                key = (
                    order[first.article["id"]],
                    a["start"],
                    order[second.article["id"]],
                    b["start"],
                    left,
                    right,
                )
                found.append((key, first.split, _pair_row(first, a, second, b, label)))
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


def _pair_row(first: Entry, a: Claim, second: Entry, b: Claim, label: str) -> Row:
    row: Row = {}
    for letter, entry, claim in (("a", first, a), ("b", second, b)):
        content = Content(entry.article, entry.zones, None)
        span = offsets.to_content(content.segments, claim["start"], claim["end"]) or (0, 0)
        row |= {
            f"{letter}_id": f"{entry.article['id']}/{claim['id']}",
            f"{letter}_article_id": entry.article["id"],
            f"{letter}_text": claim["text"],
            f"{letter}_language": content.language(*span),
            f"{letter}_normalized": claim["normalized"],
        }
    finals = [entry.final for entry in (first, second) if entry.final is not None]
    kinds = [annotator_kind(final, "claims") for final in finals]
    statuses = [final["status"]["claims"] for final in finals]
    return row | {
        "story": first.story if first.story == second.story else None,
        "label": label,
        "annotation_status": min(statuses, key=schemas.names("status").index),
        "annotator_kind": max(kinds, key=ANNOTATOR_KINDS.index),
    }
