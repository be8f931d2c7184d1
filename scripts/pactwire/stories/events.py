"""Articles' clues to the pairs of articles that tell of the same event, each with its probability.

A pair is weighed by the clues it shares: the rarer a clue among all other articles, the more it says that two
hold it (Fellegi and Sunter 1969, "A theory for record linkage"). What both hold because everybody does, the
names of presidents, weighs nothing. Only pairs that share two of their rarest clues are weighed at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pactwire.stories import candidate_pairs
from pactwire.stories.candidate_pairs import Pairs
from pactwire.stories.event_features import CLASS_BITS, FIRST_NAME_CLASS, PRIOR_CHANCES, FeatureCodes

MIN_PROBABILITY: Final = 0.5
"""The probability from which two articles are one story."""
SHARED_CHANCE: Final = 0.25
"""The chance that one article of an event holds a clue that the other holds."""
PSEUDO_ARTICLES: Final = 10
"""Articles imagined beside those there are, so that small corpora are not taken for the world."""
MAX_NAME_SHARE: Final = 0.7
"""The share of the evidence needed that names can bring: the same people do many things in the same places."""
MAX_DAYS_APART: Final = 7
"""The most days between what two articles say of when they were published, for one event."""

_RAREST_CODES: Final = 10
_WINDOW: Final = 8
_ARTICLES: Final = 50_000
_KEYS: Final = 4_000_000
_PAIRS: Final = 50_000
"""How many articles, keys and pairs are worked on at once; memory depends on these, results do not."""
_PRIOR_CHANCES: Final = np.array(PRIOR_CHANCES)


class FeatureArrays(NamedTuple):
    """The codes of all articles: those of article ``i`` are ``codes[ends[i]:ends[i + 1]]``, sorted.

    ``languages`` are numbers, equal for articles in one language; ``days`` says when each was published,
    counted from any day; 0 is unknown.
    """

    codes: FeatureCodes
    bounds: npt.NDArray[np.int64]
    languages: npt.NDArray[np.uint32]
    days: npt.NDArray[np.int32]


class FrequencyTable(NamedTuple):
    """How many articles hold each code; ``values`` are sorted."""

    codes: FeatureCodes
    counts: npt.NDArray[np.int64]

    def frequencies(self, codes: FeatureCodes) -> npt.NDArray[np.int64]:
        """Return how many articles hold each of some codes, all of which some article holds."""
        return self.counts[np.searchsorted(self.codes, codes)]


class Frequencies(NamedTuple):
    """How many articles hold each code: of all, and of those in one language (codes of `_language_codes`)."""

    overall: FrequencyTable
    by_language: FrequencyTable
    language_sizes: npt.NDArray[np.int64]
    """Articles by language."""

    def chances(self, codes: FeatureCodes) -> npt.NDArray[np.float64]:
        """Return how likely an article is to hold each code, by all articles but two that do."""
        return _smoothed_chances(self.overall.frequencies(codes), codes, self.language_sizes.sum())

    def chances_in_languages(self, codes: FeatureCodes, languages: npt.NDArray[np.uint32]) -> npt.NDArray[np.float64]:
        """Return how likely an article in each of some languages is to hold each code, by all but two that do."""
        return _smoothed_chances(
            self.by_language.frequencies(_language_codes(codes, languages)), codes, self.language_sizes[languages]
        )


class SameEvent(NamedTuple):
    """Two articles by row number, and the probability that they tell of the same event."""

    left: int
    right: int
    probability: float


def gather_features(articles: Iterable[FeatureCodes], languages: Sequence[str], days: Sequence[int]) -> FeatureArrays:
    """Return the codes of articles, their languages, and the days they were published, in their order."""
    found = list(articles)
    ends = np.cumsum([0, *map(len, found)], dtype=np.int64)
    codes = np.concatenate(found) if found else np.empty(0, np.uint32)
    _, numbers = np.unique(np.array(languages, np.str_), return_inverse=True)
    return FeatureArrays(codes, ends, numbers.astype(np.uint32), np.array(days, np.int32))


def count_frequencies(clues: FeatureArrays) -> Frequencies:
    """Return how many articles hold each code."""
    marked = _language_codes(clues.codes, np.repeat(clues.languages, np.diff(clues.bounds)))
    everywhere, within = (FrequencyTable(*np.unique(codes, return_counts=True)) for codes in (clues.codes, marked))
    return Frequencies(everywhere, within, np.bincount(clues.languages))


def find_candidates(clues: FeatureArrays, counts: Frequencies) -> Pairs:
    """Return the pairs of articles that share two of their rarest clues.

    Two clues so common that chance alone brings them together in another article are no key.
    """
    rarest, chances = _rarest_codes(clues, counts)
    columns = list(combinations(range(rarest.shape[1]), 2))
    parts = 1 + len(rarest) * len(columns) // _KEYS
    found = candidate_pairs.NO_PAIRS
    for part in range(parts):
        keys, rows = [], []
        for left, right in columns:
            key = _pair_key(rarest[:, left], rarest[:, right])
            common = len(rarest) * chances[:, left] * chances[:, right] > 1
            row = np.flatnonzero((key % np.uint64(parts) == part) & (rarest[:, right] != 0) & ~common)
            keys.append(key[row])
            rows.append(row.astype(np.uint32))
        key, row = np.concatenate(keys), np.concatenate(rows)
        order = np.lexsort((row, key))
        found = candidate_pairs.union(found, candidate_pairs.pair_equal_keys(key[order], row[order], _WINDOW))
    return found


def same_event_pairs(found: Pairs, clues: FeatureArrays, counts: Frequencies) -> Iterator[SameEvent]:
    """Yield the pairs that tell of one event, with their probability."""
    for start in range(0, len(found), _PAIRS):
        left, right = candidate_pairs.unpack_halves(found[start : start + _PAIRS])
        chance = probabilities(left, right, clues, counts)
        for at in np.flatnonzero(chance >= MIN_PROBABILITY).tolist():
            yield SameEvent(int(left[at]), int(right[at]), float(chance[at]))


def probabilities(
    left: npt.NDArray[np.uint32], right: npt.NDArray[np.uint32], clues: FeatureArrays, counts: Frequencies
) -> npt.NDArray[np.float64]:
    """Return for each pair of rows the probability that they tell of one event.

    Before anything is known it is one in all articles. Each shared clue weighs log(SHARED / its chance), in
    two articles of one language its chance there, where that is greater: the nouns of German are written large;
    each that the article with fewer of them holds alone weighs log(1 - SHARED). Names and figures are
    weighed apart.
    """
    mine, theirs = _codes_by_pair(left, clues), _codes_by_pair(right, clues)
    merged = np.sort(np.concatenate([mine, theirs]))
    shared = merged[1:][merged[1:] == merged[:-1]]
    prior = np.log(len(clues.days) - 1 + PSEUDO_ARTICLES)
    evidence = np.full(len(left), -prior)
    for names, most in ((True, MAX_NAME_SHARE * prior), (False, np.inf)):
        pair, codes = candidate_pairs.unpack_halves(shared[_is_name_code(shared) == names])
        common = np.bincount(pair, minlength=len(left))
        chance = counts.chances(codes)
        alike = np.flatnonzero(clues.languages[left[pair]] == clues.languages[right[pair]])
        spoken = clues.languages[left[pair[alike]]]
        chance[alike] = np.maximum(chance[alike], counts.chances_in_languages(codes[alike], spoken))
        weight = np.bincount(pair, np.log(SHARED_CHANCE / chance), len(left))
        fewer = np.minimum(
            *(_codes_per_pair(tagged[_is_name_code(tagged) == names], len(left)) for tagged in (mine, theirs))
        )
        evidence += np.minimum(weight + (fewer - common) * np.log(1 - SHARED_CHANCE), most)
    first, second = clues.days[left], clues.days[right]
    evidence[(first != 0) & (second != 0) & (abs(first - second) > MAX_DAYS_APART)] = -np.inf
    return 1 / (1 + np.exp(-evidence))  # type: ignore[no-any-return]


def _is_name_code(codes: npt.NDArray[np.unsignedinteger]) -> npt.NDArray[np.bool_]:
    return (codes & codes.dtype.type((1 << CLASS_BITS) - 1)) >= FIRST_NAME_CLASS


def _codes_per_pair(tagged: npt.NDArray[np.uint64], pairs: int) -> npt.NDArray[np.int64]:
    return np.bincount(candidate_pairs.unpack_halves(tagged)[0], minlength=pairs)


def _rarest_codes(clues: FeatureArrays, counts: Frequencies) -> tuple[FeatureCodes, npt.NDArray[np.float64]]:
    """Return the _RAREST codes of each article that others hold too, 0 where there are fewer; and their chances."""
    rows = len(clues.bounds) - 1
    codes = np.zeros((rows, _RAREST_CODES), np.uint32)
    chances = np.ones((rows, _RAREST_CODES))
    for start in range(0, rows, _ARTICLES):
        ends = clues.bounds[start : start + _ARTICLES + 1]
        mine = clues.codes[ends[0] : ends[-1]]
        row = np.repeat(np.arange(start, start + len(ends) - 1), np.diff(ends))
        common = counts.overall.frequencies(mine) >= 2
        mine, row = mine[common], row[common]
        chance = counts.chances(mine)
        order = np.lexsort((mine, chance, row))
        mine, row, chance = mine[order], row[order], chance[order]
        place = np.arange(len(row)) - np.searchsorted(row, row)
        kept = place < _RAREST_CODES
        codes[row[kept], place[kept]] = mine[kept]
        chances[row[kept], place[kept]] = chance[kept]
    return codes, chances


def _smoothed_chances(
    held: npt.NDArray[np.int64], codes: FeatureCodes, articles: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    prior = _PRIOR_CHANCES[codes & ((1 << CLASS_BITS) - 1)]
    chances: npt.NDArray[np.float64] = (np.maximum(held - 2, 0) + PSEUDO_ARTICLES * prior) / (
        np.maximum(articles - 2, 0) + PSEUDO_ARTICLES
    )
    return chances


def _language_codes(codes: FeatureCodes, languages: npt.NDArray[np.uint32]) -> FeatureCodes:
    """Return codes that differ by language, each with its class as before."""
    mark = (languages + np.uint32(1)) * np.uint32(0x9E3779B1)
    return codes ^ (mark >> np.uint32(CLASS_BITS) << np.uint32(CLASS_BITS))


def _pair_key(left: FeatureCodes, right: FeatureCodes) -> npt.NDArray[np.uint64]:
    """Return a number for two codes, whatever their order; never 0 for two that differ."""
    return candidate_pairs.pack_halves(np.maximum(left, right), np.minimum(left, right))


def _codes_by_pair(rows: npt.NDArray[np.uint32], clues: FeatureArrays) -> npt.NDArray[np.uint64]:
    """Return the codes of rows one after the other, each with the place of its row in the upper half."""
    starts, sizes = clues.bounds[rows], np.diff(clues.bounds)[rows]
    place = np.repeat(np.arange(len(rows), dtype=np.uint64), sizes)
    inside = np.arange(len(place)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return candidate_pairs.pack_halves(place, clues.codes[np.repeat(starts, sizes) + inside])
