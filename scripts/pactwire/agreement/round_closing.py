"""Closing a round: the documents it was adjudicated from, and the final ones, move to ``annotations/rounds/N/``.

The final documents stay in annotations/final as well, until the adjudication of a later round replaces them. What they
are derived from keeps its bytes, so that ``derived_from`` names documents of the closed round.
"""

import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pactwire.corpus import rounds
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.model.issues import DataError, Issue
from pactwire.storage.staging import Staging


def stage_round(data: Corpus, staging: Staging, annotators: Sequence[str], finals: Mapping[str, str]) -> list[Path]:
    """Stage that the current round is closed, and return the files that move.

    Args:
        data: The corpus.
        staging: Takes the files.
        annotators: Whose documents the round was adjudicated from.
        finals: The text of each final document, by article.

    Raises:
        DataError: round-mixed, if a file also has documents that were not adjudicated.
    """
    sources, issues = _source_files(data, annotators, finals)
    if issues:
        raise DataError(issues)
    folder = data.root / rounds.ROUNDS / str(rounds.current_round(data.root))
    for path in sources:
        with path.open("rb") as stream, staging.open(folder / path.parent.name / path.name) as copy:
            shutil.copyfileobj(stream, copy)
        staging.remove(path)
    for article, text in finals.items():
        staging.add(folder / FINAL / f"{article}.json", text)
    return sources


def _source_files(
    data: Corpus, annotators: Sequence[str], adjudicated: Collection[str]
) -> tuple[list[Path], list[Issue]]:
    """Return the files of the documents that articles were adjudicated from; and those that hold others, as issues."""
    articles: dict[str, list[str]] = {}
    for stored in data.documents:
        if stored.annotator in annotators:
            articles.setdefault(stored.file, []).append(stored.document["article"])
    files, issues = [], []
    for file, own in articles.items():
        others = [article for article in own if article not in adjudicated]
        if len(others) == len(own):
            continue
        files.append(data.root / file)
        if others:
            message = f"{len(others)} of its {len(own)} documents were not adjudicated, such as that of {others[0]}"
            issues.append(Issue(file, 1, "round-mixed", message))
    return files, issues


def remove_empty_folders(paths: Collection[Path]) -> None:
    """Remove the folders of files that moved, where they hold nothing else."""
    for folder in {path.parent for path in paths}:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
