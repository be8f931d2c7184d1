"""Articles grouped into stories to the rows of splits.csv: all articles of a story share one split.

A story is an event, told in any language; its id is its first article's. ``build`` reads the
registry and never computes it: this is how its rows are made when articles arrive.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pactwire.corpus import SPLITS, SplitRow
from pactwire.files import sha256

SHARES: Final = {"train": 0.8, "validation": 0.1, "test": 0.1}


def rows(groups: Sequence[Sequence[str]], frozen: Mapping[str, str] | None = None) -> list[SplitRow]:
    """Return a row for each article of each story, stories and articles in the order given.

    ``frozen`` gives the split of stories that a release already holds. A split without a story
    gets one from the split with the most, so that tiny corpora have all three.
    """
    frozen = frozen or {}
    splits = {group[0]: frozen.get(group[0]) or split_of(group[0]) for group in groups}
    movable = sorted((story for story in splits if story not in frozen), key=_position)
    for empty in [split for split in SPLITS if split not in splits.values()]:
        counts = {split: sum(value == split for value in splits.values()) for split in SPLITS}
        fullest = max(SPLITS, key=lambda split: counts[split])
        candidates = [story for story in movable if splits[story] == fullest]
        if counts[fullest] > 1 and candidates:
            splits[candidates[-1]] = empty
    return [SplitRow(article, group[0], splits[group[0]]) for group in groups for article in group]


def split_of(story: str) -> str:
    """Return the split that a story's id falls into: SHARES of the range of its SHA-256."""
    position, limit = _position(story), 0.0
    for split, share in SHARES.items():
        limit += share
        if position < limit:
            return split
    return SPLITS[-1]


def _position(story: str) -> float:
    """Return a number in [0, 1) that depends on the story's id alone."""
    return int(sha256(story)[:8], 16) / 2**32
