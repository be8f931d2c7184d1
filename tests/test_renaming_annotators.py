"""Agreement, adjudication and Label Studio know no name of the schema: other names change nothing else."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import (
    annotator_ids,
    decoder,
    file_exchange,
    project_status,
    pull,
    push,
    schema_mapping,
    task_builder,
)
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.labeling_config import labeling_config
from pactwire.model.labels import document_labels
from pactwire.storage import files
from pactwire.validation import validate
from support.floods import FLOODS, copy_floods
from support.labelstudio import identify, ticked
from support.renaming import without_digests
from support.studio import Studio
from test_renaming import pair

ANNOTATORS = ("claude-c", "claude-d")


@pytest.mark.parametrize("form", ["json", "markdown", "text"])
def test_agreement_is_the_same_up_to_names(form: str, tmp_path: Path, run: Run) -> None:
    """Measures, titles, figures and disagreements are told alike."""
    old, new, renaming = pair("news", tmp_path)
    printed = [run("agreement", *ANNOTATORS, "--format", form, "--root", root).stdout for root in (old, new)]
    assert len(printed[0]) > 1000
    # Tables are aligned, and names of measures have hyphens for underscores.
    before, after = (" ".join(text.replace("-", "_").split()) for text in printed)
    assert renaming.translated_back(after) == without_digests(before)


def test_adjudication_is_the_same_up_to_names(tmp_path: Path, run: Run) -> None:
    """The same decisions are open, and once they are answered alike, the same documents come of them."""
    old, new, renaming = pair("news", tmp_path)
    files = []
    for root in (old, new):
        (root / "annotations/decisions/2.jsonl").unlink()
        assert run("adjudicate", *ANNOTATORS, "--root", root).returncode == 1
        _answer(root)
        done = run("adjudicate", *ANNOTATORS, "--close-round", "--root", root)
        assert done.returncode == 0, done.stdout
        places = ("annotations/final/*.json", "annotations/rounds/2/*/*.json")
        files.append([path.read_text("utf-8") for place in places for path in sorted(root.glob(place))])
        assert validate.validate_dataset(root, [root / "annotations/rounds"]) == []
    assert len(files[0]) == 5 + 15
    for before, after in zip(*files, strict=True):
        assert _content(renaming.translated_back(after)) == _content(without_digests(before))


def _answer(root: Path, change: Any = None, subject: str = "") -> None:
    """Take the first option that is a label in each decision, and another answer for a label of a whole article."""
    path = max(root.glob("annotations/decisions/*.jsonl"))  # of the current round
    header, *lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    header["adjudicators"] = [{"id": "judge", "kind": "human", "name": None, "version": None}]
    for line in lines:
        line["choice"], line["by"] = next(letter for letter, label in line["options"].items() if label), "judge"
        if line["layer"] == "subject":
            line |= change or {"choice": subject}
    path.write_text("".join(json.dumps(each) + "\n" for each in (header, *lines)), "utf-8")


def _content(text: str) -> Any:
    """Return a document with the labels of each layer in an order that does not depend on their names."""
    document = json.loads(text)
    return {
        key: sorted(map(json.dumps, value)) if isinstance(value, list) else value for key, value in document.items()
    }


@pytest.mark.parametrize("project", schema_mapping.PROJECTS)
@pytest.mark.parametrize("name", ["news", "floods"])
def test_labels_of_other_names_come_back_from_label_studio(name: str, project: str, tmp_path: Path) -> None:
    """Every label comes back as it was, and counts as accepted; the page has as many controls."""
    old, new, _ = pair(name, tmp_path)
    before, after = corpus.load_corpus(old), corpus.load_corpus(new)
    configs = [labeling_config(data.schema, project, list(data.topics.values())) for data in (before, after)]
    assert configs[0].count("<") == configs[1].count("<")
    for article in after.articles.values():
        task = task_builder.build_task(after, article, project, "1.0")
        results = ticked(task["predictions"][0]["result"])
        decoded = decoder.decode_results(after.schema, results, task["data"], project)
        assert decoded.problems == []
        assert set(decoded.states.values()) <= {"accepted"}
        final: Any = after.final_document(article["id"])
        annotated = [layer for layer in after.schema.layers if layer in final]
        assert [*decoded.layers] == (annotated if project == "labels" else ["zones"])
        for layer in decoded.layers:
            labels, wanted = document_labels(decoded.layers, layer), document_labels(final, layer)
            assert sorted(map(json.dumps, labels)) == sorted(map(json.dumps, wanted))


def test_exports_and_imports_are_the_same_up_to_names(tmp_path: Path) -> None:
    """Tasks with their drafts, and the documents that come of them, say the same."""
    old, new, renaming = pair("news", tmp_path)
    texts: list[list[str]] = []
    for root in (old, new):
        data = _annotated(root)
        path = tmp_path / f"tasks-{len(texts)}.json"
        file_exchange.export_tasks(data, "labels", path)
        tasks = path.read_text("utf-8")
        path.write_text(json.dumps([_answered(task) for task in json.loads(tasks)]), "utf-8")
        pulled = file_exchange.import_exports(data, [path])
        assert pulled.issues == []
        texts.append([tasks, *((root / file).read_text("utf-8") for file in pulled.written)])
    assert len(texts[0]) == 1 + len(data.articles)
    assert [renaming.translated_back(text) for text in texts[1]] == [without_digests(text) for text in texts[0]]


def test_push_status_and_pull_are_the_same_up_to_names(tmp_path: Path) -> None:
    """So is what a server gets, what it says of it, and what comes back."""
    old, new, renaming = pair("floods", tmp_path)
    texts, states = [], []
    for root in (old, new):
        data = _annotated(root)
        with Studio() as server, closing(Client(server.url, "0" * 40)) as client:
            assert push.push_articles(root, client, lambda *_: None).issues == []
            pushed = json.dumps([[task["data"], task["meta"], task["predictions"]] for task in server.tasks])
            server.tasks = [{**_answered(task), "total_predictions": len(task["predictions"])} for task in server.tasks]
            states.append(project_status.project_statuses(root, client, lambda *_: None))
            pulled = pull.pull_annotations(root, client, lambda *_: None)
        assert pulled.issues == []
        texts.append([pushed, *((root / file).read_text("utf-8") for file in sorted(pulled.written))])
    assert len(texts[0]) == 1 + len(data.articles)
    assert states[0] == states[1]
    assert [renaming.translated_back(text) for text in texts[1]] == [without_digests(text) for text in texts[0]]


def _annotated(root: Path) -> Corpus:
    """Return a dataset in which the server's owner has a pseudonym."""
    files.write_file(root / annotator_ids.ANNOTATORS_FILE, '{"1": "anna", "owner@pactwire.localhost": "anna"}')
    identify(root)
    return corpus.load_corpus(root)


def _answered(task: Any) -> Any:
    """Return a task whose draft somebody submitted as it was."""
    result = ticked(task["predictions"][0]["result"])
    times = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z"}
    made = {"id": 1, "completed_by": 1, "updated_by": 1, "was_cancelled": False, "result": result, **times}
    return {"id": task["data"]["article"], **task, "annotations": [made]}


def test_exports_every_layer(tmp_path: Path, run: Run) -> None:
    """Labels of spans are regions, those of the whole article controls of the task."""
    root = copy_floods(tmp_path / "floods")
    done = run("label", "export", "labels", tmp_path / "labels.json", "--root", root)
    assert done.returncode == 0, done.stdout
    tasks = json.loads((tmp_path / "labels.json").read_text("utf-8"))
    assert {each["type"] for task in tasks for each in task["predictions"][0]["result"]} == {
        "labels", "choices", "taxonomy", "textarea", "relation",
    }  # fmt: skip
    controls = {each.get("from_name") for task in tasks for each in task["predictions"][0]["result"]}
    assert {"focus", "themes", "casualties"} <= controls


@pytest.mark.parametrize("project", schema_mapping.PROJECTS)
def test_sdk_accepts_the_config_and_tasks_of_another_dataset(project: str) -> None:
    """Label Studio's own checks find nothing wrong."""
    interface = pytest.importorskip("label_studio_sdk.label_interface").LabelInterface
    data = corpus.load_corpus(FLOODS)
    checked = interface(labeling_config(data.schema, project, (), list(data.links.values())))
    checked.validate()
    for article in data.articles.values():
        task = task_builder.build_task(data, article, project, "1.0")
        assert checked.validate_prediction(task["predictions"][0], return_errors=True) == []


def test_layers_of_every_sort_are_adjudicated(tmp_path: Path, run: Run) -> None:
    """A label of a whole article is decided as a whole, without a place."""
    root = copy_floods(tmp_path / "floods")
    for path in (root / "annotations/final").glob("*.json"):
        path.unlink()
    assert "decisions-incomplete" in run("adjudicate", "claude", "claude-again", "--root", root).stdout
    path = root / "annotations/decisions/1.jsonl"
    [line] = [
        line for line in map(json.loads, path.read_text("utf-8").splitlines()) if "themes" in line.get("differs", ())
    ]
    assert [line[key] for key in ("layer", "start", "end", "text")] == ["subject", None, None, None]
    assert set(line["options"]["A"]) == {"focus", "themes", "casualties", "note"}
    _answer(root, subject="B")
    done = run("adjudicate", "claude", "claude-again", "--root", root)
    assert done.returncode == 0, done.stdout
    final, theirs = (
        json.loads((root / f"annotations/{name}/{line['article']}.json").read_text("utf-8"))
        for name in ("final", "claude-again")
    )
    assert final["subject"]["themes"] == theirs["subject"]["themes"]
    assert final["subject"]["by"] == ["claude-again", "judge"]
    assert final["status"]["subject"] == "adjudicated"
    issues = [issue for issue in validate.validate_dataset(root) if issue.file.startswith("annotations/final/")]
    assert issues == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"choice": "none"}, "an article has one label of this layer"),
        ({"choice": "other", "label": {"focus": "nothing"}}, '"nothing" is not allowed'),
    ],
)
def test_rejects_wrong_answers_on_a_whole_article(
    change: dict[str, Any], message: str, tmp_path: Path, run: Run
) -> None:
    """It can't be left out, and another label must be one that the schema allows."""
    root = copy_floods(tmp_path / "floods")
    run("adjudicate", "claude", "claude-again", "--root", root)
    _answer(root, change)
    done = run("adjudicate", "claude", "claude-again", "--root", root)
    assert done.returncode == 1
    assert "decisions-record" in done.stdout
    assert message in done.stdout


def test_agreement_measures_layers_of_every_sort(tmp_path: Path, run: Run) -> None:
    """Spans, labels told apart by their references, and labels of whole articles have measures."""
    root = copy_floods(tmp_path / "floods")
    done = run("agreement", "claude", "claude-again", "--format", "json", "--root", root)
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    measured = {(row["layer"], row["measure"]) for row in report["rows"] if row["matched"]}
    assert {
        ("mentions", "span-type-exact"), ("mentions", "flooded"), ("mentions", "tokens"), ("quotes", "pairs"),
        ("quotes", "call"), ("figures", "value"), ("figures", "sites"), ("figures", "said-in"), ("subject", "focus"),
        ("subject", "themes-exact"), ("subject", "casualties"),
    } <= measured  # fmt: skip
