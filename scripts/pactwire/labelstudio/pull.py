"""What people submitted on a Label Studio server to documents in ``annotations/<pseudonym>/``, whole or not at all.

What was pulled before is kept in ``.pactwire/labelstudio/pulled.json``: how far each project was read, and the
SHA-256 of every document, by which a change made here is known from one made there.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pactwire import files, jsontext
from pactwire.corpus import Corpus
from pactwire.issues import DataError, Issue
from pactwire.labelstudio import answers, fields, people, projects, server
from pactwire.labelstudio.answers import Source
from pactwire.labelstudio.client import ANNOTATIONS, PREDICTIONS, Client, Task, tasks_filter
from pactwire.labelstudio.people import People
from pactwire.labelstudio.projects import Project
from pactwire.records import LAYERS, Document, labels_of

INCLUDE: Final = ("data", *ANNOTATIONS, *PREDICTIONS)
OVERLAP: Final = timedelta(minutes=1)
"""How far a pull looks back behind the last one, since what is saved first may be seen last."""

Report = Callable[[str, int, int], None]
"""Told a project, how many of its tasks were read, and how many there are: 0 while nobody knows."""


@dataclass
class Pulled:
    """What a pull did: files written and left, and what somebody should look at."""

    written: list[str] = field(default_factory=list)
    same: int = 0
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


@dataclass
class State:
    """What is known of one server: ``since`` by project, articles to look at again, SHA-256s by document."""

    since: dict[str, str] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)
    documents: dict[str, list[str]] = field(default_factory=dict)


class Store:
    """The documents of ``root`` that were pulled from one place, and how each of them looked."""

    def __init__(self, root: Path, place: str) -> None:
        self.root = root
        self.place = place
        self.path = server.folder(root) / "pulled.json"
        self.all: dict[str, Any] = files.read_json(self.path, self.path.as_posix()) if self.path.is_file() else {}
        self.state = State(**self.all.get(place, {}))
        self.keys: dict[str, set[str]] = {}
        for key in self.state.documents:
            self._know(key)

    def _know(self, key: str) -> None:
        self.keys.setdefault(key.partition("/")[2], set()).add(key)

    def save(self) -> None:
        """Write down what was pulled."""
        self.all[self.place] = vars(self.state)
        files.write(self.path, jsontext.pretty(self.all))

    def file(self, key: str) -> Path:
        """Return the file of ``annotator/article``."""
        return self.root / "annotations" / f"{key}.json"

    def missing(self) -> set[str]:
        """Return the articles of documents that were pulled once and are gone here."""
        return {key.partition("/")[2] for key in self.state.documents if not self.file(key).is_file()}

    def take(self, documents: Iterable[tuple[str, Document]], pulled: Pulled) -> None:
        """Write documents of (annotator, document), but none over a change that was made here.

        What will be written is noted before, so that a pull that was cut off knows its own files again.
        """
        ready: list[tuple[str, str]] = []
        for annotator, document in documents:
            key = f"{annotator}/{document['article']}"
            text = jsontext.pretty(document)
            known = self.state.documents.get(key, [])
            here = self.file(key).read_bytes() if self.file(key).is_file() else None
            if here == text.encode():
                pulled.same += 1
            elif here is not None and (lost := _lost(here, document)):
                message = f"the document here has {', '.join(lost)} too, which did not come with it"
                pulled.issues.append(Issue(f"annotations/{key}.json", 1, "pull-conflict", message, document["article"]))
                continue
            elif here is None or files.sha256(here) in known:
                ready.append((key, text))
            elif files.sha256(text) in known:
                pulled.notes.append(f"annotations/{key}.json: changed here; the server has nothing new")
                continue
            else:
                pulled.issues.append(self._conflict(key, here, document))
                self.state.again = sorted({*self.state.again, document["article"]})
                continue
            self.state.documents[key] = list(dict.fromkeys([*known[-1:], files.sha256(text)]))
            self._know(key)
        self.save()
        for key, text in ready:
            files.write(self.file(key), text)
            pulled.written.append(f"annotations/{key}.json")

    def _conflict(self, key: str, here: bytes, there: Document) -> Issue:
        file = f"annotations/{key}.json"
        message = f"changed here and on the server since the last pull: {_difference(here, there)}"
        return Issue(file, 1, "pull-conflict", message, there["article"])


def _lost(here: bytes, there: Document) -> list[str]:
    """Return the layers of a file that a document lacks: of an export that is not there, or a project deleted."""
    try:
        return [layer for layer in LAYERS if layer in json.loads(here) and layer not in there]
    except ValueError:
        return []


def _difference(here: bytes, there: Document) -> str:
    """Say which labels differ between a file and a document."""
    try:
        mine = json.loads(here)
        changes = []
        for layer in LAYERS:
            ours = {label["id"]: label for label in labels_of(mine, layer)}
            theirs = {label["id"]: label for label in labels_of(there, layer)}
            ids = [each for each in sorted(ours.keys() | theirs.keys()) if ours.get(each) != theirs.get(each)]
            if ids:
                changes.append(f"{layer} {', '.join(ids[:5])}{' …' if len(ids) > 5 else ''}")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "the file here is no document"
    return "; ".join(changes) or "the headers differ"


def pull(data: Corpus, client: Client, report: Report) -> Pulled:
    """Write what people submitted since the last pull; raises DataError where nothing can be pulled at all."""
    found = projects.find(client)
    if not found:
        raise DataError([Issue(client.url, 1, "project-missing", "the server has no project of Pactwire")])
    who = People(client.people(), people.load(data.root))
    return _Pull(data, client, found, who, report).run()


class _Pull:
    """Reads tasks, gathers those of an article, and hands documents to the store page by page."""

    def __init__(self, data: Corpus, client: Client, found: dict[str, Project], who: People, report: Report) -> None:
        self.data = data
        self.client = client
        self.found = found
        self.who = who
        self.report = report
        self.store = Store(data.root, client.url)
        self.pulled = Pulled()
        self.handled: set[str] = set()
        self.seen: set[tuple[str, str]] = set()
        self.whole: set[int] = set()

    def run(self) -> Pulled:
        """Pull what changed, and what the last pull left open."""
        self._note_projects()
        latest = dict(self.store.state.since)
        again = {*self.store.state.again, *self.store.missing()}
        self.store.state.again = sorted(again)
        for name, project in self.found.items():
            done = 0
            # tasks of the second project mostly came with those of the first: they are only listed here
            known = bool(self.whole)
            for page in self.client.tasks(project.id, ["updated_at"] if known else INCLUDE, self._since(name)):
                latest[name] = max([latest.get(name, ""), *(task["updated_at"] for task in page)])
                done += len(page)
                for whole in self._unread(project, page) if known else [page]:
                    again |= self._repeated(name, whole)
                    self._page({name: whole})
                self.report(name, done, 0)
        rest = sorted(again - self.handled)
        for start in range(0, len(rest), 100):
            self._page({}, rest[start : start + 100])
        self._note_drafts()
        self.store.state.since = latest
        self.store.save()
        # what was looked at twice, a task's copy among it, is told once
        self.pulled.notes = list(dict.fromkeys(self.pulled.notes))
        self.pulled.issues = list(dict.fromkeys(self.pulled.issues))
        return self.pulled

    def _repeated(self, name: str, page: Iterable[Task]) -> set[str]:
        """Return the articles that a project has a second task of; they are looked at again, as a whole."""
        repeated: set[str] = set()
        for task in page:
            key = name, _article(task)
            if key in self.seen:
                repeated.add(key[1])
            self.seen.add(key)
        self.handled -= repeated
        return repeated

    def _unread(self, project: Project, listed: Iterable[Task]) -> Iterator[list[Task]]:
        """Yield, whole, the tasks of a list that were not read yet."""
        ids = [task["id"] for task in listed if task["id"] not in self.whole]
        if ids:
            yield from self.client.tasks(project.id, INCLUDE, [tasks_filter("id", "List", "in_list", ids)])

    def _since(self, name: str) -> list[dict[str, Any]]:
        last = self.store.state.since.get(name)
        if last is None:
            return []
        start = datetime.fromisoformat(last) - OVERLAP
        return [tasks_filter("updated_at", "Datetime", "greater", start.isoformat().replace("+00:00", "Z"))]

    def _page(self, read: dict[str, list[Task]], articles: Iterable[str] = ()) -> None:
        """Take all that people said of some articles, those of the tasks read already among them."""
        chosen = {*articles, *(_article(task) for tasks in read.values() for task in tasks)} - self.handled
        if not chosen:
            return
        self.handled |= chosen
        sources: dict[str, list[Source]] = {article: [] for article in sorted(chosen)}
        for name, project in self.found.items():
            for task in read.get(name) or self._tasks_of(project, chosen):
                self.whole.add(task["id"])
                if _article(task) in sources:
                    place = projects.page(self.client, project, task["id"])
                    sources[_article(task)].append(Source(name, task, place))
        documents = [each for article in sources for each in self._gather(article, sources[article])]
        self.store.take(documents, self.pulled)

    def _tasks_of(self, project: Project, articles: Iterable[str]) -> Iterator[Task]:
        chosen = tasks_filter("data.article", "List", "in_list", sorted(articles))
        for page in self.client.tasks(project.id, INCLUDE, [chosen]):
            yield from page

    def _gather(self, article: str, sources: list[Source]) -> Iterator[tuple[str, Document]]:
        state = self.store.state
        found = answers.gather(self.data, sources, self.who)
        self.pulled.notes += found.notes
        self.pulled.issues += found.issues
        state.again = sorted({*state.again, article} if found.issues else {*state.again} - {article})
        if not found.issues:
            known = self.store.keys.get(article, set())
            for key in sorted(known - {f"{name}/{article}" for name in found.documents}):
                self.pulled.notes.append(f"annotations/{key}.json: no longer on the server; the file stays")
        yield from found.documents.items()

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


def _article(task: Task) -> str:
    return str(task["data"].get("article", ""))
