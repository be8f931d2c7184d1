"""Keys of articles to the pairs of articles that are worth comparing: those that share a key.

The group-by is a sort. A bucket of n articles gives at most ``window`` times n pairs, so that all costs
stay linear, whatever is in the buckets: the sorted neighbourhood of Hernández and Stolfo (1995).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Pairs = npt.NDArray[np.uint64]
"""Pairs of row numbers below 2³², the smaller in the upper half of each number; sorted, each once."""

_HALF_BITS: Final = np.uint64(32)
_LOWER_HALF: Final = np.uint64(0xFFFFFFFF)
NO_PAIRS: Final[Pairs] = np.empty(0, np.uint64)


def pair_equal_keys(keys: npt.NDArray[np.unsignedinteger], rows: npt.NDArray[np.uint32], window: int) -> Pairs:
    """Return the pairs of rows whose keys are equal; in each bucket a row meets the ``window`` rows after it.

    ``keys`` are sorted, ``rows`` in the same order. A key of 0 puts a row into no bucket.
    """
    found = []
    for distance in range(1, window + 1):
        same = np.flatnonzero((keys[distance:] == keys[:-distance]) & (keys[distance:] != 0))
        if not len(same):
            break
        found.append(pack_pairs(rows[same], rows[same + distance]))
    return np.unique(np.concatenate(found)) if found else NO_PAIRS


def pack_pairs(left: npt.NDArray[np.uint32], right: npt.NDArray[np.uint32]) -> Pairs:
    """Return pairs as numbers, in the order given; a row paired with itself is left out."""
    apart = left != right
    left, right = left[apart], right[apart]
    return pack_halves(np.minimum(left, right), np.maximum(left, right))


def pack_halves(upper: npt.NDArray[np.unsignedinteger], lower: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """Return pairs of numbers below 2³² as one number each."""
    both: npt.NDArray[np.uint64] = (upper.astype(np.uint64) << _HALF_BITS) | lower
    return both


def unpack_halves(found: Pairs) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return the upper and the lower half of each number: of a pair its smaller and its greater row."""
    return (found >> _HALF_BITS).astype(np.uint32), (found & _LOWER_HALF).astype(np.uint32)


def union(left: Pairs, right: Pairs) -> Pairs:
    """Return all pairs of both, sorted, each once."""
    both: Pairs = np.union1d(left, right)
    return both
