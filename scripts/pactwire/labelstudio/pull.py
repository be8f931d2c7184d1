"""What people submitted on a Label Studio server to documents in ``annotations/<pseudonym>/``, whole or not at all."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from pactwire.corpus import settings
from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import annotation_import, annotator_ids, fields, projects, wire_types
from pactwire.labelstudio.annotation_import import Source
from pactwire.labelstudio.annotator_ids import People
from pactwire.labelstudio.client import ANNOTATIONS, PREDICTIONS, Client, ServerError, tasks_filter
from pactwire.labelstudio.projects import Project
from pactwire.labelstudio.pull_state import Pulled, Store
from pactwire.model.issues import DataError, Issue

__all__ = ["Pulled", "pull"]

T = TypeVar("T")

INCLUDE: Final = ("data", *ANNOTATIONS, *PREDICTIONS)
OVERLAP: Final = timedelta(minutes=1)
"""How far a pull looks back behind the last one, since what is saved first may be seen last."""

WAITING: Final = 200
"""Articles of which only some projects' tasks were read yet, before the others are asked for by article."""

LOOKUP: Final = 100
"""Articles asked for at a time."""

Report = Callable[[str, int, int], None]
"""Told a project, how many of its tasks were read, and how many there are: 0 while nobody knows."""

Found = dict[str, dict[str, list[msgspec.Raw]]]
"""Tasks by article and project, as the server gave them."""


def pull(data: Corpus, client: Client, report: Report) -> Pulled:
    """Write what people submitted since the last pull; raises DataError where nothing can be pulled at all."""
    found = projects.find(client, settings.dataset_id(data.root))
    if not found:
        raise DataError([Issue(client.url, 1, "project-missing", "the server has no project of this dataset")])
    who = People(client.people(), annotator_ids.load(data.root))
    pulling = _Pull(data, client, found, who, report)
    try:
        return pulling.run()
    finally:
        pulling.store.discard()


class _Pull:
    """Reads tasks, brings those of an article together, and hands its documents to the store.

    The projects are read side by side, a page at a time. Mostly they hold the same articles in the same order, so
    that few tasks wait for the other project's; what did not change there is asked for.
    """

    def __init__(self, data: Corpus, client: Client, found: dict[str, Project], who: People, report: Report) -> None:
        self.data = data
        self.client = client
        self.found = found
        self.who = who
        self.report = report
        self.store = Store(data.root, f"{client.url} {data.id}", client.url)
        self.pulled = Pulled()
        self.waiting: Found = {}
        self.handled: set[str] = set()
        self.again: set[str] = set()
        self.read: set[int] = set()

    def run(self) -> Pulled:
        """Pull what changed, and what the last pull left open."""
        self._note_projects()
        # fixed before anything is read: what changes from here on is for the next pull, whatever this one sees of it
        newest = {name: self.client.newest(project.id) for name, project in self.found.items()}
        self.store.again |= self.store.missing()
        open_before = set(self.store.again)
        self._walk()
        self._look(list(self.waiting))
        self._look((open_before - self.handled) | self.again)
        self._note_drafts()
        self.store.state.since |= {str(self.found[name].id): time for name, time in newest.items() if time}
        self.store.keep(self.pulled)
        # what was looked at twice, a task's copy among it, is told once
        self.pulled.notes = list(dict.fromkeys(self.pulled.notes))
        self.pulled.issues = list(dict.fromkeys(self.pulled.issues))
        return self.pulled

    def _walk(self) -> None:
        """Read the changed tasks of all projects, and handle the articles that are whole or wait too long."""
        pages = {
            name: self.client.pages(project.id, INCLUDE, self._since(name)) for name, project in self.found.items()
        }
        done: Counter[str] = Counter()
        while pages:
            for name in list(pages):
                page = next(pages[name], None)
                if page is None:
                    del pages[name]
                    continue
                for task in page:
                    self._sort(name, task)
                done[name] += len(page)
                self.report(name, done[name], 0)
                self._take([article for article, tasks in self.waiting.items() if len(tasks) == len(self.found)])
                self._look(list(self.waiting)[: max(0, len(self.waiting) - WAITING)])

    def _sort(self, name: str, task: msgspec.Raw) -> None:
        """Put a task to those of its article; one that was asked for before is read already."""
        heading = self._readable(wire_types.heading, task)
        if heading.id in self.read:
            return
        self.read.add(heading.id)
        mine = self.waiting.get(heading.article, {})
        if name in mine or heading.article in self.handled:
            self.again.add(heading.article)  # a second task of the same text: the article is looked at again as a whole
        else:
            # a copy, since a part of the page would keep all of it in memory
            self.waiting.setdefault(heading.article, mine)[name] = [task.copy()]

    def _look(self, articles: Iterable[str]) -> None:
        """Handle articles, after asking for the tasks of them that were not read."""
        chosen = sorted(articles)
        for start in range(0, len(chosen), LOOKUP):
            part = chosen[start : start + LOOKUP]
            for name, project in self.found.items():
                wanted = [article for article in part if name not in self.waiting.get(article, {})]
                for task in self._tasks_of(project, wanted) if wanted else ():
                    heading = self._readable(wire_types.heading, task)
                    self.read.add(heading.id)
                    self.waiting.setdefault(heading.article, {}).setdefault(name, []).append(task)
            self._take(part)

    def _tasks_of(self, project: Project, articles: Iterable[str]) -> Iterator[msgspec.Raw]:
        chosen = tasks_filter("data.article", "List", "in_list", list(articles))
        for page in self.client.pages(project.id, INCLUDE, [chosen]):
            yield from page

    def _since(self, name: str) -> list[dict[str, Any]]:
        last = self.store.state.since.get(str(self.found[name].id))
        try:
            start = datetime.fromisoformat(last or "") - OVERLAP
        except ValueError:  # nothing was pulled yet, or nobody can tell when: then all of it is looked at
            return []
        return [tasks_filter("updated_at", "Datetime", "greater", start.isoformat().replace("+00:00", "Z"))]

    def _take(self, articles: Iterable[str]) -> None:
        """Take all that people said of some articles."""
        for article in sorted(articles):
            self.handled.add(article)
            tasks = self.waiting.pop(article, {})
            self._gather(article, [self._source(name, task) for name in self.found for task in tasks.get(name, ())])

    def _source(self, name: str, task: msgspec.Raw) -> Source:
        read = self._readable(wire_types.task, task)
        return Source(name, read, projects.page(self.client, self.found[name], read["id"]))

    def _readable(self, read: Callable[[msgspec.Raw], T], task: msgspec.Raw) -> T:
        try:
            return read(task)
        except wire_types.MALFORMED as error:
            raise ServerError(self.client.url, "server-answer", f"what should be a task is none: {error}") from None

    def _gather(self, article: str, sources: list[Source]) -> None:
        found = annotation_import.gather(self.data, sources, self.who)
        self.pulled.notes += found.notes
        self.pulled.issues += found.issues
        if found.issues:
            self.store.again.add(article)
        else:
            self.store.again.discard(article)
            known = self.store.keys.get(article, set())
            for key in sorted(known - {f"{name}/{article}" for name in found.documents}):
                self.pulled.notes.append(f"annotations/{key}.json: no longer on the server; the file stays")
        self.store.take(article, found.documents, self.pulled)

    def _note_projects(self) -> None:
        for name in fields.PROJECTS:
            if name not in self.found:
                self.pulled.notes.append(f"the server has no project {projects.TITLES[name]!r}")
            elif self.found[name].renamed:
                title = self.found[name].title
                self.pulled.notes.append(f"the project {title!r} is used as {projects.TITLES[name]!r}")

    def _note_drafts(self) -> None:
        unsent = tasks_filter("draft_exists", "Boolean", "equal", True)
        for project in self.found.values():
            for page in self.client.tasks(project.id, ["id"], [unsent]):
                for task in page:
                    place = projects.page(self.client, project, task["id"])
                    self.pulled.notes.append(f"{place}: holds edits that nobody has submitted; they are not taken")
