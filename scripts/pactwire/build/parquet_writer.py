"""Write record batches to one Parquet file, the same bytes for the same rows however they are batched.

The options are those that the Hub recommends: content-defined chunking, so that an edit changes few
chunks, a page index, zstd, and row groups that load fast.
"""

from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pactwire.storage import files
from pactwire.storage.row_digest import RowDigest

ROWS_PER_GROUP: Final = {"articles": 500, "annotations": 500}
"""Rows of a row group by config: about ten megabytes, since a group is kept in memory until it is full."""
DEFAULT_ROWS_PER_GROUP: Final = 10_000
PARQUET_OPTIONS: Final[dict[str, Any]] = {
    "compression": "zstd",
    "use_content_defined_chunking": True,
    "write_page_index": True,
    "store_schema": True,
}


class DataFile(NamedTuple):
    """A data file; ``digest`` is that of its rows (`RowDigest`), ``sha256`` that of its bytes.

    ``arrow_bytes`` is the size of its row groups in memory, by which `datasets` counts.
    """

    path: str
    rows: int
    bytes: int
    sha256: str
    digest: str
    arrow_bytes: int


class ShardWriter:
    """Writes some rows of one split of a config; no file has the final name before `close`."""

    def __init__(self, data: Path, config: str, split: str, number: int, schema: pa.Schema) -> None:
        self._folder = data / config
        self._name = f"{split}-{number:05d}"
        self._schema = schema
        self._group = ROWS_PER_GROUP.get(config, DEFAULT_ROWS_PER_GROUP)
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = 0
        self._digest = RowDigest()
        self.rows = 0
        self._folder.mkdir(parents=True, exist_ok=True)
        self._part = files.part_path(self._folder / f"{self._name}.parquet")
        self._writer = pq.ParquetWriter(self._part, schema, **PARQUET_OPTIONS)

    def add(self, batch: pa.RecordBatch) -> None:
        """Add the next rows, in order."""
        self.rows += batch.num_rows
        self._pending.append(batch)
        self._pending_rows += batch.num_rows
        while self._pending_rows >= self._group:
            self._write_group()

    def _write_group(self) -> None:
        table = pa.Table.from_batches(self._pending, schema=self._schema)
        group, rest = table.slice(0, self._group).combine_chunks(), table.slice(self._group)
        for batch in group.to_batches():
            self._digest.add(batch)
        self._writer.write_table(group, row_group_size=self._group)
        self._pending, self._pending_rows = rest.to_batches(), rest.num_rows

    def close(self) -> DataFile:
        """Finish the file and give it its final name, which contains the start of its SHA-256."""
        if self._pending_rows:
            self._write_group()
        self._writer.close()
        sha256 = files.file_sha256(self._part)
        path = self._folder / f"{self._name}-{sha256[:12]}.parquet"
        size = self._part.stat().st_size
        with pq.ParquetFile(self._part) as file:
            arrow_bytes = sum(file.read_row_group(number).nbytes for number in range(file.num_row_groups))
        files.move_into_place(self._part, path)
        relative = f"{self._folder.parent.name}/{self._folder.name}/{path.name}"
        return DataFile(relative, self.rows, size, sha256, self._digest.hexdigest(), arrow_bytes)

    def discard(self) -> None:
        """Remove what was written so far, even if the file can't be closed because the disk is full."""
        try:
            self._writer.close()
        except OSError:
            self._writer.is_open = False  # or Arrow tries again, and prints, when the writer is garbage-collected
        self._part.unlink(missing_ok=True)
