"""Lines with their mentions to tokens and BIO tags, as Arrow columns; offsets are code points, half-open.

All lines of a batch are tokenized at once, and no token becomes a Python value: there are more of them
than of all else in a dataset.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from operator import itemgetter
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pactwire.model import schema
from pactwire.model.records import Entity
from pactwire.text import codepoints, tokens
from pactwire.text.codepoints import CodePoints
from pactwire.text.tokens import IntArray

OUTSIDE: Final = "O"


@cache
def tag_names() -> list[str]:
    """Return the BIO tags: O, then B- and I- of each entity type in the schema's order."""
    return [OUTSIDE, *(f"{part}-{name}" for name in schema.label_names("entity_type") for part in "BI")]


def outermost(spans: Iterable[Entity]) -> list[Entity]:
    """Return the mentions that lie in no other; of crossing or equal ones the longer, then the earlier."""
    ordered = sorted(spans, key=itemgetter("start"))
    return [ordered[at] for at in _outermost_indices([(span["start"], span["end"]) for span in ordered])]


def _outermost_indices(spans: Sequence[tuple[int, int]]) -> list[int]:
    """Return the places of the outermost of some spans, which are in the order of their starts."""
    if all(left[1] <= right[0] for left, right in pairwise(spans)):
        return list(range(len(spans)))
    taken: list[tuple[int, int, int]] = []
    for at in sorted(range(len(spans)), key=lambda at: (spans[at][0] - spans[at][1], spans[at][0])):
        start, end = spans[at]
        place = bisect(taken, (start, end, at))  # those taken do not overlap, so only two of them can be in the way
        before_ends = place == 0 or taken[place - 1][1] <= start
        if before_ends and (place == len(taken) or end <= taken[place][0]):
            taken.insert(place, (start, end, at))
    return [at for _, _, at in taken]


def token_columns(lines: Sequence[str], mentions: pa.ListArray, losses: Counter[str]) -> dict[str, pa.Array]:
    """Return tokens, token_offsets and ner_tags of lines, each without a line end in it, and of the mentions in each.

    Mentions are structs with ``start``, ``end`` and ``type``, those of a line in the order of their starts.
    The tags are numbers, places in `tag_names`. A token that a mention covers in part is tagged. Counts in
    ``losses`` the ``mentions_nested`` (left out, since they lie in or cross a longer one) and the
    ``mentions_in_one_token`` (left out, since another one has the token).
    """
    points = codepoints.from_text("\n".join(lines))
    starts, ends = tokens.token_bounds(points)
    origins = np.cumsum([0, *(len(line) + 1 for line in lines)])
    firsts = np.searchsorted(starts, origins).astype(np.int32)
    begun = np.repeat(origins[:-1], np.diff(firsts))
    offsets = [pa.array((places - begun).astype(np.int32)) for places in (starts, ends)]
    return {
        name: pa.ListArray.from_arrays(firsts, values)
        for name, values in (
            ("tokens", _slice_strings(points, starts, ends)),
            ("token_offsets", pa.StructArray.from_arrays(offsets, ["start", "end"])),
            ("ner_tags", pa.array(_token_tags(starts, ends, origins[:-1], mentions, losses))),
        )
    }


def _token_tags(
    starts: IntArray, ends: IntArray, origins: IntArray, mentions: pa.ListArray, losses: Counter[str]
) -> npt.NDArray[np.int64]:
    """Return the tag of each token; of two mentions in one token the first has it."""
    spans = mentions.flatten()
    moved = np.repeat(origins, np.asarray(mentions.value_lengths()))
    begins, stops = (np.asarray(spans.field(name)) + moved for name in ("start", "end"))
    kept = _outermost_in_arrays(begins, stops)
    losses["mentions_nested"] += len(begins) - len(kept)
    lasts = np.searchsorted(starts, stops[kept], "left")
    taken = np.maximum.accumulate(np.concatenate([[0], lasts[:-1]]))
    firsts = np.maximum(np.searchsorted(ends, begins[kept], "right"), taken[: len(lasts)])
    held = np.flatnonzero(firsts < lasts)
    losses["mentions_in_one_token"] += len(kept) - len(held)
    firsts, lengths = firsts[held], (lasts - firsts)[held]
    kinds = np.asarray(pc.index_in(spans.field("type"), pa.array(schema.label_names("entity_type"))))[kept][held]
    begun = 1 + 2 * kinds.astype(np.int64)  # in the order of `tag_names`
    places = np.repeat(firsts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    tags = np.zeros(len(starts), np.int64)
    tags[places] = np.repeat(begun + 1, lengths)
    tags[firsts] = begun
    return tags


def _outermost_in_arrays(begins: IntArray, stops: IntArray) -> IntArray:
    """Return which spans are outermost; they are in the order of their starts."""
    apart = np.flatnonzero(begins[1:] >= np.maximum.accumulate(stops)[:-1]) + 1
    bounds = np.concatenate([[0], apart, [len(begins)]])
    kept = np.ones(len(begins), bool)
    for at in np.flatnonzero(np.diff(bounds) > 1):  # those that touch no other one are kept
        own = slice(bounds[at], bounds[at + 1])
        spans = list(zip(begins[own].tolist(), stops[own].tolist(), strict=True))
        kept[own] = False
        kept[bounds[at] + np.array(_outermost_indices(spans))] = True
    return np.flatnonzero(kept)


def _slice_strings(points: CodePoints, starts: IntArray, ends: IntArray) -> pa.StringArray:
    """Return the slices of a text's code points from starts to ends, which are in order and do not overlap."""
    steps = np.zeros(len(points) + 1, np.int8)
    steps[starts] = 1
    steps[ends] -= 1
    kept = points[np.cumsum(steps[:-1], dtype=np.int8).view(bool)]
    sizes = 1 + sum((kept >= least).view(np.int8) for least in (0x80, 0x800, 0x10000))
    bytes_before = np.concatenate([[0], np.cumsum(sizes, dtype=np.int32)]).astype(np.int32)
    bounds = bytes_before[np.concatenate([[0], np.cumsum(ends - starts)])]
    data = kept.tobytes().decode("utf-32-le").encode()
    return pa.StringArray.from_buffers(len(starts), pa.py_buffer(bounds), pa.py_buffer(data))
