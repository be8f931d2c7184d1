"""Who or what created labels, and what status they have, for people to read."""

from collections.abc import Iterable

from pactwire.build.article_context import ArticleContext
from pactwire.build.provenance import annotator_kind
from pactwire.model.labels import document_labels
from pactwire.model.records import Annotator, AnnotatorKind, Status, annotator_rank
from pactwire.model.schema import AnnotationSchema


def provenance(schema: AnnotationSchema, entry: ArticleContext) -> list[dict[str, str]]:
    """Return the status and the kind of annotator of each layer, with their definitions."""
    statuses = {label.name: label for label in schema.envelope_labels("status")}
    kinds = {label.name: label for label in schema.envelope_labels("annotator_kind")}
    rows = []
    for layer in schema.layer_names:
        if entry.final is None or layer not in entry.final["status"]:
            rows.append({"layer": layer, "status": "not annotated", "about": "", "kind": "", "by": ""})
            continue
        status = statuses[entry.final["status"][layer]]
        kind = kinds[annotator_kind(entry.final, layer)]
        makers = sorted({name for label in document_labels(entry.final, layer) for name in label["by"]})
        rows.append(
            {"layer": layer, "status": status.title, "about": status.definition, "kind": kind.title,
             "by": ", ".join(makers)}
        )  # fmt: skip
    return rows


def provenance_summary(schema: AnnotationSchema, entries: Iterable[ArticleContext]) -> str:
    """Return one sentence on who created the labels of some articles, and whether a person has reviewed them."""
    documents = [entry.final for entry in entries if entry.final is not None]
    if not documents:
        return "Nothing is annotated yet; zones were found by rule."
    statuses = {status for document in documents for status in document["status"].values()}
    makers: dict[str, Annotator] = {}
    for document in documents:
        kinds = {each["id"]: each for each in document["annotators"]}
        for layer in schema.layer_names:
            for label in document_labels(document, layer):
                for name in label["by"]:
                    makers[name] = kinds[name]
    found = sorted({each["kind"] for each in makers.values()}, key=lambda kind: (-annotator_rank(kind), kind))
    models = sorted({each["name"] for each in makers.values() if each["kind"] == AnnotatorKind.MODEL and each["name"]})
    model = "a model" + (f" ({', '.join(models)})" if models else "")
    named: dict[str, str] = {AnnotatorKind.HUMAN: "people", AnnotatorKind.MODEL: model, AnnotatorKind.RULE: "a rule"}
    creators = " and ".join(named.get(kind, kind) for kind in found) or "an unknown annotator"
    if statuses == {Status.REVIEWED}:
        return f"The labels were created by {creators}; a person has reviewed and accepted all of them."
    if Status.REVIEWED in statuses:
        return (
            f"The labels were created by {creators}; a person has reviewed and accepted some layers of some articles."
        )
    if AnnotatorKind.HUMAN in found:
        return f"The labels were created by {creators}; a person has not reviewed all of them."
    return f"The labels were created by {creators}, and no person has reviewed them."
