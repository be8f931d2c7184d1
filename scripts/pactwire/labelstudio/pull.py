"""Pull of annotations: writes what people submitted on a server to ``annotations/<pseudonym>/``, all of it or none."""

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from pactwire.corpus import schema_file, settings
from pactwire.labelstudio import annotation_import, annotator_ids, projects, schema_mapping, wire_types
from pactwire.labelstudio.annotation_import import SourceTask
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.client import (
    ANNOTATION_FIELDS,
    PREDICTION_FIELDS,
    Client,
    ProjectChange,
    ServerError,
    changed_since,
    parse_time,
    task_filter,
)
from pactwire.labelstudio.projects import Project, ReportProgress
from pactwire.labelstudio.pull_state import PulledDocuments, PullResult, pull_place
from pactwire.model.issues import DataError, Issue
from pactwire.model.schema import AnnotationSchema

if TYPE_CHECKING:
    from pactwire.corpus.corpus import Corpus

__all__ = ["PullResult", "pull_annotations"]

T = TypeVar("T")

TASK_FIELDS: Final = ("data", *ANNOTATION_FIELDS, *PREDICTION_FIELDS)
MAX_WAITING: Final = 200
"""The number of incomplete articles that wait in memory before their missing tasks are fetched by article."""

LOOKUP_SIZE: Final = 100
"""Articles per request."""

TasksByArticle = dict[str, dict[str, list[msgspec.Raw]]]
"""Undecoded tasks by article and project."""


def pull_annotations(root: Path, client: Client, report: ReportProgress) -> PullResult:
    """Write what people submitted since the last pull; raises DataError if nothing can be pulled at all."""
    schema, about = schema_file.read_schema(root), settings.read_settings(root)
    found = projects.find_projects(client, about.id)
    if not found:
        raise DataError([Issue(client.url, 1, "project-missing", "the server has no project of this dataset")])
    projects.require_labels(client, found.values(), root, schema)
    found, notes = projects.split_off_unknown(found, schema)
    who = AnnotatorDirectory(client.user_emails(), annotator_ids.load_pseudonyms(root))
    store = PulledDocuments(root, schema, pull_place(client.url, about.id), client.url)
    pulling = _Pull(store, client, found, who, report)
    pulling.pulled.notes += notes + _project_notes(found, schema, about)
    try:
        return pulling.run()
    finally:
        store.discard()


class _Pull:
    """Reads tasks, groups them by article, and hands the documents to the store.

    The projects are read in parallel, page by page. Mostly they hold the same articles in the same order, so that few
    tasks wait for those of the other project. Tasks that did not change are fetched by article.
    """

    def __init__(
        self,
        store: PulledDocuments,
        client: Client,
        projects_by_name: dict[str, Project],
        who: AnnotatorDirectory,
        report: ReportProgress,
    ) -> None:
        self.store = store
        self.client = client
        self.projects = projects_by_name
        self.who = who
        self.report = report
        self.pulled = PullResult()
        self.waiting: TasksByArticle = {}
        self.handled: set[str] = set()
        self.look_again: set[str] = set()
        self.read_tasks: set[int] = set()
        self.changes: dict[str, ProjectChange] = {}
        self.new_tasks: Counter[str] = Counter()
        self.newest_task = {
            name: max(self.store.state.tasks.get(str(project.id), {}).values(), default=0)
            for name, project in self.projects.items()
        }
        self.told_before = {**self.store.state.notes}, {**self.store.state.issues}

    @functools.cached_property
    def data(self) -> "Corpus":
        """The dataset, which a pull of nothing new does not need."""
        from pactwire.corpus import corpus  # takes as long to load as such a pull

        return corpus.load_corpus(self.store.root)

    def run(self) -> PullResult:
        """Pull what changed, and what the last pull left unresolved."""
        # Fixed before anything is read: later changes belong to the next pull, whatever this one sees of them.
        self.changes = {name: self.client.latest_change(project.id) for name, project in self.projects.items()}
        self.store.again |= self.store.missing()
        open_before = set(self.store.again)
        self._read_changed()
        self._find_deleted()
        self._look_up(list(self.waiting))
        self._look_up((open_before - self.handled) | self.look_again)
        self._note_drafts()
        self._count_told()
        for name, change in self.changes.items():
            self.store.state.since[str(self.projects[name].id)] = change.settled
            self.store.state.held[str(self.projects[name].id)] = change.tasks
        self.store.publish(self.pulled)
        # An article that was looked at twice, for example because of a duplicate task, is reported once.
        self.pulled.notes = list(dict.fromkeys(self.pulled.notes))
        self.pulled.issues = list(dict.fromkeys(self.pulled.issues))
        return self.pulled

    def _read_changed(self) -> None:
        """Read the changed tasks of all projects, and import articles that are complete or have waited too long."""
        pages = {
            name: self.client.pages(project.id, TASK_FIELDS, self._since(name), functools.partial(self.report, name))
            for name, project in self.projects.items()
            if self._start(name) != self.changes[name].time or not self.changes[name].time
        }
        while pages:
            for name in list(pages):
                page = next(pages[name], None)
                if page is None:
                    del pages[name]
                    continue
                for task in page:
                    self._file_task(name, task)
                self._import_articles(
                    [article for article, tasks in self.waiting.items() if len(tasks) == len(self.projects)]
                )
                self._look_up(list(self.waiting)[: max(0, len(self.waiting) - MAX_WAITING)])

    def _file_task(self, name: str, task: msgspec.Raw) -> None:
        """Add a task to those of its article, unless it has been read already."""
        heading = self._readable(wire_types.decode_heading, task)
        if heading.id in self.read_tasks:
            return
        self._note_task(name, heading)
        mine = self.waiting.get(heading.article, {})
        if name in mine or heading.article in self.handled:
            self.look_again.add(heading.article)  # a second task of the text: look at the article again as a whole
        else:
            # a copy, since a slice would keep the whole page in memory
            self.waiting.setdefault(heading.article, mine)[name] = [task.copy()]

    def _note_task(self, name: str, heading: wire_types.TaskHeading) -> None:
        """Remember a task, so that it is read once and pages of its article can lead to it."""
        self.read_tasks.add(heading.id)
        self.new_tasks[name] += heading.id > self.newest_task[name]
        self.store.state.tasks.setdefault(str(self.projects[name].id), {})[heading.article] = heading.id

    def _look_up(self, articles: Iterable[str]) -> None:
        """Import articles, after fetching those of their tasks that have not been read."""
        ordered = sorted(articles)
        for start in range(0, len(ordered), LOOKUP_SIZE):
            part = ordered[start : start + LOOKUP_SIZE]
            for name, project in self.projects.items():
                wanted = [article for article in part if name not in self.waiting.get(article, {})]
                for task in self._tasks_of(project, wanted) if wanted else ():
                    heading = self._readable(wire_types.decode_heading, task)
                    self._note_task(name, heading)
                    self.waiting.setdefault(heading.article, {}).setdefault(name, []).append(task)
            self._import_articles(part)

    def _tasks_of(self, project: Project, articles: Iterable[str]) -> Iterator[msgspec.Raw]:
        chosen = task_filter("data.article", "List", "in_list", list(articles))
        for page in self.client.pages(project.id, TASK_FIELDS, [chosen]):
            yield from page

    def _find_deleted(self) -> None:
        """Look again at the articles of tasks that are gone, where a project holds fewer than it should."""
        for name, project in self.projects.items():
            known = self.store.state.tasks.get(str(project.id), {})
            held = self.store.state.held.get(str(project.id), 0)
            there = self.read_tasks
            if self._start(name):
                if self.changes[name].tasks == held + self.new_tasks[name]:
                    continue
                there = {task["id"] for page in self.client.tasks(project.id, ["id"]) for task in page}
            for article in [article for article, task in known.items() if task not in there]:
                del known[article]
                self.look_again.add(article)

    def _since(self, name: str) -> list[dict[str, Any]]:
        start = self._start(name)
        return [changed_since(start)] if start else []

    def _start(self, name: str) -> str:
        """Return until when the last pull saw all changes of a project; empty if everything is to be read."""
        last = self.store.state.since.get(str(self.projects[name].id), "")
        is_usable = self.store.is_same_version and parse_time(last) and last <= self.changes[name].time
        return last if is_usable else ""

    def _import_articles(self, articles: Iterable[str]) -> None:
        """Import all annotations of some articles."""
        for article in sorted(articles):
            self.handled.add(article)
            tasks = self.waiting.pop(article, {})
            self._import_article(
                article, [self._source(name, task) for name in self.projects for task in tasks.get(name, ())]
            )

    def _source(self, name: str, task: msgspec.Raw) -> SourceTask:
        read = self._readable(wire_types.decode_task, task)
        return SourceTask(name, read, projects.page_url(self.client, self.projects[name], read["id"]))

    def _readable(self, read: Callable[[msgspec.Raw], T], task: msgspec.Raw) -> T:
        try:
            return read(task)
        except wire_types.MALFORMED_ERRORS as error:
            raise ServerError(
                self.client.url, "server-answer", f"the response holds something that is not a task: {error}"
            ) from None

    def _import_article(self, article: str, sources: list[SourceTask]) -> None:
        imported = annotation_import.import_annotations(self.data, sources, self.who)
        self._tell(article, imported.notes, imported.issues)
        if imported.issues:
            self.store.again.add(article)
        else:
            self.store.again.discard(article)
            known = self.store.keys.get(article, set())
            for key in sorted(known - {f"{name}/{article}" for name in imported.documents}):
                self.pulled.notes.append(f"annotations/{key}.json: no longer on the server; the file stays")
        known = {name for name, saved in imported.saved.items() if self._is_known(article, saved)}
        self.store.stage(article, imported.documents, self.pulled, known)

    def _tell(self, article: str, notes: Sequence[str], issues: Sequence[Issue]) -> None:
        """Note what there is to say about an article; what an earlier pull said about it is not said again."""
        state = self.store.state
        before_notes, before_issues = (before.get(article, []) for before in self.told_before)
        self.pulled.notes += [note for note in notes if note not in before_notes]
        self.pulled.issues += [issue for issue in issues if issue.text() not in before_issues]
        for told, texts in ((state.notes, [*notes]), (state.issues, [issue.text() for issue in issues])):
            told.pop(article, None)
            if texts:
                told[article] = list(dict.fromkeys(texts))

    def _count_told(self) -> None:
        """Count what earlier pulls said and still holds, also about articles that this one had no reason to read."""
        now = self.store.state.notes, self.store.state.issues
        self.pulled.told_notes, self.pulled.told_issues = (
            sum(text in before.get(article, ()) for article, texts in told.items() for text in texts)
            for told, before in zip(now, self.told_before, strict=True)
        )

    def _is_known(self, article: str, saved: Mapping[str, str]) -> bool:
        """Say whether the last pull saw what a person had saved of an article, by project, without an issue."""
        starts = {name: self._start(name) for name in saved}
        return article not in self.store.state.again and all(
            bool(starts[name]) and datetime.fromisoformat(time) <= datetime.fromisoformat(starts[name])
            for name, time in saved.items()
        )

    def _note_drafts(self) -> None:
        notes = [note for project in self.projects.values() for note in projects.unsent_notes(self.client, project)]
        self._tell("", notes, [])


def _project_notes(found: Mapping[str, Project], schema: AnnotationSchema, about: settings.Settings) -> list[str]:
    """Return notes about projects that the server lacks, and about those with a former name."""
    offered = schema_mapping.offered_projects(schema, about.project_per_layer)
    titles = [projects.project_title(about.name, name) for name in offered if name not in found]
    missing = [f"the server has no project {title!r}" for title in titles]
    return missing + [note for project in found.values() for note in project.rename_notes(about.name)]
