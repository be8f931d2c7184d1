"""pytest fixtures around a real Label Studio; a test module names this file in ``pytest_plugins``."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pactwire.labelstudio import local_server
from pactwire.labelstudio.client import Client
from support.labelstudio import join, serving


@pytest.fixture(scope="session")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the server that all tests of this process share."""
    return tmp_path_factory.mktemp("label-studio")


@pytest.fixture(scope="session")
def shared_server(server_home: Path) -> Iterator[local_server.RunningServer]:
    """Run the server that tests share."""
    with serving(server_home) as running:
        yield running


@pytest.fixture(scope="session")
def second(shared_server: local_server.RunningServer, server_home: Path) -> Iterator[Client]:
    """Return a client of a second person on the shared server, boris@example.org."""
    with (
        closing(Client(shared_server.url, local_server.owner_credentials(server_home).token)) as owner,
        closing(join(owner, "boris@example.org")) as client,
    ):
        yield client


@pytest.fixture
def studio(
    shared_server: local_server.RunningServer, server_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    """Return a client of the shared server, emptied of projects, which commands find by their environment."""
    login = local_server.owner_credentials(server_home)
    monkeypatch.setenv("LABEL_STUDIO_URL", shared_server.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", login.token)
    with closing(Client(shared_server.url, login.token)) as client:
        for project in client.get("api/projects/", page_size=1000)["results"]:
            client.send("DELETE", f"api/projects/{project['id']}/", {})
        yield client
