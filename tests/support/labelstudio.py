"""pytest fixtures around a real Label Studio; a test module names this file in ``pytest_plugins``.

A server's folder is migrated once for each virtual environment (a minute), and copied for each server.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock

from pactwire.labelstudio import server
from pactwire.labelstudio.client import Client

CHECKOUT = Path(__file__).parents[2]


def template() -> Path:
    """Return a dataset's folder with a migrated, empty Label Studio that is not running."""
    command = server.executable(CHECKOUT, print)
    os.environ[server.VENV_VARIABLE] = str(command.parents[1])
    root = command.parents[1] / "pactwire-test-template"
    with FileLock(f"{root}.lock"):
        if not (root / "migrated").is_file():
            shutil.rmtree(root, ignore_errors=True)
            root.mkdir()
            with server.serve(root, None, lambda _: None):
                pass
            (root / "migrated").touch()
    return root


@contextmanager
def serving(root: Path, port: int | None = None) -> Iterator[server.Running]:
    """Run a server for a dataset's folder, from the template where the folder has none yet."""
    if not server.folder(root).is_dir():
        shutil.copytree(server.folder(template()), server.folder(root))
    with server.serve(root, port, lambda _: None) as running:
        yield running


def join(owner: Client, email: str) -> Client:
    """Return a client of a new person, who signed up by the owner's invitation as a browser would."""
    with httpx.Client(base_url=owner.url, follow_redirects=True, headers={"Referer": owner.url}) as browser:
        invited = owner.get("api/invite")["invite_url"]
        browser.get(invited)
        form = {"email": email, "password": "a-long-passphrase", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post(invited, data=form).raise_for_status()
        token: str = browser.get("/api/current-user/token").raise_for_status().json()["token"]
    return Client(owner.url, token)


@pytest.fixture(scope="session")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the server that all tests of this process share."""
    return tmp_path_factory.mktemp("label-studio")


@pytest.fixture(scope="session")
def shared_server(server_home: Path) -> Iterator[server.Running]:
    """Run the server that tests share."""
    with serving(server_home) as running:
        yield running


@pytest.fixture(scope="session")
def second(shared_server: server.Running, server_home: Path) -> Iterator[Client]:
    """Return a client of a second person on the shared server, boris@example.org."""
    with (
        closing(Client(shared_server.url, server.credentials(server_home).token)) as owner,
        closing(join(owner, "boris@example.org")) as client,
    ):
        yield client


@pytest.fixture
def studio(shared_server: server.Running, server_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Return a client of the shared server, emptied of projects, which commands find by their environment."""
    login = server.credentials(server_home)
    monkeypatch.setenv("LABEL_STUDIO_URL", shared_server.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", login.token)
    with closing(Client(shared_server.url, login.token)) as client:
        projects: list[Any] = client.sdk(lambda sdk: list(sdk.projects.list()))
        for project in projects:
            client.send("DELETE", f"api/projects/{project.id}/", {})
        yield client
