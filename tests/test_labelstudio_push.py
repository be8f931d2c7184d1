"""What a push needs of a dataset, and what it does where a server or a proxy refuses or forgets; without a server."""

from pathlib import Path

import pytest

from conftest import contents
from pactwire.corpus import corpus
from pactwire.labelstudio import file_exchange, readiness, task_builder
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
def test_labeling_comes_before_splitting(guided: Path, tmp_path: Path, rows: str | None) -> None:
    """Articles without a row in splits.csv, or with a broken one, are labeled all the same, by files too."""
    table = guided / "dataset" / "splits.csv"
    table.unlink()
    if rows is not None:
        table.write_text(rows)
    assert validate.validate_dataset(guided) != []
    assert readiness.require_ready(corpus.load_corpus(guided)) == "1.0"
    assert file_exchange.export_tasks(corpus.load_corpus(guided), "labels", tmp_path / "tasks.json") == 2


def test_all_that_keeps_a_dataset_from_being_labeled_is_told_at_once(guided: Path) -> None:
    """Issues of the data, and guidelines that are missing."""
    (guided / "annotations" / "GUIDELINES.md").unlink()
    (guided / "dataset" / "raw" / "broken.txt").write_bytes(b"\xff")
    with pytest.raises(DataError) as raised:
        readiness.require_ready(corpus.load_corpus(guided))
    assert {"not-utf8", "file-missing"} <= {issue.code for issue in raised.value.issues}


def test_an_export_replaces_only_what_an_export_made(guided: Path, tmp_path: Path) -> None:
    """What Label Studio gave back under the same name holds people's work; so may any file that no list names."""
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


def test_people_start_from_the_final_document_and_else_from_the_newest(golden: Path) -> None:
    """A later draft of a model does not take the final one's place; without one, the later of two counts."""
    final = golden / "annotations/final/00000000000000aa.json"
    document = files.read_json(final, final.name)
    for name, updated in (("one", "2026-03-02T00:00:00Z"), ("two", "2026-03-01T00:00:00Z")):
        draft = {**document, "annotators": [{**document["annotators"][0], "id": name}], "updated": updated}
        text = strict_json.pretty(draft).replace('"ann"', f'"{name}"')
        files.write_file(golden / f"annotations/{name}/00000000000000aa.json", text)
    found = task_builder.newest_draft(corpus.load_corpus(golden), "00000000000000aa", "labels")
    assert found is not None
    assert found.annotator == "final"
    final.unlink()
    found = task_builder.newest_draft(corpus.load_corpus(golden), "00000000000000aa", "labels")
    assert found is not None
    assert found.annotator == "one"
