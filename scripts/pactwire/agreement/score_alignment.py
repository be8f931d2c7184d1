"""Alignment of texts that differ in white space alone: where a span of one text is in the other.

Formats of tokens hold no white space, and most predictions are of content texts, so a text is known by its other
characters. Offsets are code points, half-open.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class SqueezedText(NamedTuple):
    """A text without white space, and the offset of each of its characters in the text."""

    characters: str
    offsets: list[int]

    def position(self, offset: int) -> int:
        """Return the number of characters before an offset of the text."""
        return bisect_left(self.offsets, offset)


def squeeze(text: str, spans: Sequence[tuple[int, int]] | None = None) -> SqueezedText:
    """Return a text, or the parts of it that spans hold, without white space."""
    places = spans if spans is not None else [(0, len(text))]
    offsets = [offset for start, end in places for offset in range(start, end) if not text[offset].isspace()]
    return SqueezedText("".join(text[offset] for offset in offsets), offsets)


def moved_label(label: Mapping[str, Any], own: SqueezedText, target: SqueezedText, shift: int, text: str) -> Any:
    """Return a label with its offsets, and those of its parts, in another text.

    Args:
        label: The label.
        own: The text that its offsets count in.
        target: The other text.
        shift: Where the characters of the first begin among those of the other.
        text: The other text with its white space.
    """
    moved = {
        key: moved_label(value, own, target, shift, text) if isinstance(value, dict) and "start" in value else value
        for key, value in label.items()
    }
    if "start" not in label:  # the label of an article
        return moved
    first, last = own.position(label["start"]), own.position(label["end"]) - 1
    start, end = target.offsets[first + shift], target.offsets[last + shift] + 1
    return {**moved, "start": start, "end": end, "text": text[start:end]}
