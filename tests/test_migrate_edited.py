"""`pactwire migrate` where files were edited or merged by hand, and where what a layer had goes with it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from conftest import Run
from pactwire.corpus import migration_files, migration_ledger, migration_queue, schema_file
from pactwire.labelstudio import queue_pull
from pactwire.model import digests
from pactwire.release import migrate
from pactwire.validation import validate
from support.migrations import documents, write_migration
from test_migrate import SPLIT, TYPE, answer, issues_of, state, types

LEDGER, SCHEMA = "schema/migrations/ledger.json", "schema/annotation.schema.json"


def edit(path: Path, change: Callable[[Any], object]) -> None:
    """Change the JSON value of a file."""
    value = json.loads(path.read_text("utf-8"))
    change(value)
    path.write_text(json.dumps(value), "utf-8")


def type_rows(declaration: Any) -> list[Any]:
    """Return the labels of the type of entities."""
    rows: list[Any] = declaration["$defs"]["entity"]["properties"]["type"]["oneOf"]
    return rows


def test_a_default_that_people_have_split_is_gone(golden: Path) -> None:
    """While they decide, new labels may still have it."""
    edit(
        golden / SCHEMA,
        lambda value: value["$defs"]["entity"]["properties"]["type"]["x-attribute"].update(default="GPE"),
    )
    write_migration(golden, "0001-places", SPLIT)
    migrate.migrate(golden)
    assert schema_file.read_schema(golden).layers["entities"].attribute("type").default == "GPE"
    answer(golden, "0001-places", "CITY")
    migrate.migrate(golden)
    assert schema_file.read_schema(golden).layers["entities"].attribute("type").default is None
    assert validate.validate_dataset(golden) == []


@pytest.mark.parametrize("name", ["GPE", "CITY"])
def test_tells_of_a_schema_that_was_edited_while_people_decide(golden: Path, name: str) -> None:
    """A label that is split, or that it is split into, is gone from it."""
    write_migration(golden, "0001-places", SPLIT)
    migrate.migrate(golden)
    edit(
        golden / SCHEMA, lambda value: type_rows(value).remove(next(r for r in type_rows(value) if r["const"] == name))
    )
    [(file, code, message)] = issues_of(golden)
    assert (file, code) == (SCHEMA, "migration-edited")
    assert f"0001-places and the schema do not fit together: '{name}' is no label of entities.type" in message
    assert (SCHEMA, code) in {(issue.file, issue.code) for issue in validate.validate_dataset(golden)}


def test_tells_of_an_applied_migration_that_was_edited_with_the_ledger(golden: Path) -> None:
    """Its digest is right, but its step names what the schema before it does not have."""
    write_migration(golden, "0001-person", {"action": "rename", **TYPE, "label": "PER", "to": "PERSON"})
    migrate.migrate(golden)
    path = golden / migration_files.migration_file("0001-person")
    edit(path, lambda value: value["steps"][0].update(label="NOBODY"))
    sha256 = digests.sha256(path.read_bytes())
    edit(golden / LEDGER, lambda value: value["migrations"][0].update(sha256=sha256))
    [(file, code, message)] = issues_of(golden)
    assert (file, code) == ("schema/migrations/0001-person.json", "migration-edited")
    assert "'NOBODY' is no label" in message


def test_tells_of_a_queue_that_no_migration_has(golden: Path) -> None:
    """The ledger says that it is open."""
    write_migration(golden, "0001-person", {"action": "rename", **TYPE, "label": "PER", "to": "PERSON"})
    migrate.migrate(golden)
    edit(golden / LEDGER, lambda value: value["migrations"][0].update(queue="open"))
    assert issues_of(golden) == [(LEDGER, "ledger", "0001-person has no queue that could be open")]
    assert {issue.code for issue in validate.validate_dataset(golden)} == {"ledger"}


def test_open_lines_of_a_merged_branch_open_a_queue_that_was_done(golden: Path) -> None:
    """They are asked, not lost, and the label is in use until they are answered."""
    write_migration(golden, "0001-places", SPLIT)
    migrate.migrate(golden)
    edit(golden / LEDGER, lambda value: value["migrations"][0].update(queue="done"))
    edit(
        golden / SCHEMA,
        lambda value: next(r for r in type_rows(value) if r["const"] == "GPE").update({"x-deprecated": True}),
    )
    write_migration(golden, "0002-person", {"action": "rename", **TYPE, "label": "PER", "to": "PERSON"})
    [plan] = migrate.migrate(golden)
    assert (plan.queue_open, plan.waiting) == (7, ["0002-person"])
    assert [entry.queue for entry in migration_ledger.read_ledger(golden)] == ["open"]
    assert validate.validate_dataset(golden) == []
    answer(golden, "0001-places", "CITY")
    assert len(migrate.migrate(golden)) == 2
    assert types(golden) == ["CITY"] * 7 + ["ORG", "STATE"]
    assert validate.validate_dataset(golden) == []


def test_a_run_that_changes_nothing_does_not_pack_lines_again(golden: Path) -> None:
    """However another program has packed them."""
    both = [json.dumps(each) for each in documents(golden).values()]
    for path in (golden / "annotations/final").iterdir():
        path.unlink()
    packed = zstandard.ZstdCompressor(level=19).compress("".join(f"{line}\n" for line in both).encode())
    (golden / "annotations/final/all.jsonl.zst").write_bytes(packed)
    before = state(golden)
    assert migrate.migrate(golden) == []
    assert state(golden) == before


def test_clusters_of_a_dropped_layer_go_though_another_has_their_file(golden: Path) -> None:
    """The new layer has no labels yet; its own clusters stay in later runs."""
    declaration = json.loads((golden / SCHEMA).read_text("utf-8"))
    layer, label = declaration["properties"]["claims"], declaration["$defs"]["claim"]
    layer["x-layer"] |= {"label": "point", "prefix": "p", "config": "points", "meaning": ["statement"]}
    layer["x-layer"]["clusters"] |= {"config": "point_pairs", "text": "statement"}
    layer["items"] = {"$ref": "#/$defs/point"}
    label["properties"]["statement"] = label["properties"].pop("normalized")
    label["required"] = ["statement" if name == "normalized" else name for name in label["required"]]
    definitions = {"point": label, "party": declaration["$defs"]["party"]}
    write_migration(
        golden,
        "0001-points",
        *({"action": "drop", "layer": name} for name in ("stances", "claims")),
        {"action": "add", "layer": "points", "schema": layer, "defs": definitions},
    )
    file = golden / "annotations/clusters.jsonl"
    [plan] = migrate.migrate(golden)
    assert (file.exists(), plan.tables["clusters", "removed"]) == (False, 1)
    assert validate.validate_dataset(golden) == []
    file.write_text('{"id":"k1","statement":"x","members":[],"by":["ann"]}\n', "utf-8")
    assert migrate.migrate(golden) == []
    assert file.exists()


def test_refuses_the_label_that_is_split_as_an_answer(golden: Path) -> None:
    """It will be gone, though somebody has added it to the options."""
    write_migration(golden, "0001-places", SPLIT)
    migrate.migrate(golden)
    answer(golden, "0001-places", "GPE")
    path = golden / migration_queue.queue_file("0001-places")
    path.write_text(path.read_text("utf-8").replace('"options":["STATE"', '"options":["GPE","STATE"'), "utf-8")
    found = issues_of(golden)
    assert {code for _, code, _ in found} == {"queue-record"}
    assert found[0][2] == "'GPE' is what is split, and can't be one of the options"


@pytest.mark.parametrize("count", [4, None])
def test_tells_of_an_answer_that_was_changed_after_it_was_applied(golden: Path, count: int | None) -> None:
    """While others are open, or none is: another label, or none again."""
    write_migration(golden, "0001-places", SPLIT)
    migrate.migrate(golden)
    answer(golden, "0001-places", "CITY", count)
    path = golden / migration_queue.queue_file("0001-places")
    path.write_text(path.read_text("utf-8").replace('"label":"CITY"', '"label":"STATE"', 1), "utf-8")
    migrate.migrate(golden)
    assert types(golden).count("STATE") == 2  # changed in time
    applied = path.read_text("utf-8")
    for label in ('"STATE"', "null"):
        path.write_text(applied.replace('"label":"CITY"', f'"label":{label}', 1), "utf-8")
        [(_, code, message)] = issues_of(golden)
        assert (code, message.partition(";")[0]) == ("queue-record", "its answer was 'CITY', and was applied")
        assert "queue-record" in {issue.code for issue in validate.validate_dataset(golden)}


@pytest.mark.parametrize("label", ["CITY", None])
def test_tells_of_a_queue_that_is_gone(golden: Path, label: str | None) -> None:
    """Whether it is open or done; one without lines has a file, too."""
    write_migration(golden, "0001-places", SPLIT)
    migrate.migrate(golden)
    if label:
        answer(golden, "0001-places", label)
        migrate.migrate(golden)
    (golden / migration_queue.queue_file("0001-places")).unlink()
    assert [(file, code) for file, code, _ in issues_of(golden)] == [(LEDGER, "migration-edited")]
    assert (LEDGER, "migration-edited") in {(each.file, each.code) for each in validate.validate_dataset(golden)}


def test_a_queue_without_lines_has_a_file(golden: Path) -> None:
    """So that it can be told from one that is gone."""
    write_migration(golden, "0001-events", {**SPLIT, "label": "EVT", "rules": []})
    migrate.migrate(golden)
    assert migration_ledger.open_queue(golden) is None
    assert (golden / migration_queue.queue_file("0001-events")).is_file()
    assert validate.validate_dataset(golden) == []
    assert migrate.migrate(golden) == []


def test_applies_answers_that_a_merge_added_to_a_queue_that_is_done(golden: Path) -> None:
    """As of a branch on which they were given, and not applied yet."""
    write_migration(golden, "0001-places", SPLIT)
    migrate.migrate(golden)
    answer(golden, "0001-places", "CITY")
    answered = (golden / migration_queue.queue_file("0001-places")).read_text("utf-8")
    before = {path: path.read_bytes() for path in (golden / "annotations/final").iterdir()}
    migrate.migrate(golden)
    after = state(golden)
    for path, data in before.items():
        path.write_bytes(data)
    (golden / migration_queue.queue_file("0001-places")).write_text(answered, "utf-8")
    migrate.migrate(golden)
    assert state(golden) == after


def test_an_applied_answer_that_is_changed_in_label_studio_is_a_conflict() -> None:
    """Before, the person who gave it can change it there."""
    line = migration_queue.QueueLine("a", "entities", "type", 0, 6, None, "GPE", ["STATE", "CITY"], "CITY", "eva")
    assert queue_pull._conflict(line, [("eva", "STATE")]) == ""
    line.applied = "CITY"
    assert queue_pull._conflict(line, [("eva", "CITY")]) == ""
    assert queue_pull._conflict(line, [("eva", "STATE")]).endswith("several answers: STATE by eva, CITY by eva")


def test_says_whether_it_was_applied(golden: Path, run: Run) -> None:
    """The last line does, of the plan and of the run."""
    write_migration(golden, "0001-person", {"action": "rename", **TYPE, "label": "PER", "to": "PERSON"})
    planned, done = (run("migrate", "--root", golden, *more).stdout for more in ([], ["--execute"]))
    assert planned.endswith("\nnothing was changed; `pactwire migrate --execute` applies this\n")
    assert done.endswith("\nthis was applied to the dataset\n")
    assert "this was applied" not in planned
