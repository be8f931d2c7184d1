"""What a build, or one shard of it, made; and the store that remembers it, so that nothing is made twice."""

import json
import re
from base64 import b64decode, b64encode
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pactwire.build.parquet_writer import DataFile
from pactwire.build.shards import Shard
from pactwire.corpus.statistics import CorpusStatistics
from pactwire.model import strict_json
from pactwire.model.issues import Issue
from pactwire.storage import files

_CACHE_FILE: Final = re.compile(r"[0-9a-f]{64}\.json")
"""What a store calls its files; others are not its own."""

DatasetFiles = dict[str, dict[str, list[DataFile]]]
"""The files of a dataset by config and split, in order."""


@dataclass
class BuildResult:
    """What was made: the files, what views could not hold, counts of the documents, and issues."""

    files: DatasetFiles = field(default_factory=dict)
    losses: Counter[str] = field(default_factory=Counter)
    tally: CorpusStatistics = field(default_factory=CorpusStatistics)
    issues: list[Issue] = field(default_factory=list)

    def __iadd__(self, other: "BuildResult") -> "BuildResult":
        for config, splits in other.files.items():
            for split, written in splits.items():
                self.files.setdefault(config, {}).setdefault(split, []).extend(written)
        self.losses.update(other.losses)
        self.tally += other.tally
        self.issues += other.issues
        return self

    @property
    def data_files(self) -> list[DataFile]:
        """Return all files, whatever their config and split."""
        return [each for splits in self.files.values() for written in splits.values() for each in written]

    @property
    def file_names(self) -> list[str]:
        """Return the names of all files."""
        return [each.path for each in self.data_files]


class BuildCache:
    """Remembers, in a folder that may be deleted at any time, what shards made whose files lie in ``target``."""

    def __init__(self, folder: Path, target: Path) -> None:
        self._folder = folder
        self._target = target
        self._used: set[str] = set()

    def get(self, shard: Shard) -> BuildResult | None:
        """Return what a shard made, if its files are still there, whole, and the links it uses still known."""
        path = self._folder / f"{shard.key}.json"
        try:
            found = _parse_result(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        if found.tally.links - shard.part.links.keys() or not all(map(self._is_intact, found.data_files)):
            return None
        self._used.add(path.name)
        return found

    def _is_intact(self, each: DataFile) -> bool:
        path = self._target / each.path
        return path.is_file() and path.stat().st_size == each.bytes and files.file_sha256(path) == each.sha256

    def put(self, key: str, built: BuildResult) -> None:
        """Remember what a shard made."""
        tally = {name: sorted(value) if isinstance(value, set) else value for name, value in vars(built.tally).items()}
        tally["signatures"] = [b64encode(each).decode() for each in built.tally.signatures]
        value = {"files": built.files, "losses": built.losses, "tally": tally}
        files.write_file(self._folder / f"{key}.json", strict_json.compact(value) + "\n")
        self._used.add(f"{key}.json")

    def remove_unused(self) -> None:
        """Forget what no shard of this build made."""
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            if path.name not in self._used and _CACHE_FILE.fullmatch(path.name) and path.is_file():
                path.unlink()


def _parse_result(value: Any) -> BuildResult:
    tally = value["tally"]
    return BuildResult(
        {
            config: {split: [DataFile(*each) for each in written] for split, written in splits.items()}
            for config, splits in value["files"].items()
        },
        Counter(value["losses"]),
        CorpusStatistics(
            documents=Counter(tally["documents"]),
            annotators=tally["annotators"],
            labels={layer: Counter(counts) for layer, counts in tally["labels"].items()},
            languages=Counter(tally["languages"]),
            licenses=Counter(tally["licenses"]),
            guidelines=set(tally["guidelines"]),
            updated=tally["updated"],
            links=set(tally["links"]),
            signatures=[b64decode(each) for each in tally["signatures"]],
        ),
    )
