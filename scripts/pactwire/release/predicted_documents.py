"""Predictions as documents of a dataset's articles, to be shown beside its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire.model.issues import DataError
from pactwire.model.new_document import new_document
from pactwire.model.records import Document, Status
from pactwire.release import predictions, scored_versions
from pactwire.release.predicted_rows import ConfigRows
from pactwire.release.predictions import PREDICTOR
from pactwire.release.scored_versions import ScoredVersion

_TIME: Final = "1970-01-01T00:00:00Z"
"""The time of labels that rows give, which is unknown."""


class PredictedDocuments(NamedTuple):
    """Predicted documents by article, and the attributes that they do not state, by layer."""

    documents: Mapping[str, Document]
    unpredicted: Mapping[str, frozenset[str]]


def read_predicted_documents(root: Path, paths: Sequence[Path]) -> PredictedDocuments:
    """Return predictions of documents, of rows of tokens, or in a format that `pactwire convert from` reads.

    Args:
        root: The dataset root.
        paths: Files and folders.

    Raises:
        DataError: All issues of the predictions; rows with one label each are no documents (score-config).
    """
    with scored_versions.open_versions([str(root)], root) as versions:
        found = predictions.read_predictions(paths, versions)
        if not found.rows:
            return PredictedDocuments(found.documents, found.unpredicted)
        rows = ConfigRows(versions, found.rows, None, None)
        if not rows.is_tokens:
            message = f"rows of {rows.config} have one label each and no place in documents"
            raise DataError([found.rows[0].issue("score-config", message)])
        gold = rows.gold_rows(versions[-1])
        if issues := list(rows.unmatched([gold], versions[-1].name)):
            raise DataError(sorted(set(issues)))
        return PredictedDocuments(_tagged_documents(rows, versions[-1], gold), {rows.layer.name: rows.other_attributes})


def _tagged_documents(rows: ConfigRows, version: ScoredVersion, gold: Any) -> dict[str, Document]:
    """Return documents with the labels that tags give."""
    documents = {}
    for article, _, labels in rows.tagged_labels(version, gold):
        if labels is None:
            continue
        values = [
            {**label, **version.schema.filled_values(rows.layer.name, label), "by": [PREDICTOR["id"]]}
            for label in labels
        ]
        documents[article] = new_document(
            version.schema, article=article, text_sha256=version.articles[article].sha256, guidelines="0.0",
            annotators=[PREDICTOR], status={rows.layer.name: Status.DRAFT}, created=_TIME, updated=_TIME,
            derived_from=[], layers={rows.layer.name: values},
        )  # fmt: skip
    return documents
