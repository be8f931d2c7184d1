"""Proposals: the story and the split of each article without a row in splits.csv, with the evidence."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import FIRST_COLUMNS, SplitRow
from pactwire.model.issues import DataError
from pactwire.stories import candidate_pairs, event_features, near_duplicates, same_events, split_assignment
from pactwire.stories.article_features import FeatureExtractor
from pactwire.stories.candidate_pairs import Pairs
from pactwire.stories.event_features import Feature
from pactwire.stories.same_events import FeatureArrays, Frequencies
from pactwire.stories.shingles import Hashes, shingle_set
from pactwire.stories.signatures import Signatures, minhash_signatures
from pactwire.stories.split_assignment import SplitAssignment, Tie

_ARTICLES_AT_ONCE: Final = 1_000
_MAX_SHARED: Final = 8
"""Most shared features that are reported of a pair, the rarest first."""
_SHINGLES_CACHED: Final = 256


class Evidence(NamedTuple):
    """Why an article is in one story with another: a score from 0 to 1, and what both share, in words."""

    other: str
    kind: str
    score: float
    shared: list[str]


class Proposal(NamedTuple):
    """A row for an article, its evidence, and, if it is excluded, the rows of different splits that it bridges."""

    row: SplitRow
    evidence: list[Evidence]
    bridged: tuple[SplitRow, ...]

    def record(self) -> dict[str, Any]:
        """Return the proposal as JSON."""
        return {
            **_place(self.row),
            "evidence": [evidence._asdict() for evidence in self.evidence],
            "bridged": [_place(row) for row in self.bridged],
        }


def _place(row: SplitRow) -> dict[str, str]:
    return dict(zip(FIRST_COLUMNS, row, strict=False))


class _ArticleArrays(NamedTuple):
    """What articles are compared by, a row per article."""

    signatures: Signatures
    features: FeatureArrays


def propose(data: Corpus, track: Callable[[Sequence[str]], Iterable[str]] = iter) -> list[Proposal]:
    """Return a proposal for each article without a row, in the order of the raw files.

    Args:
        data: The corpus.
        track: Wraps the ids of the articles that are read, to show progress.

    Raises:
        DataError: A file or record can't be read; half of the articles can't show what the stories are.
    """
    if problems := [*data.issues, *(issue for issues in data.articles.unidentified() for issue in issues)]:
        raise DataError(problems)
    ids = list(data.articles)
    known = {row.article for _, row in data.splits}
    is_new = np.array([article_id not in known for article_id in ids], bool)
    if not is_new.any():
        return []
    extractor = FeatureExtractor(data)
    arrays = _article_arrays(extractor, ids, track)
    ties = list(_find_ties(extractor, ids, arrays, is_new))
    rows = [row for _, row in data.splits]
    newcomers = [article_id for article_id in ids if article_id not in known]
    assignments = split_assignment.assign_splits(newcomers, [tie for tie, _ in ties], rows, data.settings.shares)
    return list(_with_evidence(assignments, ties))


def _article_arrays(
    extractor: FeatureExtractor, ids: Sequence[str], track: Callable[[Sequence[str]], Iterable[str]]
) -> _ArticleArrays:
    signatures, codes, languages, days = [], [], [], []
    remaining = iter(track(ids))
    while batch := [extractor.extract(article_id) for article_id in islice(remaining, _ARTICLES_AT_ONCE)]:
        signatures.append(minhash_signatures(article.text for article in batch))
        codes += [event_features.encode(article.features) for article in batch]
        languages += [article.language for article in batch]
        days += [article.day for article in batch]
    return _ArticleArrays(np.concatenate(signatures), same_events.gather_features(codes, languages, days))


def _find_ties(
    extractor: FeatureExtractor, ids: Sequence[str], arrays: _ArticleArrays, is_new: npt.NDArray[np.bool_]
) -> Iterator[tuple[Tie, Evidence]]:
    """Yield the ties of new articles to each other and to those in the registry, with evidence for the left one."""

    @lru_cache(maxsize=_SHINGLES_CACHED)
    def shingles_of(row: int) -> Hashes:
        return shingle_set(extractor.extract(ids[row]).text)

    candidates = _with_newcomers(near_duplicates.find_candidates(arrays.signatures), is_new)
    for copy in near_duplicates.verify_candidates(candidates, shingles_of):
        shared = [f"{copy.similarity:.0%} of their runs of four words"]
        tie = Tie(ids[copy.left], ids[copy.right], copy.similarity)
        yield tie, Evidence(tie.right, "copy", round(copy.similarity, 3), shared)
    frequencies = same_events.count_frequencies(arrays.features)
    candidates = _with_newcomers(same_events.find_candidates(arrays.features, frequencies), is_new)
    for event in same_events.same_event_pairs(candidates, arrays.features, frequencies):
        tie = Tie(ids[event.left], ids[event.right], event.probability)
        shared = _describe_shared(extractor, tie, frequencies)
        yield tie, Evidence(tie.right, "event", round(event.probability, 3), shared)


def _with_newcomers(pairs: Pairs, is_new: npt.NDArray[np.bool_]) -> Pairs:
    left, right = candidate_pairs.unpack_halves(pairs)
    return pairs[is_new[left] | is_new[right]]


def _describe_shared(extractor: FeatureExtractor, tie: Tie, frequencies: Frequencies) -> list[str]:
    """Describe the features that two articles share, the rarest first: the number 11000 (“11 000”, “11,000”)."""
    left, right = extractor.extract(tie.left).features, extractor.extract(tie.right).features
    shared = [feature for feature in left if feature in right]
    chances = frequencies.chances(np.array(list(map(event_features.encode_one, shared)), np.uint32))
    rarest = [shared[at] for at in np.argsort(chances, kind="stable")[:_MAX_SHARED]]
    return [f"{_describe_feature(extractor, feature)} (“{left[feature]}”, “{right[feature]}”)" for feature in rarest]


def _describe_feature(extractor: FeatureExtractor, feature: Feature) -> str:
    link = extractor.corpus.links.get(feature.value) if feature.kind == event_features.LINK else None
    if link:
        return link.name
    return f"the {feature.kind} {feature.value}" if feature.kind != event_features.NAME else "a name"


def _with_evidence(assignments: Iterable[SplitAssignment], ties: Iterable[tuple[Tie, Evidence]]) -> Iterator[Proposal]:
    """Yield the proposals, each with the evidence of its ties to any article, the strongest first."""
    evidence_of: defaultdict[str, list[Evidence]] = defaultdict(list)
    for tie, evidence in ties:
        evidence_of[tie.left].append(evidence)
        evidence_of[tie.right].append(evidence._replace(other=tie.left))
    for row, bridged in assignments:
        evidence_list = sorted(evidence_of[row.article], key=lambda each: (-each.score, each.other, each.kind))
        yield Proposal(row, evidence_list, bridged)
