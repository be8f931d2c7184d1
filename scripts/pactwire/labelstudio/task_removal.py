"""The removal of articles from a Label Studio server: their tasks in all projects of the dataset, with all labels.

Looked for are the projects that hold the dataset's mark: for labeling, reviews, adjudication and queues. A task goes
with its annotations, predictions and unsent edits; a removal that was interrupted goes on with the tasks that are left.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import project_marks, projects
from pactwire.labelstudio.client import Client, ServerError, task_filter
from pactwire.labelstudio.project_ownership import ProjectOwner

_COUNTS = ("annotations", "result", "total_predictions")


class ProjectTasks(NamedTuple):
    """The tasks of some articles in a project, and the numbers of their annotations, predictions and unsent edits."""

    title: str
    page: str
    tasks: list[int]
    annotations: int
    predictions: int
    drafts: int

    def line(self) -> str:
        """Return them as a line of text."""
        return (
            f"{self.title}: {len(self.tasks):,} tasks with {self.annotations:,} annotations,"
            f" {self.predictions:,} predictions, {self.drafts:,} with unsent edits"
        )


def find_tasks(data: Corpus, client: Client, articles: Collection[str]) -> list[ProjectTasks]:
    """Return the tasks of articles in each project of a dataset that has any.

    Raises DataError if the folder is a copy of another one, whose projects these may be (`ProjectOwner`).
    """
    owner = ProjectOwner(data, client, adopt=False)
    owner.check_projects()
    chosen = task_filter("data.article", "List", "in_list", list(articles))
    found = []
    for record in owner.records if data.settings.id else ():
        if not project_marks.marked_projects(record.description or "", data.settings.id):
            continue
        tasks = [task for page in client.tasks(record.id, _COUNTS, [chosen]) for task in page]
        unsent = {*client.tasks_with_unsent_edits(record.id)} if tasks else set()
        project = projects.project_from_record("", (), record)
        numbers = [int(task["id"]) for task in tasks]
        if tasks:
            found.append(
                ProjectTasks(
                    project.title,
                    projects.page_url(client, project),
                    numbers,
                    sum(len(task["annotations"]) for task in tasks),
                    sum(task.get("total_predictions") or 0 for task in tasks),
                    len(unsent & {*numbers}),
                )
            )
    return found


def delete_tasks(client: Client, tasks: Iterable[int]) -> Iterator[int]:
    """Delete tasks, and yield each that is gone; one that was gone already is no error. Raises ServerError."""
    for task in tasks:
        try:
            client.send("DELETE", f"api/tasks/{task}/", {})
        except ServerError as error:
            if error.status != 404:
                raise
        yield task
