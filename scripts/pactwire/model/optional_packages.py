"""Optional packages: which extra of this package installs each, and the issue for one that is missing."""

import shlex
import sys
from importlib import util
from typing import Final

from pactwire.model.issues import DataError, Issue

EXTRA_BY_MODULE: Final = {
    "cassis": "uima",
    "lingua": "bench",
    "pysbd": "bench",
    "gliner": "gliner",
    "httpx": "label",
    "tenacity": "label",
    "openai": "openai",
    "ray": "ray",
    "spacy": "spacy",
    "upath": "stores",
}
"""Modules that only some commands need, with the extra that installs each."""


def require(extra: str) -> None:
    """Check that an extra is installed, without importing it; raises DataError (missing-extra)."""
    for module, needed in EXTRA_BY_MODULE.items():
        if needed == extra and util.find_spec(module) is None:
            raise DataError([_missing_extra_issue(module)])


def missing_module_issue(error: ModuleNotFoundError) -> Issue | None:
    """Return the issue for a missing module that an extra installs; None for any other module."""
    module = (error.name or "").partition(".")[0]
    return _missing_extra_issue(module) if module in EXTRA_BY_MODULE else None


def _missing_extra_issue(module: str) -> Issue:
    extra = EXTRA_BY_MODULE[module]
    message = f"the module {module} is not installed; the extra {extra!r} installs it: {install_command(extra)}"
    return Issue("pactwire", 1, "missing-extra", message)


def install_command(extra: str) -> str:
    """Return the command that installs the requirements of an extra, even where no index has this package."""
    from importlib import metadata  # takes as long to import as a short command runs

    requirements = [each.partition(";") for each in metadata.requires("pactwire") or ()]
    wanted = [
        name.strip() for name, _, marker in requirements if marker.replace('"', "'").strip() == f"extra == '{extra}'"
    ]
    return shlex.join([sys.executable, "-m", "pip", "install", *wanted])
