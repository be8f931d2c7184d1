"""What a push needs of a dataset, and what it does where a server or a proxy refuses or forgets; without a server."""

from pathlib import Path

import pytest

from pactwire import corpus, files, validate
from pactwire.issues import DataError
from pactwire.labelstudio import push, transfer


@pytest.fixture
def guided(golden: Path) -> Path:
    """The golden dataset with guidelines."""
    files.write(golden / "annotations" / "GUIDELINES.md", "# Guidelines\n\nVersion 1.0\n")
    return golden


@pytest.mark.parametrize("rows", [None, "article,story,split\n", "no table"])
def test_labeling_comes_before_splitting(guided: Path, tmp_path: Path, rows: str | None) -> None:
    """Articles without a row in splits.csv, or with a broken one, are labeled all the same, by files too."""
    table = guided / "dataset" / "splits.csv"
    table.unlink()
    if rows is not None:
        table.write_text(rows)
    assert validate.validate(guided) != []
    assert push.ready(corpus.load(guided)) == "1.0"
    assert transfer.export(corpus.load(guided), "labels", tmp_path / "tasks.json") == 2


def test_all_that_keeps_a_dataset_from_being_labeled_is_told_at_once(guided: Path) -> None:
    """Issues of the data, and guidelines that are missing."""
    (guided / "annotations" / "GUIDELINES.md").unlink()
    (guided / "dataset" / "raw" / "broken.txt").write_bytes(b"\xff")
    with pytest.raises(DataError) as raised:
        push.ready(corpus.load(guided))
    assert {"not-utf8", "file-missing"} <= {issue.code for issue in raised.value.issues}
