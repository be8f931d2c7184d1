"""The files built and the counts of the documents to the manifest: what each file holds, and who made its labels."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from pactwire.build.build_cache import DatasetFiles
from pactwire.build.features import CONFIGS
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.splits import SPLITS
from pactwire.corpus.statistics import CorpusStatistics
from pactwire.model import schema
from pactwire.model.issues import DataError
from pactwire.model.records import SCHEMA_VERSION
from pactwire.storage import files

PLOTS: Final = "plots"
"""The folder of plots: beside DATASET_CARD.md, beside the README.md of a release, beside the site's index."""


def build_manifest(
    version: str, built: DatasetFiles, losses: Mapping[str, int], tally: CorpusStatistics
) -> dict[str, Any]:
    """Return the manifest as JSON values.

    ``configs`` gives each split's files in order, each with its rows, bytes, SHA-256 of the bytes and digest of
    the rows (`pactwire.storage.row_digest`); ``left_out`` names the splits without rows; ``losses`` counts
    what views could not hold; ``languages`` and ``licenses`` count the published articles; ``documents`` counts all
    of them by folder; ``annotators`` and ``labels`` say who or what made the labels; ``label_sets`` are the labels
    the schema had, so that a later release can be compared with this one.
    """
    return {
        "version": version,
        "schema_version": SCHEMA_VERSION,
        "label_sets": label_sets(),
        "configs": {
            config: {split: [each._asdict() for each in written] for split, written in splits.items()}
            for config, splits in built.items()
        },
        "left_out": {
            config: missing
            for config in CONFIGS
            if (missing := [split for split in SPLITS if split not in built.get(config, {})])
        },
        "losses": {name: losses[name] for name in sorted(losses)},
        "languages": {name: tally.languages[name] for name in sorted(tally.languages)},
        "licenses": {name: tally.licenses[name] for name in sorted(tally.licenses)},
        "documents": {name: tally.documents[name] for name in sorted(tally.documents)},
        "guidelines": sorted(tally.guidelines),
        "updated": tally.updated or None,
        "annotators": [tally.annotators[name] for name in sorted(tally.annotators)],
        "labels": {layer: dict(sorted(found.items())) for layer, found in tally.labels.items()},
    }


def iter_data_files(about: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield (config, split, file) for every data file that a manifest names."""
    for config, splits in about["configs"].items():
        for split, written in splits.items():
            for each in written:
                yield config, split, each


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of the dataset that lies in a folder; None where there is none that can be read."""
    path = folder / "manifest.json"
    if not path.is_file():
        return None
    try:
        about: dict[str, Any] = files.read_json(path, path.name)
        return about if all(each["path"] for _, _, each in iter_data_files(about)) else None
    except (OSError, DataError, KeyError, TypeError, AttributeError):
        return None


def data_file_names(folder: Path) -> list[str]:
    """Return the names of the data files of the dataset that lies in a folder; none where there is no manifest."""
    return [each["path"] for _, _, each in iter_data_files(read_manifest(folder) or {"configs": {}})]


def plot_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each plot of the dataset that lies in a folder, by name."""
    found = (read_manifest(folder) or {}).get("plots")
    known = found if isinstance(found, dict) else {}
    return {name: sha256 for name, sha256 in known.items() if PurePosixPath(name).parent.as_posix() == PLOTS}


def label_sets() -> dict[str, dict[str, dict[str, str | None]]]:
    """Return the labels of each set of the schema in its order, each with the name it had before, if any."""
    declaration = schema.load_schema("annotation")
    return {
        name: {row["const"]: {"formerly": row.get("formerly")} for row in schema.declared_labels(declaration, name)}
        for name in schema.LABEL_SETS
    }


def annotators(data: Corpus) -> list[dict[str, Any]]:
    """Return each annotator of any document once, sorted by id, with the number of documents that name it."""
    tally = CorpusStatistics()
    for placed in data.documents:
        tally.add(placed, FINAL)
    return [tally.annotators[name] for name in sorted(tally.annotators)]
