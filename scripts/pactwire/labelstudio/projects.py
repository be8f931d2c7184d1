"""A server's projects to those that are Pactwire's, found by a mark in their description, made where missing.

There are two in which people label, and two for each group of annotators whose work is adjudicated.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from xml.etree import ElementTree as Xml

import msgspec

from pactwire.corpus import Corpus
from pactwire.issues import DataError, Issue
from pactwire.labelstudio import config, fields
from pactwire.labelstudio.client import ANNOTATIONS, Client

TITLES: Final = {name: f"pactwire {name}" for name in fields.PROJECTS}

CURRENT: Final = "pactwire"
"""``model_version`` of the predictions that people start from. The page that deals out tasks shows predictions of
one version only, the project's; so the version can't be the document's revision, which is in the result instead."""

EARLIER: Final = "pactwire (earlier)"
"""``model_version`` of predictions that a later revision has replaced; annotations made from them refer to them."""

ANNOTATORS: Final = 2
"""How many people a new project gives each task to."""

PAGE: Final = 100
"""Projects in one answer."""

LONGEST: Final = 50
"""Characters of a title that the server takes."""


class Project(NamedTuple):
    """A project on the server; ``name`` is a key of fields.PROJECTS.

    ``of`` are the annotators whose work is adjudicated there, none where people label.
    """

    id: int
    name: str
    title: str
    config: str
    version: str
    of: tuple[str, ...] = ()

    @property
    def renamed(self) -> bool:
        """Say whether people gave it another title."""
        return self.title != title(self.name, self.of)


def title(name: str, of: Sequence[str] = ()) -> str:
    """Return the title that a project is made with."""
    return f"adjudicate {name} of {', '.join(of)}"[:LONGEST] if of else TITLES[name]


def mark(name: str, of: Sequence[str] = ()) -> str:
    """Return what a project's description holds, by which it is known under any title."""
    return f"[pactwire:{':'.join((name, *of))}]"


def find(client: Client, of: Sequence[str] = ()) -> dict[str, Project]:
    """Return the projects that are there, by name; raises DataError (project-twice).

    They are those in which people label, or those where the work of the annotators ``of`` is adjudicated.
    """
    found: dict[str, Project] = {}
    issues: list[Issue] = []
    for each in _listed(client):
        for name in fields.PROJECTS:
            if mark(name, of) in (each.description or ""):
                if name in found:
                    message = f"the projects {found[name].id} and {each.id} both hold {mark(name, of)}"
                    issues.append(Issue(client.url, 1, "project-twice", message))
                found[name] = _project(name, of, each)
    if issues:
        raise DataError(issues)
    return {name: found[name] for name in fields.PROJECTS if name in found}


class _Record(msgspec.Struct):
    """A project as the server tells of it."""

    id: int
    title: str | None = None
    description: str | None = None
    label_config: str | None = None
    model_version: str | None = None


class _Page(msgspec.Struct):
    results: list[_Record]
    next: str | None = None


def _listed(client: Client) -> Iterator[_Record]:
    """Yield all projects that the server shows; what they hold is not counted, since no count is asked for."""
    more, number, fields = True, 1, ",".join(_Record.__struct_fields__)
    while more:
        page: _Page = client.get("api/projects/", _Page, page=number, page_size=PAGE, include=fields)
        yield from page.results
        more, number = page.next is not None, number + 1


def ensure(client: Client, name: str, found: Project | None, data: Corpus, of: Sequence[str] = ()) -> Project:
    """Return the project, made or given its present labeling config; raises DataError (label-in-use)."""
    wanted = config.labeling_config(
        name, list(data.topics.values()), list(data.links.values()), bool(of)
    ).strip()  # as the server keeps it
    if found is None:
        command = " ".join(("pactwire label push", *(["--adjudicate", *of] if of else [])))
        about = f"Made by {command}. Keep this mark: {mark(name, of)}"
        made = {
            "title": title(name, of), "description": about, "label_config": wanted,
            "model_version": of[0] if of else CURRENT,
            "show_collab_predictions": True, "maximum_annotations": 1 if of else ANNOTATORS,
        }  # fmt: skip
        return _project(name, of, client.send("POST", "api/projects/", made, _Record))
    if found.config != wanted:
        # the server itself takes any config over its API, and then shows regions without their label
        if lost := _uses(client, found.id, _offered(found.config) - _offered(wanted)):
            message = f"the labeling config of {found.title!r} would lose labels that are in use: {', '.join(lost)}"
            raise DataError([Issue(page(client, found), 1, "label-in-use", message)])
        client.change(f"api/projects/{found.id}/", {"label_config": wanted})
    return found._replace(config=wanted)


def _offered(config: str) -> set[tuple[str, str]]:
    """Return (control, label) of all that a labeling config offers."""
    return {
        (control.get("name", ""), each.get("alias") or each.get("value") or "")
        for control in (Xml.fromstring(config).iter() if config else ())
        if control.tag in ("Labels", "Choices", "Taxonomy")
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
            (result.get("from_name", ""), value[-1] if isinstance(value, list) and value else str(value))
            for tasks in client.tasks(project, ANNOTATIONS)
            for task in tasks
            for annotation in task["annotations"]
            for result in annotation["result"]
            for values in result.get("value", {}).values()
            if isinstance(values, list)
            for value in values
        }
    )


def show(client: Client, project: Project, version: str = CURRENT) -> None:
    """Let people start from the predictions of a version, once there are any: the current drafts, or one person's."""
    if project.version != version:
        client.change(f"api/projects/{project.id}/", {"model_version": version})


def page(client: Client, project: Project, task: int | None = None) -> str:
    """Return the address of a project's page, or of a task in it."""
    return f"{client.url}/projects/{project.id}/data" + (f"?task={task}" if task else "")


def _project(name: str, of: Sequence[str], answer: _Record) -> Project:
    version, config = answer.model_version or "", answer.label_config or ""
    return Project(answer.id, name, answer.title or "", config, version, tuple(of))
