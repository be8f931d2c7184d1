"""Rows that follow from a declaration: candidates, derived columns, several references, labels of whole articles."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pactwire.build import config_batches, features
from pactwire.build.article_context import article_contexts
from pactwire.build.cluster_pairs import cluster_pair_rows
from pactwire.corpus import corpus
from pactwire.corpus.schema_file import SCHEMA_FILE, read_schema
from pactwire.validation import validate

AA, BB = "00000000000000aa", "00000000000000bb"

SUBJECT: Any = {
    "title": "Subject",
    "description": "What the article is about.",
    "x-layer": {"of": "article", "label": "subject", "config": "subjects", "rows": "articles", "class": "main"},
    "$ref": "#/$defs/article_label",
    "required": ["main", "also", "urgent", "weight", "about", "quote"],
    "properties": {
        "main": {
            "title": "Main",
            "description": "The one subject.",
            "x-attribute": {"kind": "choice"},
            "type": "string",
            "oneOf": [
                {"const": "war", "title": "War", "description": "War."},
                {"const": "talks", "title": "Talks", "description": "Talks."},
            ],
        },
        "also": {
            "title": "Also",
            "description": "Others.",
            "x-attribute": {"kind": "choices"},
            "type": "array",
            "items": {"type": "string", "oneOf": [{"const": "oil", "title": "Oil", "description": "Oil."}]},
        },
        "urgent": {"description": "Urgent.", "x-attribute": {"kind": "flag"}, "type": "boolean"},
        "weight": {
            "description": "How much.",
            "x-attribute": {"kind": "number"},
            "anyOf": [{"type": "number"}, {"type": "null"}],
        },
        "about": {
            "description": "Whom it is about.",
            "x-attribute": {"kind": "references", "to": ["entities", "topics"], "parties": ["UNNAMED"]},
            "type": "array",
            "items": {"$ref": "#/$defs/reference"},
        },
        "quote": {
            "description": "Its gist.",
            "x-attribute": {"kind": "part"},
            "anyOf": [{"$ref": "#/$defs/part"}, {"type": "null"}],
        },
    },
    "unevaluatedProperties": False,
}
"""A layer of whole articles with every kind of attribute but text and link."""


def change_json(path: Path, change: Callable[[Any], object]) -> None:
    """Change a JSON file in place."""
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")


@pytest.fixture
def declared(golden: Path) -> Path:
    """The golden base, whose stances have candidates and a derived column, and with a layer of whole articles."""

    def schema(value: Any) -> None:
        value["properties"]["stances"]["x-layer"] |= {
            "derived": {"source": {"from": "claims", "take": "claimants", "where": "contains", "else": "AUTHOR"}},
            "candidates": {"config": "pairs", "pair": ["holder", "target"], "within": "sentence", "none": "nothing"},
        }
        value["properties"]["subject"] = SUBJECT

    def document(value: Any) -> None:
        quote = {"start": 74, "end": 86, "text": "Reuters said"}
        value["subject"] = {
            "main": "talks", "also": ["oil"], "urgent": True, "weight": 0.5, "about": ["e5", "topic:ties", "UNNAMED"],
            "quote": quote, "by": ["ann"],
        }  # fmt: skip
        value["status"]["subject"] = "draft"
        value["stances"].append({**value["stances"][0], "id": "s2", "start": 10, "end": 16, "text": "Moscow"})
        value["stances"].append({**value["stances"][0], "id": "s3", "holder": "AUTHOR", "polarity": "mixed"})
        value["stances"].append({**value["stances"][0], "id": "s4", "holder": "e1", "target": "e5"})

    change_json(golden / SCHEMA_FILE, schema)
    change_json(golden / f"annotations/final/{AA}.json", document)
    assert validate.validate_dataset(golden) == []
    return golden


def rows_of(root: Path, losses: Counter[str]) -> dict[str, list[Any]]:
    """Return the rows of every config of both articles, with class labels by name."""
    data = corpus.load_corpus(root)
    batches = config_batches.article_batches(data.schema, list(article_contexts(data)), losses)
    rows = {config: batch.to_pylist() for config, batch in batches.items()}
    for config, found in rows.items():
        for column, numbers in features.class_labels(data.schema, config).items():
            names = {number: name for name, number in numbers.items()}
            for row in found:
                row[column] = names.get(row[column])
    return rows


def test_order_of_configs(declared: Path) -> None:
    """Candidates come after the config of their layer, pairs of clusters after all layers, annotations last."""
    assert list(features.configs(read_schema(declared))) == [
        "articles", "entities", "claims", "stance", "pairs", "subjects", "claim_pairs", "annotations",
    ]  # fmt: skip


def test_candidates_are_all_pairs_of_a_sentence(declared: Path) -> None:
    """Each two labels of a sentence are a row, with the class of the label between them or none."""
    losses: Counter[str] = Counter()
    rows = [row for row in rows_of(declared, losses)["pairs"] if row["article_id"] == AA]
    found = {(row["holder_id"], row["target_id"]): row["label"] for row in rows}
    mentions = {("e1", "e2"), ("e2", "e1"), *((a, b) for a in ("e3", "e4", "e5") for b in ("e3", "e4", "e5") if a != b)}
    claims = {(name, "c1") for name in ("e3", "e4", "e5")}
    assert found.keys() == mentions | claims
    assert {pair: label for pair, label in found.items() if label != "nothing"} == {("e3", "e4"): "favor"}
    assert (losses["pairs_without_span"], losses["pairs_across_sentences"]) == (2, 1)
    for row in rows:
        for side in ("holder", "target"):
            assert row["text"][row[f"{side}_start"] : row[f"{side}_end"]] == row[side]
    kinds = {(row["target_id"], row["target_kind"], row["target_link"]) for row in rows}
    assert {("e4", "entity", "Q423"), ("e5", "entity", "NIL:reuters"), ("c1", "claim", "k1")} <= kinds
    assert [row["id"] for row in rows] == [f"{AA}:{number}" for number in range(len(rows))]


def test_label_without_a_side_is_counted(declared: Path) -> None:
    """A label that has no pair at all, since one of its references is null, missing or empty, is not lost silently."""

    def optional(value: Any) -> None:
        stance = value["$defs"]["stance"]
        stance["required"].remove("holder")
        stance["properties"]["target"] = {
            "x-attribute": {**stance["properties"]["target"]["x-attribute"], "kind": "references"},
            "type": "array",
            "items": {"$ref": "#/$defs/reference"},
        }

    def document(value: Any) -> None:
        for stance in value["stances"]:
            stance["target"] = [stance["target"]]
        value["stances"][1]["target"] = []
        del value["stances"][2]["holder"]

    def other_document(value: Any) -> None:
        for stance in value.get("stances", []):
            stance["target"] = [stance["target"]]

    before: Counter[str] = Counter()
    rows_of(declared, before)
    change_json(declared / SCHEMA_FILE, optional)
    change_json(declared / f"annotations/final/{AA}.json", document)
    change_json(declared / f"annotations/final/{BB}.json", other_document)
    assert validate.validate_dataset(declared) == []
    after: Counter[str] = Counter()
    rows_of(declared, after)
    names = ("pairs_without_span", "pairs_across_sentences")
    assert [(before[name], after[name]) for name in names] == [(2, 3), (1, 1)]


def test_pair_of_labels_without_the_text_of_clusters(golden: Path) -> None:
    """A label that does not state what its cluster says has null for it in its pairs."""

    def optional(value: Any) -> None:
        value["$defs"]["claim"]["required"].remove("normalized")

    def without(value: Any) -> None:
        for claim in value["claims"]:
            del claim["normalized"]

    change_json(golden / SCHEMA_FILE, optional)
    change_json(golden / f"annotations/final/{AA}.json", without)
    assert validate.validate_dataset(golden) == []
    data = corpus.load_corpus(golden)
    [layer] = data.schema.cluster_layers
    clusters = [cluster for _, cluster in data.clusters[layer.name]]
    rows = list(cluster_pair_rows(data.schema, layer, article_contexts(data), clusters))
    assert rows and {(row["a_normalized"], bool(row["b_normalized"])) for row in rows} == {(None, True)}


def test_derived_column_has_what_the_containing_labels_hold(declared: Path) -> None:
    """The claimants of the claims that hold the evidence; the author where none does."""
    rows = {row["id"]: row["source"] for row in rows_of(declared, Counter())["stance"]}
    assert rows == {
        f"{AA}:s1": ["Reuters"], f"{AA}:s2": ["AUTHOR"], f"{AA}:s3": ["Reuters"], f"{AA}:s4": ["Reuters"],
        f"{BB}:s1": ["UNNAMED"],
    }  # fmt: skip


def test_derived_column_is_null_where_the_other_layer_was_not_annotated(declared: Path) -> None:
    """Nothing is known then, not even that it is the author."""

    def without_claims(value: Any) -> None:
        del value["claims"], value["status"]["claims"]

    change_json(declared / f"annotations/final/{BB}.json", without_claims)
    rows = {row["id"]: row["source"] for row in rows_of(declared, Counter())["stance"]}
    assert rows[f"{BB}:s1"] is None and rows[f"{AA}:s1"] == ["Reuters"]


def test_row_of_a_whole_article(declared: Path) -> None:
    """The annotated article is a row with every attribute; its parts count from the start of the content text."""
    rows = rows_of(declared, Counter())
    [row] = rows["subjects"]
    text = rows["articles"][0]["text"]
    assert (row["id"], row["article_id"], row["start"], row["end"], row["text"]) == (AA, AA, 0, len(text), text)
    assert (row["label"], row["also"], row["urgent"], row["weight"]) == ("talks", ["oil"], True, 0.5)
    assert row["about"] == ["Reuters", "Ties", "UNNAMED"]
    assert row["about_kind"] == ["entity", "topic", None]
    assert row["about_link"] == ["NIL:reuters", "topic:ties", None]
    assert text[row["quote"]["start"] : row["quote"]["end"]] == row["quote"]["text"] == "Reuters said"
    assert row["annotation_status"] == "draft" and row["annotator_kind"] == "model"
    first, second = (each["subject"] for each in rows["articles"])
    assert second is None
    assert (first["main"], first["about"], first["quote"]) == ("talks", ["e5", "topic:ties", "UNNAMED"], row["quote"])


def test_joins_sentences_only_where_a_part_says_so(golden: Path) -> None:
    """With `join`, the cue's sentence and that of the claim are one row; without it, two."""

    def cue_elsewhere(value: Any) -> None:
        value["claims"][0]["cue"] = {"start": 10, "end": 16, "text": "Moscow"}

    def separate(value: Any) -> None:
        value["$defs"]["claim"]["properties"]["cue"]["x-attribute"]["join"] = False

    change_json(golden / f"annotations/final/{AA}.json", cue_elsewhere)
    joined = [row["text"] for row in rows_of(golden, Counter())["claims"] if row["article_id"] == AA]
    change_json(golden / SCHEMA_FILE, separate)
    apart = [row["text"] for row in rows_of(golden, Counter())["claims"] if row["article_id"] == AA]
    assert (len(joined), len(apart)) == (1, 2)


def test_two_datasets_with_other_schemas_in_one_process(declared: Path, checkout: Path) -> None:
    """What is known of one schema is not used for another."""
    for _ in range(2):
        assert "subjects" in rows_of(declared, Counter())
        data = corpus.load_corpus(checkout / "examples/floods")
        assert validate.check_corpus(data) == []
        assert "subjects" in features.configs(data.schema) and "pairs" not in features.configs(data.schema)
        assert features.config_features(data.schema, "subjects") != features.config_features(
            read_schema(declared), "subjects"
        )
