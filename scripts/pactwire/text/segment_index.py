"""Offset mapping on arrays: the spans of many articles at once, from source texts into content texts."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pactwire.model.records import Segment
from pactwire.text.tokens import IntArray

_OFFSET_BITS: Final = 32


class SegmentIndex:
    """The segments of several articles, to map all their spans at once: `offsets.to_content` on arrays.

    Used for the label columns of a build, which hold most of its spans: mapped one by one, they took twice as long
    (9.7 ms instead of 4.9 ms for the labels of 64 articles), and a build about 4 % more.
    """

    def __init__(self, articles: Sequence[Sequence[Segment]]) -> None:
        """Take the segments of each article; articles are known by their place in this list."""
        before = (-1, 0, 0, 0)  # so that there is a segment at or before every position
        rows = [
            (number, segment["source"], segment["content"], segment["length"])
            for number, segments in enumerate(articles)
            for segment in segments
        ]
        numbers, sources, contents, lengths = np.array([before, *rows], np.int64).T
        self._starts = _positions(numbers, sources)
        self._ends = self._starts + lengths
        self._shifts = contents - sources

    def content_shifts(self, numbers: IntArray, starts: IntArray, ends: IntArray) -> IntArray:
        """Return how far each span of the source texts moves to get into the content text.

        Args:
            numbers: The article of each span.
            starts: Where the spans start in the source text of their article.
            ends: Where they end.

        Raises:
            ValueError: A span is in no segment as a whole.
        """
        first, last = _positions(numbers, starts), _positions(numbers, ends)
        at = np.searchsorted(self._starts, first, "right") - 1
        for outside in np.flatnonzero((last > self._ends[at]) | (last < first)):
            raise ValueError(f"{starts[outside]}:{ends[outside]} does not lie in the content text")
        shifts: IntArray = self._shifts[at]
        return shifts


def _positions(numbers: IntArray, offsets: IntArray) -> IntArray:
    """Return numbers that order offsets by article, then by offset."""
    return (numbers << _OFFSET_BITS) + offsets
