"""Write the data files of a dataset: Parquet for each config, and the issues found on the way.

The work is divided into shards (`pactwire.build.shards`). Each shard validates its articles and writes its files in
one call, in any process. Data files have their digest in their names, so files of earlier builds are never
overwritten, and unchanged shards are not written again.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa

from pactwire.build import config_batches, features, shards
from pactwire.build.article_context import article_context, label_clusters
from pactwire.build.build_cache import BuildCache, BuildResult
from pactwire.build.cluster_pairs import cluster_pair_rows, pairs_across_splits
from pactwire.build.parquet_writer import DataFile, ShardWriter
from pactwire.build.record_batches import rows_to_batch
from pactwire.build.shards import Shard
from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import SPLITS, SplitRow
from pactwire.storage import executors
from pactwire.stories.leak_check import SignatureStore
from pactwire.validation import validate

ARTICLES_PER_BATCH: Final = 64
"""Articles converted to rows at a time; the output does not depend on it."""
PAIRS_PER_BATCH: Final = 1000
"""Pairs of clustered labels written at a time."""

ProgressCallback = Callable[[str, int, int], None]
"""Called with what is being built, how many are done, and the total."""


def write_data(
    root: Path, target: Path, cache: BuildCache | None, workers: int, engine: str, report: ProgressCallback
) -> tuple[Corpus, BuildResult]:
    """Write the data files of a dataset; return its corpus, and the files with all issues.

    Args:
        root: The dataset, which need not be valid.
        target: The folder of the built dataset.
        cache: What earlier builds wrote, by shard; None writes every shard.
        workers: The number of processes.
        engine: Where they run (`executors`).
        report: Called after each shard.
    """
    result = BuildResult()
    with closing(SignatureStore()) as signatures:
        with executors.open_executor(workers, engine, __name__) as run:
            data = corpus.load_corpus(root)
            result.issues += data.issues
            for partial in _build_shards(data, target, cache, run, report):
                signatures.take_records(partial.statistics.signatures)
                result += partial
        result.issues += validate.check_across_articles(data, result.statistics, signatures)
    if lost := pairs_across_splits(data):
        result.losses["pairs_across_splits"] += lost
    result.files = {
        config: _order_by_split(result.files[config])
        for config in features.configs(data.schema)
        if config in result.files
    }
    return data, result


def _order_by_split(by_split: Mapping[str, list[DataFile]]) -> dict[str, list[DataFile]]:
    return {split: sorted(by_split[split]) for split in SPLITS if split in by_split}


def _build_shards(
    data: Corpus, target: Path, cache: BuildCache | None, run: executors.ParallelMap, report: ProgressCallback
) -> Iterator[BuildResult]:
    """Yield the result of each shard, cached or new, and last those of articles that are validated but not built."""
    total = shards.count_shards(data)
    reused: list[BuildResult] = []

    def changed_shards() -> Iterator[Shard]:
        for shard in shards.plan_shards(data, target):
            if cache and (cached := cache.get(shard)):
                reused.append(cached)
            else:
                yield shard

    for done, (key, result) in enumerate(run(build_shard, changed_shards()), 1):
        report("shards", done + len(reused), total)
        if cache and not result.issues:
            cache.put(key, result)
        yield result
    yield from reused
    unsplit = validate.corpus_chunks(data, shards.articles_outside_splits(data))
    for issues, statistics in run(validate.check_records, unsplit):
        yield BuildResult(statistics=statistics, issues=issues)


def build_shard(shard: Shard) -> tuple[str, BuildResult]:
    """Validate the articles of a shard and write its files; return its key and the result.

    If there is any issue, no file is left on disk.
    """
    result = BuildResult()
    writers: dict[str, ShardWriter] = {}
    try:
        for batches in _shard_batches(shard, result):
            for config, batch in batches.items():
                if config not in writers:
                    schema = features.arrow_schema(shard.corpus.schema, config)
                    writers[config] = ShardWriter(shard.target / "data", config, shard.split, shard.number, schema)
                writers[config].add(batch)
        if not result.issues:
            result.files = {config: {shard.split: [writer.close()]} for config, writer in writers.items()}
            writers.clear()
    finally:
        for writer in writers.values():
            writer.discard()
    return shard.key, result


def _shard_batches(shard: Shard, result: BuildResult) -> Iterator[dict[str, pa.RecordBatch]]:
    """Yield the record batches of a shard by config until there is an issue; every article is validated regardless."""
    data = shard.corpus
    clusters = label_clusters(data)
    is_complete = len(data.articles) == len({row.article for row in (*shard.rows, *shard.partners)})
    for start in range(0, len(shard.rows), ARTICLES_PER_BATCH):
        rows = shard.rows[start : start + ARTICLES_PER_BATCH]
        issues, statistics = validate.check_records(data, [row.article for row in rows])
        result.issues += issues
        result.statistics += statistics
        if is_complete and not result.issues:
            contexts = [article_context(data, row, clusters) for row in rows]
            batches = config_batches.article_batches(data.schema, contexts, result.losses)
            result.statistics.languages.update(batches["articles"]["language"].to_pylist())
            result.statistics.licenses.update(context.article["license"] for context in contexts)
            yield batches
    if shard.partners:
        result.issues += validate.check_records(data, [row.article for row in shard.partners])[0]
    if is_complete and not result.issues:
        yield from _pair_batches(shard, clusters)


def _pair_batches(shard: Shard, clusters: Mapping[str, Mapping[str, str]]) -> Iterator[dict[str, pa.RecordBatch]]:
    """Yield the pairs of each layer whose labels are clustered; ``clusters`` comes from `label_clusters`."""
    data = shard.corpus
    own = {row.article for row in shard.rows}
    for layer in data.schema.cluster_layers:
        assert layer.clusters
        contexts = (article_context(data, row, clusters) for row in _articles_with_pairs(shard, clusters))
        of_layer = [cluster for _, cluster in data.clusters[layer.name]]
        pairs = cluster_pair_rows(data.schema, layer, contexts, of_layer, own)
        while chunk := list(islice(pairs, PAIRS_PER_BATCH)):
            yield {layer.clusters.config: rows_to_batch(data.schema, layer.clusters.config, chunk)}


def _articles_with_pairs(shard: Shard, clusters: Container[str]) -> Iterator[SplitRow]:
    """Yield the articles whose labels may be in a pair: they share a story, or are in a cluster."""
    rows = (*shard.rows, *shard.partners)
    sizes = Counter(row.story for row in rows)
    return (row for row in rows if sizes[row.story] > 1 or row.article in clusters)
