"""Placement: the rows of new articles, from the stories and groups that they were linked to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pactwire.corpus.settings import Settings
from pactwire.corpus.splits import EXCLUDED, SPLITS, SplitRow
from pactwire.stories import split_assignment
from pactwire.stories.split_assignment import SplitAssignment
from pactwire.stories.story_linkage import KnownStory, LinkedUnit

_NEW: str = ""
"""The split of a new group until all are known."""


def known_stories(rows: Iterable[SplitRow], row_of: Mapping[str, int]) -> list[KnownStory]:
    """Return the stories of rows in each of their splits, as far as their articles are in the corpus.

    Args:
        rows: Rows with their home splits.
        row_of: The row number of each article of the corpus.
    """
    found: dict[tuple[str, str], KnownStory] = {}
    for row in rows:
        if row.article in row_of:
            found.setdefault((row.story, row.split), KnownStory(row, [])).articles.append(row_of[row.article])
    return list(found.values())


def place_units(
    units: Sequence[Sequence[str]], linked: Sequence[LinkedUnit], stories: Sequence[KnownStory]
) -> Iterator[SplitAssignment]:
    """Yield an assignment for each article of units; the rows of new groups have no split yet, and no new row a fold.

    A unit that belongs to an excluded story, or to stories in two splits, is excluded.
    """
    for unit, link in zip(units, linked, strict=True):
        story = units[link.story][0]
        for article in unit:
            if link.known_story is not None:
                row = stories[link.known_story].row._replace(article=article, fold="")
                tied = [stories[each].row for each in (link.known_story, *link.bridged)]
                is_excluded = row.split == EXCLUDED or link.bridged
                yield split_assignment.exclude(row, tied) if is_excluded else SplitAssignment(row)
            elif link.known_group is not None:
                row = stories[link.known_group].row
                yield SplitAssignment(row._replace(article=article, story=story, fold=""))
            else:
                yield SplitAssignment(SplitRow(article, story, _NEW, units[link.group][0]))


def join_groups(
    assignments: Sequence[SplitAssignment], rows: Sequence[SplitRow], clusters: Iterable[Iterable[str]]
) -> list[SplitAssignment]:
    """Return the assignments with one group for all new groups that share a cluster; groups of the registry stay apart.

    Args:
        assignments: Those of new articles.
        rows: The registry, with home splits.
        clusters: The articles of each cluster.
    """
    known = {row.group: row for row in rows if row.group}
    group_of = {row.article: row.group for row in (*rows, *(each.row for each in assignments)) if row.group}
    joined: dict[str, str] = {}

    def root(group: str) -> str:
        while group in joined:
            group = joined[group]
        return group

    for articles in clusters:
        groups = {root(group_of[article]) for article in articles if article in group_of}
        first, *others = sorted(groups, key=lambda group: (group not in known, group)) or [""]
        joined |= {group: first for group in others if group not in known}
    result = []
    for row, bridged in assignments:
        group = root(row.group)
        split = known[group].split if row.split == _NEW and group in known else row.split
        result.append(SplitAssignment(row._replace(group=group, split=split), bridged))
    return result


def fill_splits(
    assignments: Sequence[SplitAssignment],
    rows: Sequence[SplitRow],
    languages: Mapping[str, str],
    settings: Settings,
) -> list[SplitAssignment]:
    """Return the assignments with a split for each new group, and a fold for each group.

    Args:
        assignments: Those of new articles, in order.
        rows: The registry.
        languages: The language of each article of the corpus.
        settings: The dataset's.
    """
    groups: defaultdict[str, Counter[str]] = defaultdict(Counter)
    taken: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in (*rows, *(each.row for each in assignments)):
        if row.split == _NEW:
            groups[row.group][languages[row.article]] += 1
        elif row.split in SPLITS and row.article in languages:
            taken[row.split][languages[row.article]] += 1
    splits = split_assignment.assign_group_splits(groups, taken, settings.shares)
    placed = [
        SplitAssignment(row._replace(split=splits[row.group]) if row.split == _NEW else row, bridged)
        for row, bridged in assignments
    ]
    folds = _group_folds([*rows, *(each.row for each in placed)], settings.folds)
    return [SplitAssignment(row._replace(fold=folds.get(row.group, "")), bridged) for row, bridged in placed]


def _group_folds(rows: Sequence[SplitRow], count: int) -> dict[str, str]:
    """Return the fold of each group: its own, or for a new group, in order, the fold with the fewest articles."""
    sizes = Counter(row.group for row in rows if row.group)
    folds = {row.group: row.fold for row in rows if row.group and row.fold}
    articles: Counter[str] = Counter()
    for group, fold in folds.items():
        articles[fold] += sizes[group]
    for group in sizes:
        if group not in folds:
            folds[group] = min(map(str, range(count)), key=lambda fold: (articles[fold], int(fold)))
            articles[folds[group]] += sizes[group]
    return folds
