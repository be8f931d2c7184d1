"""Record batches of one split to one Parquet file, the same bytes for the same rows however they were cut.

The options are those the Hub recommends: content-defined chunking, so that an edit changes few
chunks, a page index, zstd, and row groups that load fast.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pactwire import files

ROWS_PER_GROUP: Final = 100_000


class Written(NamedTuple):
    """A file and what it holds; ``digest`` is that of the rows, ``sha256`` that of the bytes."""

    path: str
    rows: int
    bytes: int
    sha256: str
    digest: str


class RowDigest:
    """SHA-256 over rows as canonical JSON (keys sorted, no spaces, class labels as numbers), each ended by LF.

    It depends on the values alone, so that a release can be checked through any reader.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, rows: Iterable[Any]) -> None:
        """Add rows in order."""
        for row in rows:
            line = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            self._hash.update(line.encode() + b"\n")

    def hexdigest(self) -> str:
        """Return the digest of the rows so far."""
        return self._hash.hexdigest()


class SplitWriter:
    """Writes the rows of one split; nothing stands under the final name before `close`."""

    def __init__(self, folder: Path, split: str, schema: pa.Schema) -> None:
        self._folder = folder
        self._split = split
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []
        self._digest = RowDigest()
        self.rows = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._part = files.part_name(folder / f"{split}.parquet")
        self._writer = pq.ParquetWriter(
            self._part,
            schema,
            compression="zstd",
            use_content_defined_chunking=True,
            write_page_index=True,
            store_schema=True,
        )

    def add(self, batch: pa.RecordBatch) -> None:
        """Take the next rows, in order."""
        self.rows += batch.num_rows
        self._digest.add(batch.to_pylist())
        self._waiting.append(batch)
        while sum(each.num_rows for each in self._waiting) >= ROWS_PER_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        table = pa.Table.from_batches(self._waiting, schema=self._schema)
        group, rest = table.slice(0, ROWS_PER_GROUP), table.slice(ROWS_PER_GROUP)
        self._writer.write_table(group.combine_chunks(), row_group_size=ROWS_PER_GROUP)
        self._waiting = rest.to_batches()

    def close(self) -> Written:
        """Finish the file and give it its name, which holds the beginning of its SHA-256."""
        if self._waiting:
            self._write_group()
        self._writer.close()
        sha256 = file_sha256(self._part)
        path = self._folder / f"{self._split}-00000-of-00001-{sha256[:12]}.parquet"
        self._part.replace(path)
        relative = f"data/{self._folder.name}/{path.name}"
        return Written(relative, self.rows, path.stat().st_size, sha256, self._digest.hexdigest())

    def discard(self) -> None:
        """Give up: remove what was written so far, also where the disk refuses even to close it."""
        try:
            self._writer.close()
        except OSError:
            self._writer.is_open = False  # else Arrow tries again, and prints, when the writer is collected
        self._part.unlink(missing_ok=True)


def file_sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
