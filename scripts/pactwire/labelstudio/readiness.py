"""Readiness of a dataset for labeling: it must be valid, and its guidelines must state their version."""

from pathlib import Path

from pactwire.corpus.corpus import Corpus
from pactwire.corpus.guidelines import GUIDELINES_FILE, stated_version
from pactwire.corpus.splits import SPLITS_FILE
from pactwire.model.issues import DataError, Issue
from pactwire.validation import validate


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
    version = stated_version(root)
    if version is None:
        is_there = (root / GUIDELINES_FILE).is_file()
        message = "no line states the version of the guidelines" if is_there else "there are no guidelines"
        raise DataError([Issue(GUIDELINES_FILE, 1, "guidelines-version", message)])
    return version
