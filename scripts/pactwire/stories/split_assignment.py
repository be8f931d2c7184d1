"""Newcomers, what ties articles together, and the registry to a row for each newcomer.

A story that the registry holds never changes its split, and its articles never move.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pactwire.corpus.splits import EXCLUDED, SPLITS, WITHDRAWN, SplitRow
from pactwire.stories import registry


class Tie(NamedTuple):
    """Two articles that belong to one story; ``score`` from 0 to 1 says how surely."""

    left: str
    right: str
    score: float


class SplitAssignment(NamedTuple):
    """A newcomer's row; ``bridged`` are the rows of other splits that keep it out of all of them."""

    row: SplitRow
    bridged: tuple[SplitRow, ...] = ()


TieScores = Mapping[str, Mapping[str, float]]


def assign_splits(newcomers: Sequence[str], ties: Iterable[Tie], rows: Iterable[SplitRow]) -> list[SplitAssignment]:
    """Return a place for each newcomer in their order.

    Newcomers tied to stories of one split join the story they are tied to most; those tied to stories of
    several splits, or to articles that are ``excluded``, are ``excluded``; those tied to none make stories
    of their own.
    """
    known = {row.article: row for row in rows}
    splits = {row.story: row.split for row in known.values() if row.split in SPLITS}
    tied: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for left, right, score in ties:
        tied[left][right] = tied[right][left] = max(score, tied[left].get(right, 0.0))
    found: dict[str, SplitAssignment] = {}
    new: list[list[str]] = []
    for group in _connected_groups(newcomers, tied):
        met = _tied_rows(group, tied, known, splits)
        if not met:
            new.append(group)
        elif len({row.split for row in met}) == 1 and met[0].split != EXCLUDED:
            found |= {article: SplitAssignment(SplitRow(article, met[0].story, met[0].split)) for article in group}
        else:
            found |= _assign_one_by_one(group, tied, known, splits)
    found |= {row.article: SplitAssignment(row) for row in registry.new_story_rows(new, splits)}
    return [found[article] for article in newcomers]


def _connected_groups(newcomers: Sequence[str], tied: TieScores) -> Iterator[list[str]]:
    """Yield the newcomers that ties hold together, groups and their articles in the order of newcomers."""
    order = {article: place for place, article in enumerate(newcomers)}
    seen: set[str] = set()
    for first in newcomers:
        if first in seen:
            continue
        seen.add(first)
        group = [first]
        for article in group:
            fresh = [other for other in tied.get(article, ()) if other in order and other not in seen]
            seen.update(fresh)
            group += fresh
        yield sorted(group, key=lambda article: order[article])


def _tied_rows(
    group: Sequence[str], tied: TieScores, known: Mapping[str, SplitRow], splits: Mapping[str, str]
) -> list[SplitRow]:
    """Return the rows that a group is tied to, the strongest tie first.

    The split of an article that was withdrawn is that of its story.
    """
    scores: dict[str, float] = {}
    for article in group:
        for other, score in tied.get(article, {}).items():
            if other in known:
                scores[other] = max(score, scores.get(other, 0.0))
    rows = [known[other] for other in sorted(scores, key=lambda other: (-scores[other], other))]
    return [
        row._replace(split=splits.get(row.story) or registry.split_of(row.story)) if row.split == WITHDRAWN else row
        for row in rows
    ]


def _assign_one_by_one(
    group: Sequence[str], tied: TieScores, known: Mapping[str, SplitRow], splits: Mapping[str, str]
) -> dict[str, SplitAssignment]:
    """Place the articles of a group that no one split can take, each by its own ties to what has a place."""
    placed: dict[str, SplitAssignment] = {}
    left = list(group)
    known = dict(known)
    while left:
        article = next(each for each in left if _tied_rows([each], tied, known, splits))
        met = _tied_rows([article], tied, known, splits)
        split = met[0].split if len({row.split for row in met}) == 1 else EXCLUDED
        row = SplitRow(article, met[0].story, split)
        placed[article] = SplitAssignment(row, _first_of_each_story(met) if split == EXCLUDED else ())
        known[article] = row
        left.remove(article)
    return placed


def _first_of_each_story(rows: Iterable[SplitRow]) -> tuple[SplitRow, ...]:
    """Return the first row of each story and split."""
    return tuple({(row.story, row.split): row for row in reversed(list(rows))}.values())[::-1]
