"""Push for review: brings final documents to projects of their own, where people read them, layer by layer.

A final document is shown as a draft. What people make of it comes back as decisions and reviews
(`pactwire.labelstudio.review_pull`), from which adjudication writes the final document again.
"""

import functools
from typing import Any

from pactwire.agreement import adjudication, final_documents
from pactwire.agreement.alignment import ArticleAlignment
from pactwire.agreement.decisions import DecisionsFile
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.reviews import layer_digest
from pactwire.labelstudio import (
    encoder,
    prediction_provenance,
    readiness,
    schema_mapping,
    shown_tasks,
    task_builder,
)
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.project_ownership import ProjectOwner
from pactwire.labelstudio.projects import REVIEW, ReportProgress
from pactwire.labelstudio.shown_tasks import ShownArticle, ShownPushResult
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Document, Status


def push_final(
    data: Corpus, client: Client, report: ReportProgress, *, adopt: bool = False, update_config: bool = False
) -> ShownPushResult:
    """Bring the final documents with layers that nobody has reviewed to the server, and renew those already there.

    The options are those of `push.push_articles`.

    Raises:
        DataError: If a final document is not what adjudication makes of the round's documents and decisions
            (review-final), with the issues of these and of the projects, and those of the server.
    """
    aligned, decided = adjudication.load_round(data)
    if issues := [issue for article in aligned for issue in _final_issues(data, article, decided)]:
        raise DataError(issues)
    guidelines = readiness.guidelines_version(data.root)
    owner = ProjectOwner(data, client, adopt, REVIEW)
    result = ShownPushResult(notes=owner.notes)
    shown = {
        name: _unreviewed_articles(data, aligned, name, guidelines)
        for name in schema_mapping.offered_projects(data.schema)
    }
    shown_tasks.push_projects(owner, shown, result, report, update_config)
    return result


def _final_issues(data: Corpus, article: ArticleAlignment, decided: DecisionsFile) -> list[Issue]:
    """Return an issue if the final document of an article is not what adjudication makes now."""
    place = final_documents.final_path(article.article)
    final = data.final_document(article.article)
    is_open = any(decision.article == article.article for decision in decided.open_decisions())
    if final is not None and not is_open and adjudication.merge_decided(article, decided).document == final:
        return []
    what = "is not what adjudication makes" if final else "is missing, or can't be read: adjudication makes it"
    message = f"the final document {what} of the documents of {', '.join(article.annotators)}"
    return [Issue(place, 1, "review-final", message, article.article)]


def _unreviewed_articles(
    data: Corpus, aligned: list[ArticleAlignment], project: str, guidelines: str
) -> dict[str, ShownArticle]:
    """Return what is shown of articles with a layer of a project that nobody has reviewed, by article."""
    shown = {}
    layers = schema_mapping.project_mapping(data.schema, project).all_layers
    for article in aligned:
        final = data.final_document(article.article)
        if final and any(final["status"].get(layer, Status.REVIEWED) != Status.REVIEWED for layer in layers):
            shown[article.article] = _shown_article(data, article, final, project, guidelines)
    return shown


def _shown_article(
    data: Corpus, article: ArticleAlignment, final: Document, project: str, guidelines: str
) -> ShownArticle:
    layers = [layer for layer in schema_mapping.project_mapping(data.schema, project).all_layers if layer in final]
    meta = {"pactwire": {"layers": {layer: layer_digest(data.schema, final, layer) for layer in layers}}}
    build_predictions = functools.partial(_predictions, data, final, project)

    def build_task() -> Any:
        zones = final.get("zones") or data.zones(article.comparable.article)
        task = task_builder.encode_task(data.schema, article.comparable.article, zones, project, guidelines=guidelines)
        return {**task, "predictions": build_predictions(task["data"]), "meta": meta}

    return ShownArticle(
        about=article.comparable.article,
        revisions=[encoder.revision(FINAL, final)],
        meta=meta,
        build_task=build_task,
        build_predictions=build_predictions,
    )


def _predictions(data: Corpus, final: Document, project: str, shown: Any) -> list[dict[str, Any]]:
    """Return the final document as a signed prediction over the text of a task."""
    results = encoder.encode_results(data.schema, final, shown["segments"], shown["text"], project)
    return [prediction_provenance.sign_prediction(results, final, encoder.revision(FINAL, final), FINAL)]
