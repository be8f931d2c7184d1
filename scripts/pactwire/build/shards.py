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
import numpy.typing as npt

from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import SPLITS, SplitRow
from pactwire.model import strict_json
from pactwire.storage import fingerprint, record_index

ARTICLES_PER_SHARD: Final = 4096
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
            [each.tobytes().hex(), [places.files[at].allowed_place for at in places.locations["file"].tolist()]]
            for places in (self.part.articles.index, self.part.documents.index)
            for each in [np.ascontiguousarray(places.locations[["id", "digest"]])]
        ]
        known = [*self.part.topics.values(), *(cluster for _, cluster in self.part.clusters)]
        sources = [self.part.articles.sources[name] for name in sorted(self.part.articles.sources)]
        about = [fingerprint.code_digest(), self.number, self.split, self.rows, self.partners, records, known, sources]
        return hashlib.sha256(strict_json.compact(about).encode()).hexdigest()


def plan_shards(data: Corpus, target: Path) -> Iterator[Shard]:
    """Yield the shards of every split in order."""
    for at, split in enumerate(SPLITS):
        inside = np.flatnonzero(data.splits.codes == at).astype(np.int32)
        partners = _PairPartners(data, inside)
        for number, start in enumerate(range(0, len(inside), ARTICLES_PER_SHARD)):
            own = data.splits.rows(inside[start : start + ARTICLES_PER_SHARD])
            others = data.splits.rows(inside[partners.of(start, start + len(own))])
            part = data.subset([row.article for row in (*own, *others)])
            yield Shard(number, split, own, others, part, target)


def count_shards(data: Corpus) -> int:
    """Return the number of shards."""
    counts = np.bincount(data.splits.codes[data.splits.in_published_split()])
    return sum(-(-count // ARTICLES_PER_SHARD) for count in counts.tolist())


def articles_outside_splits(data: Corpus) -> Iterator[str]:
    """Yield the ids of articles, and of those that there are only documents of, that are in no split."""
    known = data.splits
    inside = np.sort(known.articles[known.well_formed & known.in_published_split()])
    there = np.union1d(data.articles.index.locations["id"], data.documents.index.locations["id"])
    return map(record_index.number_to_id, there[~record_index.is_in_sorted(there, inside)].tolist())


class _PairPartners:
    """The articles of a split that claims may pair with: of the same story, or of the same cluster."""

    def __init__(self, data: Corpus, places: npt.NDArray[np.int32]) -> None:
        """Take the places of the split's articles in the registry, in order."""
        stories = data.splits.story_numbers()[places]
        order = np.argsort(stories, kind="stable").astype(np.int32)
        alike = stories[order[1:]] == stories[order[:-1]]
        self._next = np.full(len(places), -1, np.int32)  # the next article of the same story
        self._next[order[:-1][alike]] = order[1:][alike]
        self._in_cluster = self._clusters(data, places)

    def _clusters(self, data: Corpus, places: npt.NDArray[np.int32]) -> dict[int, set[int]]:
        members = sorted(
            {record_index.id_to_number(member[:16]) for _, cluster in data.clusters for member in cluster["members"]}
        )
        articles = data.splits.articles[places]
        held = data.splits.well_formed[places] & record_index.is_in_sorted(articles, np.array(members, np.uint64))
        where = {record_index.number_to_id(int(articles[at])): at for at in np.flatnonzero(held).tolist()}
        found: dict[int, set[int]] = {}
        for _, cluster in data.clusters:
            here = {where[member[:16]] for member in cluster["members"] if member[:16] in where}
            for each in here:
                found.setdefault(each, set()).update(here)
        return found

    def of(self, start: int, end: int) -> Any:
        """Return the places, at ``end`` or after, of the articles that those from start to end pair with, in order."""
        clustered = [at for place in range(start, end) for at in self._in_cluster.get(place, ()) if at >= end]
        found = [np.array(clustered, np.int32)]
        after = self._next[start:end]
        after = after[after >= end]  # the first one of each story
        while len(after):
            found.append(after)
            after = self._next[after]
            after = after[after >= 0]
        return np.unique(np.concatenate(found))
