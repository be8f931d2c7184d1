"""Matching of the labels of a layer before and after a change.

Two labels match, each with at most one other, by the first of these rules that applies:

1. they are equal, with or without their ids (labels may have been renumbered);
2. they have the same id, and their spans overlap;
3. their spans share at least half of their code points (`pactwire.agreement.matching.jaccard`);
4. they have the same id and the same text, at any place;
5. they have the same text, and are the nearest such labels.

Within rules 2 to 5, a larger overlap comes first, then more equal attributes, then a smaller distance, then the earlier
span. The result depends neither on the order of labels nor on which side is called old.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pactwire.agreement.matching import jaccard

LabelRecord = dict[str, Any]
SpanTexts = Sequence[str | None]
"""The text of each label's span, None if the source text is unknown."""


def pair_labels(
    old: Sequence[LabelRecord], new: Sequence[LabelRecord], old_texts: SpanTexts, new_texts: SpanTexts
) -> list[tuple[int, int]]:
    """Return (index in old, index in new) of labels that match, in the order of ``old``.

    The spans of both sides must refer to one text (see `label_shifter`), and references must name labels of ``new``.
    """
    matches: dict[int, int] = {}
    taken: set[int] = set()
    by_span: dict[tuple[int, int], list[int]] = {}
    for right in _by_id(new):
        by_span.setdefault(_span(new[right]), []).append(right)
    for alike in (lambda one, other: one == other, _equal_but_id):
        for left in _by_id(old):
            for right in by_span.get(_span(old[left]), ()) if left not in matches else ():
                if right not in taken and alike(old[left], new[right]):
                    matches[left] = right
                    taken.add(right)
                    break
    rest_old = [left for left in range(len(old)) if left not in matches]
    rest_new = [right for right in range(len(new)) if right not in taken]
    for _, left, right in sorted(_ranked_pairs(old, new, rest_old, rest_new, old_texts, new_texts)):
        if left not in matches and right not in taken:
            matches[left] = right
            taken.add(right)
    return sorted(matches.items())


def text_difference(old: str, new: str) -> tuple[int, int, int]:
    """Return the start and end of the part of ``old`` that differs, and how much longer ``new`` is (code points)."""
    start = _common_prefix(old, new)
    rest = min(len(old), len(new)) - start
    suffix = _common_prefix(old[len(old) - rest :][::-1], new[len(new) - rest :][::-1])
    return start, len(old) - suffix, len(new) - len(old)


def _common_prefix(one: str, other: str) -> int:
    """Return the length of the common prefix of two texts, in code points."""
    differences = (index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(differences, min(len(one), len(other)))


def label_shifter(old: str | None, new: str | None) -> Callable[[LabelRecord], LabelRecord]:
    """Return a function that maps a label and its parts from the old text to the new one.

    Spans after the part that differs move with the end of the text. Spans before or inside it stay as they are, as do
    all spans if one of the texts is unknown.
    """
    if old is None or new is None or old == new:
        return lambda label: label
    _, end, distance = text_difference(old, new)

    def shift(label: LabelRecord) -> LabelRecord:
        moved = {key: shift(value) if isinstance(value, dict) else value for key, value in label.items()}
        if "start" not in label:  # the label of an article
            return moved
        by = distance if label["start"] >= end else 0
        return {**moved, "start": label["start"] + by, "end": label["end"] + by}

    return shift


def _by_id(labels: Sequence[LabelRecord]) -> list[int]:
    return sorted(range(len(labels)), key=lambda index: labels[index]["id"])


def _span(label: LabelRecord) -> tuple[int, int]:
    return label["start"], label["end"]


def _equal_but_id(one: LabelRecord, other: LabelRecord) -> bool:
    return {**one, "id": ""} == {**other, "id": ""}


def _ranked_pairs(
    old: Sequence[LabelRecord],
    new: Sequence[LabelRecord],
    rest_old: Sequence[int],
    rest_new: Sequence[int],
    old_texts: SpanTexts,
    new_texts: SpanTexts,
) -> Iterator[tuple[tuple[Any, ...], int, int]]:
    """Yield (rank, index in old, index in new) of labels that may match; a smaller rank is better."""
    for left, right in _candidate_pairs(old, new, rest_old, rest_new, old_texts, new_texts):
        one, other = old[left], new[right]
        common, same_id = jaccard(one, other), one["id"] == other["id"]
        if same_id and common:
            kind = 0
        elif common >= 0.5:
            kind = 1
        elif old_texts[left] is not None and old_texts[left] == new_texts[right]:
            kind = 2 if same_id else 3
        else:
            continue
        equal = sum(one[key] == other.get(key) for key in one)
        places = sorted((*_span(each), each["id"]) for each in (one, other))
        yield (kind, -common, -equal, abs(one["start"] - other["start"]), places), left, right


def _candidate_pairs(
    old: Sequence[LabelRecord],
    new: Sequence[LabelRecord],
    rest_old: Sequence[int],
    rest_new: Sequence[int],
    old_texts: SpanTexts,
    new_texts: SpanTexts,
) -> set[tuple[int, int]]:
    """Return the index pairs of labels that overlap or have the same text."""
    by_text: dict[str | None, list[int]] = {}
    for right in rest_new:
        by_text.setdefault(new_texts[right], []).append(right)
    ordered = sorted(rest_new, key=lambda right: new[right]["start"])
    starts = [new[right]["start"] for right in ordered]
    candidates = set()
    for left in rest_old:
        if (own := old_texts[left]) is not None:
            candidates |= {(left, right) for right in by_text.get(own, ())}
        before_end = ordered[: bisect_left(starts, old[left]["end"])]
        candidates |= {(left, right) for right in before_end if new[right]["end"] > old[left]["start"]}
    return candidates
