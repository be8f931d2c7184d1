"""The data files of a dataset: Parquet of each config, from a folder that is valid.

The work is cut into shards (`pactwire.build.shards`), which check and write their articles wherever they run. Data
files carry their digest in their names, so that those of earlier builds stay untouched. Shards in which nothing
changed are not written again.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa

from pactwire.build import claim_pairs, config_rows, features, record_batches, shards
from pactwire.build.build_cache import Built, Store
from pactwire.build.config_rows import Entry
from pactwire.build.parquet_writer import ShardWriter, Written
from pactwire.build.shards import Shard
from pactwire.corpus import corpus
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.splits import SPLITS, SplitRow
from pactwire.storage import executors
from pactwire.stories.leak_check import Signed
from pactwire.validation import validate

BATCH: Final = 64
"""Articles turned into rows at a time; the result does not depend on it."""
ROWS: Final = 1000
"""Pairs of claims written at a time."""

Report = Callable[[str, int, int], None]
"""Told what is made, how many of it are done, and of how many."""


def write_data(
    root: Path, target: Path, cache: Store | None, workers: int, engine: str, report: Report
) -> tuple[Corpus, Built]:
    """Write the data files of a dataset; return it, and what was written with all issues found on the way.

    Args:
        root: The dataset, which need not be valid.
        target: The folder of the built dataset.
        cache: What earlier builds wrote, by shard; None writes everything anew.
        workers: The number of processes.
        engine: Where they run (`executors`).
        report: Told how far it has come.
    """
    built = Built()
    with closing(Signed()) as signed:
        with executors.opened(workers, engine, __name__) as run:
            data = corpus.load(root)
            built.issues += data.issues
            for each in _make_all(data, target, cache, run, report):
                signed.take(each.tally.signed)
                built += each
        built.issues += validate.across(data, built.tally, signed)
    built.files = {config: _splits(built.files[config]) for config in features.CONFIGS if config in built.files}
    return data, built


def _splits(found: Mapping[str, list[Written]]) -> dict[str, list[Written]]:
    return {split: sorted(found[split]) for split in SPLITS if split in found}


def _make_all(data: Corpus, target: Path, store: Store | None, run: executors.Run, report: Report) -> Iterator[Built]:
    """Yield what each shard makes, or made before, and last what comes of articles that are only checked."""
    total = shards.number(data)
    reused: list[Built] = []

    def changed() -> Iterator[Shard]:
        for shard in shards.plan(data, target):
            if store and (found := store.get(shard)):
                reused.append(found)
            else:
                yield shard

    for done, (key, made) in enumerate(run(make, changed()), 1):
        report("shards", done + len(reused), total)
        if store and not made.issues:
            store.put(key, made)
        yield made
    yield from reused
    for issues, tally in run(validate.records, validate.parts(data, shards.outside(data))):
        yield Built(tally=tally, issues=issues)


def make(shard: Shard) -> tuple[str, Built]:
    """Check the articles of a shard and write its files; return its key and what was made.

    Nothing is left on disk where there is an issue.
    """
    built = Built()
    writers: dict[str, ShardWriter] = {}
    try:
        for made in _batches(shard, built):
            for config, each in made.items():
                if config not in writers:
                    schema = features.arrow(config)
                    writers[config] = ShardWriter(shard.target / "data", config, shard.split, shard.number, schema)
                writers[config].add(each)
        if not built.issues:
            built.files = {config: {shard.split: [writer.close()]} for config, writer in writers.items()}
            writers.clear()
    finally:
        for writer in writers.values():
            writer.discard()
    return shard.key, built


def _batches(shard: Shard, built: Built) -> Iterator[dict[str, pa.RecordBatch]]:
    """Yield the record batches of a shard by config, until there is an issue; all of it is checked in any case."""
    clusters = clusters_of(shard.part)
    known = len(shard.part.articles) == len({row.article for row in (*shard.rows, *shard.partners)})
    for start in range(0, len(shard.rows), BATCH):
        own = shard.rows[start : start + BATCH]
        issues, tally = validate.records(shard.part, [row.article for row in own])
        built.issues += issues
        built.tally += tally
        if known and not built.issues:
            entries = [entry_of(shard.part, row, clusters) for row in own]
            made = record_batches.of(entries, built.losses)
            built.tally.languages.update(made["articles"]["language"].to_pylist())
            built.tally.licenses.update(entry.article["license"] for entry in entries)
            yield made
    if shard.partners:
        built.issues += validate.records(shard.part, [row.article for row in shard.partners])[0]
    if known and not built.issues:
        paired = (entry_of(shard.part, row, clusters) for row in _paired(shard, clusters))
        found = claim_pairs.rows(paired, [each for _, each in shard.part.clusters], {row.article for row in shard.rows})
        yield from ({"claim_pairs": record_batches.batch("claim_pairs", each)} for each in _chunks(found))


def _paired(shard: Shard, clusters: Container[str]) -> Iterator[SplitRow]:
    """Yield the articles whose claims may stand in a pair: they share a story, or are in a cluster."""
    rows = (*shard.rows, *shard.partners)
    sizes = Counter(row.story for row in rows)
    return (row for row in rows if sizes[row.story] > 1 or row.article in clusters)


def _chunks(rows: Iterator[config_rows.Row]) -> Iterator[list[config_rows.Row]]:
    while chunk := list(islice(rows, ROWS)):
        yield chunk


def entries_of(data: Corpus) -> Iterator[Entry]:
    """Yield what the views need of each article that is in a split, in the registry's order."""
    clusters = clusters_of(data)
    return (entry_of(data, row, clusters) for _, row in data.splits if row.split in SPLITS)


def entry_of(data: Corpus, row: SplitRow, clusters: Mapping[str, Mapping[str, str]]) -> Entry:
    """Return what the views need of an article; ``clusters`` is that of `clusters_of`."""
    article = data.articles[row.article]
    return Entry(
        article=article,
        story=row.story,
        split=row.split,
        zones=data.zones(article),
        final=data.final(row.article),
        documents=sorted(
            ((placed.annotator, placed.document) for placed in data.of(row.article) if placed.annotator != FINAL),
            key=lambda item: item[0],
        ),
        topics=data.topics,
        clusters=clusters.get(row.article, {}),
    )


def clusters_of(data: Corpus) -> dict[str, dict[str, str]]:
    """Return for each article the cluster of each of its claims that is in one, as ``article/claim``."""
    found: dict[str, dict[str, str]] = {}
    for _, cluster in data.clusters:
        for member in cluster["members"]:
            found.setdefault(member.partition("/")[0], {})[member] = cluster["id"]
    return found
