"""Agreement, adjudication and Label Studio know no name of the schema: other names change nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from pactwire.corpus import corpus, schema_file
from pactwire.labelstudio import decoder, schema_mapping, task_builder
from pactwire.labelstudio.labeling_config import labeling_config
from support.floods import copy_floods
from support.labelstudio import ticked
from support.renaming import without_digests
from test_renaming import pair

ANNOTATORS = ("claude-a", "claude-b")


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
    """The same decisions are open, and once they are answered alike, the final documents are the same."""
    old, new, renaming = pair("news", tmp_path)
    files = []
    for root in (old, new):
        (root / "annotations/decisions.jsonl").unlink()
        assert run("adjudicate", *ANNOTATORS, "--root", root).returncode == 1
        _answer(root)
        done = run("adjudicate", *ANNOTATORS, "--root", root)
        assert done.returncode == 0, done.stdout
        files.append([path.read_text("utf-8") for path in sorted((root / "annotations/final").glob("*.json"))])
    assert len(files[0]) == 5
    for before, after in zip(*files, strict=True):
        assert _content(renaming.translated_back(after)) == _content(without_digests(before))


def _answer(root: Path) -> None:
    """Take the first option that is a label in each decision of a dataset."""
    path = root / "annotations/decisions.jsonl"
    header, *lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    header["adjudicators"] = [{"id": "judge", "kind": "human", "name": None, "version": None}]
    for line in lines:
        line["choice"], line["by"] = next(letter for letter, label in line["options"].items() if label), "judge"
    path.write_text("".join(json.dumps(each) + "\n" for each in (header, *lines)), "utf-8")


def _content(text: str) -> Any:
    """Return a document with the labels of each layer in an order that does not depend on their names."""
    document = json.loads(text)
    return {
        key: sorted(map(json.dumps, value)) if isinstance(value, list) else value for key, value in document.items()
    }


@pytest.mark.parametrize("project", schema_mapping.PROJECTS)
def test_labels_of_other_names_come_back_from_label_studio(project: str, tmp_path: Path) -> None:
    """Every label of the dataset comes back as it was, and the page has as many controls."""
    old, new, _ = pair("news", tmp_path)
    before, after = corpus.load_corpus(old), corpus.load_corpus(new)
    configs = [labeling_config(data.schema, project, list(data.topics.values())) for data in (before, after)]
    assert configs[0].count("<") == configs[1].count("<")
    for article in after.articles.values():
        task = task_builder.build_task(after, article, project, "1.0")
        results = ticked(task["predictions"][0]["result"])
        decoded = decoder.decode_results(after.schema, results, task["data"], project)
        assert decoded.problems == []
        final: Any = after.final_document(article["id"])
        assert set(decoded.layers) == set(schema_mapping.project_mapping(after.schema, project).layers)
        for layer, labels in decoded.layers.items():
            assert sorted(map(json.dumps, labels)) == sorted(map(json.dumps, final[layer]))


def test_layers_that_no_project_shows_are_an_issue(tmp_path: Path, run: Run) -> None:
    """Zones of any dataset can be labeled; a layer with another sort of attribute is named."""
    root = copy_floods(tmp_path / "floods")
    schema = schema_file.read_schema(root)
    assert schema_mapping.offered_projects(schema) == ("zones",)
    [issue] = schema_mapping.unsupported_issues(schema)
    assert issue.code == "layers-unsupported"
    assert "it does not show mentions, quotes, figures, subject" in issue.message
    done = run("label", "export", "labels", tmp_path / "labels.json", "--root", root)
    assert done.returncode == 1
    assert "layers-unsupported" in done.stdout
    assert not (tmp_path / "labels.json").exists()
    assert run("label", "export", "zones", tmp_path / "zones.json", "--root", root).returncode == 0


def test_labels_of_articles_are_not_adjudicated(tmp_path: Path, run: Run) -> None:
    """They are an issue; labels of spans are adjudicated under any schema."""
    root = copy_floods(tmp_path / "floods")
    done = run("adjudicate", "claude", "claude-again", "--root", root)
    assert done.returncode == 1
    assert "layers-unsupported: labels of whole articles are not adjudicated: subject" in done.stdout
    assert not (root / "annotations/decisions.jsonl").exists()
    for path in (root / "annotations").glob("claude*/*.json"):
        document = json.loads(path.read_text("utf-8"))
        del document["subject"], document["status"]["subject"]
        path.write_text(json.dumps(document), "utf-8")
    assert "decisions-incomplete" in run("adjudicate", "claude", "claude-again", "--root", root).stdout


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
