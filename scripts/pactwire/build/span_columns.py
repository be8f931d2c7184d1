"""The labels of a layer of several documents as one Arrow array, with offsets into their content texts.

Offsets are code points, half-open. The labels of all documents are converted to Arrow as they are and then shifted
together, so none is copied in Python.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pactwire.model.layers import Layer
from pactwire.text.content import Content
from pactwire.text.segment_index import SegmentIndex

TextPositions = npt.NDArray[np.int64]
"""Positions in the texts of several documents as single numbers: the document's number, then 32 bits of offset."""

_OFFSET: Final = (1 << 32) - 1


def text_positions(numbers: Any, offsets: Any) -> TextPositions:
    """Return the positions of offsets in the texts of documents with these numbers."""
    positions: TextPositions = (np.asarray(numbers, np.int64) << 32) + np.asarray(offsets, np.int64)
    return positions


class SpanColumns:
    """The labels of a layer, sorted by document, start and end.

    ``values`` are the labels as Arrow structs, ``starts`` and ``ends`` their positions, and ``labels`` the same labels
    as they are in the documents. Those of document ``n`` go from ``bounds[n]`` to ``bounds[n + 1]``.
    """

    def __init__(self, layer: Layer, contents: Sequence[Content], kind: pa.StructType) -> None:
        """Convert the labels of the contents' documents to Arrow structs of type ``kind``.

        Raises ValueError for a label outside the content text; validation rejects such a document first.
        """
        layers = [content.layer(layer.name) for content in contents]
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
        self._parts = [part.name for part in layer.parts]
        self._joining = [part.name for part in layer.parts if part.joins_sentences]
        part_shifts = {name: _part_shifts(segments, numbers, values.field(name)) for name in self._parts}
        self.starts, self.ends = (text_positions(numbers, each[order] + shifts) for each in (starts, ends))
        self.values = _shift_spans(values, shifts, part_shifts)
        self.labels: list[Any] = [flat[at] for at in order.tolist()]

    def document_lists(self) -> pa.ListArray:
        """Return a list of labels for each document, null if it does not have the layer."""
        return pa.ListArray.from_arrays(
            pa.array(self.bounds, pa.int32()), self.values, mask=pa.array(self._missing, pa.bool_())
        )

    def of_document(self, number: int) -> Iterator[tuple[Any, int, int]]:
        """Yield the labels of a document, each with its start and end in the content text."""
        own = slice(*self.bounds[number : number + 2].tolist())
        return zip(
            self.labels[own], (self.starts[own] & _OFFSET).tolist(), (self.ends[own] & _OFFSET).tolist(), strict=True
        )

    def extents(self, number: int) -> list[tuple[int, int]]:
        """Return the start and end in the content text of each label of a document, with its parts that join."""
        own = slice(*self.bounds[number : number + 2].tolist())
        return list(zip(*(each[own] for each in self._extents), strict=True))

    @cached_property
    def _extents(self) -> tuple[list[int], list[int]]:
        parts = [self.values.field(name) for name in self._joining]
        starts, ends = (
            choose(self.values.field(name), *(pc.struct_field(part, name) for part in parts)).to_pylist()
            for name, choose in (("start", pc.min_element_wise), ("end", pc.max_element_wise))
        )
        return starts, ends

    def lists_within(self, starts: TextPositions, ends: TextPositions, **extra_columns: pa.Array) -> pa.ListArray:
        """Return a list of labels for each line or sentence; labels that are not within a single one are left out.

        Args:
            starts: The starts of the lines or sentences, which are in order and do not overlap.
            ends: Their ends.
            extra_columns: Columns to add to the labels, with a value for each label of all documents.

        Returns:
            The lists in the same order; the labels' offsets are relative to the line or sentence.
        """
        containers = np.searchsorted(starts, self.starts, "right") - 1
        indices = np.flatnonzero(containers >= 0)
        indices = indices[self.ends[indices] <= ends[containers[indices]]]
        containers, kept = containers[indices], pa.array(indices)
        values = self._shifted(self.values.take(kept), -(starts[containers] & _OFFSET))
        if extra_columns:
            columns = {field.name: values.field(field.name) for field in values.type}
            columns |= {name: column.take(kept) for name, column in extra_columns.items()}
            values = pa.StructArray.from_arrays(list(columns.values()), list(columns))
        bounds = np.searchsorted(containers, np.arange(len(starts) + 1))
        return pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), values)

    def _shifted(self, values: pa.StructArray, shifts: TextPositions) -> pa.StructArray:
        """Return labels that are shifted together with their parts."""
        return _shift_spans(values, shifts, dict.fromkeys(self._parts, shifts))


def _shift_spans(
    values: pa.StructArray, shifts: TextPositions, part_shifts: Mapping[str, TextPositions] | None = None
) -> pa.StructArray:
    """Return spans with shifted offsets; ``part_shifts`` says how far each of their parts moves, by name."""
    columns = {field.name: values.field(field.name) for field in values.type}
    for name in ("start", "end"):
        columns[name] = pc.add(columns[name], pa.array(shifts, columns[name].type))
    for name, own in (part_shifts or {}).items():
        columns[name] = _shift_spans(columns[name], own)
    return pa.StructArray.from_arrays(list(columns.values()), fields=list(values.type), mask=values.is_null())


def _part_shifts(segments: SegmentIndex, numbers: TextPositions, parts: pa.StructArray) -> TextPositions:
    """Return how far a part of each label moves; 0 for a label without one."""
    present = np.flatnonzero(parts.is_valid())
    starts, ends = (np.asarray(parts.field(name))[present] for name in ("start", "end"))
    shifts = np.zeros(len(parts), np.int64)
    shifts[present] = segments.content_shifts(numbers[present], starts, ends)
    return shifts
