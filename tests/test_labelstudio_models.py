"""Predictions of models that other programs ran: labels accepted from them name the model first."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pactwire.corpus import corpus
from pactwire.labelstudio import annotation_import, prediction_provenance, task_builder, wire_types
from pactwire.labelstudio.annotation_import import ImportedAnnotations, SourceTask
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.model.labels import document_labels
from support.labelstudio import ticked
from support.news import SCHEMA

ARTICLE = "00000000000000aa"
TIME = "2026-01-01T00:00:00.000000Z"


@pytest.fixture
def task(golden: Path) -> dict[str, Any]:
    """The article's task as it is pushed, with two mentions that a model found."""
    data = corpus.load_corpus(golden)
    found = {"id": 5, **task_builder.build_task(data, data.articles[ARTICLE], "labels", "1.0")}
    found["predictions"][0]["id"] = 1
    found["predictions"].append({"id": 2, "model_version": "other-ner 2.0", "result": mentions(found)})
    return found


def mentions(task: dict[str, Any], *names: str | None) -> list[dict[str, Any]]:
    """Return two mentions of one letter each, as a model's results."""
    starts = [start for start, letter in enumerate(task["data"]["text"]) if letter.isalpha()][:2]
    return [region(task, start, name) for start, name in zip(starts, names or ("m1", "m2"), strict=True)]


def region(task: dict[str, Any], start: int, name: str | None, label: str = "PER", **more: Any) -> dict[str, Any]:
    """Return the region of one letter, without an id where ``name`` is None."""
    value = {"start": start, "end": start + 1, "text": task["data"]["text"][start], "labels": [label]}
    made = {"from_name": "label", "to_name": "text", "type": "labels", "value": value, "score": 0.5, **more}
    return made | ({"id": name} if name else {})


def accepted(results: list[dict[str, Any]], **about: Any) -> dict[str, Any]:
    """Return an annotation of results that a person opened and submitted, entities ticked."""
    value = {"choices": ["entities"]}
    tick = {
        "id": "t",
        "from_name": "finished",
        "to_name": "text",
        "type": "choices",
        "value": value,
        "origin": "manual",
    }
    made = [{"origin": "prediction", **each, "id": each.get("id", f"-given{n}")} for n, each in enumerate(results)]
    who = {"id": 9, "completed_by": 1, "updated_by": 1, "created_at": TIME, "updated_at": TIME}
    return who | {"parent_prediction": 2, "result": [*made, tick]} | about


def gathered(root: Path, task: dict[str, Any], annotation: dict[str, Any]) -> ImportedAnnotations:
    """Return what is taken of a task with an annotation, read from bytes as a pull reads it."""
    read = wire_types.decode_task(msgspec.json.encode(task | {"annotations": [annotation]}))
    return annotation_import.import_annotations(
        corpus.load_corpus(root), [SourceTask("labels", read, "here")], AnnotatorDirectory({}, {"1": "anna"})
    )


def by(found: ImportedAnnotations) -> list[list[str]]:
    """Return who made each entity, in the order of the text."""
    assert found.issues == []
    return [label["by"] for label in document_labels(found.documents["anna"], "entities")]


def test_accepted_label_is_by_model_and_person(golden: Path, task: dict[str, Any]) -> None:
    """A model becomes an annotator with name and version, is first in ``by``, and its prediction is the origin."""
    found = gathered(golden, task, accepted(task["predictions"][1]["result"]))
    document = found.documents["anna"]
    model = prediction_provenance.model_annotator("other-ner 2.0")
    assert by(found) == [[model["id"], "anna"]] * 2
    assert document["annotators"] == [model, {"id": "anna", "kind": "human", "name": None, "version": None}]
    assert model | {"id": ""} == {"id": "", "kind": "model", "name": "other-ner", "version": "2.0"}
    [revision] = document["derived_from"]
    assert revision.startswith(f"{model['id']}@")
    again = gathered(golden, task, accepted(task["predictions"][1]["result"]))
    assert again.documents == found.documents


def test_changed_label_is_by_person_and_model(golden: Path, task: dict[str, Any]) -> None:
    """A changed label names the person before the model; a new one, and a copy with another label, the person alone."""
    first, second = mentions(task)
    start = second["value"]["start"]
    results = [
        first,
        second | {"value": {**second["value"], "labels": ["ORG"]}, "origin": "prediction-changed"},
        region(task, start, "QwErTy1234", "GPE", origin="manual"),
        region(task, start, "AsDfGh1234", "LOC", origin="prediction"),  # as the page calls what was pasted
    ]
    model = prediction_provenance.model_annotator("other-ner 2.0")["id"]
    found = {
        label["type"]: label["by"]
        for label in document_labels(gathered(golden, task, accepted(results)).documents["anna"], "entities")
    }
    assert found == {"PER": [model, "anna"], "ORG": ["anna", model], "GPE": ["anna"], "LOC": ["anna"]}


def test_added_attribute_is_an_edit(golden: Path, task: dict[str, Any]) -> None:
    """The page still calls a region a prediction if an attribute was added; its content decides."""
    first, second = mentions(task)
    value = {key: first["value"][key] for key in ("start", "end")} | {"choices": ["adjective"]}
    form = {"id": "m1", "from_name": "form", "to_name": "text", "type": "choices", "value": value}
    model = prediction_provenance.model_annotator("other-ner 2.0")["id"]
    assert by(gathered(golden, task, accepted([first, form, second]))) == [["anna", model], [model, "anna"]]


def test_finds_model_whose_regions_have_no_ids(golden: Path, task: dict[str, Any]) -> None:
    """Ids that the page assigned lead to the prediction that the annotation was made from."""
    task["predictions"][1]["result"] = mentions(task, None, None)
    first, second = mentions(task, None, None)
    second |= {"value": {**second["value"], "labels": ["ORG"]}, "origin": "prediction-changed"}
    model = prediction_provenance.model_annotator("other-ner 2.0")["id"]
    assert by(gathered(golden, task, accepted([first, second]))) == [[model, "anna"], ["anna", model]]


@pytest.mark.parametrize("names", [("m1", "m2"), (None, None)], ids=["ids", "no ids"])
def test_finds_model_of_resumed_work(golden: Path, task: dict[str, Any], names: tuple[str | None, ...]) -> None:
    """Without ``parent_prediction`` ids identify the model, and without ids its labels do."""
    task["predictions"][1]["result"] = mentions(task, *names)
    found = gathered(golden, task, accepted(mentions(task, *names), parent_prediction=None))
    assert by(found) == [[prediction_provenance.model_annotator("other-ner 2.0")["id"], "anna"]] * 2


def test_distinguishes_two_models(golden: Path, task: dict[str, Any]) -> None:
    """Of two models with the same ids the parent prediction's counts; without one, none is guessed."""
    task["predictions"].append({"id": 3, "model_version": "GLiNER@v2", "result": mentions(task)})
    results = task["predictions"][1]["result"]
    assert (
        by(gathered(golden, task, accepted(results, parent_prediction=3)))
        == [[prediction_provenance.model_annotator("GLiNER@v2")["id"], "anna"]] * 2
    )
    resumed = gathered(golden, task, accepted(results, parent_prediction=None))
    assert by(resumed) == [[prediction_provenance.UNNAMED_MODEL["id"], "anna"]] * 2
    task["predictions"][2]["model_version"] = "other-ner 2.0"  # an older run of the same model
    assert by(gathered(golden, task, accepted(results, parent_prediction=None)))[0][0].startswith("other-ner")


def _deleted(task: dict[str, Any]) -> None:
    del task["predictions"][1]


def _numbers(task: dict[str, Any]) -> None:
    task["predictions"] = [1, 2]


def _unnamed(task: dict[str, Any]) -> None:
    task["predictions"][1]["model_version"] = ""


@pytest.mark.parametrize(
    ("lose", "parent"), [(_deleted, None), (_numbers, 2), (_unnamed, 2)], ids=["deleted", "export", "no version"]
)
def test_unknown_model_is_unnamed(
    golden: Path, task: dict[str, Any], lose: Callable[[dict[str, Any]], None], parent: int | None
) -> None:
    """Labels of a prediction that is gone or has no name are by the unnamed model, with a note."""
    annotation = accepted(task["predictions"][1]["result"], parent_prediction=parent, prediction=task["predictions"][0])
    lose(task)
    found = gathered(golden, task, annotation)
    assert by(found) == [["unnamed-model", "anna"]] * 2
    assert {"id": "unnamed-model", "kind": "model", "name": None, "version": None} in found.documents["anna"][
        "annotators"
    ]
    noted = "here: anna: 2 labels are of a model that is not named there; they are by unnamed-model"
    assert found.notes == ([noted] if lose is not _unnamed else [])


def test_finds_draft_of_resumed_work(golden: Path, task: dict[str, Any]) -> None:
    """Resumed work names the draft's revision, from the mark of its ticks or of its regions."""
    result = ticked(task["predictions"][0]["result"])
    revision = prediction_provenance.signature(task["predictions"][0])["revision"]
    resumed = accepted([])
    resumed |= {"result": result, "parent_prediction": None}
    assert gathered(golden, task, resumed).documents["anna"]["derived_from"] == [revision]
    for each in result:
        if each.get("from_name") == "finished":  # all ticks were taken away, and set again
            del each["meta"]
    assert gathered(golden, task, resumed).documents["anna"]["derived_from"] == [revision]


@pytest.mark.parametrize("junk", [None, 7, [["x"]], {"a": 1}])
def test_marks_of_any_form_are_read(golden: Path, task: dict[str, Any], junk: Any) -> None:
    """Exports may hold anything where a draft names its annotators and its revision: it is ignored."""
    resumed = accepted([]) | {"result": ticked(task["predictions"][0]["result"]), "parent_prediction": None}
    for each in resumed["result"]:
        if known := each.get("meta", {}).get("pactwire"):
            known |= {"annotators": junk} if each["from_name"] == "finished" else {"draft": junk}
    task["predictions"] = []
    assert gathered(golden, task, resumed).documents["anna"]["annotators"][-1]["id"] == "anna"
    for each in resumed["result"]:
        if each.get("from_name") == "finished":
            del each["meta"]
    assert gathered(golden, task, resumed).documents["anna"]["derived_from"] == []


def test_copied_prediction_is_not_the_parent(golden: Path, task: dict[str, Any]) -> None:
    """Exports keep the first prediction of a task in each annotation, whatever that was made from."""
    annotation = accepted([region(task, 0, "QwErTy1234", origin="manual")], parent_prediction=None)
    annotation["prediction"] = task["predictions"][0]
    task["predictions"] = [1, 2]
    document = gathered(golden, task, annotation).documents["anna"]
    assert document["derived_from"] == []
    assert document_labels(document, "entities")[0]["by"] == ["anna"]


def test_copied_prediction_names_the_model(golden: Path, task: dict[str, Any]) -> None:
    """An export with predictions as numbers still holds the first one, which an annotation may come from."""
    annotation = accepted(mentions(task), prediction=task["predictions"][1])
    task["predictions"] = [2]
    document = gathered(golden, task, annotation).documents["anna"]
    assert [entity["by"] for entity in document_labels(document, "entities")] == [
        [prediction_provenance.model_annotator("other-ner 2.0")["id"], "anna"]
    ] * 2


def test_deleted_draft_keeps_its_annotators(golden: Path, task: dict[str, Any]) -> None:
    """The annotators of a deleted draft come from the mark of the ticks, or from the documents here."""
    resumed = accepted([]) | {"result": ticked(task["predictions"][0]["result"]), "parent_prediction": None}
    whole = gathered(golden, task, resumed).documents["anna"]
    task["predictions"] = []
    assert gathered(golden, task, resumed).documents["anna"] == whole
    for each in resumed["result"]:
        if each.get("from_name") == "finished":
            del each["meta"]
    assert gathered(golden, task, resumed).documents["anna"] == whole | {"derived_from": []}


def test_copied_draft_belongs_to_the_model(golden: Path, task: dict[str, Any]) -> None:
    """A program that sends a draft's results under its own version did not sign them."""
    copied = {**task["predictions"][0], "id": 4, "model_version": "refiner 1.1"}
    assert prediction_provenance.is_signed(task["predictions"][0])
    assert prediction_provenance.is_signed(
        {**task["predictions"][0], "model_version": prediction_provenance.EARLIER_VERSION}
    )
    assert not prediction_provenance.is_signed(copied)
    task["predictions"].append(copied)
    annotation = accepted([]) | {"result": ticked(copied["result"]), "parent_prediction": 4}
    found = gathered(golden, task, annotation)
    assert {each[0] for each in by(found)} == {prediction_provenance.model_annotator("refiner 1.1")["id"]}


@pytest.mark.parametrize(
    ("version", "name", "number"),
    [
        ("other-ner 2.0", "other-ner", "2.0"),
        ("GLiNER@v2", "GLiNER", "v2"),
        ("llama3:8b", "llama3", "8b"),
        ("gliner_multi-v2.1", "gliner_multi-v2.1", "gliner_multi-v2.1"),
        ("my model", "my model", "my model"),
        ("模型 3", "模型", "3"),
        ("final", "final", "final"),
        ("anna", "anna", "anna"),
        (" a\n b ", "a b", "a b"),
        ("x" * 300, "x" * 300, "x" * 300),
        (7, "7", "7"),
        ("ner\x00\x1b[31m\n2.0\x85", "ner [31m", "2.0"),
    ],
)
def test_model_version_gives_valid_annotator(version: Any, name: str, number: str) -> None:
    """Any version on a server gives a valid annotator, whose id is no pseudonym and no other model's."""
    found = prediction_provenance.model_annotator(version)
    assert (found["name"], found["version"], found["kind"]) == (name, number, "model")
    assert SCHEMA.is_valid(found, "annotator")
    assert found["id"] not in ("final", "anna")
    assert found["id"] != prediction_provenance.model_annotator(f"{version}.")["id"]


@pytest.mark.parametrize("version", [None, "", " ", "undefined", "pactwire", "pactwire (earlier)"])
def test_recognizes_versions_without_name(version: Any) -> None:
    """A server's words for no version, and those that pushes of 1.0.0 wrote over a model's, are not names."""
    assert prediction_provenance.model_annotator(version) == prediction_provenance.UNNAMED_MODEL
