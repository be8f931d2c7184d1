"""The labels of a layer of several documents as one Arrow array, in the offsets of their content texts.

Offsets are code points, half-open. Labels of all documents are moved at once: they become values of Arrow as they
stand in the documents, and none is copied in Python.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pactwire.model.records import Layer
from pactwire.text.content import Content
from pactwire.text.offsets import SegmentIndex

TextPositions = npt.NDArray[np.int64]
"""Places in the texts of several documents, in one order: a document's number, and in the lower 32 bits an offset."""

_OFFSET: Final = (1 << 32) - 1


def text_positions(numbers: Any, offsets: Any) -> TextPositions:
    """Return the places of offsets in the texts of documents, which are known by their numbers."""
    found: TextPositions = (np.asarray(numbers, np.int64) << 32) + np.asarray(offsets, np.int64)
    return found


class SpanColumns:
    """The labels of a layer, in the order of documents, then of start, then of end.

    ``values`` are structs, ``starts`` and ``ends`` the labels' places, and ``labels`` the labels as they stand in
    the documents. Those of document ``n`` go from ``bounds[n]`` to ``bounds[n + 1]``.
    """

    def __init__(self, layer: Layer, contents: Sequence[Content], kind: pa.StructType) -> None:
        """Take the labels of the contents' documents.

        Raises ValueError where one lies outside of the content text; the checks refuse such a document before.
        """
        layers = [content.layer(layer) for content in contents]
        self.bounds: TextPositions = np.cumsum([0, *(len(labels or ()) for labels in layers)])
        self._missing = [labels is None for labels in layers]
        flat = [label for labels in layers for label in labels or ()]
        numbers = np.repeat(np.arange(len(layers)), np.diff(self.bounds))
        values = pa.array(flat, kind)
        starts, ends = (np.asarray(values.field(name)) for name in ("start", "end"))
        order = np.lexsort((ends, starts, numbers))
        segments = SegmentIndex([content.segments for content in contents])
        numbers, values = numbers[order], values.take(pa.array(order))
        shifts = segments.content_shifts(numbers, starts[order], ends[order])
        cues = _cue_shifts(segments, numbers, values.field("cue")) if "cue" in kind.names else None
        self.starts, self.ends = (text_positions(numbers, each[order] + shifts) for each in (starts, ends))
        self.values = _shift_spans(values, shifts, cues)
        self.labels: list[Any] = [flat[at] for at in order.tolist()]

    def document_lists(self) -> pa.ListArray:
        """Return the labels of each document, null where it has no such layer."""
        return pa.ListArray.from_arrays(
            pa.array(self.bounds, pa.int32()), self.values, mask=pa.array(self._missing, pa.bool_())
        )

    def of(self, number: int) -> Iterator[tuple[Any, int, int]]:
        """Yield the labels of a document, each with its start and its end in the content text."""
        own = slice(*self.bounds[number : number + 2].tolist())
        return zip(
            self.labels[own], (self.starts[own] & _OFFSET).tolist(), (self.ends[own] & _OFFSET).tolist(), strict=True
        )

    def extents_with_cues(self, number: int) -> list[tuple[int, int]]:
        """Return from where to where in the content text each label of a document and its cue, if any, stand."""
        own = slice(*self.bounds[number : number + 2].tolist())
        return list(zip(*(each[own] for each in self._extents_with_cues), strict=True))

    @cached_property
    def _extents_with_cues(self) -> tuple[list[int], list[int]]:
        starts, ends = (
            choose(self.values.field(name), pc.struct_field(self.values.field("cue"), name)).to_pylist()
            for name, choose in (("start", pc.min_element_wise), ("end", pc.max_element_wise))
        )
        return starts, ends

    def inside(self, starts: TextPositions, ends: TextPositions, **more: pa.Array) -> pa.ListArray:
        """Return the labels in each of some stretches of the texts, which are in order and apart.

        Offsets count from the stretch's start. Labels that lie in no stretch, or in several, are left out;
        ``more`` are columns that the labels get besides.
        """
        at = np.searchsorted(starts, self.starts, "right") - 1
        held = np.flatnonzero(at >= 0)
        held = held[self.ends[held] <= ends[at[held]]]
        at, kept = at[held], pa.array(held)
        values = _shift_spans(self.values.take(kept), -(starts[at] & _OFFSET))
        if more:
            columns = {field.name: values.field(field.name) for field in values.type}
            columns |= {name: column.take(kept) for name, column in more.items()}
            values = pa.StructArray.from_arrays(list(columns.values()), list(columns))
        bounds = np.searchsorted(at, np.arange(len(starts) + 1))
        return pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), values)


def _shift_spans(values: pa.StructArray, shifts: TextPositions, cues: TextPositions | None = None) -> pa.StructArray:
    """Return spans with their offsets moved, and their cues, by as much where no other ``cues`` are given."""
    columns = {field.name: values.field(field.name) for field in values.type}
    for name in ("start", "end"):
        columns[name] = pc.add(columns[name], pa.array(shifts, columns[name].type))
    if "cue" in columns:
        columns["cue"] = _shift_spans(columns["cue"], shifts if cues is None else cues)
    return pa.StructArray.from_arrays(list(columns.values()), fields=list(values.type), mask=values.is_null())


def _cue_shifts(segments: SegmentIndex, numbers: TextPositions, cues: pa.StructArray) -> TextPositions:
    """Return how far the cues of labels move; 0 for a label without one."""
    there = np.flatnonzero(cues.is_valid())
    starts, ends = (np.asarray(cues.field(name))[there] for name in ("start", "end"))
    shifts = np.zeros(len(cues), np.int64)
    shifts[there] = segments.content_shifts(numbers[there], starts, ends)
    return shifts
