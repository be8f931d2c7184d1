"""Faults between Pactwire and Label Studio: they are reported, and trying again loses and duplicates nothing."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pactwire.corpus import corpus
from pactwire.labelstudio import client as clients
from pactwire.labelstudio import local_server, projects, push, transport
from pactwire.labelstudio.client import Client, ServerError
from pactwire.model.issues import DataError
from pactwire.storage import files
from support.labelstudio import DATASET, identify, serving, template
from support.mentions import with_schema
from support.scripted import Answer, Stub, answer

pytest_plugins = ["support.scripted_fixture"]

TOKEN = "0123456789abcdef0123456789abcdef01234567"


BUSY: Answer = (429, {"Retry-After": "7"}, b"{}")
BROKEN: Answer = (500, {}, b"<html>oops</html>")
FINE: Answer = (200, {}, b'{"fine": true}')


def ask(url: str) -> Any:
    """Get some JSON."""
    with closing(Client(url, TOKEN)) as client:
        return client.get("api/some")


def test_retries_while_server_is_busy_or_broken(stub: Callable[..., Stub], pauses: list[float]) -> None:
    """After a 429 the client waits as long as the server asks, after a 500 with growing pauses."""
    server = stub(BUSY, BROKEN, BROKEN, FINE)
    assert ask(server.url) == {"fine": True}
    assert len(server.requests) == 4
    assert pauses[0] == 7
    assert 1 <= pauses[1] < pauses[2] < 4


@pytest.mark.parametrize("results", [[], [{"id": 1}]], ids=["empty", "the same"])
def test_reports_endless_list_of_projects(stub: Callable[..., Stub], results: list[Any]) -> None:
    """A proxy that answers every page alike, each with a next page, does not keep a command busy forever."""
    server = stub(answer({"results": results, "next": "http://127.0.0.1/?page=2"}))
    with closing(Client(server.url, TOKEN)) as client, pytest.raises(ServerError, match="nothing new on page"):
        projects.list_projects(client)
    assert len(server.requests) <= 2


def test_reports_how_many_tasks_of_all_are_read(stub: Callable[..., Stub]) -> None:
    """The first page of an answer says how many there are; a page counts once the caller is done with it."""
    pages = [[{"id": number} for number in numbers] for numbers in (range(1, 51), range(51, 61))]
    server = stub(answer({"tasks": pages[0], "total": 60}), answer({"tasks": pages[1], "total": 10}))
    said: list[tuple[int, int]] = []
    with closing(Client(server.url, TOKEN)) as client:
        seen = [len(said) for _ in client.tasks(1, [], report=lambda read, total: said.append((read, total)))]
    assert (seen, said) == ([0, 1], [(50, 60), (60, 60)])


@pytest.mark.parametrize(
    ("last", "message"),
    [({"id": 7}, "nothing new behind the task 7"), ({}, "not of the form"), (None, "not of the form")],
)
def test_reports_endless_list_of_tasks(stub: Callable[..., Stub], last: Any, message: str) -> None:
    """A proxy that repeats a full page, or answers with something that is not a task, is reported."""
    server = stub(answer({"tasks": [{"id": 7}] * (clients.PAGE_SIZE - 1) + [last]}))
    with closing(Client(server.url, TOKEN)) as client, pytest.raises(ServerError, match=message):
        list(client.tasks(1, ["data"]))
    assert len(server.requests) <= 2


@pytest.mark.parametrize(
    ("answer", "code", "message", "tries"),
    [
        (BROKEN, "server-error", "the server failed (status 500)", transport.MAX_ATTEMPTS),
        (BUSY, "server-busy", "the server wants fewer requests (status 429)", transport.MAX_ATTEMPTS),
        (
            (401, {}, b'{"detail": "Invalid token."}'),
            "server-login",
            "the server refused the API token (status 401)",
            1,
        ),
        ((404, {}, b"<html>"), "server-answer", "status 404: no reason given", 1),
        ((400, {}, b'{"detail": "no such filter"}'), "server-answer", "status 400: no such filter", 1),
        ((200, {}, b"<html>a proxy's page</html>"), "server-answer", "GET api/some: the answer is not JSON", 1),
    ],
)
def test_reports_refusals(
    stub: Callable[..., Stub], pauses: list[float], answer: Answer, code: str, message: str, tries: int
) -> None:
    """Whatever the server refuses is one issue with its address, and without the token."""
    server = stub(answer)
    with pytest.raises(ServerError) as raised:
        ask(server.url)
    [issue] = raised.value.issues
    assert (issue.file, issue.code, issue.message) == (server.url, code, message)
    assert len(server.requests) == tries
    assert TOKEN not in str(raised.value) + issue.json()


def test_reports_timeout(stub: Callable[..., Stub], pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not answer in time is tried again, and then reported."""
    monkeypatch.setattr(transport, "TIMEOUT", 0.1)
    monkeypatch.setattr(transport, "MAX_ATTEMPTS", 2)
    slow = stub((0, {}, b"{}"))
    with pytest.raises(ServerError, match="server-timeout: the server did not answer in time"):
        ask(slow.url)
    assert len(slow.requests) == 2


def test_reports_address_without_server(pauses: list[float]) -> None:
    """An address without a server is reported after some attempts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ServerError, match="server-away: the server can't be reached: ConnectError"):
        ask(url)
    assert len(pauses) == transport.MAX_ATTEMPTS - 1


def test_sends_changes_once(stub: Callable[..., Stub], pauses: list[float]) -> None:
    """A request that changes something is never repeated blindly: the first may have arrived."""
    server = stub(BROKEN)
    with closing(Client(server.url, TOKEN)) as client, pytest.raises(ServerError):
        client.send("POST", "api/some", {})
    assert len(server.requests) == 1


@pytest.mark.parametrize("token", ["", "a b", "tök", "line\nbreak"])
def test_reports_unusable_token(token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing token, or one that no header can carry, is reported without being shown."""
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", token)
    with pytest.raises(ServerError, match="server-login") as raised:
        clients.connect(tmp_path)
    assert not token or token not in str(raised.value)


def test_reports_missing_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an address and a local server, the message says how to get either."""
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    with pytest.raises(
        ServerError, match=r"no server runs here, and neither LABEL_STUDIO_URL nor pactwire.toml names one"
    ):
        clients.connect(tmp_path)


def test_busy_port_is_refused_or_avoided() -> None:
    """A busy port is refused if it was asked for, and avoided if not."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DataError, match=f"127.0.0.1:{port}:1: port-busy: another program listens"):
            local_server.choose_port(port)
        assert local_server.choose_port(None) != port


def test_credentials_are_private(tmp_path: Path) -> None:
    """The login is created once, differs between folders, and is readable only by its owner."""
    first = local_server.owner_credentials(tmp_path)
    assert local_server.owner_credentials(tmp_path) == first != local_server.owner_credentials(tmp_path / "other")
    assert (local_server.state_folder(tmp_path) / "credentials.json").stat().st_mode & 0o777 == 0o600


def thousand(root: Path) -> Path:
    """Make a dataset of 1,000 small articles."""
    lines, rows = [], ["article,story,split"]
    for number in range(1000):
        identity = f"{number:016x}"
        text = f"A small article\n\nIt is number {number}, and says nothing."
        lines.append(json.dumps({"id": identity, "text": text, "license": "none"}))
        rows.append(f"{identity},{identity},train")
    files.write_file(root / "dataset" / "raw" / "many.jsonl", "\n".join(lines) + "\n")
    files.write_file(root / "dataset" / "splits.csv", "\n".join(rows) + "\n")
    return root


@pytest.mark.slow
def test_push_recovers_from_killed_server(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a push of 1,000 articles lost its server, another push leaves 1,000 tasks, one per article."""
    root = with_schema(identify(thousand(tmp_path / "many")))
    for name in ("GUIDELINES.md", "topics.json"):
        (root / "annotations").mkdir(exist_ok=True)
        shutil.copy(checkout / "annotations" / name, root / "annotations" / name)
    monkeypatch.setattr(transport, "MAX_ATTEMPTS", 1)
    data = corpus.load_corpus(root)
    login = None
    with serving(root) as running:
        login = local_server.owner_credentials(root)

        killers: list[threading.Timer] = []

        def kill(project: str, done: int, total: int) -> None:
            if done == 400 and not killers:
                killers.append(threading.Timer(0.2, os.killpg, (running.process.pid, signal.SIGKILL)))
                killers[0].start()

        with closing(Client(running.url, login.token)) as client, pytest.raises(ServerError) as raised:
            push.push_articles(root, client, kill)
        assert raised.value.code == "server-away"
    with serving(root) as running, closing(Client(running.url, login.token)) as client:
        before = sum(len(page) for page in client.tasks(projects.find_projects(client, DATASET)["labels"].id, ["id"]))
        assert 400 <= before < 1000
        pushed = push.push_articles(root, client, lambda *_: None)
        assert pushed.issues == []
        for name, project in projects.find_projects(client, DATASET).items():
            found = [task["data"]["article"] for page in client.tasks(project.id, ["data"]) for task in page]
            assert sorted(found) == list(data.articles), name


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_stops_cleanly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    """The command prints address and login, keeps the password in its file, and leaves no process behind."""
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    root = tmp_path / "served"
    shutil.copytree(local_server.state_folder(template()), local_server.state_folder(root))
    command = [sys.executable, "-m", "pactwire", "label", "serve", "--root", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(3)]
        login = local_server.owner_credentials(root)
        note = files.read_json(local_server.state_folder(root) / "server.json", "server.json")
        assert lines[0] == f"Label Studio runs at {note['url']}"
        assert lines[1].startswith(f"Log in as {login.email}; the password is in {root}")
        assert login.password not in "".join(lines)
        with pytest.raises(DataError, match="server-running"), local_server.serve(root, None, lambda _: None):
            pass
        with closing(clients.connect(root)) as client:
            assert client.user_emails() == {1: login.email}
        process.send_signal(number)
        assert process.wait(30) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(note["pid"], 0)
    assert local_server.running_url(root) is None


def test_reports_missing_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A given virtual environment without label-studio is an issue."""
    monkeypatch.setenv(local_server.VENV_VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match="server-install: PACTWIRE_LABELSTUDIO_VENV names no such command"):
        local_server.installed_command(tmp_path, lambda _: None)
