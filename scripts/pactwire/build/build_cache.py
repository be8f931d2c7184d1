"""What a build, or one shard of it, made; and the store that remembers it, so that nothing is made twice."""

import json
import re
from base64 import b64decode, b64encode
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pactwire.build.parquet_writer import Written
from pactwire.build.shards import Shard
from pactwire.corpus.statistics import Tally
from pactwire.model import strict_json
from pactwire.model.issues import Issue
from pactwire.storage import files

_OURS: Final = re.compile(r"[0-9a-f]{64}\.json")
"""What a store calls its files; others are not its own."""

Files = dict[str, dict[str, list[Written]]]
"""The files of a dataset by config and split, in order."""


@dataclass
class Built:
    """What was made: the files, what views could not hold, counts of the documents, and issues."""

    files: Files = field(default_factory=dict)
    losses: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)
    issues: list[Issue] = field(default_factory=list)

    def __iadd__(self, other: "Built") -> "Built":
        for config, splits in other.files.items():
            for split, written in splits.items():
                self.files.setdefault(config, {}).setdefault(split, []).extend(written)
        self.losses.update(other.losses)
        self.tally += other.tally
        self.issues += other.issues
        return self

    @property
    def written(self) -> list[Written]:
        """Return all files, whatever their config and split."""
        return [each for splits in self.files.values() for written in splits.values() for each in written]

    @property
    def paths(self) -> list[str]:
        """Return the names of all files."""
        return [each.path for each in self.written]


class Store:
    """Remembers, in a folder that may be deleted at any time, what shards made whose files lie in ``target``."""

    def __init__(self, folder: Path, target: Path) -> None:
        self._folder = folder
        self._target = target
        self._used: set[str] = set()

    def get(self, shard: Shard) -> Built | None:
        """Return what a shard made, if its files are still there, whole, and the links it uses still known."""
        path = self._folder / f"{shard.key}.json"
        try:
            found = _built(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        if found.tally.links - shard.part.links.keys() or not all(map(self._whole, found.written)):
            return None
        self._used.add(path.name)
        return found

    def _whole(self, each: Written) -> bool:
        path = self._target / each.path
        return path.is_file() and path.stat().st_size == each.bytes and files.file_sha256(path) == each.sha256

    def put(self, key: str, built: Built) -> None:
        """Remember what a shard made."""
        tally = {name: sorted(value) if isinstance(value, set) else value for name, value in vars(built.tally).items()}
        tally["signed"] = [b64encode(each).decode() for each in built.tally.signed]
        value = {"files": built.files, "losses": built.losses, "tally": tally}
        files.write(self._folder / f"{key}.json", strict_json.compact(value) + "\n")
        self._used.add(f"{key}.json")

    def sweep(self) -> None:
        """Forget what no shard of this build made."""
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            if path.name not in self._used and _OURS.fullmatch(path.name) and path.is_file():
                path.unlink()


def _built(value: Any) -> Built:
    tally = value["tally"]
    return Built(
        {
            config: {split: [Written(*each) for each in written] for split, written in splits.items()}
            for config, splits in value["files"].items()
        },
        Counter(value["losses"]),
        Tally(
            documents=Counter(tally["documents"]),
            annotators=tally["annotators"],
            labels={layer: Counter(counts) for layer, counts in tally["labels"].items()},
            languages=Counter(tally["languages"]),
            licenses=Counter(tally["licenses"]),
            guidelines=set(tally["guidelines"]),
            updated=tally["updated"],
            links=set(tally["links"]),
            signed=[b64decode(each) for each in tally["signed"]],
        ),
    )
