"""Same events: the pairs of articles that may report one event, with how alike they are.

Likeness is the product of two vectors (`article_vectors`), 1 for the least that makes one story. It only counts where
there is enough evidence (Fellegi and Sunter 1969, "A theory for record linkage"): the gains of all that two articles
share must outweigh the odds against any two articles. Names count only up to a limit in this: the same people do many
things in the same places. Only pairs that share two of the features and words that weigh most are compared.
"""

from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pactwire.stories import candidate_pairs
from pactwire.stories.article_vectors import SHARED_CHANCE, ArticleVectors, is_name_code
from pactwire.stories.candidate_pairs import Pairs
from pactwire.stories.event_features import CLASS_BITS, WORD_CLASS

PSEUDO_ARTICLES: Final = 10
"""Articles imagined in addition to the real ones, so that small corpora do not pass for the world."""
MAX_NAME_SHARE: Final = 0.7
"""The most that names can bring of the evidence needed."""
LEAST_WORD_GAIN: Final = 0.8
"""What a word that is no name must gain to count as evidence, and what is taken from its gain: words come together."""
MAX_DAYS_APART: Final = 7
"""The most days between the days of publication of two articles that say they report one event."""

_HEAVIEST_CODES: Final = 16
_WINDOW: Final = 16
_MOST_BY_CHANCE: Final = 4
_ARTICLES: Final = 20_000
_KEYS: Final = 4_000_000
_PAIRS: Final = 10_000
"""How many articles, keys and pairs are processed at once; memory depends on these, results do not."""


class AlikePairs(NamedTuple):
    """Pairs of articles by row number, and how alike they are."""

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    likeness: npt.NDArray[np.float64]
    evidence: npt.NDArray[np.float64]

    def select(self, which: npt.NDArray[np.bool_]) -> "AlikePairs":
        """Return some of the pairs."""
        return AlikePairs(self.left[which], self.right[which], self.likeness[which], self.evidence[which])


def find_candidates(vectors: ArticleVectors, rows: npt.NDArray[np.int64]) -> Pairs:
    """Return the pairs of rows, of those given, that share two of their heaviest codes.

    Two codes are no key if they are so common that _MOST_BY_CHANCE articles have both by chance.
    """
    heaviest = _heaviest_codes(vectors, rows)
    _, code, counts = np.unique(heaviest, return_inverse=True, return_counts=True)
    shares = (counts / len(rows))[code].reshape(heaviest.shape)
    columns = list(combinations(range(heaviest.shape[1]), 2))
    batches = 1 + len(rows) * len(columns) // _KEYS
    pairs = candidate_pairs.NO_PAIRS
    for batch in range(batches):
        keys, owners = [], []
        for left, right in columns:
            key = candidate_pairs.pack_halves(
                np.maximum(heaviest[:, left], heaviest[:, right]), np.minimum(heaviest[:, left], heaviest[:, right])
            )
            common = len(rows) * shares[:, left] * shares[:, right] > _MOST_BY_CHANCE
            owner = np.flatnonzero((key % np.uint64(batches) == batch) & (heaviest[:, right] != 0) & ~common)
            keys.append(key[owner])
            owners.append(rows[owner].astype(np.uint32))
        key, row = np.concatenate(keys), np.concatenate(owners)
        order = np.lexsort((row, key))
        pairs = candidate_pairs.union(pairs, candidate_pairs.pair_equal_keys(key[order], row[order], _WINDOW))
    return pairs


def alike_pairs(pairs: Pairs, vectors: ArticleVectors, least: float, least_evidence: float) -> AlikePairs:
    """Return the pairs that are at least so much alike, and have at least so much evidence, in order."""
    parts = []
    for start in range(0, max(len(pairs), 1), _PAIRS):
        left, right = (half.astype(np.int64) for half in candidate_pairs.unpack_halves(pairs[start : start + _PAIRS]))
        each = AlikePairs(left, right, *compare(left, right, vectors))
        parts.append(each.select((each.likeness >= least) & (each.evidence >= least_evidence)))
    left, right, likeness, evidence = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return AlikePairs(left, right, likeness, evidence)


def compare(
    left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], vectors: ArticleVectors
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the likeness of each pair of rows, and its evidence, of which 1 outweighs the prior odds.

    The prior is one in all articles. Each shared code adds its gain, and each feature of events that the article with
    fewer of them does not share adds log(1 - SHARED_CHANCE). Names count up to MAX_NAME_SHARE of what is needed.
    """
    size = len(left)
    at_left, at_right = _shared(left, right, vectors)
    pair = at_left[0]
    products = vectors.values[at_left[1]] * vectors.values[at_right[1]]
    likeness = np.bincount(pair, products, size).astype(np.float64)
    gains = np.minimum(vectors.gains[at_left[1]], vectors.gains[at_right[1]]).astype(np.float64)
    codes = vectors.codes[at_left[1]]
    is_word = codes & np.uint32((1 << CLASS_BITS) - 1) == WORD_CLASS
    is_name = is_name_code(codes)
    prior = np.log(len(vectors.counts) - 1 + PSEUDO_ARTICLES)
    evidence = np.bincount(pair[is_word], np.maximum(gains[is_word] - LEAST_WORD_GAIN, 0), size).astype(np.float64)
    for column, mask, limit in ((0, is_name, MAX_NAME_SHARE * prior), (1, ~is_name & ~is_word, np.inf)):
        counts = np.minimum(vectors.counts[left, column], vectors.counts[right, column])
        unshared = counts - np.bincount(pair[mask], minlength=size)
        weight = np.bincount(pair[mask], gains[mask], size) + unshared * np.log(1 - SHARED_CHANCE)
        evidence += np.minimum(weight, limit)
    return likeness, evidence / prior


def published_together(
    left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], days: npt.NDArray[np.int32]
) -> npt.NDArray[np.bool_]:
    """Return for each pair whether its articles were published at most MAX_DAYS_APART, as far as is known."""
    first, second = days[left], days[right]
    together: npt.NDArray[np.bool_] = (first == 0) | (second == 0) | (abs(first - second) <= MAX_DAYS_APART)
    return together


def _heaviest_codes(vectors: ArticleVectors, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    """Return the _HEAVIEST_CODES of each given article, the heaviest first; zeros for those with fewer."""
    codes = np.zeros((len(rows), _HEAVIEST_CODES), np.uint32)
    for start in range(0, len(rows), _ARTICLES):
        row, at = _entries(rows[start : start + _ARTICLES], vectors)
        order = np.lexsort((vectors.codes[at], -vectors.values[at], row))
        row, at = row[order], at[order]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        kept = rank < _HEAVIEST_CODES
        codes[start + row[kept], rank[kept]] = vectors.codes[at[kept]]
    return codes


def _entries(
    rows: npt.NDArray[np.int64], vectors: ArticleVectors
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the positions of the given rows' codes in the vectors, and before them the place of each one's row."""
    starts, sizes = vectors.bounds[rows], vectors.bounds[rows + 1] - vectors.bounds[rows]
    place = np.repeat(np.arange(len(rows)), sizes)
    return place, np.arange(len(place)) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)


def _shared(
    left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], vectors: ArticleVectors
) -> tuple[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Return the places of the pairs' shared codes, and their positions in the vectors, for the left and the right."""
    (pair, at), (other_pair, other_at) = _entries(left, vectors), _entries(right, vectors)
    keys = pair.astype(np.uint64) << np.uint64(32) | vectors.codes[at]
    other_keys = other_pair.astype(np.uint64) << np.uint64(32) | vectors.codes[other_at]
    found = np.minimum(np.searchsorted(other_keys, keys), max(len(other_keys) - 1, 0))
    same = other_keys[found] == keys if len(other_keys) else np.zeros(len(keys), bool)
    return (pair[same], at[same]), (other_pair[found[same]], other_at[found[same]])
