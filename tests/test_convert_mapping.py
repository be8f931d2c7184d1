"""The mapping of other formats to a dataset's layers: the default for any schema, and files with flaws."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.convert.default_mapping import default_mapping
from pactwire.convert.mapping_file import parse_mapping, read_mapping
from pactwire.corpus.schema_file import read_schema
from pactwire.model.issues import DataError
from pactwire.model.layers import AttributeKind
from pactwire.model.schema import AnnotationSchema
from support import schemas
from support.examples import examples
from support.floods import FLOODS
from support.news import SCHEMA

FORMS = ("auto", "brat", "conll", "gliner", "spacy", "spans", "table")


@examples(60)
@given(schemas.declarations(), st.sampled_from(FORMS))
def test_the_default_is_a_mapping_like_any_other(declaration: Any, form: str) -> None:
    """For any schema it parses without flaws, names each class once, and leads back to what it names."""
    schema = AnnotationSchema(declaration)
    value = json.loads(json.dumps(default_mapping(schema, form)))
    mapping = parse_mapping(value, schema, form)
    assert mapping == parse_mapping({}, schema, form)
    for layer in mapping.layers:
        choice = layer.class_attribute
        for label in [each.name for each in choice.labels if not each.is_deprecated] if choice else []:
            name = mapping.type_name(layer.name, {choice.name: label} if choice else {})
            assert name
            found = mapping.find_type(name)
            assert found and found.layer is layer and found.values.items() <= {choice.name: label}.items()  # type: ignore[union-attr]
    if form == "brat":
        for layer in schema.span_layers:
            for attribute in layer.attributes:
                path = layer.name, attribute.name
                if attribute.kind == AttributeKind.PART:
                    assert mapping.part_name(*path) and mapping.relation_name(*path)
                elif attribute.target_layers:
                    assert mapping.relation_name(*path)
                else:
                    assert mapping.attribute_names(*path)
        names = {*mapping.types, *mapping.parts, *mapping.attributes, *mapping.relations}
        assert all(name.isascii() and not set(name) & set(" :|,[]<>\t") for name in names)


def test_the_type_that_says_most_is_written() -> None:
    """Of the types that a label could have, it is the one with the most labels, then the first."""
    value = {
        "types": {
            "COUNTRY": "GPE",
            "STATE": "GPE",
            "NATIONALITY": {"values": {"type": "GPE", "form": "adjective"}},
            "VIEW": {"layer": "stances"},
            "MONEY": None,
        }
    }
    mapping = parse_mapping(value, SCHEMA, "brat")
    assert mapping.type_name("entities", {"type": "GPE", "form": "adjective"}) == "NATIONALITY"
    assert mapping.type_name("entities", {"type": "GPE", "form": "name"}) == "COUNTRY"
    assert mapping.type_name("entities", {"type": "PER", "form": "name"}) is None
    assert mapping.type_name("stances", {"polarity": "favor"}) == "VIEW"
    assert [layer.name for layer in mapping.layers] == ["entities", "stances"]
    assert mapping.find_type("MONEY") is None
    with pytest.raises(KeyError):
        mapping.find_type("PER")


FLAWS: dict[str, tuple[Any, str]] = {
    "shape": ([], "is not of type"),
    "section": ({"type": {}}, "type"),
    "layer": ({"types": {"A": {"layer": "claim"}}}, "'claim' is no layer of spans of this dataset"),
    "article layer": ({"annotated": ["subject"]}, "'subject' is no layer of spans"),
    "label": ({"types": {"A": "PERS"}}, "'PERS' is no label of category; those are: PERSON, AGENCY"),
    "choice": ({"types": {"A": {"layer": "mentions", "values": {"referent": "x"}}}}, "has no attribute 'referent'"),
    "attribute": ({"attributes": {"A": ["quotes.verbs"]}}, "quotes has no attribute 'verbs' that can be here"),
    "part as attribute": ({"attributes": {"A": ["quotes.verb"]}}, "no attribute 'verb' that can be here"),
    "value": ({"attributes": {"A": [{"attribute": "quotes.manner", "value": "x"}]}}, "'x' is no label of manner"),
    "party": ({"attributes": {"A": [{"attribute": "quotes.speakers", "value": "X"}]}}, "those are: WITNESS, UNNAMED"),
    "labels": ({"attributes": {"A": [{"attribute": "figures.value", "labels": {"x": "y"}}]}}, "value has no labels"),
    "relation": ({"relations": {"A": ["quotes.manner"]}}, "no attribute 'manner' that can be here; these can: sp"),
    "from": ({"relations": {"A": [{"attribute": "quotes.speakers", "from": "here"}]}}, "here"),
    "part": ({"parts": {"A": ["quotes.manner"]}}, "these can: verb"),
    "part and type": ({"parts": {"PERSON": ["quotes.verb"]}}, "'PERSON' is also a type of labels"),
}  # fmt: skip


@pytest.mark.parametrize("flaw", FLAWS)
def test_each_flaw_of_a_mapping_is_an_issue(flaw: str, tmp_path: Path) -> None:
    """It names the place, and what could be there."""
    value, message = FLAWS[flaw]
    path = tmp_path / "mapping.json"
    path.write_text(json.dumps(value, indent=1), "utf-8")
    with pytest.raises(DataError) as refused:
        read_mapping(path, read_schema(FLOODS), "brat")
    assert {issue.code for issue in refused.value.issues} == {"convert-mapping"}
    assert message in " ".join(issue.message for issue in refused.value.issues)
    assert refused.value.issues[0].file == path.as_posix()


def test_all_flaws_are_named_at_once_with_their_lines(tmp_path: Path) -> None:
    """Each at the line of its entry."""
    path = tmp_path / "mapping.json"
    path.write_text('{"types": {\n"A": "X",\n"B": null,\n"C": {"layer": "y"}}}', "utf-8")
    with pytest.raises(DataError) as refused:
        read_mapping(path, read_schema(FLOODS), "brat")
    assert [(issue.line, issue.record) for issue in refused.value.issues] == [
        (2, "types.A"),
        (4, "types.C.layer"),
    ]
