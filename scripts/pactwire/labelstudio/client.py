"""Client of a Label Studio server: projects, users, and tasks page by page.

Tasks are sent and received as plain JSON. What the server refuses becomes an issue; requests that may succeed later are
repeated with growing pauses.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from pactwire.corpus.settings import SETTINGS_FILE, read_settings
from pactwire.labelstudio import local_server, wire_types
from pactwire.labelstudio.transport import KEY_VARIABLE, URL_VARIABLE, ServerError, Transport, is_sendable, with_retries

__all__ = ["ANNOTATION_FIELDS", "PREDICTION_FIELDS", "Client", "ServerError", "Task", "connect", "task_filter"]

Task = dict[str, Any]

ReportPages = Callable[[int, int], object]
"""Called with the number of tasks that the caller is done with, and of all."""

PREDICTION_FIELDS: Final = ("predictions", "result", "model_version")
ANNOTATION_FIELDS: Final = (
    "annotations", "result", "completed_by", "updated_by", "was_cancelled", "created_at", "updated_at",
    "parent_prediction", "parent_annotation",
)  # fmt: skip
"""What `Client.tasks` has to include for predictions and for annotations: the field itself, then its own fields."""

PAGE_SIZE: Final = 50
"""Tasks per response: more is no faster, and takes more memory."""


OVERLAP: Final = timedelta(minutes=1)
"""The age from which a change is visible for sure: what is saved first may become visible last."""


class _User(msgspec.Struct):
    id: int
    email: str


class _TaskTime(msgspec.Struct):
    """A task, of which only the time of its last change is decoded."""

    updated_at: str = ""


class _TaskNumber(msgspec.Struct):
    """A task, of which only the number is decoded."""

    id: int


def _report_nothing(read: int, total: int) -> None:
    """Tell nobody."""


class ProjectChange(NamedTuple):
    """When a task of a project changed last, by the server's clock, and the totals of the project.

    ``settled`` is until when every change is visible for sure. Both times are in UTC, in a form that sorts, and empty
    if the project has no tasks, or if the server states no time. Skipped annotations do not count.
    """

    time: str
    settled: str
    tasks: int
    annotations: int
    predictions: int


class Client:
    """A client of a Label Studio server; every method raises ServerError."""

    def __init__(self, url: str, token: str) -> None:
        self.transport = Transport(url, token)
        self.url = self.transport.url
        self._ahead = ThreadPoolExecutor(1)

    def close(self) -> None:
        """Close the connections."""
        self._ahead.shutdown(wait=False, cancel_futures=True)
        self.transport.close()

    def user_emails(self) -> dict[int, str]:
        """Return the e-mail address of every user by number."""
        return {user.id: user.email for user in self.get("api/users/", list[_User])}

    def get(self, path: str, kind: Any = Any, **parameters: Any) -> Any:
        """Return the JSON at a path, decoded as ``kind``; repeated while the server is busy or away."""
        content = with_retries(lambda: self.transport.request("GET", path, parameters))
        return self._json("GET", path, content, kind)

    def send(self, method: str, path: str, body: Any, kind: Any = Any) -> Any:
        """Send JSON once and return the response, decoded as ``kind``.

        After an error it is unknown whether the request arrived, so look before you send it again. A body of bytes is
        JSON already.
        """
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return self._json(method, path, self.transport.request(method, path, content=content), kind)

    def change(self, path: str, body: Any) -> None:
        """Change fields of a record, which may be done twice; repeated as in `get`."""
        content = msgspec.json.encode(body)
        with_retries(lambda: self.transport.request("PATCH", path, content=content))

    def tasks(
        self, project: int, include: Sequence[str], filters: Sequence[Any] = (), report: ReportPages = _report_nothing
    ) -> Iterator[list[Task]]:
        """Yield the tasks of a project in pages, by number, with ``id`` and the fields of ``include``.

        ``filters`` select the tasks that meet all of them; ``report`` is called for each page.
        """
        for page in self.pages(project, include, filters, report):
            yield [msgspec.json.decode(task) for task in page]

    def pages(
        self, project: int, include: Sequence[str], filters: Sequence[Any] = (), report: ReportPages = _report_nothing
    ) -> Iterator[list[msgspec.Raw]]:
        """Yield the pages of `tasks` undecoded, in no more memory than their bytes.

        Each page starts after the last task of the one before, so that no task is missed when others come and go. The
        next page is fetched while the caller works on one, but never two at once, which would slow the server down.
        """
        read, last = 0, 0
        coming = self._ahead.submit(self._page, project, include, filters, last)
        total = 0
        while True:
            page, last = coming.result()
            read, total = read + len(page.tasks), total or page.total
            is_last = len(page.tasks) < PAGE_SIZE
            if not is_last:
                coming = self._ahead.submit(self._page, project, include, filters, last)
            if page.tasks:
                yield page.tasks
                report(read, max(read, total))
            if is_last:
                return

    def tasks_with_unsent_edits(self, project: int) -> list[int]:
        """Return the numbers of the tasks of a project that hold edits which nobody has submitted."""
        unsent = task_filter("draft_exists", "Boolean", "equal", True)
        return [task["id"] for page in self.tasks(project, ["id"], [unsent]) for task in page]

    def latest_change(self, project: int) -> ProjectChange:
        """Return when a task of a project changed last, with the totals of the project."""
        query = {"filters": {"conjunction": "and", "items": []}, "ordering": ["-tasks:updated_at"]}
        listed = self._tasks(self._listed(project, ("updated_at",), query, 1))
        times = [self._json("GET", "api/tasks/", task, _TaskTime).updated_at for task in listed.tasks]
        time = parse_time(times[0]) if times else None
        if time is None:
            return ProjectChange("", "", listed.total, listed.total_annotations, listed.total_predictions)
        now = self.transport.server_time
        settled = min(time, now - OVERLAP) if now else time - OVERLAP
        totals = listed.total, listed.total_annotations, listed.total_predictions
        return ProjectChange(_filter_time(time), _filter_time(settled), *totals)

    def _page(
        self, project: int, include: Sequence[str], filters: Sequence[Any], last: int
    ) -> tuple[wire_types.TaskList, int]:
        """Return a page of the tasks after the number ``last``, and the number of the last task in it."""
        items = [*filters, task_filter("id", "Number", "greater", last)]
        query = {"filters": {"conjunction": "and", "items": items}, "ordering": ["tasks:id"]}
        page = self._tasks(self._listed(project, ("id", *include), query, PAGE_SIZE))
        if not page.tasks:
            return page, last
        reached: int = self._json("GET", "api/tasks/", page.tasks[-1], _TaskNumber).id
        if reached <= last:
            raise ServerError(self.url, "server-answer", f"the list of tasks has nothing new behind the task {last}")
        return page, reached

    def _listed(self, project: int, include: Sequence[str], query: Any, size: int) -> bytes:
        parameters = {
            "project": project, "fields": "all", "include": ",".join(include), "page_size": size,
            "query": json.dumps(query),
        }  # fmt: skip
        return with_retries(lambda: self.transport.request("GET", "api/tasks/", parameters))

    def _tasks(self, content: bytes) -> wire_types.TaskList:
        try:
            return wire_types.decode_page(content)
        except wire_types.MALFORMED_ERRORS:
            raise ServerError(self.url, "server-answer", "the list of tasks is not one") from None

    def _json(self, method: str, path: str, content: bytes, kind: Any = Any) -> Any:
        try:
            return msgspec.json.decode(content, type=kind) if content or kind is not Any else None
        except msgspec.ValidationError:
            message = f"{method} {path}: the answer is not of the form that Label Studio gives it"
        except wire_types.MALFORMED_ERRORS:
            message = f"{method} {path}: the answer is not JSON"
        raise ServerError(self.url, "server-answer", message)


def connect(root: Path, url: str = "") -> Client:
    """Return a client of a server: that of ``url``, else of the environment, of this folder, or of the settings.

    Raises ServerError (no-server, server-login, server-address, server-certificate), and DataError for the settings.
    """
    url, token = url or os.environ.get(URL_VARIABLE, "").strip(), os.environ.get(KEY_VARIABLE, "").strip()
    if url and not token and url.rstrip("/") == local_server.running_url(root):
        token = local_server.owner_credentials(root).token
    if url and not token:
        raise ServerError(url, "server-login", f"the address of the server is given, but {KEY_VARIABLE} is not set")
    if not url and (local := local_server.running_url(root)):
        url, token = local, local_server.owner_credentials(root).token
    elif not url:
        url = read_settings(root).url
        if not url:
            message = f"no server runs here, and neither {URL_VARIABLE} nor {SETTINGS_FILE} names one"
            raise ServerError("label-studio", "no-server", message)
        if not token:
            raise ServerError(url, "server-login", f"{SETTINGS_FILE} names the server, but {KEY_VARIABLE} is not set")
    if not is_sendable(token):
        raise ServerError(url, "server-login", f"{KEY_VARIABLE} holds characters that no token has")
    return Client(url, token)


def task_filter(column: str, kind: str, operator: str, value: Any) -> dict[str, Any]:
    """Return a filter of the Data Manager on a column of tasks (``id``, ``updated_at``, ``data.NAME``)."""
    return {"filter": f"filter:tasks:{column}", "type": kind, "operator": operator, "value": value}


def changed_since(time: str) -> dict[str, Any]:
    """Return a filter for the tasks that changed after a time of `ProjectChange`."""
    return task_filter("updated_at", "Datetime", "greater", time)


def parse_time(text: str) -> datetime | None:
    """Return a time that the server states; None if it is none, or has no time zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _filter_time(moment: datetime) -> str:
    """Return a time in UTC in the only form that filters take, with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
