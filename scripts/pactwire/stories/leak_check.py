"""Leak check: near duplicates in different splits, as issues of splits.csv.

Signatures are computed where articles are read anyway, a few at a time and in any process. They are then compared as
arrays, 136 bytes per article.
"""

import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import SPLITS_FILE, SplitTable
from pactwire.model.issues import Issue
from pactwire.storage import record_index
from pactwire.stories import candidate_pairs, near_duplicates
from pactwire.stories.shingles import shingle_set
from pactwire.stories.signatures import BANDS, Signatures, minhash_signatures

_SIGNATURE_DTYPE: Final = np.dtype([("article", "<u8"), ("signature", "<u4", (BANDS,))])


def signature_records(contents: Mapping[str, str]) -> bytes:
    """Return the signatures of content texts by article, as bytes that can be concatenated in any order."""
    records = np.empty(len(contents), _SIGNATURE_DTYPE)
    records["article"] = [int(article_id, 16) for article_id in contents]
    records["signature"] = minhash_signatures(contents.values())
    return records.tobytes()


class SignatureStore:
    """Collects the signatures of articles (`signature_records`) in a temporary file, to save memory."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)

    def close(self) -> None:
        """Delete the signatures."""
        self._file.close()

    def take_records(self, records: list[bytes]) -> None:
        """Move signatures from a list to the store; the list is empty afterward."""
        self._file.writelines(records)
        records.clear()

    def load_records(self) -> Any:
        """Return all signatures, in no particular order, as an array with the fields article and signature."""
        self._file.seek(0)
        return np.fromfile(self._file, _SIGNATURE_DTYPE)


def near_duplicates_across_splits(data: Corpus, store: SignatureStore) -> Iterator[Issue]:
    """Yield an issue for every pair of near duplicates in different splits, at the later row of the two.

    ``store`` has the signatures of all articles. Only the texts of candidates are read again.
    """
    rows = data.splits
    row_numbers, splits, signatures = _signed_rows(rows, store.load_records())

    def shingles_of(at: int) -> npt.NDArray[np.uint64]:
        _, row = rows[row_numbers[at]]
        return shingle_set(data.content(data.articles[row.article]).text)

    candidates = near_duplicates.find_candidates(signatures)
    left, right = candidate_pairs.unpack_halves(candidates)
    across = candidates[splits[left] != splits[right]]
    for pair in near_duplicates.verify_candidates(across, shingles_of):
        (_, first), (line, later) = rows[row_numbers[pair.left]], rows[row_numbers[pair.right]]
        message = (
            f"{later.article} in {later.split} is a near duplicate of {first.article} in {first.split}:"
            f" they share {pair.similarity:.0%} of their runs of four words"
        )
        yield Issue(SPLITS_FILE, line, "near-copy", message, later.article)


def _signed_rows(rows: SplitTable, records: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], Signatures]:
    """Return the row numbers of the signed articles that are in a split, in order, with their splits and signatures."""
    order = np.argsort(records["article"], kind="stable")
    articles = records["article"][order]
    signed = rows.well_formed & rows.in_published_split() & record_index.is_in_sorted(rows.articles, articles)
    at = np.searchsorted(articles, rows.articles[signed])
    return np.flatnonzero(signed), rows.codes[signed], records["signature"][order[at]]
