"""A small dataset that every writing command changes, and commands as processes that tests kill.

Each process is forked from one that has imported everything, so that hundreds of them take only minutes.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing import forkserver, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from shutil import copytree
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from pytest import MonkeyPatch

from conftest import CHECKOUT, contents
from pactwire.agreement import adjudication
from pactwire.build import stale_files
from pactwire.card import dataset_folder
from pactwire.corpus import corpus, rounds
from pactwire.labelstudio import project_marks, task_builder
from pactwire.model import strict_json
from pactwire.storage import files, locks, part_files
from support.http_server import LocalServer, Request, Response
from support.labelstudio import ticked
from support.migrations import write_migration
from support.passes import copy_as, write_document

AA, BB, CC = (f"00000000000000{each}" for each in ("aa", "bb", "cc"))
DATASET: Final = "6f1c2f0e-7a0b-4c53-9d0c-3c9c3d7ea001"
TIME: Final = "2026-01-05T10:00:00.000000Z"
CARD: Final = """\
---
license: other
---
# Wire

<!-- begin generated: labels -->
<!-- end generated: labels -->

<!-- begin generated: agreement -->
<!-- end generated: agreement -->
"""

COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "ingest": ("ingest", "{inputs}/a.jsonl", "{inputs}/a.txt"),
    "ingest another": ("ingest", "{inputs}/b.jsonl", "{inputs}/b.txt"),
    "stories": ("stories", "--write"),
    "suggest": ("suggest",),
    "adjudicate": ("adjudicate", "pass-a", "pass-b"),
    "close round": ("adjudicate", "pass-a", "pass-b", "--close-round"),
    "migrate": ("migrate", "--execute"),
    "import": ("label", "import", "{inputs}/anna.json"),
    "import another": ("label", "import", "{inputs}/boris.json"),
    "pull": ("label", "pull"),
    "convert": (
        "convert", "from", "brat", "{inputs}/brat", "--annotator", "team", "--kind", "human", "--name", "wire",
        "--created", "2026-01-04T00:00:00Z", "--language", "en",
    ),
    "build": ("build",),
    "withdraw": ("withdraw", AA, "--execute"),
    "docs": ("docs",),
    "release": ("release",),
}  # fmt: skip
"""Command lines by name, without the dataset's folder."""

_processes = get_context("forkserver")
_processes.set_forkserver_preload(
    [
        "pactwire.cli.main", "pactwire.build.data_files", "pactwire.release.docs", "pactwire.ingest.raw_store",
        "pactwire.ingest.input_reader",
        "pactwire.agreement.adjudication", "pactwire.labelstudio.file_exchange", "pactwire.labelstudio.pull",
        "pactwire.labelstudio.adjudication_pull", "pactwire.stories.proposals", "pactwire.suggest.draft_writer",
        "pactwire.suggest.model_drafts", "openai.resources.chat.completions",
        "pactwire.convert.importing", "pactwire.release.version_rule", "pactwire.release.migrate",
        "pactwire.release.withdrawal", "datasets", "filelock", "rich.progress",
        "typer._adapters", "support.warm", "support.writers",
    ]
)  # fmt: skip


@cache
def _warm() -> None:
    """Start the process that others are forked from; it finds modules by the environment only."""
    with MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        forkserver.ensure_running()


def lay_inputs(inputs: Path) -> None:
    """Write the input files of commands, except exports."""
    for name in "ab":
        texts = [f"{name} article number {number} of the wire." for number in range(200)]
        lines = [json.dumps({"text": text}) for text in texts]
        files.write_file(inputs / f"{name}.jsonl", "\n".join(lines))
        files.write_file(inputs / f"{name}.txt", f"A text of its own, {name}.\n")
    files.write_file(inputs / "brat/one.txt", "Kim met Putin.\n")
    files.write_file(inputs / "brat/one.ann", "T1\tPER 0 3\tKim\nT2\tPER 8 13\tPutin\n")


def lay_dataset(root: Path, inputs: Path) -> None:
    """Create a dataset that was built and changed in many places since; its decisions are where 1.0.0 had them."""
    copytree(CHECKOUT / "tests/golden/base", root)
    texts = "Russia thanked North Korea, an official said.\n"
    line = strict_json.compact({"id": CC, "text": texts, "license": "none"})
    files.write_file(root / "dataset/raw/more.jsonl", line + "\n")
    with (root / "dataset/splits.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"{CC},{CC},train\n")
    files.write_file(root / "pactwire.toml", f'[dataset]\nversion = "1.0.0"\nid = "{DATASET}"\n')
    entry = "### Data\n\n<!-- begin generated: data -->\n<!-- end generated: data -->\n"
    files.write_file(root / "CHANGELOG.md", f"# Changelog\n\n## 1.0.0 – 2026-11-22\n\n{entry}")
    files.write_file(root / "DATASET_CARD.md", CARD)
    people = {"1": "anna", "2": "boris", "3": "carl", "carl@example.org": "carl"}
    files.write_file(root / ".pactwire/annotators.json", json.dumps(people))
    finals = [json.loads((root / f"annotations/final/{each}.json").read_text("utf-8")) for each in (AA, BB)]
    for name in ("pass-a", "pass-b"):
        for document in finals:
            write_document(root, name, copy_as(document, name))
    for path in (root / "annotations/final").iterdir():
        path.unlink()
    clusters = root / "annotations/clusters.jsonl"
    clusters.write_text(clusters.read_text(encoding="utf-8").replace('"ann"', '"pass-a"'), encoding="utf-8")
    adjudication.adjudicate(root, ["pass-a", "pass-b"])
    (root / rounds.decisions_file(root)).rename(root / rounds.FORMER_DECISIONS)
    (root / rounds.DECISIONS).rmdir()
    dataset_folder.build(root)
    data = corpus.load_corpus(root)
    for number, person in enumerate(("anna", "boris"), 1):
        files.write_file(inputs / f"{person}.json", json.dumps([_submitted(data, each, number) for each in (AA, BB)]))
    files.write_file(inputs / "tasks.json", json.dumps([_submitted(data, each, 3) for each in (AA, BB)]))
    for name in ("pass-a", "pass-b"):
        for path in (root / "annotations" / name).iterdir():
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace('"polarity": "favor"', '"polarity": "against"'), encoding="utf-8")


def add_article(root: Path) -> None:
    """Add an article that `stories` must place before the dataset can be built."""
    line = strict_json.compact({"id": "0" * 14 + "dd", "text": "Another day, another text.", "license": "none"})
    files.write_file(root / "dataset/raw/new.jsonl", line + "\n")


def add_migration(root: Path) -> None:
    """Add a migration that changes the schema, all documents, the decisions and the links."""
    steps = [
        {"action": "rename", "layer": "entities", "attribute": "type", "label": "GPE", "to": "PLACE"},
        {"action": "rename", "layer": "claims", "attribute": "normalized", "to": "statement"},
    ]
    write_migration(root, "0001-places", *steps)


def _submitted(data: corpus.Corpus, article: str, person: int) -> dict[str, Any]:
    """Return an article's task as a person submitted it: the unchanged draft, with its layers ticked as finished."""
    task = task_builder.build_task(data, data.articles[article], "labels", "1.0")
    annotation: dict[str, Any] = {"id": person, "completed_by": person, "created_at": TIME, "updated_at": TIME}
    annotation["result"] = ticked(task["predictions"][0]["result"])
    number = {AA: 1, BB: 2}[article]
    return task | {"id": number, "updated_at": TIME, "annotations": [annotation]}


class _LabelStudio(LocalServer):
    """A stand-in for a Label Studio server: one project with the tasks of a file."""

    def __init__(self, inputs: Path) -> None:
        super().__init__()
        self.inputs = inputs

    def respond(self, request: Request) -> Response:
        """Return what `_answer` gives, as JSON."""
        address = urlsplit(request.path)
        value = _answer(self.inputs, address.path.strip("/"), parse_qs(address.query))
        return Response(headers={"Content-Type": "application/json"}, body=json.dumps(value).encode())


@contextmanager
def studio(inputs: Path) -> Iterator[str]:
    """Run a stand-in for a Label Studio server: one project with the tasks of a file."""
    server = _LabelStudio(inputs)
    server.start()
    yield server.url
    server.stop()


def _answer(inputs: Path, path: str, query: dict[str, list[str]]) -> Any:
    if path == "api/users":
        return [{"id": 3, "email": "carl@example.org"}]
    if path == "api/projects":
        about = project_marks.project_mark(DATASET, "labels")
        project = {"id": 1, "title": "pactwire labels", "description": about, "label_config": "", "model_version": ""}
        return {"results": [project], "next": None}
    if path.startswith("api/tasks/"):
        return None
    asked = json.loads(query["query"][0])
    after = [each["value"] for each in asked["filters"]["items"] if each["filter"] == "filter:tasks:id"]
    drafts = any(each["filter"] == "filter:tasks:draft_exists" for each in asked["filters"]["items"])
    found = json.loads((inputs / "tasks.json").read_bytes())
    chosen = [] if drafts else [each for each in found if each["id"] > (after or [0])[0]]
    return {"tasks": chosen[: int(query["page_size"][0])]}


def start(command: str, root: Path, inputs: Path, url: str, step: int | None = None, pause: float = 0) -> BaseProcess:
    """Start a command in a process of its own.

    Args:
        command: A key of COMMANDS.
        root: The dataset.
        inputs: The folder of input files.
        url: The address of the stand-in server.
        step: The process is killed before this rename or removal, counted from 0.
        pause: Seconds between reading and committing, so that a second command would read the same state.
    """
    _warm()
    words = [each.format(inputs=inputs) for each in COMMANDS[command]]
    process = _processes.Process(target=_run, args=([*words, "--root", str(root)], url, step, pause))
    process.start()
    return process


def finish(process: BaseProcess) -> int:
    """Wait for a command and return its exit code, negative where a signal ended it."""
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode


def _run(words: list[str], url: str, step: int | None, pause: float) -> None:
    root = Path(words[-1])
    with (root.parent / f"{root.name}.log").open("a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ |= {"LABEL_STUDIO_URL": url, "LABEL_STUDIO_API_KEY": "0" * 40, "HF_DATASETS_OFFLINE": "1"}
    sys.argv = ["pactwire", *words]
    if step is not None:
        _die(step)
    if pause:
        committing = locks.committing
        locks.committing = lambda root: time.sleep(pause) or committing(root)  # type: ignore[func-returns-value]
    from pactwire.cli.main import main

    main()


def _die(step: int) -> None:
    left = step

    def dying(name: str) -> None:
        real = getattr(Path, name)

        def call(self: Path, *args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(self, *args, **kwargs)

        setattr(Path, name, call)

    for name in ("replace", "unlink", "rmdir"):
        dying(name)


def state(root: Path) -> dict[str, bytes]:
    """Return the files of a dataset that readers see: no parts, no unlisted data files, no caches."""
    named = stale_files.referenced_files(root / "dataset")
    return {
        name: data
        for name, data in contents(root).items()
        if name == ".pactwire/labelstudio/pulled.json"
        or not (
            name.startswith(".pactwire/")
            or part_files.is_part(Path(name).name)
            or (name.startswith("dataset/data/") and name.removeprefix("dataset/") not in named)
        )
    }


def state_for_readers(root: Path) -> dict[str, bytes]:
    """Return the files that a reader sees, after it finishes the commit of a killed command."""
    with locks.reading(root):
        return state(root)


def litter(root: Path) -> list[str]:
    """Return the names of files that no command should leave behind."""
    known = state(root)
    return [
        name
        for name in contents(root)
        if (name not in known and not name.startswith(".pactwire/"))
        or part_files.is_part(Path(name).name)
        or name == ".pactwire/commit.json"
        or name.startswith(".pactwire/readers/")
    ]
