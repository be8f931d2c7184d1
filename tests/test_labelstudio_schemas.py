"""Projects under other schemas: names that layers share, labels of articles, and attributes that need not be set."""

import copy
from typing import Any

import pytest
from hypothesis import given

from pactwire.labelstudio import decoder
from pactwire.labelstudio.schema_mapping import project_mapping
from pactwire.model.schema import AnnotationSchema
from support.examples import examples
from support.news import SCHEMA
from support.rich_schema import rich_schema
from support.schema_drawing import declarations

TEXT = "Kyiv says so."


def changed(change: Any) -> AnnotationSchema:
    """Return this repository's schema after a change of its declaration."""
    declaration = copy.deepcopy(SCHEMA.declaration)
    change(declaration)
    return AnnotationSchema(declaration)


def decoded(schema: AnnotationSchema, *results: Any) -> decoder.DecodedResults:
    """Return what results of the project for labels mean, with all layers ticked."""
    layers = list(project_mapping(schema, "labels").layers)
    ticks = {"id": "t", "from_name": "finished", "to_name": "text", "type": "choices", "value": {"choices": layers}}
    segments = [{"content": 0, "source": 0, "length": len(TEXT)}]
    data = {"project": "labels", "text": TEXT, "segments": segments}
    return decoder.decode_results(schema, [ticks, *results], data, "labels")


def result(name: str, control: str, kind: str, values: list[str], end: int = 4) -> dict[str, Any]:
    """Return a result of a region from the start of the text."""
    value = {"start": 0, "end": end, kind if kind != "textarea" else "text": values}
    return {"id": name, "from_name": control, "to_name": "text", "type": kind, "value": value}


def test_region_labels_of_two_layers_are_told_apart() -> None:
    """A region label that another layer has too begins with the name of the layer's labels."""

    def change(declaration: Any) -> None:
        declaration["properties"]["claims"]["x-layer"]["label"] = "per"
        declaration["properties"]["claims"]["x-layer"]["palette"] = "class"
        declaration["$defs"]["claim"]["properties"]["checkworthy"]["oneOf"][0]["const"] = "PER"
        declaration["$defs"]["claim"]["properties"]["checkworthy"]["oneOf"][1]["const"] = "a, b"

    mapping = project_mapping(changed(change), "labels")
    assert [*mapping.region_labels][6:] == ["per PER", "a; b", "CFS", "CUE", "STANCE"]
    assert mapping.region_label("claims", {"checkworthy": "PER"}) == "per PER"
    assert mapping.region_label("entities", {"type": "PER"}) == "PER"
    answer = decoded(
        changed(change),
        result("c1", "label", "labels", ["a; b"]),
        result("c1", "claimant", "choices", ["AUTHOR"]),
        result("c1", "per_type", "choices", ["event"]),
        result("c1", "commitment", "choices", ["certain"]),
        result("c1", "normalized", "textarea", ["Kyiv."]),
    )
    assert answer.layers["claims"][0]["checkworthy"] == "a, b", answer.problems


def test_labels_of_articles_have_controls_of_the_task() -> None:
    """Each attribute has a control of its own; a label that is referred to is marked, and a part is a region."""

    def change(declaration: Any) -> None:
        declaration.clear()
        declaration.update(rich_schema())
        subject = declaration["$defs"]["subject"]["properties"]
        subject["link"] = copy.deepcopy(declaration["$defs"]["entity"]["properties"]["link"])
        subject["issue"] = {
            "x-attribute": {"kind": "references", "to": ["claims", "topics"], "parties": ["NOBODY"]},
            "type": "array",
            "items": {"$ref": "#/$defs/reference"},
        }
        subject["cue"] = copy.deepcopy(declaration["$defs"]["claim"]["properties"]["cue"])

    mapping = project_mapping(changed(change), "labels")
    assert mapping.article_layers == ("about",)
    assert mapping.per_task_controls == {
        "main": ("about", "choices"),
        "also": ("about", "choices"),
        "urgent": ("about", "choices"),
        "score": ("about", "textarea"),
        "note": ("about", "textarea"),
        "subject_link": ("about", "taxonomy"),
        "new_subject_link": ("about", "textarea"),
        "issue": ("about", "choices"),
        "issue_topic": ("about", "taxonomy"),
    }
    assert {name: each.attribute.name for name, each in mapping.marks.items()} == {
        "actor": "actor",
        "issue_mention": "issue",
    }
    assert not {*mapping.per_task_controls, *mapping.marks} & mapping.per_region_controls.keys()
    assert [(part.label, part.owners) for part in mapping.parts] == [
        ("CUE", (("claims", "cue", "cue"),)),
        ("SUBJECT CUE", (("about", "cue", ""),)),
    ]
    assert [*mapping.region_labels][-1] == "SUBJECT CUE"


def test_region_labels_have_no_comma_and_no_dollar() -> None:
    """Those of zone kinds and of a layer's labels neither; two that become alike are told apart."""

    def change(declaration: Any) -> None:
        declaration["properties"]["stances"]["x-layer"]["label"] = "us$, said"
        kinds = declaration["$defs"]["zone_kind"]["oneOf"]
        for name in ("$text", "a, b", "a; b"):
            kinds.append({"const": name, "title": name, "description": "One.", "x-content": True})

    schema = changed(change)
    assert [*project_mapping(schema, "labels").region_labels][-1] == "US\uff04; SAID"
    zones = project_mapping(schema, "zones")
    assert [*zones.region_labels][-3:] == ["\uff04text", "a; b", "zone a; b"]
    assert zones.region_label("zones", {"kind": "a, b"}) == "a; b"
    assert [zones.region_class(label) for label in [*zones.region_labels][-3:]] == ["$text", "a, b", "a; b"]


def test_a_server_reads_names_of_controls_as_texts() -> None:
    """A name that it would read as a number, or as true or false, has something after it."""

    def change(declaration: Any) -> None:
        claim = declaration["$defs"]["claim"]["properties"]
        for key, name in (("type", "1"), ("commitment", "TRUE"), ("checkworthy", "1e3")):
            claim[key]["x-attribute"]["control"] = name

    controls = [each.control for each in project_mapping(changed(change), "labels").attributes_of("claims")]
    assert controls[:3] == ["1_", "TRUE_", "1e3_"]


@examples(60)
@given(declarations())
def test_names_of_controls_and_region_labels_are_unique(declaration: Any) -> None:
    """Under any schema every attribute has one control, relation or part, whose name nothing else has."""
    schema = AnnotationSchema(declaration)
    mapping = project_mapping(schema, "labels")
    controls = [each.control for each in mapping.attributes] + [each.typed_control for each in mapping.attributes]
    for each in mapping.references:
        controls += [each.party_control, each.topic_control, each.mark_control]
    named = [name for name in controls if name]
    assert len({*named, "text", "label", "finished", "flags"}) == len(named) + 4
    assert not any("," in label for label in mapping.region_labels)
    parts = {(owner, key): part.label for part in mapping.parts for owner, key, _ in part.owners}
    for layer in schema.layers.values():
        shown = {each.key for each in mapping.attributes_of(layer.name)}
        shown |= {each.attribute.name for each in mapping.references if each.layer == layer.name}
        shown |= {key for owner, key in parts if owner == layer.name}
        if layer.is_span and mapping.class_key(layer.name):
            shown.add(mapping.class_key(layer.name) or "")
        assert shown == {attribute.name for attribute in layer.attributes}
        relations = [each.relation for each in mapping.references if each.layer == layer.name and each.relation]
        relations += [relation for _, relation, _ in mapping.parts_of(layer.name) if relation]
        assert len(set(relations)) == len(relations)
        assert layer.is_span or not relations


def test_two_layers_may_share_the_label_of_parts() -> None:
    """A region of parts belongs to each layer that has such parts."""

    def change(declaration: Any) -> None:
        stance = declaration["$defs"]["stance"]
        stance["properties"]["hint"] = copy.deepcopy(declaration["$defs"]["claim"]["properties"]["cue"])
        stance["required"].append("hint")

    mapping = project_mapping(changed(change), "labels")
    assert mapping.part_owners == {"cues": ("claims", "stances")}
    assert [(each.starts, each.ends) for each in mapping.relations["cue"]] == [(("claims",), ("cues",))]
    assert [(each.starts, each.ends) for each in mapping.relations["hint"]] == [(("stances",), ("cues",))]
    assert list(mapping.region_labels.values()).count("cues") == 1


def test_schema_names_controls_and_relations() -> None:
    """What the schema names is called so; a relation of its own does not change the control of its parties."""

    def change(declaration: Any) -> None:
        claim = declaration["$defs"]["claim"]["properties"]
        claim["type"]["x-attribute"]["control"] = "sort"
        claim["claimants"]["x-attribute"]["relation"] = "said_by"

    mapping = project_mapping(changed(change), "labels")
    assert [control.control for control in mapping.attributes_of("claims")][:1] == ["sort"]
    assert "said_by" in mapping.relations
    assert "claimant" not in mapping.relations


@pytest.mark.parametrize("required", [True, False])
def test_only_required_attributes_must_be_set(required: bool) -> None:
    """What need not be there is missing where nothing was chosen, typed or related; else it is a problem."""

    def change(declaration: Any) -> None:
        if not required:
            declaration["$defs"]["claim"]["required"] = ["cue"]
            declaration["$defs"]["stance"]["required"] = []

    answer = decoded(
        changed(change),
        result("c1", "label", "labels", ["CLAIM"]),
        result("s1", "label", "labels", ["STANCE"], end=9),
    )
    if required:
        assert {problem.region for problem in answer.problems} == {"c1", "s1"}
        assert {problem.code for problem in answer.problems} == {"ls-field", "ls-party"}
    else:
        assert answer.problems == []
        assert answer.layers["claims"] == [{"id": "c1", "start": 0, "end": 4, "text": "Kyiv", "cue": None, "by": []}]
        assert answer.layers["stances"] == [{"id": "s1", "start": 0, "end": 9, "text": "Kyiv says", "by": []}]


@pytest.mark.parametrize(("typed", "value"), [("3", 3), ("2.50", 2.5), ("1,7", None)])
def test_numbers_and_flags_are_typed_and_chosen(typed: str, value: Any) -> None:
    """A text that is no number is a problem of the region."""

    def change(declaration: Any) -> None:
        entity = declaration["$defs"]["entity"]
        entity["properties"]["size"] = {"x-attribute": {"kind": "number"}, "type": "number"}
        entity["properties"]["big"] = {"x-attribute": {"kind": "flag"}, "type": "boolean"}
        entity["required"] += ["size", "big"]

    answer = decoded(
        changed(change),
        result("e1", "label", "labels", ["GPE"]),
        result("e1", "size", "textarea", [typed]),
        result("e1", "big", "choices", ["no"]),
    )
    if value is None:
        [problem] = answer.problems
        assert (problem.code, problem.region) == ("ls-field", "e1")
        assert problem.message.startswith("size: ")
    else:
        [entity] = answer.layers["entities"]
        assert (entity["size"], entity["big"]) == (value, False)


def test_relations_between_two_layers_in_one_direction_have_names_of_their_own() -> None:
    """Else a label would not say which of two attributes a relation sets."""

    def change(declaration: Any) -> None:
        claimants = declaration["$defs"]["claim"]["properties"]["claimants"]["x-attribute"]
        claimants |= {"to": ["stances"], "relation": "about"}
        declaration["$defs"]["stance"]["properties"]["target"]["x-attribute"]["relation"] = "about"

    relations = project_mapping(changed(change), "labels").relations
    drawn = {name: [(each.starts, each.ends) for each in meanings] for name, meanings in relations.items()}
    assert drawn["about"] == [(("stances",), ("claims",))]
    assert drawn["target"] == [(("stances",), ("entities", "claims"))]


def test_class_that_may_be_missing_has_a_region_label_for_its_lack() -> None:
    """A region of it has no class until somebody gives it one."""

    def change(declaration: Any) -> None:
        declaration["properties"]["claims"]["x-layer"]["palette"] = "class"
        declaration["$defs"]["claim"]["required"].remove("checkworthy")

    mapping = project_mapping(changed(change), "labels")
    assert [label for label, layer in mapping.region_labels.items() if layer == "claims"] == [
        "NFS", "UFS", "CFS", "CLAIM",
    ]  # fmt: skip
    assert [mapping.region_label("claims", {}), mapping.region_class("CLAIM")] == ["CLAIM", ""]
