"""A small stand-in for Label Studio that keeps projects, tasks and predictions in memory, and fails on demand.

It supports the requests of a push and a pull. The same requests are tested on a real server elsewhere.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.http_server import LocalServer, Request, Response

Fault = Callable[[str, str, int], int]
"""Returns, for the method, path and size of a request, the status that a proxy answers with; 0 if all is well.

A gateway's status plus one thousand, as 1504, means that the server does the work all the same; plus two thousand, that
it does so when `Studio.finish` is called.
"""


class Studio(LocalServer):
    """The server.

    ``changes`` are all requests that should change something, with their bodies; ``asked`` are all others. ``times``
    say when a task changed last, by its number; time goes on by a second with each change.
    """

    def __init__(self) -> None:
        super().__init__()
        self.projects: list[dict[str, Any]] = []
        self.tasks: list[dict[str, Any]] = []
        self.changes: list[tuple[str, str, Any]] = []
        self.fault: Fault = lambda method, path, size: 0
        self.asked: list[str] = []
        self.times: dict[int, datetime] = {}
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.late: list[Callable[[], None]] = []
        self.start()

    def finish(self) -> None:
        """Do the work that was left for later."""
        while self.late:
            self.late.pop(0)()

    def respond(self, request: Request) -> Response:
        """Do what a request asks for, unless there is a fault."""
        url = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        body = json.loads(request.body) if request.body else None
        status = self.fault(request.method, url.path, len(request.body))
        answer: Any = None
        if not status or status > 999:
            if request.method != "GET":
                self.changes.append((request.method, url.path, body))
            else:
                self.asked.append(url.path)
            if status > 1999:  # the server takes its time
                self.late.append(lambda: self.answer(request.method, url.path, query, body))
            else:
                answer = self.answer(request.method, url.path, query, body)
        return Response(status % 1000 or 200, body=b"<html>" if status else json.dumps(answer).encode())

    def of(self, project: int) -> list[dict[str, Any]]:
        """Return the tasks of a project."""
        return [task for task in self.tasks if task["project"] == project]

    def articles(self, project: int) -> list[str]:
        """Return the articles of a project's tasks, in order."""
        return sorted(task["data"]["article"] for task in self.of(project))

    def state(self) -> str:
        """Return all that the server holds."""
        return json.dumps([self.projects, self.tasks], sort_keys=True)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        """Do what a request asks for, and return the answer."""
        if path == "/api/users/":
            return [{"id": 1, "email": "owner@pactwire.localhost"}]
        if path == "/api/projects/" and method == "GET":
            return {"count": len(self.projects), "next": None, "results": self.projects}
        if path == "/api/projects/":
            self.projects.append({"id": len(self.projects) + 1, **body})
            return self.projects[-1]
        if path == "/api/tasks/":
            return self._listed(int(query["project"]), json.loads(query["query"]), int(query["page_size"]))
        if found := re.fullmatch(r"/api/projects/(\d+)/import", path):
            for task in body:
                self.add(int(found[1]), task)
            return {"task_count": len(body)}
        if found := re.fullmatch(r"/api/projects/(\d+)/import/predictions", path):
            for each in body:
                self._predict(next(task for task in self.tasks if task["id"] == each["task"]), each)
            return {}
        kind, number = re.fullmatch(r"/api/(projects|tasks|predictions)/(\d+)/", path).groups()  # type: ignore[union-attr]
        every = {
            "projects": self.projects, "tasks": self.tasks,
            "predictions": [each for task in self.tasks for each in task["predictions"]],
        }  # fmt: skip
        record = next(each for each in every[kind] if each["id"] == int(number))
        record |= body or {}
        if kind == "tasks":
            self.touch(record)
        return record

    def touch(self, task: Any) -> None:
        """Note that a task changes now."""
        self.now += timedelta(seconds=1)
        self.times[task["id"]] = self.now

    def add(self, project: int, task: Any) -> None:
        """Keep a task with its predictions."""
        made = {"id": len(self.tasks) + 1, "project": project, "meta": {}, **task, "predictions": [], "annotations": []}
        self.tasks.append(made)
        self.touch(made)
        for each in task.get("predictions", []):
            self._predict(made, each)

    def _predict(self, task: Any, prediction: Any) -> None:
        number = 1 + sum(len(each["predictions"]) for each in self.tasks)
        task["predictions"].append({"id": number, "created_at": "2026-01-01T00:00:00Z", **prediction})

    def _listed(self, project: int, query: Any, size: int) -> Any:
        found = [{**task, "updated_at": self._time(task)} for task in self.of(project)]
        for each in query["filters"]["items"]:
            column, value = each["filter"].removeprefix("filter:tasks:"), each["value"]
            if column == "draft_exists":
                found = []
            found = [task for task in found if _meets(task, column, each["operator"], value)]
        if query["ordering"] == ["-tasks:updated_at"]:
            found.sort(key=lambda task: task["updated_at"], reverse=True)
        annotations = [each for task in found for each in task["annotations"]]
        listed = [
            {
                **task, "total_predictions": len(task["predictions"]), "cancelled_annotations": 0,
                "total_annotations": len(task["annotations"]),
            }
            for task in found
        ]  # fmt: skip
        return {
            "tasks": listed[:size], "total": len(found), "total_predictions": sum(map(_predictions, listed)),
            "total_annotations": sum(not each["was_cancelled"] for each in annotations),
        }  # fmt: skip

    def _time(self, task: Any) -> str:
        return self.times.get(task["id"], self.now).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _predictions(task: Any) -> int:
    return int(task["total_predictions"])


def _meets(task: Any, column: str, operator: str, value: Any) -> bool:
    held = task["data"].get(column.removeprefix("data.")) if column.startswith("data.") else task[column]
    if operator == "greater":
        return bool(held > value)
    return bool(held in value if operator == "in_list" else held == value)
