"""Average linkage, and the stories and groups of new articles beside those of the registry."""

import itertools
import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Run
from pactwire.corpus import corpus
from pactwire.corpus.settings import Settings
from pactwire.corpus.splits import SPLITS, SplitRow, SplitTable
from pactwire.model import strict_json
from pactwire.storage import files
from pactwire.stories import linkage, placement, proposals, story_linkage
from pactwire.stories.article_features import ArticleFeatures, FeatureExtractor
from pactwire.stories.article_store import ArticleStore
from pactwire.stories.event_features import Feature
from pactwire.stories.linkage import Link, Linkage, Vector
from pactwire.stories.split_assignment import SplitAssignment
from pactwire.stories.story_linkage import KnownStory, LinkedUnit

VECTORS = st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=1, max_size=9)


def vector(values: list[float]) -> Vector:
    """Return a vector with a code for each value but 0."""
    codes = np.flatnonzero(values)
    return codes.astype(np.uint32), np.array(values, np.float32)[codes]


@given(VECTORS, st.integers(0, 3), st.floats(0.1, 2))
def test_clusters_are_joined_as_long_as_they_are_alike(values: list[list[float]], fixed: int, least: float) -> None:
    """In the end no two clusters are alike on average; fixed ones stay apart, and all items are in one."""
    items = [vector(each) for each in values]
    joined = Linkage(items, [1] * len(items), [at < fixed for at in range(len(items))])
    joined.join([Link(*pair) for pair in itertools.combinations(range(len(items)), 2)], least)
    clusters = joined.clusters()
    assert sorted(itertools.chain(*clusters)) == list(range(len(items)))
    assert all(sum(item < fixed for item in cluster) <= 1 for cluster in clusters)
    products = np.array(values) @ np.array(values).T
    for left, right in itertools.combinations(clusters, 2):
        if min(left) >= fixed or min(right) >= fixed:
            assert products[np.ix_(left, right)].mean() < least + 1e-5


def test_one_wrong_link_joins_no_two_events() -> None:
    """Two clusters with one pair that is alike stay apart, in steps as in one; only linked items are joined at all."""
    left, right = [1.0, 0, 0, 0.1], [0, 1.0, 0, 0.1]
    bridge = [0.6, 0.6, 0, 0]
    items = [vector(each) for each in (left, left, left, right, right, right, bridge)]
    links = [Link(*pair) for pair in itertools.combinations(range(7), 2)]
    for steps in ([0.5], [0.8, 0.5]):
        joined = Linkage(items, [1] * 7, [False] * 7)
        for least in steps:
            joined.join(links, least)
        assert sorted(map(len, joined.clusters())) == [3, 4]
    joined.join([], 0.001)
    assert joined.clusters() == [list(range(7))]
    apart = Linkage(items, [1] * 7, [False] * 7)
    apart.join(links[:1], 0.5)
    assert apart.clusters() == [[0, 1], *([each] for each in range(2, 7))]


def test_weights_count_as_articles() -> None:
    """The mean likeness of sums of vectors is that of all pairs."""
    parts = [vector(each) for each in ([1.0, 0.5, 0, 0], [0.2, 0, 0.3, 0], [0.7, 0.7, 0, 1])]
    total = linkage.add_vectors(parts[:2])
    means = [linkage.mean_likeness(part, 1, parts[2], 1) for part in parts[:2]]
    assert linkage.mean_likeness(total, 2, parts[2], 1) == pytest.approx(sum(means) / 2)
    assert linkage.mean_likeness(vector([0.0] * 4), 1, parts[2], 1) == 0


KNOWN = [KnownStory(SplitRow("a", "a", "train", "g", "0"), [0]), KnownStory(SplitRow("b", "b", "test", "b", "1"), [1]),
         KnownStory(SplitRow("x", "x", "excluded"), [2])]  # fmt: skip


def test_units_get_the_rows_of_what_they_are_linked_to() -> None:
    """That of a story, of a group, or of a new group; a unit of stories in two splits is excluded, with both named."""
    units = [["c", "d"], ["e"], ["f"], ["h"], ["i"]]
    linked = [
        LinkedUnit(0, 0, 0, 0, ()), LinkedUnit(1, 1, None, 0, ()), LinkedUnit(2, 2, None, None, ()),
        LinkedUnit(3, 3, 0, 0, (1,)), LinkedUnit(4, 4, 2, 2, ()),
    ]  # fmt: skip
    placed = list(placement.place_units(units, linked, KNOWN))
    assert [row for row, _ in placed] == [
        SplitRow("c", "a", "train", "g"), SplitRow("d", "a", "train", "g"), SplitRow("e", "e", "train", "g"),
        SplitRow("f", "f", "", "f"), SplitRow("h", "a", "excluded"), SplitRow("i", "x", "excluded"),
    ]  # fmt: skip
    assert [bridged for _, bridged in placed if bridged] == [(KNOWN[0].row, KNOWN[1].row), (KNOWN[2].row,)]
    rows = [story.row for story in KNOWN]
    filled = placement.fill_splits(placed, rows, dict.fromkeys("abxcdefhi", "en"), Settings(folds=3))
    assert [row[2:] for row, _ in filled[:4]] == [*[("train", "g", "0")] * 3, ("train", "f", "2")]
    assert [row[2:] for row, _ in filled[4:]] == [("excluded", "", "")] * 2


def test_groups_that_share_a_cluster_are_joined() -> None:
    """New groups become one, or part of the registry's, which stay apart; excluded articles join nothing."""
    new = [SplitAssignment(SplitRow(each, each, "", each)) for each in "cdef"]
    out = SplitAssignment(SplitRow("z", "a", "excluded"), (KNOWN[0].row,))
    rows = [story.row for story in KNOWN]
    joined = placement.join_groups([*new, out], rows, [["c", "d"], ["d", "b", "q"], ["a", "b"], ["e", "z", "x"]])
    assert [row[2:4] for row, _ in joined] == [("test", "b"), ("test", "b"), ("", "e"), ("", "f"), ("excluded", "")]
    assert placement.join_groups(new, rows, [["c", "e"], ["e", "f"]])[3].row.group == "c"


@given(st.lists(st.tuples(st.text(max_size=30), st.integers(0, 800_000)), max_size=5))
def test_the_store_returns_what_it_was_given(articles: list[tuple[str, int]]) -> None:
    """Articles come back in any order, also between additions."""
    given_articles = [
        ArticleFeatures(text, "uk", {Feature("name", text): text, Feature("day", "06-19"): "19 June"}, day)
        for text, day in articles
    ]
    store = ArticleStore()
    for row, article in enumerate(given_articles):
        store.add(article)
        assert store.get(row) == article
    assert [store.get(row) for row in reversed(range(len(store)))] == given_articles[::-1]
    store.close()


def report(people: str, place: str, number: int, rest: str = "") -> str:
    """Return a report of an event in English."""
    return f"{people} signed for {number:,} containers on 19 June in {place}, {people} said. {rest}"


def arrive(root: Path, texts: dict[str, str], published: dict[str, str] | None = None) -> None:
    """Replace the articles of a dataset, and remove what is said of them."""
    shutil.rmtree(root / "dataset/raw")
    shutil.rmtree(root / "annotations/final", ignore_errors=True)
    (root / "dataset/sources.jsonl").unlink(missing_ok=True)
    dates = published or {}
    lines = [
        strict_json.compact(
            {"id": name, "text": text, "license": "none"} | ({"published": dates[name]} if name in dates else {})
        )
        for name, text in texts.items()
    ]
    (root / "dataset/raw").mkdir()
    files.write_file(root / "dataset/raw/0.jsonl", "\n".join(lines) + "\n")


ONE, TWO = report("Barvedok", "Molkorlas", 11_340), report("Stilgard", "Fendurik", 47_850)
RETOLD = "Molkorlas saw Barvedok come on 19 June to put a name under 11,340 containers."
BOTH = f"{RETOLD} In Fendurik, meanwhile, as many as 47,850 containers were what Stilgard wanted."
A, B, C, D, E = (letter * 16 for letter in "abcde")


@pytest.mark.parametrize("story", [B, A])
def test_an_article_between_two_splits_is_excluded(golden: Path, story: str) -> None:
    """Also if both are one story that an older version wrote into two splits; one like the first alone joins it."""
    arrive(golden, {A: ONE, B: TWO, C: RETOLD.replace("saw", "had seen"), D: BOTH})
    text = f"article,story,split\n{A},{A},train\n{B},{story},test\n"
    (golden / "dataset/splits.csv").write_text(text, encoding="utf-8")
    joined, between = proposals.propose(corpus.load_corpus(golden)).proposals
    assert joined.row == SplitRow(C, A, "train", A, "0")
    assert (between.row.split, between.row.group, between.row.fold) == ("excluded", "", "")
    assert {(row.story, row.split) for row in between.bridged} == {(A, "train"), (story, "test")}


def test_wrong_dates_part_stories_but_leak_nothing(golden: Path) -> None:
    """Reports of one event dated years apart are two stories in one group."""
    arrive(golden, {A: ONE, B: RETOLD}, {A: "2024-06-20", B: "1970-01-01"})
    (golden / "dataset/splits.csv").unlink()
    first, second = (each.row for each in proposals.propose(corpus.load_corpus(golden)).proposals)
    assert (first.story == second.story, first.group == second.group) == (False, True)
    assert (first.split, first.fold) == (second.split, second.fold)


def test_many_copies_of_one_text_are_one_story(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of copies of an agency's text are compared with a few each, and read once each."""
    text = report("Barvedok", "Molkorlas", 11_340, "Nobody came that day, but for the crews of two ships.")
    arrive(golden, {f"{number:016x}": f"Paper {number}\n\n{text}" for number in range(300)})
    (golden / "dataset/splits.csv").unlink()
    data = corpus.load_corpus(golden)
    reads: Counter[str] = Counter()
    extract = FeatureExtractor.extract
    monkeypatch.setattr(FeatureExtractor, "extract", lambda self, each: (reads.update([each]), extract(self, each))[1])
    proposed = proposals.propose(data).proposals
    assert {(row.story, row.group) for row, _, _ in proposed} == {("0" * 16, "0" * 16)}
    assert set(reads.values()) == {1}
    assert max(len(evidence) for _, evidence, _ in proposed) <= 3


def test_all_rows_can_be_proposed_anew(copy: Path, run: Run) -> None:
    """Rows that people wrote are replaced, those of articles that are gone stay withdrawn, and the shares are told."""
    table = copy / "dataset/splits.csv"
    committed = table.read_text(encoding="utf-8")
    header, *lines = committed.splitlines()
    gone = "9999999999999999,9999999999999999,train,9999999999999999,4"
    table.write_text(
        "\n".join([header, gone, *(line.replace("train", "test") for line in lines), ""]), encoding="utf-8"
    )
    done = run("stories", "--root", copy, "--anew", "--write")
    assert done.returncode == 0
    assert table.read_text(encoding="utf-8") == committed.replace(
        header, f"{header}\n{gone.replace('train', 'withdrawn')}"
    )
    assert "train: 3 articles in 2 groups, 60.0% of 80% (fr 2, bg 1)\n" in done.stdout


def test_clusters_keep_articles_together_if_asked(copy: Path) -> None:
    """Of the articles of this dataset, all that have a claim in one cluster are one group."""
    (copy / "dataset/splits.csv").unlink()
    path = copy / "annotations/clusters.jsonl"
    cluster = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    claims = [
        f"{document['article']}/{document['claims'][0]['id']}"
        for document in map(json.loads, (file.read_text("utf-8") for file in (copy / "annotations/final").iterdir()))
    ]
    files.write_file(path, json.dumps(cluster | {"members": sorted(claims)}) + "\n")
    for settings, groups in (("", 4), ("[splits]\njoin_clusters = true\n", 1)):
        (copy / "pactwire.toml").write_text(settings, encoding="utf-8")
        assert len({row.group for row, _, _ in proposals.propose(corpus.load_corpus(copy)).proposals}) == groups


def test_the_registry_is_not_joined(golden: Path) -> None:
    """Two stories of the registry stay two, however alike, and the new article joins the one that is most like it."""
    arrive(golden, {A: ONE, B: report("Barvedok", "Molkorlas", 11_340, "It rained."), C: ONE + " It rained all day."})
    data = corpus.load_corpus(golden)
    rows = [SplitRow(each, each, "train", each, "0") for each in (A, B)]
    data.splits = SplitTable.from_rows(list(enumerate(rows, 2)))
    (proposal,) = proposals.propose(data).proposals
    assert proposal.row.story in (A, B) and proposal.row.split == "train"
    assert proposal.row.split in SPLITS and story_linkage.STORY_LIKENESS == 1
