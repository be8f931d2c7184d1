"""Views: rows of each config from a document, and nothing lost uncounted."""

from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pactwire.build import config_batches, features
from pactwire.build.article_context import ArticleContext, article_contexts
from pactwire.build.claim_pairs import claim_pair_rows
from pactwire.build.features import CONFIGS
from pactwire.build.provenance import annotator_kind
from pactwire.corpus import corpus
from pactwire.model import schema
from pactwire.text import bio_tags, offsets
from pactwire.text.content import Content
from pactwire.text.sentences import sentence_spans
from support import strategies
from support.strategies import Annotated

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t"), max_size=60)


def entries(root: Path) -> list[ArticleContext]:
    """What the views see of the golden base's two articles."""
    return list(article_contexts(corpus.load_corpus(root)))


def rows_of(entry: ArticleContext, losses: Counter[str]) -> dict[str, list[Any]]:
    """The rows of an article in every config, class labels by their names."""
    rows: dict[str, list[Any]] = {config: [] for config in CONFIGS if config != "claim_pairs"}
    rows |= {config: batch.to_pylist() for config, batch in config_batches.article_batches([entry], losses).items()}
    for config, label_set in (("stance", "polarity"), ("claims", "checkworthy")):
        for row in rows[config]:
            row["label"] = schema.label_names(label_set)[row["label"]]
    return rows


@given(TEXT, st.sampled_from(["fr", "uk", "bg", "de", "en", "und", "xx"]))
def test_sentences_are_slices_in_order(text: str, language: str) -> None:
    """Sentences do not overlap, have no white space at their edges and leave out nothing visible."""
    position = 0
    for start, end in sentence_spans(text, language):
        assert start >= position
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        position = end
    assert not text[position:].strip()


@given(strategies.annotated())
def test_every_content_zone_is_in_its_language(drawn: Annotated) -> None:
    """Also behind furniture that was cut out, so that zones stand elsewhere than in the source text."""
    content = Content(drawn.article, drawn.zones, None)
    for zone in content.zones:
        if span := offsets.to_content(content.segments, zone["start"], zone["end"]):
            assert content.language(*span) == zone["language"]


def test_documents_of_some_articles_of_a_batch_are_rows(golden: Path) -> None:
    """Config ``annotations`` has the rows of those articles that have documents besides the final one."""
    first, second = entries(golden)
    assert first.final is not None
    annotator = first.final["annotators"][0]["id"]
    for batch in (
        [ArticleContext(**{**vars(first), "documents": [(annotator, first.final)]}), second],
        [second, first],
    ):
        found = config_batches.article_batches(batch, Counter())
        rows = found["annotations"].to_pylist() if "annotations" in found else []
        assert [(row["article_id"], row["annotator"]) for row in rows] == [
            (entry.article["id"], name) for entry in batch for name, _ in entry.documents
        ]


def test_rows_of_the_golden_base(golden: Path) -> None:
    """Holders and targets are resolved by what is meant, claims stand in their sentence, furniture is gone."""
    first, second = entries(golden)
    losses: Counter[str] = Counter()
    rows = rows_of(first, losses)
    article = rows["articles"][0]
    assert article["text"] == "Moscow praises Pyongyang\n\nMoscow praised 😀 Pyongyang on Monday, Reuters said."
    assert article["title"] == "Moscow praises Pyongyang"
    assert [row["text"] for row in rows["entities"]] == article["text"].split("\n\n")
    assert [bio_tags.tag_names()[tag] for tag in rows["entities"][1]["ner_tags"][:3]] == ["B-GPE", "O", "O"]
    stance = rows["stance"][0]
    assert (stance["holder"], stance["holder_link"], stance["target"], stance["target_link"], stance["label"]) == (
        "Moscow", "Q159", "Pyongyang", "Q423", "favor",
    )  # fmt: skip
    assert stance["text"][stance["evidence_start"] : stance["evidence_end"]] == "praised 😀 Pyongyang"
    claim_rows = rows["claims"]
    assert [row["label"] for row in claim_rows] == ["NFS", "CFS"]
    assert claim_rows[1]["claims"][0]["claimant_names"] == ["Reuters"]
    topic = rows_of(second, losses)["stance"][0]
    assert (topic["target_kind"], topic["target"], topic["target_link"]) == ("topic", "Ties", "topic:ties")


def test_claim_pairs_are_same_in_a_cluster_and_different_in_a_story(golden: Path) -> None:
    """Clustered claims give ``same``; without the cluster the story's two claims are ``different``."""
    both = entries(golden)
    data = corpus.load_corpus(golden)
    clusters = [cluster for _, cluster in data.clusters]
    assert [row["label"] for row in claim_pair_rows(both, clusters)] == ["same"]
    assert [row["label"] for row in claim_pair_rows(both, [])] == ["different"]
    apart = [both[0], ArticleContext(**{**vars(both[1]), "split": "test"})]
    assert list(claim_pair_rows(apart, clusters)) == []


def test_a_pair_claims_no_more_than_its_weaker_side(golden: Path) -> None:
    """Its status is that of the less advanced document, its annotator kind that of the weaker one, on either side."""
    data = corpus.load_corpus(golden)
    clusters = [cluster for _, cluster in data.clusters]
    first, second = entries(golden)

    def with_claims(entry: ArticleContext, status: str, kind: str) -> ArticleContext:
        final: Any = {**(entry.final or {}), "annotators": [{"id": "ann", "kind": kind}]}
        final["status"] = {**final["status"], "claims": status}
        return ArticleContext(**{**vars(entry), "final": final})

    for statuses, kinds in ((("reviewed", "draft"), ("human", "rule")), (("draft", "reviewed"), ("rule", "human"))):
        sides = [with_claims(*each) for each in zip((first, second), statuses, kinds, strict=True)]
        [row] = claim_pair_rows(sides, clusters)
        assert (row["annotation_status"], row["annotator_kind"]) == ("draft", "rule")


def test_numbers_of_classes_stay() -> None:
    """They are published: code that was trained on them takes 0 of claim_pairs for ``same``."""
    assert features.class_labels("claim_pairs")["label"] == {"same": 0, "different": 1}
    for config, label_set in (("stance", "polarity"), ("claims", "checkworthy")):
        assert list(features.class_labels(config)["label"]) == list(schema.label_names(label_set))


def test_a_pair_has_a_story_where_both_sides_have_one(golden: Path) -> None:
    """Claims of one cluster are a pair across stories, too, and then of no story."""
    clusters = [cluster for _, cluster in corpus.load_corpus(golden).clusters]
    first, second = entries(golden)
    assert [row["story"] for row in claim_pair_rows([first, second], clusters)] == [first.story]
    other = ArticleContext(**{**vars(second), "story": second.article["id"]})
    assert [(row["story"], row["label"]) for row in claim_pair_rows([first, other], clusters)] == [(None, "same")]
    assert list(claim_pair_rows([first, other], [])) == []


def test_layers_that_were_not_annotated_give_no_rows(golden: Path) -> None:
    """A document without a layer, and an article without a document, give no rows of empty labels."""
    first, second = entries(golden)
    document: Any = {key: value for key, value in (first.final or {}).items() if key not in ("claims", "stances")}
    document["status"] = {"zones": "draft", "entities": "draft"}
    losses: Counter[str] = Counter()
    rows = rows_of(ArticleContext(**{**vars(first), "final": document}), losses)
    assert (len(rows["entities"]), len(rows["claims"]), len(rows["stance"])) == (2, 0, 0)
    assert rows["articles"][0]["claims"] is None
    assert rows["articles"][0]["annotation_status"]["claims"] is None
    bare = rows_of(ArticleContext(**{**vars(second), "final": None}), losses)
    assert {config: len(found) for config, found in bare.items()} == {
        "articles": 1, "entities": 0, "stance": 0, "claims": 0, "annotations": 0,
    }  # fmt: skip


def test_an_empty_layer_gives_lines_and_sentences_without_labels(golden: Path) -> None:
    """An empty list was annotated and holds nothing: its lines and sentences are rows."""
    first = entries(golden)[0]
    document: Any = {**(first.final or {}), "entities": [], "claims": [], "stances": []}
    losses: Counter[str] = Counter()
    rows = rows_of(ArticleContext(**{**vars(first), "final": document}), losses)
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
