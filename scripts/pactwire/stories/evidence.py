"""Evidence: why an article is in one story or group with another, in words."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from pactwire.corpus.tables import LinkRow
from pactwire.stories import event_features, word_features
from pactwire.stories.article_features import ArticleFeatures
from pactwire.stories.article_store import ArticleStore
from pactwire.stories.article_vectors import ArticleVectors
from pactwire.stories.event_features import Feature

COPY, EVENT, RELATED = "copy", "event", "related"
"""Kinds of evidence: near duplicates, articles of one story, and articles of other stories in the group."""
_MAX_SHARED: Final = 8
"""Most shared features and words that are reported of a pair, those that weigh most first."""


class Evidence(NamedTuple):
    """Why an article is in one group with another: a score, and what both share, in words.

    The score of near duplicates is the share of their shingles that both have, and that of others their likeness, of
    which a story needs 1.
    """

    other: str
    kind: str
    score: float
    shared: list[str]


def describe_shared(
    left: int, right: int, vectors: ArticleVectors, store: ArticleStore, links: Mapping[str, LinkRow]
) -> list[str]:
    """Describe what two articles share, that which weighs most first: the number 11000 (“11 000”, “11,000”)."""
    (left_codes, left_values), (right_codes, right_values) = vectors.vector(left), vectors.vector(right)
    codes, at_left, at_right = np.intersect1d(left_codes, right_codes, assume_unique=True, return_indices=True)
    heaviest = np.argsort(-left_values[at_left] * right_values[at_right], kind="stable")
    described = (_describe_code(code, store.get(left), store.get(right), links) for code in codes[heaviest].tolist())
    return list(dict.fromkeys(filter(None, described)))[:_MAX_SHARED]


def _describe_code(code: int, left: ArticleFeatures, right: ArticleFeatures, links: Mapping[str, LinkRow]) -> str:
    """Describe a shared code; empty if a word is also written there as a name or a number."""
    left_features, right_features = _features_by_code(left), _features_by_code(right)
    if code in left_features and code in right_features:
        (feature, written), (_, other) = left_features[code], right_features[code]
        return f"{_describe_feature(feature, links)} (“{written}”, “{other}”)"
    word, other = (
        word_features.find_word(code, left.text, left.language),
        word_features.find_word(code, right.text, right.language),
    )
    if word in left.features.values():
        return ""
    return f"“{word}”" if word.casefold() == other.casefold() else f"“{word}” and “{other}”"


def _features_by_code(article: ArticleFeatures) -> dict[int, tuple[Feature, str]]:
    return {event_features.encode_one(feature): (feature, written) for feature, written in article.features.items()}


def _describe_feature(feature: Feature, links: Mapping[str, LinkRow]) -> str:
    link = links.get(feature.value) if feature.kind == event_features.LINK else None
    if link:
        return link.name
    return f"the {feature.kind} {feature.value}" if feature.kind != event_features.NAME else "a name"
