"""Projects under other schemas: layers that can't be told apart, and attributes that need not be set."""

import copy
from typing import Any

import pytest

from pactwire.labelstudio import decoder, schema_mapping
from pactwire.labelstudio.schema_mapping import project_mapping
from pactwire.model.schema import AnnotationSchema
from support.news import SCHEMA

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


def test_layers_with_one_region_label_are_not_both_shown() -> None:
    """Of two layers whose regions have the same label, the first is shown, and none that refers to the other."""

    def change(declaration: Any) -> None:
        declaration["properties"]["claims"]["x-layer"]["label"] = "per"

    schema = changed(change)
    assert schema_mapping.labeled_layers(schema) == ("entities",)
    [issue] = schema_mapping.unsupported_issues(schema)
    assert issue.message.endswith("it does not show claims, stances")


def test_two_layers_may_share_the_label_of_parts() -> None:
    """A region of parts belongs to each layer that has such parts."""

    def change(declaration: Any) -> None:
        stance = declaration["$defs"]["stance"]
        stance["properties"]["hint"] = copy.deepcopy(declaration["$defs"]["claim"]["properties"]["cue"])
        stance["required"].append("hint")

    mapping = project_mapping(changed(change), "labels")
    assert mapping.part_owners == {"cues": ("claims", "stances")}
    assert mapping.relations["cue"] == [("claims", ("cues",))]
    assert mapping.relations["hint"] == [("stances", ("cues",))]
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
