"""Tokens and BIO tags of lines with their mentions, as Arrow columns. Offsets are code points, half-open.

All lines of a batch are tokenized at once, and no token becomes a Python value: a dataset has more tokens than
anything else.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pactwire.model.records import Span
from pactwire.text import codepoints, tokens
from pactwire.text.codepoints import CodePoints
from pactwire.text.tokens import IntArray

SpanT = TypeVar("SpanT", bound=Span)

OUTSIDE: Final = "O"


def tag_names(classes: Iterable[str]) -> list[str]:
    """Return the BIO tags: O, then B- and I- of each class in the schema's order."""
    return [OUTSIDE, *(f"{part}-{name}" for name in classes for part in "BI")]


def tagged_spans(tags: Iterable[str]) -> list[tuple[int, int, str]]:
    """Return the mentions that BIO tags mark, in order, as conlleval reads them (Tjong Kim Sang, CoNLL-2000).

    A mention begins at B, and at an I of another class than that of the token before it, which may be O.

    Args:
        tags: ``O``, ``B-CLASS`` or ``I-CLASS`` for each token.

    Returns:
        The numbers of the first token and of the one behind the last, and the class.
    """
    found: list[tuple[int, int, str]] = []
    before = OUTSIDE
    for number, tag in enumerate(tags):
        part, _, name = tag.partition("-")
        if part == "I" and before != OUTSIDE and found[-1][2] == name:
            found[-1] = (found[-1][0], number + 1, name)
        elif tag != OUTSIDE:
            found.append((number, number + 1, name))
        before = tag
    return found


def outermost(spans: Iterable[SpanT]) -> list[SpanT]:
    """Return the mentions that are in no other one, by start; of crossing or equal ones the longer, then the first."""
    ordered = sorted(spans, key=itemgetter("start"))
    return [ordered[index] for index in _outermost_indices([(span["start"], span["end"]) for span in ordered])]


def _outermost_indices(spans: Sequence[tuple[int, int]]) -> list[int]:
    """Return the indices of the outermost spans; the spans are sorted by start."""
    if all(left[1] <= right[0] for left, right in pairwise(spans)):
        return list(range(len(spans)))
    kept: list[tuple[int, int, int]] = []
    for index in sorted(range(len(spans)), key=lambda index: (spans[index][0] - spans[index][1], spans[index][0])):
        start, end = spans[index]
        at = bisect(kept, (start, end, index))  # those kept do not overlap, so only its two neighbors can
        is_after_left = at == 0 or kept[at - 1][1] <= start
        if is_after_left and (at == len(kept) or end <= kept[at][0]):
            kept.insert(at, (start, end, index))
    return [index for _, _, index in kept]


def token_columns(
    lines: Sequence[str], mentions: pa.ListArray, key: str, classes: Sequence[str], losses: Counter[str]
) -> dict[str, pa.Array]:
    """Return the columns ``tokens``, ``token_offsets`` and ``ner_tags``, with a list for each line.

    A token is tagged even if a mention covers only part of it.

    Args:
        lines: Texts without line ends.
        mentions: A list for each line, of structs with ``start``, ``end`` and their class, sorted by start. Offsets
            count from the start of the line.
        key: The name of the class in the structs.
        classes: The names of all classes, in the schema's order.
        losses: Gets the counts of ``mentions_nested`` (left out because they are in or cross a longer one) and
            ``mentions_in_one_token`` (left out because another mention has the token).

    Returns:
        Offsets count from the start of the line; tags are indices in the `tag_names` of the classes.
    """
    points = codepoints.from_text("\n".join(lines))
    starts, ends = tokens.token_bounds(points)
    line_starts = np.cumsum([0, *(len(line) + 1 for line in lines)])
    numbers = np.asarray(pc.index_in(mentions.flatten().field(key), pa.array(classes)), np.int64)
    bounds = np.searchsorted(starts, line_starts).astype(np.int32)
    own_line_starts = np.repeat(line_starts[:-1], np.diff(bounds))
    offsets = [pa.array((edges - own_line_starts).astype(np.int32)) for edges in (starts, ends)]
    return {
        name: pa.ListArray.from_arrays(bounds, values)
        for name, values in (
            ("tokens", _slice_strings(points, starts, ends)),
            ("token_offsets", pa.StructArray.from_arrays(offsets, ["start", "end"])),
            ("ner_tags", pa.array(_token_tags(starts, ends, line_starts[:-1], mentions, numbers, losses))),
        )
    }


def _token_tags(
    starts: IntArray,
    ends: IntArray,
    line_starts: IntArray,
    mentions: pa.ListArray,
    classes: npt.NDArray[np.int64],
    losses: Counter[str],
) -> npt.NDArray[np.int64]:
    """Return the tag of each token; of two mentions in one token the first has it.

    ``classes`` are the numbers of the classes of all mentions.
    """
    spans = mentions.flatten()
    own_line_starts = np.repeat(line_starts, np.asarray(mentions.value_lengths()))
    span_starts, span_ends = (np.asarray(spans.field(name)) + own_line_starts for name in ("start", "end"))
    kept = _outermost_in_arrays(span_starts, span_ends)
    losses["mentions_nested"] += len(span_starts) - len(kept)
    # the tokens of each mention, from `firsts` up to `lasts`, without those of the mentions before it
    lasts = np.searchsorted(starts, span_ends[kept], "left")
    free = np.maximum.accumulate(np.concatenate([[0], lasts[:-1]]))
    firsts = np.maximum(np.searchsorted(ends, span_starts[kept], "right"), free[: len(lasts)])
    with_tokens = np.flatnonzero(firsts < lasts)
    losses["mentions_in_one_token"] += len(kept) - len(with_tokens)
    firsts, lengths = firsts[with_tokens], (lasts - firsts)[with_tokens]
    begin_tags = 1 + 2 * classes[kept][with_tokens]  # in the order of `tag_names`
    inside = np.repeat(firsts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    tags = np.zeros(len(starts), np.int64)
    tags[inside] = np.repeat(begin_tags + 1, lengths)
    tags[firsts] = begin_tags
    return tags


def _outermost_in_arrays(starts: IntArray, ends: IntArray) -> IntArray:
    """Return the indices of the outermost spans; the spans are sorted by start."""
    breaks = np.flatnonzero(starts[1:] >= np.maximum.accumulate(ends)[:-1]) + 1
    bounds = np.concatenate([[0], breaks, [len(starts)]])
    kept = np.ones(len(starts), bool)
    for at in np.flatnonzero(np.diff(bounds) > 1):  # a span that overlaps no other one is kept
        group = slice(bounds[at], bounds[at + 1])
        spans = list(zip(starts[group].tolist(), ends[group].tolist(), strict=True))
        kept[group] = False
        kept[bounds[at] + np.array(_outermost_indices(spans))] = True
    return np.flatnonzero(kept)


def _slice_strings(points: CodePoints, starts: IntArray, ends: IntArray) -> pa.StringArray:
    """Return the slices of a text from starts to ends, which are sorted and do not overlap.

    The UTF-8 of all slices is built in one step, without a Python string for each.
    """
    steps = np.zeros(len(points) + 1, np.int8)
    steps[starts] = 1
    steps[ends] -= 1
    kept = points[np.cumsum(steps[:-1], dtype=np.int8).view(bool)]
    sizes = 1 + sum((kept >= least).view(np.int8) for least in (0x80, 0x800, 0x10000))
    bytes_before = np.concatenate([[0], np.cumsum(sizes, dtype=np.int32)]).astype(np.int32)
    bounds = bytes_before[np.concatenate([[0], np.cumsum(ends - starts)])]
    data = kept.tobytes().decode("utf-32-le").encode()
    return pa.StringArray.from_buffers(len(starts), pa.py_buffer(bounds), pa.py_buffer(data))
