"""``pactwire stories``: the committed registry is reproduced; new articles, bridges, and rows that never move."""

import json
import shutil
from collections import Counter
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

PAGES = {page.how: page.text for page in planted.copied_pages(3, 1)}
REGISTRY = "dataset/splits.csv"


def arrive(root: Path, **texts: str) -> None:
    """Add articles to the raw folder, each with an id of one repeated digit."""
    lines = [
        strict_json.compact({"id": name[-1] * 16, "text": text, "license": "none"}) for name, text in texts.items()
    ]
    files.write_file(root / "dataset/raw/9_more.jsonl", "\n".join(lines) + "\n")


def rows(root: Path) -> list[str]:
    """Return the rows of splits.csv."""
    return (root / REGISTRY).read_text(encoding="utf-8").splitlines()[1:]


@pytest.mark.parametrize("labeled", [True, False])
def test_reproduces_the_committed_registry(copy: Path, labeled: bool) -> None:
    """003 and 004 are one story and the others their own, in the committed splits, with and without labels."""
    committed = (copy / REGISTRY).read_text(encoding="utf-8")
    (copy / REGISTRY).unlink()
    if not labeled:
        shutil.rmtree(copy / "annotations/final")
    proposed = proposals.propose(corpus.load_corpus(copy)).proposals
    assert registry.render_csv(registry.with_folds([proposal.row for proposal in proposed], 5)) == committed
    (evidence,) = proposed[-1].evidence
    assert (evidence.other, evidence.kind, evidence.score > 0.9) == ("31c112378dc0491b", "event", True)
    assert "the number 11000 (“11 000”)" in evidence.shared
    assert [len(proposal.evidence) for proposal in proposed] == [0, 0, 0, 1, 1]


def test_command_writes_new_rows_once(copy: Path, run: Run) -> None:
    """Proposals are printed in both formats and written only with --write; a second run changes nothing."""
    committed = (copy / REGISTRY).read_bytes()
    (copy / REGISTRY).unlink()
    text, lines = run("stories", "--root", copy), run("stories", "--root", copy, "--format", "json", "--write")
    assert (text.returncode, lines.returncode) == (0, 0)
    assert "20acd37116a2ee7f: validation, story of its own\n" in text.stdout
    assert "4b7befb44f73cc7b: train, story 31c112378dc0491b\n  1." in text.stdout
    records = [json.loads(line) for line in lines.stdout.splitlines()]
    assert [(record["article"], record["story"], record["split"]) for record in records] == [
        tuple(row.split(",")[:3]) for row in rows(copy)
    ]
    assert (copy / REGISTRY).read_bytes() == committed
    again = run("stories", "--root", copy, "--write")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "every article has its row\n")
    assert (copy / REGISTRY).read_bytes() == committed


def test_new_articles_join_a_story_or_are_excluded(golden: Path, run: Run) -> None:
    """A copy joins its story; a copy of stories in two splits is excluded and names both; existing rows stay.

    Stories of a registry without groups are their own, and get the folds that they were read with.
    """
    first, second = PAGES["original"], PAGES["relative"]
    arrive(golden, a1=first, a2=second)
    before = rows(golden)
    files.write_file(golden / REGISTRY, "\n".join(["article,story,split", *before, f"{'1' * 16},{'1' * 16},train",
                                              f"{'2' * 16},{'2' * 16},test", ""]))  # fmt: skip
    expected = [f"{row},{row.split(',')[1]},{fold}" for row, fold in zip(rows(golden), "0012", strict=True)]
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
    expected[1] = expected[1].replace("train", "withdrawn")
    assert rows(golden) == [
        *expected,
        f"{'3' * 16},{'1' * 16},train,{'1' * 16},1",
        f"{'4' * 16},{'1' * 16},excluded,,",
        f"{'5' * 16},{'5' * 16},train,{'5' * 16},3",
    ]
    again = run("stories", "--root", golden, "--write")
    assert (again.stdout, again.stderr) == ("", "every article has its row\n")


def test_writes_nothing_if_an_article_cannot_be_read(golden: Path, run: Run) -> None:
    """A broken article is not gone: its row stays, and the problem is reported."""
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
SPLIT_VALUES = st.sampled_from([*SPLITS, "excluded", "withdrawn"])


def at_home(rows: list[SplitRow]) -> list[SplitRow]:
    """Return the rows with their home splits."""
    homes = split_assignment.home_splits(rows)
    return [row._replace(split=homes[row.article]) for row in rows]


@given(TIES, st.lists(SPLIT_VALUES, max_size=8))
def test_near_duplicates_are_never_in_two_splits(ties: list[tuple[str, str, float]], values: list[str]) -> None:
    """Whatever the ties, each new article has one row or one unit, and is tied to no article in another split."""
    registered = [SplitRow(article, article, value) for article, value in zip(IDS, values, strict=False)]
    newcomers = IDS[len(registered) :]
    assigned, units = split_assignment.assign_copies(newcomers, [Tie(*tie) for tie in ties], at_home(registered))
    assert sorted([*assigned, *(article for unit in units for article in unit)]) == newcomers
    splits = {row.article: row.split for row in [*at_home(registered), *(each.row for each in assigned.values())]}
    unit_of = {article: unit for unit in units for article in unit}
    for left, right, _ in ties:
        if (left in newcomers or right in newcomers) and "excluded" not in (splits.get(left), splits.get(right)):
            assert splits.get(left) == splits.get(right)
            assert unit_of.get(left) == unit_of.get(right)
    assert all((row.split == "excluded") == bool(bridged) for row, bridged in assigned.values())


def assigned(ties: list[tuple[str, str]], registered: dict[str, str], newcomers: str) -> dict[str, tuple[str, str]]:
    """Return story and split of new articles, all single letters; each article in ``registered`` is its own story."""
    known = [SplitRow(article, article, split) for article, split in registered.items()]
    with_scores = [Tie(left, right, 0.9) for left, right in ties]
    assignments, units = split_assignment.assign_copies(list(newcomers), with_scores, at_home(known))
    assert units == []
    return {row.article: (row.story, row.split) for row, _ in assignments.values()}


def test_articles_that_connect_two_stories_are_assigned_one_by_one() -> None:
    """Each joins the story that it is tied to; one tied to both is excluded, and so is one tied only to that one."""
    registered = {"a": "train", "b": "test"}
    assert assigned([("n", "a"), ("m", "b")], registered, "nm") == {"n": ("a", "train"), "m": ("b", "test")}
    chain = assigned([("n", "a"), ("n", "m"), ("m", "o"), ("o", "b")], registered, "nmo")
    assert (chain["n"], chain["m"], chain["o"][1]) == (("a", "train"), ("a", "train"), "excluded")
    both = assigned([("n", "a"), ("n", "b"), ("n", "m")], registered, "nm")
    assert (both["n"][1], both["m"][1]) == ("excluded", "excluded")


def test_new_articles_join_stories_in_one_split_and_withdrawn_ones() -> None:
    """Two stories in one split are no conflict; a withdrawn article has the split of its story."""
    assert assigned([("n", "a"), ("n", "b")], {"a": "test", "b": "test"}, "n") == {"n": ("a", "test")}
    assert assigned([("n", "a")], {"a": "withdrawn"}, "n") == {"n": ("a", registry.split_of("a"))}


def test_article_tied_to_an_excluded_one_is_excluded() -> None:
    """The row of the excluded article is reported as the reason."""
    excluded = SplitRow("a", "a", "excluded")
    assert split_assignment.assign_copies(["n"], [Tie("n", "a", 0.9)], [excluded]) == (
        {"n": split_assignment.SplitAssignment(SplitRow("n", "a", "excluded"), (excluded,))},
        [],
    )


GROUPS = st.dictionaries(
    st.sampled_from([f"{number:x}" for number in range(60)]),
    st.dictionaries(st.sampled_from(["en", "uk", "fr"]), st.integers(1, 9), min_size=1),
    max_size=60,
)


@given(GROUPS, st.sampled_from([(0.8, 0.1, 0.1), (0.5, 0.5, 0.0), (0.34, 0.33, 0.33)]))
def test_splits_have_their_shares_as_far_as_groups_allow(
    groups: dict[str, dict[str, int]], shares: tuple[float, ...]
) -> None:
    """No split has more than its share, rounded up, and one group; those without a share have none; none lacks one."""
    share_of = dict(zip(SPLITS, shares, strict=True))
    splits = split_assignment.assign_group_splits(groups, {}, share_of)
    sizes = {group: sum(counts.values()) for group, counts in groups.items()}
    assert splits.keys() == groups.keys()
    for split, share in share_of.items():
        of_split = [sizes[group] for group in groups if splits[group] == split]
        assert sum(of_split) <= share * sum(sizes.values()) + 1 + max(of_split, default=0)
        assert bool(of_split) == (share > 0) or len(groups) < 3


def test_splits_are_balanced_by_size_and_language() -> None:
    """A thousand groups of two languages: each split has its share of both; what is taken counts."""
    groups = {f"{number:x}": {("en", "uk")[number % 3 == 0]: 1 + number % 7} for number in range(1_000)}
    for taken in ({}, {"train": {"en": 4_000}}):
        splits = split_assignment.assign_group_splits(groups, taken)
        counts = Counter({split: sum(counts.values()) for split, counts in taken.items()})
        by_language: Counter[tuple[str, str]] = Counter()
        for group, split in splits.items():
            counts[split] += sum(groups[group].values())
            by_language.update({(split, language): number for language, number in groups[group].items()})
        if not taken:
            assert [round(counts[split] / counts.total(), 2) for split in SPLITS] == [0.8, 0.1, 0.1]
        share = by_language["test", "uk"] / sum(by_language[split, "uk"] for split in SPLITS)
        assert 0.05 < share < 0.2


def test_tiny_corpora_have_all_splits() -> None:
    """New groups fill empty splits; those of the registry count."""
    assert {*split_assignment.assign_group_splits({each: {"en": 1} for each in "abc"}, {}).values()} == {*SPLITS}
    full = {split: {"en": 1} for split in SPLITS}
    assert split_assignment.assign_group_splits({"a": {"en": 1}}, full) == {"a": registry.split_of("a")}
    assert split_assignment.assign_group_splits({}, full) == {}
    shares = [registry.split_of(str(number)) for number in range(2_000)]
    assert 0.77 < shares.count("train") / 2_000 < 0.83


def test_settings_give_the_shares_of_splits(golden: Path) -> None:
    """A split without a share gets no story, not even if it is empty; rows that are there stay."""
    (golden / "pactwire.toml").write_text("[splits]\ntrain = 0.5\nvalidation = 0.5\ntest = 0\n")
    words = [" ".join(f"w{number}x{at}" for at in range(40)) for number in range(40)]
    lines = [json.dumps({"id": f"{number:016x}", "text": text, "license": "none"}) for number, text in enumerate(words)]
    (golden / "dataset/raw/more.jsonl").write_text("\n".join(lines))
    rows = [proposal.row for proposal in proposals.propose(corpus.load_corpus(golden)).proposals]
    found = Counter(row.split for row in rows)
    assert (len(rows), set(found)) == (40, {"train", "validation"})
    assert 10 < found["validation"] < 30
    gone = SplitRow("a", "a", "withdrawn")
    homes = [
        split_assignment.home_splits([gone], {split: float(split == share) for split in SPLITS}) for share in SPLITS
    ]
    assert homes == [{"a": split} for split in SPLITS]
