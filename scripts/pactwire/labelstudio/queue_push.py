"""Push of a queue: brings the labels that people decide on to a project of its own, a task for each article.

It keeps the promises of `pactwire.labelstudio.push`: what the server has is looked up first, and nothing that people
made is touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from pactwire.corpus import migration_ledger, migration_queue
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.migration_ledger import LEDGER
from pactwire.corpus.migration_queue import QueueFile, QueueLine
from pactwire.labelstudio import projects, queue_project, queue_tasks, readiness
from pactwire.labelstudio.client import PREDICTION_FIELDS, Client, Task
from pactwire.labelstudio.project_ownership import ProjectOwner
from pactwire.labelstudio.projects import Project, ReportProgress
from pactwire.labelstudio.task_upload import TaskUpload, UploadItem
from pactwire.model.issues import DataError, Issue

BATCH_SIZE: Final = 50


@dataclass
class QueuePushResult:
    """Outcome of a push: tasks created, tasks already there and those of them that got other lines, and the page."""

    tasks: int = 0
    there: int = 0
    renewed: int = 0
    page: str = ""
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def read_open_queue(data: Corpus) -> QueueFile:
    """Return the queue that is open; raises DataError (queue-missing) if none is."""
    name = migration_ledger.open_queue(data.root)
    if name is None:
        raise DataError([Issue(LEDGER, 1, "queue-missing", "no migration waits for people's answers")])
    return migration_queue.read_queue(data.root, name, data.schema)


def push_queue(
    data: Corpus, client: Client, report: ReportProgress, *, adopt: bool = False, update_config: bool = False
) -> QueuePushResult:
    """Bring the articles with open lines of the queue to the server; the options are those of `push.push_articles`.

    Raises:
        DataError: (queue-missing) if no queue is open, and as in a push.
    """
    queue = read_open_queue(data)
    guidelines = readiness.guidelines_version(data.root)
    owner = ProjectOwner(data, client, adopt)
    projects.require_labels(client, owner.find_projects().values(), data.root, data.schema)
    lines: dict[str, list[QueueLine]] = {}
    for line in queue.lines:
        if line.is_open and line.article in data.articles:
            lines.setdefault(line.article, []).append(line)
    result = QueuePushResult(notes=owner.notes)
    config = queue_tasks.queue_config(data, queue) if queue.lines else ""
    project = queue_project.find_queue(owner.records, data.settings.id, queue.migration)
    if project is None and lines:
        project = queue_project.create_queue(client, data, queue.migration, config)
    if project is None:
        return result
    if project.config != config:
        if project.is_config_edited and not update_config:
            result.issues.append(projects.edited_issue(client, project, config))
        else:
            project = projects.write_config(client, project, config, project.labels)
    _push_tasks(data, client, project, lines, guidelines, result, report)
    result.page = projects.labeling_url(client, project)
    return result


def _push_tasks(
    data: Corpus,
    client: Client,
    project: Project,
    lines: Mapping[str, Sequence[QueueLine]],
    guidelines: str,
    result: QueuePushResult,
    report: ReportProgress,
) -> None:
    upload = TaskUpload(client, project)
    known: dict[str, Task] = {
        str(task["data"].get("article")): task
        for page in client.tasks(project.id, ["data", "meta", *PREDICTION_FIELDS])
        for task in page
    }
    result.there = len(known)
    for article, task in known.items():
        if article in lines or "pactwire" in (task["meta"] or {}):
            result.renewed += _renew_task(client, task, lines.get(article, ()), result.issues)
    items: list[UploadItem] = []
    for article, own in lines.items():
        if article in known:
            continue
        built, issues = queue_tasks.build_task(data, article, own, guidelines)
        result.issues += issues
        items.append(UploadItem(article, built["data"]["text_sha256"], msgspec.json.encode(built)))
    for start in range(0, len(items), BATCH_SIZE):
        result.tasks += upload.send_tasks(items[start : start + BATCH_SIZE])
        report(project.name, result.tasks, len(items))
    result.notes += upload.notes
    result.issues += upload.issues


def _renew_task(client: Client, task: Task, lines: Sequence[QueueLine], issues: list[Issue]) -> bool:
    """Show the present open lines in a task; answers that were pulled are no longer shown."""
    meta: dict[str, Any] = queue_tasks.task_meta(lines)
    if task["meta"] == meta:
        return False
    results, flaws = queue_tasks.encode_lines(lines, task["data"])
    issues += flaws
    for prediction in task["predictions"]:
        client.change(f"api/predictions/{prediction['id']}/", {"result": results})
    client.change(f"api/tasks/{task['id']}/", {"meta": meta})
    return True
