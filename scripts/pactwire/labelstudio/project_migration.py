"""Migration of projects: brings every project of a dataset on a server through the migrations that it lacks.

A project first gets a labeling config that has old and new labels, then its annotations, predictions and unsent edits
are changed task by task, and then it gets the present config, together with the mark of the last migration. What is
done already is found by its marks, so that a migration that was interrupted is simply repeated.
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pactwire.corpus import migration_files
from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import labeling_config_union, projects, schema_mapping
from pactwire.labelstudio.client import ANNOTATION_FIELDS, PREDICTION_FIELDS, Client
from pactwire.labelstudio.project_marks import OPEN
from pactwire.labelstudio.project_ownership import ProjectOwner
from pactwire.labelstudio.projects import Project, ReportProgress
from pactwire.labelstudio.result_migration import UNREADABLE
from pactwire.labelstudio.task_migration import TaskMigration, TaskMigrator, project_names
from pactwire.model.issues import Issue
from pactwire.model.label_migration import CHANGED, QUEUED, REMOVED, LabelMigration
from pactwire.model.schema import AnnotationSchema
from pactwire.model.split_rules import with_deprecated

COUNTED: Final = ("annotations", "predictions", "drafts", CHANGED, REMOVED, QUEUED, UNREADABLE)
"""What is counted in a project: what is changed there, and labels."""

TASK_FIELDS: Final = ("data", "meta", "draft_exists", *ANNOTATION_FIELDS, *PREDICTION_FIELDS)


@dataclass
class MigratedProject:
    """A project, the last migration that it went through, and what is to do, or was done, there.

    ``counts`` are of annotations, predictions and drafts, and of labels by what becomes of them (`result_migration`).
    """

    title: str
    page: str
    since: str | None
    tasks: int = 0
    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(COUNTED, 0)))

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**vars(self), "counts": dict(self.counts)}

    def line(self) -> str:
        """Return it as a line of text."""
        numbers = [f"{self.counts[what]:,} {what}" for what in COUNTED]
        return f"{self.title}: {self.tasks:,} tasks with {', '.join(numbers[:3])}; labels: {', '.join(numbers[3:])}"


@dataclass
class ProjectMigrationResult:
    """Outcome of a migration, or of its plan."""

    projects: list[MigratedProject] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


class ProjectsMigration:
    """The migration of all projects of a dataset on a server.

    Args:
        data: The dataset; after the migrations, unless this is a plan.
        client: The server.
        migrations: All migrations of the dataset, in order, since single annotations may be older than their project.
        update_config: Also migrate projects whose labeling config people changed, and replace it.
    """

    def __init__(
        self, data: Corpus, client: Client, migrations: Sequence[LabelMigration], update_config: bool = False
    ) -> None:
        self.data = data
        self.client = client
        self.migrations = migrations
        self.update_config = update_config
        self.ids = [None, *(migration.id for migration in migrations)]
        self.answers = _answer_migration(data, migrations[-1]) if migrations else None

    def plan(self, owner: ProjectOwner, report: ReportProgress) -> ProjectMigrationResult:
        """Return what `run` would do, changing nothing; raises DataError as a push does before it changes anything."""
        return self._each_project(owner, lambda project, done: self._count(project, done, report))

    def run(self, owner: ProjectOwner, report: ReportProgress) -> ProjectMigrationResult:
        """Bring the projects through the migrations that they lack; raises DataError also for what a server refuses."""
        if self.data.settings.id:
            owner.find_projects()  # which adopts those that are to be
            owner.records = projects.list_projects(self.client)
        user = int(self.client.get("api/current-user/whoami")["id"])
        return self._each_project(owner, lambda project, done: self._migrate(project, done, user, report))

    def _each_project(
        self, owner: ProjectOwner, work: Callable[[Project, MigratedProject], None]
    ) -> ProjectMigrationResult:
        result = ProjectMigrationResult()
        if not self.data.settings.id:
            return result
        owner.check_projects()
        found = projects.select_all(owner.records, self.data.settings.id)
        articles = [
            (each, owner.project_articles(each), () if each.annotators else self.data.articles) for each in found
        ]
        owner.check_articles(articles)
        result.issues = [issue for project in found for issue in self._project_issues(project)]
        refused = {issue.file for issue in result.issues}
        for project in found:
            if (page := projects.page_url(self.client, project)) not in refused:
                result.projects.append(MigratedProject(project.title, page, project.labels))
                work(project, result.projects[-1])
        return result

    def _project_issues(self, project: Project) -> Iterator[Issue]:
        """Yield why a project is left alone: it is ahead of this dataset, or people changed its labeling config."""
        labels = project.labels.removesuffix(OPEN) if project.labels else None
        if labels not in self.ids:
            yield projects.behind_issue(self.client, project, self.ids[-1])
            return
        number = self.ids.index(labels)
        schema = self.migrations[number].old if number < len(self.migrations) else self.data.schema
        if project.name not in schema_mapping.labeling_projects(schema):
            return  # its layer was dropped: it stays as it is
        wanted = projects.project_config(self.data, schema, project.name, project.annotators)
        if project.is_config_edited and project.config != wanted and not self.update_config:
            yield projects.edited_issue(self.client, project, wanted)

    def _final_name(self, project: Project) -> str:
        """Return the name of a project after all migrations; empty if it is that of a layer which they drop."""
        number = self.ids.index(project.labels.removesuffix(OPEN) if project.labels else None)
        schema = self.migrations[number].old if number < len(self.migrations) else self.data.schema
        known = project.name in schema_mapping.labeling_projects(schema)
        return project_names(self.migrations, project.name, number)[-1] if known else ""

    def _count(self, project: Project, done: MigratedProject, report: ReportProgress) -> None:
        for migration in self._tasks(project, 0, report):
            done.tasks += bool(migration.requests)
            done.counts.update(migration.counts)

    def _migrate(self, project: Project, done: MigratedProject, user: int, report: ReportProgress) -> None:
        labels = projects.dataset_labels(self.data.root, self.data.schema)
        if not (name := self._final_name(project)):
            projects.write_config(self.client, project, project.config, labels)
            return
        final = projects.project_config(self.data, self.data.schema, name, project.annotators)
        union = labeling_config_union.union_config(final, project.config)
        if union != project.config and project.labels != labels:
            project = projects.write_config(self.client, project, union, project.labels)
        for migration in self._tasks(project, user, report):
            for request in migration.requests:
                self.client.change(request.path, request.body)
            done.tasks += bool(migration.requests)
            done.counts.update(migration.counts)
        if project.config != final or project.labels != labels:
            # The server remembers controls that were in use, and refuses a config without them.
            self.client.send("POST", f"api/projects/{project.id}/summary/reset/", {})
            projects.write_config(self.client, projects.with_name(project, self.data.settings.id, name), final, labels)

    def _tasks(self, project: Project, user: int, report: ReportProgress) -> Iterator[TaskMigration]:
        """Yield what there is to do for each task of a project."""
        if not self._final_name(project):
            return
        migrator = TaskMigrator(self.data, project, self.migrations, user, self.answers)
        for page in self.client.tasks(project.id, TASK_FIELDS, report=functools.partial(report, project.name)):
            for task in page:
                drafts = self.client.get(f"api/tasks/{task['id']}/drafts") if task["draft_exists"] else []
                yield migrator.migrate(task, drafts)


def _answer_migration(data: Corpus, last: LabelMigration) -> LabelMigration | None:
    """Return what people decided in the queue of the last migration of a dataset, if it has one and was applied."""
    step = last.migration.queue_step
    if step is None or last.id != data.schema.migration:
        return None
    declaration = with_deprecated(data.schema.declaration, step, is_deprecated=False)
    return migration_files.answer_migration(data.root, AnnotationSchema(declaration, data.schema.migrations), last.id)
