"""Live suggestions: what is suggested of a request, what comes back of it, and the protocol of the server."""

import base64
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.corpus import corpus
from pactwire.labelstudio import live_suggestions, push, suggestion_server, task_builder
from pactwire.labelstudio.annotation_import import SourceTask, import_annotations
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.live_suggestions import LiveSuggestions
from pactwire.labelstudio.suggestion_connection import connect_projects
from pactwire.labelstudio.suggestion_server import SECRET_VARIABLE, SuggestionServer, serving
from pactwire.model.issues import DataError
from pactwire.storage import files
from support.labelstudio import free_port, identify, submitted, ticked
from support.labelstudio_page import odd_dataset
from support.news import SCHEMA
from support.studio import Studio
from test_suggest import LINKS

TEXT = (
    "Rutte met Путин in the old town.\n\nRutte left when the talks were over. Not Ruttes: Путина 𝔸 Rutte, Russia,"
    " the Russian army and Rutte"
)
CUT = TEXT.index("\n\n")
DATA = {
    "project": "labels", "article": "a" * 16, "source_id": "1.txt", "text": TEXT, "text_sha256": "0" * 64,
    "guidelines": "1.0",
    "segments": [
        {"content": 0, "source": 10, "length": CUT}, {"content": CUT + 2, "source": 90, "length": len(TEXT) - CUT - 2},
    ],
}  # fmt: skip
"""The data of a task whose text has furniture before it, and between its lines."""


def region(words: str, label: str, name: str, nth: int = 0, **more: Any) -> dict[str, Any]:
    """Return the result of a region that a person drew around words of the text."""
    at = -1
    for _ in range(nth + 1):
        at = TEXT.index(words, at + 1)
    value = {"start": at, "end": at + len(words), "text": words, "labels": [label]}
    about = {"id": name, "from_name": "label", "to_name": "text", "type": "labels", "origin": "manual", "value": value}
    return {**about, **more}


def suggested(results: list[Any]) -> list[tuple[int, str]]:
    """Return start and words of suggested regions."""
    labels = [each["value"] for each in results if each["type"] == "labels"]
    return [(each["start"], TEXT[each["start"] : each["end"]]) for each in labels]


@pytest.fixture
def live() -> LiveSuggestions:
    """Suggestions by the template for news."""
    return LiveSuggestions(SCHEMA, LINKS)


def test_suggests_as_a_draft_does(live: LiveSuggestions) -> None:
    """Regions have class, form and link, and the signature of who suggests; no layer is ticked."""
    results = live.suggest({"id": 1, "data": DATA}, [region("Russia", "GPE", "-a_9ZbcdEF")])
    at = TEXT.index("Russian")
    about = {"id": f"e--a_9ZbcdEF-{at}", "to_name": "text", "origin": "prediction"}
    span = {"start": at, "end": at + 7}
    meta = results[0].pop("meta")["pactwire"]
    assert results == [
        {**about, "from_name": "label", "type": "labels", "value": {**span, "text": "Russian", "labels": ["GPE"]}},
        {**about, "from_name": "form", "type": "choices", "value": {**span, "choices": ["adjective"]}},
        {**about, "from_name": "link", "type": "taxonomy", "value": {**span, "taxonomy": [["Q159"]]}},
    ]
    assert (meta["id"], meta["by"], meta["suggester"]) == (about["id"], ["same-words"], live_suggestions.SUGGESTER)


def test_suggests_once_for_what_was_drawn_last(live: LiveSuggestions) -> None:
    """Later requests about a region get nothing, so that what a person deleted stays away; so do regions of drafts."""
    first, second = region("Rutte", "PER", "a"), region("Путин", "PER", "b")
    places = TEXT.index("Rutte left"), TEXT.index("Rutte, R"), TEXT.rindex("Rutte")
    assert suggested(live.suggest({"id": 1, "data": DATA}, [second, first])) == [(at, "Rutte") for at in places]
    assert live.suggest({"id": 1, "data": DATA}, [second, first]) == []
    assert suggested(live.suggest({"id": 2, "data": DATA}, [second, first])) != []
    assert suggested(live.suggest({"id": 1, "data": DATA}, [first, second])) == [(TEXT.index("Путина"), "Путина")]
    for origin in ("prediction", "prediction-changed"):
        assert live.suggest({"id": 3, "data": DATA}, [region("Rutte", "PER", "c", origin=origin)]) == []


def test_forgets_the_oldest_regions(live: LiveSuggestions, monkeypatch: pytest.MonkeyPatch) -> None:
    """It remembers so many regions and no more."""
    monkeypatch.setattr(live_suggestions, "MAX_REMEMBERED", 1)
    for name in ("a", "b", "a"):
        assert live.suggest({"id": 1, "data": DATA}, [region("Rutte", "PER", name)]) != []
    assert live.suggest({"id": 1, "data": DATA}, [region("Rutte", "PER", "a")]) == []


def test_leaves_out_what_the_person_labeled(live: LiveSuggestions) -> None:
    """Names of the context and of unsent edits are not suggested, nor those of the draft that the page starts from."""
    drawn = region("Rutte", "PER", "a")
    others = [region("Rutte", "ORG", "b", 1), region("Rutte, Russia", "GPE", "c")]
    last = [(TEXT.rindex("Rutte"), "Rutte")]
    start = {"model_version": "pactwire", "result": others}
    other = {"model_version": "anna@1", "result": [region("army and Rutte", "PER", "d")]}
    assert suggested(live.suggest({"id": 1, "data": DATA, "predictions": [start, other, 7]}, [drawn])) == last
    assert suggested(live.suggest({"id": 2, "data": DATA, "drafts": [{"result": others}]}, [drawn])) == last
    context = [region("Rutte", "PER", "b", 1), region("Rutte, Russia", "PER", "c"), drawn]
    assert suggested(live.suggest({"id": 3, "data": DATA}, context)) == last
    deleted = {"id": 4, "data": DATA, "predictions": [start], "drafts": [{"result": []}]}
    assert len(suggested(live.suggest(deleted, [drawn]))) == 3
    saved = {"id": 5, "data": DATA, "drafts": [{"result": [drawn]}]}  # drawn long ago, and something of it changed now
    assert live.suggest(saved, [drawn]) == []


def test_looks_at_nobody_elses_work(live: LiveSuggestions) -> None:
    """Annotations in a request change nothing, whoever made them."""
    drawn = region("Rutte", "PER", "a")
    link = {**drawn, "from_name": "link", "type": "taxonomy", "value": {"start": 0, "end": 5, "taxonomy": [["Q9"]]}}
    theirs = [drawn, link, region("Rutte", "ORG", "b", 1)]
    annotations = [{"result": theirs, "completed_by": 2, "ground_truth": truth} for truth in (True, False)]
    alone = live.suggest({"id": 1, "data": DATA, "annotations": []}, [drawn])
    assert live.suggest({"id": 2, "data": DATA, "annotations": annotations}, [drawn]) == alone


def test_suggests_names_only(live: LiveSuggestions) -> None:
    """Labels of other layers, and tasks that show no names, get nothing."""
    assert live.suggest({"id": 1, "data": DATA}, [region("left", "STANCE", "a")]) == []
    assert live.suggest({"id": 1, "data": DATA}, [region("Rutte", "CUE", "a")]) == []
    assert live.suggest({"id": 1, "data": {**DATA, "project": "zones"}}, [region("Rutte", "PER", "a")]) == []
    assert live.suggest({"id": 1, "data": {**DATA, "project": "other"}}, [region("Rutte", "PER", "a")]) == []
    assert live.suggest({"id": 1, "data": {**DATA, "project": "claims"}}, [region("Rutte", "PER", "a")]) == []
    assert live.suggest({"id": 1, "data": {**DATA, "project": "entities"}}, [region("Rutte", "PER", "a")]) != []


KEYS = st.sampled_from([*region("Rutte", "PER", "a"), "start", "labels", "choices", "pactwire", "result"])
VALUES = st.sampled_from([None, True, -1, 3, 2.5, "", "a", "label", "labels", "PER", "manual", "text"])
JSON = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=12)
SHARED = LiveSuggestions(SCHEMA, LINKS)


@given(st.data())
def test_answers_any_request(data: st.DataObject) -> None:
    """Whatever JSON is in a request, there is an answer, or it is refused with a DataError."""
    broken = {**region("Rutte", "PER", "a"), data.draw(KEYS): data.draw(JSON)}
    task = {"id": data.draw(JSON), "data": {**DATA, data.draw(st.sampled_from(sorted(DATA))): data.draw(JSON)}}
    task |= {"drafts": data.draw(JSON), "predictions": [{"model_version": "pactwire", "result": data.draw(JSON)}]}
    name = data.draw(st.text(min_size=1))
    for context in (data.draw(JSON), [data.draw(JSON), broken], [region("Rutte", "PER", name)]):
        for each in (task, {**task, "data": DATA}, {**task, "data": data.draw(JSON)}):
            with suppress(DataError):
                assert isinstance(SHARED.suggest(each, context), list)


# --- what comes back


@pytest.mark.parametrize("parent", [None, 9])
def test_says_who_suggested(parent: int | None, tmp_path: Path) -> None:
    """An accepted suggestion is by the rule, then the person; an edited one the other way round; a new one theirs.

    This is so even if the person started from a model's prediction, whose regions have no ids.
    """
    article = odd_dataset(tmp_path, {})
    data = corpus.load_corpus(tmp_path)
    task = json.loads(json.dumps({"id": 1, **task_builder.build_task(data, data.articles[article], "labels", "1.0")}))
    text = task["data"]["text"]
    at = text.rindex("page")
    drawn = region("Rutte", "ORG", "new9", value={"start": at, "end": at + 4, "text": "page", "labels": ["ORG"]})
    task["data"]["text"] = text = text.replace("that", "page").replace("Tiny", "page")
    source = data.articles[article]
    source["source_text"] = source["source_text"].replace("that", "page").replace("Tiny", "page")
    found = LiveSuggestions(data.schema, data.links).suggest(task, [drawn])
    accepted, edited = [each["id"] for each in found if each["type"] == "labels"]
    for each in found:
        if each["id"] == edited and each["type"] == "labels":
            each["value"]["labels"] = ["LOC"]
            each["origin"] = "prediction-changed"
    results = [*ticked(task["predictions"][0]["result"], "entities"), drawn, *found]
    nameless = {key: value for key, value in drawn.items() if key != "id"}
    task["predictions"].append({"id": 9, "model_version": "ner@1", "result": [nameless]})
    annotation: dict[str, Any] = {"id": 5, "completed_by": 1, "parent_prediction": parent, "result": submitted(results)}
    annotation |= dict.fromkeys(("created_at", "updated_at"), "2026-01-01T00:00:00Z")
    who = AnnotatorDirectory({}, {"1": "anna"})
    imported = import_annotations(data, [SourceTask("labels", {**task, "annotations": [annotation]}, "here")], who)
    assert imported.issues == []
    document = imported.documents["anna"]
    by = {label["id"]: label["by"] for label in document["entities"]}  # type: ignore[typeddict-item]
    assert (by["new9"], by[accepted], by[edited]) == (["anna"], ["same-words", "anna"], ["anna", "same-words"])
    assert parent or by["e2"] == ["rules", "anna"]
    assert live_suggestions.SUGGESTER in document["annotators"]


# --- the server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SuggestionServer]:
    """A server without a secret, on loopback."""
    odd_dataset(tmp_path, {})
    with serving(tmp_path) as running:
        yield running


def ask(server: SuggestionServer, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Return status and JSON of a response."""
    content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.url}/{path}", content, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def predict(**context: Any) -> dict[str, Any]:
    """Return a request for predictions as Label Studio sends it."""
    task = {"id": 1, "data": DATA, "annotations": [], "drafts": [], "predictions": []}
    return {"tasks": [task], "project": "1.2", "label_config": "<View/>", "params": {"login": "", "context": context}}


def test_speaks_the_protocol(server: SuggestionServer) -> None:
    """Health, setup and predictions are as Label Studio expects them."""
    assert ask(server, "health") == (200, {"status": "UP"})
    assert ask(server, "setup", {"access_token": "t", "project": "1.2"}) == (200, {"model_version": "same-words 1"})
    status, answer = ask(server, "predict", predict(result=[region("Rutte", "PER", "a")]))
    [result] = answer["results"]
    assert status == 200 and result["model_version"] == "same-words 1" and len(suggested(result["result"])) == 3
    assert ask(server, "predict", predict(result=[]))[1]["results"][0]["result"] == []
    stored = {**predict(), "params": {"context": None}}
    assert ask(server, "predict", stored) == (200, {"results": []})  # Label Studio would keep an empty prediction


def test_refuses_what_is_no_request(server: SuggestionServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad JSON and other shapes get 400 with a message, other paths 404, large bodies 413; then it goes on."""
    for body in (b"{", b"\xff", b"[]", b"{}", b'{"tasks": [1], "params": {}}', b"[" * 100_000):
        status, answer = ask(server, "predict", body)
        assert status == 400 and answer["error"].startswith("this is no request for predictions")
    odd = predict(result=[region("Rutte", "PER", "a")])
    odd["tasks"][0]["data"] = {**DATA, "segments": DATA["segments"][::-1]}
    assert ask(server, "predict", odd)[0] in (200, 400)
    assert ask(server, "train", {})[0] == ask(server, "webhook", {})[0] == ask(server, "other")[0] == 404
    monkeypatch.setattr(suggestion_server, "MAX_REQUEST_BYTES", 10)
    assert ask(server, "predict", b"x" * 11) == (413, {"error": "more than 10 bytes"})
    assert ask(server, "health")[0] == 200


def test_drops_slow_and_odd_clients(server: SuggestionServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that does not go on is dropped, one that says no length is refused."""
    assert suggestion_server._Handler.timeout == suggestion_server.IDLE_SECONDS
    monkeypatch.setattr(suggestion_server._Handler, "timeout", 0.2)
    host, port = server.server_address[:2]
    for text, status in (("", b"411"), ("Content-Length: x\r\n", b"411"), ("Content-Length: 9\r\n", b"")):
        with socket.create_connection((str(host), port), timeout=10) as client:
            client.sendall(f"POST /predict HTTP/1.1\r\nHost: x\r\n{text}\r\n{{".encode())
            assert client.recv(65536)[9:12] == status


def test_asks_for_the_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every request without it gets 401, also health; it is shown nowhere."""
    odd_dataset(tmp_path, {})
    with serving(tmp_path, secret="s3cret ü") as running:
        right = base64.b64encode("pactwire:s3cret ü".encode()).decode()
        wrong = (right[:-2], "", base64.b64encode(b"other:s3cret").decode())
        for header in [
            {},
            *({"Authorization": f"Basic {each}"} for each in wrong),
            {"Authorization": f"basic {right}x"},
        ]:
            for path, body in (("health", None), ("setup", {}), ("predict", predict()), ("other", None)):
                status, answer = ask(running, path, body, **header)
                assert status == 401 and "s3cret" not in str(answer) and right not in str(answer)
        assert ask(running, "health", Authorization=f"Basic {right}") == (200, {"status": "UP"})
        assert ask(running, "predict", predict(result=[]), Authorization=f"Basic {right}")[0] == 200
    assert "s3cret" not in "".join(capsys.readouterr())


def test_other_machines_need_a_secret(tmp_path: Path) -> None:
    """Without one it listens on this machine only; a port that is taken is an issue too."""
    odd_dataset(tmp_path, {})
    with (
        pytest.raises(DataError, match=f"suggest-secret: other.* reach 0.0.0.0, but {SECRET_VARIABLE}"),
        serving(tmp_path, "0.0.0.0"),
    ):
        pass
    with serving(tmp_path, "0.0.0.0", secret="x") as running:
        assert running.server_address[0] == "0.0.0.0"
    with socket.socket() as other:
        other.bind(("127.0.0.1", port := free_port()))
        other.listen()
        with pytest.raises(DataError, match="port-busy"), serving(tmp_path, port=port):
            pass


def test_reads_no_document(tmp_path: Path, server: SuggestionServer) -> None:
    """The schema and the links are all that it reads: not the final document of an article, nor anybody's."""
    request = predict(result=[region("Rutte", "PER", "a")])
    before = ask(server, "predict", request)[1]
    for name in ("final", "anna", "rules"):
        files.write_file(tmp_path / "annotations" / name / f"{'a' * 16}.json", "no JSON")
    files.write_file(tmp_path / "dataset" / "raw" / "1.txt", b"\xff")
    with serving(tmp_path) as again:
        assert ask(again, "predict", request)[1] == before


def test_follows_changes_of_links(tmp_path: Path, server: SuggestionServer) -> None:
    """New links count from the next request on; while the table is broken, the earlier ones do."""
    table = tmp_path / "annotations" / "links.tsv"

    def link_of(name: str) -> Any:
        results = ask(server, "predict", predict(result=[region("Russia", "GPE", name)]))[1]["results"][0]["result"]
        return [each["value"]["taxonomy"] for each in results if each["from_name"] == "link"]

    assert link_of("a") == []
    files.write_file(table, "link\tname\ttype\tsource\nQ159\tRussia\tGPE\ttest\n")
    assert link_of("b") == [[["Q159"]]]
    files.write_file(table, "no table")
    assert link_of("c") == [[["Q159"]]]


# --- its connection


class ConnectingStudio(Studio):
    """A stand-in for Label Studio that keeps a backend, unless it blocks the address, and makes a webhook for it."""

    def __init__(self) -> None:
        self.backends: list[Any] = []
        self.blocks = False
        super().__init__()

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        """Answer requests about backends and webhooks."""
        if path.startswith("/api/ml/"):
            if method != "GET" and not self.blocks:
                self.backends = [{**body, "id": 5, "state": "CO"}]
            return self.backends
        if path == "/api/webhooks/":
            return [{"id": 3, "url": "http://10.0.0.5:9090/webhook"}, {"id": 4, "url": "http://10.0.0.5/other"}]
        return None if path.startswith("/api/webhooks/") else super().answer(method, path, query, body)


def test_deletes_the_webhook_of_its_backend(tmp_path: Path) -> None:
    """Label Studio would send everybody's annotations there; other webhooks stay."""
    odd_dataset(identify(tmp_path), {})
    studio, address = ConnectingStudio(), "http://10.0.0.5:9090"
    with closing(Client(studio.url, "t")) as client:
        push.push_articles(tmp_path, client, lambda *_: None)
        studio.changes.clear()
        studio.blocks = True
        connected = connect_projects(tmp_path, client, address)
        assert (connected.titles, [issue.code for issue in connected.issues]) == ([], ["suggest-connect"])
        studio.blocks = False
        assert connect_projects(tmp_path, client, f"{address}/", "s3cret") == (["pactwire labels"], [])
        assert connect_projects(tmp_path, client, address, "s3cret") == (["pactwire labels"], [])
        methods = [(method, path) for method, path, _ in studio.changes]
        assert methods == [("POST", "/api/ml/"), ("POST", "/api/ml/"), ("DELETE", "/api/webhooks/3/")]
        studio.fault = lambda method, path, size: 500 if path == "/api/ml/5" else 0
        with pytest.raises(DataError, match="server-error"):
            connect_projects(tmp_path, client, "http://10.0.0.6:9090", "s3cret")
    studio.stop()
