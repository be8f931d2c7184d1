"""`pactwire score` and `Dataset.score`: predictions in every form, against a root, a built folder, the Hub and tags."""

import csv
import json
import math
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pactwire as pw
from conftest import Run, contents, copy_dataset
from pactwire.agreement.scoring import PAIR_CLASS
from pactwire.build import features
from pactwire.card import dataset_folder
from pactwire.cli.score import app as score_app
from pactwire.corpus import corpus
from pactwire.corpus.schema_file import read_schema
from pactwire.model.issues import COMMAND_CODES
from pactwire.model.labels import document_labels
from pactwire.release.predicted_documents import read_predicted_documents
from pactwire.release.predicted_rows import PredictedLabel, pair_labels
from pactwire.release.prediction_records import PredictedRow
from pactwire.release.prediction_scores import ScoreRequest, report_json, score_predictions
from pactwire.release.scored_versions import GoldRow
from pactwire.site.collection import build_collection
from pactwire.site.comparison import compare_documents
from pactwire.site.label_views import ArticleLabels
from support.hub import Hub
from support.news import OWN_SCHEMA

pytest_plugins = ["support.hub_fixture"]

REPO = "alice/wire"
BY_TOKEN, BY_SENTENCE = (
    next(layer for layer in OWN_SCHEMA.layers.values() if layer.rows == kind) for kind in ("tokens", "sentences")
)
CONFIGS = [
    name
    for name, layer in features.configs(OWN_SCHEMA).items()
    if layer and "label" in features.config_features(OWN_SCHEMA, name)
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository's dataset, built."""
    folder = copy_dataset(tmp_path_factory.mktemp("score") / "root")
    dataset_folder.build(folder)
    return folder


@pytest.fixture(scope="module")
def by_hand(root: Path) -> dict[str, Any]:
    """The score of an annotator's documents."""
    return scored(root, root / "annotations/claude-c")


def scored(root: Path, *given: Any, **options: Any) -> dict[str, Any]:
    """Return the report of predictions, of all splits and against the built dataset unless asked otherwise."""
    request = ScoreRequest(given, **{"against": [str(root / "dataset")], "repository": root, "split": None, **options})
    return report_json(score_predictions(request))


def rows_of(root: Path, config: str) -> list[dict[str, Any]]:
    """Return the built rows of a config in another order."""
    files = sorted((root / "dataset/data" / config).glob("*.parquet"))
    rows = [row for file in files for row in pq.read_table(file).to_pylist()]
    random.Random(1).shuffle(rows)
    return rows


def figures(report: dict[str, Any], measure: str, figure: str = "F1", at: int = -1) -> dict[str, Any]:
    """Return the figure of a measure over all labels."""
    rows = [
        row
        for row in report["scores"][at]["rows"]
        if (row["measure"], row["figure"], row["label"], row["average"]) == (measure, figure, "", "")
    ]
    return next(row for row in rows if row["layer"] in report["scored"])


def of_layer(report: dict[str, Any], layer: str) -> list[Any]:
    """Return the figures of a layer."""
    return [row for row in report["scores"][-1]["rows"] if row["layer"] == layer]


def issues_of(root: Path, *given: Any, **options: Any) -> list[pw.Issue]:
    """Return the issues that predictions are refused for."""
    with pytest.raises(pw.DataError) as error:
        scored(root, *given, **options)
    return error.value.issues


# --- documents


def test_final_documents_have_no_error(root: Path) -> None:
    """The gold itself scores 1 in everything that is there, and has no error."""
    report = scored(root, root / "annotations/final")
    assert report["scores"][0]["errors"] == []
    assert {row["value"] for row in report["scores"][0]["rows"]} == {1}


def test_default_is_the_test_split_and_missing_counts_as_missed(root: Path, tmp_path: Path, run: Run) -> None:
    """Predictions of other splits are counted; an article without prediction lowers recall, and is named."""
    predicted = Path(shutil.copytree(root / "annotations/final", tmp_path / "p"))
    (test,) = [row.split(",")[0] for row in (root / "dataset/splits.csv").read_text().splitlines() if ",test," in row]
    before = contents(root)
    done = run("score", predicted, "--root", root, "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["split"], report["scores"][0]["articles"]) == (0, "test", [test])
    assert report["scores"][0]["coverage"]["other_splits"] == 4
    (predicted / f"{test}.json").unlink()
    done = run("score", predicted, "--root", root)
    assert f"Without prediction: 1 ({test})." in done.stdout
    assert "Articles: 1 (one article has no interval)." in done.stdout
    report = scored(root, predicted)
    exact = [row for row in of_layer(report, BY_TOKEN.name) if row["measure"] == "span-exact"]
    assert {row["figure"]: row["value"] == 1 for row in exact} == {"precision": True, "recall": False, "F1": False}
    assert {name for name in contents(root) if not name.startswith(".pactwire/")} == {
        name for name in before if not name.startswith(".pactwire/")
    }


def test_lists_errors_with_their_words(root: Path, tmp_path: Path, run: Run) -> None:
    """An annotator's errors are in all three formats, each with what is there and what was predicted."""
    text = run("score", root / "annotations/claude-c", "--root", root, "--split", "all").stdout
    markdown = run("score", root / "annotations/claude-c", "--root", root, "--split", "all", "--format", "markdown")
    report = scored(root, root / "annotations/claude-c")
    errors = report["scores"][0]["errors"]
    assert errors
    for error in errors:
        assert error["article"] in text
        if error["end"]:
            assert f"{error['start']}:{error['end']}" in text
    assert f"Errors: {len(errors):,}" in text
    assert markdown.stdout.startswith("# Score\n")
    assert markdown.stdout.count("\n| ") > len(errors)


def test_scores_any_labels(checkout: Path, tmp_path: Path) -> None:
    """A layer of whole articles and labels with several speakers are scored; a missing label of an article is wrong."""
    root = checkout / "examples/floods"
    documents = [
        json.loads(line)
        for path in sorted((root / "annotations/final").iterdir())
        for line in ([path.read_text("utf-8")] if path.suffix == ".json" else path.read_text("utf-8").splitlines())
    ]
    assert {row["value"] for row in scored(root, *documents, against=[str(root)])["scores"][0]["rows"]} == {1}
    schema = read_schema(root)
    (layer,) = schema.article_layers
    assert layer.class_attribute
    first = {name: value for name, value in documents[0].items() if name != layer.name}
    first["status"] = {name: value for name, value in first["status"].items() if name != layer.name}
    report = scored(root, first, *documents[1:], against=[str(root)])
    rows = {row["measure"]: row for row in of_layer(report, layer.name) if row["figure"] == "accuracy"}
    assert rows[layer.class_attribute.name]["value"] == round(1 - 1 / len(documents), 6)
    assert report["scores"][0]["coverage"]["missing_layers"] == {layer.name: 1}
    assert [(error["layer"], error["predicted"]) for error in report["scores"][0]["errors"]] == [(layer.name, None)]
    triples = [row for row in report["scores"][0]["rows"] if row["measure"] == PAIR_CLASS and row["label"]]
    classes = {name for each in schema.span_layers if each.class_attribute for name in each.class_attribute.label_names}
    assert {row["label"] for row in triples} <= classes


# --- rows


@pytest.mark.parametrize("config", CONFIGS)
def test_rows_are_found_by_their_place_or_id(config: str, root: Path) -> None:
    """Shuffled rows with the right labels score 1, by name or number, by place or by id; wrong labels do not."""
    rows = rows_of(root, config)
    names = features.config_features(OWN_SCHEMA, config)["label"].names
    right = [{**row, "prediction": names[row["label"]]} for row in rows]
    identity = ("a_id", "b_id") if "a_id" in rows[0] else ("id",)
    short = [{**{name: row[name] for name in identity}, "prediction": row["label"]} for row in rows]
    forms: list[tuple[list[Any], dict[str, Any]]] = [(rows, {}), (short, {"config": config}), (right, {})]
    for each, options in forms:
        report = scored(root, *each, **options)
        assert report["scored"] == [config]
        assert figures(report, "label", "accuracy")["value"] == 1
        assert report["scores"][0]["coverage"]["missing"] == []
        column = report["column"]
    assert column == "prediction"
    wrong = [{**row, "label": (row["label"] + 1) % len(names)} for row in rows]
    report = scored(root, *wrong)
    assert (report["column"], figures(report, "label", "accuracy")["value"]) == ("label", 0)
    assert len(report["scores"][0]["errors"]) == len(rows)


def test_token_tags_are_scored_as_mentions(root: Path, tmp_path: Path) -> None:
    """Right tags score 1, as numbers in Parquet and as names in JSON; shifted by a token they do not."""
    rows = rows_of(root, BY_TOKEN.name)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "p.parquet")
    report = scored(root, tmp_path / "p.parquet")
    assert figures(report, "span-type-exact")["value"] == 1
    names = features.config_features(OWN_SCHEMA, BY_TOKEN.name)["ner_tags"].feature.names
    shifted = [{**row, "prediction": [*row["ner_tags"][-1:], *row["ner_tags"][:-1]]} for row in rows]
    named = [{**row, "prediction": [names[tag] for tag in row["prediction"]]} for row in shifted]
    (tmp_path / "p.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in named), "utf-8")
    low = scored(root, tmp_path / "p.jsonl")
    assert figures(low, "span-type-exact")["value"] < 0.2
    assert scored(root, *shifted)["scores"] == low["scores"]
    bare = [{"id": row["id"], "prediction": row["prediction"]} for row in named]
    assert scored(root, *bare)["scores"] == low["scores"]
    partial = scored(root, *rows[:-3])
    assert sorted(partial["scores"][0]["coverage"]["missing"]) == sorted(row["id"] for row in rows[-3:])
    assert partial["scores"][0]["coverage"]["rows"] == len(rows)


def test_pairs_are_ranked_by_their_score(root: Path, tmp_path: Path, run: Run) -> None:
    """A column of scores alone gives average precision, in a table as well; a pair without one is never found."""
    rows = [{**row, "score": row["label"] / 2} for row in rows_of(root, CONFIGS[-1])]
    right = scored(root, *rows)
    assert figures(right, "score", "average precision")["value"] == 1
    assert [row["figure"] for row in right["scores"][0]["rows"]] == ["average precision"]
    table = ["a_id,b_id,score", *(f"{row['a_id']},{row['b_id']},{1 - row['score']}" for row in rows if row["label"])]
    (tmp_path / "p.csv").write_text("\n".join(table[:-1]), "utf-8")
    done = run("score", tmp_path / "p.csv", "--root", root, "--split", "all", "--format", "json")
    found = sum(row["label"] for row in rows)
    assert figures(json.loads(done.stdout), "score", "average precision")["value"] == round((found - 1) / found, 6)


def test_tables_with_any_text_are_read(root: Path, tmp_path: Path) -> None:
    """A cell may hold line separators of Unicode and be of any length; an issue names the first line of its row."""
    rows = [{**row, "note": "a\u2028b\x0cc" + "x" * 200_000 + "\n"} for row in rows_of(root, CONFIGS[-1])]
    with (tmp_path / "p.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, ("note", "a_id", "b_id", "score"), extrasaction="ignore")
        table.writeheader()
        table.writerows({**row, "score": row["label"]} for row in rows)
        table.writerow({**rows[0], "score": "high"})
    assert {(issue.line, issue.code) for issue in issues_of(root, tmp_path / "p.csv")} == {
        (2 + 2 * len(rows), "score-value")
    }


def test_tables_write_whole_numbers_with_a_fraction(root: Path, tmp_path: Path) -> None:
    """As pandas does where a column has empty cells; a row with too many cells is an issue, and so is infinity."""
    for config in CONFIGS:
        rows = rows_of(root, config)
        with (tmp_path / "p.csv").open("w", encoding="utf-8", newline="") as stream:
            table = csv.DictWriter(stream, [*rows[0]])
            table.writeheader()
            for row in rows:
                table.writerow({name: float(value) if isinstance(value, int) else value for name, value in row.items()})
        assert figures(scored(root, tmp_path / "p.csv"), "label", "accuracy")["value"] == 1
    with (tmp_path / "p.csv").open("a", encoding="utf-8") as stream:
        stream.write("," * len(rows[0]))
    assert [issue.code for issue in issues_of(root, tmp_path / "p.csv")] == ["score-row"]
    assert [issue.code for issue in issues_of(root, {**rows[0], "label": math.inf})] == ["score-value"]


@given(st.lists(st.sampled_from("abc"), max_size=5), st.lists(st.sampled_from("abcd"), max_size=5))
def test_equal_labels_of_one_place_belong_together(gold: list[str], predicted: list[str]) -> None:
    """Of several rows of one place, as many are right as can be, in whatever order they are."""
    rows = [GoldRow("test", {"label": label}) for label in gold]
    made = [PredictedLabel(PredictedRow("p", 1, {}), label, None, []) for label in predicted]
    pairs = list(pair_labels(rows, made))
    assert [row for row, _ in pairs] == rows
    taken = Counter(mine.label for _, mine in pairs if mine)
    assert taken.total() == min(len(gold), len(predicted)) and taken <= Counter(predicted)
    right = sum(mine is not None and mine.label == row.values["label"] for row, mine in pairs)
    assert right == (Counter(gold) & Counter(predicted)).total()


# --- formats of convert


@pytest.mark.parametrize("form", ["brat", "conll", "spacy", "webannotation"])
def test_formats_of_convert_score_like_documents(
    form: str, root: Path, tmp_path: Path, run: Run, by_hand: dict[str, Any]
) -> None:
    """What `convert to` writes of an annotator scores as their documents do, up to nested mentions in CoNLL."""
    out = tmp_path / form
    assert run("convert", "to", form, "--annotator", "claude-c", "--out", out, "--root", root).returncode == 0
    report = scored(root, out, form="webannotation" if form == "webannotation" else "auto")
    if form != "webannotation":
        assert validate_documents(root, read_predicted_documents(root, [out]).documents) == []
    wanted = ["span-exact", "span-type-exact", "span-type-overlap"]
    mine, theirs = (
        [row for row in of_layer(each, BY_TOKEN.name) if row["measure"] in wanted] for each in (report, by_hand)
    )
    if form == "conll":
        assert [(row["measure"], row["label"], row["support"]) for row in mine] == [
            (row["measure"], row["label"], row["support"]) for row in theirs
        ]
        assert all(row["value"] == 1 for row in mine if row["figure"] == "precision")
        assert f"{BY_TOKEN.name}.{BY_TOKEN.links[0].name}" in report["not_predicted"]
        assert BY_SENTENCE.name in report["not_predicted"]
    else:
        assert mine == theirs


def test_layer_without_any_label_is_not_predicted(root: Path, tmp_path: Path) -> None:
    """brat has a place for all layers: those without a label in any file are named, and not scored."""
    found = document(root)
    label = found[BY_TOKEN.name][0]
    (source,) = (root / "dataset/raw").glob(f"*{found['article']}.txt")
    text = source.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    (tmp_path / f"{found['article']}.txt").write_text(text, "utf-8")
    place = f"{label['start']} {label['end']}\t{label['text']}"
    line = f"T1\t{label[BY_TOKEN.class_attribute.name]} {place}\n" if BY_TOKEN.class_attribute else ""
    (tmp_path / f"{found['article']}.ann").write_text(line, "utf-8")
    report = scored(root, tmp_path)
    assert report["scored"] == [BY_TOKEN.name]
    assert figures(report, "span-type-exact")["correct"] == 1
    assert {BY_SENTENCE.name, "zones"} <= set(report["not_predicted"])
    assert len(report["scores"][0]["coverage"]["missing"]) == 4


# --- versions


def planted(root: Path, tmp_path: Path) -> tuple[Path, str, Any]:
    """Return a repository with two tags, the article that was corrected between them, and the label that went."""
    copy = Path(shutil.copytree(root, tmp_path / "repository"))
    git = ["git", "-C", str(copy), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "-f", "."], ["commit", "-q", "-m", "x"], ["tag", "v1.0.0"]):
        subprocess.run([*git, *words], check=True)
    path = sorted((copy / "annotations/final").glob("*.json"))[0]
    document = json.loads(path.read_text("utf-8"))
    referred = json.dumps([document[name] for name in OWN_SCHEMA.layers if name != BY_TOKEN.name])
    label = next(each for each in document[BY_TOKEN.name] if f'"{each["id"]}"' not in referred)
    document[BY_TOKEN.name].remove(label)
    path.write_text(json.dumps(document), "utf-8")
    for words in (["commit", "-q", "-am", "y"], ["tag", "v2.0.0"]):
        subprocess.run([*git, *words], check=True)
    return copy, document["article"], label


def moved(label: dict[str, Any]) -> dict[str, Any]:
    """Return the span of a label without its last character."""
    return {"end": label["end"] - 1, "text": label["text"][:-1]}


def test_difference_between_tags_is_what_was_corrected(root: Path, tmp_path: Path, run: Run) -> None:
    """A label that was removed from the gold makes the right prediction of it spurious, and nothing else changes."""
    copy, article, label = planted(root, tmp_path)
    predicted = copy / "annotations/claude-c"
    words = ["--against", "1.0.0", "--against", "2.0.0", "--root", copy, "--split", "all"]
    report = json.loads(run("score", predicted, *words, "--format", "json").stdout)
    (between,) = report["differences"]
    assert (between["old"], between["new"]) == ("1.0.0", "2.0.0")
    exact = [each for each in between["changes"] if each["measure"] == "span-type-exact"]
    assert [(each["article"], each["text"], each["old_verdict"], each["new_verdict"]) for each in exact] == [
        (article, label["text"], "correct", "spurious")
    ]
    (row,) = [row for row in between["rows"] if row["measure"] == "span-type-exact" and not row["label"]]
    assert row["errors"]["only_new"] == 1
    assert row["difference"] == row["corrections"] == exact[0]["part"] < 0
    assert row["articles"] == 0
    text = run("score", predicted, *words).stdout
    assert "From 1.0.0 to 2.0.0" in text
    assert "correct → spurious" in text
    earlier = Path(shutil.copytree(copy / "annotations/claude-d", tmp_path / "earlier"))
    first = json.loads((earlier / f"{article}.json").read_text("utf-8"))
    gone = first[BY_TOKEN.name][0]
    first[BY_TOKEN.name] = [{**each, **moved(gone)} if each is gone else each for each in first[BY_TOKEN.name]]
    (earlier / f"{article}.json").write_text(json.dumps(first), "utf-8")
    report = json.loads(run("score", predicted, *words, "--before", earlier, "--format", "json").stdout)
    assert [each["by"] for each in report["differences"]] == ["model", "corrections"]
    assert [(each["version"], each["before"]) for each in report["scores"]] == [
        ("1.0.0", True), ("1.0.0", False), ("2.0.0", False)
    ]  # fmt: skip
    (total,) = [row for row in report["total"] if row["measure"] == "span-type-exact" and not row["label"]]
    assert total["model"] > 0 > total["corrections"] == exact[0]["part"]
    assert total["difference"] == pytest.approx(total["model"] + total["corrections"], abs=2e-6)
    text = run("score", predicted, *words, "--before", earlier).stdout
    assert "The model, against 1.0.0: from the earlier predictions" in text
    assert text.count("Altogether") == 1


@pytest.mark.parametrize("config", ["entities", "claims", "stance", "claim_pairs"])
def test_takes_the_first_release(config: str, golden: Path, checkout: Path, tmp_path: Path) -> None:
    """Rows of today are found in 1.0.0, which has fewer columns, and whose documents name no layers."""
    first = str(checkout / "tests/golden/releases/1.0.0/base")
    dataset_folder.build(golden)
    rows = [{key: row[key] for key in row if key not in ("id", "a_id", "b_id")} for row in rows_of(golden, config)]
    report = scored(golden, *rows, against=[first, str(golden / "dataset")], config=config)
    old, new = report["scores"]
    assert new["errors"] == old["errors"] == []
    assert new["coverage"]["missing"] == []
    assert old["coverage"]["rows"] == len(rows) > 0
    (between,) = report["differences"]
    assert between["changes"] == []
    documents = [json.loads(path.read_text("utf-8")) for path in (golden / "annotations/final").iterdir()]
    report = scored(golden, *documents, against=[first, str(golden)])
    assert [each["errors"] for each in report["scores"]] == [[], []]


def test_lines_of_tokens_are_put_together(root: Path) -> None:
    """Tagged lines without an id are found by their words, and are those of one article together."""
    names = features.config_features(OWN_SCHEMA, BY_TOKEN.name)["ner_tags"].feature.names
    rows = rows_of(root, BY_TOKEN.name)
    lines = [{"tokens": row["tokens"], "ner_tags": [names[tag] for tag in row["ner_tags"]]} for row in rows]
    path = root.parent / "lines.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    report = scored(root, path)
    assert (report["read_as"], report["scored"]) == ("Hugging Face token classification", [BY_TOKEN.name])
    assert figures(report, "span-exact")["correct"] == sum(names_begin(row) for row in rows)
    assert figures(report, "span-exact", "precision")["value"] == 1
    documents = read_predicted_documents(root, [path]).documents
    assert validate_documents(root, documents) == []
    ids = [
        (each["article"], label["id"]) for each in documents.values() for label in document_labels(each, BY_TOKEN.name)
    ]
    assert len(ids) == len({*ids}) == figures(report, "span-exact")["predicted"]


def test_folder_hub_and_root_give_the_same(root: Path, tmp_path: Path, hub: Hub, by_hand: dict[str, Any]) -> None:
    """Documents and rows score alike against a root, the folder built of it and the Hub, also from Python."""
    hub.store.create(REPO, False, hub.store.users[hub.token()])
    hub.repo(REPO).tags["v1.0.0"] = hub.put(REPO, contents(root / "dataset"))
    address = f"hf://datasets/{REPO}@v1.0.0"
    rows = [{**row, "prediction": 0} for row in rows_of(root, BY_SENTENCE.name)]
    by_rows = scored(root, *rows)
    for side in (str(root), address):
        for each, expected in (([root / "annotations/claude-c"], by_hand), (rows, by_rows)):
            report = scored(root, *each, against=[side])
            for key in ("rows", "articles", "coverage"):
                assert report["scores"][0][key] == expected["scores"][0][key]
            assert sorted(map(str, report["scores"][0]["errors"])) == sorted(map(str, expected["scores"][0]["errors"]))
    for dataset in (pw.open(root), pw.open(root / "dataset"), pw.open(address)):
        found = dataset.score(root / "annotations/claude-c", split=None)
        assert list(found.figures) == by_hand["scores"][0]["rows"]
        assert len(found.to_pandas()) == len(found.figures)
        assert str(found).startswith("Predictions: documents.")
    both = pw.open(address).score(rows, against=["1.0.0", root], split=None)
    assert both.as_dict()["differences"][0]["changes"] == []
    assert both.scored == (BY_SENTENCE.name,)


# --- issues


def document(root: Path, **changes: Any) -> dict[str, Any]:
    """Return a final document with some keys changed."""
    found: dict[str, Any] = json.loads(sorted((root / "annotations/final").glob("*.json"))[0].read_text("utf-8"))
    return {**found, **changes}


def test_documents_that_do_not_fit_are_all_refused(root: Path, tmp_path: Path) -> None:
    """An unknown article, another text, a second document and a broken span: each is told, with file and line."""
    broken = document(root)
    broken[BY_TOKEN.name][0]["text"] = "x"
    lines = [
        document(root), document(root), document(root, article="0" * 16), document(root, text_sha256="0" * 64),
        broken, document(root, status=1),
    ]  # fmt: skip
    path = tmp_path / "p.jsonl"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in lines[:3]), "utf-8")
    assert [(issue.file, issue.line, issue.code) for issue in issues_of(root, path)] == [
        (path.as_posix(), 2, "score-twice"), (path.as_posix(), 3, "score-article")
    ]  # fmt: skip
    path.write_text("".join(f"{json.dumps(each)}\n" for each in lines[3:]), "utf-8")
    assert [(issue.line, issue.code) for issue in issues_of(root, path)] == [
        (1, "score-text"), (2, "span-text"), (3, "schema")
    ]  # fmt: skip


def test_what_a_label_in_a_line_lacks_names_the_label(root: Path, tmp_path: Path) -> None:
    """A line of JSONL holds all labels of a document, so that its number does not tell which of them is meant."""
    broken = document(root)
    for index in (1, 3):
        del broken[BY_TOKEN.name][index]["link"]
    (tmp_path / "p.jsonl").write_text(f"{json.dumps(broken)}\n", "utf-8")
    assert [(issue.line, issue.message) for issue in issues_of(root, tmp_path / "p.jsonl")] == [
        (1, f"{BY_TOKEN.name}[{index}]: the property 'link' is missing") for index in (1, 3)
    ]


def test_rows_that_do_not_fit_are_all_refused(root: Path) -> None:
    """A row that is nowhere, twice, of another text, with another label or score, or with too few tags."""
    rows = rows_of(root, BY_SENTENCE.name)[:4]
    unknown, twice = {**rows[0], "start": 10**6}, rows[1]
    wrong = [unknown, twice, twice, {**rows[2], "text": "x"}, {**rows[3], "label": 9}]
    assert [(issue.file, issue.line, issue.code) for issue in issues_of(root, rows[0], {**rows[3], "label": 9})] == [
        ("predictions", 2, "score-value")
    ]
    found = issues_of(root, *wrong[:4])
    assert [(issue.line, issue.code) for issue in found] == [(1, "score-row"), (3, "score-twice"), (4, "score-text")]
    assert [issue.code for issue in issues_of(root, {**rows[0], "score": "high"})] == ["score-value"]
    tokens = rows_of(root, BY_TOKEN.name)
    short = {**tokens[0], "prediction": tokens[0]["ner_tags"][1:]}
    assert [issue.code for issue in issues_of(root, short)] == ["score-value"]
    assert [issue.code for issue in issues_of(root, {**tokens[0], "prediction": "O"})] == ["score-value"]
    place = {name: rows[0][name] for name in ("id", "article_id", "label")}
    assert [issue.code for issue in issues_of(root, place)] == ["score-config"]
    assert [issue.code for issue in issues_of(root, place, config="nothing")] == ["score-config"]
    nowhere = {"article_id": rows[0]["article_id"], "label": 0}
    assert [issue.code for issue in issues_of(root, nowhere, config=BY_SENTENCE.name)] == ["score-row"]


def test_a_document_needs_no_list_and_a_split_must_be_one(root: Path) -> None:
    """One document is scored as a list of it is; a split that is none is an error, not a score of nothing."""
    dataset = pw.open(root)
    one = next(article for article in dataset if article.split == "test").document("claude-c").record
    assert dataset.score(one).figures == dataset.score([one]).figures
    with pytest.raises(ValueError, match="no split 'all'; there are train, validation, test, and None for all"):
        dataset.score([], split="all")


def test_nothing_to_score_is_an_issue(root: Path, tmp_path: Path, run: Run) -> None:
    """No prediction at all, a text that is no article's, a release without texts, and a version that is nowhere."""
    (tmp_path / "empty").mkdir()
    assert [issue.code for issue in issues_of(root, tmp_path / "empty")] == ["score-empty"]
    (tmp_path / "p.jsonl").write_text('{"text": "Nobody wrote this.", "spans": []}\n', "utf-8")
    assert [issue.code for issue in issues_of(root, tmp_path / "p.jsonl")] == ["score-text"]
    done = run("score", tmp_path / "p.jsonl", "--root", root, "--against", "9.9.9")
    assert (done.returncode, done.stdout.split()[:2]) == (1, ["9.9.9:1:", "unknown-version:"])
    bare = Path(shutil.copytree(root / "dataset", tmp_path / "bare"))
    for file in (bare / "data/articles").glob("*.parquet"):
        table = pq.read_table(file)
        at = table.schema.get_field_index("source_text")
        pq.write_table(table.set_column(at, table.schema.field(at), pa.nulls(len(table), pa.string())), file)
    assert {issue.code for issue in issues_of(root, document(root), against=[str(bare)])} == {"score-text-free"}


def test_every_code_is_tested() -> None:
    """Each code of scoring is in a test above."""
    codes = {code for code in COMMAND_CODES if code.startswith("score-")}
    assert {code for code in codes if f'"{code}"' not in Path(__file__).read_text("utf-8")} == set()
    assert len(codes) > 5


def test_page_says_what_there_is(checkout: Path) -> None:
    """docs/scoring.md lists each issue code, and names no option that the command lacks."""
    page = (checkout / "docs/scoring.md").read_text("utf-8")
    assert {*re.findall(r"^\| `(score-[a-z-]+)` \|", page, re.MULTILINE)} == {
        code for code in COMMAND_CODES if code.startswith("score-")
    }
    command = next(each for each in score_app.registered_commands if each.name == "score" or each.callback)
    assert command.callback
    options = {f"--{name.replace('_', '-')}" for name in command.callback.__annotations__} | {"--from", "--format"}
    lines = [line for line in page.splitlines() if line.startswith("pactwire score")]
    assert len(lines) > 5
    assert {option for line in lines for option in re.findall(r"--[a-z-]+", line)} <= options


def test_predictions_of_all_folds_are_made_as_the_page_says(
    root: Path, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script of the page runs, and each row has the most frequent label of the other folds."""
    page = (checkout / "docs/scoring.md").read_text("utf-8")
    [script] = [each for each in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL) if "fold" in each]
    (tmp_path / "dataset").symlink_to(root / "dataset")
    monkeypatch.chdir(tmp_path)
    exec(compile(script, "scoring.md", "exec"), {})
    path = tmp_path / "predictions.jsonl"
    rows = {row["id"]: row for row in rows_of(root, BY_SENTENCE.name)}
    names = features.config_features(OWN_SCHEMA, BY_SENTENCE.name)["label"].names
    for line in path.read_text("utf-8").splitlines():
        predicted = json.loads(line)
        others = [row["label"] for row in rows.values() if row["fold"] != rows[predicted["id"]]["fold"]]
        assert others.count(names.index(predicted["prediction"])) == max(map(others.count, others))
    report = scored(root, path, config=BY_SENTENCE.name)
    assert figures(report, "label", "accuracy")["predicted"] == len(rows)


# --- the site


def test_site_compares_predictions_with_the_final_documents(root: Path, tmp_path: Path) -> None:
    """An error is a row of its article's page, with what is in the gold; what predictions do not state is no error."""
    rows = rows_of(root, BY_TOKEN.name)
    wrong = next(row for row in rows if any(row["ner_tags"]))
    tagged = [{**row, "prediction": [0] * len(row["ner_tags"]) if row is wrong else row["ner_tags"]} for row in rows]
    path = tmp_path / "p.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in tagged), "utf-8")
    errors = [each for each in scored(root, path)["scores"][0]["errors"] if each["article"] == wrong["article_id"]]
    predicted = read_predicted_documents(root, [path])
    assert validate_documents(root, predicted.documents) == []
    collection = build_collection(corpus.load_corpus(root), predicted=predicted)
    entry = collection.entries[wrong["article_id"]]
    compared = compare_documents(ArticleLabels(collection, entry))
    assert [*compared.annotators] == ["predictions", "final"]
    spans = [span for row in rows for span in row["spans"] if row["article_id"] == wrong["article_id"]]
    nested = len(spans) - sum(names_begin(row) for row in rows if row["article_id"] == wrong["article_id"])
    assert len(compared.differences) == len(errors) + nested > 0
    pairs = [{**row, "prediction": 0} for row in rows_of(root, CONFIGS[0])]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in pairs), "utf-8")
    with pytest.raises(pw.DataError) as error:
        read_predicted_documents(root, [path])
    assert [issue.code for issue in error.value.issues] == ["score-config"]


def validate_documents(root: Path, documents: Mapping[str, Any]) -> list[Any]:
    """Return what is wrong with documents by the schema."""
    schema = read_schema(root)
    return [flaw for each in documents.values() if not schema.is_valid(each) for flaw in schema.explain(each)]


@pytest.mark.slow
def test_view_takes_predictions(golden: Path, tmp_path: Path, run: Run) -> None:
    """The page of an article names them instead of annotators, and nothing is written into annotations/."""
    before = contents(golden / "annotations")
    predicted = tmp_path / "p"
    shutil.copytree(golden / "annotations/final", predicted)
    for path in predicted.iterdir():
        path.write_text(path.read_text("utf-8").replace('"favor"', '"against"'), "utf-8")
    done = run("view", "--root", golden, "--out", tmp_path / "site", "--predictions", predicted)
    assert done.returncode == 0, done.stdout
    page = (tmp_path / "site/articles/00000000000000aa.html").read_text("utf-8")
    assert '<th scope="col">predictions</th><th scope="col">final</th>' in page
    assert '<td data-head="predictions">' in page
    assert contents(golden / "annotations") == before


def names_begin(row: dict[str, Any]) -> int:
    """Return the number of mentions that a row's tags begin."""
    return sum(tag % 2 for tag in row["ner_tags"])
