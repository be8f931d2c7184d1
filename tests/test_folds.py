"""Groups and folds of splits.csv: dealt in order, kept by new proposals, checked, and in every row."""

import re
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Run
from pactwire.card import dataset_folder
from pactwire.corpus import corpus
from pactwire.corpus.splits import SPLIT_COLUMNS, SPLITS_FILE, SplitRow, SplitTable
from pactwire.stories import registry
from pactwire.validation import validate
from support.examples import examples

NAMES = [f"{number:016x}" for number in range(1, 20)]
SPLIT_VALUES = st.sampled_from(["train", "test", "excluded", "withdrawn", "none"])


def rows_of(stories: list[tuple[str, str]]) -> list[SplitRow]:
    """Return a row for each (story, split)."""
    return [SplitRow(name, story, split) for name, (story, split) in zip(NAMES, stories, strict=False)]


@examples(100)
@given(st.lists(st.tuples(st.sampled_from([*NAMES, "x"]), SPLIT_VALUES), max_size=15), st.integers(2, 6))
def test_folds_that_are_read_are_those_that_are_written(stories: list[tuple[str, str]], folds: int) -> None:
    """A table of three columns has the folds that a proposal would write; they are as many as there can be."""
    rows = rows_of(stories)
    dealt = [row for _, row in SplitTable.from_rows(list(enumerate(rows)), folds)]
    assert dealt == registry.with_folds(rows, folds) == registry.with_folds(dealt, folds)
    by_group = {row.group: row.fold for row in dealt if row.split not in ("excluded", "none")}
    assert len(set(by_group.values())) == min(folds, len(by_group))
    sizes = Counter(by_group.values()).values()
    assert max(sizes, default=0) - min(sizes, default=0) <= 1
    assert {row[3:] for row in dealt if row.split in ("excluded", "none")} <= {("", "")}


@examples(100)
@given(st.lists(st.tuples(st.sampled_from(NAMES), SPLIT_VALUES), max_size=15), st.integers(2, 6), st.integers(0, 15))
def test_folds_do_not_move(stories: list[tuple[str, str]], folds: int, some: int) -> None:
    """New rows change no fold of the old ones, written or not."""
    rows = rows_of(stories)
    old = registry.with_folds(rows[:some], folds)
    assert registry.with_folds([*old, *rows[some:]], folds)[:some] == old
    assert [row for _, row in SplitTable.from_rows(list(enumerate(rows)), folds)][:some] == old


A, B, C = "00000000000000aa", "00000000000000bb", "00000000000000cc"


def test_rows_without_a_group_get_one() -> None:
    """That of their story or their own, and its fold, or else the fold with the fewest groups."""
    rows = [
        SplitRow(A, A, "train", B, "4"),
        SplitRow(B, A, "train"),
        SplitRow(C, C, "train", B),
        SplitRow("d", "d", "x"),
    ]
    filled = registry.with_folds([*rows, SplitRow("e", "e", "test"), SplitRow("f", "f", "test")], 2)
    assert [row[3:] for row in filled] == [(B, "4"), (B, "4"), (B, "4"), ("", ""), ("e", "0"), ("f", "1")]


def test_command_fills_in_groups_and_folds(golden: Path, run: Run) -> None:
    """A row that was written by hand gets them with --write, and a second run changes nothing."""
    path = golden / SPLITS_FILE
    text = ",".join(SPLIT_COLUMNS) + f"\n{A},{A},train,{A},0\n{B},{B},test"
    path.write_text(f"{text},,\n", encoding="utf-8")
    shown = "given a group and a fold: 1 row of dataset/splits.csv\n"
    assert run("stories", "--root", golden).stdout == shown
    assert path.read_text(encoding="utf-8") == f"{text},,\n"
    assert run("stories", "--root", golden, "--write").stdout == shown
    assert path.read_text(encoding="utf-8") == f"{text},{B},1\n"
    assert run("stories", "--root", golden, "--write").stderr == "every article has its row\n"
    path.write_text(
        "\n".join([text.split("\n")[0], f"{B},{B},test,{B},1", f"{A},{A},train,{A},0"]) + "\n", encoding="utf-8"
    )
    assert "given a group" not in run("stories", "--root", golden, "--anew").stdout


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (f"{A},train,{A},0", None),
        (f"{A},excluded,,", None),
        (f"{A},test,{B},1", f"the story {A} is in split train and in test"),
        (f"{A},train,{B},0", f"the story {A} is in group {A} and in {B}"),
        (f"{B},test,{A},0", f"the group {A} is in split train and in test"),
        (f"{A},train,{A},1", f"the group {A} is in fold 0 and in 1"),
        (f"{A},train,{A},01", f"the article {B} has group '{A}' and fold '01'; "),
        (f"{A},train,,0", f"the article {B} has group '' and fold '0'; "),
        (f"{A},train,,", f"the article {B} has group '' and fold ''; "),
        (f",train,{A},x", f"the article {B} has group '{A}' and fold 'x'; , the article {B} has no story; "),
    ],
)
def test_checks_groups_and_folds(golden: Path, row: str, message: str | None) -> None:
    """A story is in one split and group, a group in one split and fold, and a fold is a number."""
    text = ",".join(SPLIT_COLUMNS) + f"\n{A},{A},train,{A},0\n{B},{row}\n"
    (golden / SPLITS_FILE).write_text(text, encoding="utf-8")
    issues = validate.validate_dataset(golden)
    assert {(issue.line, issue.record) for issue in issues} == ({(3, B)} if message else set())
    assert ", ".join(re.sub("; .*", "; ", issue.message) for issue in issues) == (message or "")


def test_rows_have_the_fold_of_their_article(checkout: Path, copy: Path) -> None:
    """In every config; both sides of a pair have theirs."""
    dataset_folder.build(copy)
    folds = {row.article: int(row.fold) for _, row in corpus.load_corpus(copy).splits}
    assert sorted(set(folds.values())) == [0, 1, 2, 3]
    for path in (copy / "dataset/data").rglob("*.parquet"):
        for row in pq.read_table(path).to_pylist():
            if "a_fold" in row:
                assert (row["a_fold"], row["b_fold"]) == (folds[row["a_article_id"]], folds[row["b_article_id"]])
            else:
                assert row["fold"] == folds[row.get("article_id", row.get("id", ""))]
