"""Pull of annotations: writes what people submitted on a server to ``annotations/<pseudonym>/``, all of it or none."""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from pactwire.corpus import settings
from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import annotation_import, annotator_ids, projects, schema_mapping, wire_types
from pactwire.labelstudio.annotation_import import SourceTask
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.client import ANNOTATION_FIELDS, PREDICTION_FIELDS, Client, ServerError, task_filter
from pactwire.labelstudio.projects import Project, ReportProgress
from pactwire.labelstudio.pull_state import PulledDocuments, PullResult
from pactwire.model.issues import DataError, Issue

__all__ = ["PullResult", "pull_annotations"]

T = TypeVar("T")

TASK_FIELDS: Final = ("data", *ANNOTATION_FIELDS, *PREDICTION_FIELDS)
OVERLAP: Final = timedelta(minutes=1)
"""How far a pull looks back before the last one, since what is saved first may become visible last."""

MAX_WAITING: Final = 200
"""The number of incomplete articles that wait in memory before their missing tasks are fetched by article."""

LOOKUP_SIZE: Final = 100
"""Articles per request."""

TasksByArticle = dict[str, dict[str, list[msgspec.Raw]]]
"""Undecoded tasks by article and project."""


def pull_annotations(data: Corpus, client: Client, report: ReportProgress) -> PullResult:
    """Write what people submitted since the last pull; raises DataError if nothing can be pulled at all."""
    found = projects.find_projects(client, settings.read_settings(data.root).id)
    if not found:
        raise DataError([Issue(client.url, 1, "project-missing", "the server has no project of this dataset")])
    projects.require_labels(client, found.values(), data)
    found, notes = projects.split_off_unknown(found, data.schema)
    who = AnnotatorDirectory(client.user_emails(), annotator_ids.load_pseudonyms(data.root))
    pulling = _Pull(data, client, found, who, report)
    pulling.pulled.notes += notes
    try:
        return pulling.run()
    finally:
        pulling.store.discard()


class _Pull:
    """Reads tasks, groups them by article, and hands the documents to the store.

    The projects are read in parallel, page by page. Mostly they hold the same articles in the same order, so that few
    tasks wait for those of the other project. Tasks that did not change are fetched by article.
    """

    def __init__(
        self,
        data: Corpus,
        client: Client,
        projects_by_name: dict[str, Project],
        who: AnnotatorDirectory,
        report: ReportProgress,
    ) -> None:
        self.data = data
        self.client = client
        self.projects = projects_by_name
        self.who = who
        self.report = report
        self.store = PulledDocuments(data.root, data.schema, f"{client.url} {data.settings.id}", client.url)
        self.pulled = PullResult()
        self.waiting: TasksByArticle = {}
        self.handled: set[str] = set()
        self.look_again: set[str] = set()
        self.read_tasks: set[int] = set()

    def run(self) -> PullResult:
        """Pull what changed, and what the last pull left unresolved."""
        self._note_projects()
        # Fixed before anything is read: later changes belong to the next pull, whatever this one sees of them.
        newest = {name: self.client.newest(project.id) for name, project in self.projects.items()}
        self.store.again |= self.store.missing()
        open_before = set(self.store.again)
        self._read_changed()
        self._look_up(list(self.waiting))
        self._look_up((open_before - self.handled) | self.look_again)
        self._note_drafts()
        self.store.state.since |= {str(self.projects[name].id): time for name, time in newest.items() if time}
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

    def _since(self, name: str) -> list[dict[str, Any]]:
        if (start := self._start(name)) is None:
            return []
        return [task_filter("updated_at", "Datetime", "greater", start.isoformat().replace("+00:00", "Z"))]

    def _start(self, name: str) -> datetime | None:
        """Return until when the last pull saw all changes; None if nothing was pulled, or the time is unreadable."""
        last = self.store.state.since.get(str(self.projects[name].id))
        try:
            return datetime.fromisoformat(last or "") - OVERLAP
        except ValueError:
            return None

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
        self.pulled.notes += imported.notes
        self.pulled.issues += imported.issues
        if imported.issues:
            self.store.again.add(article)
        else:
            self.store.again.discard(article)
            known = self.store.keys.get(article, set())
            for key in sorted(known - {f"{name}/{article}" for name in imported.documents}):
                self.pulled.notes.append(f"annotations/{key}.json: no longer on the server; the file stays")
        known = {name for name, saved in imported.saved.items() if self._is_known(article, saved)}
        self.store.stage(article, imported.documents, self.pulled, known)

    def _is_known(self, article: str, saved: Mapping[str, str]) -> bool:
        """Say whether the last pull saw what a person had saved of an article, by project, without an issue."""
        return article not in self.store.state.again and all(
            (start := self._start(name)) is not None and datetime.fromisoformat(time) <= start
            for name, time in saved.items()
        )

    def _note_projects(self) -> None:
        dataset = self.data.settings.name
        is_layered = self.data.settings.project_per_layer
        for name in schema_mapping.offered_projects(self.data.schema, is_layered):
            if name not in self.projects:
                self.pulled.notes.append(f"the server has no project {projects.project_title(dataset, name)!r}")
        for project in self.projects.values():
            self.pulled.notes += project.rename_notes(dataset)

    def _note_drafts(self) -> None:
        for project in self.projects.values():
            self.pulled.notes += projects.unsent_notes(self.client, project)
