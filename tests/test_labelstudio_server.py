"""Push and pull with a real Label Studio: every article there once, every decision back, nothing else changed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pactwire.card import dataset_folder
from pactwire.corpus import corpus
from pactwire.labelstudio import (
    canonical_labels,
    drafts,
    file_exchange,
    labeling_config,
    prediction_provenance,
    project_marks,
    project_status,
    projects,
    push,
    readiness,
    schema_mapping,
)
from pactwire.labelstudio import client as clients
from pactwire.labelstudio import pull as puller
from pactwire.labelstudio.client import ANNOTATION_FIELDS, PREDICTION_FIELDS, Client
from pactwire.model import digests, strict_json
from pactwire.model.issues import DataError
from pactwire.model.labels import document_labels
from pactwire.model.records import Document
from pactwire.storage import files, locks
from pactwire.validation import validate
from support.floods import copy_floods
from support.labelstudio import DATASET, identify, ticked
from support.news import OWN_SCHEMA

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow

OWNER = "owner@pactwire.localhost"
Run = Callable[..., subprocess.CompletedProcess[str]]
PERSON = {"id": "anna", "kind": "human", "name": None, "version": None}


def silent(project: str, done: int, total: int) -> None:
    """Report nothing."""


@pytest.fixture
def five(copy: Path, checkout: Path) -> Path:
    """The committed five articles with their documents, and a pseudonym for the server's owner."""
    files.write_file(copy / ".pactwire" / "annotators.json", json.dumps({OWNER: "anna", "boris@example.org": "boris"}))
    return identify(copy)


def send(root: Path, client: Client) -> push.PushResult:
    """Push a dataset."""
    return push.push_articles(root, client, silent)


def fetch(root: Path, client: Client) -> puller.PullResult:
    """Pull into a dataset."""
    return puller.pull_annotations(root, client, silent)


def everything(client: Client) -> dict[str, list[dict[str, Any]]]:
    """Return all tasks of both projects with all that belongs to them."""
    include = ("data", "meta", "drafts", *ANNOTATION_FIELDS, *PREDICTION_FIELDS)
    return {
        name: [task for page in client.tasks(project.id, include) for task in page]
        for name, project in projects.find_projects(client, DATASET).items()
    }


def annotate(client: Client, task: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Submit a task's prediction, or other results, with all layers ticked as an annotation of the token's owner."""
    prediction = task["predictions"][0]
    body = {"result": prediction["result"], "parent_prediction": prediction["id"], "lead_time": 1.0, **changes}
    body["result"] = ticked(body["result"])
    made: dict[str, Any] = client.send("POST", f"api/tasks/{task['id']}/annotations/", body)
    return made


def read(path: Path) -> Any:
    """Read a document."""
    return files.read_json(path, path.name)


def held(document: Document) -> str:
    """Return a document's layers in canonical form, without ``by``."""
    layers = canonical_labels.canonical_layers(OWN_SCHEMA, {layer: document[layer] for layer in document["status"]})  # type: ignore[literal-required]
    for labels in layers.values():
        for label in labels:
            del label["by"]
    return strict_json.pretty(layers)


def makers(document: Document) -> set[str]:
    """Return all that ``by`` names."""
    layers = [document[layer] for layer in document["status"]]  # type: ignore[literal-required]
    return {name for labels in layers for label in labels for name in label["by"]}


def test_layers_of_another_schema_come_back(tmp_path: Path, studio: Client) -> None:
    """Labels with flags, numbers and several references come back equal, and so does the label of the whole article."""
    root = identify(copy_floods(tmp_path / "floods"))
    files.write_file(root / ".pactwire" / "annotators.json", json.dumps({OWNER: "anna"}))
    assert send(root, studio).issues == []
    for found in everything(studio).values():
        for task in found:
            annotate(studio, task)
    pulled = fetch(root, studio)
    assert (pulled.issues, len(pulled.written)) == ([], 12)
    for path in (root / "annotations/anna").iterdir():
        documents = [
            json.loads((root / "annotations" / who / path.name).read_text("utf-8")) for who in ("anna", "final")
        ]
        assert list(documents[0]["status"]) == ["zones", "mentions", "quotes", "figures", "subject"]
        for layer in documents[0]["status"]:
            mine, theirs = (
                sorted(json.dumps({**each, "by": []}) for each in document_labels(one, layer)) for one in documents
            )
            assert mine == theirs


def test_layers_come_back_byte_for_byte(five: Path, studio: Client) -> None:
    """All articles' drafts, pushed and submitted unchanged, come back equal, with a header that says who and when."""
    send(five, studio)
    annotations = {
        (name, task["data"]["article"]): annotate(studio, task)
        for name, found in everything(studio).items()
        for task in found
    }
    pulled = fetch(five, studio)
    assert pulled.issues == []
    assert len(pulled.written) == 5
    data = corpus.load_corpus(five)
    for article in data.articles:
        draft = drafts.newest_draft(data, article, "labels")
        assert draft is not None
        document = read(five / "annotations" / "anna" / f"{article}.json")
        assert held(document) == held(draft.document)
        mine = [annotations[name, article] for name in schema_mapping.PROJECTS]
        assert document == {
            "schema_version": "1",
            "article": article,
            "text_sha256": draft.document["text_sha256"],
            "guidelines": readiness.guidelines_version(five),
            "annotators": [*(each for each in draft.document["annotators"] if each["id"] in makers(document)), PERSON],
            "status": dict.fromkeys(draft.document["status"], "submitted"),
            "created": min(each["created_at"] for each in mine)[:19] + "Z",
            "updated": max(each["updated_at"] for each in mine)[:19] + "Z",
            "derived_from": [f"{draft.annotator}@{digests.sha256((five / draft.file).read_bytes())}"],
        } | {layer: document[layer] for layer in document["status"]}
        for layer in document["status"]:
            drafted_labels = canonical_labels.canonical_layers(OWN_SCHEMA, draft.document)[layer]
            for label, drafted in zip(document[layer], drafted_labels, strict=True):
                assert label["by"] == [*drafted["by"], "anna"]
    assert validate.validate_dataset(five) == []


def test_second_push_changes_nothing(five: Path, studio: Client) -> None:
    """A second push creates no task and no prediction, and the server keeps its state."""
    first = send(five, studio)
    before = everything(studio)
    second = send(five, studio)
    assert first.tasks == {"labels": 5, "zones": 5}
    assert second.tasks == second.drafts == {"labels": 0, "zones": 0}
    assert everything(studio) == before


ARTICLE = "20acd37116a2ee7f"


def only(client: Client, project: str, article: str = ARTICLE) -> dict[str, Any]:
    """Return the task of an article."""
    [found] = [task for task in everything(client)[project] if task["data"]["article"] == article]
    return found


def regions(result: list[dict[str, Any]], control: str = schema_mapping.LABEL) -> list[dict[str, Any]]:
    """Return the results of a control."""
    return [each for each in result if each.get("from_name") == control]


def messages(pulled: puller.PullResult) -> list[tuple[str, str]]:
    """Return code and message of every issue."""
    return [(issue.code, issue.message) for issue in pulled.issues]


def test_distinguishes_accepted_edited_and_new_labels(five: Path, studio: Client) -> None:
    """An accepted label names draft and person, an edited one person and draft, a new one the person alone."""
    send(five, studio)
    task = only(studio, "labels")
    result = json.loads(json.dumps(task["predictions"][0]["result"]))
    edited, accepted = [each for each in regions(result) if each["value"]["labels"][0] in ("GPE", "ORG")][:2]
    other = "PER"
    edited["value"]["labels"] = [other]
    new = {**accepted, "id": "QwErTy1234", "origin": "manual", "value": dict(accepted["value"])}
    del new["meta"]
    form = next(each for each in regions(result, "form") if each["id"] == accepted["id"])
    annotate(studio, task, result=[*result, new, {**form, "id": new["id"], "meta": {}}])
    assert fetch(five, studio).issues == []
    document = read(five / "annotations" / "anna" / f"{ARTICLE}.json")
    by = {label["id"]: label["by"] for label in document["entities"]}
    drafted = {each["id"]: each["meta"]["pactwire"]["by"] for each in regions(result) if "meta" in each}
    assert by.pop(edited["id"]) == ["anna", *drafted[edited["id"]]]
    assert by.pop("QwErTy1234") == ["anna"]
    assert by == {name: [*drafted[name], "anna"] for name in by}
    assert "zones" not in document


def test_two_people_share_a_task(five: Path, studio: Client, second: Client) -> None:
    """Each person gets a document of their own; who skipped gets none, and is named."""
    send(five, studio)
    annotate(studio, only(studio, "labels"))
    annotate(second, only(studio, "labels"))
    other = "5ccec2fc13046f9d"
    annotate(studio, only(studio, "labels", other))
    annotate(second, only(studio, "labels", other), was_cancelled=True)
    pulled = fetch(five, studio)
    assert sorted(pulled.written) == [
        f"annotations/anna/{ARTICLE}.json", f"annotations/anna/{other}.json", f"annotations/boris/{ARTICLE}.json",
    ]  # fmt: skip
    task = only(studio, "labels", other)["id"]
    assert [note for note in pulled.notes if "skipped" in note] == [
        f"{projects.page_url(studio, projects.find_projects(studio, DATASET)['labels'], task)}: skipped by boris"
    ]
    assert pulled.issues == []


def test_second_pull_reads_only_changes(five: Path, studio: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull looks at tasks changed since the last one, and rewrites nothing."""
    monkeypatch.setattr(clients, "OVERLAP", timedelta(seconds=-1))
    send(five, studio)
    annotate(studio, only(studio, "labels"))
    assert len(fetch(five, studio).written) == 1
    read_tasks: list[int] = []
    again = puller.pull_annotations(five, studio, lambda _, done, __: read_tasks.append(done))
    assert (again.written, again.same, read_tasks) == ([], 0, [])
    annotate(studio, only(studio, "zones"))
    assert fetch(five, studio).written == [f"annotations/anna/{ARTICLE}.json"]
    assert list(read(five / "annotations" / "anna" / f"{ARTICLE}.json")["status"]) == [
        "zones", "entities", "claims", "stances",
    ]  # fmt: skip


def test_reports_conflict_of_changes(five: Path, studio: Client) -> None:
    """A document that was changed on both sides stays as it is here until the file is put aside."""
    send(five, studio)
    made = annotate(studio, only(studio, "labels"))
    fetch(five, studio)
    path = five / "annotations" / "anna" / f"{ARTICLE}.json"
    theirs = path.read_text()
    document = read(path)
    changed = document["entities"].pop()
    document["claims"], document["stances"] = [], []
    mine = strict_json.pretty(document)
    path.write_text(mine)
    quiet = fetch(five, studio)
    assert (quiet.issues, quiet.written) == ([], [])
    claims = [each for each in made["result"] if "from_id" not in each and each.get("id") != changed["id"]]
    kept = [each for each in claims if not each["id"].startswith(("c", "s"))]
    studio.send("PATCH", f"api/annotations/{made['id']}/", {"result": kept})
    for _ in range(2):
        pulled = fetch(five, studio)
        [(code, message)] = messages(pulled)
        assert code == "pull-conflict"
        assert message.startswith("changed here and on the server since the last pull: ")
        assert path.read_text() == mine
    path.unlink()
    assert fetch(five, studio).written == [f"annotations/anna/{ARTICLE}.json"]
    assert path.read_text() not in (mine, theirs)


def test_adds_newer_draft(five: Path, studio: Client) -> None:
    """A new revision becomes the prediction that people see; annotations and earlier predictions stay."""
    send(five, studio)
    before = only(studio, "labels")
    annotation = annotate(studio, before)
    draft = drafts.newest_draft(corpus.load_corpus(five), ARTICLE, "labels")
    assert draft is not None
    document = read(five / draft.file)
    document["stances"] = []
    (five / draft.file).write_text(strict_json.pretty({**document, "updated": "2030-01-01T00:00:00Z"}))
    assert send(five, studio).drafts == {"labels": 1, "zones": 1}
    after = only(studio, "labels")
    assert after["data"] == before["data"]
    assert [each["result"] for each in after["annotations"]] == [annotation["result"]]
    assert [(each["id"], each["model_version"]) for each in sorted(after["predictions"], key=lambda p: p["id"])] == [
        (before["predictions"][0]["id"], prediction_provenance.EARLIER_VERSION),
        (max(each["id"] for each in after["predictions"]), prediction_provenance.CURRENT_VERSION),
    ]
    assert send(five, studio).drafts == {"labels": 0, "zones": 0}
    fetch(five, studio)
    pulled = read(five / "annotations" / "anna" / f"{ARTICLE}.json")
    assert pulled["derived_from"] == [prediction_provenance.signature(before["predictions"][0])["revision"]]


def test_reports_work_that_cannot_be_imported(five: Path, studio: Client, second: Client) -> None:
    """Empty annotations, missing pseudonyms, duplicated work, bad offsets and relations are reported, not imported."""
    files.write_file(five / ".pactwire" / "annotators.json", json.dumps({OWNER: "anna"}))
    send(five, studio)
    tasks_by_article = {task["data"]["article"]: task for task in everything(studio)["labels"]}
    empty, unmapped, twice, wrong, unsent = tasks_by_article.values()
    studio.send("POST", f"api/tasks/{empty['id']}/annotations/", {"result": [], "lead_time": 1})
    annotate(second, unmapped)
    annotate(studio, twice)
    annotate(studio, twice)
    result = json.loads(json.dumps(wrong["predictions"][0]["result"]))
    bad = regions(result)[0]
    length = len(wrong["data"]["text"])
    for each in result:
        if each.get("id") == bad["id"]:
            each["value"] |= {"start": length - 1, "end": length + 5}
    ends = ((each, {each["from_id"], each["to_id"]}) for each in result if each["type"] == "relation")
    relation = next(each for each, regions_of in ends if bad["id"] not in regions_of)
    relation |= {"labels": [], "direction": "bi"}
    annotate(studio, wrong, result=result)
    project = projects.find_projects(studio, DATASET)["labels"]
    studio.send("POST", f"api/tasks/{unsent['id']}/drafts?project={project.id}", {"result": [], "lead_time": 1})
    pulled = fetch(five, studio)
    assert pulled.written == []
    place = projects.page_url(studio, project, unsent["id"])
    assert f"{place}: holds edits that nobody has submitted; they are not imported" in pulled.notes
    found = messages(pulled)
    assert ("annotation-empty", "the annotation by anna is empty although the task has a draft") in found
    assert ("annotator-unmapped", "boris@example.org has no pseudonym; their work is not imported") in found
    assert next(message for code, message in found if code == "annotation-twice").startswith("anna submitted two")
    assert any(code == "ls-offset" and "ends past the text's" in message for code, message in found)
    assert any(code == "ls-relation" and "goes both ways" in message for code, message in found)


def test_rejects_zones_that_strand_labels(five: Path, studio: Client) -> None:
    """A zone made furniture under the person's own labels is an issue, and nothing is written."""
    send(five, studio)
    annotate(studio, only(studio, "labels"))
    task = only(studio, "zones")
    result = json.loads(json.dumps(task["predictions"][0]["result"]))
    for each in regions(result):
        if each["value"]["labels"] == ["body"]:
            each["value"]["labels"] = ["menu"]
    annotate(studio, task, result=result)
    pulled = fetch(five, studio)
    assert pulled.written == []
    assert {issue.code for issue in pulled.issues} == {"zones-conflict"}


def test_recognizes_renamed_project(five: Path, studio: Client) -> None:
    """A project is recognized under any title, with a note; a deleted task comes back with the next push."""
    send(five, studio)
    annotate(studio, only(studio, "labels"))
    fetch(five, studio)
    found = projects.find_projects(studio, DATASET)["labels"]
    studio.change(f"api/projects/{found.id}/", {"title": "Kremlin watch"})
    studio.send("DELETE", f"api/tasks/{only(studio, 'labels')['id']}/", {})
    pushed = send(five, studio)
    assert pushed.tasks == {"labels": 1, "zones": 0}
    assert pushed.notes == ["the project 'Kremlin watch' is used as 'pactwire labels'"]
    pulled = fetch(five, studio)
    assert f"annotations/anna/{ARTICLE}.json: no longer on the server; the file stays" in pulled.notes
    assert pulled.issues == []


def test_keeps_label_in_use(five: Path, studio: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A labeling config that lacks a label in use is refused, and the label is named."""
    send(five, studio)
    annotate(studio, only(studio, "labels"))
    whole = labeling_config.labeling_config
    monkeypatch.setattr(
        labeling_config, "labeling_config", lambda *given: whole(*given).replace('value="GPE"', 'value="GPX"')
    )
    with pytest.raises(DataError) as raised:
        send(five, studio)
    [issue] = raised.value.issues
    title = projects.project_title("", "labels")
    assert (issue.code, issue.message) == (
        "label-in-use", f"the labeling config of {title!r} would lose labels that are in use: label: GPE"
    )  # fmt: skip


def test_does_not_push_invalid_dataset(five: Path, studio: Client) -> None:
    """Every issue of the dataset is shown, and the server gets nothing."""
    path = next((five / "annotations").glob("*/*.json"))
    path.write_text(path.read_text().replace('"start": 0,', '"start": 1,', 1))
    with pytest.raises(DataError):
        send(five, studio)
    assert projects.find_projects(studio, DATASET) == {}


def test_reports_duplicate_and_unknown_tasks(five: Path, studio: Client) -> None:
    """A second task of one text, and an annotated task of no article, are issues of a push and a pull."""
    send(five, studio)
    project = projects.find_projects(studio, DATASET)["labels"]
    data = only(studio, "labels")["data"]
    strange = {**data, "article": "ffffffffffffffff"}
    studio.send("POST", f"api/projects/{project.id}/import", [{"data": data}, {"data": strange}])
    annotate(studio, {**only(studio, "labels", "ffffffffffffffff"), "predictions": only_predictions(studio)})
    assert [issue.code for issue in send(five, studio).issues] == ["task-twice"]
    assert sorted(issue.code for issue in fetch(five, studio).issues) == ["task-foreign", "task-twice"]


def only_predictions(client: Client) -> list[dict[str, Any]]:
    """Return the predictions of some task that has any."""
    return next(task["predictions"] for task in everything(client)["labels"] if task["predictions"])


def exported(client: Client, folder: Path) -> list[Path]:
    """Export both projects as Label Studio's own page does, as JSON."""
    paths = []
    for name, project in projects.find_projects(client, DATASET).items():
        chosen = {"exportType": "JSON", "download_all_tasks": "true"}
        answer = client.get(f"api/projects/{project.id}/export", **chosen)
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(answer))
    return paths


def test_file_exchange_matches_api(five: Path, studio: Client, tmp_path: Path, run: Run) -> None:
    """Tasks exported to files, imported and annotated in a project made by hand, come back the same."""
    for name in schema_mapping.PROJECTS:
        done = run("label", "export", name, tmp_path / f"{name}.json", "--root", five)
        assert done.returncode == 0, done.stderr
        about = {"title": f"by hand {name}", "description": project_marks.project_mark(DATASET, name)}
        settings = {**about, "label_config": (tmp_path / f"{name}.xml").read_text()}
        project = studio.send("POST", "api/projects/", settings)
        tasks_to_import = json.loads((tmp_path / f"{name}.json").read_text())
        studio.send("POST", f"api/projects/{project['id']}/import", tasks_to_import)
    for found in everything(studio).values():
        for task in found:
            annotate(studio, task)
    files.write_file(five / ".pactwire" / "annotators.json", json.dumps({"1": "anna", OWNER: "anna"}))
    assert fetch(five, studio).issues == []
    by_api = {path.name: path.read_bytes() for path in (five / "annotations" / "anna").iterdir()}
    shutil.rmtree(five / "annotations" / "anna")
    done = run("label", "import", *exported(studio, tmp_path), "--root", five)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name: path.read_bytes() for path in (five / "annotations" / "anna").iterdir()} == by_api
    only_zones = run("label", "import", tmp_path / "zones.json", "--root", five)
    assert only_zones.returncode == 1
    assert "has entities, claims, stances too, which did not come with it" in only_zones.stdout


def test_reports_mangled_exports(five: Path, studio: Client, tmp_path: Path) -> None:
    """An export cut short, or edited by hand with bad offsets, is reported, and nothing of the task is imported."""
    send(five, studio)
    annotate(studio, only(studio, "labels"))
    files.write_file(five / ".pactwire" / "annotators.json", json.dumps({"1": "anna"}))
    labels, _ = exported(studio, tmp_path)
    whole = labels.read_text()

    def issues(text: str) -> list[str]:
        labels.write_text(text)
        try:
            pulled = file_exchange.import_exports(corpus.load_corpus(five), [labels])
        except DataError as error:
            return [issue.code for issue in error.issues]
        assert pulled.written == []
        return [issue.code for issue in pulled.issues]

    assert issues(whole[:-100]) == ["not-json"]
    assert issues("{}") == ["export-form"]
    assert issues('[{"data": {"project": "labels"}}]') == ["export-form"]
    assert issues('[{"data": {}, "annotations": []}]') == ["task-foreign"]
    assert issues('[{"data": {"text": "\\ud800"}}]') == ["lone-surrogate"]

    def moved(start: int, end: int) -> str:
        tasks_in_file = json.loads(whole)
        for task in tasks_in_file:
            for annotation in task["annotations"]:
                for each in annotation["result"]:
                    if each.get("id") == first["id"]:
                        each["value"] |= {"start": start, "end": end}
        return json.dumps(tasks_in_file)

    task = only(studio, "labels")
    first = regions(task["annotations"][0]["result"])[0]
    start, end, length = first["value"]["start"], first["value"]["end"], len(task["data"]["text"])
    for pair in ((length - 2, length + 2), (end, start), (-3, 2)):
        assert "ls-offset" in issues(moved(*pair))
    assert "ls-text" in issues(moved(start + 1, end + 1))
    other = json.loads(whole)
    for each in other:
        each["data"]["text"] = each["data"]["text"].replace("e", "x")
    assert issues(json.dumps(other)) == ["task-text"]


def test_status_counts_by_person(five: Path, studio: Client, second: Client, run: Run) -> None:
    """Status shows tasks, drafts, and what each person submitted and skipped."""
    send(five, studio)
    annotate(studio, only(studio, "labels"))
    annotate(second, only(studio, "labels"), was_cancelled=True)
    assert vars(project_status.project_statuses(five, studio, lambda *_: None)["labels"]) == {
        "title": "pactwire labels", "tasks": 5, "drafted": 5, "untouched": 4, "unsent": 0,
        "people": {"anna": (1, 0), "boris": (0, 1)}, "shared": [], "reviewed": {}, "left": [],
    }  # fmt: skip
    shown = run("label", "status", "--root", five)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "boris" in shown.stdout
    shown = run("label", "status", "--root", five, "--format", "json")
    assert json.loads(shown.stdout)["labels"]["people"] == {"anna": [1, 0], "boris": [0, 1]}


@pytest.mark.parametrize(("step", "new"), [(1, 0), (4, 5)], ids=["before putting in place", "while putting in place"])
def test_killed_pull_leaves_old_or_new_files(five: Path, studio: Client, step: int, new: int) -> None:
    """A pull killed before it publishes changes nothing; one killed meanwhile is finished by a reader."""
    send(five, studio)
    made = [annotate(studio, task) for task in everything(studio)["labels"]]
    fetch(five, studio)
    folder = five / "annotations" / "anna"
    old = {path.name: path.read_bytes() for path in folder.iterdir()}
    for each in made:
        kept = [r for r in each["result"] if r.get("from_name") == schema_mapping.FINISHED]
        studio.send("PATCH", f"api/annotations/{each['id']}/", {"result": kept})
    code = (
        "import os, pathlib; replace = pathlib.Path.replace; count = []\n"
        "def dying(path, target):\n"
        "    if target.parent.name == 'anna' or target.name == 'commit.json': count.append(path)\n"
        f"    if len(count) == {step}: os.kill(os.getpid(), 9)\n"
        "    return replace(path, target)\n"
        "pathlib.Path.replace = dying\n"
        "from pactwire.cli.main import main; main()"
    )
    died = subprocess.run([sys.executable, "-c", code, "label", "pull", "--root", five], check=False)
    assert died.returncode == -9
    with locks.reading(five):
        found = {name: (folder / name).read_bytes() for name in old}
        assert sum(found[name] != old[name] for name in old) == new
        assert validate.validate_dataset(five) == []
    with locks.writing(five):
        pulled = fetch(five, studio)
    assert (pulled.issues, len(pulled.written)) == ([], 5 - new)
    assert {path.name for path in folder.iterdir()} == set(old)


def test_edit_during_a_pull_comes_with_the_next(five: Path, studio: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that is changed after a pull has read it is read again, though later ones were changed before that read.

    So it is however long a pull takes: here it does not look back at all.
    """
    monkeypatch.setattr(clients, "PAGE_SIZE", 2)
    monkeypatch.setattr(clients, "OVERLAP", timedelta(seconds=-1))
    send(five, studio)
    first, *others = everything(studio)["labels"]
    made = annotate(studio, first)
    edits: list[dict[str, Any]] = []

    def edit(project: str, done: int, total: int) -> None:
        """Change the first task once it was read, and after it the last, which was not."""
        if project == "labels" and not edits:
            kept = [each for each in made["result"] if each.get("from_name") == schema_mapping.FINISHED]
            edits.append(studio.send("PATCH", f"api/annotations/{made['id']}/", {"result": kept}))
            edits.append(annotate(studio, others[-1]))

    path = five / "annotations" / "anna" / f"{first['data']['article']}.json"
    puller.pull_annotations(five, studio, edit)
    assert len(edits) == 2
    assert read(path)["entities"] != []
    assert fetch(five, studio).issues == []
    assert read(path)["entities"] == []


def test_joins_projects_in_any_order(five: Path, studio: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tasks of an article are brought together however far apart the projects hold them, and read once."""
    monkeypatch.setattr(clients, "PAGE_SIZE", 1)
    monkeypatch.setattr(puller, "MAX_WAITING", 1)
    monkeypatch.setattr(puller, "LOOKUP_SIZE", 2)
    send(five, studio)
    zones = projects.find_projects(studio, DATASET)["zones"]
    for task in everything(studio)["zones"]:
        studio.send("DELETE", f"api/tasks/{task['id']}/", {})
        made = {"data": task["data"], "meta": task["meta"]}
        kept = [{key: each[key] for key in ("result", "model_version")} for each in task["predictions"]]
        studio.send("POST", f"api/projects/{zones.id}/import", [made | {"predictions": kept}])
        if task["data"]["article"] == ARTICLE:
            break
    for found in everything(studio).values():
        for task in found:
            annotate(studio, task)
    pulled = fetch(five, studio)
    assert (pulled.issues, len(pulled.written)) == ([], 5)
    for path in (five / "annotations" / "anna").iterdir():
        assert list(read(path)["status"]) == ["zones", "entities", "claims", "stances"]


def test_builds_pulled_documents(five: Path, studio: Client) -> None:
    """The dataset that is built from pulled documents holds the person's edits."""
    send(five, studio)
    task = only(studio, "labels")
    result = [each for each in task["predictions"][0]["result"] if each.get("from_name") == schema_mapping.FINISHED]
    annotate(studio, task, result=result)
    assert fetch(five, studio).issues == []
    dataset_folder.build(five, 1)
    rows = [
        row
        for path in sorted((five / "dataset" / "data" / "annotations").glob("*.parquet"))
        for row in pq.read_table(path).to_pylist()
        if row["annotator"] == "anna"
    ]
    assert [(row["article_id"], row["annotator_kind"], row["entities"]) for row in rows] == [(ARTICLE, "human", [])]


def test_pulls_each_project_by_itself(five: Path, studio: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes in one project are pulled, page by page, whatever changed in the other."""
    monkeypatch.setattr(clients, "PAGE_SIZE", 2)
    monkeypatch.setattr(clients, "OVERLAP", timedelta(seconds=-1))
    send(five, studio)
    assert fetch(five, studio).written == []
    found = everything(studio)
    assert {name: len(tasks) for name, tasks in found.items()} == {"labels": 5, "zones": 5}
    for task in (*found["labels"][:2], *found["zones"][2:]):
        annotate(studio, task)
    pulled = fetch(five, studio)
    articles = [task["data"]["article"] for task in found["labels"]]
    assert pulled.issues == []
    assert sorted(pulled.written) == sorted(f"annotations/anna/{article}.json" for article in articles)
    for number, article in enumerate(articles):
        document = read(five / "annotations" / "anna" / f"{article}.json")
        assert list(document["status"]) == list(
            schema_mapping.project_mapping(OWN_SCHEMA, "labels" if number < 2 else "zones").layers
        )
