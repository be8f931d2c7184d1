"""Review in a real Label Studio: what people read there is reviewed, what they change is decided, and nothing else."""

import copy
import json
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pactwire.agreement import adjudication
from pactwire.corpus import corpus
from pactwire.labelstudio import projects, review_pull, review_push
from pactwire.labelstudio.client import ANNOTATION_FIELDS, PREDICTION_FIELDS, Client
from pactwire.labelstudio.projects import REVIEW
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from support.labelstudio import DATASET, ticked
from support.passes import final_documents
from support.reviews import PAIR, reviewed_dataset

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow

PEOPLE = {"owner@pactwire.localhost": "anna", "boris@example.org": "boris"}
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def root(tmp_path: Path, studio: Client) -> Path:
    """A dataset of two articles with final documents that a model decided."""
    reviewed_dataset(tmp_path, PEOPLE)
    return tmp_path


def silent(project: str, done: int, total: int) -> None:
    """Report nothing."""


def send(root: Path, client: Client) -> Any:
    """Push the final documents."""
    return review_push.push_final(corpus.load_corpus(root), client, silent)


def fetch(root: Path, client: Client) -> review_pull.ReviewPullResult:
    """Pull what was reviewed."""
    return review_pull.pull_reviews(corpus.load_corpus(root), client, silent)


def tasks(client: Client, name: str = "labels") -> list[Any]:
    """Return the tasks of a project for reviews, whole, in the order of the articles."""
    project = projects.find_projects(client, DATASET, REVIEW)[name]
    fields = ["data", *ANNOTATION_FIELDS, *PREDICTION_FIELDS]
    found = [each for page in client.tasks(project.id, fields) for each in page]
    return sorted(found, key=lambda each: not each["data"]["text"].startswith("Foo"))


def submit(client: Client, task: Any, *layers: str, **labels: str) -> Any:
    """Submit the shown final document with layers ticked, and regions with another label."""
    prediction = max(task["predictions"], key=lambda each: each["created_at"])
    results = ticked(prediction["result"], *layers)
    for each in results:
        if each.get("from_name") == "label" and each["id"] in labels:
            each["value"]["labels"] = [labels[each["id"]]]
    body = {"result": results, "parent_prediction": prediction["id"], "lead_time": 1.0}
    return client.send("POST", f"api/tasks/{task['id']}/annotations/", body)


def statuses(root: Path) -> list[dict[str, str]]:
    """Return the statuses of both final documents, that of the first article first."""
    found = sorted(final_documents(root), key=lambda each: not any(e["text"] == "Foo" for e in each["entities"]))
    return [each["status"] for each in found]


def next_second(after: str) -> None:
    """Wait until the clock shows a second that is not in a text: reviews tell whole ones."""
    while datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") in after:
        time.sleep(0.1)


def test_people_review_final_documents(root: Path, studio: Client, second: Client, run: Run) -> None:
    """One reviews all of an article and one a part of another: these layers are reviewed, as they left them."""
    done = run("label", "push", "--review", "--root", root)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "labels: 2 tasks created" in done.stdout and "Review zones at http" in done.stdout
    one, other = tasks(studio)
    submit(studio, one, e4="LOC")
    submit(studio, tasks(studio, "zones")[0])
    submit(second, other, "stances")  # which refers to entities that boris did not tick
    done = run("label", "pull", "--review", "--root", root)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "annotations/decisions/1.jsonl: 5 reviews of a layer and 1 answer changed" in done.stdout
    assert "Next: `pactwire adjudicate a b`" in done.stdout
    decided = (root / "annotations/decisions/1.jsonl").read_bytes()
    adjudication.adjudicate(root, PAIR)
    assert statuses(root) == [
        dict.fromkeys(("zones", "entities", "claims", "stances"), "reviewed"),
        {**dict.fromkeys(("zones", "entities", "claims"), "adjudicated"), "stances": "reviewed"},
    ]
    by = {(each["text"], tuple(each["by"])) for final in final_documents(root) for each in final["entities"]}
    annotators = [each for final in final_documents(root) for each in final["annotators"]]
    assert {each["id"] for each in annotators if each["kind"] == "human"} == {"anna", "boris"}
    assert ("Paris", ("anna",)) in by and ("Bar", ("a", "b", "anna")) in by
    assert ("Foo", ("a", "judge", "anna")) in by and ("Qux", ("a", "judge")) in by
    assert (fetch(root, studio).changed, fetch(root, studio).reviews) == (0, 0)
    assert (root / "annotations/decisions/1.jsonl").read_bytes() == decided
    assert not any(adjudication.adjudicate(root, PAIR).documents.values())
    again = send(root, studio)
    assert (again.tasks, again.renewed) == ({"labels": 0, "zones": 0}, {"labels": 0, "zones": 0})
    state = json.loads(run("label", "status", "--root", root, "--format", "json").stdout)["review labels"]
    assert state["people"] == {"anna": [1, 0], "boris": [1, 0]}
    done = run("label", "status", "--root", root)
    assert "reviewed: entities of 1 article, claims of 1 article, stances of 2 articles" in done.stdout


def test_changes_without_a_tick_and_outdated_readings_are_issues(root: Path, studio: Client, second: Client) -> None:
    """What was changed must be ticked, and what was read must still be there; then nothing of the person is taken."""
    send(root, studio)
    one, _ = tasks(studio)
    made = submit(studio, one, "claims", e4="LOC")
    before = (root / "annotations/decisions/1.jsonl").read_bytes()
    [issue] = fetch(root, studio).issues
    assert (issue.code, issue.message) == ("ls-finished", "anna: entities were changed, but are not ticked as finished")
    assert (root / "annotations/decisions/1.jsonl").read_bytes() == before
    submit(second, one, "entities", e4="ORG")
    studio.change(f"api/annotations/{made['id']}/", {"result": ticked(made["result"], "entities", "claims")})
    pulled = fetch(root, studio)  # boris saved first; anna read what he has changed since
    assert [(issue.code, issue.message) for issue in pulled.issues] == [
        ("review-stale", "entities changed since anna read them")
    ]
    assert (pulled.changed, pulled.reviews) == (1, 1)
    adjudication.adjudicate(root, PAIR)
    assert statuses(root)[0]["entities"] == "reviewed"
    assert statuses(root)[0]["claims"] == "adjudicated"
    assert send(root, studio).renewed["labels"] == 1
    studio.change(f"api/annotations/{made['id']}/", {"result": ticked(made["result"], "entities", "claims")})
    assert fetch(root, studio).issues == []  # she saw it, and decides otherwise
    [issue] = adjudication.adjudicate(root, PAIR).issues
    assert (issue.code, "after boris reviewed entities" in issue.message) == ("review-stale", True)


def test_a_tick_that_is_taken_back_is_no_review(root: Path, studio: Client) -> None:
    """A later save replaces the reviews of an earlier one."""
    send(root, studio)
    made = submit(studio, tasks(studio)[0], "entities", "claims")
    assert fetch(root, studio).reviews == 2
    next_second((root / "annotations/decisions/1.jsonl").read_text())
    studio.change(f"api/annotations/{made['id']}/", {"result": ticked(copy.deepcopy(made["result"]), "claims")})
    assert fetch(root, studio).reviews == 2  # one is gone, and one is newer
    lines = [json.loads(line) for line in (root / "annotations/decisions/1.jsonl").read_text().splitlines()]
    assert [line["layer"] for line in lines if "review" in line] == ["claims"]


def test_pushes_only_what_adjudication_made(root: Path, studio: Client) -> None:
    """A final document that was changed by hand is not shown to anybody, nor is one of no decisions."""
    final = final_documents(root)[0]
    final["entities"][0]["type"] = "LOC"
    path = root / f"annotations/final/{final['article']}.json"
    path.write_text(strict_json.pretty(final), "utf-8")
    with pytest.raises(DataError, match="is not what adjudication makes of the documents of a, b"):
        send(root, studio)
    (root / "annotations/decisions/1.jsonl").unlink()
    with pytest.raises(DataError, match="review-final: nothing was adjudicated in this round"):
        send(root, studio)
    assert projects.find_projects(studio, DATASET, REVIEW) == {}
