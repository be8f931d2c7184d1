"""Evidence: why an article is in one story or group with another, in words."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from pactwire.corpus.tables import LinkRow
from pactwire.stories import event_features, word_features
from pactwire.stories.article_store import ArticleStore
from pactwire.stories.article_vectors import ArticleVectors
from pactwire.stories.event_features import Feature

COPY, EVENT, RELATED = "copy", "event", "related"
"""Kinds of evidence: near duplicates, articles of one story, and articles of other stories in the group."""
_MAX_SHARED: Final = 8
"""Most shared features and words that are reported of a pair, those that weigh most first."""
_CACHED: Final = 256
"""Articles whose words are kept at a time."""


class Evidence(NamedTuple):
    """Why an article is in one group with another: a score, and what both share, in words.

    The score of near duplicates is the share of their shingles that both have, and that of others their likeness, of
    which a story needs 1.
    """

    other: str
    kind: str
    score: float
    shared: list[str]


class SharedFeatures:
    """Describes what two articles share, in words.

    Args:
        vectors: The vectors of all articles.
        store: Their features.
        links: The dataset's links, by link.
    """

    def __init__(self, vectors: ArticleVectors, store: ArticleStore, links: Mapping[str, LinkRow]) -> None:
        self._vectors, self._store, self._links = vectors, store, links
        self._written = lru_cache(maxsize=_CACHED)(self._written_by_code)

    def describe(self, left: int, right: int) -> list[str]:
        """Return what two articles share, that which weighs most first: the number 11000 (“11 000”, “11,000”)."""
        (left_codes, left_values), (right_codes, right_values) = self._vectors.vector(left), self._vectors.vector(right)
        codes, at_left, at_right = np.intersect1d(left_codes, right_codes, assume_unique=True, return_indices=True)
        heaviest = np.argsort(-left_values[at_left] * right_values[at_right], kind="stable")
        described: dict[str, str] = {}
        for code in codes[heaviest].tolist():
            (what, written), (_, other) = self._written(left)[code], self._written(right)[code]
            said = f"“{written}”" if written.casefold() == other.casefold() else f"“{written}”, “{other}”"
            described.setdefault(written.casefold(), f"{what} ({said})" if what else said)
            if len(described) == _MAX_SHARED:
                break
        return list(described.values())

    def _written_by_code(self, row: int) -> dict[int, tuple[str, str]]:
        """Return what each code of an article is, empty for a name or word, and how it is written there."""
        article = self._store.get(row)
        words = {code: ("", word) for code, word in word_features.written_words(article.text, article.language).items()}
        features = {
            event_features.encode_one(feature): (self._name_feature(feature), written)
            for feature, written in article.features.items()
        }
        return words | features

    def _name_feature(self, feature: Feature) -> str:
        if feature.kind == event_features.LINK and feature.value in self._links:
            return self._links[feature.value].name
        return "" if feature.kind == event_features.NAME else f"the {feature.kind} {feature.value}"
