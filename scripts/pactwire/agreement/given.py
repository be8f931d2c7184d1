"""Layers that an annotator's document was given, for its labels to refer to: nobody annotated them there."""

from pactwire.corpus.corpus import FINAL
from pactwire.model.labels import document_labels
from pactwire.model.records import Document, Status


def is_given(document: Document, layer: str, annotator: str) -> bool:
    """Say whether a layer of an annotator's document was given: by the final document, or by a draft.

    It was not submitted then, and is as adjudication left it, or has labels and none that the annotator made.
    """
    status, labels = document["status"].get(layer), document_labels(document, layer)
    if status == Status.SUBMITTED or not any(each["id"] == annotator for each in document["annotators"]):
        return False
    if any(source.startswith(f"{FINAL}@") for source in document["derived_from"]) and status != Status.DRAFT:
        return True
    return bool(labels) and not any(annotator in label["by"] for label in labels)
