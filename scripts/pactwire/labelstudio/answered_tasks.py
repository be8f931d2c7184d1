"""Answered tasks: those in which people adjudicate or review articles, and what they submitted in them."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pactwire.agreement.alignment import ArticleAlignment
from pactwire.labelstudio import annotation_import, migration_marks, projects, schema_mapping
from pactwire.labelstudio.annotation_import import SourceTask
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.client import ANNOTATION_FIELDS, PREDICTION_FIELDS, Client
from pactwire.labelstudio.projects import Project, ReportProgress
from pactwire.model.issues import Issue
from pactwire.model.schema import AnnotationSchema


def tasks_by_article(
    client: Client,
    found: Mapping[str, Project],
    aligned: Sequence[ArticleAlignment],
    issues: list[Issue],
    report: ReportProgress,
) -> Iterator[tuple[ArticleAlignment, list[SourceTask]]]:
    """Yield articles with their tasks; report a task of another article if somebody worked on it."""
    tasks: dict[str, list[SourceTask]] = {article.article: [] for article in aligned}
    for name, project in found.items():
        fields = ["data", *ANNOTATION_FIELDS, *PREDICTION_FIELDS]
        for page in client.tasks(project.id, fields, report=functools.partial(report, name)):
            for task in page:
                source = SourceTask(name, task, projects.page_url(client, project, task["id"]))
                article_id = str(task["data"].get("article", ""))
                if article_id in tasks:
                    tasks[article_id].append(source)
                elif task["annotations"]:
                    message = "the task is adjudicated, but not all annotators have a document of its article here"
                    issues.append(Issue(source.place, 1, "task-foreign", message, article_id))
    for article in aligned:
        if tasks[article.article]:
            yield article, tasks[article.article]


def submitted_annotations(tasks: Sequence[SourceTask]) -> Iterator[tuple[SourceTask, dict[str, Any]]]:
    """Yield each submitted annotation with its task, as its author saved it before any migration."""
    for source in tasks:
        for annotation in source.task["annotations"]:
            if not annotation["was_cancelled"]:
                yield source, migration_marks.restore_authorship(annotation)


def decision_times(
    schema: AnnotationSchema, tasks: Sequence[SourceTask], people: AnnotatorDirectory, adjudicator: str
) -> dict[str, str]:
    """Return when each layer was decided: the last change of the annotation that holds it."""
    return {
        layer: annotation_import.utc_time(annotation["updated_at"])
        for source, annotation in submitted_annotations(tasks)
        if people.pseudonym(annotation["completed_by"]) == adjudicator
        for layer in schema_mapping.project_mapping(schema, source.project).all_layers
    }
