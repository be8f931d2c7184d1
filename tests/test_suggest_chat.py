"""Drafts by a language model, against a scripted endpoint that lies, fails and breaks off."""

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from pactwire.cli.main import app
from pactwire.corpus import corpus
from pactwire.labelstudio.encoder import encode_results
from pactwire.storage import files
from pactwire.suggest import chat_model, prompt
from pactwire.suggest.endpoint import Endpoint
from support.http_server import Request, Response
from support.scripted import Answer, Stub, answer


class Ran(NamedTuple):
    """How the command ended, and what it said, its issues included."""

    exit_code: int
    output: str


KEY = "sk-very-secret-0123456789"
ROOT = Path(__file__).parents[1]
LINE = {"line": 1, "occurrence": 1}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of this repository's dataset with one more article, which nobody labeled."""
    for name in ("annotations", "schema", "dataset", "pactwire.toml"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("data", "plots"))
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    text = "😀 Кім і Путін\r\n\r\nКім сказав, що «пакт» діє. Кім сказав це в Москві.\r\n"
    own_zones = [{"id": f"z{start}", "start": start, "end": end, "kind": kind, "language": "uk", "origin": "original",
                  "by": ["page"]} for start, end, kind in ((0, 13, "title"), (15, 65, "body"))]  # fmt: skip
    by = {"id": "page", "kind": "rule", "name": None, "version": None}
    record = {"id": "00000000000000cc", "text": text, "license": "made", "zones": own_zones, "zones_by": by}
    files.write_file(tmp_path / "dataset/raw/2_bulk.jsonl", json.dumps(record) + "\n")
    return tmp_path


def completion(content: Any, reason: str = "stop", **more: Any) -> Answer:
    """Return a completion whose content is JSON, or a text."""
    text = content if isinstance(content, str) else json.dumps(content)
    message = {"role": "assistant", "content": text, **more}
    return answer({"model": "srv-7b", "choices": [{"message": message, "finish_reason": reason}],
                   "usage": {"prompt_tokens": 100, "completion_tokens": 10}})  # fmt: skip


def entity(name: str, line: int, quote: str, occurrence: int = 1) -> dict[str, Any]:
    """Return an entity as a model gives it."""
    return {"id": name, "text": {"line": line, "quote": quote, "occurrence": occurrence}, "type": "PER",
            "form": "name", "link": None, "metonym_of": None}  # fmt: skip


GOOD: dict[str, Any] = {
    "entities": [entity("k", 2, "Кім", 2), entity("x", 1, "Kim"), entity("p", 1, "Путін")],
    "claims": [{"id": "c", "text": {"line": 2, "quote": 'що "пакт" діє', "occurrence": 1}, "claimants": ["k"],
                "cue": {"line": 2, "quote": "сказав", "occurrence": 1}, "type": "event", "commitment": "certain",
                "checkworthy": "CFS", "normalized": "The pact holds."}],
    "stances": [{"id": "s", "text": {"line": 2, "quote": "пакт", "occurrence": 1}, "holder": "x", "target": "c",
                 "polarity": "favor", "channel": "authorial"}],
}  # fmt: skip


def run(root: Path, server: Stub, *options: str) -> "Ran":
    """Run the command on the unlabeled article."""
    words = ["suggest", "00000000000000cc", "--root", str(root), "--model", "openai:m", "--base-url", server.url]
    result = CliRunner().invoke(app, [*words, *options], env={"OPENAI_API_KEY": KEY})
    return Ran(result.exit_code, result.output + str(result.exception or ""))


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_model, "RETRIES", 1)
    monkeypatch.setattr("openai._base_client.BaseClient._calculate_retry_timeout", lambda *_, **__: 0.01)


def draft_path(root: Path) -> Path:
    """Return where the draft is written."""
    return root / "annotations/openai-m/00000000000000cc.json"


def test_drafts_every_layer_and_passes_every_check(root: Path) -> None:
    """Labels stand where they say, lies are counted, the draft is valid, and a second run asks and changes nothing."""
    server = Stub(completion(GOOD))
    result = run(root, server, "--refused")
    assert result.exit_code == 0, result.output
    draft = json.loads(draft_path(root).read_text())
    assert [(each["start"], each["text"]) for each in draft["entities"]] == [(8, "Путін"), (42, "Кім")]
    assert draft["claims"][0]["text"] == "що «пакт» діє" and draft["claims"][0]["claimants"] == ["e2"]
    assert draft["stances"] == []
    assert "entities: 1: the quote does not stand in the text" in result.output
    assert "stances: 1: it refers to a label that is refused" in result.output
    model = draft["annotators"][0]
    assert model["kind"] == "model" and model["version"].startswith("srv-7b, prompt ")
    assert model["version"].endswith(", temperature 0") and set(draft["status"].values()) == {"draft"}
    assert all(each["by"] == ["openai-m"] for layer in ("entities", "claims") for each in draft[layer])
    checked = CliRunner().invoke(app, ["validate", "--root", str(root), "--format", "json"])
    assert "openai-m" not in checked.output
    content = corpus.load_corpus(root).content(corpus.load_corpus(root).articles["00000000000000cc"])
    assert encode_results(corpus.load_corpus(root).schema, draft, content.segments, content.text, "labels")
    again = run(root, server)
    assert again.exit_code == 0 and "1 same" in again.output and "from the cache: 1 answer" in again.output
    assert len(server.requests) == 1
    server.stop()


def test_sends_text_only_to_hosts_that_were_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without consent nothing is sent; a host that was named once is remembered, and no redirect is followed."""
    monkeypatch.setattr(Endpoint, "is_local", False)
    other = Stub(completion(GOOD))
    server = Stub((307, {"Location": f"{other.url}/chat/completions"}, b""))
    refused = run(root, server)
    assert refused.exit_code == 1 and "suggest-host" in refused.output and server.requests == []
    assert "suggest-host" in run(root, server, "--send-text-to", "api.openai.com").output and server.requests == []
    named = run(root, server, "--send-text-to", "127.0.0.1")
    assert "suggest-request" in named.output and server.requests and other.requests == []
    assert "suggest-request" in run(root, server).output
    server.stop()
    other.stop()


BROKEN: dict[str, Answer] = {
    "truncated": completion('{"entities": [', "length"),
    "no layer": completion({"error": "overloaded"}),
    "page": (200, {"Content-Type": "text/html"}, b"<html>"),
    "denied": answer({"error": {"message": f"Incorrect API key provided: {KEY}"}}, 401),
    "busy": answer({"error": {"message": "slow down"}}, 429),
}
"""Of each kind one; `test_suggest_chat_transport` has the others."""


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_an_issue_and_nothing_is_written(root: Path, name: str) -> None:
    """What is no whole answer becomes an issue of the article; no draft is written, and the key is in no output."""
    server = Stub(BROKEN[name])
    result = run(root, server)
    server.stop()
    assert result.exit_code == 1, result.output
    assert "suggest-answer" in result.output or "suggest-request" in result.output
    assert not draft_path(root).exists() and KEY not in result.output
    stored = [path for path in (root / ".pactwire").rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert stored == []


@pytest.mark.parametrize("first", [
    answer({"error": {"message": "slow down"}}, 429), answer({}, 500), (503, {"Retry-After": "1"}, b""),
    answer({"error": {"message": "response_format is not supported"}}, 400),
    answer({"error": {"message": "Unsupported value: temperature"}}, 400),
])  # fmt: skip
def test_tries_again(root: Path, first: Answer) -> None:
    """After a limit or an error it asks again; without the schema or temperature if the server refuses them."""
    server = Stub(first, completion(f"```json\n{json.dumps(GOOD)}\n```"))
    result = run(root, server)
    again = run(root, server)
    server.stop()
    assert result.exit_code == 0, result.output
    assert draft_path(root).exists() and len(server.requests) == 2
    assert "1 same" in again.output


def test_keeps_a_draft_that_a_person_worked_on(root: Path) -> None:
    """Existing work is never replaced, even with --renew."""
    server = Stub(completion(GOOD))
    run(root, server)
    draft = json.loads(draft_path(root).read_text())
    draft["annotators"].append({"id": "ana", "kind": "human", "name": None, "version": None})
    draft_path(root).write_text(json.dumps(draft))
    result = run(root, server, "--renew")
    server.stop()
    assert result.exit_code == 0 and "kept: annotations/openai-m" in result.output
    assert json.loads(draft_path(root).read_text()) == draft


def test_shows_the_prompt_and_sends_nothing(root: Path) -> None:
    """The prompt has the definitions, the guidelines, examples of other groups, and the content as numbered lines."""
    server = Stub(completion(GOOD))
    shown = run(root, server, "--show-prompt").output
    assert "2: Кім сказав, що «пакт» діє." in shown and "# Guidelines" in shown
    assert shown.count("--- assistant") == 2 and "A named person, without title or function." in shown
    assert "about" in run(root, server, "--estimate", "--prices", "1", "2").output and server.requests == []
    data = corpus.load_corpus(root)
    made = prompt.dataset_prompt(data)
    for article in map(data.articles.__getitem__, data.articles):
        grounding = prompt.article_grounding(data, article)
        contents = [message["content"] for message in made.messages(article, grounding)]
        assert contents.count(prompt.article_lines(grounding)) == 1
    server.stop()


class _Breaking(Stub):
    """A server whose first connection breaks before an answer."""

    def respond(self, request: Request) -> Response:
        """Break off, or answer."""
        found = super().respond(request)
        if len(self.requests) == 1:
            raise ConnectionAbortedError
        return found


def test_asks_again_when_a_connection_breaks_or_is_slow(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost connection and a time-out are asked again; when all attempts fail it is an issue, and no draft."""
    monkeypatch.setattr(chat_model, "TIMEOUT_SECONDS", 0.2)
    slow = Stub((0, {}, b""))
    result = run(root, slow)
    slow.stop()
    assert result.exit_code == 1 and "suggest-request" in result.output and len(slow.requests) == 2
    assert not draft_path(root).exists()
    breaking = _Breaking(completion(GOOD))
    result = run(root, breaking)
    breaking.stop()
    assert result.exit_code == 0 and len(breaking.requests) == 2 and draft_path(root).exists()
