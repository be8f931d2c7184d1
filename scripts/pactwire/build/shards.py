"""Shards: the units of work of a build, each with everything that its files depend on, small enough to send.

A shard is ARTICLES_PER_SHARD articles of one split in the order of ``splits.csv``, so that new articles change only
the last one. Its key is a digest of everything its files are built from: the same key means the same bytes.
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
from pactwire.model.article_ids import id_to_number, number_to_id
from pactwire.storage import fingerprint, record_index

ARTICLES_PER_SHARD: Final = 4096
"""Articles of a shard."""


@dataclass(frozen=True)
class Shard:
    """Some articles of a split, ``rows``, and ``partners``, the later articles that their labels pair with.

    ``corpus`` holds the records of both; ``target`` is the folder of the built dataset.
    """

    number: int
    split: str
    rows: Sequence[SplitRow]
    partners: Sequence[SplitRow]
    corpus: Corpus
    target: Path

    @property
    def key(self) -> str:
        """Return a digest of everything that the shard's files are built from."""
        data = self.corpus
        records = [
            [
                np.ascontiguousarray(index.locations[["id", "digest"]]).tobytes().hex(),
                [index.files[number].allowed_place for number in index.locations["file"].tolist()],
            ]
            for index in (data.articles.index, data.documents.index)
        ]
        tables = [*data.topics.values(), *([name, line[1]] for name, lines in data.clusters.items() for line in lines)]
        sources = [data.articles.sources[name] for name in sorted(data.articles.sources)]
        content = [fingerprint.code_digest(), data.schema.text, self.number, self.split, self.rows, self.partners]
        return hashlib.sha256(strict_json.compact([*content, records, tables, sources]).encode()).hexdigest()


def plan_shards(data: Corpus, target: Path) -> Iterator[Shard]:
    """Yield the shards of every split in order."""
    for code, split in enumerate(SPLITS):
        places = np.flatnonzero(data.splits.codes == code).astype(np.int32)
        partners = _PairPartners(data, places)
        for number, start in enumerate(range(0, len(places), ARTICLES_PER_SHARD)):
            own = data.splits.rows(places[start : start + ARTICLES_PER_SHARD])
            others = data.splits.rows(places[partners.later_partners(start, start + len(own))])
            subset = data.subset([row.article for row in (*own, *others)])
            yield Shard(number, split, own, others, subset, target)


def count_shards(data: Corpus) -> int:
    """Return the number of shards."""
    counts = np.bincount(data.splits.codes[data.splits.in_published_split()])
    return sum(-(-count // ARTICLES_PER_SHARD) for count in counts.tolist())


def articles_outside_splits(data: Corpus) -> Iterator[str]:
    """Yield the ids of articles that are in no split, also of those that only have documents."""
    splits = data.splits
    inside = np.sort(splits.articles[splits.well_formed & splits.in_published_split()])
    known = np.union1d(data.articles.index.locations["id"], data.documents.index.locations["id"])
    return map(number_to_id, known[~record_index.is_in_sorted(known, inside)].tolist())


class _PairPartners:
    """The articles of a split that labels may pair with: those of the same story or the same cluster.

    An article is known by its position among those of its split.
    """

    def __init__(self, data: Corpus, places: npt.NDArray[np.int32]) -> None:
        """Index the split's articles; ``places`` are those of their rows in ``splits.csv``, in order."""
        stories = data.splits.story_numbers()[places]
        order = np.argsort(stories, kind="stable").astype(np.int32)
        same_story = stories[order[1:]] == stories[order[:-1]]
        self._next = np.full(len(places), -1, np.int32)  # the next article of the same story
        self._next[order[:-1][same_story]] = order[1:][same_story]
        self._clustered = self._by_cluster(data, places)

    @staticmethod
    def _by_cluster(data: Corpus, places: npt.NDArray[np.int32]) -> dict[int, set[int]]:
        """Return the articles of the same clusters, by article."""
        members = sorted(
            {id_to_number(member[:16]) for _, cluster in data.iter_clusters() for member in cluster["members"]}
        )
        articles = data.splits.articles[places]
        is_member = data.splits.well_formed[places] & record_index.is_in_sorted(articles, np.array(members, np.uint64))
        positions = {number_to_id(int(articles[at])): at for at in np.flatnonzero(is_member).tolist()}
        by_article: dict[int, set[int]] = {}
        for _, cluster in data.iter_clusters():
            together = {positions[member[:16]] for member in cluster["members"] if member[:16] in positions}
            for position in together:
                by_article.setdefault(position, set()).update(together)
        return by_article

    def later_partners(self, start: int, end: int) -> Any:
        """Return, in order, the articles at ``end`` or later that those from ``start`` to ``end`` may pair with."""
        clustered = [other for at in range(start, end) for other in self._clustered.get(at, ()) if other >= end]
        partners = [np.array(clustered, np.int32)]
        following = self._next[start:end]
        following = following[following >= end]  # the first one of each story
        while len(following):
            partners.append(following)
            following = self._next[following]
            following = following[following >= 0]
        return np.unique(np.concatenate(partners))
