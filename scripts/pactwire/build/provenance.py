"""Who or what created the labels of a document, and the status of each layer: columns of several configs."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Final

from pactwire.model.labels import document_labels
from pactwire.model.records import Document, Status, annotator_rank
from pactwire.model.schema import AnnotationSchema

DOCUMENT_HEADER: Final = ("schema_version", "guidelines", "annotators", "created", "updated", "derived_from")


def annotator_kind(document: Document, layer: str) -> str:
    """Return the kind of annotator that a whole layer can claim: the weakest label's strongest annotator.

    For an empty layer, it is the strongest of the document's annotators. If only other layers were reviewed, it is
    the strongest of those who made labels that nobody reviewed.
    """
    kinds = {annotator["id"]: annotator["kind"] for annotator in document["annotators"]}
    if len(set(kinds.values())) == 1:
        return document["annotators"][0]["kind"]
    annotators_of_labels = set(map(tuple, map(itemgetter("by"), document_labels(document, layer))))
    strongest = [max((kinds[name] for name in names), key=annotator_rank) for names in annotators_of_labels]
    return min(strongest or [_kind_of_empty_layer(document, layer, kinds)], key=annotator_rank)


def _kind_of_empty_layer(document: Document, layer: str, kinds: Mapping[str, str]) -> str:
    statuses = document["status"]
    possible = [*kinds.values()]
    if statuses[layer] != Status.REVIEWED and Status.REVIEWED in statuses.values():
        unread = [name for name, status in statuses.items() if status != Status.REVIEWED]
        makers = {name for other in unread for label in document_labels(document, other) for name in label["by"]}
        possible = [kinds[name] for name in makers] or [min(kinds.values(), key=annotator_rank)]
    return max(possible, key=annotator_rank)


def layer_provenance(document: Document, layer: str, fold: int | None) -> dict[str, Any]:
    """Return the columns ``annotation_status``, ``annotator_kind`` and ``fold`` of rows with a layer's labels."""
    kind = annotator_kind(document, layer)
    return {"annotation_status": document["status"][layer], "annotator_kind": kind, "fold": fold}


def layer_statuses(schema: AnnotationSchema, document: Document | None) -> dict[str, Any]:
    """Return the status of each layer, None where it was not annotated."""
    return {layer: document["status"].get(layer) if document else None for layer in schema.layer_names}


def layer_kinds(schema: AnnotationSchema, document: Document | None) -> dict[str, Any]:
    """Return the kind of annotator that each layer can claim, None where it was not annotated."""
    kinds = {layer: annotator_kind(document, layer) for layer in document["status"]} if document else {}
    return {layer: kinds.get(layer) for layer in schema.layer_names}


def document_header(document: Document) -> dict[str, Any]:
    """Return a document's own properties: everything but its article, its statuses and its labels."""
    return {key: document[key] for key in DOCUMENT_HEADER}
