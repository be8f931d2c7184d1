"""A dataset's articles and drafts to tasks with predictions on a Label Studio server, each of them once.

What is on the server already is looked up first, so that a push that was cut off is simply repeated.
Nothing that people made is touched, and no text of a task ever changes.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.documents import StoredDocument
from pactwire.corpus.splits import SPLITS_FILE
from pactwire.labelstudio import encoder, prediction_provenance, projects, schema_mapping
from pactwire.labelstudio.client import PAGE_SIZE, PREDICTION_FIELDS, Client, Task, task_filter
from pactwire.labelstudio.project_ownership import ProjectOwner
from pactwire.labelstudio.projects import Project
from pactwire.labelstudio.task_upload import MAX_REQUEST_BYTES, TaskUpload, UploadItem
from pactwire.labelstudio.transport import retrying
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import AnnotatorKind, Article
from pactwire.storage import files
from pactwire.validation import validate

GUIDELINES_FILE: Final = "annotations/GUIDELINES.md"
BATCH_SIZE: Final = 50
"""Articles in one import: more is no faster, and the first is made while nothing is sent yet."""

ReportProgress = Callable[[str, int, int], None]
"""Told the project, how many of its tasks are done, and how many there are."""

TaskKey = tuple[str, str]
"""An article's id and the SHA-256 of its source text: what a task is known by."""


@dataclass
class PushResult:
    """What a push did, by project, and where people label; ``notes`` and ``issues`` are for somebody to look at."""

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

    Projects that may be another dataset's are taken only with ``adopt``, and a labeling config that people changed is
    replaced only with ``update_config``. Raises DataError: every issue of the dataset (`require_ready`), and those of
    `ownership`, before anything is sent; later those of the server.
    """
    guidelines = require_ready(data)
    owner = ProjectOwner(data, client, adopt)
    found = owner.projects()
    pushed = PushResult(notes=owner.notes)
    parts = {name: _ProjectPush(data, client, project, guidelines, pushed, report) for name, project in found.items()}
    owner.check([(part.project, part.look(), data.articles) for part in parts.values()])
    for name in schema_mapping.PROJECT_LAYERS:
        if name not in parts:
            made = projects.create_project(client, owner.records, name, data)
            parts[name] = _ProjectPush(data, client, made, guidelines, pushed, report)
        part = parts[name]
        part.project, issues = projects.update_project(client, part.project, data, update_config)
        pushed.issues += issues
        if part.project.is_renamed:
            pushed.notes.append(f"the project {part.project.title!r} is used as {projects.TITLES[name]!r}")
        part.run()
        pushed.pages[name] = projects.labeling_url(client, part.project)
    return pushed


def require_ready(data: Corpus) -> str:
    """Return the version of the guidelines that a dataset is labeled by, if it can be labeled.

    It need not be split: labeling comes before. Raises DataError with every other issue of the dataset.
    """
    problems = [issue for issue in validate.check_corpus(data) if issue.file != SPLITS_FILE]
    try:
        version = guidelines_version(data.root)
    except DataError as error:
        problems += error.issues
    if problems:
        raise DataError(problems)
    return version


def guidelines_version(root: Path) -> str:
    """Return the version that the guidelines give themselves; raises DataError (file-missing)."""
    path = root / GUIDELINES_FILE
    text = files.decode_utf8(path.read_bytes(), GUIDELINES_FILE) if path.is_file() else ""
    found = re.search(r"^Version ([0-9]+\.[0-9]+)$", text, re.M)
    if not found:
        raise DataError([Issue(GUIDELINES_FILE, 1, "file-missing", "there is no line such as: Version 1.0")])
    return found[1]


def newest_draft(data: Corpus, article: str, project: str) -> StoredDocument | None:
    """Return the document that people start from: the final one, else the newest that no person made.

    Only documents that hold a layer of the project count.
    """
    return max((each for each in data.documents_of(article) if _is_draft(each, project)), key=_draft_rank, default=None)


def _is_draft(placed: StoredDocument, project: str) -> bool:
    document = placed.document
    human = any(
        each["kind"] == AnnotatorKind.HUMAN and each["id"] == placed.annotator for each in document["annotators"]
    )
    return not human and any(layer in document for layer in schema_mapping.PROJECT_LAYERS[project])


def _draft_rank(placed: StoredDocument) -> tuple[bool, str, str]:
    return placed.annotator == FINAL, placed.document["updated"], placed.annotator


def build_task(data: Corpus, article: Article, project: str, guidelines: str) -> Task:
    """Return an article's task with its draft, as it is sent; raises DataError (on-furniture)."""
    shown = newest_draft(data, article["id"], project)
    zones = shown.document.get("zones") if shown else None
    documents = [(shown.annotator, shown.document)] if shown else []
    built = encoder.encode_task(article, zones or data.zones(article), project, documents, guidelines=guidelines)
    if shown is None:
        return {**built, "meta": _task_meta(None)}
    [drafted] = built["predictions"]
    revision = drafted["model_version"]
    return {
        **built,
        "predictions": [prediction_provenance.sign_prediction(drafted["result"], shown, revision)],
        "meta": _task_meta(revision),
    }


def _task_meta(revision: str | None) -> dict[str, Any]:
    return {"pactwire": {"revision": revision}}


class _Batch(NamedTuple):
    """Tasks, and how many articles are on the server once they are."""

    items: list[UploadItem]
    done: int


class _ProjectPush:
    """Brings one project's tasks and drafts up to date."""

    def __init__(
        self,
        data: Corpus,
        client: Client,
        project: Project,
        guidelines: str,
        pushed: PushResult,
        report: ReportProgress,
    ) -> None:
        self.data = data
        self.client = client
        self.project = project
        self.guidelines = guidelines
        self.pushed = pushed
        self.report = report
        self.there: dict[TaskKey, int] = {}
        self.stale: list[tuple[int, StoredDocument]] = []
        self.renewed = 0
        self.drafted = False

    def look(self) -> set[str]:
        """Find the tasks that are there, and return the articles that they are of."""
        self.there, self.stale, articles = {}, [], set()
        for page in self.client.tasks(self.project.id, ["data", "meta"]):
            for task in page:
                key = task["data"].get("article", ""), task["data"].get("text_sha256", "")
                articles.add(key[0])
                article = self.data.articles.get(key[0])
                if article is None or key != _task_key(article):
                    self._note_unknown_task(task, article)
                elif key in self.there:
                    self._twice(task, self.there[key])
                else:
                    self.there[key] = task["id"]
                    shown = newest_draft(self.data, key[0], self.project.name)
                    self.drafted |= shown is not None
                    if shown and task["meta"] != _task_meta(_draft_revision(shown)):
                        self.stale.append((task["id"], shown))
            self.report(self.project.name, len(self.there), len(self.data.articles))
        return articles

    def run(self) -> None:
        """Send what is missing of what was found; looks and sends again where the server was away."""
        sending = TaskUpload(self.client, self.project)
        first = set(self.there)
        for attempt in retrying():
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    self.look()
                for start in range(0, len(self.stale), PAGE_SIZE):
                    self._renew(sending, self.stale[start : start + PAGE_SIZE])
                self._send(sending)
        name = self.project.name
        self.pushed.notes += sending.notes
        self.pushed.issues += sending.issues
        self.pushed.there[name] = len(first)
        self.pushed.tasks[name] = len(self.data.articles) - len(first) - len(sending.issues)
        self.pushed.drafts[name] = self.renewed
        if self.drafted:
            projects.show_predictions(self.client, self.project)

    def _note_unknown_task(self, task: Task, article: Article | None) -> None:
        why = "an article that is not in this dataset" if article is None else f"an older text of {article['id']}"
        self._note(f"{projects.page_url(self.client, self.project, task['id'])} shows {why}")

    def _note(self, note: str) -> None:
        if note not in self.pushed.notes:
            self.pushed.notes.append(note)

    def _issue(self, task: int, code: str, message: str, record: str) -> None:
        issue = Issue(projects.page_url(self.client, self.project, task), 1, code, message, record)
        if issue not in self.pushed.issues:
            self.pushed.issues.append(issue)

    def _twice(self, task: Task, first: int) -> None:
        article = task["data"]["article"]
        self._issue(task["id"], "task-twice", f"the article {article} already has the task {first}", article)

    def _send(self, sending: TaskUpload) -> None:
        """Import the articles that are not there; the next batch is made while the server works on one."""
        batches = self._batches()
        with ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(next, batches, None)
            while batch := coming.result():
                coming = ahead.submit(next, batches, None)
                sending.tasks(batch.items)
                self.report(self.project.name, batch.done, len(self.data.articles))

    def _batches(self) -> Iterator[_Batch]:
        """Yield the tasks of the articles that are not there, BATCH at a time, fewer where they are long."""
        made: list[UploadItem] = []
        done = 0
        for article in self.data.articles.values():
            if _task_key(article) not in self.there:
                built = build_task(self.data, article, self.project.name, self.guidelines)
                self.drafted |= bool(built["predictions"])
                task = UploadItem(*_task_key(article), msgspec.json.encode(built))
                if made and (
                    len(made) == BATCH_SIZE or sum(len(each.body) for each in made) + len(task.body) > MAX_REQUEST_BYTES
                ):
                    yield _Batch(made, done)
                    made = []
                made.append(task)
            done += 1
        if made:
            yield _Batch(made, done)

    def _renew(self, sending: TaskUpload, stale: Sequence[tuple[int, StoredDocument]]) -> None:
        """Give tasks the present draft as a prediction, where none of theirs is that already."""
        drafted = dict(stale)
        chosen = task_filter("id", "List", "in_list", list(drafted))
        for page in self.client.tasks(self.project.id, ["data", *PREDICTION_FIELDS], [chosen]):
            missing = []
            for task in page:
                shown = drafted[task["id"]]
                wanted = _draft_revision(shown)
                if any(prediction_provenance.signature(each).get("revision") == wanted for each in task["predictions"]):
                    continue
                if (made := self._draft(task, shown)) is None:
                    del drafted[task["id"]]
                else:
                    body = msgspec.json.encode({"task": task["id"], **made})
                    missing.append(UploadItem(task["data"]["article"], task["data"]["text_sha256"], body))
            self.renewed += sending.predictions(missing)
            refused = {issue.record for issue in sending.issues}
            for task in page:
                if task["id"] in drafted and task["data"]["article"] not in refused:
                    self._settle(task, _draft_revision(drafted[task["id"]]))

    def _draft(self, task: Task, shown: StoredDocument) -> dict[str, Any] | None:
        """Return a draft as a prediction over the text that the task has; None, with an issue, where it can't be."""
        data = task["data"]
        try:
            result = encoder.encode_results(shown.document, data["segments"], data["text"], self.project.name)
        except DataError as error:
            words = "; ".join(f"{issue.record}: {issue.message}" for issue in error.issues[:3])
            message = f"{len(error.issues)} labels of {shown.file} do not fit the task's older zones: {words}"
            self._issue(task["id"], "zones-conflict", message, data["article"])
            return None
        return prediction_provenance.sign_prediction(result, shown, _draft_revision(shown))

    def _settle(self, task: Task, wanted: str) -> None:
        """Let one prediction of a task be the current one, and note on the task which."""
        for each in filter(prediction_provenance.is_signed, task["predictions"]):  # a model keeps its name
            current = prediction_provenance.signature(each).get("revision") == wanted
            version = projects.CURRENT_VERSION if current else projects.EARLIER_VERSION
            if each["model_version"] != version:
                self.client.change(f"api/predictions/{each['id']}/", {"model_version": version})
        self.client.change(f"api/tasks/{task['id']}/", {"meta": _task_meta(wanted)})


def _draft_revision(placed: StoredDocument) -> str:
    return encoder.revision(placed.annotator, placed.document)


def _task_key(article: Article) -> TaskKey:
    return article["id"], article["source_sha256"]
