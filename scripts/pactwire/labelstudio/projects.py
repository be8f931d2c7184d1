"""Projects of a dataset on a Label Studio server: found by a mark in their description, and created where missing.

A dataset has two projects for labeling, or one for zones and one for each layer, two for each group of annotators whose
work is adjudicated, and two where final documents are reviewed. The mark holds the dataset's id; projects that version
1.0.0 created have none. Beside it is a digest of the labeling config that was written last, so that a config that
people changed is recognized.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from pactwire.corpus import migration_ledger, rounds
from pactwire.labelstudio import labeling_config, labeling_config_difference, migration_marks, schema_mapping
from pactwire.labelstudio.client import ANNOTATION_FIELDS, Client, ServerError
from pactwire.labelstudio.prediction_provenance import CURRENT_VERSION
from pactwire.labelstudio.project_marks import (
    OPEN,
    config_mark,
    marked_labels,
    marked_projects,
    project_mark,
    write_marks,
)
from pactwire.model.issues import DataError, Issue
from pactwire.model.schema import AnnotationSchema

if TYPE_CHECKING:  # a status needs no corpus, which is slow to import
    from pactwire.corpus.corpus import Corpus

PAGE_SIZE: Final = 100
"""Projects per response."""

DEFAULT_NAME: Final = "pactwire"
"""What the titles of projects begin with if the dataset has no name."""

REVIEW: Final = (rounds.FINAL,)
"""In place of annotators: the projects where people review final documents."""

MAX_TITLE: Final = 50
"""Characters that the server allows in a title."""

ReportProgress = Callable[[str, int, int], None]
"""Called with a project, the number of its tasks that are done, and their total; 0 if that is unknown."""


class ProjectRecord(msgspec.Struct):
    """A project in a response of the server."""

    id: int
    title: str | None = None
    description: str | None = None
    label_config: str | None = None
    model_version: str | None = None
    expert_instruction: str | None = None


class Project(NamedTuple):
    """A project on the server. ``name`` is one of schema_mapping.labeling_projects.

    ``annotators`` are those whose work is adjudicated there, or REVIEW; a project for labeling has none.
    """

    id: int
    name: str
    title: str
    config: str
    version: str
    description: str
    annotators: tuple[str, ...] = ()
    instructions: str = ""

    def rename_notes(self, dataset: str) -> list[str]:
        """Return a note if its title is not what the name of the dataset makes it, for the output of a command."""
        title = project_title(dataset, self.name, self.annotators)
        return [] if self.title.startswith(title) else [f"the project {self.title!r} is used as {title!r}"]

    @property
    def is_config_edited(self) -> bool:
        """Say whether people changed the labeling config since it was written last."""
        return config_mark(self.config) not in self.description

    @property
    def labels(self) -> str | None:
        """The last migration that the project went through, as `project_marks.marked_labels`."""
        return marked_labels(self.description)


class _Page(msgspec.Struct):
    results: list[ProjectRecord]
    next: str | None = None


def project_title(dataset: str, name: str, annotators: Sequence[str] = ()) -> str:
    """Return the title of a new project; ``dataset`` is the name of the dataset, which may be empty."""
    if annotators == REVIEW:
        return f"review {name}"
    if annotators:
        return f"adjudicate {name} of {', '.join(annotators)}"[:MAX_TITLE]
    return f"{(dataset or DEFAULT_NAME)[: MAX_TITLE - len(name) - 1]} {name}"


def list_projects(client: Client) -> list[ProjectRecord]:
    """Return all projects that the server shows."""
    records: list[ProjectRecord] = []
    more, number, included = True, 1, ",".join(ProjectRecord.__struct_fields__)
    while more:
        page: _Page = client.get("api/projects/", _Page, page=number, page_size=PAGE_SIZE, include=included)
        if page.next is not None and {record.id for record in page.results} <= {record.id for record in records}:
            raise ServerError(client.url, "server-answer", f"the list of projects has nothing new on page {number}")
        records += page.results
        more, number = page.next is not None, number + 1
    return records


def find_projects(client: Client, dataset: str, annotators: Sequence[str] = ()) -> dict[str, Project]:
    """Return a dataset's projects on the server by name; raises DataError (project-twice).

    They are the projects for labeling, those where the work of ``annotators`` is adjudicated, or those for REVIEW.
    """
    return select_marked(client, list_projects(client), dataset, annotators)


def select_marked(
    client: Client, records: Iterable[ProjectRecord], dataset: str, annotators: Sequence[str] = ()
) -> dict[str, Project]:
    """Select the dataset's projects from ``records``, as `find_projects`; none if the dataset has no id."""
    found: dict[str, Project] = {}
    issues: list[Issue] = []
    for record in records if dataset else ():
        for name, of in marked_projects(record.description or "", dataset):
            if of != tuple(annotators) or (of and name not in schema_mapping.PROJECTS):
                continue
            if name in found:
                mark = project_mark(dataset, name, annotators)
                message = f"the projects {found[name].id} and {record.id} both hold {mark}"
                issues.append(Issue(client.url, 1, "project-twice", message))
            found[name] = project_from_record(name, annotators, record)
    if issues:
        raise DataError(issues)
    return {name: found[name] for name in sorted(found, key=_rank)}


def _rank(name: str) -> int:
    """Return the place of a project among all: those of single layers come last."""
    return schema_mapping.PROJECTS.index(name) if name in schema_mapping.PROJECTS else len(schema_mapping.PROJECTS)


def split_off_unknown(found: Mapping[str, Project], schema: AnnotationSchema) -> tuple[dict[str, Project], list[str]]:
    """Return the projects without those of layers that the schema does not have, and a note for each of these."""
    names = schema_mapping.labeling_projects(schema)
    known = {name: project for name, project in found.items() if name in names}
    unknown = (project for name, project in found.items() if name not in known)
    return known, [f"{project.title!r} is of a layer that the schema does not have: left alone" for project in unknown]


def select_unmarked(records: Iterable[ProjectRecord], annotators: Sequence[str] = ()) -> list[Project]:
    """Return the projects of version 1.0.0, which hold no dataset's id."""
    return [
        project_from_record(name, annotators, record)
        for record in records
        for name in schema_mapping.PROJECTS
        if project_mark("", name, annotators) in (record.description or "")
    ]


def select_all(records: Iterable[ProjectRecord], dataset: str) -> list[Project]:
    """Return all projects that hold the id of a dataset, those for adjudication included."""
    found = [
        project_from_record(name, annotators, record)
        for record in records
        for name, annotators in marked_projects(record.description or "", dataset)
        if name in schema_mapping.PROJECTS or not annotators
    ]
    return sorted(found, key=lambda project: (project.annotators, _rank(project.name)))


def require_labels(client: Client, found: Iterable[Project], root: Path, schema: AnnotationSchema) -> None:
    """Raise DataError (project-behind) for projects that did not go through the dataset's last migration, or beyond."""
    labels = dataset_labels(root, schema)
    if issues := [behind_issue(client, project, labels) for project in found if project.labels != labels]:
        raise DataError(issues)


def dataset_labels(root: Path, schema: AnnotationSchema) -> str | None:
    """Return the last migration of a dataset, in the form of `Project.labels`."""
    is_open = migration_ledger.open_queue(root) is not None
    return f"{schema.migration}{OPEN if is_open else ''}" if schema.migration else None


def behind_issue(client: Client, project: Project, labels: str | None) -> Issue:
    """Return the issue of a project that has the labels of another time than the dataset."""
    there, here = map(migration_marks.describe_labels, (project.labels, labels))
    message = f"the labels of {project.title!r} are those {there}, not those {here}"
    return Issue(page_url(client, project), 1, "project-behind", message)


def adopt_project(client: Client, project: Project, dataset: str) -> Project:
    """Write a dataset's id into the mark of a project of version 1.0.0."""
    old, new = (project_mark(dataset_id, project.name, project.annotators) for dataset_id in ("", dataset))
    description = project.description.replace(old, new)
    client.change(_api_path(project), {"description": description})
    return project._replace(description=description)


def with_name(project: Project, dataset: str, name: str) -> Project:
    """Return a project of a dataset with another name, also in its mark, which is not written yet."""
    old, new = (project_mark(dataset, each, project.annotators) for each in (project.name, name))
    return project._replace(name=name, description=project.description.replace(old, new))


def create_project(
    client: Client, records: Iterable[ProjectRecord], name: str, data: "Corpus", annotators: Sequence[str] = ()
) -> Project:
    """Create a project; if another has the same title, its title ends with the beginning of the dataset's id."""
    wanted = project_config(data, data.schema, name, annotators)
    title = project_title(data.settings.name, name, annotators)
    taken = any(record.title == title for record in records)
    mode = ["--review"] if annotators == REVIEW else ["--adjudicate", *annotators] if annotators else []
    command = " ".join(("pactwire label push", *mode))
    about = f"Made by {command}. Keep these marks: {project_mark(data.settings.id, name, annotators)}"
    settings = {
        "title": f"{title[: MAX_TITLE - 9]} {data.settings.id[:8]}" if taken else title,
        "description": write_marks(about, wanted, dataset_labels(data.root, data.schema)), "label_config": wanted,
        "model_version": annotators[0] if annotators else CURRENT_VERSION,
        "show_collab_predictions": True, "maximum_annotations": 1 if annotators else data.settings.annotators_per_task,
    }  # fmt: skip
    return project_from_record(name, annotators, client.send("POST", "api/projects/", settings, ProjectRecord))


def update_project(client: Client, project: Project, data: "Corpus", update: bool) -> tuple[Project, list[Issue]]:
    """Give a project the present labeling config.

    Unless ``update`` is set, a config that people changed stays, and an issue (config-edited) describes the difference.
    Raises DataError (label-in-use).
    """
    wanted = project_config(data, data.schema, project.name, project.annotators)
    if project.config != wanted:
        if project.is_config_edited and not update:
            return project, [edited_issue(client, project, wanted)]
        # The API of the server accepts any config, and then shows regions without their label.
        removed = labeling_config_difference.offered_labels(project.config) - labeling_config_difference.offered_labels(
            wanted
        )
        if lost := _labels_in_use(client, project.id, removed):
            message = f"the labeling config of {project.title!r} would lose labels that are in use: {', '.join(lost)}"
            raise DataError([Issue(page_url(client, project), 1, "label-in-use", message)])
    elif not project.is_config_edited:
        return project, []
    return write_config(client, project, wanted, project.labels), []


def edited_issue(client: Client, project: Project, wanted: str) -> Issue:
    """Return the issue of a project whose labeling config people changed, with the differences to the one wanted."""
    differences = "; ".join(labeling_config_difference.describe_differences(project.config, wanted))
    message = f"somebody changed the labeling config of {project.title!r}, so it stays as it is: {differences}"
    return Issue(page_url(client, project), 1, "config-edited", message)


def write_config(client: Client, project: Project, config: str, labels: str | None) -> Project:
    """Give a project a labeling config, and the marks of it and of its labels."""
    description = write_marks(project.description, config, labels)
    client.change(_api_path(project), {"label_config": config, "description": description})
    return project._replace(config=config, description=description)


def project_config(data: "Corpus", schema: AnnotationSchema, name: str, annotators: Sequence[str]) -> str:
    """Return the labeling config of a project under a schema, in the form that the server keeps."""
    topics, links = list(data.topics.values()), list(data.links.values())
    is_adjudication = bool(annotators) and annotators != REVIEW
    return labeling_config.labeling_config(schema, name, topics, links, is_adjudication).strip()


def _labels_in_use(client: Client, project: int, removed: set[tuple[str, str]]) -> list[str]:
    """Return those of the ``removed`` (control, label) that annotations use, sorted, as ``control: label``.

    The server's own summary keeps only the last label of each annotation.
    """
    if not removed:
        return []
    return sorted(
        f"{control}: {label}"
        for control, label in removed
        & {
            (result.get("from_name", ""), value[-1] if isinstance(value, list) and value else str(value))
            for tasks in client.tasks(project, ANNOTATION_FIELDS)
            for task in tasks
            for annotation in task["annotations"]
            for result in annotation["result"]
            for values in result.get("value", {}).values()
            if isinstance(values, list)
            for value in values
        }
    )


def show_predictions(client: Client, project: Project, version: str = CURRENT_VERSION) -> None:
    """Let people start from the predictions of a version: the current drafts, or those of one annotator."""
    if project.version != version:
        client.change(_api_path(project), {"model_version": version})


def unsent_notes(client: Client, project: Project) -> list[str]:
    """Return a note for each task of a project that holds edits which nobody has submitted."""
    places = (page_url(client, project, task) for task in client.tasks_with_unsent_edits(project.id))
    return [f"{place}: holds edits that nobody has submitted; they are not imported" for place in places]


def page_url(client: Client, project: Project, task: int | None = None) -> str:
    """Return the address of a project's page, or of a task in it."""
    return f"{client.url}/projects/{project.id}/data" + (f"?task={task}" if task else "")


def labeling_url(client: Client, project: Project) -> str:
    """Return the address where each person gets their next task, with its draft and without others' work."""
    return f"{page_url(client, project)}?labeling=1"


def _api_path(project: Project) -> str:
    return f"api/projects/{project.id}/"


def project_from_record(name: str, annotators: Sequence[str], answer: ProjectRecord) -> Project:
    """Return the project of a record."""
    config, version, description = answer.label_config or "", answer.model_version or "", answer.description or ""
    instructions = answer.expert_instruction or ""
    return Project(answer.id, name, answer.title or "", config, version, description, tuple(annotators), instructions)
