"""What a build can't avoid, and nothing else: parse, hash, split sentences, make Arrow of Python values, write Parquet.

Run as ``python bare.py ROOT BUILT TARGET``; prints the seconds for what was built of ROOT, rows read before.
"""

import gc
import hashlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pactwire.build import features, parquet_writer
from pactwire.corpus import corpus
from pactwire.text.sentences import sentence_spans

ROWS = 1000
"""Rows made and written at a time."""


def main(root: Path, built: Path, target: Path) -> None:
    """Time it."""
    data = corpus.load_corpus(root)
    lines = [
        each.read_record(place).data for each in (data.articles.index, data.documents.index) for place in each.locations
    ]
    rows = dict(_rows(built))
    target.mkdir(exist_ok=True)
    gc.freeze()  # else the collector looks at the rows again and again
    start = time.perf_counter()
    for line in lines:
        value = msgspec.json.decode(line)
        if "license" in value:
            hashlib.sha256(value["text"].encode()).hexdigest()
    for row in rows["articles"]:
        for line in row["text"].split("\n"):
            sentence_spans(line, row["language"])
    declared = data.schema
    for config, found in rows.items():
        schema = features.arrow_schema(declared, config)
        with pq.ParquetWriter(target / f"{config}.parquet", schema, **parquet_writer.PARQUET_OPTIONS) as stream:
            for first in range(0, len(found), ROWS):
                stream.write_batch(pa.RecordBatch.from_pylist(found[first : first + ROWS], schema))
    print(time.perf_counter() - start)


def _rows(built: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield what is published, but the pairs of claims, as Python values by config."""
    for folder in sorted((built / "data").iterdir()):
        config, paths = folder.name, sorted(folder.glob("*.parquet"))
        if paths and config != "claim_pairs":
            yield config, [row for path in paths for row in pq.read_table(path).to_pylist()]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
