"""Proposals: the story, group and split of each article without a row in splits.csv, with the evidence."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import FIRST_COLUMNS, SplitRow
from pactwire.model.issues import DataError
from pactwire.stories import (
    article_vectors,
    candidate_pairs,
    event_features,
    near_duplicates,
    placement,
    split_assignment,
    story_linkage,
    word_features,
)
from pactwire.stories.article_features import FeatureExtractor
from pactwire.stories.article_store import ArticleStore
from pactwire.stories.article_vectors import ArticleVectors
from pactwire.stories.evidence import COPY, EVENT, RELATED, Evidence, SharedFeatures
from pactwire.stories.near_duplicates import NearDuplicate
from pactwire.stories.same_events import AlikePairs
from pactwire.stories.shingles import Hashes, shingle_set
from pactwire.stories.signatures import Signatures, minhash_signatures
from pactwire.stories.split_assignment import SplitAssignment, Tie

_ARTICLES_AT_ONCE: Final = 64
_MAX_EVIDENCE: Final = 3
"""Most pieces of evidence that are reported of an article, near duplicates first, then the strongest."""
_SHINGLES_CACHED: Final = 256


class Proposal(NamedTuple):
    """A row for an article, its evidence, and, if it is excluded, the rows of different splits that it bridges."""

    row: SplitRow
    evidence: list[Evidence]
    bridged: tuple[SplitRow, ...]

    def record(self) -> dict[str, Any]:
        """Return the proposal as JSON."""
        return {
            **_place(self.row),
            "group": self.row.group,
            "evidence": [evidence._asdict() for evidence in self.evidence],
            "bridged": [_place(row) for row in self.bridged],
        }


def _place(row: SplitRow) -> dict[str, str]:
    return dict(zip(FIRST_COLUMNS, row, strict=False))


class Proposals(NamedTuple):
    """The proposals for all articles without a row, and the language of each article of the corpus."""

    proposals: list[Proposal]
    languages: dict[str, str]


class _ArticleArrays(NamedTuple):
    """What articles are compared by, a row per article, in the order of ``ids``."""

    ids: list[str]
    signatures: Signatures
    vectors: ArticleVectors
    languages: list[str]
    days: npt.NDArray[np.int32]


def propose(data: Corpus, track: Callable[[Sequence[str]], Iterable[str]] = iter, anew: bool = False) -> Proposals:
    """Return a proposal for each article without a row, in the order of the raw files; each article is read once.

    Args:
        data: The corpus.
        track: Wraps the ids of the articles that are read, to show progress.
        anew: Propose a row for every article, whatever rows there are.

    Raises:
        DataError: A file or record can't be read; half of the articles can't show what the stories are.
    """
    if problems := [*data.issues, *(issue for issues in data.articles.unidentified() for issue in issues)]:
        raise DataError(problems)
    rows = [] if anew else [row for _, row in data.splits]
    known = {row.article for row in rows}
    if all(article_id in known for article_id in data.articles):
        return Proposals([], {})
    with closing(ArticleStore()) as store:
        arrays = _read_articles(FeatureExtractor(data), list(data.articles), store, track)
        is_new = np.array([article_id not in known for article_id in arrays.ids], bool)
        copies = list(_find_copies(arrays, store, is_new))
        assignments, pairs = _assign(data, rows, arrays, is_new, copies)
        evidence = _evidence(data, arrays, store, copies, pairs, [*rows, *(each.row for each in assignments)])
    languages = dict(zip(arrays.ids, arrays.languages, strict=True))
    return Proposals([Proposal(row, evidence[row.article], bridged) for row, bridged in assignments], languages)


def _read_articles(
    extractor: FeatureExtractor,
    ids: list[str],
    store: ArticleStore,
    track: Callable[[Sequence[str]], Iterable[str]],
) -> _ArticleArrays:
    """Return what articles are compared by; all else that is known of them goes to the store."""
    signatures, codes, words, languages, days = [], [], [], [], []
    remaining = iter(track(ids))
    while batch := [extractor.extract(article_id) for article_id in islice(remaining, _ARTICLES_AT_ONCE)]:
        texts = [article.text for article in batch]
        signatures.append(minhash_signatures(texts))
        codes += [event_features.encode(article.features) for article in batch]
        words += word_features.extract_words(texts, [article.language for article in batch])
        languages += [article.language for article in batch]
        days += [article.day for article in batch]
        for article in batch:
            store.add(article)
    vectors = article_vectors.build_vectors(codes, words, languages)
    return _ArticleArrays(ids, np.concatenate(signatures), vectors, languages, np.array(days, np.int32))


def _find_copies(arrays: _ArticleArrays, store: ArticleStore, is_new: npt.NDArray[np.bool_]) -> Iterator[NearDuplicate]:
    """Yield the near duplicates of which at least one is new."""

    @lru_cache(maxsize=_SHINGLES_CACHED)
    def shingles_of(row: int) -> Hashes:
        return shingle_set(store.get(row).text)

    candidates = near_duplicates.find_candidates(arrays.signatures)
    left, right = candidate_pairs.unpack_halves(candidates)
    return near_duplicates.verify_candidates(candidates[is_new[left] | is_new[right]], shingles_of)


def _assign(
    data: Corpus,
    rows: Sequence[SplitRow],
    arrays: _ArticleArrays,
    is_new: npt.NDArray[np.bool_],
    copies: Sequence[NearDuplicate],
) -> tuple[list[SplitAssignment], AlikePairs]:
    """Return the assignments of new articles, in order, and the pairs that stories and groups follow from."""
    settings = data.settings
    row_of = {article_id: row for row, article_id in enumerate(arrays.ids)}
    newcomers = [arrays.ids[row] for row in np.flatnonzero(is_new).tolist()]
    homes = split_assignment.home_splits(rows, settings.shares)
    at_home = [row._replace(split=homes[row.article]) for row in rows]
    ties = [Tie(arrays.ids[copy.left], arrays.ids[copy.right], copy.similarity) for copy in copies]
    joined, units = split_assignment.assign_copies(newcomers, ties, at_home)
    stories = placement.known_stories([*at_home, *(each.row for each in joined.values())], row_of)
    firsts = [row_of[unit[0]] for unit in units]
    linked, pairs = story_linkage.link_units(firsts, stories, arrays.vectors, arrays.days, settings.caution)
    placed = {each.row.article: each for each in placement.place_units(units, linked, stories)} | joined
    assignments = [placed[article] for article in newcomers]
    if settings.join_clusters:
        clusters = [[member[:16] for member in cluster["members"]] for _, cluster in data.iter_clusters()]
        assignments = placement.join_groups(assignments, at_home, clusters)
    languages = dict(zip(arrays.ids, arrays.languages, strict=True))
    return placement.fill_splits(assignments, at_home, languages, settings), pairs


def _evidence(
    data: Corpus,
    arrays: _ArticleArrays,
    store: ArticleStore,
    copies: Iterable[NearDuplicate],
    pairs: AlikePairs,
    rows: Iterable[SplitRow],
) -> Mapping[str, list[Evidence]]:
    """Return the evidence of each article: near duplicates, and the articles of its story and group most like it."""
    row_by_article = {row.article: row for row in rows}
    found: defaultdict[int, list[tuple[bool, float, int, str]]] = defaultdict(list)
    for left, right, similarity in copies:
        for row, other in ((left, right), (right, left)):
            found[row].append((False, -similarity, other, COPY))
    for left, right, likeness in zip(pairs.left.tolist(), pairs.right.tolist(), pairs.likeness.tolist(), strict=True):
        first, second = row_by_article[arrays.ids[left]], row_by_article[arrays.ids[right]]
        if first.story == second.story or (first.group and first.group == second.group):
            kind = EVENT if first.story == second.story else RELATED
            for row, other in ((left, right), (right, left)):
                found[row].append((True, -likeness, other, kind))
    shared_features = SharedFeatures(arrays.vectors, store, data.links)
    evidence: defaultdict[str, list[Evidence]] = defaultdict(list)
    for row, reasons in found.items():
        for _, score, other, kind in sorted(reasons)[:_MAX_EVIDENCE]:
            shared = (
                [f"{-score:.0%} of their runs of four words"] if kind == COPY else shared_features.describe(row, other)
            )
            evidence[arrays.ids[row]].append(Evidence(arrays.ids[other], kind, round(-score, 3), shared))
    return evidence
