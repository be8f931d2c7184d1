"""Rows of splits.csv for new stories, and what becomes of the existing rows.

A story is one event, reported in any language. Its id is that of its first article, and all its articles share one
split. A group is what must not be torn, one story or several, in one split and one fold. ``build`` reads the registry
and never computes it. Rows are only ever added; an existing row changes only if its article is gone: then it becomes
``withdrawn``.
"""

import csv
import io
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence

from pactwire.corpus.settings import SPLIT_SHARES
from pactwire.corpus.splits import SPLIT_COLUMNS, SPLITS, WITHDRAWN, SplitRow
from pactwire.model import digests


def new_story_rows(
    groups: Sequence[Sequence[str]],
    frozen: Mapping[str, str] | None = None,
    shares: Mapping[str, float] = SPLIT_SHARES,
) -> list[SplitRow]:
    """Return a row for each article of new stories, in the given order.

    A split that has a share but no story gets a new one from the split with the most, so that tiny corpora have all.

    Args:
        groups: The article ids of each new story.
        frozen: The split of each story that is already in the registry.
        shares: The share of stories that each split gets.
    """
    frozen = frozen or {}
    splits = {group[0]: split_of(group[0], shares) for group in groups}
    movable = sorted(splits, key=_position)
    for empty in [each for each in SPLITS if shares[each] and each not in (*splits.values(), *frozen.values())]:
        counts = Counter([*splits.values(), *frozen.values()])
        fullest = max(SPLITS, key=lambda split: counts[split])
        candidates = [story for story in movable if splits[story] == fullest]
        if counts[fullest] > 1 and candidates:
            splits[candidates[-1]] = empty
    return [SplitRow(article, group[0], splits[group[0]]) for group in groups for article in group]


def split_of(story: str, shares: Mapping[str, float] = SPLIT_SHARES) -> str:
    """Return the split of a story's id: the shares of splits divide the range of its SHA-256."""
    position, limit = _position(story), 0.0
    sharing = {split: share for split, share in shares.items() if share}
    for split, share in sharing.items():
        limit += share
        if position < limit:
            return split
    return split  # if the sum of the shares is rounded down


def mark_withdrawn(registry: Iterable[SplitRow], articles: Container[str]) -> list[SplitRow]:
    """Return the registry with the rows of missing articles ``withdrawn``."""
    return [row if row.article in articles else row._replace(split=WITHDRAWN) for row in registry]


def with_folds(registry: Iterable[SplitRow], folds: int) -> list[SplitRow]:
    """Return the registry with a group and a fold for each row but those ``excluded``; what is there stays.

    A story without a group is one, and a new group is in the fold with the fewest groups, the first of them.

    Args:
        registry: The rows, old and new.
        folds: The number of folds.
    """
    rows = list(registry)
    group_of = {row.story: row.group for row in rows if row.group}
    fold_of = {row.group: row.fold for row in rows if row.group and row.fold}
    counts = Counter(fold_of.values())
    for at, row in enumerate(rows):
        if row.split in (*SPLITS, WITHDRAWN) and not row.fold:
            group = row.group or group_of.setdefault(row.story, row.story)
            if group not in fold_of:
                fold_of[group] = min(map(str, range(folds)), key=lambda fold: (counts[fold], int(fold)))
                counts[fold_of[group]] += 1
            rows[at] = row._replace(group=group, fold=fold_of[group])
    return rows


def render_csv(registry: Iterable[SplitRow]) -> str:
    """Return the text of splits.csv."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([SPLIT_COLUMNS, *registry])
    return stream.getvalue()


def _position(story: str) -> float:
    """Return a number in [0, 1) that depends only on the story's id."""
    return int(digests.short_sha256(story, 8), 16) / 2**32
