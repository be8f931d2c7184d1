"""Matching the labels of two annotators by their spans, and the meaning by which references to labels are compared.

Labels are never compared by id or by their order in a file, so neither changes a result.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pactwire.model.layers import Layer


def match_spans(
    a: Sequence[Any], b: Sequence[Any], can_match: Callable[[int, int], bool] | None = None
) -> list[tuple[int, int]]:
    """Match labels one to one and return (index in a, index in b), in the order of ``a``.

    Matching is greedy by overlap (see `jaccard`): the pair with the largest overlap first, so equal spans come
    first; among those with the same overlap, equal labels before others, then the pair that starts earlier. Greedy
    matching can miss a pair that an optimal assignment would find, but each pair is one that a reader would make.
    Labels that do not overlap are never matched, nor those whose indices ``can_match`` rejects. The result does not
    depend on which side is called ``a``.
    """
    candidates = sorted(
        (_pair_rank(a[left], b[right]), left, right)
        for left, right in overlapping_pairs(a, b)
        if can_match is None or can_match(left, right)
    )
    matched_a: set[int] = set()
    matched_b: set[int] = set()
    pairs = []
    for _, left, right in candidates:
        if left not in matched_a and right not in matched_b:
            matched_a.add(left)
            matched_b.add(right)
            pairs.append((left, right))
    return sorted(pairs)


def matched_labels(a: Sequence[Any], b: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Match labels as `match_spans` does and return the pairs of labels."""
    return [(a[left], b[right]) for left, right in match_spans(a, b)]


def _pair_rank(one: Any, other: Any) -> tuple[Any, ...]:
    """Return a sort key that is the same for (one, other) and (other, one)."""
    first, second = sorted((label["start"], label["end"], repr(sorted(label.items()))) for label in (one, other))
    return -jaccard(one, other), one != other, first, second


def jaccard(one: Any, other: Any) -> float:
    """Return the Jaccard index of two spans: the code points in both, divided by the code points in either."""
    common = min(one["end"], other["end"]) - max(one["start"], other["start"])
    whole = one["end"] - one["start"] + other["end"] - other["start"] - max(0, common)
    return float(max(0, common) / whole)


def same_span(one: Any, other: Any) -> bool:
    """Tell whether two labels have the same start and end."""
    return bool(one["start"] == other["start"] and one["end"] == other["end"])


def overlapping_pairs(a: Sequence[Any], b: Sequence[Any]) -> list[tuple[int, int]]:
    """Return (index in a, index in b) of all spans that share a code point.

    A sweep over the spans by start: each meets the spans of the other side that have not ended yet.
    """
    sides = a, b
    starts = sorted((span["start"], side, index) for side in (0, 1) for index, span in enumerate(sides[side]))
    active: tuple[list[int], list[int]] = [], []
    pairs = []
    for start, side, index in starts:
        others = active[1 - side]
        others[:] = [other for other in others if sides[1 - side][other]["end"] > start]
        pairs += [(index, other) if side == 0 else (other, index) for other in others]
        active[side].append(index)
    return pairs


def label_meaning(layer: Layer, label: Mapping[str, Any]) -> str:
    """Return what a label stands for: the first attribute of the layer's ``meaning`` that is set, else its words.

    Words are in quotation marks, without case and spacing.
    """
    named = layer.meaning[: layer.meaning.index("text")] if "text" in layer.meaning else layer.meaning
    words = " ".join(unicodedata.normalize("NFKC", label["text"]).casefold().split())
    return next((str(label[name]) for name in named if label.get(name)), f'"{words}"')
