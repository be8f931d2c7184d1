"""An address and a token to what a Label Studio server says: projects, people, tasks page by page.

Goes through label-studio-sdk. Tasks are read and sent as plain JSON over the SDK's own transport: its typed
models take longer than the server itself, and know fewer fields. What the server refuses becomes an
issue; a request that may succeed later is tried again, with growing pauses. Tokens are never part of a message.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import httpx
import msgspec
import tenacity
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError

from pactwire.issues import DataError, Issue
from pactwire.labelstudio import received, server

T = TypeVar("T")
Task = dict[str, Any]

URL_VARIABLE: Final = "LABEL_STUDIO_URL"
KEY_VARIABLE: Final = "LABEL_STUDIO_API_KEY"

PREDICTIONS: Final = ("predictions", "result", "model_version")
ANNOTATIONS: Final = (
    "annotations", "result", "completed_by", "updated_by", "was_cancelled", "created_at", "updated_at",
    "parent_prediction", "parent_annotation",
)  # fmt: skip
"""What `Client.tasks` has to include for predictions, and for annotations: their own fields are named beside them."""

PAGE: Final = 50
"""Tasks in one answer: more is no faster, and takes more memory."""

ATTEMPTS: Final = 6
LONGEST_PAUSE: Final = 60.0
TIMEOUT: Final = httpx.Timeout(120, connect=10)


class ServerError(DataError):
    """A server that can't be reached, or that refuses; ``transient`` if trying again later may help."""

    def __init__(self, url: str, code: str, message: str, transient: bool = False, pause: float = 0) -> None:
        super().__init__([Issue(url, 1, code, message)])
        self.code = code
        self.transient = transient
        self.pause = pause


class Client:
    """A Label Studio server; every method raises ServerError."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(timeout=TIMEOUT, follow_redirects=True)
        self._ahead = ThreadPoolExecutor(1)
        self._sdk: LabelStudio = self._once(
            lambda: LabelStudio(  # type: ignore[no-untyped-call]
                base_url=self.url, api_key=token, httpx_client=self._http, max_retries=0
            )
        )

    def close(self) -> None:
        """Close the connections."""
        self._ahead.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    def sdk(self, action: Callable[[LabelStudio], T]) -> T:
        """Do something through the SDK that may be done twice; tried again while the server is busy or away."""
        return self._retry(lambda: action(self._sdk))

    def once(self, action: Callable[[LabelStudio], T]) -> T:
        """Do something through the SDK that must not be done twice."""
        return self._once(lambda: action(self._sdk))

    def people(self) -> dict[int, str]:
        """Return the e-mail address of every user by number."""
        return {user.id: user.email for user in self.sdk(lambda sdk: sdk.users.list())}

    def get(self, path: str, **parameters: Any) -> Any:
        """Return the JSON that a path answers; tried again while the server is busy or away."""
        return self._retry(lambda: self._json("GET", path, self._bytes("GET", path, parameters)))

    def send(self, method: str, path: str, body: Any) -> Any:
        """Send JSON once and return the answer: after an error nobody knows whether it arrived, so look first.

        A body of bytes is JSON already.
        """
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return self._once(lambda: self._json(method, path, self._bytes(method, path, content=content)))

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
        while len(page) == PAGE:
            coming = self._ahead.submit(self._page, project, include, filters, last)
            yield page
            page, last = coming.result()
        if page:
            yield page

    def newest(self, project: int) -> str:
        """Return when a task of a project was changed last, by the server's clock; empty where there is none."""
        query = {"filters": {"conjunction": "and", "items": []}, "ordering": ["-tasks:updated_at"]}
        content = self._listed(project, ("updated_at",), query, 1)
        return "".join(msgspec.json.decode(task)["updated_at"] for task in self._tasks(content))

    def _page(
        self, project: int, include: Sequence[str], filters: Sequence[Any], last: int
    ) -> tuple[list[msgspec.Raw], int]:
        """Return the tasks behind the number ``last``, one page at most, and the number of the last of them."""
        items = [*filters, tasks_filter("id", "Number", "greater", last)]
        query = {"filters": {"conjunction": "and", "items": items}, "ordering": ["tasks:id"]}
        page = self._tasks(self._listed(project, ("id", *include), query, PAGE))
        return page, msgspec.json.decode(page[-1])["id"] if page else last

    def _listed(self, project: int, include: Sequence[str], query: Any, size: int) -> bytes:
        parameters = {
            "project": project, "fields": "all", "include": ",".join(include), "page_size": size,
            "query": json.dumps(query),
        }  # fmt: skip
        return self._retry(lambda: self._bytes("GET", "api/tasks/", parameters))

    def _tasks(self, content: bytes) -> list[msgspec.Raw]:
        try:
            return received.page(content)
        except received.MALFORMED:
            raise ServerError(self.url, "server-answer", "the list of tasks is not one") from None

    def _bytes(
        self, method: str, path: str, parameters: dict[str, Any] | None = None, content: bytes | None = None
    ) -> bytes:
        headers = {"content-type": "application/json"} if content is not None else None
        # the SDK's transport logs in, and renews access tokens; it is reached through its wrapper only
        response = self._sdk._client_wrapper.httpx_client.request(
            path, method=method, params=parameters, content=content, headers=headers
        )
        if response.status_code >= 400:
            raise ApiError(status_code=response.status_code, headers=dict(response.headers), body=response.text)
        return bytes(response.content)

    def _json(self, method: str, path: str, content: bytes) -> Any:
        try:
            return msgspec.json.decode(content) if content else None
        except received.MALFORMED:
            raise ServerError(self.url, "server-answer", f"{method} {path}: the answer is not JSON") from None

    def _once(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except (ApiError, httpx.HTTPError) as error:
            _refuse(self.url, error)

    def _retry(self, action: Callable[[], T]) -> T:
        try:
            result: T = retrying()(self._once, action)
            return result
        except ServerError as error:
            error.transient = False  # enough has been tried
            raise


def retrying() -> tenacity.Retrying:
    """Return what calls a function again while it raises a transient ServerError, with growing pauses."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, ServerError) and error.transient),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=_pause,
        reraise=True,
    )


def _pause(state: tenacity.RetryCallState) -> float:
    """Return how long to wait: as long as the server asked for, else 0.5, 1, 2 … seconds and a random bit."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.pause if isinstance(error, ServerError) else 0
    growing = tenacity.wait_exponential(multiplier=0.5) + tenacity.wait_random(0, 0.5)
    return min(asked or growing(state), LONGEST_PAUSE)


def connect(root: Path) -> Client:
    """Return a client of the server that the environment names, or of the one that runs on this machine.

    Raises ServerError (no-server, server-login).
    """
    url, token = os.environ.get(URL_VARIABLE, "").strip(), os.environ.get(KEY_VARIABLE, "").strip()
    if url and not token:
        raise ServerError(url, "server-login", f"{URL_VARIABLE} is set, but {KEY_VARIABLE} is not")
    if not url:
        local = server.running(root)
        if local is None:
            raise ServerError("label-studio", "no-server", f"no server runs here, and {URL_VARIABLE} names none")
        url, token = local, server.credentials(root).token
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ServerError(url, "server-login", f"{KEY_VARIABLE} holds characters that no token has")
    return Client(url, token)


def tasks_filter(column: str, kind: str, operator: str, value: Any) -> dict[str, Any]:
    """Return a filter of the Data Manager: a column of tasks (``id``, ``updated_at``, ``data.NAME``) and a value."""
    return {"filter": f"filter:tasks:{column}", "type": kind, "operator": operator, "value": value}


def _refuse(url: str, error: ApiError | httpx.HTTPError) -> NoReturn:
    """Raise the ServerError for an error; says nothing of headers, where the token is."""
    if isinstance(error, httpx.TimeoutException):
        raise ServerError(url, "server-timeout", "the server did not answer in time", True) from None
    if isinstance(error, httpx.TransportError):
        raise ServerError(url, "server-away", f"the server can't be reached: {type(error).__name__}", True) from None
    if not isinstance(error, ApiError):
        raise ServerError(url, "server-answer", f"no valid request: {type(error).__name__}") from None
    status = error.status_code or 0
    if status in (401, 403):
        raise ServerError(url, "server-login", f"the server refused the API token (status {status})") from None
    if status == 429:
        pause = _seconds((error.headers or {}).get("retry-after", ""))
        raise ServerError(url, "server-busy", "the server wants fewer requests (status 429)", True, pause) from None
    if status >= 500:
        raise ServerError(url, "server-error", f"the server failed (status {status})", True) from None
    raise ServerError(url, "server-answer", f"status {status}: {_detail(error.body)}") from None


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0


def _detail(body: Any) -> str:
    """Return what the server says is wrong, on one line."""
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return "no reason given"
    if not isinstance(body, dict):
        return "no reason given"
    reasons = body.get("validation_errors") or body.get("detail") or "no reason given"
    return " ".join((reasons if isinstance(reasons, str) else json.dumps(reasons, ensure_ascii=False)).split())[:500]
