"""New annotation documents: the one place that writes their header."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pactwire.model.records import SCHEMA_VERSION, Annotator, Document
from pactwire.model.schema import AnnotationSchema


def new_document(
    schema: AnnotationSchema,
    *,
    article: str,
    text_sha256: str,
    guidelines: str | None,
    annotators: Sequence[Annotator],
    status: Mapping[str, str],
    created: str,
    updated: str,
    derived_from: Sequence[str],
    layers: Mapping[str, Any],
) -> Document:
    """Return a document of an article whose labels follow a schema as it is now, so that no migration is due.

    Args:
        schema: The dataset's schema.
        article: The id of the article.
        text_sha256: The SHA-256 of its source text.
        guidelines: The version of the guidelines.
        annotators: Who or what created the labels.
        status: How far each layer has come.
        created: When the first label was made, in UTC.
        updated: When the last was changed, in UTC.
        derived_from: The documents it was made from, as ``annotator@sha256``.
        layers: The labels by layer, in order.
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "article": article,
        "text_sha256": text_sha256,
        "guidelines": guidelines,
        **({"labels": schema.migration} if schema.migration else {}),
        "annotators": [*annotators],
        "status": {**status},
        "created": created,
        "updated": updated,
        "derived_from": [*derived_from],
        **layers,
    }
    return cast("Document", document)
