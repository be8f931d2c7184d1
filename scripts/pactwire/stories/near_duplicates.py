"""Near duplicates: the pairs of articles that share at least half of all their shingles.

Signatures only choose the candidates; the shingles of these are compared exactly.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np

from pactwire.stories import candidate_pairs
from pactwire.stories.candidate_pairs import Pairs
from pactwire.stories.shingles import Hashes, jaccard_index
from pactwire.stories.signatures import BANDS, Signatures

MIN_SIMILARITY: Final = 0.5
"""Least Jaccard index of the shingles of near duplicates."""
_WINDOW: Final = 2


class NearDuplicate(NamedTuple):
    """Two articles by row number, and the Jaccard index of their shingles."""

    left: int
    right: int
    similarity: float


def find_candidates(signatures: Signatures) -> Pairs:
    """Return the pairs of rows that agree in at least one band; if many agree in a band, only neighbors.

    Rows are sorted by the band and then by the following one, so that neighbors are those that agree in both.
    """
    pairs = candidate_pairs.NO_PAIRS
    for band in range(BANDS):
        keys = signatures[:, band]
        following = signatures[:, (band + 1) % BANDS]
        order = np.argsort(candidate_pairs.pack_halves(keys, following), kind="stable")
        pairs = candidate_pairs.union(
            pairs, candidate_pairs.pair_equal_keys(keys[order], order.astype(np.uint32), _WINDOW)
        )
    return pairs


def verify_candidates(pairs: Pairs, shingles_of: Callable[[int], Hashes]) -> Iterator[NearDuplicate]:
    """Yield the pairs that are near duplicates, in order; ``shingles_of`` returns the shingle set of a row."""
    rows = zip(*(half.tolist() for half in candidate_pairs.unpack_halves(pairs)), strict=True)
    for left, pairs_of_left in groupby(rows, key=lambda pair: pair[0]):
        left_shingles = shingles_of(left)
        for _, right in pairs_of_left:
            similarity = jaccard_index(left_shingles, shingles_of(right))
            if similarity >= MIN_SIMILARITY:
                yield NearDuplicate(left, right, similarity)
