"""The rows of a config of a published dataset as `datasets` holds them, in memory."""

from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq

from pactwire.release.dataset_sources import DatasetSource


def read_tables(source: DatasetSource, config: str, split: str | None) -> dict[str, Any]:
    """Return a `datasets.Dataset` for each split of a config, in published order; only one split if it is given."""
    parts: dict[str, list[pa.Table]] = {}
    for each in source.data_files(config):
        if split in (None, each.split):
            parts.setdefault(each.split, []).append(pq.read_table(each.path, partitioning=None))
    return {
        name: datasets.Dataset(pa.concat_tables(tables), split=datasets.NamedSplit(name))
        for name, tables in parts.items()
    }
