"""Stories found among newcomers, and the rows of splits.csv, to the rows of splits.csv to come.

A story is an event, told in any language; its id is its first article's. All its articles share one
split. ``build`` reads the registry and never computes it. Rows are only ever added; of those that stand,
one thing alone can change: the row of an article that is gone becomes ``withdrawn``.
"""

import csv
import io
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final

from pactwire.corpus.splits import SPLIT_COLUMNS, SPLITS, WITHDRAWN, SplitRow
from pactwire.storage.files import sha256

SPLIT_SHARES: Final = {"train": 0.8, "validation": 0.1, "test": 0.1}


def new_story_rows(groups: Sequence[Sequence[str]], frozen: Mapping[str, str] | None = None) -> list[SplitRow]:
    """Return a row for each article of each new story, stories and articles in the order given.

    ``frozen`` gives the split of each story that the registry holds. A split without a story gets
    a new one from the split with the most, so that tiny corpora have all three.
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
    """Return the split that a story's id falls into: SHARES of the range of its SHA-256."""
    position, limit = _position(story), 0.0
    for split, share in SPLIT_SHARES.items():
        limit += share
        if position < limit:
            return split
    return split  # where the shares' sum is rounded down


def mark_withdrawn(registry: Iterable[SplitRow], articles: Container[str]) -> list[SplitRow]:
    """Return the registry with every row of an article that is not there as ``withdrawn``."""
    return [row if row.article in articles else row._replace(split=WITHDRAWN) for row in registry]


def render_csv(registry: Iterable[SplitRow]) -> str:
    """Return the text of splits.csv."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([SPLIT_COLUMNS, *registry])
    return stream.getvalue()


def _position(story: str) -> float:
    """Return a number in [0, 1) that depends on the story's id alone."""
    return int(sha256(story)[:8], 16) / 2**32
