"""Pulled files: what a pull writes, what it leaves alone, and what it asks a server for. No server needed."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pactwire.corpus import corpus
from pactwire.labelstudio import encoder, projects, pull, task_builder
from pactwire.labelstudio.client import ProjectChange
from pactwire.labelstudio.projects import Project
from pactwire.labelstudio.pull_state import PulledDocuments, PullResult
from pactwire.model.records import Document
from pactwire.storage import files
from support.labelstudio import ticked
from support.news import SCHEMA

ARTICLE = "00000000000000aa"
PLACE = "http://localhost:8080"
FILE = f"annotations/anna/{ARTICLE}.json"
LABELS = {"labels": Project(3, "labels", "Labels", "", "", "")}


def submitted(root: Path, updated: str) -> Any:
    """Return a document of the article as anna submitted it at a time."""
    path = root / "annotations" / "final" / f"{ARTICLE}.json"
    return {**files.read_json(path, path.name), "updated": updated}


def put(root: Path, document: Document) -> PullResult:
    """Stage a document and put it in place, as a pull does."""
    store, pulled = PulledDocuments(root, SCHEMA, PLACE), PullResult()
    store.stage(ARTICLE, {"anna": document}, pulled)
    store.publish(pulled)
    return pulled


def test_later_pull_replaces_pulled_file(golden: Path) -> None:
    """A pulled file is replaced by a later one, and nothing is written a second time."""
    first, second = submitted(golden, "2026-02-01T00:00:00Z"), submitted(golden, "2026-02-02T00:00:00Z")
    assert put(golden, first).written == [FILE]
    assert put(golden, second).written == [FILE]
    assert (golden / FILE).read_bytes() == encoder.document_bytes(second)
    again = put(golden, second)
    assert (again.written, again.same, again.issues) == ([], 1, [])


@pytest.mark.parametrize("own", ["{}", None])
def test_does_not_overwrite_changed_file(golden: Path, own: str | None) -> None:
    """It is a conflict if the server has something new, too; otherwise the file simply stays."""
    first, second = submitted(golden, "2026-02-01T00:00:00Z"), submitted(golden, "2026-02-02T00:00:00Z")
    put(golden, first)
    data = encoder.document_bytes(submitted(golden, "2026-02-03T00:00:00Z")) if own is None else own.encode()
    (golden / FILE).write_bytes(data)
    left = put(golden, first)
    assert (left.written, left.issues) == ([], [])
    assert left.notes == [f"{FILE}: changed here; the server has nothing new"]
    refused = put(golden, second)
    assert (refused.written, [issue.code for issue in refused.issues]) == ([], ["pull-conflict"])
    assert (golden / FILE).read_bytes() == data
    assert PulledDocuments(golden, SCHEMA, PLACE).again == {ARTICLE}


def test_does_not_overwrite_file_that_no_pull_wrote(golden: Path) -> None:
    """The file was created here, and what comes from the server is a conflict."""
    files.write_file(golden / FILE, "{}")
    pulled = put(golden, submitted(golden, "2026-02-01T00:00:00Z"))
    assert (pulled.written, [issue.code for issue in pulled.issues]) == ([], ["pull-conflict"])
    assert (golden / FILE).read_text() == "{}"


def test_does_not_lose_missing_layers(golden: Path) -> None:
    """A document that lacks a layer of the file here, as from one of two projects, does not replace it."""
    whole: Any = submitted(golden, "2026-02-01T00:00:00Z")
    put(golden, whole)
    part: Any = {key: value for key, value in whole.items() if key != "stances"}
    [issue] = put(golden, part).issues
    assert issue.message == "the document here has stances too, which did not come with it"
    assert (golden / FILE).read_bytes() == encoder.document_bytes(whole)


def test_pulls_removed_file_again(golden: Path) -> None:
    """The article is looked at although nothing changed on the server."""
    put(golden, submitted(golden, "2026-02-01T00:00:00Z"))
    assert PulledDocuments(golden, SCHEMA, PLACE).missing() == set()
    (golden / FILE).unlink()
    assert PulledDocuments(golden, SCHEMA, PLACE).missing() == {ARTICLE}


class Server:
    """Stands for the client of a server: notes what it is asked for, and has the tasks in ``held``."""

    url = PLACE

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.held: list[Any] = []
        self.change = ProjectChange("2026-03-01T12:00:00.000000Z", "2026-03-01T11:59:00.000000Z", 0, 0, 0)

    def user_emails(self) -> dict[int, str]:
        """Return nobody."""
        return {}

    def latest_change(self, project: int) -> ProjectChange:
        """Return when a task changed last, and until when all changes are visible."""
        return self.change._replace(tasks=len(self.held))

    def pages(self, project: int, include: Any, filters: Any = (), report: Any = None) -> Any:
        """Note the filters; return all tasks there are."""
        self.asked.append(list(filters))
        return iter([[msgspec.Raw(json.dumps(task).encode()) for task in self.held]] if self.held else ())

    def tasks_with_unsent_edits(self, project: int) -> list[int]:
        """Return no task."""
        return []


def test_looks_back_a_minute(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first pull asks for everything; later ones ask again for what was saved just before the last."""
    monkeypatch.setattr(projects, "find_projects", lambda client, dataset: LABELS)
    server: Any = Server()
    pull.pull_annotations(golden, server, lambda *_: None)
    pull.pull_annotations(golden, server, lambda *_: None)
    first, second = server.asked
    assert first == []
    assert [(each["operator"], each["value"]) for each in second] == [("greater", "2026-03-01T11:59:00.000000Z")]


def test_asks_for_nothing_once_all_is_settled(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If no change could still become visible, and nothing changed since, no task is read."""
    monkeypatch.setattr(projects, "find_projects", lambda client, dataset: LABELS)
    server: Any = Server()
    server.change = server.change._replace(settled=server.change.time)
    pull.pull_annotations(golden, server, lambda *_: None)
    pull.pull_annotations(golden, server, lambda *_: None)
    assert server.asked == [[]]


@pytest.mark.parametrize("last", ["", "yesterday", "2026-13-01T00:00:00Z", "2999-01-01T00:00:00.000000Z"])
def test_unusable_time_means_everything(golden: Path, monkeypatch: pytest.MonkeyPatch, last: str) -> None:
    """An edited state, a server without times, or one that was set back costs a longer look and loses nothing."""
    monkeypatch.setattr(projects, "find_projects", lambda client, dataset: LABELS)
    server: Any = Server()
    server.change = server.change._replace(settled=last)
    pull.pull_annotations(golden, server, lambda *_: None)
    pull.pull_annotations(golden, server, lambda *_: None)
    assert server.asked == [[], []]


def test_another_version_reads_everything(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may import work in another way, or understand what an earlier one refused."""
    monkeypatch.setattr(projects, "find_projects", lambda client, dataset: LABELS)
    server: Any = Server()
    server.change = server.change._replace(settled=server.change.time)
    pull.pull_annotations(golden, server, lambda *_: None)
    monkeypatch.setattr("importlib.metadata.version", lambda name: "another")
    pull.pull_annotations(golden, server, lambda *_: None)
    assert server.asked == [[], []]


def test_pulls_article_with_issue_again(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at although its task did not change: the cause may have been fixed here."""
    monkeypatch.setattr(projects, "find_projects", lambda client, dataset: LABELS)
    monkeypatch.setattr(projects, "page_url", lambda client, project, task: f"task {task}")
    server: Any = Server()
    data = corpus.load_corpus(golden)
    task: Any = {"id": 5, **task_builder.build_task(data, data.articles[ARTICLE], "labels", "1.0")}
    time = "2026-01-01T00:00:00.000000Z"
    made: Any = {"id": 1, "completed_by": 1, "created_at": time, "updated_at": time}
    made["result"] = ticked(task["predictions"][0]["result"])
    server.held = [{**task, "annotations": [made]}]
    pulled = pull.pull_annotations(golden, server, lambda *_: None)
    assert ([issue.code for issue in pulled.issues], pulled.written) == (["annotator-unmapped"], [])
    assert PulledDocuments(golden, SCHEMA, f"{PLACE} {data.settings.id}").again == {ARTICLE}
    server.held = [{**task, "annotations": []}]
    assert pull.pull_annotations(golden, server, lambda *_: None).issues == []
    assert PulledDocuments(golden, SCHEMA, f"{PLACE} {data.settings.id}").again == set()
