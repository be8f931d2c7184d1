"""The guidelines of a dataset, which say how to label, and their version."""

import re
from pathlib import Path
from typing import Final

from pactwire.storage import files

GUIDELINES_FILE: Final = "annotations/GUIDELINES.md"


def stated_version(root: Path) -> str | None:
    """Return the version that the guidelines state; None if they state none, or if there are none."""
    stated = re.search(r"^Version ([0-9]+\.[0-9]+)$", files.read_text(root / GUIDELINES_FILE, GUIDELINES_FILE), re.M)
    return stated[1] if stated else None
