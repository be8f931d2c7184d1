"""Articles' signatures and the registry to the issues of near copies that stand in different splits.

Signatures are made where articles are read anyway, a few at a time and in any process; what is wrong between
articles is found in their arrays, 136 bytes for each.
"""

import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import SPLITS_FILE, SplitTable
from pactwire.model.issues import Issue
from pactwire.model.records import Article
from pactwire.storage import record_index
from pactwire.stories import candidate_pairs, near_duplicates
from pactwire.stories.shingles import shingle_set
from pactwire.stories.signatures import BANDS, Signatures, minhash_signatures
from pactwire.text import offsets

_SIGNATURE_DTYPE: Final = np.dtype([("article", "<u8"), ("signature", "<u4", (BANDS,))])


def signature_records(contents: Mapping[str, str]) -> bytes:
    """Return the signatures of content texts by article, as bytes that can be put together in any order."""
    found = np.empty(len(contents), _SIGNATURE_DTYPE)
    found["article"] = [int(identity, 16) for identity in contents]
    found["signature"] = minhash_signatures(contents.values())
    return found.tobytes()


class SignatureStore:
    """The signatures of articles (`signature_records`), kept in a temporary file: in memory they would add up."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)

    def close(self) -> None:
        """Forget them."""
        self._file.close()

    def take_records(self, found: list[bytes]) -> None:
        """Take signatures out of a list, which is empty then."""
        self._file.writelines(found)
        found.clear()

    def load_records(self) -> Any:
        """Return all that came, in no certain order, as an array of article and signature."""
        self._file.seek(0)
        return np.fromfile(self._file, _SIGNATURE_DTYPE)


def content_text(data: Corpus, article: Article) -> str:
    """Return an article's content text."""
    return offsets.content_text(article["source_text"], data.zones(article))[0]


def near_copies_across_splits(data: Corpus, found: SignatureStore) -> Iterator[Issue]:
    """Yield an issue for each two articles of different splits that are near copies of each other.

    ``found`` has the signatures of all articles. Of the texts, only those of suspects are read again.
    """
    rows = data.splits
    places, splits, matrix = _signed_rows(rows, found.load_records())
    suspects = near_duplicates.find_candidates(matrix)
    left, right = candidate_pairs.unpack_halves(suspects)
    apart = suspects[splits[left] != splits[right]]
    for copy in near_duplicates.near_copies(
        apart, lambda at: shingle_set(content_text(data, data.articles[rows[places[at]][1].article]))
    ):
        (_, first), (line, later) = rows[places[copy.left]], rows[places[copy.right]]
        message = (
            f"{later.article} in {later.split} is a near copy of {first.article} in {first.split}:"
            f" {copy.similarity:.0%} of their runs of four words are common"
        )
        yield Issue(SPLITS_FILE, line, "near-copy", message, later.article)


def _signed_rows(rows: SplitTable, found: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], Signatures]:
    """Return the places of the rows that are in a split and signed, in order, and their splits and signatures."""
    order = np.argsort(found["article"], kind="stable")
    articles = found["article"][order]
    held = rows.well_formed & rows.in_published_split() & record_index.is_in_sorted(rows.articles, articles)
    at = np.searchsorted(articles, rows.articles[held])
    return np.flatnonzero(held), rows.codes[held], found["signature"][order[at]]
