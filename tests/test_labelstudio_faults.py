"""What goes wrong on the way to Label Studio and back is named; trying again loses and doubles nothing."""

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


def test_busy_or_broken_for_a_while(stub: Callable[..., Stub], pauses: list[float]) -> None:
    """A 429 is waited out as long as the server asks, a 500 with growing pauses, and then all is fine."""
    server = stub(BUSY, BROKEN, BROKEN, FINE)
    assert ask(server.url) == {"fine": True}
    assert len(server.requests) == 4
    assert pauses[0] == 7
    assert 1 <= pauses[1] < pauses[2] < 4


@pytest.mark.parametrize("results", [[], [{"id": 1}]], ids=["empty", "the same"])
def test_a_list_of_projects_without_end_is_named(stub: Callable[..., Stub], results: list[Any]) -> None:
    """A proxy that answers every page alike, with another one to come, does not keep a command busy for ever."""
    server = stub(answer({"results": results, "next": "http://127.0.0.1/?page=2"}))
    with closing(Client(server.url, TOKEN)) as client, pytest.raises(ServerError, match="nothing new on page"):
        projects.list_projects(client)
    assert len(server.requests) <= 2


@pytest.mark.parametrize(
    ("last", "message"),
    [({"id": 7}, "nothing new behind the task 7"), ({}, "not of the form"), (None, "not of the form")],
)
def test_a_list_of_tasks_without_end_is_named(stub: Callable[..., Stub], last: Any, message: str) -> None:
    """A proxy that answers with the same full page every time, or with what are no tasks, is named."""
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
def test_refusals_are_named(
    stub: Callable[..., Stub], pauses: list[float], answer: Answer, code: str, message: str, tries: int
) -> None:
    """What the server refuses for good is one issue with its address; the token is in none."""
    server = stub(answer)
    with pytest.raises(ServerError) as raised:
        ask(server.url)
    [issue] = raised.value.issues
    assert (issue.file, issue.code, issue.message) == (server.url, code, message)
    assert len(server.requests) == tries
    assert TOKEN not in str(raised.value) + issue.json()


def test_timeout_is_named(stub: Callable[..., Stub], pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not answer in time is tried again, and then named."""
    monkeypatch.setattr(transport, "TIMEOUT", 0.1)
    monkeypatch.setattr(transport, "MAX_ATTEMPTS", 2)
    slow = stub((0, {}, b"{}"))
    with pytest.raises(ServerError, match="server-timeout: the server did not answer in time"):
        ask(slow.url)
    assert len(slow.requests) == 2


def test_nobody_listens(pauses: list[float]) -> None:
    """An address where no server is, is named after some tries."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ServerError, match="server-away: the server can't be reached: ConnectError"):
        ask(url)
    assert len(pauses) == transport.MAX_ATTEMPTS - 1


def test_what_is_sent_is_sent_once(stub: Callable[..., Stub], pauses: list[float]) -> None:
    """A request that changes something is never repeated blindly: the first may have arrived."""
    server = stub(BROKEN)
    with closing(Client(server.url, TOKEN)) as client, pytest.raises(ServerError):
        client.send("POST", "api/some", {})
    assert len(server.requests) == 1


@pytest.mark.parametrize("token", ["", "a b", "tök", "line\nbreak"])
def test_no_usable_token(token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing token, or one that no header can carry, is named without being shown."""
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", token)
    with pytest.raises(ServerError, match="server-login") as raised:
        clients.connect(tmp_path)
    assert not token or token not in str(raised.value)


def test_no_server_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an address and a local server, the message says how to get either."""
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    with pytest.raises(ServerError, match="no server runs here, and LABEL_STUDIO_URL names none"):
        clients.connect(tmp_path)


def test_busy_port() -> None:
    """A port that is taken is refused when asked for, and avoided when not."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DataError, match=f"127.0.0.1:{port}:1: port-busy: another program listens"):
            local_server.choose_port(port)
        assert local_server.choose_port(None) != port


def test_credentials_are_private(tmp_path: Path) -> None:
    """The login is made once, differs from folder to folder, and only its owner can read it."""
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
def test_server_killed_in_the_middle_of_a_push(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1,000 articles, a push that lost its server, pushed again, leaves 1,000 tasks, each article once."""
    root = identify(thousand(tmp_path / "many"))
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
            push.push_articles(data, client, kill)
        assert raised.value.code == "server-away"
    with serving(root) as running, closing(Client(running.url, login.token)) as client:
        before = sum(len(page) for page in client.tasks(projects.find_projects(client, DATASET)["labels"].id, ["id"]))
        assert 400 <= before < 1000
        pushed = push.push_articles(data, client, lambda *_: None)
        assert pushed.issues == []
        for name, project in projects.find_projects(client, DATASET).items():
            found = [task["data"]["article"] for page in client.tasks(project.id, ["data"]) for task in page]
            assert sorted(found) == list(data.articles), name


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_stops_cleanly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    """The command prints address and login, keeps the password to its file, and leaves no process behind."""
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    root = tmp_path / "served"
    shutil.copytree(local_server.state_folder(template()), local_server.state_folder(root))
    command = [
        sys.executable,
        "-c",
        "from pactwire.cli.main import main; main()",
        "label",
        "serve",
        "--root",
        str(root),
    ]
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


def test_missing_environment_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A virtual environment that is named but has no label-studio is an issue."""
    monkeypatch.setenv(local_server.VENV_VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match="server-install: PACTWIRE_LABELSTUDIO_VENV names no such command"):
        local_server.installed_command(tmp_path, lambda _: None)
