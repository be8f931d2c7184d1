"""Rows of each config from documents; every label that is lost is counted."""

from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pactwire.build import config_batches, features
from pactwire.build.article_context import ArticleContext, article_contexts
from pactwire.build.cluster_pairs import cluster_pair_rows
from pactwire.build.provenance import annotator_kind
from pactwire.corpus import corpus
from pactwire.text import bio_tags, offsets
from pactwire.text.content import Content
from pactwire.text.sentences import sentence_spans
from support import strategies
from support.news import SCHEMA, label_names
from support.strategies import Annotated

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t"), max_size=60)


def contexts(root: Path) -> list[ArticleContext]:
    """The contexts of the golden base's two articles."""
    return list(article_contexts(corpus.load_corpus(root)))


def rows_by_config(context: ArticleContext, losses: Counter[str]) -> dict[str, list[Any]]:
    """The rows of an article in every config, with class labels by name."""
    rows: dict[str, list[Any]] = {config: [] for config in features.configs(SCHEMA) if config != "claim_pairs"}
    rows |= {
        config: batch.to_pylist() for config, batch in config_batches.article_batches(SCHEMA, [context], losses).items()
    }
    for config, label_set in (("stance", ("stances", "polarity")), ("claims", ("claims", "checkworthy"))):
        for row in rows[config]:
            row["label"] = label_names(*label_set)[row["label"]]
    return rows


@given(TEXT, st.sampled_from(["fr", "uk", "bg", "de", "en", "und", "xx"]))
def test_sentences_are_slices_in_order(text: str, language: str) -> None:
    """Sentences do not overlap, have no white space at their edges and include everything visible."""
    position = 0
    for start, end in sentence_spans(text, language):
        assert start >= position
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        position = end
    assert not text[position:].strip()


@given(strategies.annotated())
def test_content_zones_keep_their_language(drawn: Annotated) -> None:
    """Content has the languages of its zones, even after furniture that was removed."""
    content = Content(drawn.article, drawn.zones, None, SCHEMA.content_kinds)
    for zone in content.zones:
        if span := offsets.to_content(content.segments, zone["start"], zone["end"]):
            assert content.language(*span) == zone["language"]


def test_annotations_rows_of_part_of_a_batch(golden: Path) -> None:
    """Config ``annotations`` has rows only for articles with documents besides the final one."""
    first, second = contexts(golden)
    assert first.final is not None
    annotator = first.final["annotators"][0]["id"]
    for batch in (
        [ArticleContext(**{**vars(first), "documents": [(annotator, first.final)]}), second],
        [second, first],
    ):
        found = config_batches.article_batches(SCHEMA, batch, Counter())
        rows = found["annotations"].to_pylist() if "annotations" in found else []
        assert [(row["article_id"], row["annotator"]) for row in rows] == [
            (context.article["id"], name) for context in batch for name, _ in context.documents
        ]


def test_rows_of_the_golden_base(golden: Path) -> None:
    """Holders and targets are resolved to their referents, claims are in their sentence, furniture is gone."""
    first, second = contexts(golden)
    losses: Counter[str] = Counter()
    rows = rows_by_config(first, losses)
    article = rows["articles"][0]
    assert article["text"] == "Moscow praises Pyongyang\n\nMoscow praised 😀 Pyongyang on Monday, Reuters said."
    assert article["title"] == "Moscow praises Pyongyang"
    assert [row["text"] for row in rows["entities"]] == article["text"].split("\n\n")
    tags = bio_tags.tag_names(SCHEMA.layers["entities"].attribute("type").label_names)
    assert [tags[tag] for tag in rows["entities"][1]["ner_tags"][:3]] == ["B-GPE", "O", "O"]
    stance = rows["stance"][0]
    assert (stance["holder"], stance["holder_link"], stance["target"], stance["target_link"], stance["label"]) == (
        "Moscow", "Q159", "Pyongyang", "Q423", "favor",
    )  # fmt: skip
    assert stance["text"][stance["evidence_start"] : stance["evidence_end"]] == "praised 😀 Pyongyang"
    claim_rows = rows["claims"]
    assert [row["label"] for row in claim_rows] == ["NFS", "CFS"]
    assert claim_rows[1]["claims"][0]["claimant_names"] == ["Reuters"]
    topic = rows_by_config(second, losses)["stance"][0]
    assert (topic["target_kind"], topic["target"], topic["target_link"]) == ("topic", "Ties", "topic:ties")


def test_labels_claim_pairs_by_cluster(golden: Path) -> None:
    """Clustered claims are ``same``; without the cluster, there is nothing that a pair could be compared with."""
    both = contexts(golden)
    data = corpus.load_corpus(golden)
    clusters = [cluster for _, cluster in data.iter_clusters()]
    assert [row["label"] for row in cluster_pair_rows(SCHEMA, SCHEMA.layers["claims"], both, clusters)] == ["same"]
    assert list(cluster_pair_rows(SCHEMA, SCHEMA.layers["claims"], both, [])) == []


def test_claim_pair_has_the_weaker_provenance(golden: Path) -> None:
    """Its status and annotator kind are the lower ones of its two sides."""
    data = corpus.load_corpus(golden)
    clusters = [cluster for _, cluster in data.iter_clusters()]
    first, second = contexts(golden)

    def with_claims(context: ArticleContext, status: str, kind: str) -> ArticleContext:
        final: Any = {**(context.final or {}), "annotators": [{"id": "ann", "kind": kind}]}
        final["status"] = {**final["status"], "claims": status}
        return ArticleContext(**{**vars(context), "final": final})

    for statuses, kinds in ((("reviewed", "draft"), ("human", "rule")), (("draft", "reviewed"), ("rule", "human"))):
        sides = [with_claims(*each) for each in zip((first, second), statuses, kinds, strict=True)]
        [row] = cluster_pair_rows(SCHEMA, SCHEMA.layers["claims"], sides, clusters)
        assert (row["annotation_status"], row["annotator_kind"]) == ("draft", "rule")


def test_class_numbers_are_stable() -> None:
    """They are published: code trained on claim_pairs expects 1 for ``same``."""
    assert features.class_labels(SCHEMA, "claim_pairs")["label"] == {"different": 0, "same": 1}
    for config, label_set in (("stance", ("stances", "polarity")), ("claims", ("claims", "checkworthy"))):
        assert list(features.class_labels(SCHEMA, config)["label"]) == list(label_names(*label_set))


def test_claim_pair_has_a_story_if_its_sides_share_it(golden: Path) -> None:
    """Claims of one cluster are a pair across stories too, without a story."""
    clusters = [cluster for _, cluster in corpus.load_corpus(golden).iter_clusters()]
    first, second = contexts(golden)
    assert [row["story"] for row in cluster_pair_rows(SCHEMA, SCHEMA.layers["claims"], [first, second], clusters)] == [
        first.story
    ]
    other = ArticleContext(**{**vars(second), "story": second.article["id"]})
    assert [
        (row["story"], row["label"])
        for row in cluster_pair_rows(SCHEMA, SCHEMA.layers["claims"], [first, other], clusters)
    ] == [(None, "same")]
    assert list(cluster_pair_rows(SCHEMA, SCHEMA.layers["claims"], [first, other], [])) == []


def test_layers_that_were_not_annotated_have_no_rows(golden: Path) -> None:
    """A document without a layer, and an article without a document, have no rows for it."""
    first, second = contexts(golden)
    document: Any = {key: value for key, value in (first.final or {}).items() if key not in ("claims", "stances")}
    document["status"] = {"zones": "draft", "entities": "draft"}
    losses: Counter[str] = Counter()
    rows = rows_by_config(ArticleContext(**{**vars(first), "final": document}), losses)
    assert (len(rows["entities"]), len(rows["claims"]), len(rows["stance"])) == (2, 0, 0)
    assert rows["articles"][0]["claims"] is None
    assert rows["articles"][0]["status"]["claims"] is rows["articles"][0]["annotator_kinds"]["claims"] is None
    bare = rows_by_config(ArticleContext(**{**vars(second), "final": None}), losses)
    assert {config: len(found) for config, found in bare.items()} == {
        "articles": 1, "entities": 0, "stance": 0, "stance_candidates": 0, "claims": 0, "annotations": 0,
    }  # fmt: skip


def test_empty_layer_has_rows_without_labels(golden: Path) -> None:
    """An empty layer was annotated, so its lines and sentences are rows."""
    first = contexts(golden)[0]
    document: Any = {**(first.final or {}), "entities": [], "claims": [], "stances": []}
    losses: Counter[str] = Counter()
    rows = rows_by_config(ArticleContext(**{**vars(first), "final": document}), losses)
    assert [row["spans"] for row in rows["entities"]] == [[], []]
    assert [row["label"] for row in rows["claims"]] == ["NFS", "NFS"]
    assert rows["stance"] == []


def test_annotator_kind_is_that_of_the_weakest_label() -> None:
    """A layer is human only if a person made or confirmed each of its labels."""
    people = [{"id": name, "kind": kind, "name": None, "version": None} for name, kind in
              (("p", "human"), ("m", "model"), ("r", "rule"))]  # fmt: skip

    def kind(*by: list[str]) -> str:
        document: Any = {"annotators": people, "entities": [{"by": each} for each in by]}
        return annotator_kind(document, "entities")

    assert kind(["m", "p"], ["p"]) == "human"
    assert kind(["m", "p"], ["m"]) == "model"
    assert kind(["r"], ["m"], ["p"]) == "rule"


def test_an_empty_layer_that_nobody_reviewed_is_no_persons() -> None:
    """A person who reviewed another layer is not a maker of this one, nor is who reviewed a layer without labels."""
    people = [{"id": name, "kind": kind, "name": None, "version": None} for name, kind in
              (("p", "human"), ("m", "model"), ("r", "rule"))]  # fmt: skip
    document: Any = {
        "annotators": people, "status": {"zones": "adjudicated", "entities": "reviewed", "claims": "adjudicated"},
        "zones": [{"by": ["r", "m"]}], "entities": [{"by": ["m", "p"]}], "claims": [],
    }  # fmt: skip
    assert [annotator_kind(document, layer) for layer in ("zones", "entities", "claims")] == ["model", "human", "model"]
    document["status"] = {"entities": "reviewed", "claims": "adjudicated"}
    assert annotator_kind(document, "claims") == "rule"
    document["status"]["claims"] = "reviewed"
    assert annotator_kind(document, "claims") == "human"
