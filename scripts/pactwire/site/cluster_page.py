"""Pages with a table of claim clusters: one row per claim, one column per language."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pactwire.model.records import Cluster
from pactwire.site.collection import Collection, LocatedClaim

PAGE_SIZE: Final = 200
"""Clusters per page."""


class ClusterRow(NamedTuple):
    """A cluster, and its claims by language; the claims of one article are in one list."""

    cluster: Cluster
    claims: dict[str, list[list[LocatedClaim]]]


def cluster_rows(collection: Collection) -> list[ClusterRow]:
    """Return a row for each cluster with claims in a split, in the order of clusters.jsonl."""
    table = []
    for cluster in collection.claim_clusters:
        claims: dict[str, list[list[LocatedClaim]]] = {}
        for same_article in collection.by_article(cluster):
            claims.setdefault(same_article[0].language, []).append(same_article)
        if claims:
            table.append(ClusterRow(cluster, claims))
    return table


def file_name(number: int) -> str:
    """Return the file of a page; pages are counted from 0."""
    return f"clusters-{number + 1}.html" if number else "clusters.html"


def pages(collection: Collection) -> Iterator[dict[str, Any]]:
    """Yield the values for the template of each page; there is at least one page."""
    found = cluster_rows(collection)
    count = max(1, -(-len(found) // PAGE_SIZE))
    for number in range(count):
        here = found[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]
        yield {
            "file": file_name(number),
            "rows": here,
            "languages": sorted({language for row in here for language in row.claims}),
            "total": len(found),
            "number": number + 1,
            "files": [file_name(each) for each in range(count)],
        }


def cluster_addresses(collection: Collection) -> dict[str, str]:
    """Return the address of each cluster's row, by the cluster's id."""
    return {
        row.cluster["id"]: f"{file_name(index // PAGE_SIZE)}#cluster-{row.cluster['id']}"
        for index, row in enumerate(cluster_rows(collection))
    }
