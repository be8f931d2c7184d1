"""A team's day on one article: three people with the mouse, a draft and a model, and the right author of each label."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from pactwire.agreement import adjudication
from pactwire.corpus import corpus
from pactwire.labelstudio import (
    adjudication_pull,
    adjudication_push,
    local_server,
    prediction_provenance,
    project_status,
    projects,
    pull,
    push,
    review_pull,
    review_push,
)
from pactwire.labelstudio.client import Client
from pactwire.model import digests
from pactwire.storage import files
from support.floods import new_article
from support.labelstudio import DATASET, identify, join
from support.labelstudio_page import Desk, odd_dataset
from support.passes import ArticleWriter, final_documents, write_dataset, write_document
from support.reviews import PAIR, reviewed_dataset

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow

MAILS = {"anna": "owner@pactwire.localhost", "boris": "boris@example.org", "carla": "carla@example.org"}
PASSWORD = "a-long-passphrase"
LAYERS = ("entities", "claims", "stances")


@pytest.fixture(scope="session")
def desks(
    shared_server: local_server.RunningServer, server_home: Path, second: Client, browser: Browser
) -> Iterator[dict[str, Desk]]:
    """Three people, each logged in to a browser of their own."""
    login = local_server.owner_credentials(server_home)
    with closing(Client(shared_server.url, login.token)) as owner, closing(join(owner, MAILS["carla"])):
        found = {}
        for name, mail in MAILS.items():
            context = browser.new_context(viewport={"width": 1600, "height": 1000})
            found[name] = Desk(context.new_page(), shared_server.url)
            found[name].log_in(mail, login.password if name == "anna" else PASSWORD)
        yield found


class Day:
    """A dataset of one odd article with a draft by rules, pushed to a server, and what a team makes of it."""

    def __init__(self, root: Path, client: Client) -> None:
        self.root = root
        self.client = client
        self.article = odd_dataset(identify(root), {mail: name for name, mail in MAILS.items()})
        push.push_articles(root, client, lambda *_: None)
        self.project = projects.find_projects(client, DATASET)["labels"]
        [[self.task]] = client.tasks(self.project.id, ["data"])

    def predict(self, version: str, **labels: str) -> None:
        """Send a model's mentions: its label by word."""
        text = self.task["data"]["text"]
        results = []
        for word, label in labels.items():
            start = text.index(word)
            value = {"start": start, "end": start + len(word), "text": word, "labels": [label]}
            results.append({"from_name": "label", "to_name": "text", "type": "labels", "id": word, "value": value})
        body = {"task": self.task["id"], "model_version": version, "result": results}
        self.client.send("POST", "api/predictions/", body)

    def pull(self) -> pull.PullResult:
        """Pull."""
        return pull.pull_annotations(self.root, self.client, lambda *_: None)

    def document(self, annotator: str) -> Any:
        """Return a person's document."""
        return files.read_json(self.root / "annotations" / annotator / f"{self.article}.json", annotator)

    def by(self, annotator: str) -> dict[str, list[str]]:
        """Return who made each label of a person's document."""
        document = self.document(annotator)
        return {label["id"]: label["by"] for layer in LAYERS for label in document.get(layer, [])}

    @property
    def revision(self) -> str:
        """Return what the draft is called."""
        draft = self.root / "annotations" / "rules" / f"{self.article}.json"
        return f"rules@{digests.sha256(draft.read_bytes())}"


@pytest.mark.parametrize(("first", "other"), [("anna", "boris"), ("boris", "anna")])
def test_every_label_has_its_author(
    tmp_path: Path, studio: Client, desks: dict[str, Desk], first: str, other: str
) -> None:
    """One labels, another presses Update on it and then labels apart, a third accepts a model's labels."""
    day = Day(tmp_path / "odd", studio)
    one, two = desks[first], desks[other]
    one.stream(day.project.id)
    one.select("Kyiv")
    one.choose("LOC")
    one.deselect()
    assert "is required" in one.refused()
    one.finish(*LAYERS)
    assert one.submit()["parent_prediction"]

    two.open_task(day.project.id, day.task["id"])  # the other one's work is shown, and only Update can be pressed
    two.select("Pyongyang")
    two.choose("LOC")
    two.deselect()
    assert (kept := two.update())["completed_by"] != kept["updated_by"]
    pulled = day.pull()
    assert [(issue.code, re.sub(r" [0-9]+ ", " N ", issue.message)) for issue in pulled.issues] == [
        ("annotation-shared", f"the annotation N is by {first}, but {other} saved it last; nothing of it is imported")
    ]
    assert pulled.written == []
    state = project_status.project_statuses(day.root, studio, lambda *_: None)["labels"]
    assert state.people == {}
    assert [message.partition(": ")[2] for message in state.shared] == [
        f"the annotation {kept['id']} is by {first}, but {other} saved it last"
    ]

    one.open_task(day.project.id, day.task["id"])  # the way out: the owner puts it right
    one.select("Pyongyang")
    one.choose("GPE")
    one.deselect()
    one.update()
    two.stream(day.project.id)  # and the other labels apart, from the draft
    two.select("Russia")
    two.choose("ORG")
    two.deselect()
    two.leave()  # resumed from what the page saved by itself
    two.stream(day.project.id)
    two.finish("entities")
    assert two.submit()["parent_prediction"] is None

    day.predict("other-ner 2.0", Kyiv="GPE", Rutte="ORG")
    three = desks["carla"]
    three.open_task(day.project.id, day.task["id"])
    three.duplicate("other-ner 2.0")
    three.select("Rutte")
    three.choose("PER")
    three.deselect()
    three.finish("entities")
    three.submit()

    assert day.pull().issues == []
    drafted = {"e1", "e2", "e3", "e4", "e5", "c1", "s1", "s2"}
    assert day.by(first) == {name: ["rules", first] for name in drafted} | {"e2": [first, "rules"]}
    assert day.by(other) == {f"e{n}": ["rules", other] for n in (1, 2, 3, 5)} | {"e4": [other, "rules"]}
    model = prediction_provenance.model_annotator("other-ner 2.0")
    assert day.by("carla") == {"Kyiv": [model["id"], "carla"], "Rutte": ["carla", model["id"]]}
    assert model in day.document("carla")["annotators"]
    assert day.document(first)["derived_from"] == day.document(other)["derived_from"] == [day.revision]
    assert list(day.document(other)["status"]) == list(day.document("carla")["status"]) == ["entities"]


def test_labels_of_any_schema_are_made_and_decided_by_mouse(
    tmp_path: Path, studio: Client, desks: dict[str, Desk]
) -> None:
    """Two people label a new article with spans, an unlabeled relation and the article's class; a third decides."""
    article = new_article(identify(tmp_path), {mail: name for name, mail in MAILS.items()})
    push.push_articles(tmp_path, studio, lambda *_: None)
    project = projects.find_projects(studio, DATASET)["labels"]
    for name, call, focus in (("anna", "advice", "impact"), ("boris", "order", "response")):
        desk = desks[name]
        desk.stream(project.id, drafted=False)
        desk.choose("PERSON")
        desk.mark("Agnes Durrow")
        desk.select("Agnes Durrow")
        desk.tick("no")
        desk.deselect()
        desk.choose("QUOTE")
        desk.mark("Stay out of your cellars")
        desk.select("Stay out of your cellars")
        desk.tick(call)
        desk.deselect()
        desk.select("Agnes Durrow")
        desk.relate("Stay out of your cellars", None)
        for value in (focus, "rescue", "housing", "no"):
            desk.tick(value)
        desk.finish("mentions", "quotes", "figures", "subject")
        desk.submit()
    pulled = pull.pull_annotations(tmp_path, studio, lambda *_: None)
    assert (pulled.issues, len(pulled.written)) == ([], 2)
    for name, call, focus in (("anna", "advice", "impact"), ("boris", "order", "response")):
        document = files.read_json(tmp_path / f"annotations/{name}/{article}.json", name)
        [mention], [quote] = document["mentions"], document["quotes"]
        assert (mention["text"], mention["category"], mention["flooded"]) == ("Agnes Durrow", "PERSON", False)
        assert (quote["text"], quote["call"]) == ("Stay out of your cellars", call)
        assert (quote["speakers"], quote["manner"], quote["verb"]) == ([mention["id"]], "direct", None)
        assert document["figures"] == []
        told = {"focus": focus, "themes": ["rescue", "housing"], "casualties": False, "note": None, "by": [name]}
        assert document["subject"] == told

    pair = ("anna", "boris")
    data = corpus.load_corpus(tmp_path)
    adjudication_push.push_disputed(data, studio, pair, lambda *_: None)
    project = projects.find_projects(studio, DATASET, pair)["labels"]
    [[task]] = studio.tasks(project.id, ["data"])
    desk = desks["carla"]
    desk.open_task(project.id, task["id"])  # a copy of anna's
    desk.tick("response")
    desk.finish("mentions", "quotes", "figures", "subject")
    desk.submit()
    decided = adjudication_pull.pull_decisions(data, studio, pair, lambda *_: None)
    assert (decided.issues, decided.open) == ([], 0)
    adjudication.adjudicate(tmp_path, pair)
    final = files.read_json(tmp_path / f"annotations/final/{article}.json", "final")
    assert [final["quotes"][0]["call"], final["subject"]["focus"]] == ["advice", "response"]
    assert [final["quotes"][0]["by"], final["subject"]["by"]] == [["anna", "carla"], ["boris", "carla"]]


def test_push_keeps_name_of_model(tmp_path: Path, studio: Client) -> None:
    """A newer draft becomes the one that people see; a model's prediction beside it keeps its name."""
    day = Day(tmp_path / "odd", studio)
    day.predict("other-ner 2.0", Kyiv="GPE")
    draft = day.root / "annotations" / "rules" / f"{day.article}.json"
    draft.write_text(draft.read_text().replace("2026-01-01", "2026-01-02"))
    assert push.push_articles(day.root, studio, lambda *_: None).drafts == {"labels": 1, "zones": 1}
    [[task]] = studio.tasks(day.project.id, ["predictions", "model_version"])
    versions = sorted(each["model_version"] for each in task["predictions"])
    assert versions == ["other-ner 2.0", prediction_provenance.CURRENT_VERSION, prediction_provenance.EARLIER_VERSION]


def test_link_opens_task_with_draft(tmp_path: Path, studio: Client, desks: dict[str, Desk]) -> None:
    """The draft is there even if a printed link to a task is the first page of a fresh project that is opened."""
    day = Day(tmp_path / "odd", studio)
    desk = desks["anna"]
    desk.page.goto(projects.page_url(studio, day.project, day.task["id"]))
    desk.page.wait_for_selector(".htx-highlight", timeout=30_000)
    desk.finish("entities")
    assert desk.submit()["parent_prediction"]
    assert day.pull().issues == []
    assert day.by("anna") == {f"e{number}": ["rules", "anna"] for number in range(1, 6)}


def test_untouched_adjudication_decides_nothing(tmp_path: Path, studio: Client, desks: dict[str, Desk]) -> None:
    """The page takes no untouched Submit of an adjudication, and what is ticked alone is decided."""
    text = "Foo said that it is so.\nBar praised Foo."
    writer = ArticleWriter(text)
    write_dataset(identify(tmp_path), writer)
    for name, kind in (("a", "PER"), ("b", "ORG")):
        entities = [writer.entity("Foo", kind)]
        write_document(tmp_path, name, writer.document(name, entities=entities, claims=[writer.claim("it is so")]))
    files.write_file(tmp_path / "annotations" / "GUIDELINES.md", "# Guidelines\n\nVersion 1.0\n")
    files.write_file(tmp_path / ".pactwire" / "annotators.json", f'{{"{MAILS["anna"]}": "judge"}}')
    data = corpus.load_corpus(tmp_path)
    adjudication_push.push_disputed(data, studio, ("a", "b"), lambda *_: None)
    project = projects.find_projects(studio, DATASET, ("a", "b"))["labels"]
    [[task]] = studio.tasks(project.id, ["data"])
    desk = desks["anna"]
    desk.open_task(project.id, task["id"])
    assert "is required" in desk.refused()
    assert adjudication_pull.pull_decisions(data, studio, ("a", "b"), lambda *_: None).open == 1
    desk.finish("claims")
    desk.submit()
    assert adjudication_pull.pull_decisions(data, studio, ("a", "b"), lambda *_: None).open == 1
    desk.finish("entities")
    desk.update()
    assert adjudication_pull.pull_decisions(data, studio, ("a", "b"), lambda *_: None).open == 0


def test_two_people_review_final_documents(tmp_path: Path, studio: Client, desks: dict[str, Desk]) -> None:
    """One reads all of an article and corrects it, one only the stances of another: exactly these are reviewed."""
    reviewed_dataset(tmp_path, {mail: name for name, mail in MAILS.items()})
    before = {final["article"]: final for final in final_documents(tmp_path)}
    review_push.push_final(corpus.load_corpus(tmp_path), studio, lambda *_: None)
    found = projects.find_projects(studio, DATASET, projects.REVIEW)
    desk = desks["anna"]
    desk.stream(found["labels"].id)
    desk.page.get_by_role("button", name="Instructions").first.click()  # the guidelines, folded by section
    rule = desk.page.get_by_text("Mark names.")
    assert not rule.is_visible()
    desk.page.locator("summary", has_text="Mentions").click()
    rule.wait_for(state="visible")
    desk.page.keyboard.press("Escape")
    rule.wait_for(state="hidden")
    first = "Paris" if "Paris" in desk.page.locator(".lsf-htx-richtext").inner_text() else "Qux"
    desk.select(first)
    desk.choose("LOC")
    desk.deselect()
    desk.finish("entities", "claims", "stances")
    desk.submit()
    desk.stream(found["zones"].id)
    desk.finish("zones")
    desk.submit()
    desk = desks["boris"]
    desk.stream(found["labels"].id)
    desk.finish("stances")
    desk.submit()
    pulled = review_pull.pull_reviews(corpus.load_corpus(tmp_path), studio, lambda *_: None)
    assert (pulled.issues, pulled.changed, pulled.reviews) == ([], 1, 5)
    adjudication.adjudicate(tmp_path, PAIR)
    finals = final_documents(tmp_path)
    read = [final for final in finals if final["status"]["entities"] == "reviewed"]
    [other] = [final for final in finals if final not in read]
    [mine] = read
    assert {mine["status"][layer] for layer in LAYERS} == {"reviewed"}
    assert [each["type"] for each in mine["entities"] if each["text"] == first] == ["LOC"]
    assert all("anna" in label["by"] for layer in LAYERS for label in mine[layer])
    assert sum(final["status"]["zones"] == "reviewed" for final in finals) == 1
    assert other["status"] == {**before[other["article"]]["status"], "stances": "reviewed"} | {
        "zones": other["status"]["zones"]
    }
    for layer in ("entities", "claims"):
        assert other[layer] == before[other["article"]][layer]
    assert [label["by"][-1] for label in other["stances"]] == ["boris"]
