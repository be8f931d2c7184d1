"""The built dataset as users load it: every config and split, streaming, other clients, a fresh cache."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest

from pactwire.build import features, parquet_writer, shards
from pactwire.card import card, dataset_folder, summary
from pactwire.corpus.splits import SPLITS
from pactwire.storage import front_matter
from pactwire.text import bio_tags
from support.environments import datasets_client
from support.news import OWN_SCHEMA, SCHEMA

SPANS = ("entities", "claims", "stances", "spans")


@pytest.fixture(scope="module")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed data, built in a separate folder."""
    from conftest import copy_dataset

    root = copy_dataset(tmp_path_factory.mktemp("built") / "dataset-root")
    dataset_folder.build(root)
    return root / "dataset"


@pytest.fixture(scope="module")
def loaded(built: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every config, loaded with a fresh cache."""
    cache = str(tmp_path_factory.mktemp("cache"))
    datasets.disable_progress_bars()
    configs = datasets.get_dataset_config_names(str(built))
    return {config: datasets.load_dataset(str(built), config, cache_dir=cache) for config in configs}


def class_names(layer: str) -> list[str]:
    """Return the names of the classes of a layer, in the schema's order."""
    attribute = OWN_SCHEMA.layers[layer].class_attribute
    assert attribute
    return list(attribute.label_names)


def spans(row: Any) -> list[tuple[str, Any]]:
    """All spans of a row, each with the text that its offsets refer to."""
    found = []
    for column in SPANS:
        for span in row.get(column) or []:
            found.append((row["text"], span))
            if span.get("cue"):
                found.append((row["text"], span["cue"]))
    return found


def test_schema_beside_the_data_is_no_data(built: Path, checkout: Path, loaded: dict[str, Any]) -> None:
    """The published schema is that of the checkout; no config and no split comes from it."""
    name = "schema/annotation.schema.json"
    assert (built / name).read_bytes() == (checkout / name).read_bytes()
    about = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    assert list(loaded) == [config for config in features.configs(OWN_SCHEMA) if config in about["configs"]]
    assert {split for splits in loaded.values() for split in splits} == set(SPLITS)


def test_every_span_matches_its_text(loaded: dict[str, Any]) -> None:
    """``text[start:end] == span text`` for entities, claims, cues, stances and evidence, in every config.

    A cue may lie outside its row: its offsets, too, count from the row's start.
    """
    articles = {row["id"]: row["text"] for split in loaded["articles"].values() for row in split}
    count = 0
    for config in loaded.values():
        for split in config.values():
            for row in split:
                first = row["start"] if row.get("start") is not None else 0
                article = articles.get(row.get("article_id", ""), "")
                for text, span in spans(row):
                    if span["start"] >= 0 and span["end"] <= len(text):
                        assert text[span["start"] : span["end"]] == span["text"] != ""
                    else:
                        assert article[first + span["start"] : first + span["end"]] == span["text"] != ""
                    count += 1
    for split in loaded["stance"].values():
        for row in split:
            assert row["text"][row["evidence_start"] : row["evidence_end"]].strip() != ""
    assert count > 1000


def test_tags_agree_with_spans(loaded: dict[str, Any]) -> None:
    """A token is tagged by its outermost mention, and token offsets match the tokens."""
    for split in loaded["entities"].values():
        names = split.features["ner_tags"].feature.names
        assert names == bio_tags.tag_names(OWN_SCHEMA.layers["entities"].attribute("type").label_names)
        for row in split:
            for token, offset in zip(row["tokens"], row["token_offsets"], strict=True):
                assert row["text"][offset["start"] : offset["end"]] == token
            kept = bio_tags.outermost(row["spans"])
            for tag, offset in zip(row["ner_tags"], row["token_offsets"], strict=True):
                over = [s["type"] for s in kept if offset["start"] < s["end"] and s["start"] < offset["end"]]
                assert (names[tag] == "O") if not over else names[tag].partition("-")[2] in over


def test_class_labels_follow_the_schema(loaded: dict[str, Any]) -> None:
    """Class labels have the names and the order of the schema."""
    assert loaded["stance"]["train"].features["label"].names == class_names("stances")
    assert loaded["claims"]["train"].features["label"].names == class_names("claims")
    assert loaded["claim_pairs"]["train"].features["label"].names == ["different", "same"]


def correlation(answers: Any, truth: Any) -> float:
    """Return the Matthews correlation coefficient for several classes (Gorodkin 2004), 0 if one side is constant."""
    table = np.zeros((max(*answers, *truth) + 1,) * 2)
    np.add.at(table, (answers, truth), 1)
    guessed, true = table.sum(1), table.sum(0)
    spread = (len(truth) ** 2 - guessed @ guessed) * (len(truth) ** 2 - true @ true)
    return (np.trace(table) * len(truth) - guessed @ true) / spread**0.5 if spread else 0.0


def mentions(tags: list[str]) -> set[tuple[int, int, str]]:
    """Return the start, end and type of each mention of BIO tags."""
    starts = [at for at, tag in enumerate(tags) if tag.startswith("B-")]
    ends = [
        next(end for end in range(at + 1, len(tags) + 1) if tags[end : end + 1] != ["I" + tags[at][1:]])
        for at in starts
    ]
    return {(start, end, tags[start][2:]) for start, end in zip(starts, ends, strict=True)}


def span_f1(answers: list[list[str]], truth: list[list[str]]) -> float:
    """Return the F1 of mentions, span and type exact."""
    pairs = [(mentions(left), mentions(right)) for left, right in zip(answers, truth, strict=True)]
    return 2 * sum(len(a & b) for a, b in pairs) / sum(len(a) + len(b) for a, b in pairs)


def test_no_constant_answer_is_above_chance_by_the_measures_of_the_card(built: Path, loaded: dict[str, Any]) -> None:
    """Each config with labels has a measure in the card, and the best constant answer the figure that stands there."""
    _, _, section = (built / "README.md").read_text(encoding="utf-8").partition("### Measures and baselines\n")
    table = [line.split(" | ") for line in section.partition("### ")[0].splitlines() if line.startswith("| `")]
    measures = {cells[0].strip("| `"): (cells[4], cells[5]) for cells in table}
    assert measures.keys() == loaded.keys() - {"articles", "annotations"}
    for config, (measure, figure) in measures.items():
        rows = [row for split in loaded[config].values() for row in split]
        if config == "entities":
            names = loaded[config]["train"].features["ner_tags"].feature.names
            truth = [[names[tag] for tag in row["ner_tags"]] for row in rows]
            found = {name: span_f1([[name] * len(tags) for tags in truth], truth) for name in names}
            assert span_f1(truth, truth) == 1
            assert (measure, found["O"], figure) == ("F1", 0, f"{max(found.values()):.2f}")
            assert max(found.values()) < 0.1
        else:
            assert (measure, figure) == ("MCC", "0.00")
            labels = [row["label"] for row in rows]
            assert correlation(labels, labels) == pytest.approx(1)
            assert {correlation([label] * len(labels), labels) for label in set(labels)} == {0}


def test_stories_are_in_one_split(loaded: dict[str, Any]) -> None:
    """Train, validation and test all have articles, and a story is in only one of them."""
    assert list(loaded["articles"]) == list(SPLITS)
    seen: dict[str, str] = {}
    for name, split in loaded["articles"].items():
        for story in split["story"]:
            assert seen.setdefault(story, name) == name


def test_segments_map_content_to_source_text(loaded: dict[str, Any]) -> None:
    """Segments lead from the content text to the source text, and zones cover all of it."""
    for split in loaded["articles"].values():
        for row in split:
            for segment in row["segments"]:
                length = segment["length"]
                assert (
                    row["text"][segment["content"] : segment["content"] + length]
                    == row["source_text"][segment["source"] : segment["source"] + length]
                )
            covered = "".join(row["source_text"][zone["start"] : zone["end"]] for zone in row["zones"])
            assert "".join(covered.split()) == "".join(row["source_text"].split())


def test_features_of_card_and_files_are_equal(built: Path, loaded: dict[str, Any]) -> None:
    """The features in the YAML, in Parquet and in the package are the same."""
    for config, splits in loaded.items():
        for name, split in splits.items():
            wanted = features.config_features(OWN_SCHEMA, config)
            assert split.features == wanted
            [path] = (built / "data" / config).glob(f"{name}-*.parquet")
            assert datasets.Features.from_arrow_schema(pq.read_schema(path)) == wanted


def test_streaming_gives_the_same_rows(built: Path, loaded: dict[str, Any]) -> None:
    """Every split of every config streams the rows that loading gives."""
    for config, splits in loaded.items():
        streamed = datasets.load_dataset(str(built), config, streaming=True)
        assert {name: list(split) for name, split in streamed.items()} == {
            name: list(split) for name, split in splits.items()
        }


def test_empty_layers_have_the_right_types(golden: Path, tmp_path: Path) -> None:
    """Articles with empty layers have the same column types."""
    for path in (golden / "annotations/final").iterdir():
        document = json.loads(path.read_text(encoding="utf-8"))
        document.update(entities=[], claims=[], stances=[])
        path.write_text(json.dumps(document))
    (golden / "annotations/clusters.jsonl").unlink()
    dataset_folder.build(golden)
    articles = datasets.load_dataset(str(golden / "dataset"), "articles", cache_dir=str(tmp_path / "c"))["train"]
    assert articles.features == features.config_features(SCHEMA, "articles")
    assert articles[0]["entities"] == []
    entities = datasets.load_dataset(str(golden / "dataset"), "entities", cache_dir=str(tmp_path / "c"))["train"]
    assert entities.features == features.config_features(SCHEMA, "entities")
    assert entities[0]["spans"] == []


@pytest.mark.parametrize("gone", ["nothing", "train", "documents", "articles"])
def test_summary_shows_code_that_runs(gone: str, golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows an existing config and split, entities and train if possible, or an empty dataset."""
    if gone == "documents":
        shutil.rmtree(golden / "annotations")
    splits = golden / "dataset/splits.csv"
    split = {"train": "validation", "articles": "withdrawn"}.get(gone, "train")
    splits.write_text(splits.read_text(encoding="utf-8").replace("train", split), encoding="utf-8")
    dataset_folder.build(golden)
    shown = summary.render_table(summary.load_configs(golden / "dataset"), "./dataset").splitlines()
    if gone == "articles":
        assert shown[-1] == "The dataset is in ./dataset, and it is empty."
        return
    config = "articles" if gone == "documents" else "entities"
    assert shown[-1] == f'    {config} = load_dataset("dataset", "{config}", split="{split}")'
    monkeypatch.chdir(golden)
    assert datasets.load_dataset("dataset", config, split=split, cache_dir=str(golden / "cache")).num_rows


def test_rebuilt_dataset_is_not_loaded_from_the_cache(golden: Path, tmp_path: Path) -> None:
    """The same path and cache give the new rows, because the card's YAML identifies the content."""
    folder, cache = str(golden / "dataset"), str(tmp_path / "cache")
    dataset_folder.build(golden)
    before = datasets.load_dataset(folder, "stance", split="train", cache_dir=cache)["label"]
    path = golden / "annotations/final/00000000000000aa.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"polarity": "favor"', '"polarity": "against"'))
    dataset_folder.build(golden)
    after = datasets.load_dataset(folder, "stance", split="train", cache_dir=cache)["label"]
    assert list(before) != list(after)


CLIENTS = ("3.6", "4.0", "5.2")
"""The versions of datasets that the card names, each with its pins in tests/constraints-datasets-VERSION.txt."""


def test_sizes_of_the_card_are_those_that_datasets_computes(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows and bytes in memory, also of several files and row groups; the category counts all rows."""
    monkeypatch.setattr(shards, "ARTICLES_PER_SHARD", 2)
    monkeypatch.setattr(parquet_writer, "DEFAULT_ROWS_PER_GROUP", 3)
    dataset_folder.build(copy)
    folder = copy / "dataset"
    front = front_matter.parse_fields((folder / "README.md").read_text(encoding="utf-8"), "README.md")
    most_files, most_groups, rows = 0, 0, 0
    for stated in front["dataset_info"]:
        config = stated["config_name"]
        loaded = datasets.load_dataset(str(folder), config, cache_dir=str(copy / "cache"))
        computed = {name: split.info.splits[name] for name, split in loaded.items()}
        assert stated["splits"] == [
            {"name": name, "num_bytes": each.num_bytes, "num_examples": each.num_examples}
            for name, each in computed.items()
        ]
        assert stated["dataset_size"] == sum(each.num_bytes for each in computed.values())
        paths = [*(folder / "data" / config).glob("*.parquet")]
        assert stated["download_size"] == sum(path.stat().st_size for path in paths)
        most_files = max(most_files, len(paths))
        most_groups = max(most_groups, *(pq.ParquetFile(path).num_row_groups for path in paths))
        rows += sum(split.num_rows for split in loaded.values())
    assert (most_files, most_groups > 2) == (4, True)
    assert front["size_categories"] == [card.size_category(rows)]


def test_card_names_the_clients_that_are_tested(checkout: Path) -> None:
    """Each of them has its pins."""
    versions = f"{', '.join(CLIENTS[:-1])} and {CLIENTS[-1]}"
    assert f"It loads with `datasets` {versions}." in (checkout / "DATASET_CARD.md").read_text(encoding="utf-8")
    assert sorted(path.name for path in (checkout / "tests").glob("constraints-datasets-*.txt")) == [
        f"constraints-datasets-{version}.txt" for version in CLIENTS
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "version", [pytest.param("3.6", marks=pytest.mark.soak), "4.0", pytest.param("5.2", marks=pytest.mark.soak)]
)
def test_client_loads_everything(version: str, built: Path, tmp_path: Path) -> None:
    """A client in an environment of its own loads and streams all rows of every config as the pinned version does."""
    code = (
        "import json, os, sys, datasets\n"
        "datasets.disable_progress_bars()\n"
        "out = {}\n"
        f"for config in {datasets.get_dataset_config_names(str(built))!r}:\n"
        "    splits = datasets.load_dataset(sys.argv[1], config, cache_dir=sys.argv[2])\n"
        "    out[config] = {name: [repr(row) for row in rows] for name, rows in splits.items()}\n"
        "    streams = datasets.load_dataset(sys.argv[1], config, streaming=True)\n"
        "    out[config + ' streamed'] = {name: [repr(row) for row in rows] for name, rows in streams.items()}\n"
        "print(json.dumps([datasets.__version__, out]), flush=True)\n"
        "os._exit(0)\n"  # a thread of Arrow that is left by a stream aborts older clients at their exit
    )
    variables = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    variables.pop("PYTHONPATH", None)

    def loaded_by(python: str, cache: str) -> Any:
        arguments = [python, "-c", code, str(built), str(tmp_path / cache)]
        return json.loads(subprocess.run(arguments, stdout=subprocess.PIPE, env=variables, check=True).stdout)

    found_version, found = loaded_by(datasets_client(version), "client")
    assert found_version.startswith(f"{version}.")
    assert found == loaded_by(sys.executable, "pinned")[1]
    assert sum(len(rows) for splits in found.values() for rows in splits.values()) > 2000
