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
"""The cosine of features of events that makes a likeness of 1 in two languages; docs/measurements.md tells more."""
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
_ARTICLES: Final = 10_000
"""How many articles are weighed at once; memory depends on this, results do not."""
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
    known = sizes[language_of] >= LEAST_ARTICLES
    by_language = (_language_codes(codes, language) for codes, language in zip(events, language_of, strict=True))
    corpus = _CorpusCounts(
        language_of,
        sizes,
        _CodeCounts.of_articles(events),
        _CodeCounts.of_articles(by_language),
        _CodeCounts.of_articles(each.codes for each, is_known in zip(words, known, strict=True) if is_known),
    )
    parts = [_Rows.empty()]
    counts: list[npt.NDArray[np.int32]] = [np.empty((0, 2), np.int32)]
    for start in range(0, len(events), _ARTICLES):
        rows = range(start, min(start + _ARTICLES, len(events)))
        event_part = _event_vectors(_Rows.gather(rows, [events[row] for row in rows]), corpus)
        word_part = _word_vectors([row for row in rows if known[row]], words, corpus)
        parts.append(_merge_shared(event_part, word_part, corpus))
        counts.append(_count_features(event_part, rows))
    merged = _Rows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    bounds = np.searchsorted(merged.rows, np.arange(len(events) + 1, dtype=np.uint32))
    languages_known = np.where(known, language_of, -1)
    return ArticleVectors(merged.codes, merged.values, merged.gains, bounds, np.concatenate(counts), languages_known)


class _CodeCounts(NamedTuple):
    """How many articles have each code; ``codes`` ascend."""

    codes: npt.NDArray[np.uint32]
    counts: npt.NDArray[np.int64]

    @classmethod
    def of_articles(cls, articles: Iterable[npt.NDArray[np.uint32]]) -> "_CodeCounts":
        """Return the counts of the codes of articles, each of which has a code once."""
        return cls(*np.unique(np.concatenate([np.empty(0, np.uint32), *articles]), return_counts=True))

    def frequencies(self, codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
        """Return how many articles have each of the given codes; every code must be counted."""
        return self.counts[np.searchsorted(self.codes, codes)]


class _CorpusCounts(NamedTuple):
    """The language of each article, how many articles each language has, and how many articles have which codes."""

    language_of: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    events: _CodeCounts
    events_by_language: _CodeCounts
    words: _CodeCounts


class _Rows(NamedTuple):
    """Codes of articles by row number, ascending, with a value and a gain each."""

    rows: npt.NDArray[np.uint32]
    codes: npt.NDArray[np.uint32]
    values: npt.NDArray[np.float32]
    gains: npt.NDArray[np.float16]

    @classmethod
    def empty(cls) -> "_Rows":
        """Return no rows."""
        return cls(np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.float32), np.empty(0, np.float16))

    @classmethod
    def gather(cls, rows: Sequence[int], codes: Sequence[npt.NDArray[np.uint32]]) -> "_Rows":
        """Return the codes of articles with their row numbers."""
        joined = np.concatenate([np.empty(0, np.uint32), *codes])
        numbers = np.repeat(np.array(rows, np.uint32), [len(each) for each in codes])
        return cls(numbers, joined, np.ones(len(joined), np.float32), np.zeros(len(joined), np.float16))

    def select(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "_Rows":
        """Return some of the rows, by mask or index."""
        return _Rows(self.rows[which], self.codes[which], self.values[which], self.gains[which])

    def weighted(
        self, chances: npt.NDArray[np.float64], divisor: float, gain_chances: npt.NDArray[np.float64]
    ) -> "_Rows":
        """Return the rows weighted by how rare their codes are; the squares of an article's values add up to 1/divisor.

        The divisor is that of the cosine of two articles. Gains have chances of their own.
        """
        values = self.values * np.maximum(-np.log(chances), 0)
        _, article = np.unique(self.rows, return_inverse=True)
        lengths = np.sqrt(np.bincount(article, values**2))
        values /= np.maximum(lengths, 1e-9)[article] * divisor**0.5
        gains = np.log(SHARED_CHANCE / gain_chances)
        return self._replace(values=values.astype(np.float32), gains=gains.astype(np.float16))


def _event_vectors(part: _Rows, corpus: _CorpusCounts) -> _Rows:
    """Return the weighted features of events.

    The chance of a feature is that among all articles, or among those in the article's language if this is greater:
    German, for example, capitalizes its nouns.
    """
    language = corpus.language_of[part.rows]
    overall = corpus.events.frequencies(part.codes)
    in_language = corpus.events_by_language.frequencies(_language_codes(part.codes, language))
    priors = _PRIORS[part.codes & _CLASSES]

    def chances(imagined: int) -> npt.NDArray[np.float64]:
        among_all = _pair_chances(overall, corpus.sizes.sum(), priors, imagined)
        return np.maximum(among_all, _pair_chances(in_language, corpus.sizes[language], priors, imagined))

    values = np.where(is_name_code(part.codes), NAME_SHARE, 1).astype(np.float32)
    gain_chances = chances(_GAIN_PSEUDO_ARTICLES)
    return part._replace(values=values).weighted(chances(_EVENT_PSEUDO_ARTICLES), EVENT_COSINE, gain_chances)


def _word_vectors(rows: Sequence[int], words: Sequence[WordFeatures], corpus: _CorpusCounts) -> _Rows:
    """Return the weighted words of some articles; those that are names have no gain."""
    part = _Rows.gather(rows, [words[row].codes for row in rows])
    values = np.concatenate([np.empty(0, np.float32), *(words[row].weights for row in rows)])
    frequencies = corpus.words.frequencies(part.codes)
    articles = corpus.sizes[corpus.language_of[part.rows]]
    found = frequencies + _WORD_PSEUDO_ARTICLES * _WORD_CHANCE
    gain_chances = _pair_chances(frequencies, articles, np.float64(_WORD_GAIN_CHANCE), _WORD_GAIN_PSEUDO_ARTICLES)
    chances = found / (articles + _WORD_PSEUDO_ARTICLES)
    weighted = part._replace(values=values).weighted(chances, WORD_COSINE, gain_chances)
    weighted.gains[np.concatenate([np.empty(0, bool), *(words[row].are_names for row in rows)])] = 0
    return weighted


def _merge_shared(events: _Rows, words: _Rows, corpus: _CorpusCounts) -> _Rows:
    """Return features and words in one, by row and code, without those that only one article has."""
    parts = [
        events.select(corpus.events.frequencies(events.codes) >= 2),
        words.select(corpus.words.frequencies(words.codes) >= 2),
    ]
    merged = _Rows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    return merged.select(np.lexsort((merged.codes, merged.rows)))


def _count_features(events: _Rows, rows: range) -> npt.NDArray[np.int32]:
    """Return how many names and how many other features each of some articles has."""
    is_name, row = is_name_code(events.codes), events.rows - np.uint32(rows.start)
    counts = [np.bincount(row[mask], minlength=len(rows)) for mask in (is_name, ~is_name)]
    return np.stack(counts, axis=1).astype(np.int32)


def _pair_chances(
    frequencies: npt.NDArray[np.int64],
    articles: npt.NDArray[np.int64],
    prior: npt.NDArray[np.float64] | np.float64,
    imagined: int,
) -> npt.NDArray[np.float64]:
    """Return how likely an article is to have codes, judged by imagined articles and all real ones but a pair."""
    chances: npt.NDArray[np.float64] = (np.maximum(frequencies - 2, 0) + imagined * prior) / (articles + imagined)
    return chances


def _language_codes(codes: FeatureCodes, language: npt.NDArray[np.int64] | np.int64) -> FeatureCodes:
    """Return codes that differ by language and keep their class."""
    mark = ((language + 1) * 0x9E3779B1 & 0xFFFFFFFF).astype(np.uint32)
    return codes ^ (mark >> np.uint32(CLASS_BITS) << np.uint32(CLASS_BITS))
