"""Drafts of `pactwire suggest` in a real Label Studio: annotators see what was drafted."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pactwire.labelstudio import projects
from pactwire.labelstudio.client import PREDICTION_FIELDS, Client
from pactwire.storage import files
from support.labelstudio import DATASET, identify
from test_suggest_chat_provenance import ARTICLE, check_work, draft, drafted_task, final_answer, worked_on

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow


def test_suggestions_arrive_as_predictions(
    copy: Path, studio: Client, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """After suggest and push, the article's tasks have a prediction with every suggested mention and zone."""
    article = "5ccec2fc13046f9d"
    for path in (copy / "annotations").glob(f"*/{article}.json"):
        path.unlink()
    identify(copy)
    (copy / "annotations" / "clusters.jsonl").write_text("")
    assert run("suggest", "--root", copy).returncode == 0
    pushed = run("label", "push", "--root", copy)
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    draft = files.read_json(copy / "annotations" / "name-rules" / f"{article}.json", "draft")
    content = (copy / "dataset" / "raw" / f"002_{article}.txt").read_text(encoding="utf-8")
    for name, layer in (("labels", "entities"), ("zones", "zones")):
        project = projects.find_projects(studio, DATASET)[name]
        found = [task for page in studio.tasks(project.id, ("data", *PREDICTION_FIELDS)) for task in page]
        [task] = [task for task in found if task["data"]["article"] == article]
        [prediction] = task["predictions"]
        shown = task["data"]["text"]
        regions = [each["value"] for each in prediction["result"] if each["type"] == "labels"]
        got = sorted((shown[each["start"] : each["end"]], *each["labels"]) for each in regions)
        kind = "type" if layer == "entities" else "kind"
        assert got == sorted((content[each["start"] : each["end"]], each[kind]) for each in draft[layer])


def test_work_on_a_language_models_draft_names_both(
    golden: Path, studio: Client, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """A draft of openai:m is pushed, a person works on it, and a pull says who made each label."""
    files.write_file(golden / "annotations/GUIDELINES.md", "# Guidelines\n\nVersion 1.0\n")
    files.write_file(golden / ".pactwire/annotators.json", json.dumps({"owner@pactwire.localhost": "anna"}))
    drafted_task(identify(golden), final_answer(golden))
    pushed = run("label", "push", "--root", golden)
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    project = projects.find_projects(studio, DATASET)["labels"]
    [task] = [
        task
        for page in studio.tasks(project.id, ("data", *PREDICTION_FIELDS))
        for task in page
        if task["data"]["article"] == ARTICLE
    ]
    [prediction] = task["predictions"]
    body = {"result": worked_on(prediction["result"]), "parent_prediction": prediction["id"], "lead_time": 1.0}
    studio.send("POST", f"api/tasks/{task['id']}/annotations/", body)
    pulled = run("label", "pull", "--root", golden)
    assert pulled.returncode == 0, pulled.stdout + pulled.stderr
    check_work(draft(golden, "anna"), draft(golden))
    checked = run("validate", "--root", golden)
    assert checked.returncode == 0, checked.stdout
