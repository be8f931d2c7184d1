"""Live suggestions on a real Label Studio: connected projects, and a person who marks a name with the mouse."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser
from typer.testing import CliRunner

from pactwire.cli import main
from pactwire.labelstudio import local_server, projects
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.suggestion_connection import TITLE, connect_projects
from pactwire.labelstudio.suggestion_server import SECRET_VARIABLE, serving
from pactwire.storage import files
from support import labelstudio_page
from support.labelstudio import DATASET, copy_template, free_port, identify
from support.labelstudio_page import Desk, odd_dataset

pytestmark = pytest.mark.slow

OWNER = "owner@pactwire.localhost"
RUSSIAN = "Путин 𝔸 уехал, Путину сказали.\r\nСлова Путина, Распутин с Путиным.\r\n"
"""A name in several forms, and a word that contains it."""


class Session:
    """A dataset of one odd article, its server, and what a person does there."""

    def __init__(self, root: Path, browser: Browser) -> None:
        self.root = root
        self.browser = browser
        self.suggestions = ""

    def command(self, *arguments: str) -> str:
        """Run a command that succeeds and return its output."""
        result = CliRunner().invoke(main.app, [*arguments, "--root", str(self.root)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    def run(self, running: local_server.RunningServer) -> NoReturn:
        """Do everything in place of waiting, and press Ctrl-C."""
        token = local_server.owner_credentials(self.root).token
        self.suggestions = str(local_server.running_suggestions(self.root, running.url))
        with closing(Client(running.url, token)) as client:
            assert "Names are suggested in pactwire labels" in self.command("label", "push")
            assert "Names are suggested" not in self.command("label", "push")
            found = projects.find_projects(client, DATASET)
            assert [about[1:] for about in backends(client, found["labels"])] == [(TITLE, self.suggestions, "")]
            self.label(running.url, found["labels"].id)
            self.command("label", "pull")
            self.run_alone(client, found["labels"])
            self.connect(client, found)
        raise KeyboardInterrupt

    def label(self, url: str, project: int) -> None:
        """Mark a name, undo, mark it again, delete one of its other occurrences, edit another, and submit."""
        login = local_server.owner_credentials(self.root)
        context = self.browser.new_context(viewport={"width": 1600, "height": 1000})
        desk = Desk(context.new_page(), url)
        desk.log_in(login.email, login.password)
        desk.label_all(project)
        desk.page.get_by_text("Auto-Annotation").click()
        other = desk.page.locator(".htx-highlight", has_text="Путиным")
        for is_undone in (True, False):
            desk.choose("PER")
            desk.mark("Путин")
            other.wait_for()
            if is_undone:
                desk.press("Control+z")
                other.wait_for(state="detached")
                assert desk.page.locator(".htx-highlight", has_text="Путин").count() == 0
        desk.select("Путина")
        desk.delete()
        desk.select("Путину")
        desk.tick("adjective")
        desk.deselect()
        desk.finish("entities", "claims", "stances")
        desk.submit()
        context.close()

    def run_alone(self, client: Client, labels: projects.Project) -> None:
        """Run the suggestions by the command of their own, with a password, until Ctrl-C."""
        program = [sys.executable, "-m", "pactwire"]
        command = [*program, "label", "suggestions", "--root", str(self.root)]
        environment = {**os.environ, SECRET_VARIABLE: "s3cret"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout
            told = [process.stdout.readline() for _ in range(2)]
            [(_, title, address, user)] = backends(client, labels)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        assert told[0].startswith("Names are suggested in pactwire labels") and told[1] == "Press Ctrl-C to stop.\n"
        assert (title, user) == (TITLE, "pactwire") and address != self.suggestions

    def connect(self, client: Client, found: dict[str, projects.Project]) -> None:
        """Connect again: nothing changes; with another address or password; and beside what others connected."""
        labels = found["labels"]
        assert connect_projects(self.root, client, self.suggestions) == (["pactwire labels"], [])
        [(number, *about)] = backends(client, labels)
        assert connect_projects(self.root, client, self.suggestions) == (["pactwire labels"], [])
        assert backends(client, labels) == [(number, *about)] == [(number, TITLE, self.suggestions, "")]
        assert backends(client, found["zones"]) == []
        assert client.get("api/webhooks/", project=labels.id) == []
        port = free_port()
        for secret in ("first secret", "second secret"):
            with serving(self.root, port=port, secret=secret) as second:
                [issue] = connect_projects(self.root, client, second.url, "wrong").issues
                assert issue.code == "suggest-connect" and "wrong" not in issue.text()
                assert connect_projects(self.root, client, second.url, secret).issues == []
                assert backends(client, labels) == [(number, TITLE, second.url, "pactwire")]
        [issue] = connect_projects(self.root, client, "http://127.0.0.1:9").issues
        assert issue.code == "suggest-connect"
        assert connect_projects(self.root, client, self.suggestions).issues == []
        assert backends(client, labels) == [(number, *about)]
        client.send("PATCH", f"api/ml/{number}", {"title": "other", "url": self.suggestions, "project": labels.id})
        [issue] = connect_projects(self.root, client, self.suggestions + "/").issues
        assert (issue.code, "has the backend 'other'" in issue.message) == ("suggest-backend", True)
        assert backends(client, labels) == [(number, "other", self.suggestions, "")]


def backends(client: Client, project: projects.Project) -> list[Any]:
    """Return number, title, address and user of the backends of a project."""
    found: list[Any] = client.get("api/ml/", project=project.id)
    return [(each["id"], each["title"], each["url"], each["basic_auth_user"] or "") for each in found]


def test_serves_suggestions(tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """`label serve` runs and connects them; a mark brings its other occurrences, which are by the rule and the person.

    One server does for everything, since it takes seconds to start.
    """
    monkeypatch.setattr(labelstudio_page, "TEXT", labelstudio_page.TEXT + RUSSIAN)
    article = odd_dataset(identify(tmp_path), {OWNER: "anna"})
    copy_template(tmp_path)
    session = Session(tmp_path, browser)
    monkeypatch.setattr(local_server.RunningServer, "wait", lambda running: session.run(running))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    session.command("label", "serve", "--port", str(free_port()))
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{session.suggestions}/health", timeout=5)
    document = files.read_json(tmp_path / "annotations" / "anna" / f"{article}.json", "anna")
    by = {label["text"]: label["by"] for label in document["entities"]}
    assert {words: names for words, names in by.items() if "утин" in words} == {
        "Путин": ["anna"], "Путину": ["anna", "same-words"], "Путиным": ["same-words", "anna"],
    }  # fmt: skip
    assert by["Rutte"] == ["rules", "anna"]
    assert [each["id"] for each in document["annotators"]] == ["rules", "same-words", "anna"]
