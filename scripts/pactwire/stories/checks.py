"""Articles' signatures and the registry to the issues of near copies that stand in different splits.

Signatures are made where articles are read anyway, a few at a time and in any process; what is wrong between
articles is found in their arrays, 136 bytes for each.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pactwire import index, offsets, tables
from pactwire.corpus import SPLITS, Corpus
from pactwire.issues import Issue
from pactwire.stories import buckets, copies
from pactwire.stories.shingles import shingles
from pactwire.stories.signatures import BANDS, Signatures, signatures


class Signed(NamedTuple):
    """Articles by number (`index.name`), and a signature for each."""

    articles: npt.NDArray[np.uint64]
    signatures: Signatures


def signed(part: Corpus, ids: Sequence[str]) -> Signed:
    """Return the signatures of some of a part's articles; those that can't be read are left out."""
    there = [identity for identity in ids if part.articles.get(identity)]
    numbers = np.array([int(identity, 16) for identity in there], np.uint64)
    return Signed(numbers, signatures(_text(part, identity) for identity in there))


def near_copies_across_splits(data: Corpus, found: Sequence[Signed]) -> Iterator[Issue]:
    """Yield an issue for each two articles of different splits that are near copies of each other.

    ``found`` has the signatures of all articles in a split, in any order; of the texts, only those of suspects
    are read again.
    """
    rows = data.splits
    table = rows.table if isinstance(rows, tables.Registry) else tables.table_of(rows)
    lines, splits, matrix = _joined(table, found)
    suspects = copies.candidates(matrix)
    left, right = buckets.unpacked(suspects)
    apart = suspects[splits[left] != splits[right]]
    for copy in copies.verified(apart, lambda at: shingles(_text(data, rows[lines[at]][1].article))):
        (_, first), (line, later) = rows[lines[copy.left]], rows[lines[copy.right]]
        message = (
            f"{later.article} in {later.split} is a near copy of {first.article} in {first.split}:"
            f" {copy.likeness:.0%} of their runs of four words are common"
        )
        yield Issue(tables.SPLITS_FILE, line, "near-copy", message, later.article)


def _joined(
    table: pa.Table, found: Sequence[Signed]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], Signatures]:
    """Return the places of the rows that are in a split and signed, in order, and their splits and signatures."""
    numbers, well_formed = index.numbers(table["article"])
    codes = pc.fill_null(pc.index_in(table["split"], pa.array(SPLITS)), -1).to_numpy()[well_formed]
    articles = np.concatenate([np.empty(0, np.uint64), *(each.articles for each in found)])
    matrix = np.concatenate([np.empty((0, BANDS), np.uint32), *(each.signatures for each in found)])
    order = np.argsort(articles, kind="stable")
    at = np.searchsorted(articles[order], numbers)
    at = order[np.minimum(at, len(order) - 1)] if len(order) else np.zeros(len(numbers), np.int64)
    held = (codes >= 0) & (articles[at] == numbers if len(order) else False)
    return np.flatnonzero(well_formed)[held], codes[held], matrix[at[held]]


def _text(data: Corpus, identity: str) -> str:
    article = data.articles[identity]
    return offsets.content(article["source_text"], data.zones(article))[0]
