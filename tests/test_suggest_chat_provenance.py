"""Who made what a language model drafted: its name and folder, people's work on it, and what compares with it."""

import copy
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from typer.testing import CliRunner

from pactwire.build.manifest import count_documents
from pactwire.card import dataset_folder
from pactwire.card.card import annotators_table
from pactwire.cli.main import app
from pactwire.corpus import corpus
from pactwire.labelstudio import adjudication_push, annotation_import, encoder, prediction_provenance, task_builder
from pactwire.labelstudio.annotation_import import SourceTask
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.client import Client
from pactwire.model import strict_json
from pactwire.site.collection import build_collection
from pactwire.site.comparison import compare_documents
from pactwire.site.label_views import ArticleLabels
from pactwire.suggest import models, prompt
from pactwire.validation import validate
from support.labelstudio import identify, ticked
from support.scripted import Answer, Stub, answer
from support.studio import Studio

NOTHING: dict[str, Any] = {"entities": [], "claims": [], "stances": []}
ARTICLE, OTHER = "00000000000000aa", "00000000000000bb"
NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=90)


def completion(content: Any, server_model: str = "srv-7b") -> Answer:
    """Return a completion whose content is JSON."""
    message = {"role": "assistant", "content": json.dumps(content)}
    return answer({"model": server_model, "choices": [{"message": message, "finish_reason": "stop"}]})


def final_answer(root: Path, article: str = ARTICLE) -> dict[str, Any]:
    """Return the answer of a model that gives all labels of an article's final document."""
    data = corpus.load_corpus(root)
    final = data.final_document(article)
    assert final is not None
    return prompt.document_answer(data, final, prompt.article_grounding(data, data.articles[article]))


def unlabel(root: Path, article: str = ARTICLE) -> None:
    """Take the labels of an article away."""
    (root / f"annotations/final/{article}.json").unlink()
    (root / "annotations/clusters.jsonl").write_text("")


@contextmanager
def scripted(*answers: Answer) -> Iterator[Stub]:
    """Run a server that gives these answers."""
    server = Stub(*answers)
    try:
        yield server
    finally:
        server.stop()


class Ran(NamedTuple):
    """How a command ended, and what it said, its issues included."""

    exit_code: int
    output: str


def command(root: Path, *words: str) -> Ran:
    """Run a command on a dataset."""
    result = CliRunner().invoke(app, [*words, "--root", str(root)])
    return Ran(result.exit_code, result.output + str(result.exception or ""))


def suggest(root: Path, server: Stub, name: str, *options: str) -> Ran:
    """Draft the unlabeled articles."""
    return command(root, "suggest", "--model", f"openai:{name}", "--base-url", server.url, *options)


def draft(root: Path, annotator: str = "openai-m", article: str = ARTICLE) -> Any:
    """Read a draft."""
    return json.loads((root / f"annotations/{annotator}/{article}.json").read_text("utf-8"))


# --- names and folders


@pytest.mark.parametrize(
    ("name", "annotator", "shown"),
    [
        ("gpt-4.1", "openai-gpt-4-1", "gpt-4.1"),
        ("qwen3:8b", "openai-qwen3-8b", "qwen3:8b"),
        ("Org/Big Model:Q4_K_M", "openai-org-big-model-q4_k_m", "Org/Big Model:Q4_K_M"),
        ("..", "openai--", ".."),
        ("CON", "openai-con", "CON"),
        ("модель-а", "openai-", "модель-а"),
        ("/home/ana/models/tiny.gguf", "openai-tiny-gguf-", "tiny.gguf"),
        (r"C:\Users\ana\tiny.gguf", "openai-tiny-gguf-", "tiny.gguf"),
        ("/home/ana/models/", "openai-models-", "models"),
        (f"hf.co/{'long-' * 12}model:Q4", f"openai-hf-co-{'long-' * 8}lo-", f"hf.co/{'long-' * 12}model:Q4"),
    ],
)  # fmt: skip
def test_a_models_folder_follows_from_its_name(name: str, annotator: str, shown: str) -> None:
    """Ids are those of annotators; where one says much less than the name, digits of a digest follow."""
    made = models.model_annotator("openai", name, "1")
    assert made["name"] == f"openai {shown}"
    assert made["id"] == annotator or re.fullmatch(f"{annotator}[0-9a-f]{{8}}", made["id"])


@given(NAMES, NAMES)
def test_names_that_ids_can_not_spell_have_ids_of_their_own(one: str, other: str) -> None:
    """Any name gives an id that is allowed everywhere, and two that are not plain ASCII never the same."""
    ids = [models.model_annotator("openai", name, "1")["id"] for name in (one, other)]
    assert all(re.fullmatch(r"openai-[a-z0-9_-]{0,57}", each) for each in ids)
    assert one == other or one.isascii() or other.isascii() or ids[0] != ids[1]


@pytest.mark.parametrize("options", [(), ("--renew",)])
@pytest.mark.parametrize("second", ["M", "rule", "human", "model"])
def test_a_folder_has_the_drafts_of_one_model(golden: Path, second: str, options: tuple[str, ...]) -> None:
    """Where a folder holds another model's drafts, a rule's or a person's, nothing is sent, and nothing changes."""
    unlabel(golden)
    with scripted(completion(NOTHING)) as server:
        assert suggest(golden, server, "m").exit_code == 0
        path = golden / f"annotations/openai-m/{ARTICLE}.json"
        if second != "M":
            changed = draft(golden)
            changed["annotators"][0] |= {"kind": second, "name": None}
            path.write_text(strict_json.pretty(changed))
        before, asked = path.read_bytes(), len(server.requests)
        refused = suggest(golden, server, "M" if second == "M" else "m", "--temperature", "1", *options)
        assert refused.exit_code == 1 and "suggest-folder" in refused.output
        assert path.read_bytes() == before and len(server.requests) == asked == 1


def test_a_renewed_draft_says_what_it_is_of_now(golden: Path) -> None:
    """A draft of another server's model, prompt or temperature is kept, and replaced with --renew."""
    unlabel(golden)
    answers = [completion(NOTHING, "first"), completion(NOTHING, "second"), completion(NOTHING, "third")]
    with scripted(*answers) as server:
        suggest(golden, server, "m")
        first = draft(golden)["annotators"][0]["version"]
        assert "1 kept" in suggest(golden, server, "m", "--temperature", "0.5").output
        assert draft(golden)["annotators"][0]["version"] == first and first.startswith("first, prompt ")
        assert "1 renewed" in suggest(golden, server, "m", "--temperature", "0.5", "--renew").output
        second = draft(golden)["annotators"][0]["version"]
        assert second == first.replace("first", "second").replace("temperature 0", "temperature 0.5")
        (golden / "annotations/GUIDELINES.md").write_text("# Guidelines\n\nVersion 3.0\n")
        assert "1 renewed" in suggest(golden, server, "m", "--temperature", "0.5", "--renew").output
    third = draft(golden)["annotators"][0]["version"]
    assert draft(golden)["guidelines"] == "3.0"
    assert third.startswith("third, prompt ") and third.split(", ")[1] != second.split(", ")[1]


def test_names_the_commands_that_measure_a_language_model(golden: Path) -> None:
    """--leave-one-out is for names; what is asked for instead has the folder of this model."""
    refused = command(golden, "suggest", "--model", "openai:Org/M", "--leave-one-out", "--base-url", "http://localhost")
    words = " ".join(refused.output.replace("│", " ").split())
    assert refused.exit_code == 2 and "`pactwire suggest --model openai:Org/M --labeled`" in words
    assert "`pactwire score annotations/openai-org-m --split all`" in words
    for name in (" ", "a\nb", "\udc80"):
        assert command(golden, "suggest", "--model", f"openai:{name}").exit_code == 2


# --- what compares with it


def test_scores_as_any_annotator(golden: Path) -> None:
    """A model that gives four of the eight names has a precision of 1 and a recall of a half."""
    path = golden / f"annotations/final/{OTHER}.json"
    final = json.loads(path.read_text("utf-8"))
    del final["entities"][0]
    path.write_text(strict_json.pretty(final))
    half = {"entities": final_answer(golden)["entities"][:4], "claims": [], "stances": []}
    with scripted(completion(half), completion(NOTHING)) as server:
        suggested = suggest(golden, server, "m", "--labeled")
    assert "2 drafted" in suggested.output, suggested.output
    scored = command(golden, "score", str(golden / "annotations/openai-m"), "--split", "all", "--format", "json")
    assert scored.exit_code == 0, scored.output
    [score] = json.loads(scored.output)["scores"]
    assert {
        row["figure"]: row["value"]
        for row in score["rows"]
        if row["measure"] == "span-exact" and row["layer"] == "entities" and not row["label"]
    } == {"precision": 1, "recall": 0.5, "F1": 0.666667}
    shutil.copytree(golden / "annotations/final", golden / "annotations/ann")
    compared = command(golden, "agreement", "openai-m", "ann", "--format", "json")
    assert compared.exit_code == 0, compared.output
    rows = json.loads(compared.output)["rows"]
    [exact] = [row for row in rows if row["measure"] == "span-exact" and row["layer"] == "entities"]
    assert (exact["a"], exact["b"], exact["matched"], exact["value"]) == (4, 8, 4, 0.666667)


# --- people who work on it


def drafted_task(root: Path, answer: Any) -> dict[str, Any]:
    """Draft an article with an answer, and return its task as it is pushed."""
    unlabel(root)
    with scripted(completion(answer)) as server:
        assert suggest(root, server, "m").exit_code == 0
    data = corpus.load_corpus(root)
    return {"id": 5, **task_builder.build_task(data, data.articles[ARTICLE], "labels", "1.0")}


def worked_on(results: list[Any]) -> list[Any]:
    """Return results in which a person has changed a label, deleted one, and added one; all others are accepted."""
    kept = [copy.deepcopy(each) for each in ticked(results) if each.get("id") != "e2"]
    [changed] = [each for each in kept if each.get("id") == "e1" and each["type"] == "labels"]
    changed["value"]["labels"] = ["LOC"]
    changed["origin"] = "prediction-changed"
    [word] = [each for each in kept if each.get("id") == "e5" and each["type"] == "labels"]
    for each in [each for each in kept if each.get("id") == "e5"]:
        added = {**copy.deepcopy(each), "id": "new", "meta": {}, "origin": "manual"}
        added["value"] |= {"start": word["value"]["end"] + 1, "end": word["value"]["end"] + 5, "text": "said"}
        kept.append(added)
    return kept


def check_work(document: Any, drafted: Any) -> None:
    """Check that a document of anna says who made each label, of what draft, and what the model is."""
    by = {label["id"]: label["by"] for layer in ("entities", "claims", "stances") for label in document[layer]}
    kept = ("e3", "e4", "e5", "c1", "s1")
    assert by == {"e1": ["anna", "openai-m"], "new": ["anna"]} | {name: ["openai-m", "anna"] for name in kept}
    assert document["derived_from"] == [encoder.revision("openai-m", drafted)]
    assert [(each["id"], each["kind"]) for each in document["annotators"]] == [("openai-m", "model"), ("anna", "human")]
    assert document["annotators"][0] == drafted["annotators"][0]
    assert re.fullmatch("srv-7b, prompt [0-9a-f]{12}, temperature 0", document["annotators"][0]["version"])


def test_labels_are_by_the_model_and_the_person(golden: Path) -> None:
    """Accepted labels are the model's and the person's, changed ones the person's first, new ones theirs alone."""
    task = drafted_task(golden, final_answer(golden))
    time = "2026-01-01T00:00:00.000000Z"
    made = {"id": 1, "completed_by": 1, "updated_by": 1, "was_cancelled": False, "created_at": time, "updated_at": time}
    made |= {"result": worked_on(task["predictions"][0]["result"]), "parent_annotation": None}
    source = SourceTask("labels", task | {"annotations": [made]}, "here")
    who = AnnotatorDirectory({1: "anna@example.org"}, {"1": "anna"})
    found = annotation_import.import_annotations(corpus.load_corpus(golden), [source], who)
    assert found.issues == []
    check_work(found.documents["anna"], draft(golden))
    (golden / "annotations/anna").mkdir()
    (golden / f"annotations/anna/{ARTICLE}.json").write_text(strict_json.pretty(found.documents["anna"]))
    assert validate.validate_dataset(golden) == []
    compared = command(golden, "agreement", "openai-m", "anna")
    assert compared.exit_code == 1 and "'anna' built on the labels of 'openai-m'" in compared.output


# --- two models


@pytest.fixture
def two(golden: Path) -> Path:
    """A dataset with an article that two models drafted: they differ in one name, and in the type of another."""
    all_names = final_answer(golden)
    fewer = {**all_names, "entities": copy.deepcopy(all_names["entities"][1:])}
    fewer["entities"][0]["type"] = "LOC"
    unlabel(golden)
    with scripted(completion(all_names), completion(fewer, "other-3b")) as server:
        for name in ("m", "Z:3b"):
            assert suggest(golden, server, name).exit_code == 0
    return golden


@pytest.mark.parametrize(("years", "shown"), [((2031, 2030), "openai-m"), ((2030, 2030), "openai-z-3b")])
def test_people_start_from_the_newest_draft(two: Path, years: tuple[int, int], shown: str) -> None:
    """Of two models' drafts the newer is shown, and of the same second that of the last by name."""
    for name, year in zip(("openai-m", "openai-z-3b"), years, strict=True):
        changed = draft(two, name) | {"updated": f"{year}-01-01T00:00:00Z"}
        (two / f"annotations/{name}/{ARTICLE}.json").write_text(strict_json.pretty(changed))
    data = corpus.load_corpus(two)
    [prediction] = task_builder.build_task(data, data.articles[ARTICLE], "labels", "1.0")["predictions"]
    assert prediction_provenance.prediction_revision(prediction) == encoder.revision(shown, draft(two, shown))


def test_two_models_stand_side_by_side(two: Path) -> None:
    """The site and a project of Label Studio show both drafts, each with its name, and in what they differ."""
    collection = build_collection(corpus.load_corpus(two))
    compared = compare_documents(ArticleLabels(collection, collection.entries[ARTICLE]))
    assert list(compared.annotators) == ["openai-m", "openai-z-3b"]
    assert [[reason.title for reason in row.reasons] for row in compared.differences] == [["missing"], ["Entity type"]]
    (two / "annotations/GUIDELINES.md").write_text("# Guidelines\n\nVersion 1.0\n")
    server = Studio()
    try:
        with closing(Client(server.url, "0" * 40)) as client:
            data = corpus.load_corpus(identify(two))
            adjudication_push.push_disputed(data, client, list(compared.annotators), lambda *_: None)
    finally:
        server.stop()
    [task] = [task for task in server.tasks if task["data"]["project"] == "labels"]
    assert [each["model_version"] for each in task["predictions"]] == list(compared.annotators)
    assert "openai-z-3b: type LOC" in task["data"]["differences"]


# --- releases


def test_a_release_says_what_made_each_draft(golden: Path) -> None:
    """Each version of a model is counted in manifest, card and Croissant; nothing is called a person's work."""
    with scripted(completion(NOTHING)) as server:
        for article, degree in ((ARTICLE, "0"), (OTHER, "0.5")):
            assert suggest(golden, server, "m", article, "--labeled", "--temperature", degree).exit_code == 0
    version = draft(golden)["annotators"][0]["version"]
    assert version.endswith(", temperature 0")
    versions = [version, f"{version}.5"]
    dataset_folder.build(golden)
    built = golden / "dataset"
    about = json.loads((built / "manifest.json").read_text("utf-8"))
    made = {"id": "openai-m", "kind": "model", "name": "openai m", "documents": 1}
    assert [each for each in about["annotators"] if each["id"] == "openai-m"] == [
        {**made, "version": each} for each in versions
    ]
    assert about["documents"] == {"final": 2, "openai-m": 2} and "openai-m" not in json.dumps(about["labels"])
    card = annotators_table(count_documents(corpus.load_corpus(golden)))
    assert [card.count(f"| `openai-m` | model | openai m | {each} | 1 |") for each in versions] == [1, 1]
    stated = json.loads((built / "croissant.json").read_text("utf-8"))
    tools = [f"openai-m (model): openai m, version {each}" for each in versions]
    assert [each for each in stated["rai:machineAnnotationTools"] if "openai" in each] == tools
    assert stated["rai:annotatorDemographics"] == "No annotator is a person."
    [rows] = [parquet.read_table(path).to_pylist() for path in (built / "data/annotations").iterdir()]
    assert {(row["annotator"], row["annotator_kind"], row["status"]["entities"]) for row in rows} == {
        ("openai-m", "model", "draft")
    }
    assert "human" not in json.dumps(rows) and "expert-generated" not in (built / "README.md").read_text("utf-8")
