"""Pull of a queue: reads what people decided in the project of `queue_push` into the file of the queue."""

import functools
from dataclasses import dataclass, field
from typing import Any

from pactwire.corpus import migration_queue
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.migration_queue import QueueFile, QueueLine
from pactwire.labelstudio import (
    annotation_import,
    annotator_ids,
    authorship,
    projects,
    queue_project,
    queue_push,
    queue_tasks,
)
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.client import ANNOTATION_FIELDS, Client, Task
from pactwire.labelstudio.projects import ReportProgress
from pactwire.model.issues import DataError, Issue
from pactwire.storage import staging


@dataclass
class QueuePullResult:
    """Outcome of a pull: the file, numbers of answers that changed and of lines still open, notes and issues."""

    file: str
    changed: int = 0
    open: int = 0
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def pull_queue(data: Corpus, client: Client, report: ReportProgress) -> QueuePullResult:
    """Write what people decided to the file of the open queue, each article as a whole or not at all.

    Raises:
        DataError: (queue-missing) if no queue is open, and if the server has no project of it.
    """
    queue = queue_push.read_open_queue(data)
    project = queue_project.find_queue(projects.list_projects(client), data.settings.id, queue.migration)
    if project is None:
        message = f"the server has no project for the queue of {queue.migration}; run `pactwire label push --queue`"
        raise DataError([Issue(client.url, 1, "project-missing", message)])
    who = AnnotatorDirectory(client.user_emails(), annotator_ids.load_pseudonyms(data.root))
    result = QueuePullResult(migration_queue.queue_file(queue.migration))
    for page in client.tasks(project.id, ["data", *ANNOTATION_FIELDS], report=functools.partial(report, project.name)):
        for task in page:
            _pull_task(task, queue, who, projects.page_url(client, project, task["id"]), result)
    result.notes += projects.unsent_notes(client, project)
    result.open = sum(line.is_open for line in queue.lines)
    staging.replace_file(data.root, data.root / result.file, queue.text())
    return result


def _pull_task(task: Task, queue: QueueFile, who: AnnotatorDirectory, place: str, result: QueuePullResult) -> None:
    article = str(task["data"].get("article", ""))
    lines = [line for line in queue.lines if line.article == article]
    work = authorship.assign_owners(task["annotations"], who)
    result.notes += [f"{place}: {note}" for note in work.notes]
    issues = [Issue(place, 1, code, message, article) for code, message in work.flaws]
    answers: list[tuple[QueueLine, str, str, str]] = []
    for name, annotation in work.own:
        chosen, flaws = queue_tasks.decode_answers(annotation["result"], lines, task["data"])
        issues += [Issue(place, 1, "queue-answer", f"{name}: {flaw}", article) for flaw in flaws]
        time = annotation_import.utc_time(annotation["updated_at"])
        answers += [(line, name, chosen[line.id], time) for line in lines if line.id in chosen]
    issues += [
        Issue(place, 1, "queue-conflict", message, article)
        for line in lines
        if (message := _conflict(line, [(name, label) for each, name, label, _ in answers if each is line]))
    ]
    result.issues += issues
    for line, name, label, time in () if issues else answers:
        if (line.label, line.by) != (label, name) and (line.is_open or line.by == name):
            line.label, line.by, line.decided = label, name, time
            queue.add_person(annotator_ids.annotator_record(name))
            result.changed += 1


def _conflict(line: QueueLine, answers: list[tuple[Any, str]]) -> str:
    """Return who answered a line differently; empty if nobody did.

    An earlier answer of the same person counts if it was applied.
    """
    given = dict.fromkeys(answers)
    if line.label is not None and (line.applied or line.by not in {name for name, _ in given}):
        given[line.by, line.label] = None
    if len({label for _, label in given}) < 2:
        return ""
    return f"{line.id} has several answers: {', '.join(f'{label} by {name}' for name, label in given)}"
