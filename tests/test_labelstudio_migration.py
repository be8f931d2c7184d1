"""Migrations on a real server: labels change under work that stays its owners', and change back without a trace."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from conftest import Run
from pactwire.corpus import corpus, migration_files
from pactwire.labelstudio import (
    adjudication_pull,
    adjudication_push,
    local_server,
    project_status,
    projects,
    pull,
    push,
    queue_project,
    queue_pull,
    queue_push,
)
from pactwire.labelstudio import client as clients
from pactwire.labelstudio.client import ANNOTATION_FIELDS, PREDICTION_FIELDS, Client
from pactwire.labelstudio.project_migration import ProjectMigrationResult, ProjectsMigration
from pactwire.labelstudio.project_ownership import ProjectOwner
from pactwire.labelstudio.transport import Transport
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.release import migrate
from pactwire.storage import files
from support.labelstudio import DATASET, identify, ticked
from support.labelstudio_page import Desk, odd_dataset

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow

OWNER, BORIS = "owner@pactwire.localhost", "boris@example.org"
AWAY = [
    {"action": "rename", "layer": "entities", "attribute": "type", "label": "PER", "to": "PERSON"},
    {"action": "rename", "layer": "entities", "attribute": "form", "label": "name", "to": "proper"},
    {"action": "rename", "layer": "entities", "attribute": "link", "to": "identity"},
    {"action": "rename", "layer": "entities", "to": "mentions"},
    {"action": "rename", "layer": "claims", "attribute": "cue", "to": "verb"},
    {"action": "rename", "layer": "stances", "attribute": "target", "to": "object"},
    {"action": "rename", "party": "AUTHOR", "to": "WRITER"},
]
BACK = [
    {"action": "rename", "party": "WRITER", "to": "AUTHOR"},
    {"action": "rename", "layer": "stances", "attribute": "object", "to": "target"},
    {"action": "rename", "layer": "claims", "attribute": "verb", "to": "cue"},
    {"action": "rename", "layer": "mentions", "to": "entities"},
    {"action": "rename", "layer": "entities", "attribute": "identity", "to": "link"},
    {"action": "rename", "layer": "entities", "attribute": "form", "label": "proper", "to": "name"},
    {"action": "rename", "layer": "entities", "attribute": "type", "label": "PERSON", "to": "PER"},
]


def silent(project: str, done: int, total: int) -> None:
    """Report nothing."""


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Return a dataset of one article, with a draft of every layer."""
    root = identify(tmp_path / "odd")
    odd_dataset(root, {OWNER: "anna", BORIS: "boris"})
    return root


def send(root: Path, client: Client) -> push.PushResult:
    """Push a dataset."""
    return push.push_articles(root, client, silent)


def fetch(root: Path, client: Client) -> pull.PullResult:
    """Pull into a dataset."""
    return pull.pull_annotations(root, client, silent)


def apply(root: Path, number: int, *steps: Any) -> None:
    """Migrate a dataset, but no server."""
    text = strict_json.pretty({"description": "a test", "steps": list(steps)})
    files.write_file(root / f"schema/migrations/{number:04}-test.json", text)
    migrate.migrate(root)


def follow(root: Path, client: Client, update_config: bool = False) -> ProjectMigrationResult:
    """Migrate the projects of a dataset."""
    data = corpus.load_corpus(root)
    work = ProjectsMigration(data, client, migration_files.applied_migrations(root), update_config)
    return work.run(ProjectOwner(data, client, adopt=False), silent)


def tasks(client: Client, project: str) -> list[Any]:
    """Return all tasks of a project."""
    found = projects.find_projects(client, DATASET)[project]
    include = ("data", "meta", *ANNOTATION_FIELDS, *PREDICTION_FIELDS)
    return [task for page in client.tasks(found.id, include) for task in page]


def annotate(client: Client, task: Any, **changes: Any) -> Any:
    """Submit a task's draft, with all layers ticked, as an annotation of the client's user."""
    prediction = task["predictions"][0]
    body = {"result": prediction["result"], "parent_prediction": prediction["id"], "lead_time": 1.0, **changes}
    return client.send("POST", f"api/tasks/{task['id']}/annotations/", {**body, "result": ticked(body["result"])})


def with_edits(results: list[Any]) -> list[Any]:
    """Return results in which a person changed the class of a region, which had another one in the draft."""
    changed = json.loads(json.dumps(results))
    region = next(each for each in changed if each.get("value", {}).get("labels") == ["GPE"])
    region["value"]["labels"] = ["ORG"]
    edited: list[Any] = changed
    return edited


def database(home: Path) -> list[tuple[Any, ...]]:
    """Return what the server holds of annotations, predictions and unsent edits, without the marks of Pactwire."""
    kept = ("id", "completed_by_id", "user_id", "annotation_id", "parent_prediction_id", "lead_time", "created_at")
    rows: list[tuple[Any, ...]] = []
    with closing(sqlite3.connect(next(home.rglob("label_studio.sqlite3")))) as connection:
        connection.row_factory = sqlite3.Row
        for table in ("task_completion", "prediction", "tasks_annotationdraft"):
            for row in connection.execute(f"select * from {table} order by id"):
                known = {key: row[key] for key in kept if key in row.keys()}  # noqa: SIM118
                rows.append((table, known, [*map(unmarked, json.loads(row["result"]))]))
    return rows


def unmarked(result: Any) -> Any:
    """Return a result without the revision of a document, whose header says ``labels``, and the marks of migrations."""
    known = (result.get("meta") or {}).get("pactwire")
    if not known:
        return result
    marks = ("revision", "draft", "labels", "migrated")
    return {**result, "meta": {"pactwire": {key: value for key, value in known.items() if key not in marks}}}


def documents(root: Path) -> dict[str, bytes]:
    """Return the documents of a dataset by path."""
    return {str(path): path.read_bytes() for path in sorted(root.glob("annotations/*/*.json"))}


class Killed(BaseException):
    """The end of a process."""


def kill_after(changes: int, monkeypatch: pytest.MonkeyPatch, work: Callable[[], Any]) -> int:
    """Do work that is killed after a number of changes of records, again and again, until it is done.

    Returns how often it was killed.
    """
    sending, left = Transport.request, 0

    def request(transport: Transport, method: str, *rest: Any, **more: Any) -> bytes:
        nonlocal left
        left -= method == "PATCH"
        if left < 0:
            raise Killed
        return sending(transport, method, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Transport, "request", request)
        for kills in range(100):
            left = changes
            with suppress(Killed):
                work()
                return kills
    raise AssertionError("it is never done")


@pytest.mark.parametrize("changes", [4, pytest.param(1, marks=pytest.mark.soak)])
def test_work_stays_its_owners_and_comes_back_unchanged(
    changes: int, odd: Path, studio: Client, second: Client, server_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a migration everybody's work is theirs, and a pull writes nothing; after the way back, all is as it was.

    The way back is killed again and again; where that is after each change, between any two of them.
    """
    send(odd, studio)
    [labels], [zones] = tasks(studio, "labels"), tasks(studio, "zones")
    annotate(studio, labels)
    mine = annotate(second, labels, result=with_edits(labels["predictions"][0]["result"]))
    annotate(second, zones)
    unsent = with_edits(mine["result"])
    second.send("POST", f"api/tasks/{labels['id']}/annotations/{mine['id']}/drafts", {"result": unsent, "lead_time": 2})
    second.send("POST", f"api/tasks/{labels['id']}/drafts", {"result": unsent, "lead_time": 3})
    assert fetch(odd, studio).issues == []
    before, pulled = database(server_home), documents(odd)
    apply(odd, 1, *AWAY)
    with pytest.raises(DataError, match="project-behind"):
        fetch(odd, studio)
    with pytest.raises(DataError, match="project-behind"):
        send(odd, studio)
    done = follow(odd, studio)
    assert done.issues == []
    assert [each.counts["annotations"] for each in done.projects] == [2, 1]
    assert [each.counts["drafts"] for each in done.projects] == [2, 0]
    between = documents(odd)
    assert between != pulled
    result = fetch(odd, studio)
    assert (result.issues, result.written, result.same) == ([], [], 2)
    assert documents(odd) == between
    assert all(not each.shared for each in project_status.project_statuses(odd, studio, lambda *_: None).values())
    assert send(odd, studio).drafts == {"labels": 0, "zones": 0}
    apply(odd, 2, *BACK)
    assert kill_after(changes, monkeypatch, lambda: follow(odd, studio)) >= 10 // changes
    assert database(server_home) == before
    assert fetch(odd, studio).written == []
    assert follow(odd, studio).projects[0].tasks == 0


def test_edits_after_a_migration_are_told_apart(
    odd: Path, studio: Client, second: Client, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """Whoever changes somebody's migrated work is named; an owner's edit, and one of an old page, count as theirs."""
    monkeypatch.setattr(clients, "OVERLAP", timedelta(seconds=-1))
    send(odd, studio)
    [task] = tasks(studio, "labels")
    anna, boris = annotate(studio, task), annotate(second, task)
    fetch(odd, studio)
    [mine] = (odd / "annotations/anna").glob("*.json")
    mine.write_text(mine.read_text("utf-8").replace("sent arms", "sent weapons"), "utf-8")
    text = strict_json.pretty({"description": "a test", "steps": AWAY[:1]})
    files.write_file(odd / "schema/migrations/0001-test.json", text)
    assert "projects in Label Studio are behind then" in run("migrate", "--root", odd).stdout
    planned = run("migrate", "--root", odd, "--url", studio.url)
    assert "pactwire labels: 1 tasks with 2 annotations, 1 predictions, 0 drafts; labels: 6 changed" in planned.stdout
    done = run("migrate", "--root", odd, "--url", studio.url, "--execute", "--format", "json")
    assert [each["counts"]["annotations"] for each in json.loads(done.stdout)[-1]["projects"]] == [2, 0]
    changed_here = fetch(odd, studio)
    assert (changed_here.issues, changed_here.written) == ([], [])
    assert [note for note in changed_here.notes if "changed here; the server has nothing new" in note]

    [task] = tasks(studio, "labels")
    migrated = {each["id"]: each["result"] for each in task["annotations"]}
    second.send("PATCH", f"api/annotations/{boris['id']}/", {"result": with_edits(migrated[boris["id"]])})
    assert fetch(odd, studio).written == [f"annotations/boris/{mine.name}"]

    second.send("PATCH", f"api/annotations/{boris['id']}/", {"result": boris["result"]})
    assert [issue.code for issue in fetch(odd, studio).issues] == ["annotation-behind"]
    assert follow(odd, studio).projects[0].counts["annotations"] == 1
    assert fetch(odd, studio).written == [f"annotations/boris/{mine.name}"]

    second.send("PATCH", f"api/annotations/{anna['id']}/", {"result": with_edits(migrated[anna["id"]])})
    [issue] = fetch(odd, studio).issues
    assert (issue.code, "by anna, but boris saved it last" in issue.message) == ("annotation-shared", True)


def test_config_changed_by_hand_stops_the_migration(odd: Path, studio: Client, server_home: Path) -> None:
    """A project whose labels somebody changed is named, and nothing in it changes; the other one is migrated."""
    send(odd, studio)
    [task] = tasks(studio, "labels")
    annotate(studio, task)
    project = projects.find_projects(studio, DATASET)["labels"]
    config = project.config.replace('<Label value="GPE"', '<Label value="CITY"/><Label value="GPE"')
    studio.send("PATCH", f"api/projects/{project.id}/", {"label_config": config})
    before = database(server_home)
    apply(odd, 1, AWAY[0])
    done = follow(odd, studio)
    [issue] = done.issues
    assert (issue.code, "label: CITY is only there" in issue.message) == ("config-edited", True)
    assert [each.title for each in done.projects] == ["pactwire zones"]
    assert [row for row in database(server_home) if row not in before] == []
    assert projects.find_projects(studio, DATASET)["labels"].config == config
    assert follow(odd, studio, update_config=True).issues == []
    assert fetch(odd, studio).issues == []


def test_people_answer_a_queue_on_the_server(odd: Path, studio: Client, second: Client, run: Run) -> None:
    """What no rule decides is a task of its own; what is chosen there becomes the label, here and in the projects."""
    send(odd, studio)
    annotate(studio, tasks(studio, "labels")[0])
    fetch(odd, studio)
    city = {"const": "CITY", "title": "City", "description": "A place where people live."}
    state = {"const": "STATE", "title": "State", "description": "A country."}
    kyiv = {"when": {"properties": {"text": {"const": "Kyiv"}}}, "to": "CITY"}
    split = {
        "action": "split", "layer": "entities", "attribute": "type", "label": "GPE", "into": [city, state],
        "rules": [kyiv], "otherwise": "queue",
    }  # fmt: skip
    apply(odd, 1, split)
    follow(odd, studio)
    assert fetch(odd, studio).written == []
    assert "queue: 1 task created, 0 already there" in run("label", "push", "--queue", "--root", odd).stdout
    again = queue_push.push_queue(corpus.load_corpus(odd), studio, silent)
    assert (again.tasks, again.there, again.renewed) == (0, 1, 0)
    project = queue_project.find_queue(projects.list_projects(studio), DATASET, "0001-test")
    assert project is not None
    assert project.title == "pactwire queue 0001-test"
    statuses = project_status.project_statuses(odd, studio, lambda *_: None)
    assert ([*statuses], statuses["queue"].title, statuses["queue"].tasks) == (
        ["labels", "zones", "queue"],
        project.title,
        1,
    )
    [task] = [task for page in studio.tasks(project.id, ["data", *PREDICTION_FIELDS]) for task in page]
    regions = json.loads(json.dumps(task["predictions"][0]["result"]))
    assert [each["value"]["text"] for each in regions] == ["Russia", "Pyongyang"]
    assert {label for each in regions for label in each["value"]["labels"]} == {"GPE"}
    for region, label in zip(regions, ("STATE", "GPE"), strict=True):
        region["value"]["labels"] = [label]
    made = second.send("POST", f"api/tasks/{task['id']}/annotations/", {"result": regions, "lead_time": 1})
    pulled = run("label", "pull", "--queue", "--root", odd)
    assert "annotations/queue-0001-test.jsonl: 1 answer changed, 1 open" in pulled.stdout
    assert kinds(odd) == {"anna": ["PER", "CITY", "PER", "GPE", "GPE"], "rules": ["PER", "CITY", "PER", "GPE", "GPE"]}
    migrate.migrate(odd)
    follow(odd, studio)
    assert kinds(odd)["anna"] == ["PER", "CITY", "PER", "STATE", "GPE"]
    assert (fetch(odd, studio).written, kinds(odd)["anna"][3]) == ([], "STATE")

    regions[1]["value"]["labels"] = ["PER"]
    second.send("PATCH", f"api/annotations/{made['id']}/", {"result": regions})
    [issue] = queue_pull.pull_queue(corpus.load_corpus(odd), studio, silent).issues
    assert (issue.code, "has PER; allowed are: GPE, CITY, STATE" in issue.message) == ("queue-answer", True)
    regions[1]["value"]["labels"] = ["CITY"]
    second.send("PATCH", f"api/annotations/{made['id']}/", {"result": regions})
    assert queue_pull.pull_queue(corpus.load_corpus(odd), studio, silent).changed == 1
    migrate.migrate(odd)
    with pytest.raises(DataError, match="project-behind"):
        fetch(odd, studio)
    follow(odd, studio)
    assert fetch(odd, studio).written == []
    assert {*map(tuple, kinds(odd).values())} == {("PER", "CITY", "PER", "STATE", "CITY")}
    [document] = (odd / "annotations/anna").glob("*.json")
    assert json.loads(document.read_text("utf-8"))["entities"][4]["by"] == ["rules", "anna", "boris"]
    assert "GPE" not in projects.find_projects(studio, DATASET)["labels"].config


def kinds(root: Path) -> dict[str, list[str]]:
    """Return the classes of the entities of each annotator, in the order of the text."""
    return {
        path.parent.name: [each["type"] for each in json.loads(path.read_text("utf-8"))["entities"]]
        for path in sorted(root.glob("annotations/*/*.json"))
    }


def test_the_page_shows_migrated_work(
    odd: Path, studio: Client, shared_server: local_server.RunningServer, server_home: Path, browser: Browser
) -> None:
    """Every region has its new label on the page, which saves it so; what was selected before is still there."""
    send(odd, studio)
    [task] = tasks(studio, "labels")
    made = annotate(studio, task)
    apply(odd, 1, *AWAY)
    follow(odd, studio)
    login = local_server.owner_credentials(server_home)
    desk = Desk(browser.new_page(viewport={"width": 1600, "height": 1000}), shared_server.url)
    desk.log_in(login.email, login.password)
    desk.open_task(projects.find_projects(studio, DATASET)["labels"].id, task["id"])
    desk.select("Rutte")
    shown = desk.page.evaluate("Htx.annotationStore.selected.regionStore.regions.map(each => each.labels)")
    assert sorted(label for labels in shown for label in labels) == sorted(
        ["PERSON", "GPE", "PERSON", "GPE", "GPE", "CLAIM", "STANCE", "STANCE", "CUE"]
    )
    [migrated] = [each["result"] for each in tasks(studio, "labels")[0]["annotations"]]
    desk.tick("adjective")
    kept = desk.update()["result"]
    for name in ("label", "identity", "verb", "object", "holder", "finished"):
        assert held(kept, name) == held(migrated, name)
    assert held(kept, "form") - held(migrated, "form") == {"e1: adjective"}
    assert len(kept) == len(migrated) == len(made["result"])
    assert fetch(odd, studio).issues == []


def held(results: list[Any], name: str) -> set[str]:
    """Return what the results of a control, or the relations of a name, hold, with the region that has it."""
    found = set()
    for each in results:
        if each.get("from_name") == name:
            value = each["value"]
            found |= {f"{each['id']}: {one}" for key in ("labels", "choices", "taxonomy") for one in value.get(key, ())}
        elif name in each.get("labels", ()):
            found.add(f"{each['from_id']}: {each['to_id']}")
    return found


def test_adjudication_and_models_follow(odd: Path, studio: Client, second: Client) -> None:
    """Decisions made before a migration are read after it; a model's labels stay the model's, under the same digest."""
    send(odd, studio)
    [task] = tasks(studio, "labels")
    [ticks, *bare] = [{**each, "meta": {}} for each in ticked(task["predictions"][0]["result"])]
    labels = projects.find_projects(studio, DATASET)["labels"]
    sent = {"task": task["id"], "model_version": "ner@1.0", "result": bare}
    studio.send("POST", f"api/projects/{labels.id}/import/predictions", [sent])
    [task] = tasks(studio, "labels")
    drafted, model = sorted(task["predictions"], key=lambda each: each["model_version"] == "ner@1.0")
    body = {"result": [ticks, *model["result"]], "parent_prediction": model["id"], "lead_time": 1.0}
    studio.send("POST", f"api/tasks/{task['id']}/annotations/", body)
    annotate(second, {**task, "predictions": [drafted]}, result=with_edits(drafted["result"]))
    assert fetch(odd, studio).issues == []
    [document] = (odd / "annotations/anna").glob("*.json")
    assert json.loads(document.read_text("utf-8"))["derived_from"][0].startswith("ner-1-0-")
    both = ["anna", "boris"]
    adjudication_push.push_disputed(corpus.load_corpus(odd), studio, both, silent)
    [shown] = adjudicated(studio)
    annotate(studio, shown)
    assert (pull_decisions(odd, studio).changed, pull_decisions(odd, studio).issues) == (1, [])
    apply(odd, 1, *AWAY)
    assert [each.title for each in follow(odd, studio).projects][2:] == ["adjudicate labels of anna, boris"]
    assert (fetch(odd, studio).written, pull_decisions(odd, studio).changed) == ([], 0)
    assert pull_decisions(odd, studio).issues == []
    pushed = adjudication_push.push_disputed(corpus.load_corpus(odd), studio, both, silent)
    assert (pushed.renewed, len(adjudicated(studio)[0]["predictions"])) == ({"labels": 1}, 2)
    assert "mentions: " in adjudicated(studio)[0]["data"]["differences"]


def adjudicated(client: Client) -> list[Any]:
    """Return the tasks on which anna and boris disagree."""
    found = projects.find_projects(client, DATASET, ["anna", "boris"])["labels"]
    include = ("data", "meta", *ANNOTATION_FIELDS, *PREDICTION_FIELDS)
    return [task for page in client.tasks(found.id, include) for task in page]


def pull_decisions(root: Path, client: Client) -> adjudication_pull.DecisionPullResult:
    """Pull what was decided between anna and boris."""
    return adjudication_pull.pull_decisions(corpus.load_corpus(root), client, ["anna", "boris"], silent)
