"""Push and pull against a real Label Studio: every article there once, every decision back, nothing else changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from pactwire import corpus, files, jsontext, validate
from pactwire.labelstudio import fields, projects, push, tasks
from pactwire.labelstudio import pull as puller
from pactwire.labelstudio.client import ANNOTATIONS, PREDICTIONS, Client
from pactwire.records import Document

pytest_plugins = ["support.labelstudio"]
pytestmark = pytest.mark.slow

OWNER = "owner@pactwire.localhost"
PERSON = {"id": "anna", "kind": "human", "name": None, "version": None}


def silent(project: str, done: int, total: int) -> None:
    """Report nothing."""


@pytest.fixture
def five(copy: Path, checkout: Path) -> Path:
    """The committed five articles with their documents, and a pseudonym for the server's owner."""
    files.write(copy / ".pactwire" / "annotators.json", json.dumps({OWNER: "anna"}))
    return copy


def send(root: Path, client: Client) -> push.Pushed:
    """Push a dataset."""
    return push.push(corpus.load(root), client, silent)


def fetch(root: Path, client: Client) -> puller.Pulled:
    """Pull into a dataset."""
    return puller.pull(corpus.load(root), client, silent)


def everything(client: Client) -> dict[str, list[dict[str, Any]]]:
    """Return all tasks of both projects with all that belongs to them."""
    include = ("data", "meta", "drafts", *ANNOTATIONS, *PREDICTIONS)
    return {
        name: [task for page in client.tasks(project.id, include) for task in page]
        for name, project in projects.find(client).items()
    }


def annotate(client: Client, task: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Submit a task's prediction as an annotation of the token's owner."""
    prediction = task["predictions"][0]
    body = {"result": prediction["result"], "parent_prediction": prediction["id"], "lead_time": 1.0, **changes}
    made: dict[str, Any] = client.send("POST", f"api/tasks/{task['id']}/annotations/", body)
    return made


def read(path: Path) -> Document:
    """Read a document."""
    document: Document = files.read_json(path, path.name)
    return document


def held(document: Document) -> str:
    """Return a document's layers in canonical form, without ``by``."""
    layers = tasks.canonical({layer: document[layer] for layer in document["status"]})  # type: ignore[literal-required]
    for labels in layers.values():
        for label in labels:
            del label["by"]
    return jsontext.pretty(layers)


def test_layers_come_back_byte_for_byte(five: Path, studio: Client) -> None:
    """All articles' drafts, pushed and submitted unchanged, come back equal, with a header that says who and when."""
    send(five, studio)
    annotations = {
        (name, task["data"]["article"]): annotate(studio, task)
        for name, found in everything(studio).items()
        for task in found
    }
    pulled = fetch(five, studio)
    assert pulled.issues == []
    assert len(pulled.written) == 5
    data = corpus.load(five)
    for article in data.articles:
        draft = push.drafts(data, "labels")[article]
        document = read(five / "annotations" / "anna" / f"{article}.json")
        assert held(document) == held(draft.document)
        mine = [annotations[name, article] for name in fields.PROJECTS]
        assert document == {
            "schema_version": "1",
            "article": article,
            "text_sha256": draft.document["text_sha256"],
            "guidelines": push.guidelines_version(five),
            "annotators": [*draft.document["annotators"], PERSON],
            "status": dict.fromkeys(draft.document["status"], "submitted"),
            "created": min(each["created_at"] for each in mine)[:19] + "Z",
            "updated": max(each["updated_at"] for each in mine)[:19] + "Z",
            "derived_from": [f"{draft.annotator}@{files.sha256((five / draft.file).read_bytes())}"],
        } | {layer: document[layer] for layer in document["status"]}  # type: ignore[literal-required]
        for layer in document["status"]:
            for label, drafted in zip(document[layer], tasks.canonical(draft.document)[layer], strict=True):  # type: ignore[literal-required, arg-type]
                assert label["by"] == [*drafted["by"], "anna"]
    assert validate.validate(five) == []


def test_push_twice_changes_nothing(five: Path, studio: Client) -> None:
    """A second push makes no task and no prediction, and the server holds what it held."""
    first = send(five, studio)
    before = everything(studio)
    second = send(five, studio)
    assert first.tasks == {"labels": 5, "zones": 5}
    assert second.tasks == second.drafts == {"labels": 0, "zones": 0}
    assert everything(studio) == before
