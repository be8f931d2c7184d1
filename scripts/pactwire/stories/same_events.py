"""Same events: the pairs of articles that report the same event, each with its probability.

The evidence of a pair is the features that it shares: the rarer a feature among all other articles, the more it says
that two have it (Fellegi and Sunter 1969, "A theory for record linkage"). What both have because every article has
it, such as the names of presidents, says nothing. Only pairs that share two of their rarest features are compared.
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
"""Least probability of two articles in one story."""
SHARED_CHANCE: Final = 0.25
"""The chance that one article on an event has a given feature of the other."""
PSEUDO_ARTICLES: Final = 10
"""Articles imagined in addition to the real ones, so that small corpora do not pass for the world."""
MAX_NAME_SHARE: Final = 0.7
"""The most that names can bring of the evidence needed: the same people do many things in the same places."""
MAX_DAYS_APART: Final = 7
"""The most days between the days of publication of two articles on one event."""

_RAREST_CODES: Final = 10
_WINDOW: Final = 8
_ARTICLES: Final = 50_000
_KEYS: Final = 4_000_000
_PAIRS: Final = 50_000
"""How many articles, keys and pairs are processed at once; memory depends on these, results do not."""
_PRIOR_CHANCES: Final = np.array(PRIOR_CHANCES)


class FeatureArrays(NamedTuple):
    """The feature codes of all articles: those of article ``i`` are ``codes[bounds[i]:bounds[i + 1]]``, sorted.

    ``languages`` has a number per article, equal for articles in one language. ``days`` has the day of publication of
    each article as an ordinal, 0 if unknown.
    """

    codes: FeatureCodes
    bounds: npt.NDArray[np.int64]
    languages: npt.NDArray[np.uint32]
    days: npt.NDArray[np.int32]


class FrequencyTable(NamedTuple):
    """How many articles have each code; ``codes`` are sorted."""

    codes: FeatureCodes
    counts: npt.NDArray[np.int64]

    def frequencies(self, codes: FeatureCodes) -> npt.NDArray[np.int64]:
        """Return how many articles have each of the given codes; every code must be in the table."""
        return self.counts[np.searchsorted(self.codes, codes)]


class Frequencies(NamedTuple):
    """How many articles have each code, among all and by language (codes of `_language_codes`)."""

    overall: FrequencyTable
    by_language: FrequencyTable
    language_sizes: npt.NDArray[np.int64]
    """The number of articles in each language."""

    def chances(self, codes: FeatureCodes) -> npt.NDArray[np.float64]:
        """Return how likely an article is to have each code, judged by all articles but two that have it."""
        return _smoothed_chances(self.overall.frequencies(codes), codes, self.language_sizes.sum())

    def chances_in_languages(self, codes: FeatureCodes, languages: npt.NDArray[np.uint32]) -> npt.NDArray[np.float64]:
        """Return how likely an article in the given language is to have each code, as in `chances`."""
        frequencies = self.by_language.frequencies(_language_codes(codes, languages))
        return _smoothed_chances(frequencies, codes, self.language_sizes[languages])


class SameEvent(NamedTuple):
    """Two articles by row number, and the probability that they report the same event."""

    left: int
    right: int
    probability: float


def gather_features(articles: Iterable[FeatureCodes], languages: Sequence[str], days: Sequence[int]) -> FeatureArrays:
    """Return the features of articles as arrays, in the given order.

    Args:
        articles: The feature codes of each article, sorted.
        languages: The language of each article.
        days: The day of publication of each article as an ordinal, 0 if unknown.
    """
    codes = [np.empty(0, np.uint32), *articles]
    bounds = np.cumsum([len(each) for each in codes], dtype=np.int64)
    _, numbers = np.unique(np.array(languages, np.str_), return_inverse=True)
    return FeatureArrays(np.concatenate(codes), bounds, numbers.astype(np.uint32), np.array(days, np.int32))


def count_frequencies(features: FeatureArrays) -> Frequencies:
    """Return how many articles have each code."""
    codes = _language_codes(features.codes, np.repeat(features.languages, np.diff(features.bounds)))
    overall, by_language = (FrequencyTable(*np.unique(each, return_counts=True)) for each in (features.codes, codes))
    return Frequencies(overall, by_language, np.bincount(features.languages))


def find_candidates(features: FeatureArrays, frequencies: Frequencies) -> Pairs:
    """Return the pairs of articles that share two of their rarest features.

    Two features are no key if they are so common that another article has both by chance.
    """
    rarest, chances = _rarest_codes(features, frequencies)
    columns = list(combinations(range(rarest.shape[1]), 2))
    batches = 1 + len(rarest) * len(columns) // _KEYS
    pairs = candidate_pairs.NO_PAIRS
    for batch in range(batches):
        keys, rows = [], []
        for left, right in columns:
            key = _pair_key(rarest[:, left], rarest[:, right])
            common = len(rarest) * chances[:, left] * chances[:, right] > 1
            row = np.flatnonzero((key % np.uint64(batches) == batch) & (rarest[:, right] != 0) & ~common)
            keys.append(key[row])
            rows.append(row.astype(np.uint32))
        key, row = np.concatenate(keys), np.concatenate(rows)
        order = np.lexsort((row, key))
        pairs = candidate_pairs.union(pairs, candidate_pairs.pair_equal_keys(key[order], row[order], _WINDOW))
    return pairs


def same_event_pairs(pairs: Pairs, features: FeatureArrays, frequencies: Frequencies) -> Iterator[SameEvent]:
    """Yield the pairs that report the same event, in order, with their probability."""
    for start in range(0, len(pairs), _PAIRS):
        left, right = candidate_pairs.unpack_halves(pairs[start : start + _PAIRS])
        chance = probabilities(left, right, features, frequencies)
        for at in np.flatnonzero(chance >= MIN_PROBABILITY).tolist():
            yield SameEvent(int(left[at]), int(right[at]), float(chance[at]))


def probabilities(
    left: npt.NDArray[np.uint32], right: npt.NDArray[np.uint32], features: FeatureArrays, frequencies: Frequencies
) -> npt.NDArray[np.float64]:
    """Return the probability of each pair of rows that they report the same event.

    The prior is one in all articles. Each shared feature adds log(SHARED_CHANCE / its chance), and each feature that
    the article with fewer of them does not share adds log(1 - SHARED_CHANCE). If both articles are in one language,
    the chance is that in the language, if this is greater: German, for example, capitalizes its nouns. Names and all
    other features are summed separately, since names count only up to MAX_NAME_SHARE.
    """
    left_codes, right_codes = _codes_by_pair(left, features), _codes_by_pair(right, features)
    merged = np.sort(np.concatenate([left_codes, right_codes]))
    shared = merged[1:][merged[1:] == merged[:-1]]
    prior = np.log(len(features.days) - 1 + PSEUDO_ARTICLES)
    evidence = np.full(len(left), -prior)
    for are_names, limit in ((True, MAX_NAME_SHARE * prior), (False, np.inf)):
        pair, codes = candidate_pairs.unpack_halves(shared[_is_name_code(shared) == are_names])
        shared_counts = np.bincount(pair, minlength=len(left))
        chance = frequencies.chances(codes)
        one_language = np.flatnonzero(features.languages[left[pair]] == features.languages[right[pair]])
        languages = features.languages[left[pair[one_language]]]
        in_language = frequencies.chances_in_languages(codes[one_language], languages)
        chance[one_language] = np.maximum(chance[one_language], in_language)
        weight = np.bincount(pair, np.log(SHARED_CHANCE / chance), len(left))
        counts = (
            _codes_per_pair(codes[_is_name_code(codes) == are_names], len(left)) for codes in (left_codes, right_codes)
        )
        unshared = np.minimum(*counts) - shared_counts
        evidence += np.minimum(weight + unshared * np.log(1 - SHARED_CHANCE), limit)
    left_days, right_days = features.days[left], features.days[right]
    evidence[(left_days != 0) & (right_days != 0) & (abs(left_days - right_days) > MAX_DAYS_APART)] = -np.inf
    return 1 / (1 + np.exp(-evidence))  # type: ignore[no-any-return]


def _is_name_code(codes: npt.NDArray[np.unsignedinteger]) -> npt.NDArray[np.bool_]:
    return (codes & codes.dtype.type((1 << CLASS_BITS) - 1)) >= FIRST_NAME_CLASS


def _codes_per_pair(codes_by_pair: npt.NDArray[np.uint64], pairs: int) -> npt.NDArray[np.int64]:
    return np.bincount(candidate_pairs.unpack_halves(codes_by_pair)[0], minlength=pairs)


def _rarest_codes(features: FeatureArrays, frequencies: Frequencies) -> tuple[FeatureCodes, npt.NDArray[np.float64]]:
    """Return the _RAREST_CODES of each article that other articles have too, and their chances.

    Both have a row per article, the rarest code first; articles with fewer codes have zeros.
    """
    rows = len(features.bounds) - 1
    codes = np.zeros((rows, _RAREST_CODES), np.uint32)
    chances = np.ones((rows, _RAREST_CODES))
    for start in range(0, rows, _ARTICLES):
        bounds = features.bounds[start : start + _ARTICLES + 1]
        code = features.codes[bounds[0] : bounds[-1]]
        row = np.repeat(np.arange(start, start + len(bounds) - 1), np.diff(bounds))
        common = frequencies.overall.frequencies(code) >= 2
        code, row = code[common], row[common]
        chance = frequencies.chances(code)
        order = np.lexsort((code, chance, row))
        code, row, chance = code[order], row[order], chance[order]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        kept = rank < _RAREST_CODES
        codes[row[kept], rank[kept]] = code[kept]
        chances[row[kept], rank[kept]] = chance[kept]
    return codes, chances


def _smoothed_chances(
    frequencies: npt.NDArray[np.int64], codes: FeatureCodes, articles: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    prior = _PRIOR_CHANCES[codes & ((1 << CLASS_BITS) - 1)]
    chances: npt.NDArray[np.float64] = (np.maximum(frequencies - 2, 0) + PSEUDO_ARTICLES * prior) / (
        np.maximum(articles - 2, 0) + PSEUDO_ARTICLES
    )
    return chances


def _language_codes(codes: FeatureCodes, languages: npt.NDArray[np.uint32]) -> FeatureCodes:
    """Return codes that differ by language and keep their class."""
    mark = (languages + np.uint32(1)) * np.uint32(0x9E3779B1)
    return codes ^ (mark >> np.uint32(CLASS_BITS) << np.uint32(CLASS_BITS))


def _pair_key(left: FeatureCodes, right: FeatureCodes) -> npt.NDArray[np.uint64]:
    """Return a number for two codes in either order; it is never 0 if they differ."""
    return candidate_pairs.pack_halves(np.maximum(left, right), np.minimum(left, right))


def _codes_by_pair(rows: npt.NDArray[np.uint32], features: FeatureArrays) -> npt.NDArray[np.uint64]:
    """Return the codes of one row after the other, each with the position of its row in the upper half."""
    starts, sizes = features.bounds[rows], np.diff(features.bounds)[rows]
    position = np.repeat(np.arange(len(rows), dtype=np.uint64), sizes)
    inside = np.arange(len(position)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return candidate_pairs.pack_halves(position, features.codes[np.repeat(starts, sizes) + inside])
