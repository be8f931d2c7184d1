"""Migrations of results: an annotation, prediction or draft becomes what its document becomes, and nothing is lost."""

import copy
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pactwire.corpus import corpus
from pactwire.labelstudio import drafted_values, encoder, schema_mapping
from pactwire.labelstudio.note_migration import NoteMigration
from pactwire.labelstudio.result_migration import ResultMigration
from pactwire.model.label_migration import Answer, LabelMigration
from pactwire.model.migrations import migration_flaws
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_migration import SchemaMigration
from pactwire.text import offsets
from support import schemas
from support.examples import examples
from support.migrations import documents
from support.rich_schema import DOCUMENT, rich_schema
from support.schemas import Drawn
from test_migration_model import migrated, migration, renames


def ordered(results: list[Any]) -> list[str]:
    """Return results in an order that does not depend on names, without ticks where there is no layer."""
    told = [result for result in results if result.get("meta") != {"pactwire": {"layers": []}}]
    return sorted(json.dumps(result, sort_keys=True) for result in told)


def unordered(results: list[Any]) -> list[Any]:
    """Return results with their choices in one order: a note may have the drafted one, and was taken away here."""
    for result in results:
        result.get("value", {}).get("choices", []).sort()
    return results


def task_data(drawn: Drawn) -> dict[str, Any]:
    """Return the data of a task that shows the text of a drawn document."""
    text, segments = offsets.content_text(drawn.article["source_text"], drawn.zones, drawn.schema.content_kinds)
    return {"project": "labels", "article": drawn.article["id"], "text": text, "segments": segments}


def shown(schema: Any, document: Any, data: Any) -> list[Any]:
    """Return the results of a draft."""
    return encoder.encode_results(schema, document, data["segments"], data["text"], "labels")


def step(migration: LabelMigration, results: list[Any], data: Any) -> list[Any]:
    """Return results after a migration."""
    return ResultMigration(migration, "labels").migrate(results, data, {}).results


def usable_renames(schema: AnnotationSchema) -> Iterator[tuple[Any, Any]]:
    """Yield the renames of what is in use, each with its way back."""
    for there, back in renames(schema):
        if "label" in there:
            labels = schema.layers[there["layer"]].attribute(there["attribute"]).labels
            if any(label.name == there["label"] and label.is_deprecated for label in labels):
                continue
        yield there, back


@examples(60)
@given(schemas.drawn(), st.data())
def test_renamed_results_are_those_of_the_renamed_document(drawn: Drawn, choice: st.DataObject) -> None:
    """A draft under new names is the draft of the document under new names; back, it is what it was, in its order."""
    there, back = choice.draw(st.sampled_from(list(usable_renames(drawn.schema))))
    away = migrated(drawn.schema, there)
    data = task_data(drawn)
    before = shown(drawn.schema, drawn.document, data)
    between = step(away, before, data)
    assert ordered(between) == ordered(shown(away.schema, away.migrate_document(drawn.document), data))
    assert step(migrated(away.schema, back), between, data) == before


def other_steps(schema: AnnotationSchema) -> Iterator[dict[str, Any]]:
    """Yield merges, splits, additions and drops that a schema allows."""
    for layer in schema.layers.values():
        named = {"action": "drop", "layer": layer.name}
        yield named
        yield named | {
            "action": "add",
            "attribute": "added",
            "schema": {"description": "New.", "x-attribute": {"kind": "flag"}, "type": "boolean"},
            "value": True,
        }
        for attribute in layer.attributes:
            one = named | {"attribute": attribute.name}
            yield one
            labels = [label.name for label in attribute.labels if not label.is_deprecated]
            for label, other in pairwise(labels):
                yield one | {"action": "merge", "labels": [label], "to": other}
                yield one | {"label": label, "then": "remove"}
                yield one | {"label": label, "then": "null"}
                rule = {"when": {"properties": {"text": {"pattern": "^[a-zA-Z]"}}}, "to": other}
                new = {"const": "Z", "title": "Z", "description": "The rest."}
                yield one | {"action": "split", "label": label, "into": [other, new], "rules": [rule], "otherwise": "Z"}


def is_possible(schema: AnnotationSchema, value: Any) -> bool:
    """Say whether a step has no flaw, and refers to nothing that it removes."""
    if list(migration_flaws({"description": "why", "steps": [value]})):
        return False
    return not SchemaMigration(schema.declaration, migration(value).steps).flaws


@examples(60)
@given(schemas.drawn(), st.data())
def test_results_become_what_the_document_becomes(drawn: Drawn, choice: st.DataObject) -> None:
    """After any step, a draft shows the document after it; what is left of a removed label is nothing."""
    possible = [each for each in other_steps(drawn.schema) if is_possible(drawn.schema, each)]
    if not possible:
        return
    after = migrated(drawn.schema, choice.draw(st.sampled_from(possible)))
    if list(after.removal_flaws(drawn.document)):
        return
    data = task_data(drawn)
    results = step(after, shown(drawn.schema, drawn.document, data), data)
    assert ordered(results) == ordered(shown(after.schema, after.migrate_document(drawn.document), data))


@examples(60)
@given(schemas.drawn(), st.data())
def test_unfinished_work_is_renamed_too(drawn: Drawn, choice: st.DataObject) -> None:
    """Of results that lack others, each has a name of the new schema, and the old one again after a way back."""
    data = task_data(drawn)
    whole = shown(drawn.schema, drawn.document, data)
    results = [result for result in whole if choice.draw(st.integers(0, 3))]
    for result in results:
        if choice.draw(st.booleans()):
            result.pop("meta", None)
    there, back = choice.draw(st.sampled_from(list(usable_renames(drawn.schema))))
    away = migrated(drawn.schema, there)
    between = step(away, results, data)
    mapping = schema_mapping.project_mapping(away.schema, "labels")
    known = {*mapping.per_region_controls, *mapping.per_task_controls, *mapping.marks, "label", "finished"}
    for result in between:
        assert result["type"] == "relation" or result["from_name"] in known
        assert {*result["value"].get("labels", ())} <= {*mapping.region_labels} if "value" in result else True
        assert {*result.get("labels", ())} <= {*mapping.relations}
    assert unordered(step(migrated(away.schema, back), between, data)) == unordered(results)


def test_a_note_goes_where_choices_say_all() -> None:
    """A drafted order of choices is noted as long as there are several."""
    schema = AnnotationSchema(rich_schema())
    label = {"main": "war", "also": ["sport", "law"], "urgent": True, "score": 1, "by": ["ana"]}
    notes = drafted_values.draft_notes(schema, "about", label, {})
    assert notes["values"] == {"also": ["sport", "law"]}
    law = {"action": "drop", "layer": "about", "attribute": "also", "label": "law", "then": "null"}
    after = migrated(schema, law)
    migrated_label = after.migrate_label("about", label)
    assert migrated_label is not None
    wanted = drafted_values.draft_notes(after.schema, "about", migrated_label, {})
    assert NoteMigration(after, "00000000000000aa").migrate("about", label, notes) == wanted
    assert "values" not in wanted


def test_a_value_that_goes_does_not_come_back_as_the_default() -> None:
    """The page shows nothing of null, which would stand for the default."""
    declaration = rich_schema()
    main = declaration["$defs"]["subject"]["properties"]["main"]
    choice = {key: main[key] for key in ("type", "oneOf")}
    about = {"x-attribute": main["x-attribute"], "anyOf": [choice, {"type": "null"}]}
    declaration["$defs"]["subject"]["properties"]["main"] = about
    schema = AnnotationSchema(declaration)
    label = {"main": "trade", "also": ["law"], "urgent": True, "score": 1, "by": ["ana"]}
    drop = {"action": "drop", "layer": "about", "attribute": "main", "label": "trade", "then": "null"}
    notes = NoteMigration(migrated(schema, drop), "00000000000000aa").migrate("about", label, {"digest": "x"})
    assert notes == {"digest": "x", "values": {"main": None}}


def test_the_part_of_an_article_goes_with_its_label() -> None:
    """No relation leads to it: the one region with the part's label is the part."""
    declaration = rich_schema()
    part = {"title": "Cue", "description": "A cue.", "x-attribute": {"kind": "part", "region": "HINT"}}
    declaration["$defs"]["subject"]["properties"]["hint"] = part | {"$ref": "#/$defs/part"}
    schema = AnnotationSchema(declaration)
    about = {**DOCUMENT["about"], "hint": {"start": 5, "end": 9, "text": "says"}}
    document = {**DOCUMENT, "about": about}
    segments = [{"content": 0, "source": 0, "length": 9}]
    data = {"project": "labels", "article": document["article"], "text": "Kyiv says", "segments": segments}
    gone = {"action": "drop", "layer": "about", "attribute": "main", "label": about["main"], "then": "remove"}
    after = migrated(schema, gone)
    results = step(after, shown(schema, document, data), data)
    assert ordered(results) == ordered(shown(after.schema, after.migrate_document(document), data))
    assert not [result for result in results if "HINT" in result.get("value", {}).get("labels", ())]


def test_a_part_goes_with_its_attribute() -> None:
    """Its region has the label of another layer's parts, which stay."""
    declaration = rich_schema()
    cue = declaration["$defs"]["claim"]["properties"]["cue"]
    declaration["$defs"]["stance"]["properties"]["hint"] = copy.deepcopy(cue)
    declaration["$defs"]["stance"]["required"].append("hint")
    schema = AnnotationSchema(declaration)
    stance = {**DOCUMENT["stances"][0], "hint": {"start": 0, "end": 4, "text": "Kyiv"}}
    document = {**DOCUMENT, "stances": [stance]}
    segments = [{"content": 0, "source": 0, "length": 9}]
    data = {"project": "labels", "article": document["article"], "text": "Kyiv says", "segments": segments}
    after = migrated(schema, {"action": "drop", "layer": "stances", "attribute": "hint"})
    results = step(after, shown(schema, document, data), data)
    assert ordered(results) == ordered(shown(after.schema, after.migrate_document(document), data))
    parts = [each for each in results if "CUE" in each.get("value", {}).get("labels", ())]
    assert [each["value"]["text"] for each in parts] == ["says"]


def test_counts_as_queued_what_has_no_answer(golden: Path) -> None:
    """A label that people decided on is changed, and waits no longer."""
    data = corpus.load_corpus(golden)
    document = documents(golden)["final/00000000000000aa"]
    text, segments = offsets.content_text(
        data.articles["00000000000000aa"]["source_text"], document["zones"], data.schema.content_kinds
    )
    place = {"project": "labels", "article": document["article"], "text": text, "segments": segments}
    into = [{"const": "CITY", "title": "City", "description": "A city."}, "LOC"]
    split = {"action": "split", "layer": "entities", "attribute": "type", "label": "GPE", "into": into}
    steps = migration({**split, "otherwise": "queue"})
    waiting = LabelMigration(data.schema, steps)
    results = encoder.encode_results(data.schema, document, segments, text, "labels")
    before = ResultMigration(waiting, "labels").migrate(results, place, {}).counts
    keys = [waiting.queued("entities", label, document["article"]) for label in document["entities"]]
    person: Any = {"id": "eva", "kind": "human", "name": None, "version": None}
    answers = {key: Answer("CITY", person) for key in keys if key}
    after = ResultMigration(LabelMigration(data.schema, steps, answers), "labels").migrate(results, place, {}).counts
    assert (before["queued"], before["changed"]) == (len(answers), 0)
    assert (after["queued"], after["changed"]) == (0, len(answers))
