"""Ports: another program on a port is never mistaken for the Label Studio of a folder."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pactwire.labelstudio import client as clients
from pactwire.labelstudio import local_server
from pactwire.model.issues import DataError
from pactwire.storage import files
from support.http_server import LocalServer, Request, Response
from support.labelstudio import template


class Foreign(LocalServer):
    """A program that answers every request with 200, as a health check would like it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.start()

    def respond(self, request: Request) -> Response:
        """Note the request."""
        self.asked.append(request.path)
        return Response()


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    """Another program listens."""
    server = Foreign()
    yield server
    server.stop()


def test_ignores_note_of_dead_server(tmp_path: Path, foreign: Foreign, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the server died and another program has its port, no server runs, and the other is not even asked."""
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    note = {"url": f"http://{local_server.HOST}:{foreign.port}", "pid": 1}
    files.write_file(local_server.state_folder(tmp_path) / "server.json", json.dumps(note))
    assert local_server.running_url(tmp_path) is None
    with pytest.raises(clients.ServerError, match="no-server"):
        clients.connect(tmp_path)
    assert foreign.asked == []


@pytest.mark.slow
def test_port_taken_at_the_last_moment(tmp_path: Path, foreign: Foreign, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another program takes the port before the server does, another is used, or the one asked for is refused."""
    shutil.copytree(local_server.state_folder(template()), local_server.state_folder(tmp_path))
    monkeypatch.setattr(local_server, "choose_port", lambda wanted: foreign.port)
    with (
        pytest.raises(DataError, match=f"127.0.0.1:{foreign.port}:1: port-busy"),
        local_server.serve(tmp_path, foreign.port, lambda _: None),
    ):
        pass
    assert local_server.running_url(tmp_path) is None
    with local_server.serve(tmp_path, None, lambda _: None) as running:
        assert running.url != f"http://{local_server.HOST}:{foreign.port}"
        assert local_server.running_url(tmp_path) == running.url
    assert local_server.running_url(tmp_path) is None
    assert foreign.asked == []


@pytest.mark.slow
def test_uses_free_port(tmp_path: Path, foreign: Foreign, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the usual port is taken, the system assigns one, and the address is that of the server."""
    shutil.copytree(local_server.state_folder(template()), local_server.state_folder(tmp_path))
    monkeypatch.setattr(local_server, "DEFAULT_PORT", foreign.port)
    with local_server.serve(tmp_path, None, lambda _: None) as running:
        assert running.url not in (f"http://{local_server.HOST}:{foreign.port}", f"http://{local_server.HOST}:0")
        assert local_server.running_url(tmp_path) == running.url
    assert foreign.asked == []
