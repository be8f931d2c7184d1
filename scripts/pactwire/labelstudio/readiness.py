"""Readiness of a dataset for labeling: it must be valid, and its guidelines must state their version."""

import re
from pathlib import Path
from typing import Final

from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import SPLITS_FILE
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files
from pactwire.validation import validate

GUIDELINES_FILE: Final = "annotations/GUIDELINES.md"


def require_ready(data: Corpus) -> str:
    """Return the version of the guidelines by which a dataset is labeled.

    The dataset need not be split, since labeling comes first.

    Raises:
        DataError: With every other issue of the dataset, or where the guidelines state no version.
    """
    problems = [issue for issue in validate.check_corpus(data) if issue.file != SPLITS_FILE]
    try:
        version = guidelines_version(data.root)
    except DataError as error:
        problems += error.issues
    if problems:
        raise DataError(problems)
    return version


def guidelines_version(root: Path) -> str:
    """Return the version that the guidelines state; raises DataError (guidelines-version)."""
    path = root / GUIDELINES_FILE
    text = files.decode_utf8(path.read_bytes(), GUIDELINES_FILE) if path.is_file() else ""
    stated = re.search(r"^Version ([0-9]+\.[0-9]+)$", text, re.M)
    if not stated:
        message = "no line states the version of the guidelines" if path.is_file() else "there are no guidelines"
        raise DataError([Issue(GUIDELINES_FILE, 1, "guidelines-version", message)])
    return stated[1]
