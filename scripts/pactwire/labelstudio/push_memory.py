"""Memory of a push that found nothing to do: while the dataset and the server stay as they were, neither does another.

To know what to send, a push checks the whole dataset and compares every draft with its task. What it remembers is the
digest of the dataset, and of what the server says of its projects and tasks. The file may be deleted.
"""

import contextlib
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from pactwire.corpus.dataset_digest import dataset_digest
from pactwire.labelstudio import local_server, projects
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.projects import Project, ReportProgress
from pactwire.labelstudio.pushed_tasks import PushedTask
from pactwire.labelstudio.task_index import PACKAGE, TaskIndex
from pactwire.labelstudio.wire_types import MALFORMED_ERRORS
from pactwire.model import digests
from pactwire.model.issues import Issue
from pactwire.storage import files


@dataclass
class PushResult:
    """Outcome of a push by project: tasks created, drafts added to tasks, tasks already there, and labeling pages."""

    tasks: dict[str, int] = field(default_factory=dict)
    drafts: dict[str, int] = field(default_factory=dict)
    there: dict[str, int] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


class _Remembered(msgspec.Struct):
    """Digests of the dataset, and of the list of projects; by name each project's number and the digest of its tasks.

    ``there`` and ``pages`` are those of the result of the push.
    """

    dataset: str
    records: str
    tasks: dict[str, tuple[int, str]]
    there: dict[str, int]
    pages: dict[str, str]


class PushMemory:
    """What a push from a folder to a server remembers."""

    def __init__(self, root: Path, client: Client) -> None:
        self.client = client
        self.path = local_server.state_folder(root) / "push.json"
        found = dataset_digest(root)
        place = f"{metadata.version(PACKAGE)} {client.url} {root.resolve()}"
        self.dataset = digests.sha256(f"{place} {found}") if found else ""

    def recall(self, index: TaskIndex[PushedTask], report: ReportProgress) -> PushResult | None:
        """Return the result of a push if there is nothing to do; None if that isn't known. Raises ServerError."""
        try:
            known = msgspec.json.decode(self.path.read_bytes(), type=_Remembered)
        except (OSError, *MALFORMED_ERRORS):
            return None
        if not self.dataset or known.dataset != self.dataset:
            return None
        if known.records != _digest(projects.list_projects(self.client)):
            return None
        for name, (project, tasks) in known.tasks.items():
            if tasks != _digest(index.read(project, functools.partial(report, name))):
                return None
        none = dict.fromkeys(known.there, 0)
        return PushResult(none, {**none}, known.there, known.pages)

    def remember(
        self,
        records: Sequence[Any],
        found: Mapping[str, Project],
        index: TaskIndex[PushedTask],
        there: dict[str, int],
        pages: dict[str, str],
    ) -> None:
        """Remember that there was nothing to do, with the projects as they were when the push began."""
        tasks = {name: (project.id, _digest(index.tasks(project.id))) for name, project in found.items()}
        if self.dataset:
            text = msgspec.json.encode(_Remembered(self.dataset, _digest(records), tasks, there, pages))
            with contextlib.suppress(OSError):
                files.write_file(self.path, text)


def _digest(value: Any) -> str:
    return digests.sha256(msgspec.json.encode(value))
