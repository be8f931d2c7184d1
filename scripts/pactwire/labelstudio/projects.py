"""A server's projects to the two that are Pactwire's, found by a mark in their description, made where missing."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as Xml

from pactwire.issues import DataError, Issue
from pactwire.labelstudio import config, fields
from pactwire.labelstudio.client import ANNOTATIONS, Client
from pactwire.records import Topic

TITLES: Final = {name: f"pactwire {name}" for name in fields.PROJECTS}

CURRENT: Final = "pactwire"
"""``model_version`` of the predictions that people start from. The page that deals out tasks shows predictions of
one version only, the project's; so the version can't be the document's revision, which is in the result instead."""

EARLIER: Final = "pactwire (earlier)"
"""``model_version`` of predictions that a later revision has replaced; annotations made from them refer to them."""

ANNOTATORS: Final = 2
"""How many people a new project gives each task to."""


class Project(NamedTuple):
    """A project on the server; ``name`` is a key of fields.PROJECTS."""

    id: int
    name: str
    title: str
    config: str
    version: str

    @property
    def renamed(self) -> bool:
        """Say whether people gave it another title."""
        return self.title != TITLES[self.name]


def mark(name: str) -> str:
    """Return what a project's description holds, by which it is known under any title."""
    return f"[pactwire:{name}]"


def find(client: Client) -> dict[str, Project]:
    """Return the projects that are there, by name; raises DataError (project-twice)."""
    found: dict[str, Project] = {}
    issues: list[Issue] = []
    include = "id,title,description,label_config,model_version"
    listed: list[Any] = client.sdk(lambda sdk: list(sdk.projects.list(page_size=100, include=include)))
    for each in listed:
        for name in fields.PROJECTS:
            if mark(name) in (each.description or ""):
                if name in found:
                    message = f"the projects {found[name].id} and {each.id} both hold {mark(name)}"
                    issues.append(Issue(client.url, 1, "project-twice", message))
                found[name] = _project(name, each)
    if issues:
        raise DataError(issues)
    return {name: found[name] for name in fields.PROJECTS if name in found}


def ensure(client: Client, name: str, found: Project | None, topics: Sequence[Topic]) -> Project:
    """Return the project, made or given its present labeling config; raises DataError (label-in-use)."""
    wanted = config.labeling_config(name, topics).strip()  # as the server keeps it
    if found is None:
        about = f"Made by pactwire label push. Keep this mark: {mark(name)}"
        return _project(
            name,
            client.once(
                lambda sdk: sdk.projects.create(
                    title=TITLES[name], description=about, label_config=wanted, model_version=CURRENT,
                    show_collab_predictions=True, maximum_annotations=ANNOTATORS,
                )
            ),
        )  # fmt: skip
    if found.config != wanted:
        # the server itself takes any config over its API, and then shows regions without their label
        if lost := _uses(client, found.id, _offered(found.config) - _offered(wanted)):
            message = f"the labeling config of {found.title!r} would lose labels that are in use: {', '.join(lost)}"
            raise DataError([Issue(page(client, found), 1, "label-in-use", message)])
        client.sdk(lambda sdk: sdk.projects.update(found.id, label_config=wanted))
    return found._replace(config=wanted)


def _offered(config: str) -> set[tuple[str, str]]:
    """Return (control, label) of all that a labeling config offers."""
    return {
        (control.get("name", ""), each.get("alias") or each.get("value") or "")
        for control in (Xml.fromstring(config).iter() if config else ())
        if control.tag in ("Labels", "Choices")
        for each in control
    }


def _uses(client: Client, project: int, removed: set[tuple[str, str]]) -> list[str]:
    """Return ``control: label`` of what annotations use of ``removed``, sorted.

    They are counted here since the server's own summary keeps the last label of each annotation only.
    """
    if not removed:
        return []
    return sorted(
        f"{control}: {label}"
        for control, label in removed
        & {
            (result.get("from_name", ""), value)
            for tasks in client.tasks(project, ANNOTATIONS)
            for task in tasks
            for annotation in task["annotations"]
            for result in annotation["result"]
            for values in result.get("value", {}).values()
            if isinstance(values, list)
            for value in values
        }
    )


def show_current(client: Client, project: Project) -> None:
    """Let the page that deals out tasks show the current drafts, once there are any."""
    if project.version != CURRENT:
        client.sdk(lambda sdk: sdk.projects.update(project.id, model_version=CURRENT))


def page(client: Client, project: Project, task: int | None = None) -> str:
    """Return the address of a project's page, or of a task in it."""
    return f"{client.url}/projects/{project.id}/data" + (f"?task={task}" if task else "")


def _project(name: str, answer: Any) -> Project:
    return Project(answer.id, name, answer.title or "", answer.label_config or "", answer.model_version or "")
