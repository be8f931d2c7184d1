"""Rows of splits.csv for new stories, and what becomes of the existing rows.

A story is one event, reported in any language. Its id is that of its first article, and all its articles share one
split. A group is what must not be torn, one story or several, in one split and one fold. ``build`` reads the registry
and never computes it. Rows are only ever added; an existing row changes only if its article is gone: then it becomes
``withdrawn``.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping

from pactwire.corpus.settings import SPLIT_SHARES
from pactwire.corpus.splits import SPLIT_COLUMNS, SPLITS, WITHDRAWN, SplitRow
from pactwire.model import digests
from pactwire.storage import files


def split_of(story: str, shares: Mapping[str, float] = SPLIT_SHARES) -> str:
    """Return the split of the id of a story or group: the shares of splits divide the range of its SHA-256."""
    position, limit = position_of(story), 0.0
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
    return files.render_table([SPLIT_COLUMNS, *registry], ",")


def position_of(story: str) -> float:
    """Return a number in [0, 1) that depends only on the id of a story or group."""
    return int(digests.short_sha256(story, 8), 16) / 2**32
