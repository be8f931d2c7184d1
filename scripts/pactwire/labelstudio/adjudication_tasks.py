"""Adjudication tasks: one article, one prediction per annotator, and a list of what they disagree on.

Only layers that all annotators have are shown, over all that is content to any of them.
"""

from collections.abc import Sequence
from typing import Any

from pactwire.agreement import alignment
from pactwire.agreement.alignment import ArticleAlignment, LabelGroup
from pactwire.labelstudio import encoder, prediction_provenance, schema_mapping
from pactwire.labelstudio.control_values import control_texts
from pactwire.labelstudio.task_builder import Task, encode_task
from pactwire.model.layers import AttributeKind
from pactwire.model.records import Zone
from pactwire.model.schema import AnnotationSchema


def disputed_groups(article: ArticleAlignment, project: str) -> list[LabelGroup]:
    """Return the groups of a project's layers on which annotators disagree."""
    layers = schema_mapping.project_mapping(article.schema, project).all_layers
    return [group for group in article.groups if group.layer in layers and not group.agreed]


def document_revisions(article: ArticleAlignment) -> dict[str, str]:
    """Return the revision of each annotator's document."""
    return {name: encoder.revision(name, article.comparable.documents[name]) for name in article.annotators}


def build_task(article: ArticleAlignment, project: str, guidelines: str) -> Task:
    """Return the task of an article, ready to be sent."""
    about, zones = article.comparable.article, content_zones(article)
    task = encode_task(article.schema, about, zones, project, guidelines=guidelines)
    task["data"]["differences"] = describe_differences(article, project)
    return {**task, "predictions": build_predictions(article, project, task["data"]), "meta": task_meta(article)}


def task_meta(article: ArticleAlignment) -> dict[str, Any]:
    """Return the ``meta`` of a task, which tells a later push which documents it shows."""
    return {"pactwire": {"revisions": document_revisions(article)}}


def build_predictions(article: ArticleAlignment, project: str, data: Any) -> list[dict[str, Any]]:
    """Return a signed prediction for each annotator over the text of a task; raises DataError (on-furniture)."""
    predictions = []
    for name, revision in document_revisions(article).items():
        document = article.comparable.documents[name]
        layers = article.schema.layer_names
        shared: Any = {key: value for key, value in document.items() if key not in layers or key in article.layers}
        results = encoder.encode_results(article.schema, shared, data["segments"], data["text"], project)
        predictions.append(prediction_provenance.sign_prediction(results, document, revision, name))
    return predictions


def content_zones(article: ArticleAlignment) -> list[Zone]:
    """Return zones in which everything is content that is content to any annotator; the rest is furniture."""
    zones = sorted((zone for name in article.annotators for zone in article.comparable.zones_of(name)), key=_start)
    content: list[Zone] = []
    for zone in zones:
        if zone["kind"] not in article.schema.content_kinds:
            continue
        if content and zone["start"] < content[-1]["end"]:
            content[-1] = {**content[-1], "end": max(content[-1]["end"], zone["end"])}
        else:
            content.append(zone)
    return [*content, *(zone for zone in zones if not any(_overlap(zone, other) for other in content))]


def _start(zone: Zone) -> int:
    return zone["start"]


def _overlap(one: Zone, other: Zone) -> bool:
    return one["start"] < other["end"] and other["start"] < one["end"]


def describe_differences(article: ArticleAlignment, project: str) -> str:
    """Return what annotators disagree on as plain text: a line for each place, and under it one for each annotator."""
    lines = []
    for number, group in enumerate(disputed_groups(article, project), 1):
        place = "the whole article"
        if group.has_span:
            place = alignment.quote_in_context(article.comparable.text, group.start, group.end)
        lines.append(f"{number}. {group.layer}: {place}".replace("\n", " "))
        options = zip(article.annotators, group.options.values(), strict=True)
        lines += [f"   {name}: {_describe_option(article.schema, group, option)}" for name, option in options]
        lines.append("")
    return "\n".join(lines).strip()


def _identifying_keys(schema: AnnotationSchema, layer: str) -> Sequence[str]:
    """Return what is shown of a label that not all annotators have, or not in the same place."""
    if layer == "zones":
        return ("kind", "language")
    declared = schema.layers[layer]
    kinds = (AttributeKind.CHOICE, AttributeKind.LINK)
    firsts = (attribute for kind in kinds for attribute in declared.of_kind(kind)[:1])
    return [attribute.name for attribute in (*declared.of_kind(AttributeKind.REFERENCE), *firsts)]


def _describe_option(schema: AnnotationSchema, group: LabelGroup, option: Any) -> str:
    """Return what distinguishes an option from the others."""
    is_elsewhere = "span" in group.differing_fields
    keys = _identifying_keys(schema, group.layer) if is_elsewhere else group.differing_fields
    labels = [
        ([_describe_place(label)] if is_elsewhere else [])
        + [f"{key} {_describe_value(label[key])}" for key in keys if key in label]
        for label in alignment.option_labels(option)
    ]
    return "; ".join(map(", ".join, labels)) or "nothing"


def _describe_place(label: Any) -> str:
    words = " ".join(label.get("text", "").split())
    return f"“{words}”" if words else f"{label['start']}:{label['end']}"


def _describe_value(value: Any) -> str:
    words = value["text"] if isinstance(value, dict) else " and ".join(control_texts(value))
    return " ".join(words.split()) or "–"
