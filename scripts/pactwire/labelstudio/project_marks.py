"""Marks in a project's description: whose project it is, which labeling config was written last, and which labels.

The description belongs to people, who may write around the marks.
"""

import re
from collections.abc import Sequence
from typing import Final

from pactwire.model import digests

OPEN: Final = ":open"
"""After the id of a migration: its queue is open."""

_CONFIG: Final = re.compile(r" ?\[config:[0-9a-f]*\]")
_LABELS: Final = re.compile(r" ?\[labels:([^\]]*)\]")


def project_mark(dataset: str, name: str, annotators: Sequence[str] = ()) -> str:
    """Return the mark that identifies a project, whatever its title is.

    ``dataset`` is the dataset's id; if it is empty, the mark is that of a project of version 1.0.0.
    """
    return f"[pactwire:{':'.join((*filter(None, [dataset]), name, *annotators))}]"


def marked_projects(description: str, dataset: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return (name, annotators) of each mark of a dataset in a description."""
    found = re.findall(rf"\[pactwire:{re.escape(dataset)}:([^\]]+)\]", description)
    return [(name, tuple(annotators)) for name, *annotators in (mark.split(":") for mark in found)]


def config_mark(config: str) -> str:
    """Return the mark of the labeling config that was written last: its digest."""
    return f"[config:{digests.short_sha256(config, 16)}]"


def labels_mark(labels: str | None) -> str:
    """Return the mark of the labels of a project, as in `marked_labels`; empty if there was no migration."""
    return f"[labels:{labels}]" if labels else ""


def marked_labels(description: str) -> str | None:
    """Return the last migration that a project went through, with OPEN after it if people had not decided all then.

    None if there was no migration.
    """
    found = _LABELS.search(description)
    return found[1] if found else None


def write_marks(description: str, config: str, labels: str | None) -> str:
    """Return a description with the marks of a labeling config and of its labels in place of earlier ones."""
    rest = _LABELS.sub("", _CONFIG.sub("", description)).strip()
    return " ".join(filter(None, (rest, config_mark(config), labels_mark(labels))))
