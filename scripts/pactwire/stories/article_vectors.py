"""Article vectors: the features and words of all articles as numbers whose products say how alike two articles are.

A feature weighs by how rare it is: by the logarithm of its chance among all articles (Spärck Jones 1972), which some
imagined articles keep from being judged by a few. Two cosines are added, that of the features of events, which are the
same in all languages, and that of words in one language, each divided by its weight, so that 1 is the least likeness of
articles in one story. The product of two sums of vectors, divided by their sizes, is therefore the mean likeness of two
sets of articles, however many pairs they make.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pactwire.stories.event_features import CLASS_BITS, FIRST_NAME_CLASS, PRIOR_CHANCES, WORD_CLASS, FeatureCodes
from pactwire.stories.word_features import WordFeatures

EVENT_COSINE: Final = 0.21
"""The cosine of features of events that makes a likeness of 1 in two languages; docs/stories.md tells of its choice."""
WORD_COSINE: Final = 1.7
"""The cosine of words that would make a likeness of 1 alone, without any feature of events."""
NAME_SHARE: Final = 0.7
"""The weight of links and names beside that of numbers and days: the same people do many things."""
SHARED_CHANCE: Final = 0.25
"""The chance that one article on an event has a given feature of the other."""
LEAST_ARTICLES: Final = 50
"""Articles in a language from which on its words count; fewer cannot show which words are rare."""

_EVENT_PSEUDO_ARTICLES: Final = 100
_GAIN_PSEUDO_ARTICLES: Final = 10
_WORD_GAIN_PSEUDO_ARTICLES: Final = 100
_WORD_PSEUDO_ARTICLES: Final = 1000
_WORD_CHANCE: Final = 0.002
_WORD_GAIN_CHANCE: Final = 0.01
"""Imagined articles, in addition to the real ones, and the chance that one of them has a given word."""
_PRIORS: Final = np.array([*PRIOR_CHANCES, *[_WORD_CHANCE] * (WORD_CLASS + 1 - len(PRIOR_CHANCES))])
_CLASSES: Final = np.uint32((1 << CLASS_BITS) - 1)


class ArticleVectors(NamedTuple):
    """The vectors of all articles: that of article ``i`` is ``slice(bounds[i], bounds[i + 1])`` of the first three.

    ``codes`` ascend within an article, and two articles or more have each of them. ``gains`` say how many times
    likelier an article is to have the code if it is on one event with another that has it, as logarithms; words that
    are names have none. ``counts`` are how many names and how many other features of events each article has, also
    those that no other article has. ``languages`` has a number for the language of each article, -1 if its words do not
    count.
    """

    codes: npt.NDArray[np.uint32]
    values: npt.NDArray[np.float32]
    gains: npt.NDArray[np.float16]
    bounds: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int32]
    languages: npt.NDArray[np.int64]

    def vector(self, row: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float32]]:
        """Return the codes and values of an article."""
        part = slice(self.bounds[row], self.bounds[row + 1])
        return self.codes[part], self.values[part]


def is_name_code(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Return which codes are of links and names."""
    classes = codes & _CLASSES
    are_names: npt.NDArray[np.bool_] = (classes >= FIRST_NAME_CLASS) & (classes != WORD_CLASS)
    return are_names


def build_vectors(
    events: Sequence[FeatureCodes], words: Sequence[WordFeatures], languages: Sequence[str]
) -> ArticleVectors:
    """Return the vectors of articles, in order.

    Args:
        events: The codes of each article's features (`event_features.encode`).
        words: The words of each article (`word_features.extract_words`).
        languages: The language of each article.
    """
    _, language_of, sizes = np.unique(np.array(languages, np.str_), return_inverse=True, return_counts=True)
    event_part = _event_vectors(_Rows.gather(events), language_of, sizes)
    known = sizes[language_of] >= LEAST_ARTICLES
    codes = [each.codes if known[row] else each.codes[:0] for row, each in enumerate(words)]
    weights = [each.weights if known[row] else each.weights[:0] for row, each in enumerate(words)]
    word_part = _word_vectors(_Rows.gather(codes, weights), sizes[language_of])
    named = np.concatenate([*(each.are_names for row, each in enumerate(words) if known[row]), np.empty(0, bool)])
    word_part.gains[named] = 0
    parts = [part.select(part.frequencies() >= 2) for part in (event_part, word_part)]
    merged = _Rows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    merged = merged.select(np.lexsort((merged.codes, merged.rows)))
    is_name = is_name_code(event_part.codes)
    counts = [np.bincount(event_part.rows[mask], minlength=len(languages)) for mask in (is_name, ~is_name)]
    return ArticleVectors(
        merged.codes,
        merged.values.astype(np.float32),
        merged.gains.astype(np.float16),
        np.searchsorted(merged.rows, np.arange(len(languages) + 1)),
        np.stack(counts, axis=1).astype(np.int32),
        np.where(known, language_of, -1),
    )


class _Rows(NamedTuple):
    """Codes of articles by row number, in any order, with a value and a gain each."""

    rows: npt.NDArray[np.uint32]
    codes: npt.NDArray[np.uint32]
    values: npt.NDArray[np.float32]
    gains: npt.NDArray[np.float32]

    @classmethod
    def gather(cls, codes: Sequence[FeatureCodes], weights: Iterable[npt.NDArray[np.float32]] | None = None) -> "_Rows":
        """Return the codes of articles, in order, with their weights, or 1, as values."""
        rows = np.repeat(np.arange(len(codes), dtype=np.uint32), [len(each) for each in codes])
        joined = np.concatenate([np.empty(0, np.uint32), *codes])
        values = np.ones(len(joined), np.float32) if weights is None else np.concatenate([*weights, joined[:0]])
        return cls(rows, joined, values.astype(np.float32), np.zeros(len(joined), np.float32))

    def select(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "_Rows":
        """Return some of the rows, by mask or index."""
        return _Rows(self.rows[which], self.codes[which], self.values[which], self.gains[which])

    def frequencies(self, codes: npt.NDArray[np.uint32] | None = None) -> npt.NDArray[np.int64]:
        """Return how many articles have the code of each row; or a code made from it, if ``codes`` has one of each."""
        _, code, counts = np.unique(self.codes if codes is None else codes, return_inverse=True, return_counts=True)
        return counts[code]

    def weighted(self, chances: npt.NDArray[np.float64], divisor: float) -> "_Rows":
        """Return the rows weighted by how rare their codes are; the squares of an article's values add up to 1/divisor.

        The divisor is that of the cosine of two articles.
        """
        values = self.values * np.maximum(-np.log(chances), 0)
        lengths = np.sqrt(np.bincount(self.rows, values**2))
        values /= np.maximum(lengths, 1e-9)[self.rows] * divisor**0.5
        return self._replace(values=values)


def _event_vectors(part: _Rows, language_of: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> _Rows:
    """Return the weighted features of events.

    The chance of a feature is that among all articles, or among those in the article's language if this is greater:
    German, for example, capitalizes its nouns.
    """
    language = language_of[part.rows].astype(np.uint32)
    in_language = part.frequencies(_language_codes(part.codes, language))
    priors = _PRIORS[part.codes & _CLASSES]

    def chances(imagined: int) -> npt.NDArray[np.float64]:
        overall = _pair_chances(part.frequencies(), sizes.sum(), priors, imagined)
        return np.maximum(overall, _pair_chances(in_language, sizes[language], priors, imagined))

    values = np.where(is_name_code(part.codes), NAME_SHARE, 1).astype(np.float32)
    weighted = part._replace(values=values).weighted(chances(_EVENT_PSEUDO_ARTICLES), EVENT_COSINE)
    return weighted._replace(gains=np.log(SHARED_CHANCE / chances(_GAIN_PSEUDO_ARTICLES)))


def _word_vectors(part: _Rows, sizes: npt.NDArray[np.int64]) -> _Rows:
    """Return the weighted words; ``sizes`` is how many articles there are in the language of each article."""
    frequencies, articles = part.frequencies(), sizes[part.rows]
    found = frequencies + _WORD_PSEUDO_ARTICLES * _WORD_CHANCE
    weighted = part.weighted(found / (articles + _WORD_PSEUDO_ARTICLES), WORD_COSINE)
    chances = _pair_chances(frequencies, articles, np.float64(_WORD_GAIN_CHANCE), _WORD_GAIN_PSEUDO_ARTICLES)
    return weighted._replace(gains=np.log(SHARED_CHANCE / chances))


def _pair_chances(
    frequencies: npt.NDArray[np.int64],
    articles: npt.NDArray[np.int64],
    prior: npt.NDArray[np.float64] | np.float64,
    imagined: int,
) -> npt.NDArray[np.float64]:
    """Return how likely an article is to have codes, judged by imagined articles and all real ones but a pair."""
    chances: npt.NDArray[np.float64] = (np.maximum(frequencies - 2, 0) + imagined * prior) / (articles + imagined)
    return chances


def _language_codes(codes: FeatureCodes, languages: npt.NDArray[np.uint32]) -> FeatureCodes:
    """Return codes that differ by language and keep their class."""
    mark = (languages + np.uint32(1)) * np.uint32(0x9E3779B1)
    return codes ^ (mark >> np.uint32(CLASS_BITS) << np.uint32(CLASS_BITS))
