"""One layer at a time on a real Label Studio: what a push sends, what a person does in the page, what a pull writes."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from pactwire.corpus import settings
from pactwire.labelstudio import local_server, project_status, projects, pull, push
from pactwire.labelstudio.client import ANNOTATION_FIELDS, PREDICTION_FIELDS, Client
from pactwire.model.issues import DataError
from pactwire.storage import files
from pactwire.validation import validate
from support.labelstudio import DATASET, identify, ticked
from support.labelstudio_page import Desk, odd_dataset
from test_labelstudio_migration import apply, follow

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow

OWNER = "owner@pactwire.localhost"


class Team:
    """A dataset of one odd article with a draft by rules, whose layers have projects of their own."""

    def __init__(self, root: Path, client: Client) -> None:
        self.root = root
        self.client = client
        self.article = odd_dataset(identify(root), {OWNER: "anna", "boris@example.org": "boris"})
        settings.write_settings(root, {"labelstudio": {"project_per_layer": True}})

    def push(self) -> push.PushResult:
        """Push."""
        return push.push_articles(self.root, self.client, lambda *_: None)

    def pull(self) -> pull.PullResult:
        """Pull."""
        return pull.pull_annotations(self.root, self.client, lambda *_: None)

    def project(self, name: str) -> projects.Project:
        """Return a project."""
        return projects.find_projects(self.client, DATASET)[name]

    def submit(self, name: str, client: Client | None = None) -> None:
        """Submit the draft of the one task of a project as it is."""
        [[task]] = self.client.tasks(self.project(name).id, ["data", *ANNOTATION_FIELDS, *PREDICTION_FIELDS])
        prediction = task["predictions"][-1]
        body = {"result": ticked(prediction["result"]), "parent_prediction": prediction["id"], "lead_time": 1.0}
        (client or self.client).send("POST", f"api/tasks/{task['id']}/annotations/", body)

    def document(self, annotator: str) -> Any:
        """Return a document."""
        return files.read_json(self.root / "annotations" / annotator / f"{self.article}.json", annotator)


@pytest.fixture
def desk(shared_server: local_server.RunningServer, server_home: Path, browser: Browser) -> Desk:
    """The owner of the server, logged in."""
    login = local_server.owner_credentials(server_home)
    found = Desk(browser.new_context(viewport={"width": 1600, "height": 1000}).new_page(), shared_server.url)
    found.log_in(login.email, login.password)
    return found


def test_finished_layers_make_one_document(tmp_path: Path, studio: Client, second: Client) -> None:
    """In any order: each pull changes the layers that were finished; a later one, and a later push, change nothing."""
    team = Team(tmp_path / "odd", studio)
    files.write_file(
        team.root / "annotations/GUIDELINES.md", "# G\n\nVersion 1.0\n\n## Names\n\na\n\n## 2. Claims\n\nb\n"
    )
    pushed = team.push()
    one = dict.fromkeys(("entities", "claims", "stances", "zones"), 1)
    assert (pushed.tasks, pushed.issues, {*pushed.pages}) == (one, [], {*one})
    told = studio.get(f"api/projects/{team.project('claims').id}/")["expert_instruction"]
    assert (told.count("<details>"), told.count("<h2>2. Claims</h2>")) == (1, 1)
    assert team.push().tasks == dict.fromkeys(one, 0)

    team.submit("zones")
    team.submit("claims")
    assert team.pull().issues == []
    first = team.document("anna")
    assert first["status"] == {"zones": "submitted", "entities": "draft", "claims": "submitted"}
    assert {tuple(label["by"]) for label in first["entities"]} == {("rules",)}
    assert [label["by"] for label in first["claims"]] == [["rules", "anna"]]
    assert validate.validate_dataset(team.root) == []

    team.submit("entities")
    team.submit("zones", second)
    team.submit("stances", second)
    assert team.pull().issues == []
    both = team.document("anna")
    assert both["status"] == {"zones": "submitted", "entities": "submitted", "claims": "submitted"}
    assert both["claims"] == first["claims"]
    assert {tuple(label["by"]) for label in both["entities"]} == {("rules", "anna")}
    boris = team.document("boris")
    given = {"entities": "draft", "claims": "draft"}
    assert boris["status"] == {"zones": "submitted", **given, "stances": "submitted"}
    assert {tuple(label["by"]) for label in boris["stances"]} == {("rules", "boris")}
    assert {tuple(label["by"]) for label in [*boris["entities"], *boris["claims"]]} == {("rules",)}
    assert validate.validate_dataset(team.root) == []
    again = team.pull()
    assert (again.written, again.issues) == ([], [])
    statuses = project_status.project_statuses(team.root, studio, lambda *_: None)
    anna, boris = {"anna": (1, 0)}, {"boris": (1, 0)}
    people = {name: state.people for name, state in statuses.items()}
    assert people == {"zones": anna | boris, "entities": anna, "claims": anna, "stances": boris}

    settings.write_settings(team.root, {"labelstudio": {"project_per_layer": False}})
    pushed = team.push()
    assert (pushed.tasks, pushed.issues) == ({"zones": 0}, [])
    assert sum("begun in" in note for note in pushed.notes) == 3
    assert (team.pull().issues, team.document("anna")) == ([], both)


def test_layers_wait_for_those_they_refer_to(tmp_path: Path, studio: Client) -> None:
    """Without a draft there is nothing to refer to yet; work that was begun on all layers together goes on there."""
    team = Team(tmp_path / "odd", studio)
    draft = team.root / "annotations" / "rules" / f"{team.article}.json"
    content = draft.read_bytes()
    draft.unlink()
    pushed = team.push()
    assert pushed.tasks == {"entities": 1, "zones": 1}
    assert [(issue.code, issue.file, issue.message.split()[0]) for issue in pushed.issues] == [
        ("layer-waits", settings.SETTINGS_FILE, "claims"),
        ("layer-waits", settings.SETTINGS_FILE, "stances"),
    ]
    draft.write_bytes(content)
    assert team.push().tasks == {"entities": 0, "claims": 1, "stances": 1, "zones": 0}

    settings.write_settings(team.root, {"labelstudio": {"project_per_layer": False}})
    assert team.push().tasks == {"labels": 1, "zones": 0}  # nobody began anything
    team.submit("labels")
    team.submit("claims")
    [issue] = team.pull().issues
    assert (issue.code, "anna submitted claims also at" in issue.message) == ("annotation-twice", True)
    settings.write_settings(team.root, {"labelstudio": {"project_per_layer": True}})
    assert any("begun in 'pactwire labels'" in note for note in team.push().notes)


def test_given_labels_are_pointed_at_in_the_page(tmp_path: Path, studio: Client, desk: Desk) -> None:
    """Stances are drawn and related to mentions that nobody can draw or keep from staying as they are."""
    team = Team(tmp_path / "odd", studio)
    team.push()
    desk.label_all(team.project("stances").id)
    assert desk.page.locator(".pw-bar >> text=GPE >> visible=true").count() == 0
    desk.choose("STANCE")
    desk.mark("Cafe\u0301")
    desk.select("Cafe\u0301")
    desk.relate("Pyongyang", None)
    desk.select("Rutte")
    desk.relate("Cafe\u0301", None)
    desk.select("Cafe\u0301")
    desk.tick("favor")
    desk.tick("indirect_report")
    desk.deselect()
    desk.select("بوتين")
    desk.delete()
    desk.finish("stances")
    desk.submit()
    pulled = team.pull()
    assert pulled.issues == []
    assert [note for note in pulled.notes if "1 labels that are given" in note]
    document, draft = team.document("anna"), team.document("rules")
    assert (document["entities"], document["claims"]) == (draft["entities"], draft["claims"])
    assert document["status"] == {"entities": "draft", "claims": "draft", "stances": "submitted"}
    [mine] = [label for label in document["stances"] if label["by"] == ["anna"]]
    assert (mine["text"], mine["holder"], mine["target"]) == ("Cafe\u0301", "e1", "e5")
    assert {label["id"] for label in document["stances"]} == {"s1", "s2", mine["id"]}


def test_a_renamed_layer_keeps_its_project(tmp_path: Path, studio: Client) -> None:
    """Its tasks, what people did there and what was given to them have the new names, and a pull changes nothing."""
    team = Team(tmp_path / "odd", studio)
    team.push()
    for name in ("zones", "claims", "stances"):
        team.submit(name)
    assert team.pull().issues == []
    before = {name: team.project(name).id for name in ("claims", "stances")}
    steps = [
        {"action": "rename", "layer": "claims", "to": "statements"},
        {"action": "rename", "layer": "entities", "attribute": "type", "label": "GPE", "to": "PLACE"},
    ]
    apply(team.root, 1, *steps)
    with pytest.raises(DataError, match="project-behind"):
        team.push()
    assert follow(team.root, studio).issues == []
    assert {name: team.project(name).id for name in ("statements", "stances")} == {
        "statements": before["claims"], "stances": before["stances"],
    }  # fmt: skip
    document = team.document("anna")
    assert "PLACE" in {label["type"] for label in document["entities"]}
    assert [label["by"] for label in document["statements"]] == [["rules", "anna"]]
    pulled = team.pull()
    assert (pulled.written, pulled.issues) == ([], [])
    pushed = team.push()
    assert ({*pushed.tasks.values()}, pushed.issues) == ({0}, [])
    (team.root / "annotations" / "anna" / f"{team.article}.json").unlink()
    assert team.pull().issues == []
    assert team.document("anna") == document
