"""Push to one project: brings its tasks and drafts up to date, each once, and leaves all else there as it is."""

import functools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import msgspec

from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import drafts, encoder, prediction_provenance, projects
from pactwire.labelstudio.client import PAGE_SIZE, PREDICTION_FIELDS, Client, Task, task_filter
from pactwire.labelstudio.drafts import Draft
from pactwire.labelstudio.projects import Project, ReportProgress
from pactwire.labelstudio.push_memory import PushResult
from pactwire.labelstudio.pushed_tasks import PushedTask
from pactwire.labelstudio.task_builder import build_drafted_task, task_meta
from pactwire.labelstudio.task_index import TaskIndex
from pactwire.labelstudio.task_upload import MAX_REQUEST_BYTES, TaskUpload, UploadItem
from pactwire.labelstudio.transport import retrying
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Article

BATCH_SIZE: Final = 50
"""Articles per import: more is no faster, and nothing is sent while the first batch is built."""

TaskKey = tuple[str, str]
"""An article's id and the SHA-256 of its source text: what identifies a task."""


class _Batch(NamedTuple):
    """Tasks to send, and how many articles are on the server afterwards."""

    items: list[UploadItem]
    done: int


class ProjectPush:
    """Brings the tasks and drafts of one project up to date."""

    def __init__(
        self,
        data: Corpus,
        client: Client,
        project: Project,
        articles: dict[str, Article],
        guidelines: str,
        result: PushResult,
        report: ReportProgress,
        index: TaskIndex[PushedTask],
    ) -> None:
        self.index = index
        self.data = data
        self.client = client
        self.project = project
        self.articles = articles
        self.guidelines = guidelines
        self.result = result
        self.report = report
        self.known: dict[TaskKey, int] = {}
        self.outdated: list[tuple[int, Draft]] = []
        self.drafts_added = 0
        self.lost = 0
        self.has_drafts = False

    def find_tasks(self) -> set[str]:
        """Find the tasks that are on the server, and return the ids of their articles."""
        self.known, self.outdated, articles = {}, [], set()
        for number, task in self.index.read(self.project.id, functools.partial(self.report, self.project.name)).items():
            key = task.article, task.text_sha256
            articles.add(task.article)
            article = self.data.articles.get(task.article)
            if article is None or key != _task_key(article):
                self._note_unknown_task(number, article)
            elif key in self.known:
                message = f"the article {task.article} already has the task {self.known[key]}"
                self._add_issue(number, "task-twice", message, task.article)
            else:
                self.known[key] = number
                draft = drafts.newest_draft(self.data, task.article, self.project.name)
                self.has_drafts |= draft is not None
                if draft and task.meta != task_meta(draft.revision):
                    self.outdated.append((number, draft))
        return articles

    def run(self) -> None:
        """Send what is missing; look and send again where the server was away."""
        upload = TaskUpload(self.client, self.project)
        known_before = len(self.known)
        missing = sum(_task_key(article) not in self.known for article in self.articles.values())
        for attempt in retrying():
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    self.find_tasks()
                for start in range(0, len(self.outdated), PAGE_SIZE):
                    batch = dict(self.outdated[start : start + PAGE_SIZE])
                    self._update_drafts(upload, batch)
                    self.report(f"drafts of {self.project.name}", start + len(batch), len(self.outdated))
                self._send_missing(upload)
        name = self.project.name
        self.result.notes += upload.notes
        self.result.issues += upload.issues
        self.result.there[name] = known_before
        self.result.tasks[name] = missing - len(upload.issues)
        self.result.drafts[name] = self.drafts_added
        if self.lost:
            note = "references or labels of drafts do not fit the labels that are given, and are not shown"
            self.result.notes.append(f"{name}: {self.lost:,} {note}")
        if self.has_drafts:
            projects.show_predictions(self.client, self.project)

    def _note_unknown_task(self, task: int, article: Article | None) -> None:
        why = "an article that is not in this dataset" if article is None else f"an older text of {article['id']}"
        note = f"{projects.page_url(self.client, self.project, task)} shows {why}"
        if note not in self.result.notes:
            self.result.notes.append(note)

    def _add_issue(self, task: int, code: str, message: str, record: str) -> None:
        issue = Issue(projects.page_url(self.client, self.project, task), 1, code, message, record)
        if issue not in self.result.issues:
            self.result.issues.append(issue)

    # --- new tasks

    def _send_missing(self, upload: TaskUpload) -> None:
        """Send the tasks of the missing articles; the next batch is built while the server works on one."""
        batches = self._batches()
        with ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(next, batches, None)
            while batch := coming.result():
                coming = ahead.submit(next, batches, None)
                upload.send_tasks(batch.items)
                self.report(self.project.name, batch.done, len(self.articles))

    def _batches(self) -> Iterator[_Batch]:
        """Yield the tasks of the missing articles, BATCH_SIZE at a time, fewer where they are long."""
        items: list[UploadItem] = []
        done = 0
        for article in self.articles.values():
            if _task_key(article) not in self.known:
                draft = drafts.newest_draft(self.data, article["id"], self.project.name)
                self.lost += draft.lost if draft else 0
                task = build_drafted_task(self.data, article, self.project.name, self.guidelines, draft)
                self.has_drafts |= bool(task["predictions"])
                item = UploadItem(*_task_key(article), msgspec.json.encode(task))
                size = sum(len(other.body) for other in items) + len(item.body)
                if items and (len(items) == BATCH_SIZE or size > MAX_REQUEST_BYTES):
                    yield _Batch(items, done)
                    items = []
                items.append(item)
            done += 1
        if items:
            yield _Batch(items, done)

    # --- newer drafts

    def _update_drafts(self, upload: TaskUpload, newest: dict[int, Draft]) -> None:
        """Give tasks the present draft as a prediction, unless they already have it."""
        chosen = task_filter("id", "List", "in_list", list(newest))
        for page in self.client.tasks(self.project.id, ["data", *PREDICTION_FIELDS], [chosen]):
            missing = []
            for task in page:
                draft = newest[task["id"]]
                if draft.revision in map(prediction_provenance.prediction_revision, task["predictions"]):
                    continue
                if (prediction := self._encode_draft(task, draft)) is None:
                    del newest[task["id"]]
                else:
                    body = msgspec.json.encode({"task": task["id"], **prediction})
                    missing.append(UploadItem(task["data"]["article"], task["data"]["text_sha256"], body))
                    self.lost += draft.lost
            self.drafts_added += upload.send_predictions(missing)
            refused = {issue.record for issue in upload.issues}
            for task in page:
                if task["id"] in newest and task["data"]["article"] not in refused:
                    revision = newest[task["id"]].revision
                    upload.mark_current(task["predictions"], {revision})
                    self.client.change(f"api/tasks/{task['id']}/", {"meta": task_meta(revision)})

    def _encode_draft(self, task: Task, draft: Draft) -> dict[str, Any] | None:
        """Return a draft as a prediction over the text of the task; None, with an issue, where it does not fit."""
        data = task["data"]
        try:
            results = encoder.encode_results(
                self.data.schema, draft.document, data["segments"], data["text"], self.project.name
            )
        except DataError as error:
            listed = "; ".join(f"{issue.record}: {issue.message}" for issue in error.issues[:3])
            message = f"{len(error.issues)} labels of {draft.file} do not fit the task's older zones: {listed}"
            self._add_issue(task["id"], "zones-conflict", message, data["article"])
            return None
        return prediction_provenance.sign_prediction(results, draft.document, draft.revision, sources=draft.sources)


def _task_key(article: Article) -> TaskKey:
    return article["id"], article["source_sha256"]
