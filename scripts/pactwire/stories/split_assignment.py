"""Split assignment: a row of splits.csv for each new article, from its ties to other articles and the registry.

A story in the registry never changes its split, and its articles never move.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pactwire.corpus.settings import SPLIT_SHARES
from pactwire.corpus.splits import EXCLUDED, SPLITS, WITHDRAWN, SplitRow
from pactwire.stories import registry


class Tie(NamedTuple):
    """Two articles that belong to one story, and how certain this is, from 0 to 1."""

    left: str
    right: str
    score: float


class SplitAssignment(NamedTuple):
    """The row of a new article; if it is excluded, ``bridged`` has the rows of different splits that it is tied to."""

    row: SplitRow
    bridged: tuple[SplitRow, ...] = ()


TieScores = Mapping[str, Mapping[str, float]]


def assign_splits(
    newcomers: Sequence[str],
    ties: Iterable[Tie],
    rows: Iterable[SplitRow],
    shares: Mapping[str, float] = SPLIT_SHARES,
) -> list[SplitAssignment]:
    """Return an assignment for each new article, in order.

    New articles tied to stories in one split join the story with the strongest tie. Those tied to stories in several
    splits, or to ``excluded`` articles, are ``excluded``. Those tied to none form stories of their own.

    Args:
        newcomers: The ids of the articles without a row.
        ties: Ties between any articles.
        rows: The registry.
        shares: The share of stories that each split gets.
    """
    known = {row.article: row for row in rows}
    splits = {row.story: row.split for row in known.values() if row.split in SPLITS}
    gone = {row.story for row in known.values() if row.split == WITHDRAWN}
    homes = {story: registry.split_of(story, shares) for story in gone} | splits
    tied: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for left, right, score in ties:
        tied[left][right] = tied[right][left] = max(score, tied[left].get(right, 0.0))
    assigned: dict[str, SplitAssignment] = {}
    new_stories: list[list[str]] = []
    for group in _connected_groups(newcomers, tied):
        tied_rows = _tied_rows(group, tied, known, homes)
        if not tied_rows:
            new_stories.append(group)
        elif (split := _common_split(tied_rows)) != EXCLUDED:
            story = tied_rows[0].story
            assigned |= {article: SplitAssignment(SplitRow(article, story, split)) for article in group}
        else:
            assigned |= _assign_one_by_one(group, tied, known, homes)
    assigned |= {row.article: SplitAssignment(row) for row in registry.new_story_rows(new_stories, splits, shares)}
    return [assigned[article] for article in newcomers]


def _connected_groups(newcomers: Sequence[str], tied: TieScores) -> Iterator[list[str]]:
    """Yield the groups of new articles connected by ties; groups and their articles are in the order of newcomers."""
    order = {article: position for position, article in enumerate(newcomers)}
    grouped: set[str] = set()
    for first in newcomers:
        if first in grouped:
            continue
        grouped.add(first)
        group = [first]
        for article in group:
            connected = [other for other in tied.get(article, ()) if other in order and other not in grouped]
            grouped.update(connected)
            group += connected
        yield sorted(group, key=lambda article: order[article])


def _tied_rows(
    group: Sequence[str], tied: TieScores, known: Mapping[str, SplitRow], homes: Mapping[str, str]
) -> list[SplitRow]:
    """Return the rows that a group is tied to, the strongest tie first; a withdrawn article has its story's split.

    ``homes`` has the split of each story, also of one whose articles are all withdrawn.
    """
    scores: dict[str, float] = {}
    for article in group:
        for other, score in tied.get(article, {}).items():
            if other in known:
                scores[other] = max(score, scores.get(other, 0.0))
    rows = [known[other] for other in sorted(scores, key=lambda other: (-scores[other], other))]
    return [row._replace(split=homes[row.story]) if row.split == WITHDRAWN else row for row in rows]


def _common_split(rows: Sequence[SplitRow]) -> str:
    """Return the one split of all rows; excluded if they are in several."""
    return rows[0].split if len({row.split for row in rows}) == 1 else EXCLUDED


def _assign_one_by_one(
    group: Sequence[str], tied: TieScores, known: Mapping[str, SplitRow], homes: Mapping[str, str]
) -> dict[str, SplitAssignment]:
    """Assign the articles of a group that can't all be in one split, each by its ties to rows and to those assigned."""
    assigned: dict[str, SplitAssignment] = {}
    remaining = list(group)
    known = dict(known)
    while remaining:
        article = next(each for each in remaining if _tied_rows([each], tied, known, homes))
        tied_rows = _tied_rows([article], tied, known, homes)
        row = SplitRow(article, tied_rows[0].story, _common_split(tied_rows))
        assigned[article] = SplitAssignment(row, _first_of_each_story(tied_rows) if row.split == EXCLUDED else ())
        known[article] = row
        remaining.remove(article)
    return assigned


def _first_of_each_story(rows: Iterable[SplitRow]) -> tuple[SplitRow, ...]:
    """Return the first row of each story and split."""
    return tuple({(row.story, row.split): row for row in reversed(list(rows))}.values())[::-1]
