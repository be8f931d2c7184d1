"""Readiness for a push, the choice of drafts, and exports to files. No server needed."""

from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from conftest import Run, contents
from pactwire.corpus import corpus
from pactwire.labelstudio import drafts, file_exchange, readiness
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.storage import files, output_ledger
from pactwire.validation import validate


@pytest.fixture
def guided(golden: Path) -> Path:
    """The golden dataset with guidelines."""
    files.write_file(golden / "annotations" / "GUIDELINES.md", "# Guidelines\n\nVersion 1.0\n")
    return golden


@pytest.mark.parametrize("rows", [None, "article,story,split\n", "no table"])
def test_pushes_articles_without_split(guided: Path, tmp_path: Path, rows: str | None) -> None:
    """Articles without a row in splits.csv, or with a broken one, are labeled all the same, and exported too."""
    table = guided / "dataset" / "splits.csv"
    table.unlink()
    if rows is not None:
        table.write_text(rows)
    assert validate.validate_dataset(guided) != []
    assert readiness.require_ready(corpus.load_corpus(guided)) == "1.0"
    assert file_exchange.export_tasks(corpus.load_corpus(guided), "labels", tmp_path / "tasks.json") == 2


def test_reports_all_issues_before_labeling(guided: Path) -> None:
    """Issues of the data and missing guidelines are reported together."""
    (guided / "annotations" / "GUIDELINES.md").unlink()
    (guided / "dataset" / "raw" / "broken.txt").write_bytes(b"\xff")
    with pytest.raises(DataError) as raised:
        readiness.require_ready(corpus.load_corpus(guided))
    assert {"not-utf8", "guidelines-version"} <= {issue.code for issue in raised.value.issues}


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "there are no guidelines"), ("# Version 1.0\n", "no line states the version of the guidelines")],
)
def test_says_what_guidelines_lack(guided: Path, text: str | None, message: str) -> None:
    """The issue names the file and the line to write."""
    path = guided / "annotations" / "GUIDELINES.md"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(DataError) as raised:
        readiness.guidelines_version(guided)
    [issue] = raised.value.issues
    remedy = "write annotations/GUIDELINES.md, which says how to label, with the line: Version 1.0"
    assert issue.text() == f"annotations/GUIDELINES.md:1: guidelines-version: {message} ({remedy})"


def test_export_replaces_only_exports(guided: Path, tmp_path: Path) -> None:
    """A file with the same name may hold people's work; only files listed by an export are replaced."""
    path = tmp_path / "tasks.json"
    file_exchange.export_tasks(corpus.load_corpus(guided), "labels", path)
    before = contents(tmp_path)
    file_exchange.export_tasks(corpus.load_corpus(guided), "labels", path)
    assert contents(tmp_path) == before
    file_exchange.export_tasks(corpus.load_corpus(guided), "zones", path)
    file_exchange.export_tasks(corpus.load_corpus(guided), "labels", path)
    path.write_text("[]")
    with pytest.raises(DataError, match=r"tasks\.json:1: export-changed"):
        file_exchange.export_tasks(corpus.load_corpus(guided), "labels", path)
    (tmp_path / f".tasks.json{output_ledger.LEDGER_FILE}").unlink()
    with pytest.raises(DataError, match=r"export-unlisted: no list says who wrote these files, 1 in all: tasks\.json"):
        file_exchange.export_tasks(corpus.load_corpus(guided), "labels", path)
    assert path.read_text() == "[]"
    file_exchange.export_tasks(corpus.load_corpus(guided), "labels", path, adopt=True)
    assert contents(tmp_path) == before


def test_exports_the_tasks_of_one_layer(guided: Path, tmp_path: Path, run: Run) -> None:
    """By the name of the layer, with its labels in the bar and those it refers to outside; other names are refused."""
    path = tmp_path / "claims.json"
    assert run("label", "export", "claims", path, "--root", guided).returncode == 0
    bar = Xml.parse(path.with_suffix(".xml")).find(".//Labels")
    assert bar is not None
    assert [label.get("value") for label in bar.findall("Label")] == ["CLAIM", "CUE"]
    assert "PER" in [label.get("value") for label in bar.findall("View/Label")]
    refused = run("label", "export", "claim", path, "--root", guided)
    assert (refused.returncode, "'claim' is none of" in refused.stderr) == (2, True)


def test_a_layer_waits_for_those_it_refers_to(guided: Path, tmp_path: Path) -> None:
    """Without a final document or a draft that holds them, there is nothing to give."""
    for path in (*(guided / "annotations").glob("*/*.json*"), guided / "annotations/clusters.jsonl"):
        path.unlink()
    data = corpus.load_corpus(guided)
    assert file_exchange.export_tasks(data, "entities", tmp_path / "entities.json") == 2
    with pytest.raises(DataError, match="layer-waits: claims of 2 articles wait for entities, which no final"):
        file_exchange.export_tasks(data, "claims", tmp_path / "claims.json")
    assert not (tmp_path / "claims.json").exists()


def test_draft_is_final_or_newest_document(golden: Path) -> None:
    """A later draft of a model does not replace the final one; without one, the later of two counts."""
    final = golden / "annotations/final/00000000000000aa.json"
    document = files.read_json(final, final.name)
    for name, updated in (("one", "2026-03-02T00:00:00Z"), ("two", "2026-03-01T00:00:00Z")):
        draft = {**document, "annotators": [{**document["annotators"][0], "id": name}], "updated": updated}
        text = strict_json.pretty(draft).replace('"ann"', f'"{name}"')
        files.write_file(golden / f"annotations/{name}/00000000000000aa.json", text)
    found = drafts.newest_draft(corpus.load_corpus(golden), "00000000000000aa", "labels")
    assert found is not None
    assert found.annotator == "final"
    final.unlink()
    found = drafts.newest_draft(corpus.load_corpus(golden), "00000000000000aa", "labels")
    assert found is not None
    assert found.annotator == "one"
