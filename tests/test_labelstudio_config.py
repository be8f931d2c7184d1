"""Labeling configs: they match the schema and pass Label Studio's own checks."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.corpus.tables import LinkRow
from pactwire.labelstudio import attribute_controls, schema_mapping, task_builder
from pactwire.labelstudio.attribute_tags import MAX_LISTED
from pactwire.labelstudio.labeling_config import labeling_config
from pactwire.model.records import Topic
from support.examples import examples
from support.news import SCHEMA, label_names
from support.strategies import LINKS, TOPICS, Annotated, annotated

CHECKOUT = Path(__file__).parents[1]
LABELS = ["PER", "ORG", "GPE", "LOC", "EVT", "PRO", "CLAIM", "CUE", "STANCE"]
projects = pytest.mark.parametrize("project", schema_mapping.PROJECTS)


def _config(project: str) -> str:
    topics = [Topic(id=name, title=f"<{name}>", definition='"&"') for name in TOPICS]
    return labeling_config(SCHEMA, project, topics, [LinkRow(name, "one name", "PER", "a test") for name in LINKS])


def _root(project: str) -> Xml.Element:
    return Xml.fromstring(_config(project))


def _values(root: Xml.Element, control: str) -> list[str]:
    tag = next(each for each in root.iter() if each.get("name") == control)
    return [str(child.get("alias") or child.get("value")) for child in tag]


def _interface(config: str) -> Any:
    return pytest.importorskip("label_studio_sdk.label_interface").LabelInterface(config)


@projects
def test_sdk_accepts_config(project: str) -> None:
    """The SDK's own validation accepts the config."""
    _interface(_config(project)).validate()


@projects
def test_adjudication_page_shows_differences(project: str) -> None:
    """The config for adjudication adds the differences to the page, and the SDK accepts it."""
    config = labeling_config(SCHEMA, project, adjudication=True)
    _interface(config).validate()
    told = [each for each in Xml.fromstring(config).iter("Header") if each.get("value") == "$differences"]
    assert len(told) == 1
    assert "$differences" not in labeling_config(SCHEMA, project)


def test_palette_matches_schema() -> None:
    """The palettes hold the entity types with CLAIM, CUE and STANCE, and the zone kinds, in the schema's order."""
    assert _values(_root("labels"), "label") == LABELS
    assert _values(_root("zones"), "label") == list(label_names("zones", "kind"))


@projects
def test_every_attribute_has_a_control(project: str) -> None:
    """Whatever the schema requires of a label is its span, id or by, its region label, or in a control."""
    root = _root(project)
    offered = {str(each.get("name")) for each in root.iter() if each.get("name")}
    related = {str(each.get("value")) for each in root.iter("Relation")}
    mapping = schema_mapping.project_mapping(SCHEMA, project)
    for layer in mapping.layers:
        keys = SCHEMA.required_keys(layer)
        keys -= {"id", "start", "end", "text", "by"} | ({"type"} if layer == "entities" else {"kind"})
        controls = {each.key: each.control for each in mapping.attributes_of(layer)}
        for key in keys:
            name = controls.get(key, key.removesuffix("s"))
            assert name in (offered if key in controls else related), (layer, key)


@projects
def test_choices_match_schema(project: str) -> None:
    """Each choice of a label set is offered in the schema's order, with its definition as the hint."""
    root = _root(project)
    for each in schema_mapping.project_mapping(SCHEMA, project).attributes:
        if each.kind == attribute_controls.CHOICES:
            tag = next(tag for tag in root.iter("Choices") if tag.get("name") == each.control)
            found = [(choice.get("value"), choice.get("hint")) for choice in tag]
            assert found == [(label.name, label.definition) for label in SCHEMA.labels(each.layer, each.key)]


def test_offers_topics_links_and_parties() -> None:
    """Every topic and link can be searched for; AUTHOR and UNNAMED can be parties."""
    root = _root("labels")
    assert _values(root, "topic") == list(TOPICS)
    assert _values(root, "link") == list(LINKS)
    assert _values(root, "metonym_of") == [link for link in LINKS if link.startswith("Q")]
    assert _values(root, "holder") == _values(root, "claimant") == ["AUTHOR", "UNNAMED"]


@projects
def test_hotkeys_and_colors_are_unique(project: str) -> None:
    """No two labels share a key or a color, and every choice outside searchable lists has a key."""
    root = _root(project)
    keys = Counter(each.get("hotkey") for each in root.iter() if each.tag in ("Label", "Choice"))
    colours = Counter(each.get("background") for each in root.iter("Label"))
    without = keys.pop(None, 0)
    assert set(keys.values()) == set(colours.values()) == {1}
    lists = [tag for tag in root.iter("Taxonomy")]
    assert without == sum(len(tag) for tag in lists)
    if without:
        assert {"1", "9", "0", *"qwetasdfgzxcvbyiopjklnm"} <= set(keys)


def test_list_entries_are_unique() -> None:
    """The page omits the second of two equal entries, so each entry includes its id."""
    for name in ("topic", "link"):
        tag = next(each for each in _root("labels").iter("Taxonomy") if each.get("name") == name)
        shown = [str(child.get("value")) for child in tag]
        assert len(set(shown)) == len(shown) == len(_values(_root("labels"), name))


def test_omits_empty_lists() -> None:
    """Without topics and links there are no lists, which a server would refuse; a link can still be typed."""
    config = labeling_config(SCHEMA, "labels")
    _interface(config).validate()
    names = {each.get("name") for each in Xml.fromstring(config).iter()}
    assert not names & {"topic", "link", "metonym_of"}
    assert {"new_link", "new_metonym_of"} <= names


def test_truncates_long_lists() -> None:
    """A list holds at most as many names as the page can show."""
    links = [LinkRow(f"Q{number}", "one name", "PER", "a test") for number in range(1, MAX_LISTED + 100)]
    found = _values(Xml.fromstring(labeling_config(SCHEMA, "labels", [], links)), "link")
    assert found == [link.link for link in links[:MAX_LISTED]]


def test_page_keeps_white_space() -> None:
    """The text keeps its spaces and line breaks on the page."""
    assert "white-space: pre-wrap" in _config("labels")


@pytest.mark.slow
def test_config_is_deterministic() -> None:
    """The same schema and topics give the same bytes in every process."""
    code = """
from pathlib import Path
from pactwire.corpus.schema_file import read_schema
from pactwire.labelstudio import attribute_controls, schema_mapping
from pactwire.labelstudio.labeling_config import labeling_config
for project in schema_mapping.PROJECTS: print(labeling_config(read_schema(Path()), project, []))
"""
    made = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    ]
    assert made[0].count(b"<View") > 2
    assert made[0] == made[1] == made[2]


@examples(30)
@given(annotated(), st.sampled_from(schema_mapping.PROJECTS))
def test_sdk_accepts_every_prediction(drawn: Annotated, project: str) -> None:
    """The SDK finds each drawn document's prediction valid under the config."""
    task = task_builder.encode_task(
        SCHEMA, drawn.article, drawn.zones, project, [("ana", drawn.document)], guidelines="1.0"
    )
    interface = _interface(_config(project))
    assert interface.validate_prediction(task["predictions"][0], return_errors=True) == []


def test_config_accepts_committed_topics() -> None:
    """The committed topics make a config that Label Studio accepts."""
    topics = json.loads((Path(__file__).parents[1] / "annotations" / "topics.json").read_text("utf-8"))["topics"]
    config = labeling_config(SCHEMA, "labels", topics)
    _interface(config).validate()
    assert _values(Xml.fromstring(config), "topic") == [topic["id"] for topic in topics]
