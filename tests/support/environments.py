"""Python environments of their own for tests, with the versions of a file of pins, made on first use."""

import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from conftest import CHECKOUT


def environment(name: str, pins: Path) -> str:
    """Return the Python of an environment with the packages of a file of pins; it is made anew when the pins change."""
    folder = CHECKOUT / ".pactwire" / "venvs" / name
    python, complete = folder / "bin" / "python", folder / "complete"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not complete.is_file() or complete.read_text("utf-8") != pins.read_text("utf-8"):
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
            install = [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(pins)]
            subprocess.run(install, check=True, capture_output=True)
            complete.write_text(pins.read_text("utf-8"), "utf-8")
    return str(python)


def datasets_client(version: str) -> str:
    """Return the Python of an environment with a version of datasets, and without this package."""
    return environment(f"datasets-{version}", CHECKOUT / "tests" / f"constraints-datasets-{version}.txt")
