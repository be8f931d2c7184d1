"""Push of a dataset: brings articles and drafts to a Label Studio server as tasks with predictions, each once.

What the server already has is looked up first, so that an interrupted push is simply repeated. Nothing that people made
is touched, and the text of a task never changes.
"""

import functools
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import (
    drafts,
    encoder,
    prediction_provenance,
    project_instructions,
    projects,
    readiness,
    schema_mapping,
)
from pactwire.labelstudio.client import PAGE_SIZE, PREDICTION_FIELDS, Client, Task, task_filter
from pactwire.labelstudio.drafts import Draft
from pactwire.labelstudio.project_ownership import ProjectOwner
from pactwire.labelstudio.projects import Project, ReportProgress
from pactwire.labelstudio.push_memory import PushMemory
from pactwire.labelstudio.pushed_tasks import PUSHED_TASKS, PushedTask
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


@dataclass
class PushResult:
    """Outcome of a push by project: tasks created, drafts added to tasks, tasks already there, and labeling pages."""

    tasks: dict[str, int] = field(default_factory=dict)
    drafts: dict[str, int] = field(default_factory=dict)
    there: dict[str, int] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def push_articles(
    data: Corpus, client: Client, report: ReportProgress, *, adopt: bool = False, update_config: bool = False
) -> PushResult:
    """Bring every article and its newest draft, or final document, to the server.

    Args:
        data: The dataset.
        client: The server.
        report: Called as the push goes on.
        adopt: Take over projects that may be another dataset's.
        update_config: Replace labeling configs that people changed.

    Raises:
        DataError: Before anything is sent, with every issue of the dataset (`readiness.require_ready`) and of the
            projects (`ProjectOwner`); later with those of the server.
    """
    index = TaskIndex(data.root, client, PUSHED_TASKS)
    memory = PushMemory(data.root, client)
    if not (adopt or update_config) and (known := memory.recall(index, report)):
        none = dict.fromkeys(known.there, 0)
        return PushResult(none, {**none}, known.there, known.pages)
    guidelines = readiness.require_ready(data)
    owner = ProjectOwner(data, client, adopt)
    result = PushResult(notes=owner.notes)
    found = owner.find_projects()
    projects.require_labels(client, found.values(), data)
    found, notes = projects.split_off_unknown(found, data.schema)
    result.notes += notes
    offered = schema_mapping.offered_projects(data.schema, data.settings.project_per_layer)
    begun = _articles_begun(index, [project for name, project in found.items() if name not in offered], result, report)
    articles = {name: _articles_to_push(data, name, begun, result) for name in offered}
    pushes = {
        name: _ProjectPush(data, client, found[name], articles[name], guidelines, result, report, index)
        for name in offered
        if name in found
    }
    owner.check_articles([(each.project, each.find_tasks(), each.articles) for each in pushes.values()])
    for name, project in found.items():
        if name not in pushes:
            _renew_project(data, client, project, update_config, result)
    for name in offered:
        if name not in pushes:
            if not articles[name]:
                continue
            created = projects.create_project(client, owner.records, name, data)
            pushes[name] = _ProjectPush(data, client, created, articles[name], guidelines, result, report, index)
        push = pushes[name]
        push.project = _renew_project(data, client, push.project, update_config, result)
        push.run()
        result.pages[name] = projects.labeling_url(client, push.project)
    is_idle = not any((*result.tasks.values(), *result.drafts.values(), result.notes, result.issues))
    if is_idle and found.keys() == pushes.keys():
        memory.remember(owner.records, found, index, result.there, result.pages)
    return result


def _renew_project(data: Corpus, client: Client, project: Project, update_config: bool, result: PushResult) -> Project:
    """Give a project the present labeling config and instructions."""
    project, issues = projects.update_project(client, project, data, update_config)
    project, more = project_instructions.renew_instructions(client, project, data, update_config)
    result.issues += [*issues, *more]
    result.notes += project.rename_notes(data.settings.name)
    return project


def _articles_begun(
    index: TaskIndex[PushedTask], others: list[Project], result: PushResult, report: ReportProgress
) -> set[str]:
    """Return the articles that people began in projects where no more are pushed; they are continued there."""
    begun: set[str] = set()
    for project in others:
        unsent = index.client.tasks_with_unsent_edits(project.id)
        tasks = index.read(project.id, functools.partial(report, project.name))
        here = {task.article for number, task in tasks.items() if task.is_begun or number in unsent}
        if here:
            place = projects.page_url(index.client, project)
            result.notes.append(f"{len(here):,} articles were begun in {project.title!r}, and stay there: {place}")
        begun |= here
    return begun


def _articles_to_push(data: Corpus, project: str, begun: Collection[str], result: PushResult) -> dict[str, Article]:
    """Return the articles that a project shows, and report those for which the layers that it gives are missing."""
    articles = {key: article for key, article in data.articles.items() if key not in begun}
    waiting = drafts.waiting_articles(data, project, articles)
    if waiting:
        result.issues.append(drafts.waiting_issue(data, project, waiting))
    return {key: article for key, article in articles.items() if key not in {*waiting}}


class _Batch(NamedTuple):
    """Tasks to send, and how many articles are on the server afterwards."""

    items: list[UploadItem]
    done: int


class _ProjectPush:
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
