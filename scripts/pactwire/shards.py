"""The registry of splits to shards, each with all that its files depend on, small enough to send to a worker.

A shard is SHARD articles of one split, in the registry's order, so that additions touch the last one
only. Its key is a digest of everything its files are made from: the same key, the same bytes.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pactwire import fingerprint, index, jsontext, tables
from pactwire.corpus import SPLITS, Corpus
from pactwire.tables import SplitRow

SHARD: Final = 4096
"""Articles of a shard."""


@dataclass(frozen=True)
class Shard:
    """Some articles of a split: ``rows`` are their own, ``partners`` later articles that their claims pair with.

    ``part`` holds the records of both; ``target`` is the folder of the dataset that is built.
    """

    number: int
    split: str
    rows: Sequence[SplitRow]
    partners: Sequence[SplitRow]
    part: Corpus
    target: Path

    @property
    def key(self) -> str:
        """Return a digest of all that the shard's files are made from."""
        records = [
            [each.tobytes().hex(), [places.files[at].annotator for at in places.places["file"].tolist()]]
            for places in (self.part.articles.index, self.part.documents.index)
            for each in [np.ascontiguousarray(places.places[["id", "digest"]])]
        ]
        known = [*self.part.topics.values(), *(cluster for _, cluster in self.part.clusters)]
        sources = [self.part.articles.sources[name] for name in sorted(self.part.articles.sources)]
        about = [fingerprint.code(), self.number, self.split, self.rows, self.partners, records, known, sources]
        return hashlib.sha256(jsontext.compact(about).encode()).hexdigest()


def plan(data: Corpus, target: Path) -> Iterator[Shard]:
    """Yield the shards of every split in order."""
    known = tables.table_of(data.splits)
    for split in SPLITS:
        inside = np.flatnonzero(tables.codes(known["split"], (split,)) == 0).astype(np.int32)
        partners = _Partners(data, known.take(inside))
        pa.default_memory_pool().release_unused()  # what finding partners took grows with the number of articles
        for number, start in enumerate(range(0, len(inside), SHARD)):
            own = _rows(known.take(inside[start : start + SHARD]))
            others = _rows(known.take(inside[partners.of(start, start + len(own))]))
            part = data.part([row.article for row in (*own, *others)])
            yield Shard(number, split, own, others, part, target)


def number(data: Corpus) -> int:
    """Return the number of shards."""
    counts = pc.value_counts(tables.table_of(data.splits)["split"]).to_pylist()
    return sum(-(-each["counts"] // SHARD) for each in counts if each["values"] in SPLITS)


def outside(data: Corpus) -> Iterator[str]:
    """Yield the ids of articles, and of those that there are only documents of, that are in no split."""
    known = tables.table_of(data.splits)
    inside, _ = index.numbers(known.filter(pa.array(tables.codes(known["split"], SPLITS) >= 0))["article"])
    there = np.union1d(data.articles.index.places["id"], data.documents.index.places["id"])
    return map(index.name, np.setdiff1d(there, inside).tolist())


def _rows(table: pa.Table) -> list[SplitRow]:
    return [SplitRow(*row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True)]


class _Partners:
    """The articles of a split that claims may pair with: of the same story, or of the same cluster."""

    def __init__(self, data: Corpus, rows: pa.Table) -> None:
        stories = rows["story"].combine_chunks().dictionary_encode() if len(rows) else None
        self._story = np.asarray(stories.indices) if stories is not None else np.empty(0, np.int32)
        self._by_story = np.argsort(self._story, kind="stable")
        self._sorted = self._story[self._by_story]
        self._in_cluster = self._clusters(data, rows)

    def _clusters(self, data: Corpus, rows: pa.Table) -> dict[int, set[int]]:
        members = {member[:16] for _, cluster in data.clusters for member in cluster["members"]}
        wanted = pc.is_in(rows["article"], pa.array(sorted(members), pa.string()))
        places = pc.indices_nonzero(wanted).to_pylist() if members else []
        where = dict(zip(rows["article"].take(pa.array(places, pa.int64())).to_pylist(), places, strict=True))
        found: dict[int, set[int]] = {}
        for _, cluster in data.clusters:
            here = {where[member[:16]] for member in cluster["members"] if member[:16] in where}
            for each in here:
                found.setdefault(each, set()).update(here)
        return found

    def of(self, start: int, end: int) -> Any:
        """Return the places, at ``end`` or after, of the articles that those from start to end pair with, in order."""
        stories = np.unique(self._story[start:end])
        left, right = (np.searchsorted(self._sorted, stories, side=side) for side in ("left", "right"))
        several = right - left > 1
        groups = [self._by_story[a:b] for a, b in zip(left[several], right[several], strict=True)]
        clustered = [at for place in range(start, end) for at in self._in_cluster.get(place, ())]
        found = np.unique(np.concatenate([*groups, np.array(clustered, np.int64)]))
        return found[found >= end]
