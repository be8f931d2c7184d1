"""Published rows of articles and of annotations, and the annotation documents behind them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pactwire.build.record_batches import Row
from pactwire.model.records import Segment
from pactwire.text import offsets


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a data file without the language, which follows from the zones."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        columns = [column for column in file.schema_arrow.names if column != "language"]
        for batch in file.iter_batches(batch_size=64, columns=columns):
            yield from batch.to_pylist()


def row_document(row: Row, article: str, status: Row) -> Row:
    """Return the annotation document behind a published row, with its spans mapped back to the source text."""
    present = {layer: state for layer, state in status.items() if state is not None}
    segments = row["segments"]
    layers = {layer: row[layer] if layer == "zones" else _labels_in_source(segments, row[layer]) for layer in present}
    return {**row["annotation"], "article": article, "status": present, **layers}


def _labels_in_source(segments: list[Segment], value: Any) -> Any:
    """Return the labels of a layer with the offsets of spans and of their parts in the source text.

    The null texts of a release without texts are left out.
    """
    if isinstance(value, list):
        return [_labels_in_source(segments, label) for label in value]
    if not isinstance(value, dict):
        return value
    mapped = {key: _labels_in_source(segments, inner) for key, inner in value.items()}
    if "start" not in mapped:  # the label of an article
        return mapped
    span = offsets.to_source(segments, value["start"], value["end"])
    if span is None:
        raise ValueError(f"{value['start']}:{value['end']} is not in the content text")
    return {
        **{key: inner for key, inner in mapped.items() if key != "text" or inner is not None},
        "start": span[0],
        "end": span[1],
    }
