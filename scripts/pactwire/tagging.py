"""Lines with their mentions to tokens and BIO tags, as Arrow columns; offsets are code points, half-open.

All lines of a batch are tokenized at once, and no token becomes a Python value: there are more of them
than of all else in a dataset.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pactwire import schemas, signs, words
from pactwire.records import Entity
from pactwire.signs import CodePoints
from pactwire.words import Places

OUTSIDE: Final = "O"


@cache
def tag_names() -> list[str]:
    """Return the BIO tags: O, then B- and I- of each entity type in the schema's order."""
    return [OUTSIDE, *(f"{part}-{name}" for name in schemas.names("entity_type") for part in "BI")]


def outermost(spans: Iterable[Entity]) -> list[Entity]:
    """Return the mentions that lie in no other; of crossing or equal ones the longer, then the earlier."""
    ordered = sorted(spans, key=itemgetter("start"))
    if all(left["end"] <= right["start"] for left, right in pairwise(ordered)):
        return ordered
    kept: list[Entity] = []
    for span in sorted(ordered, key=lambda span: (span["start"] - span["end"], span["start"])):
        if all(span["end"] <= other["start"] or other["end"] <= span["start"] for other in kept):
            kept.append(span)
    return sorted(kept, key=itemgetter("start"))


def columns(lines: Sequence[str], mentions: Sequence[Sequence[Entity]], losses: Counter[str]) -> dict[str, pa.Array]:
    """Return tokens, token_offsets and ner_tags of lines, each without a line end in it, and of the mentions in each.

    The tags are numbers, places in `tag_names`. A token that a mention covers in part is tagged. Counts in
    ``losses`` the ``mentions_nested`` (left out, since they lie in or cross a longer one) and the
    ``mentions_in_one_token`` (left out, since another one has the token).
    """
    text = "\n".join(lines)
    points = signs.code_points(text)
    starts, ends = words.token_bounds(points)
    origins = np.cumsum([0, *(len(line) + 1 for line in lines)])
    firsts = np.searchsorted(starts, origins).astype(np.int32)
    begun = np.repeat(origins[:-1], np.diff(firsts))
    offsets = [pa.array((places - begun).astype(np.int32)) for places in (starts, ends)]
    tags = _tags(starts, ends, list(_outermost(mentions, origins.tolist(), losses)), losses)
    return {
        name: pa.ListArray.from_arrays(firsts, values)
        for name, values in (
            ("tokens", _strings(text, points, starts, ends)),
            ("token_offsets", pa.StructArray.from_arrays(offsets, ["start", "end"])),
            ("ner_tags", pa.array(tags)),
        )
    }


def _outermost(
    mentions: Sequence[Sequence[Entity]], origins: Iterable[int], losses: Counter[str]
) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, type) of the outermost mentions of each line, over all lines."""
    for found, origin in zip(mentions, origins, strict=False):
        kept = outermost(found)
        losses["mentions_nested"] += len(found) - len(kept)
        yield from ((origin + each["start"], origin + each["end"], each["type"]) for each in kept)


def _tags(
    starts: Places, ends: Places, mentions: Sequence[tuple[int, int, str]], losses: Counter[str]
) -> npt.NDArray[np.int64]:
    """Return the tag of each token; the mentions are in order and apart; of two in one token the first has it."""
    tags = np.zeros(len(starts), np.int64)
    if not mentions:
        return tags
    begins, stops, kinds = zip(*mentions, strict=True)
    lasts = np.searchsorted(starts, stops, "left")
    taken = np.maximum.accumulate(np.concatenate([[0], lasts[:-1]]))
    firsts = np.maximum(np.searchsorted(ends, begins, "right"), taken)
    held = np.flatnonzero(firsts < lasts)
    losses["mentions_in_one_token"] += len(mentions) - len(held)
    firsts, lengths = firsts[held], (lasts - firsts)[held]
    numbers = {name: number for number, name in enumerate(tag_names())}
    begun = np.array([numbers[f"B-{kind}"] for kind in kinds])[held]
    inner = np.array([numbers[f"I-{kind}"] for kind in kinds])[held]
    places = np.repeat(firsts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    tags[places] = np.repeat(inner, lengths)
    tags[firsts] = begun
    return tags


def _strings(text: str, points: CodePoints, starts: Places, ends: Places) -> pa.StringArray:
    """Return the slices of a text from starts to ends, which are in order and do not overlap; points are the text's."""
    sizes = 1 + sum((points >= least).astype(np.int8) for least in (0x80, 0x800, 0x10000))
    places = np.concatenate([[0], np.cumsum(sizes)])
    steps = np.zeros(len(points) + 1, np.int8)
    steps[starts] = 1
    steps[ends] -= 1
    inside = np.repeat(np.cumsum(steps[:-1], dtype=np.int8) > 0, sizes)
    kept: Any = np.frombuffer(text.encode(), np.uint8)[inside]
    ends_of = np.concatenate([[0], np.cumsum(places[ends] - places[starts])]).astype(np.int32)
    return pa.StringArray.from_buffers(len(starts), pa.py_buffer(ends_of), pa.py_buffer(kept))
