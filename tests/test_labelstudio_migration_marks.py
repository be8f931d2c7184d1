"""Marks of migrations: whose work an annotation is, how far its labels came, and what a project went through."""

import re
from typing import Any

import msgspec
import pytest

from pactwire.labelstudio import labeling_config, migration_marks, project_marks, wire_types
from pactwire.labelstudio.decoder import ACCEPTED, EDITED, decode_labels
from pactwire.labelstudio.encoder import encode_results
from pactwire.labelstudio.labeling_config_difference import offered_labels
from pactwire.labelstudio.labeling_config_union import union_config
from pactwire.labelstudio.prediction_provenance import TaskPredictions
from pactwire.labelstudio.result_migration import ResultMigration
from support.news import SCHEMA
from test_migration_model import migrated

BEFORE = {"updated_by": 2, "updated_at": "2026-01-01T00:00:00Z", "completed_by": 2}
RESULT = {
    "id": "e1", "from_name": "label", "to_name": "text", "type": "labels", "origin": "manual",
    "value": {"start": 0, "end": 4, "text": "Kyiv", "labels": ["GPE"]},
}  # fmt: skip


def signed(user: int = 1) -> dict[str, Any]:
    """Return an annotation that a migration by user 1 changed, and that ``user`` saved last."""
    result = migration_marks.sign_results([RESULT], {**BEFORE, "result": []}, 1)
    return {**BEFORE, "updated_by": user, "updated_at": "2026-02-02T00:00:00Z", "result": result}


def test_a_signature_holds_until_somebody_changes_the_annotation() -> None:
    """It says who saved the work before; not once the results differ, or another user saved them."""
    assert migration_marks.restore_authorship(signed()) == {**signed(), **BEFORE}
    as_read = {**signed(), "result": msgspec.convert(signed()["result"], list[wire_types.RawResult])}
    assert migration_marks.restore_authorship(as_read)["updated_by"] == 2
    changed = signed()
    changed["result"][1] = {**RESULT, "value": {**RESULT["value"], "labels": ["ORG"]}}  # type: ignore[dict-item]
    assert migration_marks.restore_authorship(changed) == changed
    assert migration_marks.restore_authorship(signed(user=3)) == signed(user=3)


def test_a_second_migration_keeps_the_first_signature() -> None:
    """Who saved the work before the first migration is named after the second."""
    again = migration_marks.sign_results(signed()["result"], signed(), 7)
    assert migration_marks.restore_authorship({**signed(), "updated_by": 7, "result": again})["updated_by"] == 2


@pytest.mark.parametrize(
    "signature", [None, [], {}, {"by": 1}, {"by": 1, "updated_by": 2, "updated_at": 0, "digest": 0}]
)
def test_a_broken_signature_is_none(signature: Any) -> None:
    """An annotation whose signature somebody mangled is what the server says."""
    annotation = {**signed(), "result": migration_marks.mark_results([RESULT], migrated=signature)}
    assert migration_marks.restore_authorship(annotation) == annotation


def test_marks_of_a_project_leave_the_description_alone() -> None:
    """New marks take the place of old ones; what people wrote stays."""
    first = project_marks.write_marks("Ours! [pactwire:id:labels]", "<View/>", None)
    then = project_marks.write_marks(f"{first} Ask Eva.", "<View></View>", "0001-a:open")
    assert (project_marks.marked_labels(first), project_marks.marked_labels(then)) == (None, "0001-a:open")
    assert then.startswith("Ours! [pactwire:id:labels] Ask Eva.")
    assert then.count("[config:") == then.count("[labels:") == 1
    assert project_marks.marked_projects("[pactwire:id:labels] [pactwire:id:zones:a:b]", "id") == [
        ("labels", ()), ("zones", ("a", "b")),
    ]  # fmt: skip


def test_a_union_of_configs_has_the_labels_of_both() -> None:
    """Controls and labels of the old config are added, once, without hotkeys; the union with it again is the same."""
    steps = [
        {"action": "rename", "layer": "entities", "attribute": "type", "label": "PER", "to": "PERSON"},
        {"action": "rename", "layer": "entities", "attribute": "form", "to": "shape"},
    ]
    old = labeling_config.labeling_config(SCHEMA, "labels").strip()
    new = labeling_config.labeling_config(migrated(SCHEMA, *steps).schema, "labels").strip()
    union = union_config(new, old)
    assert {("label", "PER"), ("label", "PERSON"), ("form", "name"), ("shape", "name")} <= offered_labels(union)
    assert offered_labels(union) == offered_labels(old) | offered_labels(new)
    assert union_config(new, union) == union
    keys = [re.findall(r'hotkey="([^"]+)"', config) for config in (new, union)]
    assert keys[0] == keys[1]


def test_edited_labels_stay_edited_after_a_merge() -> None:
    """A label that a person changed to what the draft's becomes is theirs still; an accepted one stays accepted."""
    text = "Kyiv and Moscow"
    more = {"type": "GPE", "form": "name", "link": None, "metonym_of": None, "by": ["rules"]}
    document: Any = {
        "article": "a" * 16,
        "entities": [
            {"id": "e1", "start": 0, "end": 4, "text": "Kyiv", **more},
            {"id": "e2", "start": 9, "end": 15, "text": "Moscow", **more},
        ],
    }
    data = {"project": "labels", "article": "a" * 16, "text": text}
    data["segments"] = [{"content": 0, "source": 0, "length": len(text)}]  # type: ignore[assignment]
    drafted = encode_results(SCHEMA, document, data["segments"], text, "labels")  # type: ignore[arg-type]
    edited = [
        {**each, "value": {**each["value"], "labels": ["ORG"]}}
        if each["id"] == "e1" and "labels" in each["value"]
        else each
        for each in drafted
    ]
    merge = migrated(
        SCHEMA, {"action": "merge", "layer": "entities", "attribute": "type", "labels": ["GPE"], "to": "ORG"}
    )
    migration, digests = ResultMigration(merge, "labels"), dict[str, str]()
    migration.migrate(drafted, data, digests)
    results, counts = migration.migrate(edited, data, digests)
    states = {key: found.state for key, found in decode_labels(merge.schema, results, data, "labels").items()}
    assert states == {"e1": EDITED, "e2": ACCEPTED}
    assert (counts["changed"], counts["removed"], len(results)) == (1, 0, len(edited))


def test_a_copy_of_a_prediction_does_not_count_before_it() -> None:
    """Exports keep the prediction in the annotation as it was before a migration; the task's own tells the revision."""

    def prediction(revision: str) -> dict[str, Any]:
        meta = {"pactwire": {"revision": revision, "annotators": [], "layers": []}}
        return {"id": 5, "model_version": "pactwire", "result": [{"from_name": "finished", "meta": meta}]}

    task = {
        "data": {},
        "predictions": [prediction("rules@new")],
        "annotations": [{"prediction": prediction("rules@old")}],
    }
    assert TaskPredictions(SCHEMA, task, "labels").signed[5]["revision"] == "rules@new"
