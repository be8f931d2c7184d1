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

from pactwire.build import config_batches, features, shards
from pactwire.build.article_context import article_context, claim_clusters
from pactwire.build.build_cache import BuildCache, BuildResult
from pactwire.build.claim_pairs import claim_pair_rows
from pactwire.build.parquet_writer import DataFile, ShardWriter
from pactwire.build.record_batches import Row, rows_to_batch
from pactwire.build.shards import Shard
from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import SPLITS, SplitRow
from pactwire.storage import executors
from pactwire.stories.leak_check import SignatureStore
from pactwire.validation import validate

ARTICLES_PER_BATCH: Final = 64
"""Articles turned into rows at a time; the result does not depend on it."""
PAIRS_PER_BATCH: Final = 1000
"""Pairs of claims written at a time."""

ProgressCallback = Callable[[str, int, int], None]
"""Told what is made, how many of it are done, and of how many."""


def write_data(
    root: Path, target: Path, cache: BuildCache | None, workers: int, engine: str, report: ProgressCallback
) -> tuple[Corpus, BuildResult]:
    """Write the data files of a dataset; return it, and what was written with all issues found on the way.

    Args:
        root: The dataset, which need not be valid.
        target: The folder of the built dataset.
        cache: What earlier builds wrote, by shard; None writes everything anew.
        workers: The number of processes.
        engine: Where they run (`executors`).
        report: Told how far it has come.
    """
    built = BuildResult()
    with closing(SignatureStore()) as signed:
        with executors.open_executor(workers, engine, __name__) as run:
            data = corpus.load_corpus(root)
            built.issues += data.issues
            for each in _build_shards(data, target, cache, run, report):
                signed.take_records(each.tally.signatures)
                built += each
        built.issues += validate.check_across_articles(data, built.tally, signed)
    built.files = {config: _order_by_split(built.files[config]) for config in features.CONFIGS if config in built.files}
    return data, built


def _order_by_split(found: Mapping[str, list[DataFile]]) -> dict[str, list[DataFile]]:
    return {split: sorted(found[split]) for split in SPLITS if split in found}


def _build_shards(
    data: Corpus, target: Path, store: BuildCache | None, run: executors.ParallelMap, report: ProgressCallback
) -> Iterator[BuildResult]:
    """Yield what each shard makes, or made before, and last what comes of articles that are only checked."""
    total = shards.count_shards(data)
    reused: list[BuildResult] = []

    def changed() -> Iterator[Shard]:
        for shard in shards.plan_shards(data, target):
            if store and (found := store.get(shard)):
                reused.append(found)
            else:
                yield shard

    for done, (key, made) in enumerate(run(build_shard, changed()), 1):
        report("shards", done + len(reused), total)
        if store and not made.issues:
            store.put(key, made)
        yield made
    yield from reused
    for issues, tally in run(
        validate.check_records, validate.corpus_chunks(data, shards.articles_outside_splits(data))
    ):
        yield BuildResult(tally=tally, issues=issues)


def build_shard(shard: Shard) -> tuple[str, BuildResult]:
    """Check the articles of a shard and write its files; return its key and what was made.

    Nothing is left on disk where there is an issue.
    """
    built = BuildResult()
    writers: dict[str, ShardWriter] = {}
    try:
        for made in _shard_batches(shard, built):
            for config, each in made.items():
                if config not in writers:
                    schema = features.arrow_schema(config)
                    writers[config] = ShardWriter(shard.target / "data", config, shard.split, shard.number, schema)
                writers[config].add(each)
        if not built.issues:
            built.files = {config: {shard.split: [writer.close()]} for config, writer in writers.items()}
            writers.clear()
    finally:
        for writer in writers.values():
            writer.discard()
    return shard.key, built


def _shard_batches(shard: Shard, built: BuildResult) -> Iterator[dict[str, pa.RecordBatch]]:
    """Yield the record batches of a shard by config, until there is an issue; all of it is checked in any case."""
    clusters = claim_clusters(shard.part)
    known = len(shard.part.articles) == len({row.article for row in (*shard.rows, *shard.partners)})
    for start in range(0, len(shard.rows), ARTICLES_PER_BATCH):
        own = shard.rows[start : start + ARTICLES_PER_BATCH]
        issues, tally = validate.check_records(shard.part, [row.article for row in own])
        built.issues += issues
        built.tally += tally
        if known and not built.issues:
            contexts = [article_context(shard.part, row, clusters) for row in own]
            made = config_batches.article_batches(contexts, built.losses)
            built.tally.languages.update(made["articles"]["language"].to_pylist())
            built.tally.licenses.update(context.article["license"] for context in contexts)
            yield made
    if shard.partners:
        built.issues += validate.check_records(shard.part, [row.article for row in shard.partners])[0]
    if known and not built.issues:
        paired = (article_context(shard.part, row, clusters) for row in _articles_with_pairs(shard, clusters))
        found = claim_pair_rows(paired, [each for _, each in shard.part.clusters], {row.article for row in shard.rows})
        yield from ({"claim_pairs": rows_to_batch("claim_pairs", each)} for each in _chunks(found))


def _articles_with_pairs(shard: Shard, clusters: Container[str]) -> Iterator[SplitRow]:
    """Yield the articles whose claims may stand in a pair: they share a story, or are in a cluster."""
    rows = (*shard.rows, *shard.partners)
    sizes = Counter(row.story for row in rows)
    return (row for row in rows if sizes[row.story] > 1 or row.article in clusters)


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, PAIRS_PER_BATCH)):
        yield chunk
