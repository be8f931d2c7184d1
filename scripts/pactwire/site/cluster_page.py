"""The claim clusters of a collection to pages of a table: one claim a row, what each language says of it a column."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pactwire.model.records import Cluster
from pactwire.site.collection import Collection, LocatedClaim

PAGE_SIZE: Final = 200
"""Clusters on a page."""


class ClusterRow(NamedTuple):
    """A cluster; for each language, its articles' claims, those of one article together."""

    cluster: Cluster
    told: dict[str, list[list[LocatedClaim]]]


def cluster_rows(collection: Collection) -> list[ClusterRow]:
    """Return a row for each cluster that has claims in a split, in the order of clusters.jsonl."""
    found = []
    for _, cluster in collection.data.clusters:
        told: dict[str, list[list[LocatedClaim]]] = {}
        for each in collection.by_article(cluster):
            told.setdefault(each[0].language, []).append(each)
        if told:
            found.append(ClusterRow(cluster, told))
    return found


def file_name(number: int) -> str:
    """Return the file of a page, counted from 0."""
    return f"clusters-{number + 1}.html" if number else "clusters.html"


def pages(collection: Collection) -> Iterator[dict[str, Any]]:
    """Yield what the template of each page needs; there is at least one."""
    found = cluster_rows(collection)
    count = max(1, -(-len(found) // PAGE_SIZE))
    for number in range(count):
        here = found[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]
        yield {
            "file": file_name(number),
            "rows": here,
            "languages": sorted({language for row in here for language in row.told}),
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
