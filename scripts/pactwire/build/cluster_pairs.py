"""Rows of pairs of a layer's labels: two labels of different articles, in one cluster or not.

Each pair of a cluster has a pair beside it that is not of one, in the same languages and mostly of the same two
articles, so that nothing but the words of both tells which is which.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from typing import Any, Final, NamedTuple

import numpy as np

from pactwire.build import features
from pactwire.build.article_context import ArticleContext
from pactwire.build.provenance import annotator_kind
from pactwire.build.record_batches import Row
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import SPLITS
from pactwire.model.article_ids import id_to_number
from pactwire.model.labels import document_labels
from pactwire.model.layers import Layer
from pactwire.model.records import Cluster, annotator_rank, status_rank
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import record_index
from pactwire.text import offsets, tokens
from pactwire.text.content import Content

SHARED_WORDS: Final = "shared words"
SHARED_REFERENTS: Final = "shared referents"
SAME_CLASS: Final = "same class"
NEAREST: Final = "nearest"
"""Why a pair that is not of one cluster was chosen: the first of these that holds for it."""


class _PairedLabel(NamedTuple):
    """A label that can be either side of a pair; ``position`` orders labels by article and start."""

    position: tuple[int, int]
    id: str
    article: str
    story: str
    fold: int | None
    language: str
    text: str
    cluster_text: str | None
    cluster: str | None
    kind: str | None
    words: frozenset[str]
    referents: frozenset[str]
    status: str
    annotator_kind: str


_Pair = tuple[_PairedLabel, _PairedLabel]


def cluster_pair_rows(
    schema: AnnotationSchema,
    layer: Layer,
    contexts: Iterable[ArticleContext],
    clusters: Sequence[Cluster],
    first: Container[str] | None = None,
) -> Iterator[Row]:
    """Yield pairs of labels of two articles of one split, by article, then by start.

    The pairs of a cluster are ``same``. For each of them there is one that is ``different``, if there is any: one of
    its two labels with another label.

    Args:
        schema: The dataset's schema.
        layer: The layer of the labels.
        contexts: The articles of the split that share a story or a cluster with others, in order; they are read once.
        clusters: All clusters that their labels are in.
        first: The articles that the first label of a pair may be in; None for all.
    """
    cluster_of = {member: cluster["id"] for cluster in clusters for member in cluster["members"]}
    articles = [
        sorted(_article_labels(schema, layer, context, number, cluster_of), key=_sort_key)
        for number, context in enumerate(contexts)
    ]
    of_story: dict[str, list[_PairedLabel]] = {}
    of_cluster: dict[str | None, list[_PairedLabel]] = {}
    for label in chain.from_iterable(articles):
        of_story.setdefault(label.story, []).append(label)
        of_cluster.setdefault(label.cluster, []).append(label)
    for number, own in enumerate(articles):
        if own and (first is None or own[0].article in first):
            same = [(a, b) for a in own if a.cluster for b in of_cluster[a.cluster] if b.position[0] > number]
            later = {b.position[0] for b in (*of_story[own[0].story], *(b for _, b in same)) if b.position[0] > number}
            different = _different_pairs(same, own, {other: articles[other] for other in sorted(later)})
            pairs = [*((pair, None) for pair in same), *different]
            for pair, reason in sorted(pairs, key=lambda each: _pair_key(each[0])):
                yield _pair_row(layer, *pair, reason)


def _different_pairs(
    same: Sequence[_Pair], own: Sequence[_PairedLabel], others: Mapping[int, Sequence[_PairedLabel]]
) -> Iterator[tuple[_Pair, str]]:
    """Yield for each pair of a cluster the nearest that is not of one, as long as there are any, and its reason.

    It has one of the two labels, and is in the same languages, and of one story if they are: if possible from the same
    two articles.

    Args:
        same: The pairs of an article's labels with later ones, in order.
        own: The labels of the article.
        others: The labels of later articles that it may pair with, by their number.
    """
    chosen: set[tuple[str, str]] = set()
    for left, right in same:
        at = right.position[0]
        near = [*((left, each) for each in others[at]), *((each, right) for each in own)]
        far = ((left, each) for number, labels in others.items() if number != at for each in labels)
        for pairs in (near, far):
            free = [
                (a, b)
                for a, b in pairs
                if (a.cluster is None or a.cluster != b.cluster)
                and (a.id, b.id) not in chosen
                and (a.language, b.language, a.story == b.story)
                == (left.language, right.language, left.story == right.story)
            ]
            if free:
                a, b = min(free, key=lambda pair: (pair[1].fold != right.fold, _distance(*pair), _pair_key(pair)))
                chosen.add((a.id, b.id))
                yield (a, b), _reason(_distance(a, b))
                break


def _distance(a: _PairedLabel, b: _PairedLabel) -> tuple[float, bool, bool]:
    """Return what makes two labels unlike, less for nearer ones: words apart, nobody in common, another class."""
    shared = 2 * len(a.words & b.words) / (len(a.words) + len(b.words) or 1)
    return 1 - shared, not a.referents & b.referents, a.kind != b.kind


def _reason(distance: tuple[float, bool, bool]) -> str:
    words, other_referents, other_class = distance
    if words < 1:
        return SHARED_WORDS
    return SHARED_REFERENTS if not other_referents else SAME_CLASS if not other_class else NEAREST


def _sort_key(label: _PairedLabel) -> tuple[tuple[int, int], str]:
    return label.position, label.id


def _pair_key(pair: _Pair) -> tuple[tuple[tuple[int, int], str], tuple[tuple[int, int], str]]:
    return _sort_key(pair[0]), _sort_key(pair[1])


def pairs_across_splits(data: Corpus) -> int:
    """Return how many pairs of labels of one cluster are in two splits, so that they are in no row."""
    members = sorted({member for _, cluster in data.iter_clusters() for member in cluster["members"]})
    numbers = np.unique(np.array([id_to_number(member[:16]) for member in members], np.uint64))
    rows = data.splits.rows(np.flatnonzero(record_index.is_in_sorted(data.splits.articles, numbers)))
    splits = {row.article: row.split for row in rows if row.split in SPLITS}
    placed = (Counter(splits.get(member[:16]) for member in each["members"]) for _, each in data.iter_clusters())
    return sum(each[a] * each[b] for each in placed for a, b in combinations(SPLITS, 2))


def _article_labels(
    schema: AnnotationSchema, layer: Layer, context: ArticleContext, number: int, cluster_of: Mapping[str, str]
) -> Iterator[_PairedLabel]:
    """Yield the labels of an article; none where the layer was not annotated."""
    final = context.final
    if final is None or layer.name not in final:
        return
    assert layer.clusters
    content = Content(context.article, context.zones, None, schema.content_kinds)
    status, kind = final["status"][layer.name], annotator_kind(final, layer.name)
    article = context.article["id"]
    referents = {
        label["id"]: schema.layers[name].referent_link(label) or label["text"]
        for name in schema.target_layers
        for label in document_labels(final, name)
    }
    for label in document_labels(final, layer.name):
        span = offsets.to_content(content.segments, label["start"], label["end"]) or (0, 0)
        cluster_text = label.get(layer.clusters.text)
        words = (token["text"].casefold() for token in tokens.tokenize(cluster_text or label["text"]))
        identity = f"{article}/{label['id']}"
        yield _PairedLabel(
            position=(number, label["start"]),
            id=identity,
            article=article,
            story=context.story,
            fold=context.fold,
            language=content.language(*span),
            text=label["text"],
            cluster_text=cluster_text,
            cluster=cluster_of.get(identity),
            kind=label.get(layer.class_attribute.name) if layer.class_attribute else None,
            words=frozenset(word for word in words if word[0].isalnum()),
            referents=frozenset(referents.get(each, each) for each in _references(layer, label)),
            status=status,
            annotator_kind=kind,
        )


def _references(layer: Layer, label: Any) -> Iterator[str]:
    for attribute in layer.references:
        value = label.get(attribute.name)
        yield from [value] if isinstance(value, str) else value or ()


def _pair_row(layer: Layer, a: _PairedLabel, b: _PairedLabel, reason: str | None) -> Row:
    assert layer.clusters
    row: Row = {}
    for side, each in (("a", a), ("b", b)):
        row |= {
            f"{side}_id": each.id,
            f"{side}_article_id": each.article,
            f"{side}_text": each.text,
            f"{side}_language": each.language,
            f"{side}_{layer.clusters.text}": each.cluster_text,
            f"{side}_cluster": each.cluster,
            f"{side}_fold": each.fold,
        }
    return row | {
        "story": a.story if a.story == b.story else None,
        "label": features.PAIR_LABELS[reason is None],
        "reason": reason,
        "annotation_status": min((a.status, b.status), key=status_rank),
        "annotator_kind": min((a.annotator_kind, b.annotator_kind), key=annotator_rank),
    }
