"""Index of tasks: what commands know of a server's tasks, so that they ask it only for what changed since.

It is kept in ``.pactwire/labelstudio``, and may be deleted. It counts as long as it has as many tasks, annotations and
predictions as the server: a task that is deleted, or a prediction, leaves no time of change behind. Otherwise, and if
the server's latest change is older than one that was seen, everything is read again.
"""

import contextlib
from collections.abc import Callable, Collection, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from pactwire.labelstudio import local_server
from pactwire.labelstudio.client import Client, ProjectChange, ReportPages, Task, changed_since
from pactwire.storage import files

T = TypeVar("T")

PACKAGE: Final = "pactwire"


class IndexForm(NamedTuple, Generic[T]):
    """What an index keeps of a task.

    ``include`` are the fields to ask for, as for `Client.tasks`; ``summarize`` returns what is kept, of the type
    ``kind``. ``is_whole`` says whether the tasks of a project have the totals that the server states.
    """

    name: str
    include: Sequence[str]
    kind: Any
    summarize: Callable[[Task], T]
    is_whole: Callable[[Collection[T], ProjectChange], bool]


class _ProjectIndex(msgspec.Struct, Generic[T]):
    """The tasks of a project by number, the latest change to them, and until when all changes are in it."""

    changed: str
    settled: str
    tasks: dict[int, T]


class _IndexFile(msgspec.Struct, Generic[T]):
    """The projects by address and number, as a version of this package wrote them."""

    version: str
    projects: dict[str, _ProjectIndex[T]]


class TaskIndex(Generic[T]):
    """The tasks of a server's projects, as far as a form keeps them."""

    def __init__(self, root: Path, client: Client, form: IndexForm[T]) -> None:
        self.client = client
        self.form = form
        self.path = local_server.state_folder(root) / f"index-{form.name}.json"
        self.version = metadata.version(PACKAGE)
        self.projects = self._load()

    def read(self, project: int, report: ReportPages) -> dict[int, T]:
        """Return what is kept of the present tasks of a project, by number and in its order."""
        change = self.client.latest_change(project)
        place = self._place(project)
        known = self.projects.get(place)
        tasks = self._renewed(project, known, change, report) if known else None
        if tasks is None:
            tasks = self._read(project, [], report)
        now: _ProjectIndex[T] = _ProjectIndex(change.time, change.settled, dict(sorted(tasks.items())))
        if now != known:
            self.projects[place] = now
            self._save()
        return now.tasks

    def tasks(self, project: int) -> dict[int, T]:
        """Return what `read` returned last for a project."""
        return self.projects[self._place(project)].tasks

    def _place(self, project: int) -> str:
        return f"{self.client.url} {project}"

    def _renewed(
        self, project: int, known: _ProjectIndex[T], change: ProjectChange, report: ReportPages
    ) -> dict[int, T] | None:
        """Return the known tasks with those that changed since; None if some are gone, or if that can't be known."""
        if not known.settled or change.time < known.changed:
            return None
        tasks = known.tasks
        if known.settled < change.time:
            tasks = tasks | self._read(project, [changed_since(known.settled)], report)
        return tasks if self.form.is_whole(tasks.values(), change) else None

    def _read(self, project: int, filters: Sequence[Any], report: ReportPages) -> dict[int, T]:
        pages = self.client.tasks(project, self.form.include, filters, report)
        return {task["id"]: self.form.summarize(task) for page in pages for task in page}

    def _load(self) -> dict[str, _ProjectIndex[T]]:
        """Return the projects of the file; none if it is missing, damaged, or of another version."""
        try:
            found = msgspec.json.decode(self.path.read_bytes(), type=_IndexFile[self.form.kind])  # type: ignore[name-defined]
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}
        return found.projects if found.version == self.version else {}

    def _save(self) -> None:
        """Write the file; does nothing where it can't be written, as in somebody else's folder."""
        with contextlib.suppress(OSError):
            files.write_file(self.path, msgspec.json.encode(_IndexFile(self.version, self.projects)))
