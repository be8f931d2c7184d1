"""Tasks that show documents: brought to a project once, and given the present documents when these have changed.

What the server has is looked up first, nothing that people made is touched, and the text of a task never changes.
"""

import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from pactwire.labelstudio import prediction_provenance, project_instructions, projects
from pactwire.labelstudio.client import PREDICTION_FIELDS, Client, Task, task_filter
from pactwire.labelstudio.project_ownership import ProjectOwner
from pactwire.labelstudio.projects import Project, ReportProgress
from pactwire.labelstudio.task_upload import TaskUpload, UploadItem
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Article

BATCH_SIZE: Final = 50


@dataclass(frozen=True)
class ShownArticle:
    """What a task shows of an article.

    ``revisions`` are those of the documents shown, and ``meta`` tells a later push which these are. ``build_task``
    returns a new task, ``build_predictions`` the predictions over the data of one that is there, and raises DataError
    where labels do not lie in its text; ``data`` is what changes in the data of such a task.
    """

    about: Article
    revisions: Collection[str]
    meta: Mapping[str, Any]
    build_task: Callable[[], Any]
    build_predictions: Callable[[Any], list[dict[str, Any]]]
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class ShownPushResult:
    """Outcome of a push by project: tasks created, tasks already there, how many of these were renewed, and pages."""

    tasks: dict[str, int] = field(default_factory=dict)
    there: dict[str, int] = field(default_factory=dict)
    renewed: dict[str, int] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def push_projects(
    owner: ProjectOwner,
    shown: Mapping[str, Mapping[str, ShownArticle]],
    result: ShownPushResult,
    report: ReportProgress,
    update_config: bool,
) -> list[Project]:
    """Bring the owner's projects up to date; ``shown`` is by project and article. Return those that show any.

    Raises DataError, before anything is sent, with the issues of the projects.
    """
    data, client = owner.data, owner.client
    known = owner.find_projects()
    projects.require_labels(client, known.values(), data.root, data.schema)
    owner.check_articles([(project, owner.project_articles(project), shown[name]) for name, project in known.items()])
    pushed = []
    for name, articles in shown.items():
        if articles:
            project = known.get(name) or projects.create_project(client, owner.records, name, data, owner.annotators)
            project, issues = project_instructions.renew_project(client, project, data, update_config)
            result.issues += issues
            _push_shown(client, project, articles, result, report)
            pushed.append(project)
    return pushed


def _push_shown(
    client: Client,
    project: Project,
    shown: Mapping[str, ShownArticle],
    result: ShownPushResult,
    report: ReportProgress,
) -> None:
    """Bring the tasks of one project up to date; ``shown`` is by article."""
    name = project.name
    known = {
        str(task["data"].get("article")): task
        for page in client.tasks(project.id, ["data", "meta"], report=functools.partial(report, name))
        for task in page
        if str(task["data"].get("article")) in shown
    }
    new = [article for article_id, article in shown.items() if article_id not in known]
    upload = TaskUpload(client, project)
    created = 0
    for start in range(0, len(new), BATCH_SIZE):
        batch = new[start : start + BATCH_SIZE]
        created += upload.send_tasks([_upload_item(article, article.build_task()) for article in batch])
        report(name, start + len(batch), len(new))
    outdated = [
        (task, shown[article_id]) for article_id, task in known.items() if task["meta"] != shown[article_id].meta
    ]
    result.tasks[name], result.there[name] = created, len(known)
    result.renewed[name] = sum(_update_task(upload, task, article, result.issues) for task, article in outdated)
    result.pages[name] = projects.labeling_url(client, project)
    result.notes += upload.notes
    result.issues += upload.issues


def _upload_item(article: ShownArticle, body: Any) -> UploadItem:
    return UploadItem(article.about["id"], article.about["source_sha256"], msgspec.json.encode(body))


def _update_task(upload: TaskUpload, task: Task, article: ShownArticle, issues: list[Issue]) -> bool:
    """Give a task the present documents as predictions; return False, with an issue, where they do not fit it."""
    client, project = upload.client, upload.project
    try:
        predictions = article.build_predictions(task["data"])
    except DataError as error:
        message = f"{len(error.issues)} labels do not fit the task's older zones: {error.issues[0].message}"
        place = projects.page_url(client, project, task["id"])
        issues.append(Issue(place, 1, "zones-conflict", message, article.about["id"]))
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
        _upload_item(article, {"task": task["id"], **prediction})
        for prediction in predictions
        if prediction_provenance.prediction_revision(prediction) not in known
    ]
    if upload.send_predictions(missing) < len(missing):
        return False
    upload.mark_current(existing, {*article.revisions})
    client.change(f"api/tasks/{task['id']}/", {"data": {**task["data"], **article.data}, "meta": article.meta})
    return True
