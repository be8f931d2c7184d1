"""Drafts of `pactwire suggest` in a real Label Studio: annotators see what was drafted."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pactwire.labelstudio import projects
from pactwire.labelstudio.client import PREDICTION_FIELDS, Client
from pactwire.storage import files
from support.labelstudio import DATASET, identify

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
