"""Push for adjudication: brings articles on which annotators disagree to projects of their own.

It keeps the promises of `pactwire.labelstudio.push`: what the server already has is looked up first, nothing that
people made is touched, and the text of a task never changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from pactwire.agreement import adjudication
from pactwire.agreement.alignment import ArticleAlignment
from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import adjudication_tasks, prediction_provenance, projects, readiness, schema_mapping
from pactwire.labelstudio.client import PREDICTION_FIELDS, Client, Task, task_filter
from pactwire.labelstudio.project_ownership import ProjectOwner
from pactwire.labelstudio.projects import Project, ReportProgress
from pactwire.labelstudio.task_upload import TaskUpload, UploadItem
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Article

BATCH_SIZE: Final = 50


@dataclass
class DisputePushResult:
    """Outcome of a push by project: tasks created, tasks already there, and how many of these got newer documents."""

    tasks: dict[str, int] = field(default_factory=dict)
    there: dict[str, int] = field(default_factory=dict)
    renewed: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def push_disputed(
    data: Corpus,
    client: Client,
    annotators: Sequence[str],
    report: ReportProgress,
    *,
    adopt: bool = False,
    update_config: bool = False,
) -> DisputePushResult:
    """Bring every article on which annotators disagree to the server, and update the documents of tasks already there.

    The options are those of `push.push_articles`.

    Raises:
        DataError: If the annotators can't be compared, with the issues of the projects, and those of the server.
    """
    aligned = adjudication.align_articles(data, annotators)
    guidelines = readiness.guidelines_version(data.root)
    owner = ProjectOwner(data, client, adopt, annotators)
    known = owner.find_projects()
    projects.require_labels(client, known.values(), data)
    result = DisputePushResult(notes=owner.notes)
    disputed = {
        name: {article.article: article for article in aligned if adjudication_tasks.disputed_groups(article, name)}
        for name in schema_mapping.offered_projects(data.schema)
    }
    owner.check_articles(
        [(project, owner.project_articles(project), disputed[name]) for name, project in known.items()]
    )
    for name, articles in disputed.items():
        if articles:
            project = known.get(name) or projects.create_project(client, owner.records, name, data, annotators)
            project, issues = projects.update_project(client, project, data, update_config)
            result.issues += issues
            _push_project(client, project, articles, guidelines, result, report)
            projects.show_predictions(client, project, annotators[0])
    return result


def _push_project(
    client: Client,
    project: Project,
    disputed: dict[str, ArticleAlignment],
    guidelines: str,
    result: DisputePushResult,
    report: ReportProgress,
) -> None:
    """Bring the tasks of one project up to date."""
    name = project.name
    known = {
        str(task["data"].get("article")): task
        for page in client.tasks(project.id, ["data", "meta"])
        for task in page
        if str(task["data"].get("article")) in disputed
    }
    new = [article for article_id, article in disputed.items() if article_id not in known]
    upload = TaskUpload(client, project)
    created = 0
    for start in range(0, len(new), BATCH_SIZE):
        batch = new[start : start + BATCH_SIZE]
        tasks = [
            _upload_item(article.comparable.article, adjudication_tasks.build_task(article, name, guidelines))
            for article in batch
        ]
        created += upload.send_tasks(tasks)
        report(name, start + len(batch), len(new))
    outdated = [
        (task, disputed[article_id])
        for article_id, task in known.items()
        if task["meta"] != adjudication_tasks.task_meta(disputed[article_id])
    ]
    result.tasks[name], result.there[name] = created, len(known)
    result.renewed[name] = sum(_update_task(upload, task, article, result.issues) for task, article in outdated)
    result.notes += upload.notes
    result.issues += upload.issues


def _upload_item(article: Article, body: Any) -> UploadItem:
    return UploadItem(article["id"], article["source_sha256"], msgspec.json.encode(body))


def _update_task(upload: TaskUpload, task: Task, article: ArticleAlignment, issues: list[Issue]) -> bool:
    """Give a task the present documents as predictions; return False, with an issue, where they do not fit it."""
    client, project = upload.client, upload.project
    try:
        predictions = adjudication_tasks.build_predictions(article, project.name, task["data"])
    except DataError as error:
        message = f"{len(error.issues)} labels do not fit the task's older zones: {error.issues[0].message}"
        place = projects.page_url(client, project, task["id"])
        issues.append(Issue(place, 1, "zones-conflict", message, article.article))
        return False
    chosen = task_filter("id", "Number", "equal", task["id"])
    existing = [
        prediction
        for page in client.tasks(project.id, PREDICTION_FIELDS, [chosen])
        for found in page
        for prediction in found["predictions"]
    ]
    known = {*map(prediction_provenance.prediction_revision, existing)}
    missing = [
        _upload_item(article.comparable.article, {"task": task["id"], **prediction})
        for prediction in predictions
        if prediction_provenance.prediction_revision(prediction) not in known
    ]
    if upload.send_predictions(missing) < len(missing):
        return False
    upload.mark_current(existing, {*adjudication_tasks.document_revisions(article).values()})
    data = {**task["data"], "differences": adjudication_tasks.describe_differences(article, project.name)}
    client.change(f"api/tasks/{task['id']}/", {"data": data, "meta": adjudication_tasks.task_meta(article)})
    return True
