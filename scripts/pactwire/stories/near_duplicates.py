"""Signatures of articles to the pairs of articles that are near copies of each other.

Two articles are near copies when at least half of all their shingles are common to both, counted exactly;
signatures only say which articles to count for.
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
"""The Jaccard index of shingles from which articles are near copies."""
_WINDOW: Final = 2


class NearCopy(NamedTuple):
    """Two articles by row number, and their Jaccard index."""

    left: int
    right: int
    similarity: float


def find_candidates(signatures: Signatures) -> Pairs:
    """Return the pairs of rows that agree in at least one band, of crowded bands those next to each other.

    Next to each other are rows that agree in the following band too, since they are sorted by both.
    """
    found = candidate_pairs.NO_PAIRS
    for band in range(BANDS):
        keys = signatures[:, band]
        following = signatures[:, (band + 1) % BANDS]
        order = np.argsort(candidate_pairs.pack_halves(keys, following), kind="stable")
        found = candidate_pairs.union(
            found, candidate_pairs.pair_equal_keys(keys[order], order.astype(np.uint32), _WINDOW)
        )
    return found


def near_copies(found: Pairs, shingles_of: Callable[[int], Hashes]) -> Iterator[NearCopy]:
    """Yield those pairs that are near copies, by row number; ``shingles_of`` gives the shingles of a row."""
    pairs = zip(*(rows.tolist() for rows in candidate_pairs.unpack_halves(found)), strict=True)
    for left, with_left in groupby(pairs, key=lambda pair: pair[0]):
        mine = shingles_of(left)
        for _, right in with_left:
            if (like := jaccard_index(mine, shingles_of(right))) >= MIN_SIMILARITY:
                yield NearCopy(left, right, like)
