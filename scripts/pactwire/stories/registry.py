"""Rows of splits.csv for new stories, and what becomes of the existing rows.

A story is one event, reported in any language. Its id is that of its first article, and all its articles share one
split. ``build`` reads the registry and never computes it. Rows are only ever added; an existing row changes only if its
article is gone: then it becomes ``withdrawn``.
"""

import csv
import io
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final

from pactwire.corpus.splits import SPLIT_COLUMNS, SPLITS, WITHDRAWN, SplitRow
from pactwire.model import digests

SPLIT_SHARES: Final = {"train": 0.8, "validation": 0.1, "test": 0.1}


def new_story_rows(groups: Sequence[Sequence[str]], frozen: Mapping[str, str] | None = None) -> list[SplitRow]:
    """Return a row for each article of new stories, in the given order.

    A split without any story gets a new one from the split with the most, so that tiny corpora have all three.

    Args:
        groups: The article ids of each new story.
        frozen: The split of each story that is already in the registry.
    """
    frozen = frozen or {}
    splits = {group[0]: split_of(group[0]) for group in groups}
    movable = sorted(splits, key=_position)
    for empty in [split for split in SPLITS if split not in (*splits.values(), *frozen.values())]:
        counts = Counter([*splits.values(), *frozen.values()])
        fullest = max(SPLITS, key=lambda split: counts[split])
        candidates = [story for story in movable if splits[story] == fullest]
        if counts[fullest] > 1 and candidates:
            splits[candidates[-1]] = empty
    return [SplitRow(article, group[0], splits[group[0]]) for group in groups for article in group]


def split_of(story: str) -> str:
    """Return the split of a story's id: SPLIT_SHARES divide the range of its SHA-256."""
    position, limit = _position(story), 0.0
    for split, share in SPLIT_SHARES.items():
        limit += share
        if position < limit:
            return split
    return split  # if the sum of the shares is rounded down


def mark_withdrawn(registry: Iterable[SplitRow], articles: Container[str]) -> list[SplitRow]:
    """Return the registry with the rows of missing articles ``withdrawn``."""
    return [row if row.article in articles else row._replace(split=WITHDRAWN) for row in registry]


def render_csv(registry: Iterable[SplitRow]) -> str:
    """Return the text of splits.csv."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([SPLIT_COLUMNS, *registry])
    return stream.getvalue()


def _position(story: str) -> float:
    """Return a number in [0, 1) that depends only on the story's id."""
    return int(digests.short_sha256(story, 8), 16) / 2**32
