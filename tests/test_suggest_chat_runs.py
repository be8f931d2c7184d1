"""Runs of a language model over several articles: killed, disturbed, side by side, and what they say of themselves."""

import json
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from conftest import Run, contents
from pactwire.cli import terminal
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import strict_json
from pactwire.storage import files, locks
from support import writers
from support.article_model import ArticleModel, completion
from support.floods import FLOODS, copy_floods
from support.http_server import Response
from support.scripted import answer

UNLABELED = ("4646b707109d1f8d", "962f72652589cfea", "c1085297ef373632")
CHANGED = "00000000000000cc"
KEY = "sk-very-secret-0123456789"
START = Callable[..., ArticleModel]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dataset with three articles that nobody labeled."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    root = copy_floods(tmp_path / "floods")
    for path in (root / "annotations").rglob("*.json"):
        if path.stem in UNLABELED:
            path.unlink()
    return root


@pytest.fixture
def model() -> Iterator[START]:
    """Start stand-ins for a model."""
    started: list[ArticleModel] = []

    def start(before: Callable[[int], Response | None] = lambda _: None) -> ArticleModel:
        started.append(ArticleModel(before))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def words(root: Path, url: str, *options: str) -> list[str]:
    """Return the command line."""
    return ["suggest", *options, "--root", str(root), "--model", "openai:m", "--base-url", url]


def committed(root: Path) -> dict[str, bytes]:
    """Return the files of a dataset but for caches and locks."""
    return {name: data for name, data in contents(root).items() if not name.startswith(".pactwire/")}


def drafts(root: Path) -> list[str]:
    """Return the articles that have a draft."""
    return sorted(path.stem for path in (root / "annotations/openai-m").glob("*.json"))


def bodies(server: ArticleModel) -> list[dict[str, Any]]:
    """Return the bodies of all requests to a server."""
    return [json.loads(each.partition("\n\n\n")[2]) for each in server.received]


@pytest.fixture
def start_command(root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., BaseProcess]:
    """Start the command in a process of its own, which can be killed before a given step of its commit."""

    def start(server: ArticleModel, step: int | None = None) -> BaseProcess:
        line = ("suggest", "--model", "openai:m", "--base-url", server.url)
        monkeypatch.setitem(writers.COMMANDS, "suggest by a language model", line)
        return writers.start("suggest by a language model", root, root, server.url, step)

    return start


def test_says_what_was_sent_and_what_it_costs(root: Path, model: START, run: Run) -> None:
    """Before and after: requests, characters, tokens and prices; cached answers are not sent, and cost nothing."""
    server = model()
    before = run(*words(root, server.url, "--estimate", "--prices", "2.5", "10", "--format", "json"))
    estimated = json.loads(before.stdout)
    assert (estimated["requests"], estimated["cached"], server.asked) == (3, 0, [])
    done = run(*words(root, server.url, "--prices", "2.5", "10"))
    assert done.returncode == 0, done
    sent = sum(len(message["content"]) for each in bodies(server) for message in each["messages"])
    assert estimated["characters"] == sent
    assert estimated["tokens_in"] == pytest.approx(sent / 3, abs=3)
    assert estimated["cost"] == pytest.approx(estimated["tokens_in"] * 2.5 / 1e6)
    assert done.stderr == (
        f"to send to 127.0.0.1: 3 requests with {sent:,} characters, about {estimated['tokens_in']:,} tokens, for "
        f"about {estimated['cost']:.4f} (those of answers come on top); cached: 0 answers\n"
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("openai-m srv-7b, prompt ") and lines[0].endswith("articles: 3 drafted, 9 labeled")
    assert lines[1:] == [
        "labels: 3 mentions, 0 quotes, 0 figures",
        "refused: 3 labels (--refused lists them)",
        "  mentions: 3: the quote does not stand in the text",
        f"sent to 127.0.0.1: 3 requests with {sent:,} characters; reported: 36,000 tokens in, 60 out, 0.0906 by the "
        "prices given; from the cache: 0 answers",
        "next: pactwire label push, which shows them to annotators",
    ]
    assert drafts(root) == sorted(UNLABELED)
    was = committed(root)
    again = run(*words(root, server.url, "--prices", "2.5", "10"))
    assert again.returncode == 0 and len(server.asked) == 3 and committed(root) == was
    assert again.stderr == "to send to 127.0.0.1: nothing; cached: 3 answers\n"
    assert "sent to 127.0.0.1: 0 requests with 0 characters; reported: 0 tokens in, 0 out, 0.0000" in again.stdout
    assert "from the cache: 3 answers" in again.stdout and "3 same" in again.stdout and "next:" not in again.stdout
    report = json.loads(run(*words(root, server.url, "--format", "json")).stdout)
    assert report["sent"] == {
        "host": "127.0.0.1", "requests": 0, "characters": 0, "tokens_in": 0, "tokens_out": 0, "cached": 3, "cost": None,
    }  # fmt: skip


def test_a_killed_run_goes_on_where_it_was(
    root: Path, model: START, run: Run, start_command: Callable[..., BaseProcess]
) -> None:
    """Killed in the middle of an answer, and while it publishes: what was answered is not asked again."""
    processes: list[BaseProcess] = []

    def die(number: int) -> Response | None:
        if number == 2:
            threading.Timer(0.2, lambda: os.kill(processes[0].pid or 0, signal.SIGKILL)).start()
            return Response(200, {"Content-Length": "99"}, b'{"choices": [')
        return None

    server = model(die)
    was = committed(root)
    processes.append(start_command(server))
    assert writers.finish(processes[0]) == -signal.SIGKILL and len(server.asked) == 2
    assert committed(root) == was and writers.litter(root) == []
    assert writers.finish(start_command(server, step=3)) == -signal.SIGKILL
    assert len(server.asked) == 4 and len(set(server.asked)) == 3
    writers.state_for_readers(root)
    assert drafts(root) in ([], sorted(UNLABELED))
    done = run(*words(root, server.url))
    assert done.returncode == 0 and "from the cache: 3 answers" in done.stdout and len(server.asked) == 4
    assert drafts(root) == sorted(UNLABELED) and writers.litter(root) == []


def test_two_at_once_give_what_each_alone_gives(
    root: Path, model: START, run: Run, start_command: Callable[..., BaseProcess]
) -> None:
    """Whatever each is answered, both end well with the same drafts."""
    together = threading.Barrier(2)

    def wait(number: int) -> Response:
        if number <= 2:
            together.wait(60)
        return Response(*answer({**completion([]), "model": f"srv-{number}"}))

    server = model(wait)
    processes = [start_command(server) for _ in range(2)]
    assert [writers.finish(each) for each in processes] == [0, 0]
    log = (root.parent / f"{root.name}.log").read_text("utf-8")
    assert "3 drafted" in log and "3 same" in log and "kept" not in log and drafts(root) == sorted(UNLABELED)
    was = committed(root)
    again = run(*words(root, server.url))
    assert "3 same" in again.stdout and "from the cache: 3 answers" in again.stdout and committed(root) == was


def test_sees_what_others_wrote_while_it_asked(root: Path, model: START, run: Run) -> None:
    """No lock is held meanwhile. What was labeled, changed or written since gets no draft, and is counted."""
    labeled, kept, drafted = UNLABELED
    bulk = root / "dataset/raw/bulk.jsonl"
    files.write_file(
        bulk, strict_json.compact({"id": CHANGED, "text": "Saltbridge is dry.\n", "license": "made"}) + "\n"
    )

    def write(number: int) -> None:
        if number == 4:
            with locks.writing(root, wait=False):
                files.write_file(bulk, bulk.read_text("utf-8").replace("dry", "wet"))
                shutil.copy(FLOODS / f"annotations/final/{labeled}.json", root / "annotations/final")
                files.write_file(root / f"annotations/openai-m/{kept}.json", persons)

    document = json.loads((FLOODS / f"annotations/final/{kept}.json").read_text("utf-8").replace("submitted", "draft"))
    document["annotators"].append({"id": "openai-m", "kind": "model", "name": "openai m", "version": "1"})
    persons = strict_json.pretty(document)
    server = model(write)
    done = run(*words(root, server.url))
    assert done.returncode == 1 and len(server.asked) == 4
    assert "1 changed meanwhile, 1 drafted, 1 kept, 9 labeled, 1 labeled meanwhile" in done.stdout
    assert f"suggest-answer: article {CHANGED}: it was changed while the model was asked" in done.stdout
    assert drafts(root) == sorted([kept, drafted])
    assert (root / f"annotations/openai-m/{kept}.json").read_text("utf-8") == persons


def test_reports_what_was_sent_though_the_dataset_broke_meanwhile(root: Path, model: START, run: Run) -> None:
    """The issue is that of the dataset; when it is mended, no answer is asked for again."""
    schema = root / SCHEMA_FILE
    whole = schema.read_text("utf-8")

    def damage(number: int) -> None:
        if number == 3:
            files.write_file(schema, whole + "{")

    server = model(damage)
    done = run(*words(root, server.url))
    assert done.returncode == 1 and "sent to 127.0.0.1: 3 requests" in done.stdout
    assert "3 answered, but not written" in done.stdout and f"{SCHEMA_FILE}:" in done.stdout and drafts(root) == []
    schema.write_text(whole, "utf-8")
    assert "3 drafted" in run(*words(root, server.url)).stdout and len(server.asked) == 3


@pytest.mark.parametrize(("counted", "note"), [
    (4096, "3 answers to prompts that the server cut"), (8192, ""), (0, ""),
])  # fmt: skip
def test_notes_that_prompts_were_cut(root: Path, model: START, run: Run, counted: int, note: str) -> None:
    """A server whose context is too small reads the end of a prompt and says nothing, but its counts do."""
    usage = {"prompt_tokens": counted, "completion_tokens": 9}
    server = model(lambda _: Response(*answer({**completion([]), "usage": usage})))
    done = run(*words(root, server.url))
    assert done.returncode == 0 and ("note: " in done.stderr) == bool(note) and note in done.stderr
    assert json.loads(run(*words(root, server.url, "--format", "json")).stdout)["cut"] == (3 if note else 0)


def test_counts_what_was_sent_again(root: Path, model: START, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit at every other request delays the run; progress is shown, and each request is in the report."""
    pauses: list[float] = []
    monkeypatch.setattr(terminal._ProgressLog, "write", lambda _, line: terminal.say(line, stderr=True))
    monkeypatch.setattr("openai._base_client.time.sleep", pauses.append)
    server = model(lambda number: Response(429, {"Retry-After": "30"}) if number % 2 else None)
    done = run(*words(root, server.url))
    assert done.returncode == 0 and pauses == [30, 30, 30] and "3 drafted" in done.stdout
    sent = sum(len(message["content"]) for each in bodies(server) for message in each["messages"])
    assert f"sent to 127.0.0.1: 6 requests with {sent:,} characters" in done.stdout
    assert [f"asking about articles: {done} of 3" for done in range(4)] == done.stderr.splitlines()[1:]


def test_an_interrupted_run_says_what_was_sent(
    root: Path, model: START, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends it without drafts, and what was answered is not asked again."""

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("openai._base_client.time.sleep", interrupt)
    server = model(lambda number: Response(429) if number == 2 else None)
    done = run(*words(root, server.url))
    assert done.returncode == 130 and "sent to 127.0.0.1: 2 requests" in done.stdout and drafts(root) == []
    assert "no draft was written; what was answered is not asked again" in done.stderr
    assert "from the cache: 1 answer" in run(*words(root, server.url)).stdout and len(server.asked) == 4


def test_one_article_that_is_refused_stops_no_other(root: Path, model: START, run: Run) -> None:
    """A text that is too long is an issue; a key that is wrong ends the run, with the drafts that there are."""
    server = model(lambda number: Response(413) if number == 1 else Response(401) if number == 3 else None)
    done = run(*words(root, server.url))
    assert done.returncode == 1 and len(server.asked) == 3 and len(drafts(root)) == 1
    assert "1 drafted, 9 labeled, 2 without an answer" in done.stdout
    assert ": Error code: 413" in done.stdout and ": Error code: 401" in done.stdout
    assert all(f": article {each}: " in done.stdout for each in {*UNLABELED} - {*drafts(root)})
    ended = run(*words(root, model(lambda _: Response(403)).url))
    assert "2 not asked" in ended.stdout and "1 request " in ended.stdout
