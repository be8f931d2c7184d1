"""Work with the mouse in Label Studio's page: a pull brings exactly that."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from playwright.sync_api import Browser, ViewportSize

from pactwire.labelstudio import local_server, projects, pull, push, schema_mapping
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.labeling_config import labeling_config
from pactwire.model import digests
from pactwire.storage import files
from pactwire.validation import validate
from support import labelstudio_steps
from support.action_counter import ActionCounter
from support.labelstudio import CHECKOUT, DATASET, identify
from support.labelstudio_page import Desk, odd_dataset
from support.news import SCHEMA

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow

WINDOW: ViewportSize = {"width": 1600, "height": 1000}
OWNER = "owner@pactwire.localhost"
_LIST = re.compile(r"^To label \*\*(an? .+)\*\*:\n\n((?:[0-9]+\. .+\n)+)", re.MULTILINE)
LAYERS = ("zones", "entities", "claims", "stances")


@pytest.fixture(scope="session")
def logged_in(shared_server: local_server.RunningServer, server_home: Path, browser: Browser) -> Desk:
    """A page in which the server's owner is logged in."""
    desk = Desk(browser.new_page(viewport=WINDOW), shared_server.url)
    login = local_server.owner_credentials(server_home)
    desk.log_in(login.email, login.password)
    return desk


class Team:
    """A dataset of one odd article, pushed, and a person at the page."""

    def __init__(self, root: Path, client: Client, desk: Desk, more: str = "") -> None:
        self.root = root
        self.client = client
        self.desk = desk
        self.article = odd_dataset(identify(root), {OWNER: "anna"}, more)
        assert validate.validate_dataset(root) == []
        push.push_articles(root, client, lambda *_: None)

    def open(self, project: str) -> Desk:
        """Open the article in a project."""
        self.desk.label_all(projects.find_projects(self.client, DATASET)[project].id)
        return self.desk

    def pull(self) -> pull.PullResult:
        """Pull."""
        return pull.pull_annotations(self.root, self.client, lambda *_: None)

    def layers(self, annotator: str) -> dict[str, Any]:
        """Return the layers of an annotator's document, without ``by``."""
        document = files.read_json(self.root / "annotations" / annotator / f"{self.article}.json", annotator)
        found = {layer: copy.deepcopy(document[layer]) for layer in LAYERS if layer in document}
        for labels in found.values():
            for label in labels:
                del label["by"]
        return found


@pytest.fixture
def team(tmp_path: Path, studio: Client, logged_in: Desk) -> Team:
    """An article is pushed, and nobody has opened it yet."""
    return Team(tmp_path / "odd", studio, logged_in)


def test_ticks_alone_accept_every_label(team: Team) -> None:
    """The page takes no untouched Submit; with ticks alone the draft's layers come back, every label accepted."""
    for project in schema_mapping.PROJECTS:
        desk = team.open(project)
        assert "is required" in desk.refused()
        desk.finish(*schema_mapping.project_mapping(SCHEMA, project).layers)
        assert desk.submit()["parent_prediction"]
    assert team.pull().issues == []
    assert team.layers("anna") == team.layers("rules")
    document = files.read_json(team.root / "annotations" / "anna" / f"{team.article}.json", "anna")
    assert {tuple(label["by"]) for layer in LAYERS for label in document[layer]} == {("rules", "anna")}
    draft = team.root / "annotations" / "rules" / f"{team.article}.json"
    assert document["derived_from"] == [f"rules@{digests.sha256(draft.read_bytes())}"]


def test_pulls_exactly_the_edits(team: Team) -> None:
    """Added, relabeled, moved, deleted and related regions and attributes: the difference is exactly that."""
    desk = team.open("labels")
    desk.choose("ORG")
    desk.mark("Cafe\u0301")  # a new entity with two attributes
    desk.select("Cafe\u0301")
    desk.tick("name")
    desk.pick("rutte", "Mark Rutte · Q57643")  # by name
    desk.deselect()
    desk.select("Pyongyang")  # another label
    desk.choose("LOC")
    desk.deselect()
    desk.select("بوتين")  # drawn again, from right to left
    desk.delete()
    desk.choose("PER")
    desk.mark("بوتين", leftwards=True)
    desk.select("بوتين")
    desk.tick("name")
    desk.deselect()
    desk.stretch("Russia", "that")  # a moved boundary
    desk.stretch("Rutte", "Mr")  # and one of a region that relations lead to
    desk.select("praised")  # a region with two relations is gone
    desk.delete()
    desk.select("Kyiv")  # an attribute that was null
    desk.write("or type Q7184", "Q57643")  # by hand
    desk.deselect()
    desk.select("rms to")  # a second claimant
    desk.relate("Pyongyang", "claimant")
    desk.finish("entities", "claims", "stances")
    desk.submit()
    pulled = team.pull()
    assert pulled.issues == []

    expected, found = team.layers("rules"), team.layers("anna")
    new = [label for label in found["entities"] if label["id"] not in {"e1", "e2", "e4", "e5"}]
    by_id = {label["id"]: label for label in expected["entities"]}
    by_id["e2"]["link"] = "Q57643"
    by_id["e5"]["type"] = "LOC"
    cafe, putin = new
    by_id["e4"] |= {"start": by_id["e4"]["start"] - 5, "text": "that Russia"}
    by_id["e1"] |= {"start": by_id["e1"]["start"] - 3, "text": "Mr\u00a0Rutte"}
    assert (cafe["text"], cafe["type"], cafe["form"], cafe["link"]) == ("Cafe\u0301", "ORG", "name", "Q57643")
    assert putin == by_id.pop("e3") | {"id": putin["id"]}
    entities = [*by_id.values(), *new]
    expected["entities"] = sorted(entities, key=lambda label: label["start"])
    expected["claims"][0]["claimants"] = ["e1", "e5"]
    expected["stances"] = [label for label in expected["stances"] if label["id"] != "s1"]
    del expected["zones"]
    assert found == expected
    document = files.read_json(team.root / "annotations" / "anna" / f"{team.article}.json", "anna")
    by = {label["id"]: label["by"] for layer in ("entities", "claims", "stances") for label in document[layer]}
    assert by == {
        "e1": ["anna", "rules"], "e2": ["anna", "rules"], "e4": ["anna", "rules"], "e5": ["anna", "rules"],
        cafe["id"]: ["anna"], putin["id"]: ["anna"],
        "c1": ["anna", "rules"], "s2": ["rules", "anna"],
    }  # fmt: skip


def test_keys_choose_labels_attributes_and_layers(team: Team) -> None:
    """Plain keys and keys with Shift do what the labeling config says they do."""
    tags = Xml.fromstring(labeling_config(SCHEMA, "labels")).iter()
    keys = {each.get("value"): str(each.get("hotkey")) for each in tags if each.get("hotkey")}
    desk = team.open("labels")
    desk.press(keys["LOC"])
    desk.mark("Cafe\u0301")
    desk.select("Cafe\u0301")
    desk.press(keys["adjective"])
    desk.deselect()
    for layer in ("entities", "claims", "stances"):
        assert keys[layer].startswith("shift+")
        desk.press(keys[layer])
    desk.submit()
    assert team.pull().issues == []
    [cafe] = [label for label in team.layers("anna")["entities"] if label["text"] == "Cafe\u0301"]
    assert (cafe["type"], cafe["form"]) == ("LOC", "adjective")


def test_labels_take_few_actions(tmp_path: Path, studio: Client, logged_in: Desk) -> None:
    """Each step is one action, as the page counts them, and a pull brings the labels that were made."""
    team = Team(tmp_path / "odd", studio, logged_in, labelstudio_steps.STORY)
    desk = team.open("labels")
    desk.page.set_viewport_size({"width": 1280, "height": 800})
    counter = ActionCounter(desk.page)
    for steps in labelstudio_steps.ways().values():
        for step in steps:
            step.act(desk)
            assert (step.told, counter.count()) == (step.told, 1)
        desk.deselect()
        counter.count()
    desk.finish("entities", "claims", "stances")
    desk.submit()
    desk.page.set_viewport_size(WINDOW)
    assert team.pull().issues == []
    before, after = team.layers("rules"), team.layers("anna")
    claims, stances = ([each for each in after[layer] if each not in before[layer]] for layer in ("claims", "stances"))
    assert [(each["text"], each["claimants"], each["cue"] and each["cue"]["text"]) for each in claims] == [
        ("deliveries grew", ["e1"], "noted"),
        ("hope fades", ["e1", "e5"], "added"),
        ("peace is near", ["AUTHOR"], None),
    ]
    judged = ("event", "certain", "CFS", "Deliveries grew.")
    assert tuple(claims[0][key] for key in ("type", "commitment", "checkworthy", "normalized")) == judged
    keys = ("text", "holder", "target", "polarity", "channel")
    assert [tuple(each[key] for key in keys) for each in stances] == [
        ("cheered", "e1", "e2", "favor", "indirect_report"),
        ("grumbled", "e1", "topic:arms", "favor", "indirect_report"),
    ]


def test_the_page_counts_whatever_is_done(browser: Browser) -> None:
    """A click, a drag, a key, a combination, a typed or filled string and a scroll are one action each."""
    page = browser.new_page()
    page.set_content("<input><textarea></textarea><p onmousedown='event.stopPropagation()'>Words</p>")
    counter = ActionCounter(page)

    def drag() -> None:
        page.mouse.move(10, 60)
        page.mouse.down()
        page.mouse.move(90, 60, steps=5)
        page.mouse.up()

    actions: list[Callable[[], object]] = [
        lambda: page.click("p"), drag, lambda: page.keyboard.press("a"), lambda: page.keyboard.press("Control+Shift+z"),
        lambda: page.click("input"), lambda: page.keyboard.type("two words"), lambda: page.keyboard.press("Enter"),
        lambda: page.fill("textarea", "text"), lambda: page.mouse.wheel(0, 9),
    ]  # fmt: skip
    for act in actions:
        act()
        page.wait_for_timeout(50)  # the page hears of a scroll later
        assert counter.count() == 1
    page.dblclick("p")
    assert counter.count() == 2
    page.close()


def test_documentation_tells_the_counted_steps() -> None:
    """The table of docs/labeling.md has the number of steps of each way, its lists the steps of two."""
    text = (CHECKOUT / "docs" / "labeling.md").read_text()
    ways = labelstudio_steps.ways()
    counted = {name: int(number) for name, number in re.findall(r"^\| (an? [^|]+) \| ([0-9]+) \|$", text, re.MULTILINE)}
    assert counted == {name: len(steps) for name, steps in ways.items()}
    told = {name: re.findall(r"^[0-9]+\. (.+)$", found, re.MULTILINE) for name, found in _LIST.findall(text)}
    assert told == {name: [step.told for step in ways[name]] for name in told}
    (_, stance), (_, claim) = told.items()
    assert (len(stance), len(claim)) == (10, 15)


def test_reports_unfinished_references(team: Team) -> None:
    """A stance whose target was deleted and a relation that means nothing are issues, and nothing is written."""
    desk = team.open("labels")
    desk.select("Kyiv")
    desk.delete()
    desk.select("Russia")
    desk.relate("Pyongyang", None)
    desk.finish("entities", "claims", "stances")
    desk.submit()
    pulled = team.pull()
    assert pulled.written == []
    assert sorted((issue.code, issue.record.partition(" ")[2]) for issue in pulled.issues) == [
        ("ls-party", "s1"),
        ("ls-relation", "e4"),
    ]


def test_skipped_task_gives_no_document(team: Team) -> None:
    """A skipped task gives no document, and is noted."""
    team.open("labels").skip()
    pulled = team.pull()
    assert (pulled.written, pulled.issues) == ([], [])
    assert [note.rpartition(": ")[2] for note in pulled.notes] == ["skipped by anna"]
