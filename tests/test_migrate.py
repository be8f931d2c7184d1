"""``pactwire migrate``: the plan, what it writes, what it refuses, and the queue that people answer."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from conftest import Run, contents
from pactwire.agreement import adjudication, decisions
from pactwire.corpus import migration_files, migration_ledger, migration_queue, reviews, schema_file
from pactwire.labelstudio import encoder, local_server
from pactwire.model import digests, strict_json
from pactwire.model.issues import DataError
from pactwire.model.records import Annotator
from pactwire.release import migrate, release_checks
from pactwire.validation import validate
from support.migrations import documents, next_migration, revisions, without_history, write_migration

TYPE = {"layer": "entities", "attribute": "type"}
EVA = {"id": "eva", "kind": "human", "name": None, "version": None}
AA, BB = "00000000000000aa", "00000000000000bb"
TIME = "2026-12-01T00:00:00Z"
RENAMES: list[Any] = [
    {"action": "rename", **TYPE, "label": "PER", "to": "PERSON"},
    {"action": "rename", "layer": "entities", "attribute": "link", "to": "referent"},
    {"action": "rename", "layer": "claims", "attribute": "normalized", "to": "statement"},
    {"action": "rename", "layer": "stances", "attribute": "holder", "to": "from_whom"},
    {"action": "rename", "layer": "entities", "to": "mentions"},
    {"action": "rename", "party": "AUTHOR", "to": "WRITER"},
]
BACK: list[Any] = [
    {"action": "rename", "party": "WRITER", "to": "AUTHOR"},
    {"action": "rename", "layer": "mentions", "to": "entities"},
    {"action": "rename", "layer": "stances", "attribute": "from_whom", "to": "holder"},
    {"action": "rename", "layer": "claims", "attribute": "statement", "to": "normalized"},
    {"action": "rename", "layer": "entities", "attribute": "referent", "to": "link"},
    {"action": "rename", **TYPE, "label": "PERSON", "to": "PER"},
]
SPLIT = {
    "action": "split", **TYPE, "label": "GPE", "otherwise": "queue",
    "into": [{"const": name, "title": name, "description": f"A {name}."} for name in ("STATE", "CITY")],
    "rules": [{"when": {"properties": {"text": {"pattern": "^R"}}}, "to": "STATE"}],
}  # fmt: skip


def state(root: Path) -> dict[str, bytes]:
    """Return the files of a dataset without those of locks."""
    return {name: data for name, data in contents(root).items() if not name.endswith(".lock")}


def issues_of(root: Path) -> list[tuple[str, str, str]]:
    """Return file, code and message of what keeps a dataset from being migrated; nothing is changed."""
    before = state(root)
    with pytest.raises(DataError) as caught:
        migrate.migrate(root)
    assert state(root) == before
    try:
        planned = migrate.plan_migration(root).issues
    except DataError as error:
        planned = error.issues
    assert planned == caught.value.issues
    assert state(root) == before
    return [(issue.file, issue.code, issue.message) for issue in planned]


def test_renaming_changes_all_that_names_labels_and_back_restores_it(copy: Path, run: Run) -> None:
    """Documents, decisions, clusters and sources follow; adjudication finds nothing to do; back is as before."""
    before = without_history(copy)
    names = next_migration(copy, "names")
    write_migration(copy, names, *RENAMES)
    [plan] = migrate.migrate(copy)
    assert plan.tables["decisions", "changed"] == sum(
        len(lines) - 1 for name, lines in before.items() if name.startswith("decisions/")
    )
    assert plan.tables["clusters", "changed"] > 0
    assert {document["labels"] for document in documents(copy).values()} == {names}
    assert {source for each in documents(copy).values() for source in each["derived_from"]} <= revisions(copy)
    assert '"PER"' not in json.dumps([documents(copy), _decided(copy)])
    changed = contents(copy)
    done = run("adjudicate", "claude-c", "claude-d", "--root", copy)
    assert (done.returncode, done.stdout.count("wrote")) == (0, 0), done.stdout
    assert contents(copy)["annotations/decisions/2.jsonl"] == changed["annotations/decisions/2.jsonl"]
    assert validate.validate_dataset(copy) == []
    write_migration(copy, next_migration(copy, "back"), *BACK)
    migrate.migrate(copy)
    assert without_history(copy) == before
    assert {source for each in documents(copy).values() for source in each["derived_from"]} <= revisions(copy)
    assert validate.validate_dataset(copy) == []


def test_plan_changes_nothing_and_a_second_run_neither(golden: Path, run: Run) -> None:
    """The plan tells what is done; once it is done, there is nothing to do."""
    write_migration(golden, "0001-places", {"action": "merge", **TYPE, "labels": ["GPE"], "to": "LOC"})
    before = state(golden)
    assert "links: 4 changed\n" in run("migrate", "--root", golden).stdout
    planned = json.loads(run("migrate", "--root", golden, "--format", "json").stdout)
    assert state(golden) == before
    done = json.loads(run("migrate", "--root", golden, "--format", "json", "--execute").stdout)
    assert done == planned
    [plan] = done
    count = {"documents": 2, "changed": 8, "removed": 0, "queued": 0}
    assert plan["steps"][0]["counts"] == {"final": count, "total": count}
    assert plan["links"] == {"changed": 4}
    after = state(golden)
    for more in ([], ["--execute"]):
        assert run("migrate", "--root", golden, *more).stdout == "nothing to migrate\n"
    assert state(golden) == after


def test_tells_all_that_is_wrong_with_documents_at_once(golden: Path, run: Run) -> None:
    """A broken document, references to labels that would be removed; and members of clusters."""
    write_migration(golden, "0001-less", {"action": "drop", **TYPE, "label": "ORG", "then": "remove"})
    path = golden / f"annotations/final/{BB}.json"
    text = path.read_text("utf-8")
    path.write_text(text.replace('"form": "name"', '"form": "nickname"', 1), "utf-8")
    (_, code, message), (_, other, _) = issues_of(golden)
    assert (code, message, other) == ("migration-document", "it refers to e5, which would be removed", "schema")
    path.write_text(text, "utf-8")
    drop = {"action": "drop", "layer": "claims", "attribute": "checkworthy", "label": "CFS", "then": "remove"}
    write_migration(golden, "0001-less", drop)
    [(file, code, message)] = issues_of(golden)
    assert (file, code) == ("annotations/clusters.jsonl", "migration-document")
    assert message == f"its member {AA}/c1 would be removed"
    done = run("migrate", "--root", golden, "--execute")
    assert (done.returncode, done.stdout.count("would be removed")) == (1, 1)


def test_refuses_a_document_that_would_break_the_schema(golden: Path) -> None:
    """Here a condition of the label that others become does not hold for them."""
    path = golden / schema_file.SCHEMA_FILE
    declaration = json.loads(path.read_text("utf-8"))
    entity = declaration["$defs"]["entity"]
    form = {"const": entity["properties"]["form"]["oneOf"][-1]["const"]}
    condition = {"if": {"properties": {"type": {"const": "LOC"}}}, "then": {"properties": {"form": form}}}
    entity.setdefault("allOf", []).append(condition)
    path.write_text(json.dumps(declaration), "utf-8")
    assert validate.validate_dataset(golden) == []
    write_migration(golden, "0001-places", {"action": "merge", **TYPE, "labels": ["GPE"], "to": "LOC"})
    found = issues_of(golden)
    assert {code for _, code, _ in found} == {"migration-document"}
    assert found[0][2].startswith('after it, "name" is not allowed for form')


def test_refuses_a_value_that_the_new_attribute_does_not_allow(golden: Path) -> None:
    """Once, in the line of the migration, not for each label that would get it."""
    added = {"x-attribute": {"kind": "number"}, "type": "integer", "minimum": 1}
    step = {"action": "add", "layer": "entities", "attribute": "size", "schema": added, "value": 0}
    write_migration(golden, "0001-size", step)
    [(file, code, message)] = issues_of(golden)
    assert (file, code) == ("schema/migrations/0001-size.json", "migration-form")
    assert message == "as value, 0 is less than the minimum of 1"
    write_migration(golden, "0001-size", {**step, "value": 1})
    migrate.migrate(golden)
    assert validate.validate_dataset(golden) == []


def test_brings_up_a_document_that_is_behind(golden: Path) -> None:
    """One of an old branch goes through every migration since, and what is derived from it follows."""
    old = (golden / f"annotations/final/{BB}.json").read_text("utf-8")
    write_migration(golden, "0001-person", RENAMES[1])
    migrate.migrate(golden)
    write_migration(golden, "0002-mentions", RENAMES[4])
    migrate.migrate(golden)
    expected = documents(golden)[f"final/{BB}"]
    path = golden / f"annotations/final/{BB}.json"
    path.write_text(old, "utf-8")
    draft = {**documents(golden)[f"final/{AA}"], "derived_from": sorted(revisions(golden))[:0]}
    behind = f"final@{digests.sha256(old)}"
    draft["derived_from"] = [behind]
    (golden / "annotations/ann").mkdir()
    (golden / f"annotations/ann/{AA}.json").write_text(json.dumps(draft, indent=2), "utf-8")
    assert {issue.code for issue in validate.validate_dataset(golden)} >= {"document-behind"}
    [plan] = migrate.migrate(golden)
    assert (plan.documents, plan.behind, plan.migrations) == (2, 1, [])
    assert documents(golden)[f"final/{BB}"] == expected
    assert set(documents(golden)[f"ann/{AA}"]["derived_from"]) <= revisions(golden)
    assert validate.validate_dataset(golden) == []


def test_sources_of_sources_follow(golden: Path) -> None:
    """Each document names the new versions of those it is derived from, however long the way."""
    name, text = f"{AA}.json", (golden / f"annotations/final/{AA}.json").read_text("utf-8")
    source = ""
    for annotator in ("e", "b", "d", "a", "c"):
        document = json.loads(text) | {"derived_from": [source] if source else []}
        document["annotators"].append({**EVA, "id": annotator})
        (golden / "annotations" / annotator).mkdir()
        (golden / "annotations" / annotator / name).write_text(strict_json.pretty(document), "utf-8")
        source = encoder.revision(annotator, document)
    write_migration(golden, "0001-person", RENAMES[1])
    migrate.migrate(golden)
    found = documents(golden)
    for annotator, before in pairwise(("c", "a", "d", "b", "e")):
        assert found[f"{annotator}/{AA}"]["derived_from"] == [encoder.revision(before, found[f"{before}/{AA}"])]


def test_refuses_a_document_of_an_unknown_migration(golden: Path) -> None:
    """One that is ahead of the ledger is left alone, and all others with it."""
    write_migration(golden, "0001-person", RENAMES[1])
    path = golden / f"annotations/final/{BB}.json"
    text = path.read_text("utf-8")
    path.write_text(text.replace('"guidelines"', '"labels": "0007-other",\n  "guidelines"', 1), "utf-8")
    assert [code for _, code, _ in issues_of(golden)] == ["document-ahead"]


def test_migrates_documents_in_lines(golden: Path) -> None:
    """Also packed ones: the same documents, in the same order."""
    import zstandard

    both = [json.dumps(each) for each in documents(golden).values()]
    for path in (golden / "annotations/final").iterdir():
        path.unlink()
    (golden / "annotations/final/all.jsonl").write_text(both[0] + "\n", "utf-8")
    packed = golden / "annotations/final/more.jsonl.zst"
    packed.write_bytes(zstandard.compress(f"{both[1]}\n".encode()))
    write_migration(golden, "0001-person", RENAMES[1])
    [plan] = migrate.migrate(golden)
    assert plan.documents == 2
    assert validate.validate_dataset(golden) == []
    [document] = [json.loads(line) for line in zstandard.decompress(packed.read_bytes(), 1 << 20).splitlines()]
    assert (document["article"], document["labels"]) == (BB, "0001-person")


def test_digests_of_pulled_documents_follow(golden: Path) -> None:
    """A pull after the migration does not take it for somebody's edit."""
    name = f"annotations/final/{AA}.json"
    path = local_server.state_folder(golden) / "pulled.json"
    path.parent.mkdir(parents=True)
    old, other = digests.sha256((golden / name).read_bytes()), "0" * 64
    path.write_text(
        json.dumps({"place": {"since": {}, "again": [], "documents": {f"final/{AA}": [other, old]}}}), "utf-8"
    )
    write_migration(golden, "0001-person", RENAMES[1])
    migrate.migrate(golden)
    new = digests.sha256((golden / name).read_bytes())
    assert json.loads(path.read_text("utf-8"))["place"]["documents"] == {f"final/{AA}": [other, new]}
    assert new != old


def test_generated_blocks_follow(golden: Path) -> None:
    """A block of the guidelines that is named after an attribute has its new name."""
    block = "<!-- begin generated: entities.type -->\nx\n<!-- end generated: entities.type -->\n"
    block += "<!-- begin generated: plot-stances -->\n<!-- end generated: plot-stances -->\n"
    (golden / "annotations/GUIDELINES.md").write_text(block, "utf-8")
    rename = {"action": "rename", **TYPE, "to": "sort"}
    attitudes = {"action": "rename", "layer": "stances", "to": "attitudes"}
    write_migration(golden, "0001-sort", RENAMES[4], {**rename, "layer": "mentions"}, attitudes)
    migrate.migrate(golden)
    expected = block.replace("entities.type", "mentions.sort").replace("plot-stances", "plot-attitudes")
    assert (golden / "annotations/GUIDELINES.md").read_text("utf-8") == expected


# --- the queue


def answer(root: Path, migration_id: str, label: str, count: int | None = None) -> None:
    """Answer the first open lines of a queue."""
    queue = migration_queue.read_queue(root, migration_id, schema_file.read_schema(root))
    queue.add_person(cast("Annotator", EVA))
    for line in [line for line in queue.lines if line.is_open][:count]:
        line.label, line.by, line.decided = label, "eva", "2026-02-01T00:00:00Z"
    (root / migration_queue.queue_file(migration_id)).write_text(queue.text(), "utf-8")


def types(root: Path) -> list[str]:
    """Return the types of the entities of a dataset."""
    found = [each.get("entities", []) for name, each in documents(root).items() if name.startswith("final")]
    return sorted(label["type"] for labels in found for label in labels)


def test_people_answer_what_no_rule_decides(golden: Path) -> None:
    """Rules first; then a line for each place, answers in parts, and at the end the old label is gone."""
    write_migration(golden, "0001-places", SPLIT)
    write_migration(golden, "0002-persons", RENAMES[0])
    [plan] = migrate.migrate(golden)
    assert (plan.queue_open, plan.waiting) == (7, ["0002-persons"])
    assert types(golden) == ["GPE"] * 7 + ["ORG", "STATE"]
    assert validate.validate_dataset(golden) == []
    assert migration_ledger.open_queue(golden) == "0001-places"
    queue = migration_queue.read_queue(golden, "0001-places", schema_file.read_schema(golden))
    assert queue.lines[0].text == "[Moscow] praises Pyongyang"
    assert [issue.code for issue in release_checks._queue_issues(golden)] == ["queue-open"]
    assert [plan.documents for plan in migrate.migrate(golden)] == [0]
    answer(golden, "0001-places", "CITY", 4)
    [plan] = migrate.migrate(golden)
    assert (plan.queue_open, plan.queue_answered, plan.documents) == (3, 4, 1)
    assert types(golden) == ["CITY"] * 4 + ["GPE"] * 3 + ["ORG", "STATE"]
    document = documents(golden)[f"final/{AA}"]
    assert [each["id"] for each in document["annotators"]] == ["ann", "eva"]
    assert document["entities"][0]["by"] == ["ann", "eva"]
    assert document["updated"] == "2026-01-02T00:00:00Z"
    answer(golden, "0001-places", "STATE")
    answered, renamed = migrate.migrate(golden)
    assert (answered.queue_open, renamed.migrations[0].id) == (0, "0002-persons")
    assert types(golden) == ["CITY"] * 4 + ["ORG"] + ["STATE"] * 4
    assert [entry.queue for entry in migration_ledger.read_ledger(golden)] == ["done", None]
    labels = schema_file.read_schema(golden).labels("entities", "type")
    assert [label.name for label in labels if label.is_deprecated] == ["GPE"]
    assert list(release_checks._queue_issues(golden)) == []
    assert validate.validate_dataset(golden) == []
    assert migrate.migrate(golden) == []
    rows = (golden / "annotations/links.tsv").read_text("utf-8").splitlines()[1:]
    assert [row.split("\t")[2] for row in rows] == ["STATE", "STATE", "", "", "ORG"]


def test_a_document_that_is_behind_opens_the_queue_again(golden: Path) -> None:
    """What was answered stays answered; a new place waits, and the old label is in use meanwhile."""
    old = json.loads((golden / f"annotations/final/{BB}.json").read_text("utf-8"))
    write_migration(golden, "0001-places", SPLIT)
    migrate.migrate(golden)
    answer(golden, "0001-places", "CITY")
    migrate.migrate(golden)
    later = {"id": "e9", "start": 0, "end": 6, "text": "Moscow", "type": "GPE", "form": "name", "link": "Q649"}
    old["entities"].append({**later, "metonym_of": None, "by": ["ann"], "start": 4, "end": 6, "text": "ow"})
    (golden / f"annotations/final/{BB}.json").write_text(json.dumps(old), "utf-8")
    [plan] = migrate.migrate(golden)
    assert (plan.behind, plan.queue_open) == (1, 1)
    assert types(golden).count("GPE") == 1
    assert validate.validate_dataset(golden) == []
    answer(golden, "0001-places", "STATE")
    migrate.migrate(golden)
    assert "GPE" not in types(golden)
    assert [entry.queue for entry in migration_ledger.read_ledger(golden)] == ["done"]


def test_a_split_by_rules_alone_needs_no_queue(golden: Path) -> None:
    """The first rule that holds wins, and the rest gets the other name."""
    write_migration(golden, "0001-places", {**SPLIT, "otherwise": "CITY"})
    [plan] = migrate.migrate(golden)
    assert types(golden) == ["CITY"] * 7 + ["ORG", "STATE"]
    assert (plan.queue, not migration_files.file_issues(golden)) == (None, True)
    assert not (golden / migration_queue.queue_file("0001-places")).exists()
    assert [label for label in schema_file.read_schema(golden).labels("entities", "type") if label.is_deprecated]


# --- what is wrong with files


def test_tells_of_migrations_that_were_applied_and_changed(golden: Path) -> None:
    """Edited or gone, the file and the schema before it; a number that is left out, and a name that is none."""
    for number, step in enumerate(RENAMES[:2], 1):
        write_migration(golden, f"000{number}-step", step)
    migrate.migrate(golden)
    folder = golden / "schema/migrations"
    for name in ("0001-step.json", "0002-step.schema.json"):
        (folder / name).unlink()
    for name in ("0001-step.schema.json", "0002-step.json"):
        (folder / name).write_text((folder / name).read_text("utf-8") + "\n", "utf-8")
    for name in ("0004-late.json", "5.json", "0002-again.json"):
        label = {"const": name, "title": name, "description": name}
        step = {"action": "add", "layer": "stances", "attribute": "channel", "label": label}
        (folder / name).write_text(json.dumps({"description": "why", "steps": [step]}), "utf-8")
    found = issues_of(golden)
    assert [(file.rpartition("/")[2], code) for file, code, _ in found] == [
        ("0001-step.schema.json", "migration-edited"), ("0002-again.json", "migration-number"),
        ("0002-step.json", "migration-edited"), ("0004-late.json", "migration-number"), ("5.json", "migration-number"),
        ("ledger.json", "migration-edited"), ("ledger.json", "migration-edited"),
    ]  # fmt: skip
    assert found[3][2] == "its number is 0004, and should be 0003"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"queue": "open"}, "its queue is open, though 0002-step was applied after it"),
        ({"id": "0003-step"}, "its number is 0003, and should be 0001"),
        ({"queue": "closed"}, '"closed" for queue is not one of'),
        ({"sha256": "0"}, '"0" is not allowed for sha256'),
    ],
)
def test_tells_what_is_wrong_with_the_ledger(golden: Path, change: Any, message: str) -> None:
    """Nothing else can be said of the dataset then."""
    for number, step in enumerate(RENAMES[:2], 1):
        write_migration(golden, f"000{number}-step", step)
    migrate.migrate(golden)
    path = golden / migration_ledger.LEDGER
    ledger = json.loads(path.read_text("utf-8"))
    ledger["migrations"][0] |= change
    path.write_text(json.dumps(ledger, indent=2), "utf-8")
    [issue] = validate.validate_dataset(golden)
    assert (issue.file, issue.code) == (migration_ledger.LEDGER, "ledger")
    assert issue.message.startswith(message)
    assert [code for _, code, _ in issues_of(golden)] == ["ledger"]


@pytest.mark.parametrize(
    ("line", "change", "message"),
    [
        (0, {"people": None}, "people: null for people is not of type 'array'"),
        (0, {"people": [EVA, EVA]}, "a person is listed twice"),
        (0, {"people": [{**EVA, "kind": "cat"}]}, 'people[0].kind: "cat" is not allowed for annotator kind'),
        (0, {"migration": "0002-other"}, "migration is '0002-other', but the file is that of 0001-places"),
        (1, {"label": "ORG", "by": "eva"}, "'ORG' is not one of the options: STATE, CITY"),
        (1, {"label": "CITY", "by": "adam"}, 'by is "adam", which is not one of the people of the first line'),
        (1, {"label": "CITY", "by": "eva", "decided": "today"}, "'today' is not a time in UTC"),
        (1, {"start": 11}, "'q"),
        (1, {"note": ""}, "note: unknown property 'note'"),
        (2, None, "the place is listed twice"),
    ],
)  # fmt: skip
def test_tells_what_is_wrong_with_a_queue(golden: Path, line: int, change: Any, message: str) -> None:
    """Validation and the command say the same, and nothing of it is applied."""
    write_migration(golden, "0001-places", SPLIT)
    migrate.migrate(golden)
    path = golden / migration_queue.queue_file("0001-places")
    records = [json.loads(each) for each in path.read_text("utf-8").splitlines()]
    records[0]["people"] = [EVA]
    records[line] = records[1] if change is None else records[line] | change
    path.write_text("".join(json.dumps(each) + "\n" for each in records), "utf-8")
    [issue] = [each for each in validate.validate_dataset(golden) if each.code == "queue-record"]
    assert (issue.line, issue.message.startswith(message)) == (line + 1, True), issue.message
    assert "queue-record" in [code for _, code, _ in issues_of(golden)]


def test_decisions_that_are_behind_are_brought_up(copy: Path) -> None:
    """Their header says where they are; one that is unknown is refused, and so is a line that is no decision."""
    path = copy / "annotations/decisions/1.jsonl"
    old = path.read_text("utf-8")
    names = next_migration(copy, "names")
    write_migration(copy, names, *RENAMES)
    migrate.migrate(copy)
    new = path.read_text("utf-8")
    path.write_text(old, "utf-8")
    migrate.migrate(copy)
    assert path.read_text("utf-8") == new
    header, *lines = old.splitlines()
    path.write_text("\n".join([header, '{"layer": "mentions"}', *lines]) + "\n", "utf-8")
    assert [code for _, code, _ in issues_of(copy)] == ["decisions-record"]
    path.write_text(new.replace(f'"labels":"{names}"', '"labels":"0009-other"', 1), "utf-8")
    assert [code for _, code, _ in issues_of(copy)] == ["document-ahead"]


def test_reviews_hold_for_renamed_labels(copy: Path) -> None:
    """What a person read stays reviewed after a migration, and adjudication changes nothing."""
    path, schema = copy / "annotations/decisions/2.jsonl", schema_file.read_schema(copy)
    header, *lines = path.read_text("utf-8").splitlines()
    header = strict_json.compact({**json.loads(header), "adjudicators": [*json.loads(header)["adjudicators"], EVA]})
    [final, *_] = [document for name, document in documents(copy).items() if name.startswith("final/")]
    digests = {layer: reviews.layer_digest(schema, final, layer) for layer in schema.layer_names}
    digests["zones"] = "0123456789abcdef"
    read = [reviews.Review(digest, final["article"], layer, "eva", TIME) for layer, digest in digests.items()]
    records = [strict_json.compact(each.to_record()) for each in read]
    path.write_text("".join(f"{line}\n" for line in (header, *lines, *records)), "utf-8")
    first = adjudication.adjudicate(copy, ["claude-c", "claude-d"])
    assert (first.reviewed, [issue.code for issue in first.issues]) == (len(digests) - 1, ["review-stale"])
    write_migration(copy, next_migration(copy, "names"), *RENAMES)
    migrate.migrate(copy)
    again = adjudication.adjudicate(copy, ["claude-c", "claude-d"])
    assert (again.reviewed, len(again.issues), any(again.documents.values())) == (first.reviewed, 1, False)
    assert validate.validate_dataset(copy) == []


def test_a_file_of_which_only_the_header_changes_is_told(copy: Path, run: Run) -> None:
    """Decisions of a merged branch may lack the migration and no more; the plan and the run name their file."""
    path, file = copy / "annotations/decisions/1.jsonl", "annotations/decisions/1.jsonl"
    old = json.loads(path.read_text("utf-8").splitlines()[0])
    path.write_text(strict_json.compact(old) + "\n", "utf-8")
    write_migration(copy, next_migration(copy, "names"), *RENAMES)
    migrate.migrate(copy)
    path.write_text(strict_json.compact(old) + "\n", "utf-8")
    schema = schema_file.read_schema(copy)
    with pytest.raises(DataError) as caught:
        decisions.read_decisions(copy, file, schema, old["inputs"], old["guidelines"])
    [issue] = caught.value.issues
    assert issue.message.startswith("labels is null; ")
    assert issue.message.endswith("; run `pactwire migrate --execute`")
    assert migrate.plan_migration(copy).files == [file]
    for more in ([], ["--execute"]):
        shown = run("migrate", "--root", copy, *more).stdout
        assert f"other files that change: {file}\n" in shown
        assert "nothing to migrate" not in shown
    assert run("migrate", "--root", copy).stdout == "nothing to migrate\n"


def _decided(root: Path) -> list[Any]:
    """Return the decisions of all rounds."""
    paths = sorted(root.glob("annotations/decisions/*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()[1:]]


def test_decisions_on_what_is_dropped_go(copy: Path) -> None:
    """An option that is removed is none, and a line without options is dropped, counted."""
    before = _decided(copy)
    dropped = sum(line["layer"] == "stances" for line in before)
    write_migration(copy, next_migration(copy, "less"), {"action": "drop", "layer": "stances"})
    [plan] = migrate.migrate(copy)
    after = _decided(copy)
    assert (plan.tables["decisions", "removed"], len(before) - len(after)) == (dropped, dropped)
    assert dropped
    assert [line for line in before if line["layer"] != "stances"] == after


def test_clusters_of_a_dropped_layer_go(copy: Path) -> None:
    """The file is removed, and its clusters are counted."""
    count = len((copy / "annotations/clusters.jsonl").read_text("utf-8").splitlines())
    target = {"action": "drop", "layer": "stances"}
    write_migration(copy, next_migration(copy, "less"), target, {"action": "drop", "layer": "claims"})
    [plan] = migrate.migrate(copy)
    assert (plan.tables["clusters", "removed"], (copy / "annotations/clusters.jsonl").exists()) == (count, False)
    assert validate.validate_dataset(copy) == []
