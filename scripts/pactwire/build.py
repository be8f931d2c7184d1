"""A valid dataset folder to what is published of it: Parquet of each config, manifest, croissant.json and card.

Data files carry their digest in their names, so the old ones stand untouched until ``README.md``,
which names the files that count, is replaced in one step. A killed build leaves the old dataset or
the new one; the next build removes what is left over.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from pactwire import card, corpus, croissant, engines, features, files, jsontext, manifest, pairs, validate, views
from pactwire.corpus import FINAL, SPLITS, Corpus
from pactwire.issues import DataError
from pactwire.views import Entry
from pactwire.writer import SplitWriter, Written

BATCH: Final = 64
"""Articles a batch; the result does not depend on it."""

Batches = dict[tuple[str, str], pa.RecordBatch]
Files = dict[str, dict[str, Written]]
"""The files written, by config and split."""


@dataclass(frozen=True)
class Built:
    """What a build wrote."""

    files: Files
    losses: dict[str, int]


def build(root: Path, workers: int = 1, target: Path | None = None) -> Built:
    """Build ``root/dataset``, or the same into another folder, and return what was written.

    Raises DataError with all issues of the data, before anything is written, and OSError where
    the target can't be written; the previous dataset then stays as it was.
    """
    data = corpus.load(root)
    if issues := validate.check(data):
        raise DataError(issues)
    target = target or root / "dataset"
    entries = list(entries_of(data))
    losses: Counter[str] = Counter()
    batches = engines.run(batch, list(_chunks(entries)), workers)
    written = _write(target, _counted(batches, losses), _pairs(data, entries))
    built = Built(written, dict(sorted(losses.items())))
    describe(data, manifest.of(data, built.files, built.losses), target)
    _remove_stale(target, written)
    return built


def describe(data: Corpus, about: Mapping[str, Any], target: Path) -> None:
    """Write what is said of the data files: the card's plots, the manifest, croissant.json and, last, README.md."""
    text = card.text(data.root)
    about = {**about, "plots": card.publish_plots(data.root, target)}
    files.write(target / "manifest.json", jsontext.pretty(about))
    files.write(target / "croissant.json", jsontext.pretty(croissant.of(data, about, text)))
    files.write(target / "README.md", card.readme(data, about, text))


def entries_of(data: Corpus) -> Iterator[Entry]:
    """Yield what the views need of each article that is in a split, in the registry's order."""
    documents: dict[str, list[tuple[str, Any]]] = {}
    for placed in data.documents:
        documents.setdefault(placed.document["article"], []).append((placed.annotator, placed.document))
    clusters: dict[str, dict[str, str]] = {}
    for _, cluster in data.clusters:
        for member in cluster["members"]:
            clusters.setdefault(member.partition("/")[0], {})[member] = cluster["id"]
    for _, row in data.splits:
        if row.split not in SPLITS:
            continue
        article = data.articles[row.article]
        own = sorted(documents.get(row.article, []), key=lambda item: item[0])
        yield Entry(
            article=article,
            story=row.story,
            split=row.split,
            zones=data.zones(article),
            final=next((document for name, document in own if name == FINAL), None),
            documents=[(name, document) for name, document in own if name != FINAL],
            topics=data.topics,
            clusters=clusters.get(row.article, {}),
        )


def _chunks(entries: list[Entry]) -> Iterator[list[Entry]]:
    for start in range(0, len(entries), BATCH):
        yield entries[start : start + BATCH]


def batch(entries: list[Entry]) -> tuple[Batches, Counter[str]]:
    """Return the record batches of some articles by config and split, and what the views left out."""
    losses: Counter[str] = Counter()
    rows: dict[tuple[str, str], list[views.Row]] = {}
    for entry in entries:
        for config, found in views.rows(entry, losses).items():
            rows.setdefault((config, entry.split), []).extend(found)
    return {key: record_batch(key[0], found) for key, found in rows.items() if found}, losses


def record_batch(config: str, rows: list[views.Row]) -> pa.RecordBatch:
    """Return rows as a record batch with the config's Arrow schema; class labels may be names."""
    kinds = features.of(config)
    encoded = [kinds.encode_example(row) for row in rows]
    return pa.RecordBatch.from_pylist(encoded, schema=kinds.arrow_schema)


def _counted(results: Iterable[tuple[Batches, Counter[str]]], losses: Counter[str]) -> Iterator[Batches]:
    for batches, counts in results:
        losses.update(counts)
        yield batches


def _pairs(data: Corpus, entries: list[Entry]) -> Iterator[Batches]:
    found: dict[str, list[views.Row]] = {}
    for split, row in pairs.claim_pair_rows(entries, [cluster for _, cluster in data.clusters]):
        found.setdefault(split, []).append(row)
    yield {("claim_pairs", split): record_batch("claim_pairs", rows) for split, rows in found.items()}


def _write(target: Path, *streams: Iterable[Batches]) -> Files:
    """Write all batches; on any failure the files begun are removed and none has its name."""
    writers: dict[tuple[str, str], SplitWriter] = {}
    try:
        for stream in streams:
            for batches in stream:
                for (config, split), each in batches.items():
                    if (config, split) not in writers:
                        schema = features.of(config).arrow_schema
                        writers[config, split] = SplitWriter(target / "data" / config, split, schema)
                    writers[config, split].add(each)
        return {
            config: {s: writers[config, s].close() for s in SPLITS if (config, s) in writers}
            for config in features.CONFIGS
            if any(key[0] == config for key in writers)
        }
    except BaseException:
        for writer in writers.values():
            writer.discard()
        raise


def _remove_stale(target: Path, written: Files) -> None:
    wanted = {target / each.path for splits in written.values() for each in splits.values()}
    for path in sorted((target / "data").rglob("*"), reverse=True):
        if path.is_file() and path not in wanted:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
