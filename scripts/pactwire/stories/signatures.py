"""MinHash signatures of content texts: rows of a matrix in which near duplicates have equal cells.

A signature is MinHash (Broder 1997) in bands: 32 numbers, each made from four minima. Two texts with Jaccard index J of
their shingles agree in a given band with probability J⁴, and in at least one band with 1 - (1 - J⁴)³²: 0.88 at J = 0.5,
0.998 at 0.65, 0.05 at 0.2.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt

from pactwire.stories.shingles import shingle_hashes

Signatures = npt.NDArray[np.uint32]

BANDS: Final = 32
MINIMA_PER_BAND: Final = 4
SIGNATURE_BYTES: Final = BANDS * 4

_SEED: Final = 1
_TEXTS_AT_ONCE: Final = 16
"""Few enough for the arrays to stay in the processor's cache, and enough to share the cost of a call."""
_FACTORS: Final = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F], np.uint32)


def minhash_signatures(texts: Iterable[str]) -> Signatures:
    """Return the signatures of content texts, a row of BANDS numbers each, in order.

    A row depends on its text alone, so batches can be of any size. A text without words has a row of zeros; no other
    row has a 0.
    """
    rows: list[Signatures] = [np.empty((0, BANDS), np.uint32)]
    remaining = iter(texts)
    while batch := list(islice(remaining, _TEXTS_AT_ONCE)):
        rows.append(_signature_rows(batch))
    return np.concatenate(rows)


def _signature_rows(texts: Sequence[str]) -> Signatures:
    from rensa import RMinHash

    hashes, bounds = shingle_hashes(texts)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        hashes, bounds.astype(np.uint64), BANDS * MINIMA_PER_BAND, _SEED
    )
    minima = np.array(matrix.to_rows(), np.uint32).reshape(len(texts), BANDS, MINIMA_PER_BAND)
    bands: Signatures = np.bitwise_xor.reduce((minima ^ (minima >> 15)) * _FACTORS, axis=2)
    bands = np.maximum(bands ^ (bands >> 13), 1)
    bands[np.diff(bounds) == 0] = 0
    return bands
