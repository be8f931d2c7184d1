"""Upload of tasks and predictions to a project, in requests as large as the server accepts, none of them twice.

A request that is too large (413) is sent in smaller ones. If it is unknown whether one arrived, since no answer came or
a gateway sent it (502, 503, 504), the server may still be working on it. Then the upload looks for the tasks, and never
sends them again before the next push.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import tenacity

from pactwire.labelstudio import prediction_provenance, projects, transport
from pactwire.labelstudio.client import Client, ServerError, task_filter
from pactwire.labelstudio.projects import Project
from pactwire.model.issues import Issue

MAX_REQUEST_BYTES: Final = 20_000_000
"""Bytes of one request, unless a single task is larger; the server accepts 200 MB."""


class UploadItem(NamedTuple):
    """A task or a prediction as JSON, with its article and the SHA-256 of the article's source text."""

    article: str
    text_sha256: str
    body: bytes


class TaskUpload:
    """Sends tasks and predictions to one project, and collects ``notes`` and ``issues``."""

    def __init__(self, client: Client, project: Project) -> None:
        self.client = client
        self.project = project
        self.limit = MAX_REQUEST_BYTES
        self.notes: list[str] = []
        self.issues: list[Issue] = []

    def send_tasks(self, items: Sequence[UploadItem]) -> int:
        """Send new tasks; return how many arrived."""
        return self._send(f"api/projects/{self.project.id}/import", items, self._arrived)

    def send_predictions(self, items: Sequence[UploadItem]) -> int:
        """Send predictions for tasks on the server; return how many arrived."""
        return self._send(f"api/projects/{self.project.id}/import/predictions", items, lambda _: False)

    def mark_current(self, predictions: Iterable[Any], revisions: Collection[str]) -> None:
        """Mark the signed predictions of a task as current or earlier, by the revisions that are current."""
        for prediction in filter(prediction_provenance.is_signed, predictions):  # a model keeps its name
            name = prediction["model_version"].removesuffix(prediction_provenance.EARLIER_SUFFIX)
            is_current = prediction_provenance.prediction_revision(prediction) in revisions
            version = name if is_current else name + prediction_provenance.EARLIER_SUFFIX
            if prediction["model_version"] != version:
                self.client.change(f"api/predictions/{prediction['id']}/", {"model_version": version})

    def _send(self, path: str, items: Sequence[UploadItem], arrived: Callable[[Sequence[UploadItem]], bool]) -> int:
        sent = 0
        for part in _split_by_size(items, self.limit):
            try:
                self.client.send("POST", path, b"[" + b",".join(item.body for item in part) + b"]")
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
        """Send a part again in requests of half its size; a single task that is too large becomes an issue."""
        size = _request_size(part)
        if len(part) == 1:
            message = (
                f"its task has {size:,} bytes, which the server, or a proxy before it, does not accept (status 413)"
            )
            place = projects.page_url(self.client, self.project)
            self.issues.append(Issue(place, 1, "server-limit", message, part[0].article))
            return 0
        if not self.notes:
            self.notes.append(f"{self.project.title}: requests of {size:,} bytes are refused; sent in smaller ones")
        self.limit = size // 2
        return self._send(path, part, arrived)

    def _arrived(self, part: Sequence[UploadItem]) -> bool:
        """Check, with growing pauses, whether all tasks of a part are on the server."""
        looking = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda arrived: not arrived),
            stop=tenacity.stop_after_attempt(transport.MAX_ATTEMPTS),
            wait=tenacity.wait_exponential(),
            retry_error_callback=lambda _: False,
        )
        return bool(looking(self._all_there, {(item.article, item.text_sha256) for item in part}))

    def _all_there(self, wanted: set[tuple[str, str]]) -> bool:
        chosen = task_filter("data.article", "List", "in_list", sorted(article for article, _ in wanted))
        pages = self.client.tasks(self.project.id, ["data"], [chosen])
        present = {
            (str(task["data"].get("article")), str(task["data"].get("text_sha256"))) for page in pages for task in page
        }
        return wanted <= present

    def _unknown(self, error: ServerError, number: int) -> ServerError:
        """Return the error of a request that may still be in progress: sending it again now would make copies."""
        message = f"{error.issues[0].message}; it may still be working on {number} tasks: wait before the next push"
        return ServerError(self.client.url, error.code, message, uncertain=True, status=error.status)


def _request_size(items: Sequence[UploadItem]) -> int:
    return sum(len(item.body) + 1 for item in items) + 1


def _split_by_size(items: Sequence[UploadItem], limit: int) -> Iterator[Sequence[UploadItem]]:
    """Yield the items in order, in parts that stay within the limit of a request, of one item at least."""
    start = size = 0
    for index, item in enumerate(items):
        if index > start and size + len(item.body) + 2 > limit:
            yield items[start:index]
            start, size = index, 0
        size += len(item.body) + 1
    if items:
        yield items[start:]
