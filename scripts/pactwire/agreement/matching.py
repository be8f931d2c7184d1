"""The labels of two annotators to the pairs that mean the same span, and mentions to what they name.

Labels are never compared by id or by their order in a file, so neither changes a result.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pactwire.model.records import AUTHOR, UNNAMED, Entity


def match_spans(
    a: Sequence[Any], b: Sequence[Any], like: Callable[[int, int], bool] | None = None
) -> list[tuple[int, int]]:
    """Return (index in a, index in b) of labels that belong together, one to one, in the order of ``a``.

    Equal spans come first, equal labels before others; then the pair with the largest share of
    common code points (overlap by union), and so on, greedily; of equal shares the earlier pair.
    Greedy can miss a pair that an optimal assignment would find, but each pair is one that a reader
    would make. Labels that don't overlap are never paired, nor those for whose indices ``like`` is false.
    The result doesn't depend on which side is called ``a``.
    """
    found = sorted(
        (_pair_rank(a[left], b[right]), left, right)
        for left, right in overlapping_pairs(a, b)
        if like is None or like(left, right)
    )
    taken_a: set[int] = set()
    taken_b: set[int] = set()
    pairs = []
    for _, left, right in found:
        if left not in taken_a and right not in taken_b:
            taken_a.add(left)
            taken_b.add(right)
            pairs.append((left, right))
    return sorted(pairs)


def _pair_rank(one: Any, other: Any) -> tuple[Any, ...]:
    """Return a sort key that is the same for (one, other) and (other, one)."""
    first, second = sorted((each["start"], each["end"], repr(sorted(each.items()))) for each in (one, other))
    return -jaccard(one, other), one != other, first, second


def jaccard(one: Any, other: Any) -> float:
    """Return the code points that two spans have in common, as a share of those that either has."""
    common = min(one["end"], other["end"]) - max(one["start"], other["start"])
    whole = one["end"] - one["start"] + other["end"] - other["start"] - max(0, common)
    return float(max(0, common) / whole)


def overlapping_pairs(a: Sequence[Any], b: Sequence[Any]) -> list[tuple[int, int]]:
    """Return the index pairs of spans that have a code point in common.

    Spans come in the order of their starts, and each meets those of the other side that have not ended yet.
    """
    sides = a, b
    starts = sorted((span["start"], side, index) for side in (0, 1) for index, span in enumerate(sides[side]))
    running: tuple[list[int], list[int]] = [], []
    pairs = []
    for start, side, index in starts:
        met = running[1 - side]
        met[:] = [each for each in met if sides[1 - side][each]["end"] > start]
        pairs += [(index, each) if side == 0 else (each, index) for each in met]
        running[side].append(index)
    return pairs


def entity_identity(entity: Entity) -> str:
    """Return what a mention names: ``metonym_of``, else ``link``, else its words without case and spacing."""
    words = " ".join(unicodedata.normalize("NFKC", entity["text"]).casefold().split())
    return entity["metonym_of"] or entity["link"] or f'"{words}"'


def party_identity(reference: str, entities: Mapping[str, Entity]) -> str:
    """Return what a claimant or holder stands for: AUTHOR, UNNAMED, or the identity of a mention."""
    return reference if reference in (AUTHOR, UNNAMED) else entity_identity(entities[reference])
