"""A server's projects to those that are a dataset's, found by a mark in their description, made where missing.

There are two in which people label, and two for each group of annotators whose work is adjudicated. The mark holds
the dataset's id; those that version 1.0.0 made have none. Beside it stands a digest of the labeling config that was
written last, by which a config that people changed is known.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import config, config_difference, schema_mapping
from pactwire.labelstudio.client import ANNOTATION_FIELDS, Client, ServerError
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

TITLES: Final = {name: f"pactwire {name}" for name in schema_mapping.PROJECT_LAYERS}

CURRENT_VERSION: Final = "pactwire"
"""``model_version`` of the predictions that people start from. The page that deals out tasks shows predictions of
one version only, the project's; so the version can't be the document's revision, which is in the result instead."""

EARLIER_VERSION: Final = "pactwire (earlier)"
"""``model_version`` of predictions that a later revision has replaced; annotations made from them refer to them."""

ANNOTATORS_PER_TASK: Final = 2
"""How many people a new project gives each task to."""

PAGE_SIZE: Final = 100
"""Projects in one answer."""

MAX_TITLE: Final = 50
"""Characters of a title that the server takes."""

_DIGEST: Final = re.compile(r"\[config:[0-9a-f]*\]")


class ProjectRecord(msgspec.Struct):
    """A project as the server tells of it."""

    id: int
    title: str | None = None
    description: str | None = None
    label_config: str | None = None
    model_version: str | None = None


class Project(NamedTuple):
    """A project on the server; ``name`` is a key of fields.PROJECTS.

    ``of`` are the annotators whose work is adjudicated there, none where people label.
    """

    id: int
    name: str
    title: str
    config: str
    version: str
    description: str
    of: tuple[str, ...] = ()

    @property
    def is_renamed(self) -> bool:
        """Say whether people gave it another title."""
        return not self.title.startswith(project_title(self.name, self.of))

    @property
    def is_config_edited(self) -> bool:
        """Say whether the labeling config is another than the one that was written last."""
        return config_mark(self.config) not in self.description


class _Page(msgspec.Struct):
    results: list[ProjectRecord]
    next: str | None = None


def project_title(name: str, of: Sequence[str] = ()) -> str:
    """Return the title that a project is made with."""
    return f"adjudicate {name} of {', '.join(of)}"[:MAX_TITLE] if of else TITLES[name]


def project_mark(dataset: str, name: str, of: Sequence[str] = ()) -> str:
    """Return what a project's description holds, by which it is known under any title.

    ``dataset`` is the dataset's id; without one it is the mark of a project of version 1.0.0.
    """
    return f"[pactwire:{':'.join((*filter(None, [dataset]), name, *of))}]"


def config_mark(config: str) -> str:
    """Return what a project's description holds beside the mark: a digest of the config that was written last."""
    return f"[config:{files.sha256(config)[:16]}]"


def list_projects(client: Client) -> list[ProjectRecord]:
    """Return all projects that the server shows; what they hold is not counted, since no count is asked for."""
    found: list[ProjectRecord] = []
    more, number, included = True, 1, ",".join(ProjectRecord.__struct_fields__)
    while more:
        page: _Page = client.get("api/projects/", _Page, page=number, page_size=PAGE_SIZE, include=included)
        if page.next is not None and {each.id for each in page.results} <= {each.id for each in found}:
            raise ServerError(client.url, "server-answer", f"the list of projects has nothing new on page {number}")
        found += page.results
        more, number = page.next is not None, number + 1
    return found


def find_projects(client: Client, dataset: str, of: Sequence[str] = ()) -> dict[str, Project]:
    """Return a dataset's projects that are there, by name; raises DataError (project-twice).

    They are those in which people label, or those where the work of the annotators ``of`` is adjudicated.
    """
    return select_marked(client, list_projects(client), dataset, of)


def select_marked(
    client: Client, records: Iterable[ProjectRecord], dataset: str, of: Sequence[str] = ()
) -> dict[str, Project]:
    """Return those of ``records`` that `find_projects` finds; none where the dataset has no id."""
    found: dict[str, Project] = {}
    issues: list[Issue] = []
    for each in records if dataset else ():
        for name in schema_mapping.PROJECT_LAYERS:
            if project_mark(dataset, name, of) in (each.description or ""):
                if name in found:
                    message = f"the projects {found[name].id} and {each.id} both hold {project_mark(dataset, name, of)}"
                    issues.append(Issue(client.url, 1, "project-twice", message))
                found[name] = _project_from_record(name, of, each)
    if issues:
        raise DataError(issues)
    return {name: found[name] for name in schema_mapping.PROJECT_LAYERS if name in found}


def select_unmarked(records: Iterable[ProjectRecord], of: Sequence[str] = ()) -> list[Project]:
    """Return the projects of version 1.0.0, which bear no dataset's id."""
    return [
        _project_from_record(name, of, each)
        for each in records
        for name in schema_mapping.PROJECT_LAYERS
        if project_mark("", name, of) in (each.description or "")
    ]


def adopt_project(client: Client, project: Project, dataset: str) -> Project:
    """Put a dataset's id into the mark of a project of version 1.0.0."""
    old, new = (project_mark(each, project.name, project.of) for each in ("", dataset))
    description = project.description.replace(old, new)
    client.change(_api_path(project), {"description": description})
    return project._replace(description=description)


def create_project(
    client: Client, records: Iterable[ProjectRecord], name: str, data: Corpus, of: Sequence[str] = ()
) -> Project:
    """Make a project; its title ends with the beginning of the dataset's id where another has the same title."""
    wanted = _current_config(name, data, of)
    taken = any(each.title == project_title(name, of) for each in records)
    command = " ".join(("pactwire label push", *(["--adjudicate", *of] if of else [])))
    about = f"Made by {command}. Keep these marks: {project_mark(data.id, name, of)} {config_mark(wanted)}"
    made = {
        "title": f"{project_title(name, of)[: MAX_TITLE - 9]} {data.id[:8]}" if taken else project_title(name, of),
        "description": about, "label_config": wanted, "model_version": of[0] if of else CURRENT_VERSION,
        "show_collab_predictions": True, "maximum_annotations": 1 if of else ANNOTATORS_PER_TASK,
    }  # fmt: skip
    return _project_from_record(name, of, client.send("POST", "api/projects/", made, ProjectRecord))


def update_project(client: Client, project: Project, data: Corpus, update: bool) -> tuple[Project, list[Issue]]:
    """Give a project the present labeling config.

    One that people changed stays as it is, with an issue (config-edited) that tells the difference, unless
    ``update``. Raises DataError (label-in-use).
    """
    wanted = _current_config(project.name, data, project.of)
    if project.config != wanted:
        place = page_url(client, project)
        if project.is_config_edited and not update:
            told = "; ".join(config_difference.describe_differences(project.config, wanted))
            message = f"somebody changed the labeling config of {project.title!r}, so it stays as it is: {told}"
            return project, [Issue(place, 1, "config-edited", message)]
        # the server itself takes any config over its API, and then shows regions without their label
        removed = config_difference.offered_labels(project.config) - config_difference.offered_labels(wanted)
        if lost := _labels_in_use(client, project.id, removed):
            message = f"the labeling config of {project.title!r} would lose labels that are in use: {', '.join(lost)}"
            raise DataError([Issue(place, 1, "label-in-use", message)])
    elif not project.is_config_edited:
        return project, []
    description = f"{_DIGEST.sub('', project.description).strip()} {config_mark(wanted)}"
    client.change(_api_path(project), {"label_config": wanted, "description": description})
    return project._replace(config=wanted, description=description), []


def _current_config(name: str, data: Corpus, of: Sequence[str]) -> str:
    """Return a project's labeling config as the server keeps it."""
    return config.labeling_config(name, list(data.topics.values()), list(data.links.values()), bool(of)).strip()


def _labels_in_use(client: Client, project: int, removed: set[tuple[str, str]]) -> list[str]:
    """Return ``control: label`` of what annotations use of ``removed``, sorted.

    They are counted here since the server's own summary keeps the last label of each annotation only.
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
    """Let people start from the predictions of a version, once there are any: the current drafts, or one person's."""
    if project.version != version:
        client.change(_api_path(project), {"model_version": version})


def page_url(client: Client, project: Project, task: int | None = None) -> str:
    """Return the address of a project's page, or of a task in it."""
    return f"{client.url}/projects/{project.id}/data" + (f"?task={task}" if task else "")


def labeling_url(client: Client, project: Project) -> str:
    """Return the address under which each person gets their next task, with its draft and without others' work."""
    return f"{page_url(client, project)}?labeling=1"


def _api_path(project: Project) -> str:
    return f"api/projects/{project.id}/"


def _project_from_record(name: str, of: Sequence[str], answer: ProjectRecord) -> Project:
    version, config = answer.model_version or "", answer.label_config or ""
    return Project(answer.id, name, answer.title or "", config, version, answer.description or "", tuple(of))
