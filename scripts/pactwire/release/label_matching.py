"""The labels of a layer before and after a change to which of them became which.

Two labels belong together, each with one other at most, in this order:

1. they are equal, the id too; or all but the id is equal (labels were numbered anew);
2. they have the same id, and their spans overlap;
3. their spans have half or more of their code points in common (`pactwire.agreement.matching.jaccard`);
4. they have the same id and the same words, wherever these stand;
5. they have the same words: the nearest ones.

Within 2 to 5 the larger share comes first, then the more equal attributes, then the smaller distance,
then the earlier span. The result does not depend on the order of labels, nor on which side is called old.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pactwire.agreement.matching import jaccard

LabelRecord = dict[str, Any]
SpanTexts = Sequence[str | None]
"""The words of each label's span, None where the text is not known."""


def pair_labels(
    old: Sequence[LabelRecord], new: Sequence[LabelRecord], old_words: SpanTexts, new_words: SpanTexts
) -> list[tuple[int, int]]:
    """Return (index in old, index in new) of labels that belong together, in the order of ``old``.

    Spans of both count in one text (see `label_shifter`), and references name labels of ``new``.
    """
    found: dict[int, int] = {}
    taken: set[int] = set()
    by_span: dict[tuple[int, int], list[int]] = {}
    for right in _by_id(new):
        by_span.setdefault(_span(new[right]), []).append(right)
    for alike in (lambda one, other: one == other, _equal_but_id):
        for left in _by_id(old):
            for right in by_span.get(_span(old[left]), ()) if left not in found else ():
                if right not in taken and alike(old[left], new[right]):
                    found[left] = right
                    taken.add(right)
                    break
    rest_old = [left for left in range(len(old)) if left not in found]
    rest_new = [right for right in range(len(new)) if right not in taken]
    for _, left, right in sorted(_ranked_pairs(old, new, rest_old, rest_new, old_words, new_words)):
        if left not in found and right not in taken:
            found[left] = right
            taken.add(right)
    return sorted(found.items())


def text_difference(old: str, new: str) -> tuple[int, int, int]:
    """Return where two texts begin to differ, where that part ends in the old one, and how much longer the new is."""
    start = _common_prefix(old, new)
    left = min(len(old), len(new)) - start
    behind = _common_prefix(old[len(old) - left :][::-1], new[len(new) - left :][::-1])
    return start, len(old) - behind, len(new) - len(old)


def _common_prefix(one: str, other: str) -> int:
    """Return how many code points two texts have in common at their start."""
    unlike = (index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(unlike, min(len(one), len(other)))


def label_shifter(old: str | None, new: str | None) -> Callable[[LabelRecord], LabelRecord]:
    """Return what moves a label of the old text, and its cue, to where its words stand in the new one.

    What lies behind the part that differs moves with the text's end; before and inside it offsets stay
    as they are, as they do where a text is not known.
    """
    if old is None or new is None or old == new:
        return lambda label: label
    _, behind, distance = text_difference(old, new)

    def moved(label: LabelRecord) -> LabelRecord:
        by = distance if label["start"] >= behind else 0
        cue = {"cue": moved(label["cue"])} if label.get("cue") else {}
        return {**label, "start": label["start"] + by, "end": label["end"] + by, **cue}

    return moved


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
    old_words: SpanTexts,
    new_words: SpanTexts,
) -> Iterator[tuple[tuple[Any, ...], int, int]]:
    """Yield (rank, index in old, index in new) of labels that may belong together, the smallest rank the best."""
    for left, right in _candidate_pairs(old, new, rest_old, rest_new, old_words, new_words):
        one, other = old[left], new[right]
        common, same_id = jaccard(one, other), one["id"] == other["id"]
        if same_id and common:
            kind = 0
        elif common >= 0.5:
            kind = 1
        elif old_words[left] is not None and old_words[left] == new_words[right]:
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
    old_words: SpanTexts,
    new_words: SpanTexts,
) -> set[tuple[int, int]]:
    """Return the index pairs of labels that overlap or have the same words."""
    by_words: dict[str | None, list[int]] = {}
    for right in rest_new:
        by_words.setdefault(new_words[right], []).append(right)
    ordered = sorted(rest_new, key=lambda right: new[right]["start"])
    starts = [new[right]["start"] for right in ordered]
    found = set()
    for left in rest_old:
        if (own := old_words[left]) is not None:
            found |= {(left, right) for right in by_words.get(own, ())}
        before_end = ordered[: bisect_left(starts, old[left]["end"])]
        found |= {(left, right) for right in before_end if new[right]["end"] > old[left]["start"]}
    return found
