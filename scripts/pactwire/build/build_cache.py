"""The result of a build or of one shard, and the cache that keeps results so that unchanged shards are not rebuilt."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from pactwire.build.parquet_writer import DataFile
from pactwire.build.shards import Shard
from pactwire.corpus.statistics import CorpusStatistics
from pactwire.model.issues import Issue
from pactwire.storage import files

_CACHE_FILE: Final = re.compile(r"[0-9a-f]{64}\.json")
"""The names of a cache's own files; it leaves all others alone."""

DatasetFiles = dict[str, dict[str, list[DataFile]]]
"""The files of a dataset by config and split, in order."""


@dataclass
class BuildResult:
    """What was built: data files, counts of labels that no config could hold, statistics of the corpus, and issues."""

    files: DatasetFiles = field(default_factory=dict)
    losses: Counter[str] = field(default_factory=Counter)
    statistics: CorpusStatistics = field(default_factory=CorpusStatistics)
    issues: list[Issue] = field(default_factory=list)

    def __iadd__(self, other: "BuildResult") -> "BuildResult":
        for config, splits in other.files.items():
            for split, written in splits.items():
                self.files.setdefault(config, {}).setdefault(split, []).extend(written)
        self.losses.update(other.losses)
        self.statistics += other.statistics
        self.issues += other.issues
        return self

    @property
    def data_files(self) -> list[DataFile]:
        """Return the files of all configs and splits."""
        return [each for splits in self.files.values() for written in splits.values() for each in written]

    @property
    def file_names(self) -> list[str]:
        """Return the names of all files, relative to the dataset's folder."""
        return [each.path for each in self.data_files]


_decoder = msgspec.json.Decoder(BuildResult, dec_hook=lambda kind, value: Counter(value))
"""Decodes a result; a Counter is the only type that msgspec leaves to the hook."""


class BuildCache:
    """Results of shards, in a folder that may be deleted at any time; their files are in ``target``."""

    def __init__(self, folder: Path, target: Path) -> None:
        self._folder = folder
        self._target = target
        self._used: set[str] = set()

    def get(self, shard: Shard) -> BuildResult | None:
        """Return the result of a shard, if its files are still there and intact and its links are still known."""
        path = self._folder / f"{shard.key}.json"
        try:
            result = _decoder.decode(path.read_bytes())
        except (OSError, msgspec.DecodeError, ValueError):
            return None
        if result.statistics.links - shard.corpus.links.keys() or not all(map(self._is_intact, result.data_files)):
            return None
        self._used.add(path.name)
        return result

    def _is_intact(self, each: DataFile) -> bool:
        path = self._target / each.path
        return path.is_file() and path.stat().st_size == each.bytes and files.file_sha256(path) == each.sha256

    def put(self, key: str, result: BuildResult) -> None:
        """Store the result of a shard."""
        files.write_file(self._folder / f"{key}.json", msgspec.json.encode(result).decode() + "\n")
        self._used.add(f"{key}.json")

    def remove_unused(self) -> None:
        """Remove the results that this build neither used nor stored."""
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            if path.name not in self._used and _CACHE_FILE.fullmatch(path.name) and path.is_file():
                path.unlink()
