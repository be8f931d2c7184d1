"""Fixtures for all tests: the checkout, a copy of its dataset, the golden base, and a way to run the command."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

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
settings.load_profile("ci" if os.environ.get("CI") else "own")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The repository's root."""
    return CHECKOUT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the committed dataset and annotations, without anything built."""
    return copy_dataset(tmp_path / "copy")


def copy_dataset(root: Path) -> Path:
    """Copy the committed dataset and annotations into a new folder."""
    for name in ("dataset/raw", "annotations", "plots"):
        shutil.copytree(CHECKOUT / name, root / name)
    for name in ("dataset/sources.jsonl", "dataset/splits.csv", "pyproject.toml", "DATASET_CARD.md"):
        shutil.copy(CHECKOUT / name, root / name)
    return root


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """A copy of tests/golden/base: two tiny articles, fully annotated, without an issue."""
    return Path(shutil.copytree(CHECKOUT / "tests" / "golden" / "base", tmp_path / "golden"))


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
    """Run ``pactwire ARGS`` in a process of its own and return it finished, with text output."""

    def run(*args: str | Path, timeout: float = 120, **env: str) -> subprocess.CompletedProcess[str]:
        code = "from pactwire.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, args)],
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **env},
            check=False,
        )

    return run
