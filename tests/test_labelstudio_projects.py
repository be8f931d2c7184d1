"""Ownership of projects: several datasets on one server, copies, clones, and projects of version 1.0.0."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pactwire.cli import main
from pactwire.corpus import corpus, settings
from pactwire.labelstudio import labeling_config, project_marks, projects, push, schema_mapping
from pactwire.labelstudio import pull as puller
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.pull_state import task_pages
from pactwire.model import digests
from pactwire.model.issues import DataError
from pactwire.site import static_site
from pactwire.storage import files
from support.studio import Studio

LINK = "Q42\tDouglas\tPER\ta test\n"


@pytest.fixture
def studio() -> Iterator[Studio]:
    """A stand-in for a server."""
    server = Studio()
    yield server
    server.stop()


@pytest.fixture
def client(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client of the stand-in, which commands find by their environment."""
    monkeypatch.setenv("LABEL_STUDIO_URL", studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0" * 40)
    with closing(Client(studio.url, "0" * 40)) as made:
        yield made


@pytest.fixture
def guided(golden: Path) -> Path:
    """The golden dataset, of two articles, with guidelines."""
    files.write_file(golden / "annotations" / "GUIDELINES.md", "# Guidelines\n\nVersion 1.0\n")
    return golden


def send(root: Path, client: Client, **options: bool) -> push.PushResult:
    """Push a dataset."""
    return push.push_articles(root, client, lambda *_: None, **options)


def refused(root: Path, client: Client, **options: bool) -> list[tuple[str, str]]:
    """Return code and message of all that keeps a dataset from being pushed."""
    with pytest.raises(DataError) as raised:
        send(root, client, **options)
    return [(issue.code, issue.message) for issue in raised.value.issues]


def command(root: Path, *words: str) -> Result:
    """Run `pactwire label` in this process."""
    return CliRunner().invoke(main.app, ["label", *words, "--root", str(root)])


def clone(root: Path, target: Path) -> Path:
    """Copy what git keeps of a dataset."""
    return Path(shutil.copytree(root, target, ignore=shutil.ignore_patterns(".pactwire")))


def add(root: Path, text: str) -> str:
    """Give a dataset an article more; returns its id."""
    identity = digests.sha256(text)[:16]
    record = {"id": identity, "text": text, "license": "none"}
    with (root / "dataset" / "raw" / "more.jsonl").open("a") as stream:
        stream.write(json.dumps(record) + "\n")
    return identity


def remove(root: Path) -> None:
    """Take the articles of the golden dataset away, with all that is about them."""
    for path in (root / "dataset" / "raw").glob("*.txt"):
        path.unlink()
    for name in ("dataset/sources.jsonl", "annotations/clusters.jsonl", "dataset/splits.csv"):
        (root / name).unlink()
    shutil.rmtree(root / "annotations" / "final")


def test_draws_id_once(guided: Path, client: Client) -> None:
    """The first push draws an id, says so, and keeps the rest of the file; the second changes nothing."""
    (guided / "pactwire.toml").write_text('# mine\nname = "mine"  # kept\n')
    pushed = send(guided, client)
    text = (guided / "pactwire.toml").read_text()
    assert text.startswith('# mine\nname = "mine"  # kept\n')
    assert settings.read_settings(guided).id in text
    note = "drew an id for this dataset: commit pactwire.toml, so that all its clones share it"
    assert pushed.notes == [note]
    assert send(guided, client).notes == []
    assert (guided / "pactwire.toml").read_text() == text


def test_settings_of_new_projects(guided: Path, client: Client, studio: Studio) -> None:
    """Their titles begin with the dataset's name, and each task goes to as many people as its settings say."""
    (guided / "pactwire.toml").write_text(f'[dataset]\nname = "{"x" * 60}"\n\n[labelstudio]\nannotators_per_task = 3\n')
    assert send(guided, client).notes[1:] == []
    assert [each["title"] for each in studio.projects] == [f"{'x' * 43} labels", f"{'x' * 44} zones"]
    assert [each["maximum_annotations"] for each in studio.projects] == [3, 3]
    settings.write_settings(guided, {"dataset": {"name": "Floods"}})
    assert send(guided, client).notes == [
        f"the project '{'x' * 43} labels' is used as 'Floods labels'",
        f"the project '{'x' * 44} zones' is used as 'Floods zones'",
    ]


def test_settings_name_the_server(
    guided: Path, client: Client, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the environment names no server, and none runs here, that of the settings is used, with the person's token."""
    (guided / "pactwire.toml").write_text('[labelstudio]\nurl = "http://127.0.0.1:9"\n')
    assert command(guided, "status").exit_code == 0
    monkeypatch.delenv("LABEL_STUDIO_URL")
    settings.write_settings(guided, {"labelstudio": {"url": studio.url}})
    assert command(guided, "push").exit_code == 0
    assert len(studio.projects) == 2
    monkeypatch.delenv("LABEL_STUDIO_API_KEY")
    error = command(guided, "push").exception
    assert isinstance(error, DataError)
    message = "pactwire.toml names the server, but LABEL_STUDIO_API_KEY is not set"
    assert [(issue.file, issue.code, issue.message) for issue in error.issues] == [
        (studio.url, "server-login", message)
    ]


@pytest.mark.parametrize("value", [[], {}, None, 1])
def test_notes_a_task_whose_article_is_no_text(guided: Path, client: Client, studio: Studio, value: Any) -> None:
    """A task that somebody made with other data is a task of an unknown article, and the push goes on."""
    send(guided, client)
    studio.tasks.append({**studio.tasks[0], "id": 99, "data": {"article": value, "text_sha256": value}})
    (note,) = [note for note in send(guided, client).notes if "99" in note]
    assert note.endswith("shows an article that is not in this dataset")


def test_draws_no_id_without_server(guided: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A push that can't begin writes nothing."""
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    with closing(Client("http://127.0.0.1:9", "0" * 40)) as away:
        refused(guided, away)
    assert not (guided / "pactwire.toml").exists()


@pytest.mark.slow
def test_two_datasets_share_a_server(guided: Path, tmp_path: Path, studio: Studio, client: Client) -> None:
    """B's push creates projects of its own, with another title, and changes nothing of A's; each pulls its own."""
    send(guided, client)
    before = json.dumps([studio.projects, studio.tasks])
    other = clone(guided, tmp_path / "other")
    (other / "pactwire.toml").unlink()
    remove(other)
    new = add(other, "Another article\n\nIt is about something else.")
    with (other / "annotations" / "links.tsv").open("a") as links:
        links.write(LINK)
    send(other, client)
    assert json.dumps([studio.projects[:2], studio.tasks[:4]]) == before
    assert [studio.articles(number) for number in (3, 4)] == [[new], [new]]
    titles = [each["title"] for each in studio.projects]
    assert titles == [
        "pactwire labels",
        "pactwire zones",
        *(f"{each} {settings.read_settings(other).id[:8]}" for each in titles[:2]),
    ]
    for root, numbers in ((guided, [1, 2]), (other, [3, 4])):
        found = projects.find_projects(client, settings.read_settings(root).id)
        assert [each.id for each in found.values()] == numbers
        assert not any(each.rename_notes("") for each in found.values())
        assert puller.pull_annotations(root, client, lambda *_: None).issues == []
        state = json.loads((root / ".pactwire" / "labelstudio" / "pulled.json").read_text())
        assert list(state) == [f"{studio.url} {settings.read_settings(root).id}"]
        assert list(state[f"{studio.url} {settings.read_settings(root).id}"]["since"]) == [
            str(each) for each in numbers
        ]


def test_clones_share_projects(guided: Path, tmp_path: Path, studio: Studio, client: Client) -> None:
    """A colleague's clone pushes to the same projects; one that is behind is told of articles, and may push."""
    send(guided, client)
    colleague = clone(guided, tmp_path / "clone")
    before = studio.state()
    assert send(colleague, client).issues == []
    assert studio.state() == before
    new = add(guided, "A newer article\n\nIt is new.")
    assert send(guided, client).tasks == {"labels": 1, "zones": 1}
    behind = send(colleague, client)
    assert behind.issues == []
    assert len([note for note in behind.notes if "shows an article that is not in this dataset" in note]) == 2
    assert new in studio.articles(1)


def test_reports_copied_folder(guided: Path, tmp_path: Path, studio: Studio, client: Client) -> None:
    """A copy with its .pactwire is reported with its original; without the id it is a dataset of its own."""
    send(guided, client)
    copied = Path(shutil.copytree(guided, tmp_path / "copied"))
    before = studio.state()
    assert refused(copied, client) == [
        ("dataset-copied", f"this folder is a copy of {guided}, which has the same id")
    ]  # fmt: skip
    assert studio.state() == before
    path = copied / "pactwire.toml"
    path.write_text("\n".join(line for line in path.read_text().splitlines() if not line.startswith("id")))
    send(copied, client)
    assert settings.read_settings(copied).id != settings.read_settings(guided).id
    assert studio.state().startswith(before[:100]) and len(studio.projects) == 4
    send(guided, client)


def test_moved_folder_is_not_a_copy(guided: Path, tmp_path: Path, client: Client) -> None:
    """A folder that was moved goes on, and a second working copy may claim to be the same dataset."""
    send(guided, client)
    moved = guided.rename(tmp_path / "moved")
    assert send(moved, client).issues == []
    copied = Path(shutil.copytree(moved, tmp_path / "copied"))
    assert send(copied, client, adopt=True).issues == []
    assert send(copied, client).issues == send(moved, client).issues == []


@pytest.mark.parametrize("shared", [True, False], ids=["some articles shared", "no article shared"])
def test_reports_copy_that_became_another_dataset(
    guided: Path, tmp_path: Path, studio: Studio, client: Client, shared: bool
) -> None:
    """If project and folder each have articles that the other lacks, nothing is touched, and both are counted."""
    send(guided, client)
    other = clone(guided, tmp_path / "other")
    if shared:
        only = add(guided, "Only there\n\nIt is not in the copy.")
        send(guided, client)
    else:
        remove(other)
        only = sorted(corpus.load_corpus(guided).articles)[0]
    new = add(other, "Another article\n\nIt is about something else.")
    before = studio.state()
    found = refused(other, client)
    assert [code for code, _ in found] == ["dataset-copied", "dataset-copied"]
    count = "1 of its 3" if shared else "2 of its 2"
    assert f"holds {count} articles that are not here ({only}" in found[0][1]
    assert found[0][1].endswith("and lacks 1 that are")
    assert studio.state() == before
    if shared:
        send(other, client, adopt=True)
        assert new in studio.articles(1)
        add(other, "One more\n\nIt comes later.")
        assert send(other, client).tasks == {"labels": 1, "zones": 1}
    else:
        assert refused(other, client, adopt=True) == found


def test_withdrawn_articles_belong_to_the_dataset(guided: Path, studio: Studio, client: Client) -> None:
    """An article that is withdrawn in splits.csv is not taken for another dataset's."""
    gone = add(guided, "It will be withdrawn\n\nIt is gone.")
    send(guided, client)
    (guided / "dataset" / "raw" / "more.jsonl").unlink()
    with (guided / "dataset" / "splits.csv").open("a") as rows:
        rows.write(f"{gone},{gone},withdrawn\n")
    add(guided, "A newer article\n\nIt is new.")
    assert send(guided, client).tasks == {"labels": 1, "zones": 1}


def old(studio: Studio) -> None:
    """Make the projects of a server those of version 1.0.0, which bear no id and no digest."""
    for each, name in zip(studio.projects, schema_mapping.PROJECTS, strict=False):
        each["description"] = f"Made by pactwire label push. Keep this mark: [pactwire:{name}]"


def test_adopts_projects_of_version_1_on_request(guided: Path, studio: Studio, client: Client) -> None:
    """Their articles are compared first; then their tasks and links are this dataset's as before."""
    send(guided, client)
    (guided / "pactwire.toml").unlink()
    old(studio)
    before = studio.state()
    assert refused(guided, client) == [
        ("project-unmarked", f"'pactwire {name}' has no dataset's id; 2 of its 2 articles are here")
        for name in schema_mapping.PROJECTS
    ]
    assert studio.state() == before
    assert not (guided / "pactwire.toml").exists()
    pushed = send(guided, client, adopt=True)
    assert (pushed.issues, pushed.tasks) == ([], {"labels": 0, "zones": 0})
    dataset = settings.read_settings(guided).id
    assert [
        project_marks.project_mark(dataset, name) in each["description"]
        for name, each in zip(schema_mapping.PROJECTS, studio.projects, strict=True)
    ] == [True, True]
    assert len(studio.projects) == 2
    assert send(guided, client).notes == []


def test_leaves_projects_of_another_dataset(guided: Path, tmp_path: Path, studio: Studio, client: Client) -> None:
    """Projects of version 1.0.0 with other articles are not adopted, even on request."""
    send(guided, client)
    old(studio)
    before = json.dumps([studio.projects, studio.tasks])
    other = clone(guided, tmp_path / "other")
    (other / "pactwire.toml").unlink()
    remove(other)
    add(other, "Another article\n\nIt is about something else.")
    send(other, client, adopt=True)
    assert json.dumps([studio.projects[:2], studio.tasks[:4]]) == before
    assert len(studio.projects) == 4


def test_pull_and_status_ignore_other_projects(guided: Path, studio: Studio, client: Client) -> None:
    """Without an id, or with another, there is nothing to pull, and nothing of others is shown."""
    send(guided, client)
    for text in ("", '[dataset]\nid = "11111111-2222-4333-8444-555555555555"\n'):
        (guided / "pactwire.toml").write_text(text)
        pulled, shown = command(guided, "pull"), command(guided, "status", "--format", "json")
        assert isinstance(pulled.exception, DataError)
        assert [issue.code for issue in pulled.exception.issues] == ["project-missing"]
        assert json.loads(shown.stdout) == {}


def test_reports_broken_settings(guided: Path, client: Client) -> None:
    """Invalid TOML or an invalid id is reported with its line; nothing is pushed or pulled."""
    for text, line, message in (
        ('[dataset]\nname = "x"\nid = "copy-of-x"\n', 3, "'copy-of-x' is not a dataset id"),
        ("dataset = 1\n", 1, "dataset is not a table"),
        ("[dataset]\nid = 7\n", 2, "7 is not a dataset id"),
    ):
        (guided / "pactwire.toml").write_text(text)
        for words in (["push"], ["pull"], ["status"]):
            error = command(guided, *words).exception
            assert isinstance(error, DataError)
            [issue] = error.issues
            assert (issue.file, issue.line, issue.code) == ("pactwire.toml", line, "settings")
            assert message in issue.message


def test_pull_remembers_tasks(guided: Path, tmp_path: Path, studio: Studio, client: Client) -> None:
    """Pages of the site lead to the tasks of their articles; those of another dataset are not taken for them."""
    send(guided, client)
    dataset = settings.read_settings(guided).id
    assert task_pages(guided, dataset) == {}
    data = corpus.load_corpus(guided)
    puller.pull_annotations(guided, client, lambda *_: None)
    found = task_pages(guided, dataset)
    assert found.keys() == set(data.articles)
    known = {f"{studio.url}/projects/{task['project']}/data?task={task['id']}" for task in studio.tasks}
    assert {page for pages in found.values() for page in pages} == known
    assert task_pages(guided, "another") == {}
    site = static_site.write_site(guided, tmp_path / "site", lambda *_: None).start.parent
    for article, pages in found.items():
        words = (site / "articles" / f"{article}.html").read_text()
        assert all(f'<a href="{page}" rel="noreferrer">task ' in words for page in pages)


def test_takes_over_state_of_version_1(guided: Path, studio: Studio, client: Client) -> None:
    """What was pulled before a dataset had an id is still known by its digest."""
    send(guided, client)
    path = guided / ".pactwire" / "labelstudio" / "pulled.json"
    known = {"since": {"labels": "2026-01-01T00:00:00Z"}, "again": [], "documents": {"anna/00000000000000aa": ["x"]}}
    files.write_file(path, json.dumps({studio.url: known}))
    puller.pull_annotations(guided, client, lambda *_: None)
    [(place, state)] = json.loads(path.read_text()).items()
    assert place == f"{studio.url} {settings.read_settings(guided).id}"
    assert state["documents"] == known["documents"]


# --- the labeling config


def edit(studio: Studio) -> str:
    """Add a label by hand, as a person does in the project's settings; returns the config."""
    written: str = studio.projects[0]["label_config"]
    studio.projects[0]["label_config"] = written.replace(
        '<Label value="PER"', '<Label value="EVENT" /><Label value="PER"'
    )
    return str(studio.projects[0]["label_config"])


def test_keeps_label_that_somebody_added(guided: Path, studio: Studio, client: Client) -> None:
    """The difference is described, tasks are pushed all the same, and only --update-config removes it."""
    send(guided, client)
    edited = edit(studio)
    with (guided / "annotations" / "links.tsv").open("a") as links:
        links.write(LINK)
    add(guided, "A newer article\n\nIt is new.")
    result = command(guided, "push")
    assert result.exit_code == 1
    assert "config-edited" in result.stdout and "--update-config" in result.stdout
    for told in ("label: EVENT is only there", "link: Q42 is missing there"):
        assert told in result.stdout
    assert studio.projects[0]["label_config"] == edited
    assert len(studio.of(1)) == 3
    assert command(guided, "push", "--update-config").exit_code == 0
    assert "EVENT" not in studio.projects[0]["label_config"] and "Q42" in studio.projects[0]["label_config"]
    assert command(guided, "push").exit_code == 0


def test_updates_own_config(guided: Path, studio: Studio, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """New links, and what a newer version of the tool writes, come without being asked for; other text stays."""
    send(guided, client)
    studio.projects[0]["description"] += " Ask Anna."
    with (guided / "annotations" / "links.tsv").open("a") as links:
        links.write(LINK)
    assert send(guided, client).issues == []
    assert "Q42" in studio.projects[0]["label_config"]
    whole = labeling_config.labeling_config
    monkeypatch.setattr(labeling_config, "labeling_config", lambda *given: whole(*given).replace("font-size", "color"))
    assert send(guided, client).issues == []
    about = studio.projects[0]["description"]
    assert "Ask Anna." in about and about.count("[config:") == 1


def test_keeps_config_without_digest(guided: Path, studio: Studio, client: Client) -> None:
    """A config without a digest is replaced on request only; an equal one is recognized."""
    send(guided, client)
    about = studio.projects[0]["description"]
    studio.projects[0]["description"] = about.partition(" [config:")[0]
    assert send(guided, client).issues == []
    assert studio.projects[0]["description"] == about
    studio.projects[0]["description"] = about.partition(" [config:")[0]
    studio.projects[0]["label_config"] = studio.projects[0]["label_config"].replace("font-size", "color")
    [issue] = send(guided, client).issues
    assert issue.message.endswith("so it stays as it is: layout, headings or style differ")
