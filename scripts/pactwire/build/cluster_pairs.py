"""Rows of pairs of a layer's labels: two labels of different articles, in one cluster or not."""

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from pactwire.build.article_context import ArticleContext
from pactwire.build.provenance import annotator_kind
from pactwire.build.record_batches import Row
from pactwire.model.labels import document_labels
from pactwire.model.layers import Layer
from pactwire.model.records import Cluster, annotator_rank, status_rank
from pactwire.model.schema import AnnotationSchema
from pactwire.text import offsets
from pactwire.text.content import Content


class _PairedLabel(NamedTuple):
    """A label that can be either side of a pair; ``position`` orders labels by article and start."""

    position: tuple[int, int]
    id: str
    article: str
    story: str
    split: str
    text: str
    language: str
    cluster_text: str | None
    status: str
    annotator_kind: str


def cluster_pair_rows(
    schema: AnnotationSchema,
    layer: Layer,
    contexts: Iterable[ArticleContext],
    clusters: Sequence[Cluster],
    first: Container[str] | None = None,
) -> Iterator[Row]:
    """Yield the pairs of labels of two articles of one split, by article, then by start.

    The pairs of a cluster are ``same``; pairs of one story whose labels share no cluster are ``different``.

    Args:
        schema: The dataset's schema.
        layer: The layer of the labels.
        contexts: The articles, in order; they are read once.
        clusters: All clusters that their labels are in.
        first: The articles that the first label of a pair may be in; None for all.
    """
    labels = {
        label.id: label
        for number, context in enumerate(contexts)
        for label in _article_labels(schema, layer, context, number)
    }
    by_story: dict[str, list[_PairedLabel]] = {}
    for label in labels.values():
        by_story.setdefault(label.story, []).append(label)
    same: dict[str, set[str]] = {}
    for cluster in clusters:
        for left, right in combinations(cluster["members"], 2):
            same.setdefault(left, set()).add(right)
            same.setdefault(right, set()).add(left)
    for label in sorted(labels.values(), key=_sort_key):
        if first is None or label.article in first:
            clustered = same.get(label.id, set())
            others = {other.id: other for other in by_story[label.story]}
            others |= {name: labels[name] for name in clustered if name in labels}
            for other in sorted(others.values(), key=_sort_key):
                if other.position[0] > label.position[0] and other.split == label.split:
                    yield _pair_row(layer, label, other, "same" if other.id in clustered else "different")


def _sort_key(label: _PairedLabel) -> tuple[tuple[int, int], str]:
    return label.position, label.id


def _article_labels(
    schema: AnnotationSchema, layer: Layer, context: ArticleContext, number: int
) -> Iterator[_PairedLabel]:
    """Yield the labels of an article; none where the layer was not annotated."""
    final = context.final
    if final is None or layer.name not in final:
        return
    assert layer.clusters
    content = Content(context.article, context.zones, None, schema.content_kinds)
    status, kind = final["status"][layer.name], annotator_kind(final, layer.name)
    article = context.article["id"]
    for label in document_labels(final, layer.name):
        span = offsets.to_content(content.segments, label["start"], label["end"]) or (0, 0)
        yield _PairedLabel(
            (number, label["start"]), f"{article}/{label['id']}", article, context.story, context.split,
            label["text"], content.language(*span), label.get(layer.clusters.text), status, kind,
        )  # fmt: skip


def _pair_row(layer: Layer, a: _PairedLabel, b: _PairedLabel, label: str) -> Row:
    assert layer.clusters
    row: Row = {}
    for side, each in (("a", a), ("b", b)):
        row |= {
            f"{side}_id": each.id,
            f"{side}_article_id": each.article,
            f"{side}_text": each.text,
            f"{side}_language": each.language,
            f"{side}_{layer.clusters.text}": each.cluster_text,
        }
    return row | {
        "story": a.story if a.story == b.story else None,
        "label": label,
        "annotation_status": min((a.status, b.status), key=status_rank),
        "annotator_kind": min((a.annotator_kind, b.annotator_kind), key=annotator_rank),
    }
