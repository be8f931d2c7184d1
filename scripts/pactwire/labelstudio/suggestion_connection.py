"""Connection of a dataset's projects to the server of live suggestions, as an interactive ML backend.

Observations about the pinned version that shaped this module: for each backend that it gets, Label Studio creates a
webhook which sends all annotations of the project there. It refuses a webhook on this machine or in a private network,
with status 403 and after it has kept the backend. A list of backends comes with their state, for which it asked each.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from pactwire.corpus import schema_file
from pactwire.corpus.settings import read_settings
from pactwire.labelstudio import projects, schema_mapping
from pactwire.labelstudio.client import Client, ServerError
from pactwire.labelstudio.projects import Project
from pactwire.labelstudio.suggestion_server import USER
from pactwire.model.issues import DataError, Issue
from pactwire.model.schema import AnnotationSchema

TITLE: Final = "pactwire suggestions"
"""The title of the backend, which tells it from others; it must not be a project's ``model_version``."""

_CONNECTED: Final = "CO"
_BASIC: Final = "BASIC_AUTH"
_NONE: Final = "NONE"
_REFUSALS: Final = (400, 403)


class _Backend(msgspec.Struct):
    """A backend in a response of the server; ``state`` is what the server just found."""

    id: int
    url: str
    title: str | None = None
    is_interactive: bool = False
    state: str = ""
    auth_method: str = _NONE


class _Webhook(msgspec.Struct):
    id: int
    url: str


class ConnectedProjects(NamedTuple):
    """The titles of the projects that have the suggestions, and the issues of those that do not."""

    titles: list[str]
    issues: list[Issue]


def connect_projects(root: Path, client: Client, address: str, secret: str = "") -> ConnectedProjects:
    """Connect the projects in which a dataset's names are labeled to the suggestions at ``address``.

    What is connected already stays as it is, and a new address replaces the earlier one. A project that has another
    backend is left alone (suggest-backend), as is one whose server does not take the address (suggest-connect).

    Args:
        root: The folder of the dataset.
        client: The Label Studio server.
        address: Where that server reaches the suggestions.
        secret: Their password; empty if they need none.

    Raises:
        DataError: With the issues of the schema, the settings, or the server.
    """
    schema = schema_file.read_schema(root)
    connected = ConnectedProjects([], [])
    for project in projects.find_projects(client, read_settings(root).id).values():
        if _has_names(schema, project.name):
            try:
                _connect(client, project, address.rstrip("/"), secret)
                connected.titles.append(project.title)
            except DataError as error:
                if isinstance(error, ServerError) and error.status not in _REFUSALS:
                    raise
                connected.issues.extend(error.issues)
    return connected


def _has_names(schema: AnnotationSchema, project: str) -> bool:
    """Say whether names are labeled in a project."""
    layer = schema.names_layer
    if layer is None or project not in schema_mapping.labeling_projects(schema):
        return False
    return layer.name in schema_mapping.project_mapping(schema, project).layers


def _connect(client: Client, project: Project, address: str, secret: str) -> None:
    found = _backends(client, project)
    if others := [each for each in found if each.title != TITLE]:
        message = f"{project.title!r} has the backend {others[0].title!r}, so it gets no suggestions"
        raise DataError([Issue(projects.page_url(client, project), 1, "suggest-backend", message)])
    if _is_connected(found, address, secret):
        return
    body = {
        "project": project.id, "url": address, "title": TITLE, "is_interactive": True,
        "auth_method": _BASIC if secret else _NONE, "basic_auth_user": USER if secret else "",
        **({"basic_auth_pass": secret} if secret else {}),
    }  # fmt: skip
    try:
        if found:
            client.send("PATCH", f"api/ml/{found[0].id}", body)
        else:
            client.send("POST", "api/ml/", body)
    except ServerError as error:
        if error.status not in _REFUSALS:
            raise
    if not _is_connected(_backends(client, project), address, secret):
        message = f"the server of {project.title!r} did not connect the suggestions at {address}"
        raise DataError([Issue(projects.page_url(client, project), 1, "suggest-connect", message)])
    _delete_webhooks(client, project, f"{address}/webhook")


def _is_connected(found: Sequence[_Backend], address: str, secret: str) -> bool:
    """Say whether a backend has the address, and answered there; it does so only to the right password."""
    return any(
        each.title == TITLE
        and (each.url, each.state, each.is_interactive) == (address, _CONNECTED, True)
        and each.auth_method == (_BASIC if secret else _NONE)
        for each in found
    )


def _backends(client: Client, project: Project) -> list[_Backend]:
    backends: list[_Backend] = client.get("api/ml/", list[_Backend], project=project.id)
    return backends


def _delete_webhooks(client: Client, project: Project, url: str) -> None:
    """Delete the webhook that would send everybody's annotations to the suggestions, which look at none."""
    hooks: list[_Webhook] = client.get("api/webhooks/", list[_Webhook], project=project.id)
    for hook in hooks:
        if hook.url == url:
            client.send("DELETE", f"api/webhooks/{hook.id}/", None)
