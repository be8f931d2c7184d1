"""The registry of splits: every row of splits.csv as it stands, whatever is in it, and what the arrays say of rows."""

import itertools
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv

from pactwire.corpus import splits
from pactwire.corpus.splits import SPLITS, UNPUBLISHED, SplitRow, SplitTable
from pactwire.model import strict_json
from pactwire.model.issues import Issue
from pactwire.storage import files, record_index
from pactwire.storage.record_index import ARTICLE_ID
from pactwire.stories import registry
from pactwire.validation import validate

ODD = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=6)
IDS = st.sampled_from([f"{number:016x}" for number in (0, 1, 2**63, 2**64 - 1)])
ROWS = st.lists(st.builds(SplitRow, IDS | ODD, IDS | ODD, st.sampled_from(SPLITS + UNPUBLISHED) | ODD), max_size=12)


@given(ROWS, st.booleans())
def test_rows_come_back_as_they_stand(
    tmp_path_factory: pytest.TempPathFactory, rows: list[SplitRow], other_shape: bool
) -> None:
    """With ids that are none and splits that are unknown, and also where only the slow reader can read the file."""
    root = tmp_path_factory.mktemp("registry")
    text = registry.render_csv(rows)
    files.write_file(root / splits.SPLITS_FILE, text.replace("article,", '"article",', 1) if other_shape else text)
    issues: list[Issue] = []
    found = splits.load_splits(root, issues)
    assert (issues, [row for _, row in found]) == ([], rows)
    assert [line for line, _ in found] == list(range(2, len(rows) + 2))
    assert [found[at] for at in range(-len(rows), 0)] == found[:] == list(found)
    assert found.rows(range(0, len(rows), 2)) == rows[::2]
    assert list(SplitTable.from_rows(list(found))) == list(found)


@given(
    st.lists(IDS | ODD | st.text("0aFg\n", min_size=15, max_size=17), max_size=8), st.integers(0, 8), st.integers(0, 8)
)
def test_numbers_are_those_of_the_ids(names: list[str], start: int, length: int) -> None:
    """Of any part of a column, with texts in it that are no ids, or almost."""
    values, well_formed = record_index.ids_to_numbers(pa.array(names, pa.string()).slice(start, length))
    shown = names[start : start + length]
    assert well_formed.tolist() == [bool(ARTICLE_ID.fullmatch(each)) for each in shown]
    assert values.tolist() == [record_index.id_to_number(each) if ARTICLE_ID.fullmatch(each) else 0 for each in shown]


@given(ROWS)
def test_arrays_say_what_the_rows_do(rows: list[SplitRow]) -> None:
    """Numbers are those of the ids, stories have one number each, and a split is a place in the list of them."""
    found = SplitTable.from_rows([(7, row) for row in rows])
    assert found.well_formed.tolist() == [bool(ARTICLE_ID.fullmatch(row.article)) for row in rows]
    numbers = [record_index.id_to_number(row.article) if ARTICLE_ID.fullmatch(row.article) else 0 for row in rows]
    assert found.articles.tolist() == numbers
    assert found.in_published_split().tolist() == [row.split in SPLITS for row in rows]
    said = {split: at for at, split in enumerate(SPLITS + UNPUBLISHED)}
    assert found.codes.tolist() == [said.get(row.split, -1) for row in rows]
    for (one, row), (number, other) in itertools.combinations(
        zip(found.story_numbers().tolist(), rows, strict=True), 2
    ):
        assert (one == number) == (row.story == other.story)


def test_a_registry_that_is_missing_or_broken_has_no_rows(tmp_path: Path) -> None:
    """A missing file is an empty registry; one of another shape is told of."""
    issues: list[Issue] = []
    assert (list(splits.load_splits(tmp_path, issues)), issues) == ([], [])
    files.write_file(tmp_path / splits.SPLITS_FILE, "article,story\n")
    assert list(splits.load_splits(tmp_path, issues)) == []
    assert [(each.file, each.line, each.code) for each in issues] == [(splits.SPLITS_FILE, 1, "table")]


def test_threads_of_arrow_hold_no_python_file(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that let go of it while Python ended would abort a command that had done its work, with exit code 134."""
    given_to_arrow: list[object] = []
    open_csv = csv.open_csv

    def watched(source: object, **options: object) -> object:
        given_to_arrow.append(source)
        return open_csv(source, **options)

    monkeypatch.setattr(csv, "open_csv", watched)
    odd = golden.rename(golden.with_name("caf\u00e9"))
    assert len(splits.load_splits(odd, [])) == 2
    assert [type(each) for each in given_to_arrow] == [pa.OSFile]


def test_a_row_without_an_id_is_never_that_of_article_0(golden: Path) -> None:
    """Though the arrays have the number 0 for both."""
    zero = record_index.number_to_id(0)
    line = strict_json.compact({"id": zero, "text": "An article of its own.", "license": "none"})
    files.write_file(golden / "dataset/raw/zero.jsonl", line + "\n")
    path = golden / splits.SPLITS_FILE
    files.write_file(path, path.read_text(encoding="utf-8") + f"{zero},{zero},train\nodd,odd,train\n")
    assert [(issue.code, issue.record) for issue in validate.validate_dataset(golden)] == [("unknown-article", "odd")]


def test_a_table_that_cannot_be_read_hides_behind_nothing(golden: Path) -> None:
    """One bad row is one issue, and no article is said to have no row; a BOM as spreadsheets write it is none."""
    path = golden / splits.SPLITS_FILE
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}garbage,row\n", encoding="utf-8")
    assert [(issue.code, issue.line) for issue in validate.validate_dataset(golden)] == [("table", 4)]
    path.write_text(text.replace("\n", '\n"', 1) + "x" * 140_000, encoding="utf-8")  # a field that never ends
    assert [issue.code for issue in validate.validate_dataset(golden)] == ["table"]
    path.write_text(f"{text}{'garbage,row' * 1_000_000}", encoding="utf-8")
    assert [issue.code for issue in validate.validate_dataset(golden)] == ["table"]
    path.write_text(text, encoding="utf-8-sig")
    assert validate.validate_dataset(golden) == []


def test_a_row_needs_a_story(golden: Path) -> None:
    """Rows without one would all be of one story."""
    path = golden / splits.SPLITS_FILE
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",00000000000000aa,train", ",,train"), encoding="utf-8")
    assert [(issue.code, issue.line) for issue in validate.validate_dataset(golden)] == [("table", 2), ("table", 3)]
