"""Split assignment: which new articles are near duplicates of registered ones, and the splits of new groups.

A story in the registry never changes its split, and its articles never move.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pactwire.corpus.settings import SPLIT_SHARES
from pactwire.corpus.splits import EXCLUDED, SPLITS, WITHDRAWN, SplitRow
from pactwire.stories import registry


class Tie(NamedTuple):
    """Two near duplicates, and how much they share, from 0 to 1."""

    left: str
    right: str
    score: float


class SplitAssignment(NamedTuple):
    """The row of a new article; if it is excluded, ``bridged`` has the rows of different splits that it is tied to."""

    row: SplitRow
    bridged: tuple[SplitRow, ...] = ()


TieScores = Mapping[str, Mapping[str, float]]


def home_splits(rows: Iterable[SplitRow], shares: Mapping[str, float] = SPLIT_SHARES) -> dict[str, str]:
    """Return the split of each article of the registry; a withdrawn one has its story's split."""
    rows = list(rows)
    splits = {row.story: row.split for row in reversed(rows) if row.split in SPLITS}
    return {
        row.article: splits.get(row.story) or registry.split_of(row.group or row.story, shares)
        if row.split == WITHDRAWN
        else row.split
        for row in rows
    }


def assign_copies(
    newcomers: Sequence[str], ties: Iterable[Tie], rows: Iterable[SplitRow]
) -> tuple[dict[str, SplitAssignment], list[list[str]]]:
    """Return the assignments of new near duplicates of registered articles, and all other new articles in units.

    New articles tied to stories in one split join the story with the strongest tie. Those tied to stories in several
    splits, or to ``excluded`` articles, are ``excluded``. A unit is an article with its near duplicates, in order.

    Args:
        newcomers: The ids of the articles without a row.
        ties: Ties between any articles.
        rows: The registry, each article with its home split (`home_splits`).
    """
    known = {row.article: row for row in rows}
    tied: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for left, right, score in ties:
        tied[left][right] = tied[right][left] = max(score, tied[left].get(right, 0.0))
    assigned: dict[str, SplitAssignment] = {}
    units: list[list[str]] = []
    for unit in _connected_units(newcomers, tied):
        tied_rows = _tied_rows(unit, tied, known)
        if not tied_rows:
            units.append(unit)
        elif (split := _common_split(tied_rows)) != EXCLUDED:
            assigned |= {
                article: SplitAssignment(tied_rows[0]._replace(article=article, split=split, fold=""))
                for article in unit
            }
        else:
            assigned |= _assign_one_by_one(unit, tied, known)
    return assigned, units


def _connected_units(newcomers: Sequence[str], tied: TieScores) -> Iterator[list[str]]:
    """Yield the new articles connected by ties; units and their articles are in the order of newcomers."""
    order = {article: position for position, article in enumerate(newcomers)}
    seen: set[str] = set()
    for first in newcomers:
        if first in seen:
            continue
        seen.add(first)
        unit = [first]
        for article in unit:
            connected = [other for other in tied.get(article, ()) if other in order and other not in seen]
            seen.update(connected)
            unit += connected
        yield sorted(unit, key=lambda article: order[article])


def _tied_rows(unit: Sequence[str], tied: TieScores, known: Mapping[str, SplitRow]) -> list[SplitRow]:
    """Return the rows that a unit is tied to, the strongest tie first."""
    scores: dict[str, float] = {}
    for article in unit:
        for other, score in tied.get(article, {}).items():
            if other in known:
                scores[other] = max(score, scores.get(other, 0.0))
    return [known[other] for other in sorted(scores, key=lambda other: (-scores[other], other))]


def _common_split(rows: Sequence[SplitRow]) -> str:
    """Return the one split of all rows; excluded if they are in several."""
    return rows[0].split if len({row.split for row in rows}) == 1 else EXCLUDED


def _assign_one_by_one(
    unit: Sequence[str], tied: TieScores, known: Mapping[str, SplitRow]
) -> dict[str, SplitAssignment]:
    """Assign the articles of a unit that can't all be in one split, each by its ties to rows and to those assigned."""
    assigned: dict[str, SplitAssignment] = {}
    remaining = list(unit)
    known = dict(known)
    while remaining:
        article = next(each for each in remaining if _tied_rows([each], tied, known))
        tied_rows = _tied_rows([article], tied, known)
        split = _common_split(tied_rows)
        row = tied_rows[0]._replace(article=article, split=split, fold="")
        assigned[article] = exclude(row, tied_rows) if split == EXCLUDED else SplitAssignment(row)
        known[article] = assigned[article].row
        remaining.remove(article)
    return assigned


def exclude(row: SplitRow, tied_rows: Iterable[SplitRow]) -> SplitAssignment:
    """Return the assignment of an article that is excluded since it is tied to rows, the first of each story named."""
    bridged: dict[tuple[str, str], SplitRow] = {}
    for each in tied_rows:
        bridged.setdefault((each.story, each.split), each)
    return SplitAssignment(row._replace(split=EXCLUDED, group="", fold=""), tuple(bridged.values()))


def assign_group_splits(
    groups: Mapping[str, Mapping[str, int]],
    taken: Mapping[str, Mapping[str, int]],
    shares: Mapping[str, float] = SPLIT_SHARES,
) -> dict[str, str]:
    """Return the split of each new group.

    It is the split of the group's id if there is room for it, in all and in each of its languages, and otherwise the
    one that lacks most; the largest groups choose first. A split that has a share but no group gets one.

    Args:
        groups: How many articles in each language each new group has, by its id.
        taken: How many articles in each language each split already has.
        shares: The share of articles that each split gets.
    """
    counts = {split: Counter(taken.get(split, {})) for split in SPLITS}
    totals = sum((*counts.values(), *map(Counter, groups.values())), Counter())
    chosen: dict[str, str] = {}
    for group in sorted(groups, key=lambda each: (-sum(groups[each].values()), registry.position_of(each))):
        wanted = registry.split_of(group, shares)
        if not _has_room(groups[group], counts[wanted], totals, shares[wanted]):
            wanted = max(
                (split for split in SPLITS if shares[split]), key=lambda each: _lack(counts, each, totals, shares)
            )
        chosen[group] = wanted
        counts[wanted].update(groups[group])
    return _fill_empty_splits(chosen, {split for split, count in counts.items() if count.total()}, shares)


def _has_room(group: Mapping[str, int], count: Counter[str], totals: Counter[str], share: float) -> bool:
    """Return whether a split can take a group and have no more articles than its share, rounded up."""
    return count.total() + sum(group.values()) <= math.ceil(share * totals.total()) and all(
        count[language] + number <= math.ceil(share * totals[language]) for language, number in group.items()
    )


def _lack(counts: Mapping[str, Counter[str]], split: str, totals: Counter[str], shares: Mapping[str, float]) -> float:
    return shares[split] * totals.total() - counts[split].total()


def _fill_empty_splits(chosen: dict[str, str], filled: set[str], shares: Mapping[str, float]) -> dict[str, str]:
    """Return the splits of groups, so that each split with a share has one, if there are enough."""
    for empty in [split for split in SPLITS if shares[split] and split not in filled]:
        counts = Counter(chosen.values())
        fullest = max(SPLITS, key=lambda split: counts[split])
        if counts[fullest] > 1:
            last = max((group for group in chosen if chosen[group] == fullest), key=registry.position_of)
            chosen[last] = empty
    return chosen
