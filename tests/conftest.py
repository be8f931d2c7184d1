"""Fixtures for all tests: the checkout, a copy of its dataset, the golden base, and a way to run the command."""

import io
import json
import math
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import HealthCheck, settings

from pactwire.build import shards
from pactwire.cli import terminal
from pactwire.cli.main import main
from pactwire.corpus import corpus
from pactwire.model import strict_json

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
CHECKOUT = Path(__file__).parents[1]

# Shared machines pause for seconds, which says nothing of the code. CI draws the same examples each
# time, so that a landing does not hang on luck; everybody's own runs draw new ones.
settings.register_profile("own", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("own"), derandomize=True)
settings.register_profile("quick", settings.get_profile("own"), max_examples=10)
settings.load_profile("ci" if os.environ.get("CI") else "own")

COUNT = 23
"""Number of articles that `many` adds."""
OTHERS = 15
"""The first of them that is in another split."""

Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their fixtures.

    What runs the command in a process of its own is slow: starting it takes most of the time. Tests that share a
    Label Studio server, or a browser, are a group each, so that parallel runs start one of either.
    """
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "run" in fixtures or "process" in fixtures:
            item.add_marker(pytest.mark.slow)
        is_server_test = item.path.name.startswith("test_labelstudio_") and item.get_closest_marker("slow")
        if "shared_server" in fixtures or is_server_test:
            item.add_marker(pytest.mark.xdist_group("server"))
        elif "browser" in fixtures:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The repository's root."""
    return CHECKOUT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the committed dataset and annotations, without built files."""
    return copy_dataset(tmp_path / "copy")


def copy_dataset(root: Path) -> Path:
    """Copy the committed dataset and annotations into a new folder."""
    for name in ("dataset/raw", "annotations", "plots", "schema"):
        shutil.copytree(CHECKOUT / name, root / name)
    for name in ("dataset/sources.jsonl", "dataset/splits.csv", "pactwire.toml", "DATASET_CARD.md"):
        shutil.copy(CHECKOUT / name, root / name)
    return root


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """A copy of tests/golden/base: two tiny articles, fully annotated, without an issue."""
    return Path(shutil.copytree(CHECKOUT / "tests" / "golden" / "base", tmp_path / "golden"))


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder by relative name."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def many(golden: Path) -> Path:
    """The golden dataset with COUNT additional articles in two bulk files.

    Most have a text and a document of the golden dataset, and two of three share a story; the last ones, in another
    split, have their own texts and no documents.
    """
    sample = json.loads((golden / "annotations/final/00000000000000aa.json").read_text(encoding="utf-8"))
    article = next(iter(corpus.load_corpus(golden).articles.values()))
    ids = [f"{number:016x}" for number in range(1, COUNT + 1)]
    chance = random.Random(1)
    texts = [
        article["source_text"] if at < OTHERS else " ".join(f"w{chance.randrange(10**6)}" for _ in range(40))
        for at in range(COUNT)
    ]
    lines = [
        strict_json.compact({"id": name, "text": text, "license": "none"})
        for name, text in zip(ids, texts, strict=True)
    ]
    written = [strict_json.compact({**sample, "article": name}) for name in reversed(ids[:OTHERS]) if int(name, 16) % 7]
    frames = [zstandard.compress("".join(f"{line}\n" for line in lines[at : at + 4]).encode()) for at in (0, 4, 8)]
    (golden / "dataset/raw/a.jsonl.zst").write_bytes(b"".join(frames))
    (golden / "dataset/raw/b.jsonl").write_text("\n\n".join(lines[12:]), encoding="utf-8")
    (golden / "annotations/final/bulk.jsonl.zst").write_bytes(zstandard.compress("\n".join(written).encode()))
    stories = {name: ids[3 * (at // 3)] if at % 3 < 2 else name for at, name in enumerate(ids)}
    with (golden / "dataset/splits.csv").open("a", encoding="utf-8") as stream:
        for at, name in enumerate(ids):
            stream.write(f"{name},{stories[name]},{'train' if at < OTHERS else 'test'}\n")
    return golden


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of four articles."""
    monkeypatch.setattr(shards, "ARTICLES_PER_SHARD", 4)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """A headless Chromium, the only one: Playwright's synchronous interface runs once in a process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM))
        yield found
        found.close()


@pytest.fixture(scope="session")
def run() -> Run:
    """Run ``pactwire ARGS`` in this process and return what it printed and its exit code."""

    def run(*args: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in env.items():
                patch.setenv(name, value)
            patch.setattr(terminal, "LOG_INTERVAL", math.inf)  # a slow machine prints no more than a fast one
            patch.setattr(sys, "argv", ["pactwire", *map(str, args)])
            try:
                main()
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
        printed = [stream.buffer.getvalue().decode() for stream in (out, err)]
        return subprocess.CompletedProcess(list(map(str, args)), code, *printed)

    return run


@pytest.fixture(scope="session")
def process() -> Run:
    """Run ``pactwire ARGS`` in a process of its own and return it finished, with text output."""

    def run(*args: str | Path, timeout: float = 120, **env: str) -> subprocess.CompletedProcess[str]:
        code = "from pactwire.cli import main, terminal; terminal.LOG_INTERVAL = float('inf'); main.main()"
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, args)],
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **env},
            check=False,
        )

    return run
