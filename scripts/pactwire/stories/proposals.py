"""A corpus to a proposal for each article without a row in splits.csv: its story, its split, and the evidence."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import SplitRow
from pactwire.model.issues import DataError
from pactwire.stories import candidate_pairs, event_features, events, near_duplicates, split_assignment
from pactwire.stories.article_features import FeatureExtractor
from pactwire.stories.candidate_pairs import Pairs
from pactwire.stories.event_features import Feature
from pactwire.stories.events import FeatureArrays, Frequencies
from pactwire.stories.shingles import Hashes, shingle_set
from pactwire.stories.signatures import Signatures, minhash_signatures
from pactwire.stories.split_assignment import SplitAssignment, Tie

_ARTICLES_AT_ONCE: Final = 1_000
_MAX_SHARED: Final = 8
"""Pieces of evidence that are told of a pair, the weightiest first."""
_SHINGLES_CACHED: Final = 256


class Evidence(NamedTuple):
    """Why two articles are one story: a score from 0 to 1, and what both hold, in words."""

    other: str
    kind: str
    score: float
    shared: list[str]


class Proposal(NamedTuple):
    """A row for an article, what ties it to other articles, and the rows that it bridges where it is excluded."""

    row: SplitRow
    evidence: list[Evidence]
    bridged: tuple[SplitRow, ...]

    def record(self) -> dict[str, Any]:
        """Return the proposal as JSON."""
        return {
            **self.row._asdict(),
            "evidence": [each._asdict() for each in self.evidence],
            "bridged": [row._asdict() for row in self.bridged],
        }


class _ArticleArrays(NamedTuple):
    """What all articles are grouped by, row by row."""

    signatures: Signatures
    features: FeatureArrays


def propose(data: Corpus, track: Callable[[Sequence[str]], Iterable[str]] = iter) -> list[Proposal]:
    """Return a proposal for each article without a row, in the order of the raw files.

    ``track`` wraps the ids that are read, to show how far it is. Raises DataError where a file or record
    can't be read, since a story can't be told from half of the articles.
    """
    if problems := [*data.issues, *(issue for issues in data.articles.unidentified() for issue in issues)]:
        raise DataError(problems)
    ids = list(data.articles)
    known = {row.article for _, row in data.splits}
    fresh = np.array([identity not in known for identity in ids], bool)
    if not fresh.any():
        return []
    contents = FeatureExtractor(data)
    arrays = _article_arrays(contents, ids, track)
    ties = list(_find_ties(contents, ids, arrays, fresh))
    rows = [row for _, row in data.splits]
    newcomers = [identity for identity, new in zip(ids, fresh, strict=True) if new]
    found = split_assignment.assign_splits(newcomers, [tie for tie, _ in ties], rows)
    return list(_with_evidence(found, ties))


def _article_arrays(
    contents: FeatureExtractor, ids: Sequence[str], track: Callable[[Sequence[str]], Iterable[str]]
) -> _ArticleArrays:
    parts, codes, languages, days = [], [], [], []
    waiting = iter(track(ids))
    while batch := [contents.extract(identity) for identity in islice(waiting, _ARTICLES_AT_ONCE)]:
        parts.append(minhash_signatures(each.text for each in batch))
        codes += [event_features.encode(each.features) for each in batch]
        languages += [each.language for each in batch]
        days += [each.day for each in batch]
    return _ArticleArrays(np.concatenate(parts), events.gather_features(codes, languages, days))


def _find_ties(
    contents: FeatureExtractor, ids: Sequence[str], arrays: _ArticleArrays, fresh: npt.NDArray[np.bool_]
) -> Iterator[tuple[Tie, Evidence]]:
    """Yield what ties newcomers to each other and to the registry's articles."""

    @lru_cache(maxsize=_SHINGLES_CACHED)
    def shingles_of(row: int) -> Hashes:
        return shingle_set(contents.extract(ids[row]).text)

    for copy in near_duplicates.near_copies(
        _with_newcomers(near_duplicates.find_candidates(arrays.signatures), fresh), shingles_of
    ):
        shared = [f"{copy.similarity:.0%} of their runs of four words"]
        tie = Tie(ids[copy.left], ids[copy.right], copy.similarity)
        yield tie, Evidence(tie.right, "copy", round(copy.similarity, 3), shared)
    counts = events.count_frequencies(arrays.features)
    found = _with_newcomers(events.find_candidates(arrays.features, counts), fresh)
    for event in events.same_event_pairs(found, arrays.features, counts):
        tie = Tie(ids[event.left], ids[event.right], event.probability)
        shared = _describe_shared(contents, tie, counts)
        yield tie, Evidence(tie.right, "event", round(event.probability, 3), shared)


def _with_newcomers(found: Pairs, fresh: npt.NDArray[np.bool_]) -> Pairs:
    left, right = candidate_pairs.unpack_halves(found)
    return found[fresh[left] | fresh[right]]


def _describe_shared(contents: FeatureExtractor, tie: Tie, counts: Frequencies) -> list[str]:
    """Say what two articles share, the rarest first: the number 11000 (“11 000”, “11,000”)."""
    mine, theirs = contents.extract(tie.left).features, contents.extract(tie.right).features
    both = [clue for clue in mine if clue in theirs]
    chances = counts.chances(np.array([event_features.encode_one(clue) for clue in both], np.uint32))
    ranked = [both[place] for place in np.argsort(chances, kind="stable")[:_MAX_SHARED]]
    return [f"{_describe_feature(contents, clue)} (“{mine[clue]}”, “{theirs[clue]}”)" for clue in ranked]


def _describe_feature(contents: FeatureExtractor, clue: Feature) -> str:
    link = contents.corpus.links.get(clue.value) if clue.kind == event_features.LINK else None
    if link:
        return link.name
    return f"the {clue.kind} {clue.value}" if clue.kind != event_features.NAME else "a name"


def _with_evidence(found: Iterable[SplitAssignment], ties: Iterable[tuple[Tie, Evidence]]) -> Iterator[Proposal]:
    """Yield the proposals with the evidence of each: its ties to rows and to newcomers, the strongest first."""
    of: dict[str, list[Evidence]] = {}
    for tie, evidence in ties:
        of.setdefault(tie.left, []).append(evidence)
        of.setdefault(tie.right, []).append(evidence._replace(other=tie.left))
    for place in found:
        mine = sorted(of.get(place.row.article, []), key=lambda each: (-each.score, each.other, each.kind))
        yield Proposal(place.row, mine, place.bridged)
