"""Status of projects: tasks, drafts, and what each person submitted, skipped or has not sent."""

import functools
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from pactwire.corpus import migration_ledger, reviews, schema_file, settings
from pactwire.labelstudio import (
    annotator_ids,
    authorship,
    migration_marks,
    projects,
    pull_state,
    queue_project,
    schema_mapping,
)
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.authorship import Annotation
from pactwire.labelstudio.client import Client, ProjectChange, Task
from pactwire.labelstudio.projects import ReportProgress
from pactwire.labelstudio.task_index import IndexForm, TaskIndex

TASK_FIELDS: Final = (
    "annotations", "result", "completed_by", "updated_by", "parent_annotation", "was_cancelled", "total_predictions",
)  # fmt: skip


class _WorkedTask(msgspec.Struct):
    """A task's number of predictions, and its annotations without their results, as their people left them."""

    predictions: int
    annotations: list[Annotation]

    @classmethod
    def of_task(cls, task: Task) -> "_WorkedTask":
        """Return what a task of the server holds."""
        keys = ("id", "completed_by", "updated_by", "parent_annotation", "was_cancelled")
        restored = map(migration_marks.restore_authorship, task["annotations"])
        return cls(task["total_predictions"], [{key: each.get(key) for key in keys} for each in restored])


def _is_whole(tasks: Collection[_WorkedTask], change: ProjectChange) -> bool:
    annotations = sum(not annotation["was_cancelled"] for task in tasks for annotation in task.annotations)
    predictions = sum(task.predictions for task in tasks)
    return (len(tasks), annotations, predictions) == (change.tasks, change.annotations, change.predictions)


WORKED_TASKS: Final = IndexForm("worked", TASK_FIELDS, _WorkedTask, _WorkedTask.of_task, _is_whole)


@dataclass
class ProjectStatus:
    """The status of a project: numbers of tasks, of tasks with a draft, without annotations, and with unsent edits.

    ``people`` is (submitted, skipped) by pseudonym, or by e-mail address for people without one. ``shared`` describes
    annotations that two people worked on, with the task's page; they count for nobody. ``reviewed`` are, for a project
    of final documents, the articles of which a review was pulled, by layer. ``left`` is what the last pull did not
    import, and what else it said about the project's tasks.
    """

    title: str
    tasks: int = 0
    drafted: int = 0
    untouched: int = 0
    unsent: int = 0
    people: dict[str, tuple[int, int]] = field(default_factory=dict)
    shared: list[str] = field(default_factory=list)
    reviewed: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def project_statuses(root: Path, client: Client, report: ReportProgress) -> dict[str, ProjectStatus]:
    """Return the status of the dataset's projects by name, with those for reviews, and that of an open queue."""
    who = AnnotatorDirectory(client.user_emails(), annotator_ids.load_pseudonyms(root))
    index = TaskIndex(root, client, WORKED_TASKS)
    left = pull_state.told_texts(root, pull_state.pull_place(client.url, settings.read_settings(root).id))
    statuses = {}
    for name, project in _own_projects(root, client).items():
        state = statuses[name] = ProjectStatus(project.title)
        for number, task in index.read(project.id, functools.partial(report, name)).items():
            state.tasks += 1
            state.drafted += bool(task.predictions)
            state.untouched += not task.annotations
            for annotation in task.annotations:
                if message := _shared_work(annotation, task.annotations, who):
                    state.shared.append(f"{projects.page_url(client, project, number)}: {message}")
                    continue
                person = who.display_name(annotation["completed_by"])
                submitted, skipped = state.people.get(person, (0, 0))
                cancelled = bool(annotation["was_cancelled"])
                state.people[person] = submitted + (not cancelled), skipped + cancelled
        state.left = [text for text in left if text.startswith(projects.page_url(client, project))]
        state.unsent = len(client.tasks_with_unsent_edits(project.id))
        if project.annotators == projects.REVIEW:
            state.reviewed = _reviewed_layers(root, project)
    return statuses


def _own_projects(root: Path, client: Client) -> dict[str, projects.Project]:
    """Return the projects for labeling and for reviews, and that of the queue which is open, by name."""
    records, dataset = projects.list_projects(client), settings.read_settings(root).id
    marked = projects.select_marked(client, records, dataset)
    found, _ = projects.split_off_unknown(marked, schema_file.read_schema(root))
    for name, project in projects.select_marked(client, records, dataset, projects.REVIEW).items():
        found[f"review {name}"] = project
    migration = migration_ledger.open_queue(root)
    queue = queue_project.find_queue(records, dataset, migration) if migration else None
    return found | ({queue.name: queue} if queue else {})


def _reviewed_layers(root: Path, project: projects.Project) -> dict[str, int]:
    schema = schema_file.read_schema(root)
    layers = schema_mapping.project_mapping(schema, project.name).all_layers
    return {layer: count for layer, count in reviews.count_reviews(root, schema).items() if layer in layers}


def _shared_work(annotation: dict[str, Any], annotations: list[dict[str, Any]], who: AnnotatorDirectory) -> str:
    """Describe how two people worked on an annotation; empty if it is one person's own."""
    return authorship.changed_by_other(annotation, who) or authorship.copied_from_other(annotation, annotations, who)
