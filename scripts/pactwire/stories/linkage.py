"""Average linkage: clusters of items, of which the two that are most alike on average are joined again and again.

A single wrong link joins nothing, since it is outweighed by all pairs that are not alike (Sokal and Michener 1958).
Only clusters with a link between them are compared, but exactly: the mean likeness of all pairs of two clusters is the
product of the sums of their vectors, divided by their sizes.
"""

import heapq
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Vector = tuple[npt.NDArray[np.uint32], npt.NDArray[np.float32]]
"""Ascending codes and the value of each."""


class Link(NamedTuple):
    """Two items that may be joined."""

    left: int
    right: int


class _Cluster(NamedTuple):
    items: list[int]
    vector: Vector
    weight: int
    fixed: bool


class Linkage:
    """Joins items to clusters, step by step.

    Args:
        vectors: The vector of each item.
        weights: How many articles each vector is the sum of.
        fixed: Which items are never joined with each other.
    """

    def __init__(self, vectors: Sequence[Vector], weights: Sequence[int], fixed: Sequence[bool]) -> None:
        self._clusters = {
            item: _Cluster([item], vector, weight, is_fixed)
            for item, (vector, weight, is_fixed) in enumerate(zip(vectors, weights, fixed, strict=True))
        }
        self._cluster_of = list(range(len(vectors)))
        self._likeness: dict[int, dict[int, float]] = {item: {} for item in self._clusters}
        self._queue: list[tuple[float, int, int]] = []
        self._next = len(vectors)

    def clusters(self) -> list[list[int]]:
        """Return the items of each cluster, ascending, in the order of their first items."""
        return sorted(sorted(cluster.items) for cluster in self._clusters.values())

    def join(self, links: Iterable[Link], least: float) -> None:
        """Join clusters as long as two with a link between them are on average so much alike; links add up."""
        for left, right in links:
            self._compare(self._cluster_of[left], self._cluster_of[right])
        while self._queue and -self._queue[0][0] >= least:
            _, left, right = heapq.heappop(self._queue)
            if left in self._clusters and right in self._clusters:
                self._merge(left, right)

    def _compare(self, left: int, right: int) -> None:
        """Note how alike two clusters are, if they are two, may be joined, and are not yet compared."""
        first, second = self._clusters[left], self._clusters[right]
        if left != right and right not in self._likeness[left] and not (first.fixed and second.fixed):
            self._note(left, right, mean_likeness(first.vector, first.weight, second.vector, second.weight))

    def _note(self, left: int, right: int, likeness: float) -> None:
        self._likeness[left][right] = self._likeness[right][left] = likeness
        low, high = sorted((left, right))
        heapq.heappush(self._queue, (-likeness, low, high))

    def _merge(self, left: int, right: int) -> None:
        first, second = self._clusters.pop(left), self._clusters.pop(right)
        likeness, other_likeness = self._likeness.pop(left), self._likeness.pop(right)
        new, self._next = self._next, self._next + 1
        items = first.items if len(first.items) >= len(second.items) else second.items
        items += second.items if items is first.items else first.items
        merged = _Cluster(
            items, add_vectors([first.vector, second.vector]), first.weight + second.weight, first.fixed or second.fixed
        )
        self._clusters[new], self._likeness[new] = merged, {}
        for item in items:
            self._cluster_of[item] = new
        for other in sorted((likeness.keys() | other_likeness.keys()) - {left, right}):
            cluster = self._clusters[other]
            for each in (left, right):
                self._likeness[other].pop(each, None)
            if not (merged.fixed and cluster.fixed):
                means = [
                    mean
                    if mean is not None
                    else mean_likeness(part.vector, part.weight, cluster.vector, cluster.weight)
                    for part, mean in ((first, likeness.get(other)), (second, other_likeness.get(other)))
                ]
                self._note(new, other, (means[0] * first.weight + means[1] * second.weight) / merged.weight)


def mean_likeness(left: Vector, left_weight: int, right: Vector, right_weight: int) -> float:
    """Return the mean likeness of the articles of two sums of vectors."""
    if len(left[0]) > len(right[0]):
        left, right = right, left
    if not len(left[0]):
        return 0.0
    at = np.minimum(np.searchsorted(right[0], left[0]), len(right[0]) - 1)
    same = right[0][at] == left[0]
    return float(np.dot(left[1][same], right[1][at[same]])) / (left_weight * right_weight)


def add_vectors(vectors: Sequence[Vector]) -> Vector:
    """Return the sum of vectors."""
    codes, code = np.unique(np.concatenate([codes for codes, _ in vectors]), return_inverse=True)
    values = np.bincount(code, np.concatenate([values for _, values in vectors]), len(codes))
    return codes, values.astype(np.float32)
