"""Several datasets, changed settings, proxies and personal tokens, with a real Label Studio."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pactwire.corpus import corpus
from pactwire.labelstudio import local_server, projects, push
from pactwire.labelstudio.client import ANNOTATION_FIELDS, PREDICTION_FIELDS, Client
from pactwire.storage import files
from support.labelstudio import identify
from support.proxy import Proxy

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow

A, B = "aaaaaaaa-0000-4000-8000-000000000000", "bbbbbbbb-0000-4000-8000-000000000000"


@pytest.fixture
def guided(golden: Path) -> Path:
    """The golden dataset, of two articles, with guidelines."""
    files.write_file(golden / "annotations" / "GUIDELINES.md", "# Guidelines\n\nVersion 1.0\n")
    return golden


@pytest.fixture
def proxied(server_home: Path) -> Iterator[Any]:
    """Return what makes a client that goes through a proxy."""
    made: list[Any] = []

    def through(client: Client, **faults: int) -> tuple[Proxy, Client]:
        proxy = Proxy(client.url, **faults)
        other = Client(proxy.url, local_server.owner_credentials(server_home).token)
        made.extend((proxy.stop, other.close))
        return proxy, other

    yield through
    for stop in made:
        stop()


def send(root: Path, client: Client, **options: bool) -> push.PushResult:
    """Push a dataset."""
    return push.push_articles(root, client, lambda *_: None, **options)


def held(client: Client, dataset: str) -> Any:
    """Return all that a dataset's projects are and hold."""
    include = ("data", "meta", *ANNOTATION_FIELDS, *PREDICTION_FIELDS)
    return [
        (project, [task for page in client.tasks(project.id, include) for task in page])
        for project in projects.find_projects(client, dataset).values()
    ]


def articles(client: Client, dataset: str) -> list[list[str]]:
    """Return the articles of the tasks of a dataset's projects."""
    return [sorted(task["data"]["article"] for task in tasks) for _, tasks in held(client, dataset)]


def add_link(root: Path) -> None:
    """List a link more."""
    with (root / "annotations" / "links.tsv").open("a") as links:
        links.write("Q42\tDouglas\tPER\ta test\n")


def test_datasets_share_a_real_server(guided: Path, tmp_path: Path, studio: Client) -> None:
    """B's push, with a link of its own, changes no project, task or link of A's; A's own new link comes unasked."""
    send(identify(guided, A), studio)
    before = held(studio, A)
    other = Path(shutil.copytree(guided, tmp_path / "other", ignore=shutil.ignore_patterns(".pactwire")))
    add_link(identify(other, B))
    send(other, studio)
    assert held(studio, A) == before
    assert len(held(studio, B)) == 2
    state = held(studio, B)
    add_link(guided)
    assert send(guided, studio).issues == []
    assert "Q42" in projects.find_projects(studio, A)["labels"].config
    assert held(studio, B) == state


def test_keeps_label_added_by_hand(guided: Path, studio: Client) -> None:
    """A label that was added in the settings stays until it is replaced on request; an unmarked project is adopted."""
    send(identify(guided, A), studio)
    labels = projects.find_projects(studio, A)["labels"]
    edited = labels.config.replace('<Label value="PER"', '<Label value="EVENT" /><Label value="PER"')
    studio.change(f"api/projects/{labels.id}/", {"label_config": edited})
    [issue] = send(guided, studio).issues
    assert (issue.code, issue.message.endswith("label: EVENT is only there")) == ("config-edited", True)
    assert 'value="EVENT"' in projects.find_projects(studio, A)["labels"].config
    assert send(guided, studio, update_config=True).issues == []
    replaced = projects.find_projects(studio, A)["labels"]
    assert replaced._replace(description=labels.description) == labels
    assert sorted(replaced.description.split()) == sorted(labels.description.split())  # marks in any order
    for name, project in projects.find_projects(studio, A).items():
        studio.change(f"api/projects/{project.id}/", {"description": f"Keep this mark: [pactwire:{name}]"})
    assert projects.find_projects(studio, A) == {}
    pushed = send(guided, studio, adopt=True)
    assert (pushed.tasks, pushed.issues) == ({"labels": 0, "zones": 0}, [])
    assert projects.find_projects(studio, A)["labels"].id == labels.id


def test_halves_requests_for_small_proxy(copy: Path, studio: Client, proxied: Any) -> None:
    """Requests are halved until they pass: every article has its task once."""
    proxy, client = proxied(studio, limit=200_000)
    pushed = send(identify(copy, A), client)
    assert pushed.issues == []
    assert proxy.refused > 0 and any("sent in smaller ones" in note for note in pushed.notes)
    everything = sorted(corpus.load_corpus(copy).articles)
    assert articles(studio, A) == [everything, everything]


@pytest.mark.parametrize("status", [502, 504])
def test_waits_for_import_behind_proxy(copy: Path, studio: Client, proxied: Any, status: int) -> None:
    """The server goes on with the import: the push waits for it, and no task comes twice."""
    proxy, client = proxied(studio, gives_up=status)
    assert send(identify(copy, A), client).issues == []
    everything = sorted(corpus.load_corpus(copy).articles)
    assert articles(studio, A) == [everything, everything]
    assert proxy.imports == 2


def test_accepts_personal_access_token(guided: Path, studio: Client) -> None:
    """A personal access token does everything that a legacy token does."""
    made = studio.send("POST", "api/token/", {})["token"]
    assert made.count(".") == 2
    with closing(Client(studio.url, made)) as client:
        assert send(identify(guided, A), client).tasks == {"labels": 2, "zones": 2}
