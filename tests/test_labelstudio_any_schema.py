"""Labeling configs of any schema: controls, colors, hotkeys and hints follow from its declaration."""

import copy
import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from random import Random
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import find, given, seed
from hypothesis import strategies as st

from pactwire.card.palette import relative_luminance
from pactwire.corpus.tables import LinkRow
from pactwire.labelstudio import attribute_tags, hotkeys, local_server, region_colors, schema_mapping
from pactwire.labelstudio.attribute_tags import relation_hints
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.labeling_config import labeling_config
from pactwire.model.records import Topic
from pactwire.model.schema import AnnotationSchema
from support.examples import examples
from support.labelstudio import CHECKOUT
from support.news import SCHEMA
from support.rich_schema import rich_schema
from support.schema_drawing import declarations

pytest_plugins = ["support.labelstudio_fixture"]

TOPICS = [Topic(id="topic:war", title="War", definition="Of war."), Topic(id="topic:x", title="<X>", definition="")]
LINKS = [LinkRow("Q1", "One", "", "a test"), LinkRow("NIL:two", "Two", "", "a test")]


def _config(schema: AnnotationSchema, project: str = "labels") -> Xml.Element:
    return Xml.fromstring(labeling_config(schema, project, TOPICS, LINKS))


def _changed(change: Any) -> AnnotationSchema:
    declaration = copy.deepcopy(SCHEMA.declaration)
    change(declaration)
    return AnnotationSchema(declaration)


def _many_classes(number: int) -> AnnotationSchema:
    """Return this repository's schema with a number of entity types."""

    def change(declaration: Any) -> None:
        rows = [{"const": f"T{each}", "title": f"Type {each}", "description": "One."} for each in range(number)]
        declaration["$defs"]["entity"]["properties"]["type"]["oneOf"] = rows

    return _changed(change)


def _controls(config: Xml.Element) -> dict[str, Xml.Element]:
    return {str(each.get("name")): each for each in config.iter() if each.get("name")}


@examples(60)
@given(declarations(), st.sampled_from(schema_mapping.PROJECTS))
def test_label_studio_accepts_the_config_of_any_schema(declaration: Any, project: str) -> None:
    """The SDK's own validation accepts it; it has each control of the mapping once, and no key twice."""
    schema = AnnotationSchema(declaration)
    mapping = schema_mapping.project_mapping(schema, project)
    text = labeling_config(schema, project, TOPICS, LINKS)
    pytest.importorskip("label_studio_sdk.label_interface").LabelInterface(text).validate()
    config = Xml.fromstring(text)
    assert all(len(tag) for tag in config.iter("Labels"))  # a server refuses a bar without labels
    names = [str(each.get("name")) for each in config.iter() if each.get("name")]
    assert len(set(names)) == len(names)
    controls = {*mapping.per_region_controls, *mapping.per_task_controls, *mapping.marks}
    offered = [each.control for each in mapping.attributes if each.kind == "taxonomy"]
    empty = {name for name in offered if name not in names}
    assert controls - empty == {*names} - {"text", "label", "finished", "flags"}
    assert [each.get("value") for each in config.iter("Label")] == [*mapping.region_labels]
    assert [each.get("value") for each in config.iter("Relation")] == [*mapping.relations]
    keys = [each.get("hotkey") for each in config.iter() if each.get("hotkey")]
    assert len(set(keys)) == len(keys)
    assert {*keys} <= {*hotkeys.PLAIN_KEYS, *hotkeys.SHIFTED_KEYS}
    for name, tag in _controls(config).items():
        is_of_region = name in mapping.per_region_controls or name in mapping.marks
        assert (tag.get("perRegion") == "true") == is_of_region, name
        if is_of_region:
            labels = str(tag.get("whenLabelValue")).split(",")
            layers = {mapping.region_labels[label] for label in labels}
            wanted = mapping.marks[name].attribute.target_layers if name in mapping.marks else ()
            assert layers == ({*wanted} or {mapping.per_region_controls[name][0]})


@pytest.mark.slow
def test_a_server_accepts_the_configs_of_drawn_schemas(studio: Client) -> None:
    """A real server makes a project of each config, with its labels."""
    found: list[AnnotationSchema] = []

    @seed(7)
    @examples(25)
    @given(declarations())
    def draw(declaration: Any) -> None:
        found.append(AnnotationSchema(declaration))

    draw()
    drawn = declarations().map(AnnotationSchema)
    found.append(find(drawn, lambda each: bool(each.article_layers) and not each.span_layers, random=Random(7)))
    assert sum(bool(schema.span_layers) for schema in found) > 10
    for schema in [*found, AnnotationSchema(rich_schema()), _many_classes(120)]:
        config = labeling_config(schema, "labels", TOPICS, LINKS)
        made = studio.send("POST", "api/projects/", {"title": "drawn", "label_config": config})
        parsed = made["parsed_label_config"]
        labels = schema_mapping.project_mapping(schema, "labels").region_labels
        assert parsed.get("label", {}).get("labels", []) == [*labels]


@pytest.mark.slow
def test_label_studio_has_no_other_use_for_the_hotkeys() -> None:
    """None of them is a key of the page's own for text, as the installed version lists them."""
    folder = local_server.installed_command(CHECKOUT, print).parents[1]
    scripts = folder.glob("lib/python3*/site-packages/web/dist/apps/labelstudio/*.js")
    source = "".join(each.read_text("utf-8") for each in scripts)
    pairs = re.findall(r'"([a-z_]+):[a-z0-9_-]+":\{"key":"([^"]+)"', source)
    used = {key for group, key in pairs if group not in ("tool", "ts", "media", "video", "audio", "image")}
    assert {"u", "ctrl+enter", "alt+r"} <= used
    assert not used & {*hotkeys.PLAIN_KEYS, *hotkeys.SHIFTED_KEYS}


@pytest.mark.parametrize("uses", [["classes"] * 30, ["zones"] * 30, ["classes", "sentences", "parts", "spans"] * 7])
def test_thirty_colors_can_be_told_apart_in_light_and_dark(uses: list[str]) -> None:
    """Any two are a visible distance apart on both backgrounds, and text is legible on each."""
    colors = region_colors.region_colors(uses)
    for one, other in combinations(colors, 2):
        assert region_colors.seen_distance(one, other) > 0.03, (one, other)
    for color in colors:
        for background, text in zip(region_colors.BACKGROUNDS, ("#262522", "#f9f8f6"), strict=True):
            pairs = zip(_rgb(color), _rgb(background), strict=True)
            mixed = "#" + "".join(f"{round(0.3 * above + 0.7 * below):02x}" for above, below in pairs)
            light, dark = sorted((relative_luminance(mixed), relative_luminance(text)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) > 4.5, (color, background)


def _rgb(color: str) -> Iterator[int]:
    return (int(color[place : place + 2], 16) for place in (1, 3, 5))


def test_distances_are_those_of_what_is_seen() -> None:
    """Equal colors have none; of black and white it is that of the gray that black is on the light page."""
    distance = region_colors.seen_distance
    assert distance("#0072B2", "#0072B2") == 0
    gray = ((0.7 + 0.055) / 1.055) ** 2.4
    assert distance("#000000", "#ffffff") == pytest.approx(1 - gray ** (1 / 3), abs=1e-4)
    assert distance("#F0E442", "#F0E443") < 0.001


def test_many_labels_get_names_in_the_text_and_keys_in_turn() -> None:
    """Past thirty labels colors are used again, and regions show names; past the last key labels have none."""
    few, many = _config(_many_classes(27)), _config(_many_classes(120))
    shown = [_controls(each)["text"].get("showLabels") for each in (few, many)]
    assert shown == [None, "true"]
    colors = [[each.get("background") for each in config.iter("Label")] for config in (few, many)]
    assert [len(set(each)) for each in colors] == [30, 30]
    assert all(one != other for one, other in pairwise(colors[1]))
    keys = [each.get("hotkey") for each in many.iter("Label")]
    assert keys == [*hotkeys.PLAIN_KEYS, *hotkeys.SHIFTED_KEYS, *[None] * 67]
    assert all(each.get("hotkey") is None for each in many.iter("Choice"))


def test_only_what_every_label_has_must_be_set() -> None:
    """The page does not ask for an attribute that may be missing or null, or that has a default."""

    def change(declaration: Any) -> None:
        declaration["$defs"]["claim"]["required"].remove("commitment")

    controls = _controls(_config(_changed(change)))
    asked = [name for name, tag in controls.items() if tag.get("required") == "true"]
    assert asked == ["claim_type", "checkworthy", "normalized", "polarity", "channel", "finished"]


def test_labels_without_a_class_have_a_region_label() -> None:
    """Where a class may be missing, the layer's own label stands for none, and says what the layer's labels are."""

    def change(declaration: Any) -> None:
        declaration["properties"]["claims"]["x-layer"]["palette"] = "class"
        declaration["$defs"]["claim"]["required"].remove("checkworthy")

    labels = {each.get("value"): each.get("hint") for each in _config(_changed(change)).iter("Label")}
    assert labels["NFS"] == "Non-factual: Opinion, wish, promise or question: nothing to check."
    assert labels["CLAIM"] == "A statement that can be right or wrong, said by somebody."


def test_dollar_signs_are_no_fields_of_the_task() -> None:
    """The page would replace ``$text``; a choice is stored as it is declared."""

    def change(declaration: Any) -> None:
        entity = declaration["$defs"]["entity"]["properties"]
        entity["type"]["oneOf"][0]["const"] = entity["form"]["oneOf"][1]["const"] = "US$text"
        entity["form"]["title"] = "In $text"

    schema = _changed(change)
    config = _config(schema)
    shown = [str(each.get("value")) for tag in ("Label", "Choice", "Header") for each in config.iter(tag)]
    assert [each for each in shown if "$" in each] == ["$source_id"]
    [choice] = [each for each in config.iter("Choice") if each.get("alias") == "US$text"]
    assert choice.get("value") == "US\uff04text"
    mapping = schema_mapping.project_mapping(schema, "labels")
    assert mapping.region_class("US\uff04text") == "US$text"


def test_hints_follow_from_the_declaration() -> None:
    """What may be typed is said by examples, descriptions and bounds; what parties are, by the value's description."""

    def change(declaration: Any) -> None:
        entity = declaration["$defs"]["entity"]["properties"]
        entity["size"] = {
            "description": "How big.",
            "x-attribute": {"kind": "number"},
            "type": "integer",
            "minimum": 0,
            "exclusiveMaximum": 7.5,
        }
        entity["metonym_of"]["examples"] = ["Q1", "Q2"]
        del declaration["$defs"]["link"]["examples"]
        holder = declaration["$defs"]["stance"]["properties"]["holder"]
        holder["description"] = "Who has it."
        holder["anyOf"] = [{"$ref": holder.pop("$ref")}, {"type": "null"}]

    controls = _controls(_config(_changed(change)))
    assert controls["new_link"].get("placeholder") == "or type an id, Enter"
    assert controls["new_metonym_of"].get("placeholder") == "or type Q1, Q2, Enter"
    assert controls["size"].get("placeholder") == "A whole number, at least 0, less than 7.5, then Enter"
    about = "The claim as one English sentence that stands by itself; kept when you go on"
    assert controls["normalized"].get("placeholder") == about
    about = SCHEMA.declaration["$defs"]["party"]["description"]
    for name in ("claimant", "holder"):
        assert [each.get("hint") for each in controls[name]] == [about, about]
    assert _controls(_config(SCHEMA, "zones"))["language"].get("placeholder") == "ISO 639-1, or und, then Enter"


def test_links_have_addresses() -> None:
    """The list of an attribute has the ids that it allows, and where to look them up; local names have no address."""
    controls = _controls(_config(SCHEMA))
    hints = {each.get("alias"): each.get("hint") for each in controls["link"]}
    assert hints == {"Q1": "https://www.wikidata.org/wiki/Q1", "NIL:two": None}
    assert [each.get("alias") for each in controls["metonym_of"]] == ["Q1"]


def test_relations_are_explained_where_they_start_or_end() -> None:
    """The page says from where a relation leads to the selected region, and where to from it; or that both will do."""
    mapping = schema_mapping.project_mapping(SCHEMA, "labels")
    claims = ["claimant: to or from entity", "cue: to or from CUE", "target: to or from stance"]
    assert relation_hints(mapping, "entities") == [
        "claimant: to or from claim",
        "holder: to stance",
        "target: from stance",
    ]
    assert relation_hints(mapping, "claims") == claims
    assert relation_hints(mapping, "stances") == ["holder: from entity", "target: to entity or claim"]
    assert relation_hints(mapping, "cues") == ["cue: to or from claim"]
    headers = [each.get("value") for each in _config(SCHEMA).iter("Header")]
    assert headers.count(attribute_tags.RELATIONS_TITLE) == 4


def test_relations_that_need_a_label_are_told() -> None:
    """Where two attributes refer to the same layer in one direction, only the label of a relation tells them apart."""

    def change(declaration: Any) -> None:
        declaration["$defs"]["stance"]["properties"]["holder"]["x-attribute"]["draw"] = "out"

    mapping = schema_mapping.project_mapping(_changed(change), "labels")
    assert relation_hints(mapping, "stances") == [
        "holder: to entity, with its label",
        "target: to entity or claim, with its label",
    ]


def test_what_is_drawn_comes_before_the_attributes() -> None:
    """The relations of a label, its parties and topics are at the top, and its attributes below them."""
    controls = [*_controls(_config(SCHEMA))]
    claim = ["claimant", "claim_type", "commitment", "checkworthy", "normalized"]
    stance = ["holder", "topic", "polarity", "channel"]
    start = controls.index("claimant")
    assert controls[start : start + 9] == [*claim, *stance]
    labels = [str(each.get("value")) for each in _config(SCHEMA).iter("Header")]
    relations = [number for number, label in enumerate(labels) if label == attribute_tags.RELATIONS_TITLE]
    assert relations[0] < labels.index("Form (default: name)") < relations[1] < labels.index("Claim type")
    assert relations[2] < labels.index("Polarity") < relations[3]


def test_labels_of_articles_are_set_while_no_region_is_selected() -> None:
    """Each attribute has a control of the task, none required; a region that it may refer to can be marked."""
    config = _config(AnnotationSchema(rich_schema()))
    parents = {str(child.get("name")): each for each in config.iter("View") for child in each if child.get("name")}
    for name in ("main", "also", "urgent", "score", "note"):
        assert parents[name].get("visibleWhen") == "no-region-selected"
        assert not {"perRegion", "required", "whenLabelValue"} & _controls(config)[name].attrib.keys()
    mark = _controls(config)["actor"]
    assert ([each.get("value") for each in mark], mark.get("whenLabelValue")) == (["actor"], "PER,ORG,GPE,LOC,EVT,PRO")
    finished = [each.get("value") for each in _controls(config)["finished"]]
    assert finished == ["entities", "claims", "stances", "about"]
