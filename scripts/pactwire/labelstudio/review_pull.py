"""Pull of reviews: reads what people made of final documents into the decisions file, from which adjudication follows.

The layers that a person ticked as finished are those that they have read wholly. Each becomes a review
(`pactwire.corpus.reviews`), and whatever they changed in it a decision. Layers without a tick stay as they are; labels
of theirs may be referred to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from pactwire.agreement import adjudication
from pactwire.agreement.alignment import ArticleAlignment
from pactwire.agreement.decisions import DecisionsFile
from pactwire.corpus import settings
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.reviews import Review, layer_digest
from pactwire.labelstudio import (
    annotation_import,
    annotator_ids,
    answered_tasks,
    decision_builder,
    migration_marks,
    prediction_provenance,
    projects,
    schema_mapping,
)
from pactwire.labelstudio.annotation_import import SourceTask
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.decoder import decode_results
from pactwire.labelstudio.projects import REVIEW, ReportProgress
from pactwire.labelstudio.rulings import Ruling, add_adjudicator
from pactwire.labelstudio.schema_mapping import FINISHED
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Document


@dataclass
class ReviewPullResult:
    """Outcome of a pull: the decisions file, its annotators, numbers of answers and reviews that changed."""

    file: str = ""
    annotators: Sequence[str] = ()
    changed: int = 0
    reviews: int = 0
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


class Reading(NamedTuple):
    """What one person made of an article.

    ``document`` has all layers that were shown, ``ticked`` are those that were read, ``times`` say when each was saved.
    ``shown`` are the digests of what each layer said in the final documents that the person saw, in order of time.
    """

    reviewer: str
    document: Document
    ticked: Sequence[str]
    times: Mapping[str, str]
    shown: Mapping[str, Sequence[str]]
    place: str


def pull_reviews(data: Corpus, client: Client, report: ReportProgress) -> ReviewPullResult:
    """Write what people reviewed to the decisions file, each person's work on an article as a whole or not at all.

    Raises:
        DataError: If nothing was adjudicated in this round, as `adjudication.load_round`, or if the server has no
            project for reviews.
    """
    aligned, file = adjudication.load_round(data)
    found = projects.find_projects(client, settings.read_settings(data.root).id, REVIEW)
    if not found:
        message = "the server has no project for reviews; run `pactwire label push --review`"
        raise DataError([Issue(client.url, 1, "project-missing", message)])
    projects.require_labels(client, found.values(), data.root, data.schema)
    people = AnnotatorDirectory(client.user_emails(), annotator_ids.load_pseudonyms(data.root))
    result = ReviewPullResult(annotators=aligned[0].annotators)
    for article, tasks in answered_tasks.tasks_by_article(client, found, aligned, result.issues, report):
        for reading in _readings(data, article, tasks, people, result):
            result.issues += take_reading(article, file, reading, result)
    for project in found.values():
        result.notes += projects.unsent_notes(client, project)
    adjudication.write_decisions(data.root, aligned, file)
    result.file = file.file
    return result


def _readings(
    data: Corpus,
    article: ArticleAlignment,
    tasks: Sequence[SourceTask],
    people: AnnotatorDirectory,
    result: ReviewPullResult,
) -> list[Reading]:
    """Return what people made of an article, in the order in which they saved it; report what can't be imported."""
    whole = [_with_all_ticked(article, source) for source in tasks]
    imported = annotation_import.import_annotations(data, whole, people)
    result.notes += imported.notes
    result.issues += imported.issues
    readings: list[tuple[datetime, Reading]] = []
    for name, document in imported.documents.items():
        times = answered_tasks.decision_times(data.schema, tasks, people, name)
        own = [
            (source, annotation)
            for source, annotation in answered_tasks.submitted_annotations(tasks)
            if people.pseudonym(annotation["completed_by"]) == name
        ]
        ticked = {layer for source, annotation in own for layer in _ticks(annotation["result"])}
        shown: dict[str, list[str]] = {}
        for source, annotation in own:
            shown |= _shown_digests(article, source, annotation)
        order = [layer for layer in article.layers if layer in ticked]
        times = {layer: times[layer] for layer in article.layers if layer in document}
        saved = max(datetime.fromisoformat(annotation["updated_at"]) for _, annotation in own)
        readings.append((saved, Reading(name, document, order, times, shown, own[0][0].place)))
    return [reading for _, reading in sorted(readings, key=lambda each: (each[0], each[1].reviewer))]


def _ticks(results: Sequence[Any]) -> list[str]:
    """Return the layers that are ticked as finished in results."""
    found = (each for each in results if each.get("from_name") == FINISHED)
    return [str(layer) for each in found for layer in (each.get("value") or {}).get("choices") or ()]


def _with_all_ticked(article: ArticleAlignment, source: SourceTask) -> SourceTask:
    """Return a task whose annotations tick all layers that were shown, if they tick any."""
    mapping = schema_mapping.project_mapping(article.schema, source.project)
    layers = [layer for layer in mapping.all_layers if layer in article.layers]
    annotations = []
    for annotation in map(migration_marks.restore_authorship, source.task["annotations"]):
        results = annotation["result"]
        if _ticks(results):
            results = [
                {**each, "value": {**each["value"], "choices": layers}} if each.get("from_name") == FINISHED else each
                for each in results
            ]
        annotations.append({**annotation, "result": results})
    return source._replace(task={**source.task, "annotations": annotations})


def _shown_digests(
    article: ArticleAlignment, source: SourceTask, annotation: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return what each layer said in the final documents that were there when a person saved an annotation."""
    saved = datetime.fromisoformat(annotation["updated_at"])
    signed = [
        (datetime.fromisoformat(prediction["created_at"]), prediction["result"])
        for prediction in source.task["predictions"]
        if prediction_provenance.is_signed(prediction)
    ]
    shown: dict[str, list[str]] = {}
    for time, results in sorted(signed, key=lambda each: each[0]):
        if time <= saved:
            decoded = decode_results(article.schema, results, source.task["data"], source.project, article.layers)
            for layer in decoded.layers:
                shown.setdefault(layer, []).append(layer_digest(article.schema, decoded.layers, layer))
    return shown


# --- lines of the decisions file


def take_reading(
    article: ArticleAlignment, file: DecisionsFile, reading: Reading, result: ReviewPullResult
) -> list[Issue]:
    """Write a person's reading into the decisions file, or return why it can't be taken: then nothing of it is.

    What the file has from the same reading, or a later one, stays as it is.
    """
    known = {each.layer: each for each in file.reviews if each.key == (article.article, each.layer, reading.reviewer)}
    newer = [layer for layer, time in reading.times.items() if layer not in known or known[layer].decided < time]
    pending = [layer for layer in reading.ticked if layer in newer]
    taken_back = [known[layer] for layer in newer if layer in known and layer not in reading.ticked]
    left = [each for each in file.reviews if each not in taken_back]
    if not pending:
        file.reviews = left
        result.reviews += len(taken_back)
        return []
    if any(decision.article == article.article for decision in file.open_decisions()):
        message = f"{reading.reviewer} reviewed a final document on which decisions are open now"
        return [Issue(reading.place, 1, "review-final", message, article.article)]
    if issues := _unusable_layers(article, file, reading, pending, known):
        return issues
    built = decision_builder.build_decisions(article, reading.document, reading.reviewer, reading.times)
    if built.flaws:
        return [_label_issue(article, reading, flaw.message, flaw.label) for flaw in built.flaws]
    chosen = {key: decision for key, decision in built.decisions.items() if decision.layer in pending}
    ruling = Ruling(article, reading.reviewer, {layer: reading.times[layer] for layer in pending}, chosen)
    new = replace(file, decisions=list(file.decisions), reviews=left)
    changed = ruling.replace_lines(new)
    add_adjudicator(new, reading.reviewer)
    digests = {layer: layer_digest(article.schema, reading.document, layer) for layer in pending}
    reviews = [
        Review(digest, article.article, layer, reading.reviewer, reading.times[layer])
        for layer, digest in digests.items()
    ]
    keys = {each.key for each in reviews}
    new.reviews = [*(each for each in new.reviews if each.key not in keys), *reviews]
    lost = [each.layer for each in adjudication.merge_decided(article, new).stale_reviews if each in reviews]
    if lost:
        message = "the decisions file can't express these labels as they were reviewed"
        return [_label_issue(article, reading, message, layer) for layer in lost]
    file.decisions, file.reviews, file.adjudicators = new.decisions, new.reviews, new.adjudicators
    result.changed += changed
    result.reviews += len(reviews) + len(taken_back)
    return []


def _label_issue(article: ArticleAlignment, reading: Reading, message: str, label: str) -> Issue:
    record = f"{article.article} {label}".strip()
    return Issue(reading.place, 1, "adjudication-label", f"{reading.reviewer}: {message}", record)


def _unusable_layers(
    article: ArticleAlignment,
    file: DecisionsFile,
    reading: Reading,
    pending: Sequence[str],
    known: Mapping[str, Review],
) -> list[Issue]:
    """Return an issue for each layer that was changed without a tick, or has changed since the person saw it."""
    schema, record = article.schema, article.article
    final = adjudication.merge_decided(article, file).document
    issues = []
    for layer in reading.times:
        read, now = (layer_digest(schema, each, layer) for each in (reading.document, final))
        shown = reading.shown.get(layer, [])
        if layer not in reading.ticked and read not in shown:
            message = f"{reading.reviewer}: {layer} were changed, but are not ticked as finished"
            issues.append(Issue(reading.place, 1, "ls-finished", message, record))
        elif layer in pending and now not in (read, *shown[-1:], known[layer].digest if layer in known else ""):
            message = f"{layer} changed since {reading.reviewer} read them"
            issues.append(Issue(reading.place, 1, "review-stale", message, record))
    return issues
