"""An address and a token to what a Label Studio server says: projects, people, tasks page by page.

Tasks are read and sent as plain JSON. What the server refuses becomes an issue; a request that may succeed later is
tried again, with growing pauses.
"""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import msgspec

from pactwire.labelstudio import local_server, wire_types
from pactwire.labelstudio.transport import KEY_VARIABLE, URL_VARIABLE, ServerError, Transport, is_sendable, with_retries

__all__ = ["ANNOTATION_FIELDS", "PREDICTION_FIELDS", "Client", "ServerError", "Task", "connect", "task_filter"]

Task = dict[str, Any]

PREDICTION_FIELDS: Final = ("predictions", "result", "model_version")
ANNOTATION_FIELDS: Final = (
    "annotations", "result", "completed_by", "updated_by", "was_cancelled", "created_at", "updated_at",
    "parent_prediction", "parent_annotation",
)  # fmt: skip
"""What `Client.tasks` has to include for predictions, and for annotations: their own fields are named beside them."""

PAGE_SIZE: Final = 50
"""Tasks in one answer: more is no faster, and takes more memory."""


class _User(msgspec.Struct):
    id: int
    email: str


class _TaskNumber(msgspec.Struct):
    """A task, of which its number alone is read."""

    id: int


class Client:
    """A Label Studio server; every method raises ServerError."""

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
        """Return the JSON that a path answers, as ``kind``; tried again while the server is busy or away."""
        content = with_retries(lambda: self.transport.request("GET", path, parameters))
        return self._json("GET", path, content, kind)

    def send(self, method: str, path: str, body: Any, kind: Any = Any) -> Any:
        """Send JSON once and return the answer as ``kind``.

        After an error nobody knows whether it arrived, so look before sending it again.
        A body of bytes is JSON already.
        """
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return self._json(method, path, self.transport.request(method, path, content=content), kind)

    def change(self, path: str, body: Any) -> None:
        """Give fields of a record other values, which may be done twice; tried again as `get` is."""
        content = msgspec.json.encode(body)
        with_retries(lambda: self.transport.request("PATCH", path, content=content))

    def tasks(self, project: int, include: Sequence[str], filters: Sequence[Any] = ()) -> Iterator[list[Task]]:
        """Yield the tasks of a project in pages, by number, with ``id`` and the fields of ``include``.

        With ``filters``, only those that meet all of them.
        """
        for page in self.pages(project, include, filters):
            yield [msgspec.json.decode(task) for task in page]

    def pages(self, project: int, include: Sequence[str], filters: Sequence[Any] = ()) -> Iterator[list[msgspec.Raw]]:
        """Yield what `tasks` does as it came, each task for itself, in no more memory than its bytes.

        Pages go on after the last task of the one before, so that nothing is missed when tasks come and go.
        The next page is fetched while the caller works on one; never two at once, by which a server gets slower.
        """
        page, last = self._ahead.submit(self._page, project, include, filters, 0).result()
        while len(page) == PAGE_SIZE:
            coming = self._ahead.submit(self._page, project, include, filters, last)
            yield page
            page, last = coming.result()
        if page:
            yield page

    def tasks_with_unsent_edits(self, project: int) -> list[int]:
        """Return the numbers of the tasks of a project that hold edits which nobody has submitted."""
        unsent = task_filter("draft_exists", "Boolean", "equal", True)
        return [task["id"] for page in self.tasks(project, ["id"], [unsent]) for task in page]

    def newest(self, project: int) -> str:
        """Return when a task of a project was changed last, by the server's clock; empty where there is none."""
        query = {"filters": {"conjunction": "and", "items": []}, "ordering": ["-tasks:updated_at"]}
        content = self._listed(project, ("updated_at",), query, 1)
        return "".join(msgspec.json.decode(task)["updated_at"] for task in self._tasks(content))

    def _page(
        self, project: int, include: Sequence[str], filters: Sequence[Any], last: int
    ) -> tuple[list[msgspec.Raw], int]:
        """Return the tasks behind the number ``last``, one page at most, and the number of the last of them."""
        items = [*filters, task_filter("id", "Number", "greater", last)]
        query = {"filters": {"conjunction": "and", "items": items}, "ordering": ["tasks:id"]}
        page = self._tasks(self._listed(project, ("id", *include), query, PAGE_SIZE))
        if not page:
            return page, last
        reached: int = self._json("GET", "api/tasks/", page[-1], _TaskNumber).id
        if reached <= last:
            raise ServerError(self.url, "server-answer", f"the list of tasks has nothing new behind the task {last}")
        return page, reached

    def _listed(self, project: int, include: Sequence[str], query: Any, size: int) -> bytes:
        parameters = {
            "project": project, "fields": "all", "include": ",".join(include), "page_size": size,
            "query": json.dumps(query),
        }  # fmt: skip
        return with_retries(lambda: self.transport.request("GET", "api/tasks/", parameters))

    def _tasks(self, content: bytes) -> list[msgspec.Raw]:
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


def connect(root: Path) -> Client:
    """Return a client of the server that the environment names, or of the one that runs on this machine.

    Raises ServerError (no-server, server-login, server-address, server-certificate).
    """
    url, token = os.environ.get(URL_VARIABLE, "").strip(), os.environ.get(KEY_VARIABLE, "").strip()
    if url and not token:
        raise ServerError(url, "server-login", f"{URL_VARIABLE} is set, but {KEY_VARIABLE} is not")
    if not url:
        local = local_server.running_url(root)
        if local is None:
            raise ServerError("label-studio", "no-server", f"no server runs here, and {URL_VARIABLE} names none")
        url, token = local, local_server.owner_credentials(root).token
    if not is_sendable(token):
        raise ServerError(url, "server-login", f"{KEY_VARIABLE} holds characters that no token has")
    return Client(url, token)


def task_filter(column: str, kind: str, operator: str, value: Any) -> dict[str, Any]:
    """Return a filter of the Data Manager: a column of tasks (``id``, ``updated_at``, ``data.NAME``) and a value."""
    return {"filter": f"filter:tasks:{column}", "type": kind, "operator": operator, "value": value}
