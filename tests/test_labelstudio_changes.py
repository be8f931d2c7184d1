"""What a real Label Studio says about changes: every one that counts has a time, or shows in the totals."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pactwire.labelstudio import client as clients
from pactwire.labelstudio import project_status, projects, pull, push
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.project_status import WORKED_TASKS
from pactwire.labelstudio.pushed_tasks import PUSHED_TASKS
from pactwire.labelstudio.task_index import TaskIndex
from pactwire.storage import files
from support.labelstudio import DATASET, identify, ticked

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow

Change = Callable[[Client, int, dict[str, Any]], object]
"""Changes something about a task of a project."""


def send(root: Path, client: Client) -> push.PushResult:
    """Push a dataset."""
    return push.push_articles(root, client, lambda *_: None)


def annotate(client: Client, project: int, task: dict[str, Any], **changes: Any) -> Any:
    """Submit the draft of a task."""
    body = {"result": ticked(task["predictions"][0]["result"]), "lead_time": 1.0, **changes}
    return client.send("POST", f"api/tasks/{task['id']}/annotations/", body)


def last(client: Client, task: dict[str, Any]) -> str:
    """Return the path of the newest annotation of a task."""
    found = client.get(f"api/tasks/{task['id']}/annotations/")
    return f"api/annotations/{max(each['id'] for each in found)}/"


def act(client: Client, project: int, task: dict[str, Any], action: str) -> object:
    """Do to a task what the menu of the list of tasks offers."""
    body = {"selectedItems": {"all": False, "included": [task["id"]]}, "ordering": []}
    return client.send("POST", f"api/dm/actions?id={action}&project={project}", body)


def predict(client: Client, project: int, task: dict[str, Any]) -> Any:
    """Give a task a prediction of another model."""
    body = {"task": task["id"], "model_version": "other", "result": []}
    return client.send("POST", "api/predictions/", body)


CHANGES: dict[str, tuple[bool, Change]] = {
    "submit": (True, annotate),
    "update": (True, lambda client, _, task: client.send("PATCH", last(client, task), {"result": []})),
    "skip": (True, lambda client, project, task: annotate(client, project, task, was_cancelled=True)),
    "skip after all": (
        True,
        lambda client, _, task: client.send("PATCH", last(client, task), {"was_cancelled": False}),
    ),
    "delete an annotation": (True, lambda client, _, task: client.send("DELETE", last(client, task), {})),
    "submit again": (True, annotate),
    "take back": (True, lambda client, _, task: client.send("POST", f"{last(client, task)}convert-to-draft", {})),
    "submit anew": (True, annotate),
    "delete annotations": (True, lambda client, project, task: act(client, project, task, "delete_tasks_annotations")),
    "predict": (True, predict),
    "predict and take back": (
        True,
        lambda client, project, task: client.send(
            "DELETE", f"api/predictions/{predict(client, project, task)['id']}/", {}
        ),
    ),
    "change data": (
        True,
        lambda client, _, task: client.change(f"api/tasks/{task['id']}/", {"data": {**task["data"], "article": "x"}}),
    ),
    "change meta": (True, lambda client, _, task: client.change(f"api/tasks/{task['id']}/", {"meta": {"a": 1}})),
    "add a task": (
        True,
        lambda client, project, task: client.send("POST", f"api/projects/{project}/import", [{"data": task["data"]}]),
    ),
    "import a prediction": (
        False,
        lambda client, project, task: client.send(
            "POST", f"api/projects/{project}/import/predictions", [{"task": task["id"], "result": []}]
        ),
    ),
    "delete predictions": (False, lambda client, project, task: act(client, project, task, "delete_tasks_predictions")),
    "delete a task": (False, lambda client, _, task: client.send("DELETE", f"api/tasks/{task['id']}/", {})),
}
"""Changes by name, in the order in which they are done, and whether they leave a time behind."""


def test_index_follows_every_change(
    copy: Path, studio: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each change an index holds what one holds that reads everything, and it reads everything only in need."""
    monkeypatch.setattr(clients, "OVERLAP", timedelta(seconds=-1))
    root = identify(copy)
    send(root, studio)
    project = projects.find_projects(studio, DATASET)["labels"].id
    task = next(studio.tasks(project, ["data", "predictions", "result"]))[1]
    asked: list[Sequence[Any]] = []
    pages = studio.pages

    def noted(number: int, include: Any, filters: Sequence[Any] = (), *rest: Any) -> Any:
        asked.append(filters)
        return pages(number, include, filters, *rest)

    monkeypatch.setattr(studio, "pages", noted)
    forms: Any = WORKED_TASKS, PUSHED_TASKS
    for form in forms:
        TaskIndex(root, studio, form).read(project, lambda *_: None)
    for number, (name, (has_time, change)) in enumerate(CHANGES.items()):
        change(studio, project, task)
        for form in forms:
            asked.clear()
            found = TaskIndex(root, studio, form).read(project, lambda *_: None)
            is_all_read = [] in asked
            assert found == TaskIndex(tmp_path / str(number), studio, form).read(project, lambda *_: None), name
            assert not (has_time and is_all_read), name


def test_drafts_are_asked_for_by_themselves(copy: Path, studio: Client) -> None:
    """An edit that nobody submitted leaves no time on its task, so that a pull and a status ask for these each time."""
    root = identify(copy)
    send(root, studio)
    project = projects.find_projects(studio, DATASET)["labels"].id
    before = studio.latest_change(project)
    task = next(studio.tasks(project, []))[0]["id"]
    studio.send("POST", f"api/tasks/{task}/drafts?project={project}", {"result": [], "lead_time": 1})
    assert studio.latest_change(project).time == before.time
    assert project_status.project_statuses(root, studio, lambda *_: None)["labels"].unsent == 1


def test_pull_follows_what_people_take_back(
    copy: Path, studio: Client, second: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted annotations and tasks are told, work of somebody who gets a pseudonym comes in, and nothing else is read.

    So it is although pulls do not look back at all.
    """
    monkeypatch.setattr(clients, "OVERLAP", timedelta(seconds=-1))
    root = identify(copy)
    people = {"owner@pactwire.localhost": "anna"}
    files.write_file(root / ".pactwire" / "annotators.json", json.dumps(people))
    send(root, studio)
    project = projects.find_projects(studio, DATASET)["labels"].id
    tasks = next(studio.tasks(project, ["data", "predictions", "result"]))
    articles = [task["data"]["article"] for task in tasks]
    for task in tasks[:2]:
        annotate(studio, project, task)
    annotate(second, project, tasks[2])

    def fetch() -> pull.PullResult:
        return pull.pull_annotations(root, studio, lambda *_: None)

    first = fetch()
    assert [issue.code for issue in first.issues] == ["annotator-unmapped"]
    assert len(first.written) == 2
    studio.send("DELETE", last(studio, tasks[0]), {})
    studio.send("DELETE", f"api/tasks/{tasks[1]['id']}/", {})
    gone = fetch()
    files_left = [f"annotations/anna/{article}.json" for article in articles[:2]]
    assert sorted(gone.notes) == sorted(f"{file}: no longer on the server; the file stays" for file in files_left)
    assert (gone.issues, gone.told_issues) == ([], 1)
    files.write_file(root / ".pactwire" / "annotators.json", json.dumps(people | {"boris@example.org": "boris"}))
    came = fetch()
    assert (came.written, came.told_issues) == ([f"annotations/boris/{articles[2]}.json"], 0)
    (root / came.written[0]).unlink()
    assert fetch().written == came.written
