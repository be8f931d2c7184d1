"""A corpus and the files built from it to the manifest: what each file holds, and who made its labels."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pactwire import schemas
from pactwire.corpus import FINAL, SPLITS, Corpus
from pactwire.features import CONFIGS
from pactwire.records import LAYERS, SCHEMA_VERSION, labels_of
from pactwire.writer import Written


def of(data: Corpus, built: Mapping[str, Mapping[str, Written]], losses: Mapping[str, int]) -> dict[str, Any]:
    """Return the manifest as JSON values.

    ``configs`` gives each split's file with its rows, bytes, SHA-256 of the bytes and digest of the
    rows (`pactwire.writer.RowDigest`); ``left_out`` names the splits without rows; ``losses`` counts
    what views could not hold; ``annotators`` and ``labels`` say who or what made the labels; ``label_sets``
    are the labels the schema had, so that a later release can be compared with this one.
    """
    return {
        "version": data.version,
        "schema_version": SCHEMA_VERSION,
        "label_sets": label_sets(),
        "configs": {
            config: {split: each._asdict() for split, each in splits.items()} for config, splits in built.items()
        },
        "left_out": {
            config: missing
            for config in CONFIGS
            if (missing := [split for split in SPLITS if split not in built.get(config, {})])
        },
        "losses": dict(losses),
        "annotators": annotators(data),
        "labels": labels(data),
    }


def label_sets() -> dict[str, dict[str, dict[str, str | None]]]:
    """Return the labels of each set of the schema in its order, each with the name it had before, if any."""
    schema = schemas.load("annotation")
    return {
        name: {row["const"]: {"formerly": row.get("formerly")} for row in schemas.declared(schema, name)}
        for name in schemas.LABEL_SETS
    }


def annotators(data: Corpus) -> list[dict[str, Any]]:
    """Return each annotator of any document once, sorted by id, with the number of documents that name it."""
    found: dict[str, dict[str, Any]] = {}
    for placed in data.documents:
        for each in placed.document["annotators"]:
            found.setdefault(each["id"], {**each, "documents": 0})["documents"] += 1
    return [found[name] for name in sorted(found)]


def labels(data: Corpus) -> dict[str, dict[str, int]]:
    """Return, for each layer of annotations/final, how many labels each combination of annotators made or confirmed."""
    counts: dict[str, Counter[str]] = {layer: Counter() for layer in LAYERS}
    for placed in data.documents:
        if placed.annotator == FINAL:
            for layer in LAYERS:
                counts[layer].update("+".join(label["by"]) for label in labels_of(placed.document, layer))
    return {layer: dict(sorted(found.items())) for layer, found in counts.items()}
