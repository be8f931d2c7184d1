"""Tasks and predictions to a project on the server, in requests as large as it takes, none of them twice.

A request that is too large (413) is sent in smaller ones. Where nobody knows whether one arrived, since the answer
did not come or a gateway gave it (502, 503, 504), the server may be at work on it: it is looked for, and never sent
again before the next push.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import tenacity

from pactwire.labelstudio import projects, transport
from pactwire.labelstudio.client import Client, ServerError, task_filter
from pactwire.labelstudio.projects import Project
from pactwire.model.issues import Issue

MAX_REQUEST_BYTES: Final = 20_000_000
"""Bytes of one request, unless a single task is larger; the server takes 200 MB."""


class UploadItem(NamedTuple):
    """A task or a prediction as JSON, of an article with a text of this SHA-256."""

    article: str
    text_sha256: str
    body: bytes


class TaskUpload:
    """Sends to one project; ``notes`` and ``issues`` are what somebody should look at."""

    def __init__(self, client: Client, project: Project) -> None:
        self.client = client
        self.project = project
        self.limit = MAX_REQUEST_BYTES
        self.notes: list[str] = []
        self.issues: list[Issue] = []

    def tasks(self, items: Sequence[UploadItem]) -> int:
        """Send tasks that are not there; return how many arrived."""
        return self._send(f"api/projects/{self.project.id}/import", items, self._arrived)

    def predictions(self, items: Sequence[UploadItem]) -> int:
        """Send predictions of tasks that are there; return how many arrived."""
        return self._send(f"api/projects/{self.project.id}/import/predictions", items, lambda _: False)

    def _send(self, path: str, items: Sequence[UploadItem], arrived: Callable[[Sequence[UploadItem]], bool]) -> int:
        sent = 0
        for part in _split_by_size(items, self.limit):
            try:
                self.client.send("POST", path, b"[" + b",".join(each.body for each in part) + b"]")
            except ServerError as error:
                if error.status == 413:
                    sent += self._smaller(path, part, arrived)
                    continue
                if error.uncertain and not arrived(part):
                    raise self._unknown(error, len(part)) from None
                if not error.uncertain:
                    raise
            sent += len(part)
        return sent

    def _smaller(self, path: str, part: Sequence[UploadItem], arrived: Callable[[Sequence[UploadItem]], bool]) -> int:
        """Send a part again in requests of half its size; one task that is too large is an issue."""
        size = _request_size(part)
        if len(part) == 1:
            message = f"its task has {size:,} bytes, which the server, or a proxy before it, does not take (status 413)"
            place = projects.page_url(self.client, self.project)
            self.issues.append(Issue(place, 1, "server-limit", message, part[0].article))
            return 0
        if not self.notes:
            self.notes.append(f"{self.project.title}: requests of {size:,} bytes are refused; sent in smaller ones")
        self.limit = size // 2
        return self._send(path, part, arrived)

    def _arrived(self, part: Sequence[UploadItem]) -> bool:
        """Look, with growing pauses, whether all tasks of a part are there."""
        looking = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda there: not there),
            stop=tenacity.stop_after_attempt(transport.MAX_ATTEMPTS),
            wait=tenacity.wait_exponential(),
            retry_error_callback=lambda _: False,
        )
        return bool(looking(self._all_there, {(each.article, each.text_sha256) for each in part}))

    def _all_there(self, wanted: set[tuple[str, str]]) -> bool:
        chosen = task_filter("data.article", "List", "in_list", sorted(article for article, _ in wanted))
        pages = self.client.tasks(self.project.id, ["data"], [chosen])
        found = {(task["data"].get("article"), task["data"].get("text_sha256")) for page in pages for task in page}
        return wanted <= found

    def _unknown(self, error: ServerError, number: int) -> ServerError:
        """Return the error of a request that may still be at work: whoever sends it again now makes copies."""
        message = f"{error.issues[0].message}; it may still be at work on {number} tasks: wait before the next push"
        return ServerError(self.client.url, error.code, message, uncertain=True, status=error.status)


def _request_size(items: Sequence[UploadItem]) -> int:
    return sum(len(each.body) + 1 for each in items) + 1


def _split_by_size(items: Sequence[UploadItem], limit: int) -> Iterator[Sequence[UploadItem]]:
    """Yield the items in order, so many at a time that a request stays within the limit, and one at least."""
    start = size = 0
    for at, each in enumerate(items):
        if at > start and size + len(each.body) + 2 > limit:
            yield items[start:at]
            start, size = at, 0
        size += len(each.body) + 1
    if items:
        yield items[start:]
