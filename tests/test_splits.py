"""The table splits.csv: every row is kept as it is, whatever its values, and the arrays agree with the rows."""

import itertools
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pactwire.corpus import splits
from pactwire.corpus.splits import FOLDS, SPLITS, UNPUBLISHED, SplitRow, SplitTable
from pactwire.model import article_ids, strict_json
from pactwire.model.article_ids import ARTICLE_ID
from pactwire.model.issues import Issue
from pactwire.storage import files, record_index
from pactwire.stories import registry
from pactwire.validation import validate

ODD = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=6)
IDS = st.sampled_from([f"{number:016x}" for number in (0, 1, 2**63, 2**64 - 1)])
SPLIT_VALUES = st.sampled_from(SPLITS + UNPUBLISHED) | ODD
FOLD_VALUES = st.sampled_from(["", "0", "7", "99"]) | ODD
ROWS = st.lists(st.builds(SplitRow, IDS | ODD, IDS | ODD, SPLIT_VALUES, IDS | ODD, FOLD_VALUES), max_size=12)


@given(ROWS, st.booleans())
def test_reads_back_all_rows(tmp_path_factory: pytest.TempPathFactory, rows: list[SplitRow], other_shape: bool) -> None:
    """Malformed ids and unknown splits are kept, also if only the slow reader can read the file."""
    root = tmp_path_factory.mktemp("splits")
    text = registry.render_csv(rows)
    files.write_file(root / splits.SPLITS_FILE, files.BOM + text if other_shape else text)
    issues: list[Issue] = []
    table = splits.load_splits(root, issues)
    assert (issues, [row for _, row in table]) == ([], rows)
    assert [line for line, _ in table] == list(range(2, len(rows) + 2))
    assert [table[index] for index in range(-len(rows), 0)] == table[:] == list(table)
    assert table.rows(range(0, len(rows), 2)) == rows[::2]
    assert list(SplitTable.from_rows(list(table))) == list(table)


@given(st.lists(IDS, max_size=4), st.lists(IDS | ODD | st.text("0aFg\n", min_size=15, max_size=17), max_size=4))
@example(["0" * 16], ["0" * 32, ""])
@example([], ["0" * 16 + "\n" + "0" * 16])
def test_converts_ids_to_numbers(ids: list[str], others: list[str]) -> None:
    """A column of ids converts, with values among them that are not, or nearly, ids."""
    names = [*ids, *others]
    values, well_formed = record_index.ids_to_numbers(names)
    assert well_formed.tolist() == [bool(ARTICLE_ID.fullmatch(name)) for name in names]
    assert values.tolist() == [article_ids.id_to_number(name) if ARTICLE_ID.fullmatch(name) else 0 for name in names]


@given(ROWS)
def test_arrays_agree_with_rows(rows: list[SplitRow]) -> None:
    """The arrays have the numbers of ids and folds, one for each story and group, and the index of each split."""
    table = SplitTable.from_rows([(7, row) for row in rows])
    assert table.well_formed.tolist() == [bool(ARTICLE_ID.fullmatch(row.article)) for row in rows]
    numbers = [article_ids.id_to_number(row.article) if ARTICLE_ID.fullmatch(row.article) else 0 for row in rows]
    assert table.articles.tolist() == numbers
    assert table.in_published_split().tolist() == [row.split in SPLITS for row in rows]
    codes = {value: code for code, value in enumerate(SPLITS + UNPUBLISHED)}
    assert table.codes.tolist() == [codes.get(row.split, -1) for row in rows]
    assert [fold for fold in table.folds.tolist() if fold >= 0] == [int(row.fold) for row in rows if row.fold in FOLDS]
    assert table.without_group().tolist() == [
        row.split in SPLITS and not (row.group and row.fold in FOLDS) for row in rows
    ]
    numbers_of_rows = zip(table.story_numbers().tolist(), table.group_numbers().tolist(), rows, strict=True)
    for (story, group, row), (other_story, other_group, other) in itertools.combinations(numbers_of_rows, 2):
        assert (story == other_story) == (row.story == other.story)
        if row.group and other.group:
            assert (group == other_group) == (row.group == other.group)


def test_a_missing_or_malformed_file_has_no_rows(tmp_path: Path) -> None:
    """A missing file is an empty table; a malformed one is an issue as well."""
    issues: list[Issue] = []
    assert (list(splits.load_splits(tmp_path, issues)), issues) == ([], [])
    files.write_file(tmp_path / splits.SPLITS_FILE, "article,story\n")
    assert list(splits.load_splits(tmp_path, issues)) == []
    assert [(issue.file, issue.line, issue.code) for issue in issues] == [(splits.SPLITS_FILE, 1, "table")]


def test_a_malformed_id_is_not_article_0(golden: Path) -> None:
    """A row without a valid id is an unknown article, although the arrays have the number 0 for both."""
    zero = article_ids.number_to_id(0)
    line = strict_json.compact({"id": zero, "text": "An article of its own.", "license": "none"})
    files.write_file(golden / "dataset/raw/zero.jsonl", line + "\n")
    path = golden / splits.SPLITS_FILE
    files.write_file(path, path.read_text(encoding="utf-8") + f"{zero},{zero},train\nodd,odd,train\n")
    assert [(issue.code, issue.record) for issue in validate.validate_dataset(golden)] == [("unknown-article", "odd")]


def test_an_unreadable_table_is_one_issue(golden: Path) -> None:
    """A malformed row is one issue, without issues of missing rows; the BOM of a spreadsheet is not an issue."""
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


def test_rejects_rows_without_a_story(golden: Path) -> None:
    """A row without a story is an issue, since all such rows would be one story."""
    path = golden / splits.SPLITS_FILE
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",00000000000000aa,train", ",,train"), encoding="utf-8")
    assert [(issue.code, issue.line) for issue in validate.validate_dataset(golden)] == [("table", 2), ("table", 3)]
