"""``pactwire stories``: the committed registry found anew, newcomers, bridges, and rows that never move."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Run
from pactwire.corpus import corpus
from pactwire.corpus.splits import SPLITS, SplitRow
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.storage import files
from pactwire.stories import proposals, registry, split_assignment
from pactwire.stories.split_assignment import Tie
from support import planted

PAGES = {each.how: each.page for each in planted.copies(3, 1)}
REGISTRY = "dataset/splits.csv"


def arrive(root: Path, **texts: str) -> None:
    """Put articles into the raw folder, each with an id of one repeated digit."""
    lines = [
        strict_json.compact({"id": name[-1] * 16, "text": text, "license": "none"}) for name, text in texts.items()
    ]
    files.write_file(root / "dataset/raw/9_more.jsonl", "\n".join(lines) + "\n")


def rows(root: Path) -> list[str]:
    """Return the rows of splits.csv."""
    return (root / REGISTRY).read_text(encoding="utf-8").splitlines()[1:]


@pytest.mark.parametrize("labelled", [True, False])
def test_the_committed_registry_is_found_without_being_told(copy: Path, labelled: bool) -> None:
    """003 and 004 are one story and the others their own, with the splits as committed, with labels and without."""
    committed = rows(copy)
    (copy / REGISTRY).unlink()
    if not labelled:
        shutil.rmtree(copy / "annotations/final")
    found = proposals.propose(corpus.load_corpus(copy))
    assert [",".join(each.row) for each in found] == committed
    (evidence,) = found[-1].evidence
    assert (evidence.other, evidence.kind, evidence.score > 0.9) == ("31c112378dc0491b", "event", True)
    assert "the number 11000 (“11 000”, “11 000”)" in evidence.shared
    assert [len(each.evidence) for each in found] == [0, 0, 0, 1, 1]


def test_the_command_writes_once(copy: Path, run: Run) -> None:
    """It prints proposals in both forms, writes with --write alone, and changes nothing when run again."""
    committed = (copy / REGISTRY).read_bytes()
    (copy / REGISTRY).unlink()
    text, lines = run("stories", "--root", copy), run("stories", "--root", copy, "--format", "json", "--write")
    assert (text.returncode, lines.returncode) == (0, 0)
    assert "20acd37116a2ee7f: validation, story of its own\n" in text.stdout
    assert "4b7befb44f73cc7b: train, story 31c112378dc0491b\n  0.9" in text.stdout
    records = [json.loads(line) for line in lines.stdout.splitlines()]
    assert [",".join((each["article"], each["story"], each["split"])) for each in records] == rows(copy)
    assert (copy / REGISTRY).read_bytes() == committed
    again = run("stories", "--root", copy, "--write")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "every article has its row\n")
    assert (copy / REGISTRY).read_bytes() == committed


def test_newcomers_join_bridge_and_leave(golden: Path, run: Run) -> None:
    """A copy joins its story; what copies two stories of two splits is excluded and both are named; rows stay."""
    first, second = PAGES["original"], PAGES["relative"]
    arrive(golden, a1=first, a2=second)
    before = rows(golden)
    files.write_file(golden / REGISTRY, "\n".join(["article,story,split", *before, f"{'1' * 16},{'1' * 16},train",
                                              f"{'2' * 16},{'2' * 16},test", ""]))  # fmt: skip
    standing = rows(golden)
    both = "\n\n".join([*first.split("\n\n")[:-1], *second.split("\n\n")[2:]])
    arrive(golden, a1=first, a2=second, a3=PAGES["edited"], a4=both, a5="Something else. 17 dogs.")
    (golden / "dataset/raw/1_00000000000000bb.txt").unlink()
    (golden / "annotations/final/00000000000000bb.json").unlink()
    sources = (golden / "dataset/sources.jsonl").read_text(encoding="utf-8").splitlines()
    files.write_file(golden / "dataset/sources.jsonl", sources[0] + "\n")
    done = run("stories", "--root", golden, "--write")
    assert done.returncode == 0
    bridge = f"{'4' * 16}: excluded, story {'1' * 16}\n  it would join {'1' * 16} (train) and {'2' * 16} (test)"
    assert bridge in done.stdout
    standing[1] = standing[1].replace("train", "withdrawn")
    assert rows(golden) == [
        *standing,
        f"{'3' * 16},{'1' * 16},train",
        f"{'4' * 16},{'1' * 16},excluded",
        f"{'5' * 16},{'5' * 16},validation",
    ]
    again = run("stories", "--root", golden, "--write")
    assert (again.stdout, again.stderr) == ("", "every article has its row\n")


def test_nothing_is_written_where_an_article_cannot_be_read(golden: Path, run: Run) -> None:
    """An article that is broken is not gone: its row stays, and the problem is named."""
    before = rows(golden)
    arrive(golden, a1="A text.\x07")
    (golden / "dataset/raw/1_00000000000000bb.txt").write_bytes(b"\xff")
    done = run("stories", "--root", golden, "--write")
    assert done.returncode == 1
    assert "dataset/raw/1_00000000000000bb.txt:1: not-utf8" in done.stdout
    assert rows(golden) == before
    (golden / "dataset/raw/1_00000000000000bb.txt").unlink()
    shutil.copytree(golden, golden.parent / "more")
    files.write_file(golden.parent / "more/dataset/raw/9_more.jsonl", '{"id": "1111111111111111", "license": "none"}\n')
    with pytest.raises(DataError):
        proposals.propose(corpus.load_corpus(golden.parent / "more"))


IDS = [f"{number:016x}" for number in range(12)]
TIES = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), st.floats(0.5, 1)).filter(lambda t: t[0] != t[1]))
FATES = st.sampled_from([*SPLITS, "excluded", "withdrawn"])


@given(TIES, st.lists(FATES, max_size=8))
def test_no_story_ever_stands_in_two_splits(ties: list[tuple[str, str, float]], fates: list[str]) -> None:
    """Whatever ties there are, each newcomer gets one row in order, and no tie of a newcomer leads to another split."""
    held = [SplitRow(identity, identity, fate) for identity, fate in zip(IDS, fates, strict=False)]
    newcomers = IDS[len(held) :]
    found = split_assignment.assign_splits(newcomers, [Tie(*each) for each in ties], held)
    assert [each.row.article for each in found] == newcomers
    splits = {row.article: row.split for row in (*held, *(each.row for each in found)) if row.split in SPLITS}
    for left, right, _ in ties:
        if left in splits and right in splits and (left in newcomers or right in newcomers):
            assert splits[left] == splits[right]
    of_story: dict[str, set[str]] = {}
    for row in (*held, *(each.row for each in found)):
        of_story.setdefault(row.story, set()).add(row.split)
    assert all(len(each & {*SPLITS}) <= 1 for each in of_story.values())
    assert all((each.row.split == "excluded") == bool(each.bridged) for each in found)


def places(ties: list[tuple[str, str]], held: dict[str, str], newcomers: str) -> dict[str, tuple[str, str]]:
    """Return story and split of newcomers, all by single letters; held articles are stories of their own."""
    known = [SplitRow(article, article, split) for article, split in held.items()]
    found = split_assignment.assign_splits(list(newcomers), [Tie(left, right, 0.9) for left, right in ties], known)
    return {each.row.article: (each.row.story, each.row.split) for each in found}


def test_newcomers_that_tie_two_stories_together_are_taken_one_by_one() -> None:
    """Each joins the story that it is tied to itself; who is tied to both is excluded, and so is who hangs on that."""
    held = {"a": "train", "b": "test"}
    assert places([("n", "a"), ("m", "b")], held, "nm") == {"n": ("a", "train"), "m": ("b", "test")}
    chain = places([("n", "a"), ("n", "m"), ("m", "o"), ("o", "b")], held, "nmo")
    assert (chain["n"], chain["m"], chain["o"][1]) == (("a", "train"), ("a", "train"), "excluded")
    both = places([("n", "a"), ("n", "b"), ("n", "m")], held, "nm")
    assert (both["n"][1], both["m"][1]) == ("excluded", "excluded")


def test_stories_of_one_split_and_withdrawn_ones_take_newcomers() -> None:
    """Two stories of one split are no conflict; the split of a withdrawn article is its story's."""
    assert places([("n", "a"), ("n", "b")], {"a": "test", "b": "test"}, "n") == {"n": ("a", "test")}
    assert places([("n", "a")], {"a": "withdrawn"}, "n") == {"n": ("a", registry.split_of("a"))}


def test_what_is_like_an_excluded_article_is_excluded_for_it() -> None:
    """The row of the excluded article is named as what keeps the newcomer out of all splits."""
    held = SplitRow("a", "a", "excluded")
    assert split_assignment.assign_splits(["n"], [Tie("n", "a", 0.9)], [held]) == [
        split_assignment.SplitAssignment(SplitRow("n", "a", "excluded"), (held,))
    ]


def test_tiny_corpora_have_all_splits_and_frozen_ones_stay() -> None:
    """New stories fill splits that nobody has; those of the registry count, and none of them is moved."""
    assert {row.split for row in registry.new_story_rows([["a"], ["b"], ["c"]])} == {*SPLITS}
    full = dict(zip("xyz", SPLITS, strict=True))
    assert registry.new_story_rows([["a"], ["b"]], full) == [
        SplitRow(each, each, registry.split_of(each)) for each in "ab"
    ]
    assert registry.new_story_rows([], {"x": "train"}) == []
    shares = [registry.split_of(str(number)) for number in range(2_000)]
    assert 0.77 < shares.count("train") / 2_000 < 0.83
