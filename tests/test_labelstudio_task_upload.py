"""Requests that are refused, or whose fate is unknown: each task arrives once, and no loss is silent."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pactwire.corpus import corpus
from pactwire.labelstudio import push, task_upload, transport
from pactwire.labelstudio.client import Client, ServerError
from pactwire.model import strict_json
from pactwire.storage import files
from support.mentions import with_schema
from support.studio import Studio

NUMBER = 20
SIZES = {7: 40_000, 11: 30_000}
"""Characters of the articles that are longer than the others."""


@pytest.fixture
def studio() -> Iterator[Studio]:
    """A stand-in for a server."""
    server = Studio()
    yield server
    server.stop()


@pytest.fixture
def client(studio: Studio) -> Iterator[Client]:
    """A client of the stand-in."""
    with closing(Client(studio.url, "0" * 40)) as made:
        yield made


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the seconds that a client would wait, instead of waiting."""
    seconds: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", seconds.append)
    return seconds


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A dataset of NUMBER short articles, one of them long."""
    texts = [f"A title\n\n{'word ' * SIZES.get(at, 10)}{at}." for at in range(NUMBER)]
    lines = [
        strict_json.compact({"id": f"{at:016x}", "text": text, "license": "none"}) for at, text in enumerate(texts)
    ]
    files.write_file(tmp_path / "dataset" / "raw" / "many.jsonl", "\n".join(lines) + "\n")
    files.write_file(tmp_path / "annotations" / "GUIDELINES.md", "Version 1.0\n")
    return with_schema(tmp_path)


def send(root: Path, client: Client) -> push.PushResult:
    """Push a dataset."""
    return push.push_articles(root, client, lambda *_: None)


def whole(studio: Studio) -> bool:
    """Say whether both projects hold each article once."""
    return all(studio.articles(project) == [f"{at:016x}" for at in range(NUMBER)] for project in (1, 2))


def limited(studio: Studio, limit: int) -> None:
    """Let a proxy take no request that is larger."""
    studio.fault = lambda method, path, size: 413 if size > limit else 0


def test_halves_large_requests(root: Path, studio: Studio, client: Client) -> None:
    """They are halved until they pass, with one note per project, and the next push has nothing to do."""
    limited(studio, 250_000)
    pushed = send(root, client)
    assert pushed.issues == []
    assert [note for note in pushed.notes if "are refused; sent in smaller ones" in note]
    assert whole(studio)
    assert pushed.tasks == {"labels": NUMBER, "zones": NUMBER}
    changes = len(studio.changes)
    assert send(root, client).tasks == {"labels": 0, "zones": 0}
    assert len(studio.changes) == changes


def test_reports_task_that_is_too_large(root: Path, studio: Studio, client: Client) -> None:
    """It is reported with article and size; all others arrive, and so does it once the proxy accepts more."""
    limited(studio, 170_000)
    pushed = send(root, client)
    assert [(issue.code, issue.record) for issue in pushed.issues] == [("server-limit", f"{7:016x}")] * 2
    assert "bytes, which the server, or a proxy before it, does not accept (status 413)" in pushed.issues[0].message
    assert pushed.tasks == {"labels": NUMBER - 1, "zones": NUMBER - 1}
    assert len(studio.tasks) == 2 * (NUMBER - 1)
    limited(studio, 1_000_000)
    assert send(root, client).tasks == {"labels": 1, "zones": 1}
    assert whole(studio)


def test_parts_keep_every_task_in_order() -> None:
    """Whatever the sizes and the limit, the parts make the whole, each within the limit unless it is one task."""
    for sizes in ([], [5], [5, 5, 5], [100, 1, 1, 100, 50, 50], [1] * 30):
        items = [task_upload.UploadItem(str(at), "", b"x" * size) for at, size in enumerate(sizes)]
        for limit in (1, 10, 60, 1000):
            parts = list(task_upload._split_by_size(items, limit))
            assert [each for part in parts for each in part] == items
            assert all(task_upload._request_size(part) <= limit or len(part) == 1 for part in parts)


def failing(studio: Studio, status: int, times: int = 1) -> None:
    """Let imports of tasks be answered with a status so often, then as they should be."""
    left = [status] * times
    studio.fault = lambda method, path, size: left.pop() if path.endswith("/import") and left else 0


@pytest.mark.parametrize("status", [502, 503, 504])
def test_finds_tasks_after_gateway_error(root: Path, studio: Studio, client: Client, status: int) -> None:
    """A gateway gave up, the server did not: the tasks are found, nothing is sent twice, and the push goes on."""
    failing(studio, status + 1000)
    pushed = send(root, client)
    assert pushed.issues == []
    assert whole(studio)
    assert pushed.tasks == {"labels": NUMBER, "zones": NUMBER}


@pytest.mark.parametrize("status", [502, 503, 504])
def test_waits_for_server_at_work(
    root: Path, studio: Studio, client: Client, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The push looks again with growing pauses; what arrives meanwhile is not sent again."""
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            studio.finish()

    monkeypatch.setattr("tenacity.nap.time.sleep", wait)
    failing(studio, status + 2000)
    assert send(root, client).issues == []
    assert whole(studio)
    assert waited == sorted(waited) and len(waited) == 3


@pytest.mark.parametrize("status", [502, 503, 504])
def test_stops_when_work_stays_unseen(
    root: Path, studio: Studio, client: Client, pauses: list[float], status: int
) -> None:
    """Nothing is sent again, since it may still arrive; it does, and the next push makes no copies."""
    failing(studio, status + 2000)
    with pytest.raises(ServerError) as raised:
        send(root, client)
    [issue] = raised.value.issues
    assert issue.code == "server-error"
    assert issue.message == (
        f"the server failed (status {status}); it may still be working on {NUMBER} tasks: wait before the next push"
    )
    assert len(pauses) == transport.MAX_ATTEMPTS - 1
    assert sum(path.endswith("/import") for _, path, _ in studio.changes) == 1
    studio.finish()
    assert send(root, client).tasks == {"labels": 0, "zones": NUMBER}
    assert whole(studio)


def test_resends_certain_refusals(root: Path, studio: Studio, client: Client) -> None:
    """A server that wants fewer requests, or failed itself, has nothing under way: look, and send again."""
    for status in (429, 500):
        failing(studio, status, times=2)
        assert send(root, client).issues == []
    assert whole(studio)


def test_sends_newer_drafts_once(root: Path, studio: Studio, client: Client) -> None:
    """Predictions that a gateway lost are not sent again by the same push, and by the next only if missing."""
    send(root, client)
    article = corpus.load_corpus(root).articles[f"{3:016x}"]
    document = {
        "schema_version": "1", "article": article["id"], "text_sha256": article["source_sha256"], "guidelines": "1.0",
        "annotators": [{"id": "rules", "kind": "rule", "name": None, "version": None}],
        "status": {"entities": "draft"}, "created": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z",
        "derived_from": [], "entities": [],
    }  # fmt: skip
    files.write_file(root / "annotations" / "rules" / f"{article['id']}.json", strict_json.pretty(document))
    left = [1504]
    studio.fault = lambda method, path, size: left.pop() if path.endswith("/predictions") and left else 0
    with pytest.raises(ServerError, match="wait before the next push"):
        send(root, client)
    assert send(root, client).drafts == {"labels": 0, "zones": 0}
    [task] = [each for each in studio.of(1) if each["data"]["article"] == article["id"]]
    assert len(task["predictions"]) == 1
