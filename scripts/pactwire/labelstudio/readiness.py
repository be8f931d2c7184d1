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
    """Return the version that the guidelines state; raises DataError (file-missing)."""
    path = root / GUIDELINES_FILE
    text = files.decode_utf8(path.read_bytes(), GUIDELINES_FILE) if path.is_file() else ""
    stated = re.search(r"^Version ([0-9]+\.[0-9]+)$", text, re.M)
    if not stated:
        raise DataError([Issue(GUIDELINES_FILE, 1, "file-missing", "there is no line such as: Version 1.0")])
    return stated[1]
