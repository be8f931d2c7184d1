"""Adjudication in a real Label Studio: what is chosen there is what comes out of adjudication here."""

import copy
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pactwire.agreement import adjudication
from pactwire.corpus import corpus
from pactwire.labelstudio import adjudication_pull, adjudication_push, prediction_provenance, projects
from pactwire.labelstudio.client import ANNOTATION_FIELDS, PREDICTION_FIELDS, Client
from pactwire.labelstudio.shown_tasks import ShownPushResult
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.storage import files
from support.labelstudio import DATASET, identify, ticked
from support.passes import ArticleWriter, final_documents, write_dataset, write_document

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow

OWNER = "owner@pactwire.localhost"
PAIR = ("a", "b")
TEXT = "Foo 👩‍👩‍👧 said that it is so.\nBar praised Foo and Baz.\nQux told us that all is well.\nMore news"
Run = Callable[..., subprocess.CompletedProcess[str]]


def silent(project: str, done: int, total: int) -> None:
    """Report nothing."""


def by_a() -> Any:
    """Return the first annotator's document."""
    w = ArticleWriter(TEXT)
    return w.document(
        "a",
        entities=[
            w.entity("Foo", "PER", link="Q1"), w.entity("Bar", "PER", link="Q2"), w.entity("Foo", "PER", 10, link="Q1"),
            w.entity("Qux", "PER"),
        ],
        claims=[
            w.claim("it is so", ("e1",), cue=w.span("said")),
            w.claim("all is well", ("e4",), cue=w.span("told")),
            w.claim("Bar praised Foo and Baz"),
        ],
        stances=[
            w.stance("praised Foo", "e2", "e3", polarity="favor"), w.stance("so", "e1", "c1", polarity="favor"),
            w.stance("well", "AUTHOR", "topic:t"),
        ],
    )  # fmt: skip


def by_b() -> Any:
    """Return the second's: another type, link, zone, cue and attribute, a mention more, and a stance less."""
    w = ArticleWriter(TEXT)
    document: Any = by_a()
    document["annotators"][0]["id"] = "b"
    one, two, _, four = document["entities"]
    one["type"], two["link"] = "ORG", None
    document["entities"].append({"id": "e5", **w.entity("Baz", "GPE"), "by": ["b"]})
    first, second, _ = document["claims"]
    first["commitment"], second["cue"] = "possible", None
    second["claimants"] = ["UNNAMED"]
    document["stances"][0]["polarity"] = "against"
    del document["stances"][2]
    document["zones"][-1]["kind"] = "related"
    assert four["text"] == "Qux"
    for layer in document["status"]:
        for label in document[layer]:
            label["by"] = ["b"]
    return document


@pytest.fixture
def root(tmp_path: Path, studio: Client) -> Path:
    """A dataset of one article with two documents that differ in everything, and pseudonyms for two people."""
    write_dataset(identify(tmp_path), ArticleWriter(TEXT))
    with (tmp_path / "annotations" / "links.tsv").open("a") as links:
        links.write("NIL:bar\tBar\tPER\ta test\n")
    write_document(tmp_path, "a", by_a())
    write_document(tmp_path, "b", by_b())
    files.write_file(tmp_path / "annotations" / "GUIDELINES.md", "# Guidelines\n\nVersion 1.0\n")
    people = {OWNER: "judge", "boris@example.org": "boris"}
    files.write_file(tmp_path / ".pactwire" / "annotators.json", json.dumps(people))
    return tmp_path


def send(root: Path, client: Client) -> ShownPushResult:
    """Push what the two disagree on."""
    return adjudication_push.push_disputed(corpus.load_corpus(root), client, PAIR, silent)


def fetch(root: Path, client: Client) -> adjudication_pull.DecisionPullResult:
    """Pull what was decided."""
    return adjudication_pull.pull_decisions(corpus.load_corpus(root), client, PAIR, silent)


def task(client: Client, name: str) -> dict[str, Any]:
    """Return the one task of a project, whole, its predictions by annotator."""
    project = projects.find_projects(client, DATASET, PAIR)[name]
    [found] = [
        each for page in client.tasks(project.id, ["data", *ANNOTATION_FIELDS, *PREDICTION_FIELDS]) for each in page
    ]
    by_name = {each["model_version"]: each for each in found["predictions"]}
    return {**found, "by": by_name}


def submit(client: Client, found: dict[str, Any], result: Any) -> dict[str, Any]:
    """Submit results that a person made of the first annotator's prediction."""
    body = {"result": ticked(result), "parent_prediction": found["by"]["a"]["id"], "lead_time": 1.0}
    made: dict[str, Any] = client.send("POST", f"api/tasks/{found['id']}/annotations/", body)
    return made


def of(results: Any, name: str, control: str = "label") -> Any:
    """Return a region's result of a control."""
    return next(each for each in results if each.get("id") == name and each["from_name"] == control)


def choose(found: dict[str, Any]) -> list[Any]:
    """Return what an adjudicator makes of a's labels: some of b's, some of neither, one that both have taken out."""
    results = copy.deepcopy(found["by"]["a"]["result"])
    theirs = found["by"]["b"]["result"]
    of(results, "e1")["value"]["labels"] = ["ORG"]  # b's type
    of(results, "e2", "link")["value"]["taxonomy"] = [["NIL:bar"]]  # a link of neither
    for each in copy.deepcopy(theirs):  # a mention that b alone has, pasted with an id of its own
        if each.get("id") == "e5":
            results.append({**each, "id": "pasted0001"})
    of(results, "c1", "commitment")["value"]["choices"] = ["denied"]  # an attribute of neither
    results = [each for each in results if each.get("id") != "c3"]  # a claim that both have
    cue = next(each for each in results if each.get("id", "").startswith("cue") and each["value"]["text"] == "told")
    gone = {("c2", cue["id"]), ("e4", "c2")}
    results = [each for each in results if (each.get("from_id"), each.get("to_id")) not in gone and each is not cue]
    results += [each for each in copy.deepcopy(theirs) if each.get("id") == "c2" and each["from_name"] == "claimant"]
    return [each for each in results if each.get("id") != "s3"]  # a stance that a alone has; s1 stays a's


@pytest.fixture
def decided(root: Path, studio: Client) -> Iterator[Path]:
    """The same dataset, pushed; the adjudicator has chosen labels of a and of b, and others, and b's zones."""
    pushed = send(root, studio)
    assert (pushed.tasks, pushed.issues) == ({"labels": 1, "zones": 1}, [])
    labels, zones = task(studio, "labels"), task(studio, "zones")
    assert set(labels["by"]) == set(zones["by"]) == {"a", "b"}
    submit(studio, labels, choose(labels))
    submit(studio, zones, zones["by"]["b"]["result"])
    yield root


def test_final_document_has_what_was_chosen(decided: Path, studio: Client, run: Run) -> None:
    """One side's labels become its letter, others decisions of their own, and the final document has them."""
    done = run("label", "pull", "--adjudicate", *PAIR, "--root", decided)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "1 article decided, 9 answers changed, 0 open" in done.stdout
    header, *lines = map(json.loads, (decided / "annotations/decisions/1.jsonl").read_text().splitlines())
    assert header["adjudicators"] == [{"id": "judge", "kind": "human", "name": None, "version": None}]
    saved = {name: task(studio, name)["annotations"][0]["updated_at"][:19] + "Z" for name in ("labels", "zones")}
    assert {(line["by"], line["decided"]) for line in lines if line["layer"] != "zones"} == {("judge", saved["labels"])}
    choices = [(line["layer"], line["text"], line["choice"]) for line in lines]
    assert [(layer, text.partition("[")[2].partition("]")[0], choice) for layer, text, choice in choices] == [
        ("zones", "More news", "B"),
        ("entities", "Foo", "B"),
        ("entities", "Bar", "other"),
        ("entities", "Baz", "B"),
        ("claims", "it is so", "other"),
        ("claims", "Bar praised Foo and Baz", "none"),
        ("claims", "all is well", "B"),
        ("stances", "praised Foo", "A"),
        ("stances", "well", "none"),
    ]
    done = run("adjudicate", *PAIR, "--root", decided)
    assert (done.returncode, done.stderr) == (0, "")
    [final] = final_documents(decided)
    names = {each["id"]: each["text"] for each in (*final["entities"], *final["claims"])}
    assert [(each["text"], each["type"], each["link"]) for each in final["entities"]] == [
        ("Foo", "ORG", "Q1"), ("Bar", "PER", "NIL:bar"), ("Foo", "PER", "Q1"), ("Baz", "GPE", None),
        ("Qux", "PER", None),
    ]  # fmt: skip
    assert [
        (
            each["text"],
            [names.get(c, c) for c in each["claimants"]],
            each["cue"] and each["cue"]["text"],
            each["commitment"],
        )
        for each in final["claims"]
    ] == [("it is so", ["Foo"], "said", "denied"), ("all is well", ["UNNAMED"], None, "certain")]
    stances = [
        (each["text"], names[each["holder"]], names[each["target"]], each["polarity"]) for each in final["stances"]
    ]
    assert stances == [
        ("so", "Foo", "it is so", "favor"), ("praised Foo", "Bar", "Foo", "favor"),
    ]  # fmt: skip
    assert [zone["kind"] for zone in final["zones"]] == ["body", "body", "body", "related"]
    assert final["updated"] == max(saved.values())


def test_second_push_and_pull_change_nothing(decided: Path, studio: Client) -> None:
    """A second push creates nothing and a second pull changes no byte; a changed decision replaces the answer."""
    again = send(decided, studio)
    assert (again.tasks, again.there, again.renewed) == (
        {"labels": 0, "zones": 0}, {"labels": 1, "zones": 1}, {"labels": 0, "zones": 0},
    )  # fmt: skip
    file = decided / "annotations/decisions/1.jsonl"
    assert fetch(decided, studio).changed == 9
    before = file.read_bytes()
    assert fetch(decided, studio).changed == 0
    assert file.read_bytes() == before
    found = task(studio, "labels")
    annotation = found["annotations"][0]
    results = annotation["result"]
    of(results, "e1")["value"]["labels"] = ["PER"]
    _next_second(before.decode())
    studio.send("PATCH", f"api/annotations/{annotation['id']}/", {"result": results})
    assert fetch(decided, studio).changed == 1
    lines = [json.loads(line) for line in file.read_text().splitlines()[1:]]
    assert next(line for line in lines if line["layer"] == "entities")["choice"] == "A"


def _next_second(decisions: str) -> None:
    """Wait until the clock shows another second than the decisions: they tell whole ones."""
    while datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") in decisions:
        time.sleep(0.1)


def test_reports_answer_that_was_changed_here(decided: Path, studio: Client) -> None:
    """A decision that somebody changed in the file is reported with both answers, and no line changes."""
    fetch(decided, studio)
    file = decided / "annotations/decisions/1.jsonl"
    text = file.read_text()
    assert text.count('"choice":"A"') == 1
    file.write_text(text.replace('"choice":"A"', '"choice":"B"'))
    before = file.read_bytes()
    [issue] = fetch(decided, studio).issues
    assert issue.code == "adjudication-conflict"
    assert issue.message == "judge decided 'B' here, and judge 'A' on the server"
    assert file.read_bytes() == before


def test_ignores_decisions_on_outdated_documents(root: Path, studio: Client) -> None:
    """Decisions on earlier documents are not imported until the task is pushed and saved again."""
    send(root, studio)
    found = task(studio, "labels")
    made = submit(studio, found, choose(found))
    document = by_b()
    document["entities"].append({"id": "e6", **ArticleWriter(TEXT).entity("praised", "EVT"), "by": ["b"]})
    write_document(root, "b", document)
    [issue] = fetch(root, studio).issues
    assert (issue.code, issue.message) == (
        "adjudication-stale", "judge decided before the present documents of b were there",
    )  # fmt: skip
    assert send(root, studio).renewed == {"labels": 1, "zones": 1}
    after = task(studio, "labels")
    assert set(after["by"]) == {"a", "b", "b" + prediction_provenance.EARLIER_SUFFIX}
    assert after["data"]["text"] == found["data"]["text"]
    assert "praised" in after["data"]["differences"]
    assert [issue.code for issue in fetch(root, studio).issues] == ["adjudication-stale"]
    studio.send("PATCH", f"api/annotations/{made['id']}/", {"result": made["result"]})
    pulled = fetch(root, studio)
    assert (pulled.issues, pulled.open) == ([], 1)  # the zones, which nobody has decided
    with pytest.raises(DataError) as raised:
        adjudication.adjudicate(root, PAIR)
    assert [issue.code for issue in raised.value.issues] == ["decisions-incomplete"]


def test_rejects_two_adjudicators_and_crossing_zones(decided: Path, studio: Client, second: Client) -> None:
    """Two adjudicators of one article are reported and neither is imported; so is a zone that spans two decisions."""
    found = task(studio, "labels")
    submit(second, found, found["by"]["b"]["result"])
    pulled = fetch(decided, studio)
    assert [(issue.code, issue.message) for issue in pulled.issues] == [
        ("adjudication-twice", "boris and judge both adjudicated the article")
    ]
    assert (pulled.articles, pulled.open) == ([], 8)
    for each in task(studio, "labels")["annotations"]:
        studio.send("DELETE", f"api/annotations/{each['id']}/", {})
    zones = task(studio, "zones")
    annotation = zones["annotations"][0]
    results = copy.deepcopy(annotation["result"])
    third, last = (of(results, name) for name in ("z3", "z4"))
    for each in results:
        if each.get("id") == "z3":
            each["value"]["end"] = last["value"]["end"]
    third["value"]["text"] = zones["data"]["text"][third["value"]["start"] :]
    results = [each for each in results if each.get("id") != "z4"]
    studio.send("PATCH", f"api/annotations/{annotation['id']}/", {"result": results})
    [issue] = fetch(decided, studio).issues
    assert issue.code == "adjudication-label"
    assert "spans more than one decision" in issue.message


def test_pushes_nothing_where_annotators_agree(root: Path, studio: Client, run: Run) -> None:
    """Where annotators agree on everything, nothing is pushed, and there is no project to pull from."""
    document = json.loads(strict_json.pretty(by_a()).replace('"a"', '"b"'))
    write_document(root, "b", document)
    done = run("label", "push", "--adjudicate", *PAIR, "--root", root)
    assert (done.returncode, done.stdout) == (0, "the annotators agree on everything\n")
    assert projects.find_projects(studio, DATASET, PAIR) == {}
    done = run("label", "pull", "--adjudicate", *PAIR, "--root", root)
    assert done.returncode == 1
    assert "project-missing: the server has no project for what a, b disagree on" in done.stdout


@pytest.mark.parametrize("arguments", [("a", "b"), ("--adjudicate", "a"), ("--adjudicate",)])
def test_adjudicate_needs_two_annotators(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Annotators are given only with --adjudicate, which needs two of them."""
    for command in ("push", "pull"):
        assert run("label", command, *arguments, "--root", tmp_path).returncode == 2


def test_labeling_and_adjudication_have_separate_projects(root: Path, studio: Client) -> None:
    """Labeling and each group of annotators have projects of their own."""
    send(root, studio)
    assert projects.find_projects(studio, DATASET) == projects.find_projects(studio, DATASET, ("b", "a")) == {}
    with closing(Client(studio.url, "0" * 40)) as stranger, pytest.raises(DataError):
        projects.find_projects(stranger, DATASET, PAIR)
