"""Candidate pairs: the rows of a table that share a key, and are worth comparing.

Rows are grouped by sorting. A group of n rows gives at most ``window`` times n pairs, so that all costs stay linear,
however large the groups are: the sorted neighborhood of Hernández and Stolfo (1995).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Pairs = npt.NDArray[np.uint64]
"""Pairs of row numbers below 2³², the smaller in the upper half of each element; sorted, without repetitions."""

_HALF_BITS: Final = np.uint64(32)
_LOWER_HALF: Final = np.uint64(0xFFFFFFFF)
NO_PAIRS: Final[Pairs] = np.empty(0, np.uint64)


def pair_equal_keys(keys: npt.NDArray[np.unsignedinteger], rows: npt.NDArray[np.uint32], window: int) -> Pairs:
    """Return the pairs of rows with equal keys that are at most ``window`` rows apart.

    Args:
        keys: Keys in ascending order; rows with key 0 are in no pair.
        rows: The row number of each key.
        window: How many of the rows after it, with the same key, each row is paired with.
    """
    pairs = []
    for distance in range(1, window + 1):
        same = np.flatnonzero((keys[distance:] == keys[:-distance]) & (keys[distance:] != 0))
        if not len(same):
            break
        pairs.append(pack_pairs(rows[same], rows[same + distance]))
    return np.unique(np.concatenate(pairs)) if pairs else NO_PAIRS


def pack_pairs(left: npt.NDArray[np.uint32], right: npt.NDArray[np.uint32]) -> Pairs:
    """Return pairs as one number each, in the given order, without pairs of a row with itself."""
    apart = left != right
    left, right = left[apart], right[apart]
    return pack_halves(np.minimum(left, right), np.maximum(left, right))


def pack_halves(upper: npt.NDArray[np.unsignedinteger], lower: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """Return pairs of numbers below 2³² as one number each."""
    packed: npt.NDArray[np.uint64] = (upper.astype(np.uint64) << _HALF_BITS) | lower
    return packed


def unpack_halves(packed: Pairs) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return the upper and the lower half of each number: the smaller and the greater row of a pair."""
    return (packed >> _HALF_BITS).astype(np.uint32), (packed & _LOWER_HALF).astype(np.uint32)


def union(left: Pairs, right: Pairs) -> Pairs:
    """Return the pairs in either array, sorted, without repetitions."""
    pairs: Pairs = np.union1d(left, right)
    return pairs
