"""How much a push, a pull and a status ask a server for, and what they tell again. No server needed."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pactwire.cli import main
from pactwire.corpus.dataset_digest import dataset_digest
from pactwire.labelstudio import client as clients
from pactwire.labelstudio import project_status, pull, push, readiness
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.pull_state import PullResult
from pactwire.model.issues import DataError
from pactwire.storage import files
from support.labelstudio import ticked
from support.loaded_modules import HEAVY, modules_after
from support.studio import Studio

ARTICLE = "00000000000000aa"
PROJECTS, TASKS, USERS = "/api/projects/", "/api/tasks/", "/api/users/"
MAPPING = {"owner@pactwire.localhost": "anna"}


@pytest.fixture
def studio() -> Iterator[Studio]:
    """A stand-in for a server."""
    server = Studio()
    yield server
    server.stop()


@pytest.fixture
def client(studio: Studio) -> Iterator[Client]:
    """A client of the stand-in."""
    with closing(Client(studio.url, "0" * 40)) as made:
        yield made


@pytest.fixture
def pushed(golden: Path, client: Client) -> Path:
    """The golden dataset, of two articles, on the server, with what every command has found out there."""
    files.write_file(golden / "annotations" / "GUIDELINES.md", "# Guidelines\n\nVersion 1.0\n")
    send(golden, client)
    return golden


def map_anna(root: Path) -> None:
    """Give the person who submits a pseudonym."""
    files.write_file(root / ".pactwire" / "annotators.json", json.dumps(MAPPING))


def send(root: Path, client: Client) -> push.PushResult:
    """Push a dataset."""
    return push.push_articles(root, client, lambda *_: None)


def fetch(root: Path, client: Client) -> PullResult:
    """Pull into a dataset."""
    return pull.pull_annotations(root, client, lambda *_: None)


def look(root: Path, client: Client) -> dict[str, project_status.ProjectStatus]:
    """Return the status of the projects."""
    return project_status.project_statuses(root, client, lambda *_: None)


def task_of(studio: Studio, project: int, article: str = ARTICLE) -> Any:
    """Return the task of an article."""
    [task] = [each for each in studio.of(project) if each["data"]["article"] == article]
    return task


def submit(studio: Studio, task: Any, **changes: Any) -> Any:
    """Annotate a task with its draft, as user 1 at the present time of the server."""
    studio.touch(task)
    time = studio.now.isoformat()
    number = 1 + sum(len(each["annotations"]) for each in studio.tasks)
    made = {"id": number, "completed_by": 1, "updated_by": 1, "created_at": time, "updated_at": time}
    made |= {"was_cancelled": False, "result": ticked(task["predictions"][0]["result"]), **changes}
    task["annotations"].append(made)
    return made


@pytest.mark.parametrize("size", [1, 50])
def test_nothing_new_takes_one_look_at_each_project(
    pushed: Path, studio: Studio, client: Client, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """The requests do not depend on the number of tasks: the projects, and the latest change and drafts of each."""
    monkeypatch.setattr(clients, "PAGE_SIZE", size)
    wanted: dict[Callable[[Path, Client], object], list[str]] = {
        send: [PROJECTS, TASKS, TASKS],
        fetch: [PROJECTS, USERS, TASKS, TASKS, TASKS, TASKS],
        look: [PROJECTS, USERS, TASKS, TASKS, TASKS, TASKS],
    }
    for command in wanted:
        command(pushed, client)
    for command, requests in wanted.items():
        studio.asked.clear()
        studio.changes.clear()
        command(pushed, client)
        assert sorted(studio.asked) == sorted(requests)
        assert studio.changes == []


@pytest.mark.parametrize("word", ["push", "pull", "status"])
def test_nothing_new_loads_nothing_that_computes(pushed: Path, studio: Studio, client: Client, word: str) -> None:
    """Most of the time of such a command would go into loading libraries, and into indexing the dataset."""
    for command in (send, fetch):
        command(pushed, client)
    environment = {"LABEL_STUDIO_URL": studio.url, "LABEL_STUDIO_API_KEY": "0" * 40}
    loaded = modules_after(["label", word, "--root", str(pushed)], environment)
    assert loaded.isdisjoint({*HEAVY, "pactwire.corpus.corpus", "pactwire.storage.record_index"})
    assert "httpx" in loaded


def test_one_change_is_one_more_page(pushed: Path, studio: Studio, client: Client) -> None:
    """Of a project in which something changed, the changed tasks are read, and no others."""
    for command in (send, fetch, look):
        command(pushed, client)
    map_anna(pushed)
    submit(studio, task_of(studio, 1))
    studio.asked.clear()
    assert fetch(pushed, client).written == [f"annotations/anna/{ARTICLE}.json"]
    # the changed task, and that of the same article in the other project
    assert studio.asked.count(TASKS) == 4 + 1 + 1
    studio.asked.clear()
    assert look(pushed, client)["labels"].people == {"anna": (1, 0)}
    assert studio.asked.count(TASKS) == 4 + 1


def test_tells_once_what_is_not_imported(
    pushed: Path, studio: Studio, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Skips and refused work are told in full once, then counted, with the same exit code, until they are settled."""
    monkeypatch.setenv("LABEL_STUDIO_URL", studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0" * 40)
    submit(studio, task_of(studio, 1))
    submit(studio, task_of(studio, 2), was_cancelled=True)
    first = CliRunner().invoke(main.app, ["label", "pull", "--root", str(pushed)])
    assert (first.exit_code, first.stdout.count("skipped by"), first.stdout.count("annotator-unmapped")) == (1, 1, 1)
    second = CliRunner().invoke(main.app, ["label", "pull", "--root", str(pushed)])
    assert second.exit_code == 1
    assert second.stdout == (
        "0 documents written, 0 unchanged\n"
        "as before: 1 issue and 1 note of earlier pulls; `pactwire label status` lists them\n"
    )
    status = CliRunner().invoke(main.app, ["label", "status", "--root", str(pushed)])
    assert status.stdout.count("annotator-unmapped") == status.stdout.count("skipped by") == 1
    map_anna(pushed)
    settled = fetch(pushed, client)
    assert (settled.written, settled.issues, settled.told_issues) == ([f"annotations/anna/{ARTICLE}.json"], [], 0)
    assert settled.notes[0].endswith("skipped by anna")
    again = fetch(pushed, client)
    assert (again.notes, again.issues, again.told_notes, again.told_issues) == ([], [], 1, 0)


def test_notices_deleted_task(pushed: Path, studio: Studio, client: Client) -> None:
    """A task that is gone changes no other one; the number of tasks shows it, also if another one was added."""
    map_anna(pushed)
    submit(studio, task_of(studio, 1))
    fetch(pushed, client)
    look(pushed, client)
    gone = task_of(studio, 1)
    studio.tasks.remove(gone)
    studio.add(1, {"data": {"article": "another"}, "meta": {}})
    assert fetch(pushed, client).notes == [f"annotations/anna/{ARTICLE}.json: no longer on the server; the file stays"]
    assert look(pushed, client)["labels"].people == {}
    studio.tasks.pop()
    assert send(pushed, client).tasks == {"labels": 1, "zones": 0}


def test_sees_what_becomes_visible_late(pushed: Path, studio: Studio, client: Client) -> None:
    """Work that was saved before the latest change that a command saw, and was committed after it, is not missed."""
    map_anna(pushed)
    studio.now = datetime.now(UTC) - timedelta(seconds=20)
    first, last = studio.of(1)
    studio.touch(last)
    for command in (send, fetch, look):
        command(pushed, client)
    submit(studio, first)
    studio.times[first["id"]] = studio.times[last["id"]] - timedelta(seconds=20)
    assert len(fetch(pushed, client).written) == 1
    assert look(pushed, client)["labels"].people == {"anna": (1, 0)}


@pytest.mark.parametrize("text", [None, "", "[]", "of another version"])
def test_lost_index_costs_time_only(pushed: Path, studio: Studio, client: Client, text: str | None) -> None:
    """A file that is missing, damaged or of another version means that everything is read again."""
    submit(studio, task_of(studio, 1))
    before = look(pushed, client)
    for path in (pushed / ".pactwire/labelstudio").glob("index-*.json"):
        old = path.read_text().replace(f'"version":"{metadata.version("pactwire")}"', '"version":"0"')
        path.unlink() if text is None else path.write_text(old if text == "of another version" else text)
    studio.asked.clear()
    assert look(pushed, client) == before
    assert studio.asked.count(TASKS) == 4 + 2
    assert send(pushed, client).tasks == {"labels": 0, "zones": 0}


def test_server_that_was_set_back_is_read_again(pushed: Path, studio: Studio, client: Client) -> None:
    """What was seen there and is gone counts no more, although it has as many tasks and annotations."""
    map_anna(pushed)
    task = task_of(studio, 1)
    submit(studio, task)
    look(pushed, client)
    studio.now -= timedelta(days=1)
    for each in studio.tasks:
        studio.times[each["id"]] = studio.now
    task["annotations"][0] |= {"completed_by": 7, "updated_by": 7}
    assert look(pushed, client)["labels"].people == {"user 7": (1, 0)}


@pytest.fixture
def idle(pushed: Path, studio: Studio, client: Client, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The golden dataset after a push that found nothing to do."""
    send(pushed, client)
    with monkeypatch.context() as patch:
        patch.setattr(readiness, "require_ready", None)  # is not asked: what was valid is so still
        assert send(pushed, client).there == {"labels": 2, "zones": 2}
    return pushed


def test_idle_push_says_what_the_one_before_said(idle: Path, studio: Studio, client: Client) -> None:
    """It is not to be seen that a push remembers: another folder's push, which can't, has the same result."""
    remembered = send(idle, client)
    (idle / ".pactwire/labelstudio/push.json").unlink()
    assert remembered == send(idle, client)
    assert remembered.pages.keys() == {"labels", "zones"}


def test_push_sees_every_change_of_the_dataset(idle: Path, client: Client) -> None:
    """A changed draft is sent, and a dataset that is no longer valid is refused."""
    path = idle / f"annotations/final/{ARTICLE}.json"
    files.write_file(path, path.read_text("utf-8").replace('"favor"', '"against"', 1))
    assert send(idle, client).drafts == {"labels": 1, "zones": 1}
    assert send(idle, client).drafts == {"labels": 0, "zones": 0}
    assert send(idle, client).drafts == {"labels": 0, "zones": 0}
    (idle / "dataset/raw/broken.txt").write_bytes(b"\xff")
    with pytest.raises(DataError, match="not-utf8"):
        send(idle, client)


def test_push_sees_every_change_of_the_server(idle: Path, studio: Studio, client: Client) -> None:
    """A config that somebody edited is an issue, and a task that somebody deleted is sent again."""
    studio.tasks.remove(task_of(studio, 1))
    assert send(idle, client).tasks == {"labels": 1, "zones": 0}
    send(idle, client)
    studio.projects[0]["label_config"] += "<!-- mine -->"
    for _ in range(2):
        assert [issue.code for issue in send(idle, client).issues] == ["config-edited"]


def test_copied_folder_remembers_nothing(idle: Path, tmp_path: Path, client: Client) -> None:
    """A push from a copy, with all that the original remembers, is refused as ever."""
    other = shutil.copytree(idle, tmp_path / "other")
    with pytest.raises(DataError, match="dataset-copied"):
        send(other, client)


def test_digest_of_a_dataset_is_of_every_name_and_byte(golden: Path, tmp_path: Path) -> None:
    """A file more, or another byte, is another dataset; where a link leads is not looked up, and nothing remembered."""
    digests = {dataset_digest(golden)}
    for name in (
        "new.md",
        "dataset/new.csv",
        "annotations/anna/a.json",
        "schema/migrations/0001-a.json",
        "plots/a.svg",
    ):
        files.write_file(golden / name, "1")
        digests.add(dataset_digest(golden))
        files.write_file(golden / name, "2")
        digests.add(dataset_digest(golden))
    (golden / "annotations/empty").mkdir()
    digests.add(dataset_digest(golden))
    assert len(digests) == 12
    assert None not in digests
    files.write_file(golden / "dataset/data/built.parquet", "built")
    assert dataset_digest(golden) in digests
    (golden / "annotations/linked").symlink_to(tmp_path)
    assert dataset_digest(golden) is None
