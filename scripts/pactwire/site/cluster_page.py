"""Pages with a table of a layer's clusters: one row per cluster, one column per language."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pactwire.site.collection import Collection, LocatedLabel
from pactwire.site.layer_styles import LayerStyle

PAGE_SIZE: Final = 200
"""Clusters per page."""


class ClusterRow(NamedTuple):
    """A cluster with its text, and its labels by language; the labels of one article are in one list."""

    id: str
    text: str
    labels: dict[str, list[list[LocatedLabel]]]


def cluster_rows(collection: Collection, style: LayerStyle) -> list[ClusterRow]:
    """Return a row for each cluster of a layer with labels in a split, in the order of its file."""
    assert style.layer.clusters
    table = []
    for _, cluster in collection.data.clusters.get(style.layer.name, ()):
        labels: dict[str, list[list[LocatedLabel]]] = {}
        for same_article in collection.by_article(cluster):
            labels.setdefault(same_article[0].language, []).append(same_article)
        if labels:
            values: Mapping[str, Any] = cluster
            table.append(ClusterRow(cluster["id"], values[style.layer.clusters.text], labels))
    return table


def cluster_styles(collection: Collection) -> list[LayerStyle]:
    """Return the styles of the layers that have clusters."""
    return [style for style in collection.styles.values() if style.layer.clusters]


def file_name(collection: Collection, style: LayerStyle, number: int = 0) -> str:
    """Return the file of a page; the pages of a layer are counted from 0."""
    layer = cluster_styles(collection).index(style)
    return f"clusters{layer + 1 if layer else ''}{f'-{number + 1}' if number else ''}.html"


def first_pages(collection: Collection) -> list[tuple[str, LayerStyle]]:
    """Return the first page of each layer with clusters."""
    return [(file_name(collection, style), style) for style in cluster_styles(collection)]


def pages(collection: Collection) -> Iterator[dict[str, Any]]:
    """Yield the values for the template of each page; there is at least one for each layer with clusters."""
    for style in cluster_styles(collection):
        found = cluster_rows(collection, style)
        count = max(1, -(-len(found) // PAGE_SIZE))
        for number in range(count):
            here = found[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]
            yield {
                "file": file_name(collection, style, number),
                "style": style,
                "rows": here,
                "languages": sorted({language for row in here for language in row.labels}),
                "total": len(found),
                "number": number + 1,
                "files": [file_name(collection, style, each) for each in range(count)],
            }


def cluster_addresses(collection: Collection) -> dict[tuple[str, str], str]:
    """Return the address of each cluster's row, by the names of its layer and of the cluster."""
    return {
        (style.layer.name, row.id): f"{file_name(collection, style, index // PAGE_SIZE)}#cluster-{row.id}"
        for style in cluster_styles(collection)
        for index, row in enumerate(cluster_rows(collection, style))
    }
