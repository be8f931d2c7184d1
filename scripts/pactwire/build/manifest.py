"""The manifest of a built dataset: its data files with their digests, and who or what created the labels."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from pactwire.build import features
from pactwire.build.build_cache import DatasetFiles
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.splits import SPLITS
from pactwire.corpus.statistics import CorpusStatistics
from pactwire.model.issues import DataError
from pactwire.model.records import SCHEMA_VERSION
from pactwire.storage import files

PLOTS: Final = "plots"
"""The folder of plots, next to DATASET_CARD.md, to the README.md of a release and to the site's index."""
SCHEMA: Final = "schema"
MIGRATIONS: Final = f"{SCHEMA}/migrations"
COPIED_FOLDERS: Final = {PLOTS: PLOTS, SCHEMA: SCHEMA, MIGRATIONS: SCHEMA}
"""Folders from which files are published as they are, with the key of the manifest that has their SHA-256 by name."""


def build_manifest(
    data: Corpus, data_files: DatasetFiles, losses: Mapping[str, int], statistics: CorpusStatistics
) -> dict[str, Any]:
    """Return the manifest as JSON values.

    Its keys:
        configs: The files of each split in order, each with its number of rows, size in bytes, SHA-256, digest of the
            rows (`pactwire.storage.row_digest`), and their size in memory, ``arrow_bytes``.
        left_out: The splits without rows, by config.
        losses: Counts of labels that a config could not hold.
        languages, licenses: Counts of the published articles.
        documents: Counts of all documents by folder.
        annotators, labels: Who or what created the labels.
        status: Counts of the final documents by layer and by the status of that layer.
        features: The features of every config, with or without rows, so that a later release can be compared with
            this one.
    """
    return {
        "version": data.settings.version,
        "schema_version": SCHEMA_VERSION,
        "features": {
            config: features.config_features(data.schema, config).to_dict() for config in features.configs(data.schema)
        },
        "configs": {
            config: {split: [each._asdict() for each in written] for split, written in splits.items()}
            for config, splits in data_files.items()
        },
        "left_out": {
            config: missing
            for config in features.configs(data.schema)
            if (missing := [split for split in SPLITS if split not in data_files.get(config, {})])
        },
        "losses": {name: losses[name] for name in sorted(losses)},
        "languages": {name: statistics.languages[name] for name in sorted(statistics.languages)},
        "licenses": {name: statistics.licenses[name] for name in sorted(statistics.licenses)},
        "documents": {name: statistics.documents[name] for name in sorted(statistics.documents)},
        "guidelines": sorted(statistics.guidelines),
        "updated": statistics.updated or None,
        "annotators": [statistics.annotators[name] for name in sorted(statistics.annotators)],
        "labels": {
            layer: dict(sorted(counts.items()))
            for layer, counts in sorted(
                statistics.labels.items(), key=lambda item: data.schema.layer_names.index(item[0])
            )
        },
        "status": {
            layer: dict(sorted(statistics.statuses[layer].items()))
            for layer in data.schema.layer_names
            if layer in statistics.statuses
        },
    }


def iter_data_files(about: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield (config, split, file) for every data file of a manifest."""
    for config, splits in about["configs"].items():
        for split, written in splits.items():
            for each in written:
                yield config, split, each


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of the dataset in a folder; None if it is missing or can't be read."""
    path = folder / "manifest.json"
    if not path.is_file():
        return None
    try:
        about: dict[str, Any] = files.read_json(path, path.name)
        return about if all(each["path"] for _, _, each in iter_data_files(about)) else None
    except (OSError, DataError, KeyError, TypeError, AttributeError):
        return None


def data_file_names(folder: Path) -> list[str]:
    """Return the names of the data files of the dataset in a folder; none without a manifest."""
    return [each["path"] for _, _, each in iter_data_files(read_manifest(folder) or {"configs": {}})]


def copied_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of COPIED_FOLDERS in the dataset in a folder, by name."""
    about = read_manifest(folder) or {}
    listed = (each for key in (PLOTS, SCHEMA) if isinstance(each := about.get(key), dict))
    return {
        name: sha256
        for each in listed
        for name, sha256 in each.items()
        if PurePosixPath(name).parent.as_posix() in COPIED_FOLDERS
    }


def count_documents(data: Corpus) -> CorpusStatistics:
    """Return the statistics of all documents of a corpus."""
    statistics = CorpusStatistics()
    for placed in data.documents:
        statistics.add(placed, FINAL, data.schema)
    return statistics


def annotators(data: Corpus) -> list[dict[str, Any]]:
    """Return all annotators of the documents, sorted by id, each with the number of documents that name it."""
    return [annotator for _, annotator in sorted(count_documents(data).annotators.items())]
