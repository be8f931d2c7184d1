"""Authorship of annotations: one person's own work is imported, shared work is reported."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pactwire.corpus import corpus
from pactwire.labelstudio import annotation_import, authorship, encoder, file_exchange, task_builder
from pactwire.labelstudio.annotation_import import ImportedAnnotations, SourceTask
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.model import strict_json
from pactwire.model.issues import COMMAND_CODES, REMEDIES
from pactwire.model.labels import document_labels
from support.labelstudio import ticked

ARTICLE = "00000000000000aa"
TEAM = {"1": "anna", "2": "boris", "3": "carla"}
MAILS = {1: "anna@example.org", 2: "boris@example.org", 9: "gast@example.org"}


def pushed(root: Path) -> dict[str, Any]:
    """Return the task of the article as it is pushed."""
    data = corpus.load_corpus(root)
    return {"id": 5, **task_builder.build_task(data, data.articles[ARTICLE], "labels", "1.0")}


def annotation(task: Mapping[str, Any], number: int, **about: Any) -> dict[str, Any]:
    """Return the task's draft as an annotation that its owner, person ``number``, submitted unchanged."""
    time = "2026-01-01T00:00:00.000000Z"
    made = {"id": number, "completed_by": number, "updated_by": number, "was_cancelled": False, "created_at": time}
    return (
        made
        | {"updated_at": time, "result": ticked(task["predictions"][0]["result"]), "parent_annotation": None}
        | about
    )


def gathered(
    root: Path, task: dict[str, Any], *annotations: Any, team: Mapping[str, str] = TEAM
) -> ImportedAnnotations:
    """Return what is taken of a task with some annotations."""
    source = SourceTask("labels", task | {"annotations": list(annotations)}, "here")
    return annotation_import.import_annotations(corpus.load_corpus(root), [source], AnnotatorDirectory(MAILS, team))


def test_rejects_annotation_that_another_person_saved(golden: Path) -> None:
    """If somebody else saved an annotation last, both are named, and only other people's work is imported."""
    task = pushed(golden)
    found = gathered(golden, task, annotation(task, 1, updated_by=2), annotation(task, 3))
    assert [(issue.code, issue.message) for issue in found.issues] == [
        ("annotation-shared", "the annotation 1 is by anna, but boris saved it last; nothing of it is imported")
    ]
    assert set(found.documents) == {"carla"}
    assert "annotation-shared" in COMMAND_CODES
    assert "delete" not in REMEDIES["annotation-shared"]


def test_people_without_numbers_are_told_apart_by_their_addresses(golden: Path) -> None:
    """Records that hold only an address are one person where the address or the pseudonym is the same."""
    task = pushed(golden)
    team = {"anna@example.org": "anna", "anna@home.example": "anna", "boris@example.org": "boris"}
    people = [{"email": mail} for mail in (*team, "gast@example.org")]
    for last, codes in zip(people, ([], [], ["annotation-shared"], ["annotation-shared"]), strict=True):
        found = gathered(golden, task, annotation(task, 1, completed_by=people[0], updated_by=last), team=team)
        assert [issue.code for issue in found.issues] == codes
    found = gathered(golden, task, annotation(task, 1, completed_by=people[-1], updated_by=people[-1]), team=team)
    assert [issue.code for issue in found.issues] == ["annotator-unmapped"]


def test_skipped_annotation_is_not_imported(golden: Path) -> None:
    """A skipped annotation, in which the server keeps the whole draft, is only noted."""
    task = pushed(golden)
    found = gathered(golden, task, annotation(task, 1, was_cancelled=True), annotation(task, 3))
    assert set(found.documents) == {"carla"}
    assert [note.rpartition(": ")[2] for note in found.notes] == ["skipped by anna"]


def test_reports_skip_of_another_persons_annotation(golden: Path) -> None:
    """Pressing Skip on somebody's annotation does not count as a skip of its owner."""
    task = pushed(golden)
    found = gathered(golden, task, annotation(task, 1, updated_by=2, was_cancelled=True))
    assert [issue.code for issue in found.issues] == ["annotation-shared"]
    assert found.notes == []


def test_names_people_without_pseudonym_by_address(golden: Path) -> None:
    """Somebody without a pseudonym who saved another's annotation is named by their address."""
    task = pushed(golden)
    [issue] = gathered(golden, task, annotation(task, 1, updated_by=9)).issues
    assert "but gast@example.org saved it last" in issue.message


@pytest.mark.parametrize(
    "saved",
    [
        {"updated_by": None},
        {"completed_by": {"id": 1, "email": "anna@example.org"}},
        {"updated_by": 4},
    ],
    ids=["imported", "expanded", "second account"],
)
def test_imports_annotation_that_its_owner_saved(golden: Path, saved: dict[str, Any]) -> None:
    """It is imported if nobody saved it since, if a user is a record, or if one person has two accounts."""
    task = pushed(golden)
    found = gathered(golden, task, annotation(task, 1, **saved), team=TEAM | {"4": "anna"})
    assert found.issues == []
    assert set(found.documents) == {"anna"}


def test_rejects_duplicate_of_another_persons_annotation(golden: Path) -> None:
    """Labels and ticks of one person that another duplicated and submitted do not become the other's."""
    task = pushed(golden)
    found = gathered(golden, task, annotation(task, 1), annotation(task, 2, parent_annotation=1))
    assert [(issue.code, issue.message) for issue in found.issues] == [
        (
            "annotation-shared",
            "the annotation 2 by boris is a duplicate of the annotation 1 by anna; nothing of it is imported",
        )
    ]
    assert set(found.documents) == {"anna"}
    [gone] = gathered(golden, task, annotation(task, 2, parent_annotation=1)).issues
    assert gone.message.startswith("the annotation 2 by boris is a duplicate of the annotation 1;")


@pytest.mark.parametrize("between", [{}, {"was_cancelled": True}], ids=["submitted", "skipped"])
def test_rejects_duplicate_of_a_duplicate(golden: Path, between: dict[str, Any]) -> None:
    """Duplicating one's own duplicate of somebody's annotation does not make the labels one's own."""
    task = pushed(golden)
    first = annotation(task, 2, id=7, parent_annotation=1, **between)
    found = gathered(golden, task, annotation(task, 1), first, annotation(task, 2, id=8, parent_annotation=7))
    assert set(found.documents) == {"anna"}
    messages = [issue.message for issue in found.issues]
    assert "the annotation 8 by boris is a duplicate of the annotation 1 by anna; nothing of it is imported" in messages
    turning = [annotation(task, 2, id=7, parent_annotation=8), annotation(task, 2, id=8, parent_annotation=7)]
    assert [issue.code for issue in gathered(golden, task, *turning).issues] == ["annotation-twice"]


def test_notes_duplicate_beside_own_annotation(golden: Path) -> None:
    """A duplicate beside an annotation of one's own is only noted, and not imported."""
    task = pushed(golden)
    copy = annotation(task, 2, id=7, parent_annotation=1)
    found = gathered(golden, task, annotation(task, 1), copy, annotation(task, 2))
    assert found.issues == []
    assert set(found.documents) == {"anna", "boris"}
    assert found.notes == [
        "here: the annotation 7 by boris is a duplicate of the annotation 1 by anna; it is not imported"
    ]


def test_duplicate_of_own_annotation_counts_as_own(golden: Path) -> None:
    """A duplicate of one's own annotation is one's own; both together are two annotations of one person."""
    task = pushed(golden)
    both = [annotation(task, 1), annotation(task, 1, id=8, parent_annotation=1)]
    assert authorship.assign_owners(both, AnnotatorDirectory(MAILS, TEAM)).flaws == []
    assert [issue.code for issue in gathered(golden, task, *both).issues] == ["annotation-twice"]


def test_imports_nothing_of_a_person_with_shared_work(golden: Path) -> None:
    """The zones of a person whose labels another saved are not written alone, from a server or from exports."""
    data = corpus.load_corpus(golden)
    zones = {"id": 6, **task_builder.build_task(data, data.articles[ARTICLE], "zones", "1.0")}
    labels = pushed(golden)
    exports = []
    for name, task, changes in (("zones", zones, {}), ("labels", labels, {"updated_by": 2})):
        exports.append(golden / f"{name}.json")
        made = annotation(task, 1, **changes)
        exports[-1].write_text(strict_json.pretty([task | {"annotations": [made]}]))
    (golden / ".pactwire").mkdir(exist_ok=True)
    (golden / ".pactwire" / "annotators.json").write_text(strict_json.pretty(TEAM))
    pulled = file_exchange.import_exports(data, exports)
    assert [issue.code for issue in pulled.issues] == ["annotation-shared"]
    assert pulled.written == []
    assert not (golden / "annotations" / "anna").exists()


# --- what a document says of who made its labels, and when


def test_by_lists_author_before_reviewer(golden: Path) -> None:
    """An untouched label is the draft's and the person's, a changed one the person's first, a new one theirs alone."""
    task = pushed(golden)
    made = annotation(task, 1)
    made["result"] = copy.deepcopy(made["result"])
    for result in made["result"]:
        if result.get("id") == "e1" and result["type"] == "labels":
            result["value"]["labels"] = ["LOC"]
    new = next(
        copy.deepcopy(result) for result in made["result"] if result.get("id") == "e5" and result["type"] == "labels"
    )
    new |= {"id": "new", "meta": {}, "origin": "manual"}
    made["result"].append(new)
    found = gathered(golden, task, made)
    assert found.issues == []
    by = {label["id"]: label["by"] for label in document_labels(found.documents["anna"], "entities")}
    assert (by["e2"], by["e1"], by["new"]) == (["ann", "anna"], ["anna", "ann"], ["anna"])


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("2026-01-01T01:30:00.999999+02:00", "2025-12-31T23:30:00Z"),
        ("2026-01-01T01:30:00Z", "2026-01-01T01:30:00Z"),
        ("2026-01-01T20:00:00-05:00", "2026-01-02T01:00:00Z"),
    ],
)
def test_document_times_are_in_utc(golden: Path, said: str, kept: str) -> None:
    """Times of any zone become UTC in whole seconds."""
    task = pushed(golden)
    document = gathered(golden, task, annotation(task, 1, created_at=said, updated_at=said)).documents["anna"]
    assert (document["created"], document["updated"]) == (kept, kept)


def test_document_times_span_its_annotations(golden: Path) -> None:
    """A document of two projects has the earlier creation and the later change."""
    data = corpus.load_corpus(golden)
    sources = []
    for number, project in enumerate(("labels", "zones"), 1):
        task = {"id": number, **task_builder.build_task(data, data.articles[ARTICLE], project, "1.0")}
        times = {"created_at": f"2026-01-0{number}T00:00:00Z", "updated_at": f"2026-01-0{number + 4}T00:00:00Z"}
        sources.append(SourceTask(project, task | {"annotations": [annotation(task, 1, **times)]}, project))
    for order in (sources, sources[::-1]):
        found = annotation_import.import_annotations(data, order, AnnotatorDirectory(MAILS, TEAM))
        assert found.issues == []
        document = found.documents["anna"]
        assert (document["created"], document["updated"]) == ("2026-01-01T00:00:00Z", "2026-01-06T00:00:00Z")
        assert list(document["status"]) == ["zones", "entities", "claims", "stances"]


def test_derived_from_names_the_draft(golden: Path) -> None:
    """The revision comes from the server's prediction or from marks in the results; new labels alone have none."""
    task = pushed(golden)
    [draft] = task["predictions"]
    final = corpus.load_corpus(golden).final_document(ARTICLE)
    assert final is not None
    revision = encoder.revision("final", final)
    task["predictions"] = [draft | {"id": 7}]
    for about in ({"parent_prediction": 7}, {"parent_prediction": None}, {"parent_prediction": 8}, {}):
        assert gathered(golden, task, annotation(task, 1, **about)).documents["anna"]["derived_from"] == [revision]
    own = annotation(task, 1, parent_prediction=None, prediction=draft)
    own["result"] = [{**each, "meta": {}, "origin": "manual"} for each in own["result"] if "value" in each]
    own["result"] = [each for each in own["result"] if each["id"] in ("_finished", "e5")]
    own["result"][0]["value"] = {"choices": ["entities"]}
    assert gathered(golden, task, own).documents["anna"]["derived_from"] == []


def test_reports_second_task_of_one_text(golden: Path) -> None:
    """A second task in one project is reported; the tasks of two projects belong together."""
    task = pushed(golden)
    sources = [SourceTask("labels", task | {"id": number, "annotations": []}, f"task {number}") for number in (1, 2)]
    [issue] = annotation_import.import_annotations(
        corpus.load_corpus(golden), sources, AnnotatorDirectory(MAILS, TEAM)
    ).issues
    assert (issue.code, issue.file) == ("task-twice", "task 2")
    assert issue.message == "the task shows the same article as task 1"
    apart = [sources[0], sources[1]._replace(project="zones")]
    assert (
        annotation_import.import_annotations(corpus.load_corpus(golden), apart, AnnotatorDirectory(MAILS, TEAM)).issues
        == []
    )
