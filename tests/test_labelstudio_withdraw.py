"""Withdrawal from a real Label Studio: an article's tasks go from the dataset's projects, and nothing else does."""

from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from pactwire.corpus import corpus
from pactwire.labelstudio import projects, task_removal
from pactwire.labelstudio.client import Client
from support.labelstudio import identify

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow

AA, BB = "00000000000000aa", "00000000000000bb"


def articles(client: Client) -> dict[str, list[str]]:
    """Return the articles of the tasks of each project, by its title."""
    return {
        str(record.title): sorted(
            task["data"].get("article", "") for page in client.tasks(record.id, ["data"]) for task in page
        )
        for record in projects.list_projects(client)
    }


def test_tasks_go_with_their_work_and_others_stay(golden: Path, studio: Client, run: Run) -> None:
    """The plan counts tasks and annotations; a project without the mark keeps a task of the same article."""
    identify(golden)
    (golden / "annotations/GUIDELINES.md").write_text("Version 1.0\n")
    assert run("label", "push", "--root", golden).returncode == 0
    config = '<View><Text name="text" value="$text"/></View>'
    other: Any = studio.send("POST", "api/projects/", {"title": "foreign", "label_config": config})
    studio.send("POST", f"api/projects/{other['id']}/import", [{"data": {"text": "x", "article": AA}}])
    before = articles(studio)
    found = task_removal.find_tasks(corpus.load_corpus(golden), studio, [AA])
    task = found[0].tasks[0]
    studio.send("POST", f"api/tasks/{task}/annotations/", {"result": []})
    plan = run("withdraw", AA, "--root", golden)
    assert (plan.returncode, articles(studio)) == (0, before)
    assert "1 tasks with 1 annotations" in plan.stdout
    assert run("withdraw", AA, "--root", golden, "--execute").returncode == 0
    after = articles(studio)
    assert after == {
        title: [each for each in held if each != AA or title == "foreign"] for title, held in before.items()
    }
    assert sum(AA in held for held in before.values()) > 1
    assert sum(BB in held for held in after.values()) > 0
    assert run("withdraw", AA, "--root", golden, "--verify").returncode == 0
