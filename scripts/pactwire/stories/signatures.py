"""Articles' content texts to signatures: rows of a matrix whose equal cells betray near copies.

A signature is MinHash (Broder 1997) cut into bands: 32 numbers, each standing for four minima. Two texts
of which a share J of the shingles is common agree in a given band with probability J⁴, and so in at least
one with 1 - (1 - J⁴)³²: 0.88 at J = 0.5, 0.998 at 0.65, 0.05 at 0.2.
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
"""Minima of a band."""
SIGNATURE_BYTES: Final = BANDS * 4
"""Of one signature."""

_SEED: Final = 1
_TEXTS_AT_ONCE: Final = 16
"""Texts at a time: the cost of a call is shared, and their arrays stay close to the processor."""
_FACTORS: Final = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F], np.uint32)


def minhash_signatures(texts: Iterable[str]) -> Signatures:
    """Return a row of BANDS numbers for each content text, in order.

    A row depends on its text alone, never on the other texts, so that batches can be of any size.
    0 in a band stands for nothing: a text without words has a row of zeros.
    """
    made: list[Signatures] = [np.empty((0, BANDS), np.uint32)]
    waiting = iter(texts)
    while some := list(islice(waiting, _TEXTS_AT_ONCE)):
        made.append(_signature_rows(some))
    return np.concatenate(made)


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
