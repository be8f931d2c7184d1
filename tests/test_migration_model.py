"""Migrations of labels: the schema after each action, and what becomes of labels and documents."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pactwire.model.label_migration import LabelMigration
from pactwire.model.labels import document_labels
from pactwire.model.layers import AttributeKind
from pactwire.model.migrations import Migration, migration_flaws, parse_migration
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_flaws import schema_flaws
from pactwire.model.schema_migration import SchemaMigration
from support import schemas
from support.examples import examples
from support.rich_schema import DOCUMENT, rich_schema
from support.schemas import Drawn

CHOICES = (AttributeKind.CHOICE, AttributeKind.CHOICES)


def migration(*steps: Any) -> Migration:
    """Return a migration of steps that have no flaws of form."""
    value = {"description": "why", "steps": list(steps)}
    assert list(migration_flaws(value)) == []
    return parse_migration("0001-test", value)


def migrated(schema: AnnotationSchema, *steps: Any) -> LabelMigration:
    """Return what steps do to the labels of a schema."""
    return LabelMigration(schema, migration(*steps))


def renames(schema: AnnotationSchema) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield every rename that a schema allows, each with its way back."""
    for layer in schema.layers.values():
        named = {"action": "rename", "layer": layer.name}
        yield named | {"to": "another"}, {**named, "layer": "another", "to": layer.name}
        for attribute in layer.attributes:
            one = named | {"attribute": attribute.name}
            yield one | {"to": "other"}, one | {"attribute": "other", "to": attribute.name}
            for label in attribute.labels:
                yield one | {"label": label.name, "to": "Y"}, one | {"label": "Y", "to": label.name}
    for party in schema.parties:
        yield {"action": "rename", "party": party, "to": "Q"}, {"action": "rename", "party": "Q", "to": party}


@examples(150)
@given(schemas.drawn(), st.data())
def test_renaming_and_back_is_the_identity(drawn: Drawn, data: st.DataObject) -> None:
    """Names that change and change back leave schema and document as they were; in between, both are valid."""
    deprecated = {
        (layer, attribute, label.name)
        for layer, attribute, labels in drawn.schema.label_sets()
        for label in labels
        if label.is_deprecated
    }
    possible = [
        (one, other)
        for one, other in renames(drawn.schema)
        if (one.get("layer"), one.get("attribute"), one.get("label")) not in deprecated
    ]
    one, other = data.draw(st.sampled_from(possible))
    away = migrated(drawn.schema, one)
    assert schema_flaws(away.schema.declaration) == []
    assert away.schema.text != drawn.schema.text
    between = away.migrate_document(drawn.document)
    assert away.schema.is_valid(between)
    home = migrated(away.schema, other)
    assert home.schema.text == drawn.schema.text
    document = home.migrate_document(between)
    assert {key: value for key, value in document.items() if key != "labels"} == drawn.document
    assert list(document) == [*list(drawn.document)[:4], "labels", *list(drawn.document)[4:]]
    assert drawn.schema.is_valid(document)


MIGRATION_0 = "0001-test"
TYPE = {"layer": "entities", "attribute": "type"}
NEW = {"const": "NEW", "title": "New", "description": "What is new."}
SPLIT = {"action": "split", **TYPE, "label": "ORG", "into": [NEW], "otherwise": "NEW"}


def label_rows(schema: AnnotationSchema, layer: str, attribute: str) -> dict[str, tuple[str | None, bool]]:
    """Return the former name of each label of a choice, and whether it is deprecated, in order."""
    return {label.name: (label.formerly, label.is_deprecated) for label in schema.labels(layer, attribute)}


@examples(100)
@given(schemas.drawn(), st.data())
def test_merging_keeps_the_number_of_labels(drawn: Drawn, data: st.DataObject) -> None:
    """Every label that had one of the merged has the other one; the rest is as it was."""
    choices = [
        (layer, attribute, names)
        for layer in drawn.schema.layers.values()
        for attribute in layer.of_kind(*CHOICES)
        if len(names := [label.name for label in attribute.labels if not label.is_deprecated]) > 1
    ]
    assume(choices)
    layer, attribute, names = data.draw(st.sampled_from(choices))
    one, other = data.draw(st.permutations(names))[:2]
    place = {"layer": layer.name, "attribute": attribute.name}
    merged = migrated(drawn.schema, {"action": "merge", **place, "labels": [one], "to": other})
    document = merged.migrate_document(drawn.document)
    assert merged.schema.is_valid(document) or attribute.kind == AttributeKind.CHOICES  # which may need more than one
    before, after = (document_labels(each, layer.name) for each in (drawn.document, document))
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        values = [each.get(attribute.name) or [] for each in (old, new)]
        had, has = ({*([value] if isinstance(value, str) else value)} for value in values)
        assert has == {other if name == one else name for name in had}
        assert {**old, attribute.name: None} == {**new, attribute.name: None}


def test_a_rename_keeps_the_oldest_name_and_the_class_number() -> None:
    """The name before is told, and dropped again on the way back."""
    schema = AnnotationSchema(rich_schema())
    place = [*label_rows(schema, "entities", "type")].index("ORG")
    for names, formerly in ((["A"], "ORG"), (["A", "B"], "ORG"), (["A", "ORG"], None)):
        new = schema
        for old, name in pairwise(["ORG", *names]):
            new = migrated(new, {"action": "rename", **TYPE, "label": old, "to": name}).schema
        rows = label_rows(new, "entities", "type")
        assert [*rows][place] == names[-1]
        assert rows[names[-1]] == (formerly, False)


def test_all_that_names_a_label_follows() -> None:
    """Its default and a condition about it."""
    schema = AnnotationSchema(rich_schema())
    new = migrated(schema, {"action": "rename", "layer": "about", "attribute": "main", "label": "war", "to": "fight"})
    subject = new.schema.declaration["$defs"]["subject"]
    assert subject["properties"]["main"]["x-attribute"]["default"] == "fight"
    assert subject["if"] == {"properties": {"main": {"const": "fight"}}}
    document = new.migrate_document(DOCUMENT)
    assert document["about"]["main"] == "fight"
    assert new.schema.is_valid(document)
    score = migrated(schema, {"action": "rename", "layer": "about", "attribute": "score", "to": "points"})
    assert score.schema.declaration["$defs"]["subject"]["then"] == {"required": ["points"]}


def test_all_that_names_a_layer_attribute_or_party_follows() -> None:
    """References, candidates, derived columns, and what a layer's own keywords name."""
    schema = AnnotationSchema(rich_schema())
    new = migrated(
        schema,
        {"action": "rename", "layer": "claims", "to": "statements"},
        {"action": "rename", "layer": "statements", "attribute": "claimants", "to": "speakers"},
        {"action": "rename", "layer": "stances", "attribute": "holder", "to": "whose"},
        {"action": "rename", "party": "AUTHOR", "to": "WRITER"},
    )
    stances = new.schema.layers["stances"]
    assert stances.candidates is not None and stances.candidates.pair == ("whose", "target")
    assert stances.derived[0].source == "statements"
    assert (stances.derived[0].take, stances.derived[0].otherwise) == ("speakers", "WRITER")
    assert stances.identity == ("whose", "target")
    assert "statements" in stances.attribute("target").to
    assert "WRITER" in new.schema.parties and "AUTHOR" not in new.schema.parties
    assert new.schema.is_valid(new.migrate_document(DOCUMENT))
    assert new.layer_name("claims") == "statements"
    assert new.attribute_name("claims", "claimants") == "speakers"
    assert new.renamed_labels("stances", "holder") == {"AUTHOR": "WRITER"}


def test_adds_at_the_end() -> None:
    """A label has the next class number; an attribute comes with a value, or may be missing; a layer has no labels."""
    schema = AnnotationSchema(rich_schema())
    size = {"x-attribute": {"kind": "number"}, "type": "integer"}
    layer = {
        "x-layer": {"label": "event", "prefix": "ev"}, "type": "array", "items": {"$ref": "#/$defs/event"},
    }  # fmt: skip
    event = {"$ref": "#/$defs/span", "properties": {}, "required": [], "unevaluatedProperties": False}
    new = migrated(
        schema,
        {"action": "add", **TYPE, "label": NEW},
        {"action": "add", "layer": "entities", "attribute": "size", "schema": size, "value": 3},
        {"action": "add", "layer": "entities", "attribute": "weight", "schema": size},
        {"action": "add", "layer": "events", "schema": layer, "defs": {"event": event}},
    )
    assert [*label_rows(new.schema, "entities", "type")][-1] == "NEW"
    assert [*new.schema.layers][-1] == "events"
    document = new.migrate_document(DOCUMENT)
    assert new.schema.is_valid(document)
    assert "events" not in document
    assert [*document["entities"][0]][-3:] == ["metonym_of", "size", "by"]


def test_drops_with_all_that_only_it_needs() -> None:
    """A label becomes null, is left out of a list, or takes its label with it; definitions of a layer go with it."""
    declaration = rich_schema()
    channel = declaration["$defs"]["stance"]["properties"]
    channel["channel"] = {
        "x-attribute": channel["channel"]["x-attribute"],
        "anyOf": [{key: value for key, value in channel["channel"].items() if key[0] != "x"}, {"type": "null"}],
    }  # fmt: skip
    schema = AnnotationSchema(declaration)
    stance = DOCUMENT["stances"][0]
    place = {"action": "drop", "layer": "stances", "attribute": "channel", "label": stance["channel"]}
    assert migrated(schema, place | {"then": "null"}).migrate_document(DOCUMENT)["stances"][0]["channel"] is None
    assert migrated(schema, place | {"then": "remove"}).migrate_document(DOCUMENT)["stances"] == []
    law = {"action": "drop", "layer": "about", "attribute": "also", "label": "law", "then": "null"}
    about = {**DOCUMENT, "about": {**DOCUMENT["about"], "also": ["law", "sport"]}}
    assert migrated(schema, law).migrate_document(about)["about"]["also"] == ["sport"]
    gone = migrated(schema, {"action": "drop", "layer": "stances"})
    assert "stance" not in gone.schema.declaration["$defs"]
    document = gone.migrate_document(DOCUMENT)
    assert ("stances" in document, "stances" in document["status"]) == (False, False)
    assert gone.schema.is_valid(document)
    whole = {"action": "drop", "layer": "about", "attribute": "main", "label": DOCUMENT["about"]["main"]}
    document = migrated(schema, {**whole, "then": "remove"}).migrate_document(DOCUMENT)
    assert ("about" in document, "about" in document["status"]) == (False, False)


def test_labels_of_one_definition_are_one_list() -> None:
    """A step about one attribute changes the others that refer to the same labels."""
    declaration = rich_schema()
    properties = declaration["$defs"]["subject"]["properties"]
    declaration["$defs"]["kinds"] = {key: value for key, value in properties["main"].items() if key[0] != "x"}
    properties["main"] = {"x-attribute": {"kind": "choice"}, "$ref": "#/$defs/kinds"}
    properties["also"] = {"x-attribute": {"kind": "choices"}, "type": "array", "items": {"$ref": "#/$defs/kinds"}}
    schema = AnnotationSchema(declaration)
    new = migrated(schema, {"action": "rename", "layer": "about", "attribute": "also", "label": "war", "to": "fight"})
    about = {**DOCUMENT["about"], "main": "war", "also": ["trade", "war"], "score": 1}
    found = new.migrate_document({**DOCUMENT, "about": about})["about"]
    assert (found["main"], found["also"]) == ("fight", ["trade", "fight"])
    split = {**SPLIT, "layer": "about", "attribute": "also", "label": "war"}
    assert [flaw[0] for flaw in SchemaMigration(declaration, migration(split).steps).flaws] == ["migration-clash"]


@pytest.mark.parametrize(
    ("form", "label"),
    [("adjective", "ADJ"), ("name", "NAMED"), (None, "REST"), ("missing", "REST")],
)
def test_the_first_rule_that_holds_splits(form: str | None, label: str) -> None:
    """What a label lacks is null to a rule, so that a rule about it does not hold."""
    rules = [
        {"when": {"properties": {"form": {"const": "adjective"}}}, "to": "ADJ"},
        {"when": {"properties": {"form": {"enum": ["adjective", "name"]}, "text": {"pattern": "^K"}}}, "to": "NAMED"},
    ]
    into = [{**NEW, "const": name} for name in ("ADJ", "NAMED", "REST")]
    step = {"action": "split", **TYPE, "label": "ORG", "into": into, "rules": rules, "otherwise": "REST"}
    new = migrated(AnnotationSchema(rich_schema()), step)
    old = {"id": "e1", "start": 0, "end": 4, "text": "Kyiv", "type": "ORG", "by": ["ana"]}
    old |= {} if form == "missing" else {"form": form}
    assert new.migrate_label("entities", old) == {**old, "type": label}
    assert label_rows(new.schema, "entities", "type")["ORG"] == (None, True)


def flaws(*steps: Any) -> list[tuple[str, str]]:
    """Return code and message of what is wrong with steps for the rich schema."""
    value = {"description": "why", "steps": list(steps)}
    found = (
        list(migration_flaws(value)) or SchemaMigration(rich_schema(), parse_migration(MIGRATION_0, value).steps).flaws
    )
    return [(code, message) for code, _, message in found]


@pytest.mark.parametrize(
    ("step", "code", "words"),
    [
        ({"action": "rename", "to": "x"}, "form", "'layer' is missing"),
        ({"action": "move"}, "form", '"move" is not allowed'),
        ({"action": "merge", **TYPE, "labels": [], "to": "ORG"}, "form", "[] for labels"),
        ({"action": "drop", **TYPE, "label": "ORG", "then": "forget"}, "form", "allowed are: null, remove"),
        ({"action": "rename", "layer": "claim", "to": "x"}, "unknown", "did you mean 'claims'?"),
        ({"action": "rename", "layer": "claims", "attribute": "typo", "to": "x"}, "unknown", "did you mean 'type'?"),
        ({"action": "rename", "party": "NOBODY", "to": "x"}, "unknown", "there is no party 'NOBODY'"),
        ({"action": "rename", "layer": "zones", "to": "x"}, "unknown", "there is no layer 'zones'"),
        ({"action": "add", "layer": "entities", "attribute": "link", "label": NEW}, "unknown", "kind link"),
        ({"action": "drop", **TYPE, "label": "ORG", "then": "null"}, "clash", "can't be null"),
        ({"action": "add", **TYPE, "label": {**NEW, "const": "ORG"}}, "clash", "'ORG' is already a name"),
        ({"action": "add", "layer": "claims", "schema": {"x-layer": {}}}, "clash", "'claims' is already a layer"),
        ({"action": "rename", "layer": "claims", "to": "entities"}, "clash", "'entities' is already a layer"),
        ({"action": "rename", **TYPE, "to": "form"}, "clash", "already a property"),
        ({"action": "rename", "party": "AUTHOR", "to": "UNNAMED"}, "clash", "already a party"),
        ({"action": "merge", **TYPE, "labels": ["ORG"], "to": "ORG"}, "clash", "merged into itself"),
        ({"action": "drop", **TYPE}, "schema", "class must be a choice"),
        ({"action": "drop", "layer": "entities"}, "schema", "'entities' is not a layer"),
        ({"action": "rename", "layer": "stances", "to": "No name"}, "schema", "is not a valid name"),
        ({**SPLIT, "otherwise": "ORG"}, "unknown", "'ORG' is none of the labels that 'ORG' is split into"),
        ({**SPLIT, "otherwise": "quue"}, "unknown", "did you mean 'queue'?"),
        ({**SPLIT, "into": ["ORG"], "otherwise": "ORG"}, "clash", "can't be one of those"),
        ({**SPLIT, "rules": [{"when": {"properties": {"frm": {}}}, "to": "NEW"}]}, "form", "no property 'frm'"),
        ({**SPLIT, "rules": [{"when": {"properties": {"text": {"patern": "x"}}}, "to": "NEW"}]}, "form", "'patern'"),
        ({**SPLIT, "rules": [{"when": {"properties": {"form": {"const": "nme"}}}, "to": "NEW"}]}, "unknown", "'nme'"),
        ({**SPLIT, "rules": [{"when": {}, "to": "PER"}]}, "unknown", "'PER' is none of the labels"),
    ],
)  # fmt: skip
def test_tells_what_is_wrong_with_a_step(step: Any, code: str, words: str) -> None:
    """Each has its code and a message that names it."""
    found = flaws(step)
    assert {each for each, _ in found} == {f"migration-{code}"}
    assert words in found[0][1], found


def test_a_queue_comes_last() -> None:
    """People decide on the labels as they are after all steps."""
    queue = {**SPLIT, "otherwise": "queue"}
    assert flaws(queue, {"action": "drop", "layer": "stances"}) == [
        ("migration-form", "a split with a queue must be the last step: people decide on the labels as they are then")
    ]
    assert flaws({"action": "drop", "layer": "stances"}, queue) == []


def test_an_unknown_action_hides_no_other_step() -> None:
    """All that is wrong with the form of a file is told at once; what is no step at all, too."""
    steps: list[Any] = [{"action": "renam"}, {"action": "drop"}, {}, "x", {"action": "drop", "layer": "stances"}]
    steps += [{"action": "merge", **TYPE, "to": "ORG"}]
    found = [path[:2] for _, path, _ in migration_flaws({"description": "why", "steps": steps})]
    assert list(dict.fromkeys(sorted(found))) == [("steps", index) for index in (0, 1, 2, 3, 5)]
    assert list(migration_flaws([]))
    assert list(migration_flaws({"description": "why", "steps": {}}))
