"""Pairs of labels: those of a cluster, those beside them, and that nothing but their words tells which is which."""

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from pactwire.build import features
from pactwire.build.article_context import ArticleContext
from pactwire.build.cluster_pairs import cluster_pair_rows
from pactwire.card import dataset_folder
from pactwire.model import strict_json
from pactwire.model.records import Cluster
from pactwire.release import docs
from support import strategies
from support.news import SCHEMA

CLAIMS = SCHEMA.layers["claims"]
STORIES, FOLDS = 200, 5
NOT_FOR_INPUT = {"a_cluster", "b_cluster", "reason"}
WORDS = {"id", "text", "normalized"}
OTHER_COLUMNS = [
    name
    for name in features.config_features(SCHEMA, "claim_pairs")
    if name not in {"label", *NOT_FOR_INPUT, *(f"{side}_{each}" for side in "ab" for each in WORDS)}
]


def reported(chance: random.Random, story: str, fold: int, language: str, facts: Sequence[str]) -> ArticleContext:
    """Return an article that has a line and a claim for each fact; some lines are in English."""
    article = strategies.article("\n".join([f"Number {chance.random()}", *facts]))
    claims, zones, start = [], [], 0
    for number, line in enumerate(article["source_text"].split("\n")):
        end = start + len(line)
        written = "en" if chance.random() < 0.2 else language
        zones += [{"id": f"z{number}", "start": start, "end": end, "kind": "body", "language": written}]
        if number:
            claims += [
                {"id": f"c{number}", "start": start, "end": end, "text": line, "claimants": ["AUTHOR"], "by": ["x"],
                 "checkworthy": chance.choice(["NFS", "UFS", "CFS"]), "normalized": line}
            ]  # fmt: skip
        start = end + 1
    final: Any = {
        "annotators": [{"id": "x", "kind": chance.choice(["human", "model"])}],
        "status": {"claims": chance.choice(["draft", "reviewed"])},
        "entities": [],
        "claims": claims,
    }
    each: Any = zones
    return ArticleContext(article, story, "train", fold, each, final, [])


def made_up() -> tuple[list[ArticleContext], list[Cluster]]:
    """Return articles of one to four a story, in three languages, each with some facts of its story and others."""
    chance = random.Random(1)

    def facts(name: str, count: int) -> list[str]:
        words = [f"{name}{number}" for number in range(20)]
        return [f"{name} fact {number} {' '.join(chance.sample(words, 5))}" for number in range(count)]

    background, contexts, members = facts("all", 300), [], dict[str, list[str]]()
    for number in range(STORIES):
        own = facts(f"s{number}", 9)
        for _ in range(chance.randint(1, 4)):
            told = [*chance.sample(own, chance.randint(1, 7)), *chance.sample(background, chance.randint(0, 2))]
            context = reported(chance, f"s{number}", number % FOLDS, chance.choice(["fr", "uk", "bg"]), told)
            contexts.append(context)
            for place, fact in enumerate(told, 1):
                members.setdefault(fact, []).append(f"{context.article['id']}/c{place}")
    clusters = [
        Cluster(id=f"k{at}", members=each, by=[]) for at, each in enumerate(members.values()) if 1 < len(each) < 9
    ]
    return contexts, clusters


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """The pairs of the made-up corpus."""
    contexts, clusters = made_up()
    return list(cluster_pair_rows(SCHEMA, CLAIMS, contexts, clusters))


def predicted(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> float:
    """Return the share of rows whose label is that of most rows of other folds with the same values."""
    seen: Counter[Any] = Counter()
    own: Counter[Any] = Counter()
    keyed = [(tuple(row[name] for name in columns), row["a_fold"], row["label"]) for row in rows]
    for values, fold, label in keyed:
        seen[values, label] += 1
        own[values, fold, label] += 1
    right = 0
    for values, fold, label in keyed:
        same, different = (seen[values, each] - own[values, fold, each] for each in ("same", "different"))
        right += label == ("same" if same > different else "different")
    return right / len(keyed)


def test_nothing_but_the_words_tells_the_label(rows: list[dict[str, Any]]) -> None:
    """A decision tree of three questions on all columns for input but words and ids is at chance in another fold."""
    assert len(rows) > 1900
    assert 100 < sum(row["story"] is None for row in rows) < len(rows) - 100
    assert {"story", "a_language", "a_article_id", "a_fold", "annotation_status"} <= {*OTHER_COLUMNS}
    rows = [{**row, "one_story": row["story"] is None} for row in rows]
    columns = [*OTHER_COLUMNS, "one_story"]
    found = {chosen: predicted(rows, chosen) for size in (1, 2, 3) for chosen in combinations(columns, size)}
    assert len(found) > 150
    assert {chosen: share for chosen, share in found.items() if share > 0.54} == {}
    assert predicted(rows, ["reason"]) == 1
    assert max(predicted(rows, [name]) for name in ("a_cluster", "b_cluster")) < 0.6


def test_different_pairs_are_near_and_no_more_than_the_same(rows: list[dict[str, Any]]) -> None:
    """Each pair of a cluster has at most one beside it, that shares a label, languages and mostly words with it."""
    by_label = {label: [row for row in rows if row["label"] == label] for label in features.PAIR_LABELS}
    same, different = by_label["same"], by_label["different"]
    assert 0.95 * len(same) < len(different) <= len(same)
    assert len({(row["a_id"], row["b_id"]) for row in rows}) == len(rows)
    shared = {row[f"{side}_id"] for row in same for side in "ab"}
    assert all(row["a_id"] in shared or row["b_id"] in shared for row in different)
    assert all(row["a_cluster"] != row["b_cluster"] or row["a_cluster"] is None for row in different)
    assert Counter(row["reason"] for row in different)["shared words"] > 0.9 * len(different)
    articles = [{(row["a_article_id"], row["b_article_id"]) for row in each} for each in (same, different)]
    assert len(articles[1] - articles[0]) < 0.1 * len(articles[1])


def test_articles_of_one_claim_have_pairs_of_other_articles() -> None:
    """Where the two articles of a pair have no other label, one of a third article of the story is beside it."""
    chance = random.Random(1)
    contexts = [reported(chance, "s", 0, "en", [f"{fact} was seen."]) for fact in ("Rain", "Rain", "A dog", "Hail")]
    members = [f"{context.article['id']}/c1" for context in contexts]
    found = list(cluster_pair_rows(SCHEMA, CLAIMS, contexts, [Cluster(id="k", members=members[:2], by=[])]))
    assert [(row["a_id"], row["b_id"], row["reason"]) for row in found] == [
        (members[0], members[1], None),
        (members[0], members[3], "shared words"),
    ]


def test_pairs_across_splits_are_counted(copy: Path) -> None:
    """The manifest has their number, and the card shows it."""
    members = ["c1c877da5f8dd539/c4", "20acd37116a2ee7f/c1", "5ccec2fc13046f9d/c11", "31c112378dc0491b/c20"]
    line = {"id": "across", "normalized": "It is so.", "members": members, "by": ["claude-adjudicator"]}
    with (copy / "annotations/clusters.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(strict_json.compact(line) + "\n")
    dataset_folder.build(copy)
    about = json.loads((copy / "dataset/manifest.json").read_text(encoding="utf-8"))
    # The first and the last are in train, and the others in validation and test.
    assert about["losses"]["pairs_across_splits"] == 5
    assert "pairs of a cluster whose two articles are in two splits" not in (copy / "DATASET_CARD.md").read_text(
        "utf-8"
    )
    docs.renew_files(copy, write=True)
    shown = (copy / "DATASET_CARD.md").read_text(encoding="utf-8")
    assert "| pairs of a cluster whose two articles are in two splits | 5 |" in shown


def test_pairs_are_the_same_from_any_shard(rows: list[dict[str, Any]]) -> None:
    """The pairs of some first articles are those that they have among all."""
    contexts, clusters = made_up()
    first = {context.article["id"] for context in contexts[50:90]}
    found = list(cluster_pair_rows(SCHEMA, CLAIMS, contexts[50:], clusters, first))
    assert found == [row for row in rows if row["a_article_id"] in first]
