"""Ownership of projects: which projects on a server belong to a dataset. The others are not touched.

A project is identified by the dataset's id in its mark. Two things are checked before anything is sent: whether this
folder is a copy of another one with the same id, and whether a project holds articles that are not here while it lacks
some that are, as happens when two datasets share an id. Clones of one dataset pass, since ``.pactwire``, where the
folder is noted, is not part of a clone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pactwire.corpus import settings
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import WITHDRAWN
from pactwire.labelstudio import local_server, projects
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.projects import Project
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

MAX_SHOWN: Final = 3
"""The number of articles that a message lists."""


class ProjectOwner:
    """A dataset that pushes to a server, and its claims to the projects there. Methods raise DataError.

    ``adopt`` means that people confirmed that doubtful projects belong to this dataset.
    """

    def __init__(self, data: Corpus, client: Client, adopt: bool, annotators: Sequence[str] = ()) -> None:
        self.data = data
        self.client = client
        self.adopt = adopt
        self.annotators = annotators
        self.notes: list[str] = []
        self.records = projects.list_projects(client)
        self.file = local_server.push_record(data.root)
        known = files.read_json(self.file, self.file.as_posix()) if self.file.is_file() else {}
        self.known: dict[str, Any] = known if known.get("id") == data.settings.id else {}

    def find_projects(self) -> dict[str, Project]:
        """Return the dataset's projects by name, including adopted ones; draw an id if the dataset has none.

        Raises DataError, as `check_projects`.
        """
        found, adopted = self.check_projects()
        if not self.data.settings.id:
            self.data.settings = replace(self.data.settings, id=settings.draw_id(self.data.root))
            self.notes.append(
                f"drew an id for this dataset: commit {settings.SETTINGS_FILE}, so that all its clones share it"
            )
        found |= {
            project.name: projects.adopt_project(self.client, project, self.data.settings.id) for project in adopted
        }
        self._note()
        return found

    def check_projects(self) -> tuple[dict[str, Project], list[Project]]:
        """Return the dataset's projects by name, and those of version 1.0.0 to adopt; nothing is changed.

        Raises DataError (dataset-copied, project-unmarked, project-twice).
        """
        found = projects.select_marked(self.client, self.records, self.data.settings.id, self.annotators)
        adopted, issues = self._unmarked(found)
        if (other := self._original()) and not self.adopt:
            message = f"this folder is a copy of {other}, which has the same id"
            issues.append(Issue(settings.SETTINGS_FILE, 1, "dataset-copied", message))
        if issues:
            raise DataError(issues)
        return found, adopted

    def check_articles(self, held: Iterable[tuple[Project, Collection[str], Collection[str]]]) -> None:
        """Check that projects hold articles of this dataset, given (project, articles held, articles wanted).

        Raises DataError (dataset-copied) if a project has articles that are not here and lacks some that are, or if
        none of its articles are here.
        """
        issues: list[Issue] = []
        elsewhere: set[str] = set()
        for project, articles, wanted in held:
            unknown = self._unknown_articles(articles)
            elsewhere |= unknown
            missing = sum(article not in articles for article in wanted)
            shared = len(articles) - len(unknown)
            new = sorted(unknown - set(self.known.get("others", [])))
            if new and (missing or not shared) and not (self.adopt and shared):
                names = ", ".join(new[:MAX_SHOWN]) + (" …" if len(new) > MAX_SHOWN else "")
                message = (
                    f"the project {project.title!r} has this dataset's id, but holds {len(new):,} of its"
                    f" {len(articles):,} articles that are not here ({names}), and lacks {missing:,} that are"
                )
                issues.append(Issue(projects.page_url(self.client, project), 1, "dataset-copied", message))
        if issues:
            raise DataError(issues)
        if self.adopt:
            self.known["others"] = sorted(elsewhere | set(self.known.get("others", [])))
            self._note()

    def project_articles(self, project: Project) -> set[str]:
        """Return the ids of the articles that a project's tasks show."""
        pages = self.client.tasks(project.id, ["data"])
        return {str(task["data"].get("article", "")) for page in pages for task in page}

    def _unknown_articles(self, articles: Collection[str]) -> set[str]:
        """Return the articles that are neither here nor withdrawn in the table of splits."""
        unknown = {article for article in articles if article not in self.data.articles}
        return unknown - {row.article for _, row in self.data.splits if row.split == WITHDRAWN} if unknown else unknown

    def _unmarked(self, found: Mapping[str, Project]) -> tuple[list[Project], list[Issue]]:
        """Return the projects of version 1.0.0 to adopt, and issues where somebody has to decide.

        A project of whose articles less than half are here is assumed to be another dataset's.
        """
        adopted: dict[str, Project] = {}
        issues: list[Issue] = []
        for project in projects.select_unmarked(self.records, self.annotators):
            if project.name in found:
                continue
            articles = self.project_articles(project)
            here = len(articles) - len(self._unknown_articles(articles))
            if not here or 2 * here < len(articles):
                continue
            if self.adopt and project.name not in adopted:
                adopted[project.name] = project
                continue
            message = f"{project.title!r} has no dataset's id; {here:,} of its {len(articles):,} articles are here"
            issues.append(Issue(projects.page_url(self.client, project), 1, "project-unmarked", message))
        return list(adopted.values()), issues

    def _original(self) -> Path | None:
        """Return the folder that this one is a copy of: the one noted here, if it still has the same id."""
        noted = Path(self.known.get("root", self.data.root))
        try:
            if noted.samefile(self.data.root) or settings.read_settings(noted).id != self.data.settings.id:
                return None
        except (OSError, DataError):
            return None  # it was moved
        return noted

    def _note(self) -> None:
        self.known |= {"id": self.data.settings.id, "root": str(self.data.root.resolve())}
        files.write_file(self.file, strict_json.pretty(self.known))
