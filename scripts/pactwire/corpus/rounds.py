"""Rounds of annotation: the files of the current round, and of those that are closed.

Rounds are numbered from 1. The documents of the current round are in ``annotations/ANNOTATOR/``, those of a closed one
in ``annotations/rounds/N/ANNOTATOR/``; the decisions of each are in ``annotations/decisions/N.jsonl``. Before 2.0.0
there were no rounds, and the only decisions file was FORMER_DECISIONS: it is read as that of the current round, and
moved when decisions are written.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pactwire.corpus import tables
from pactwire.corpus.tables import ANNOTATIONS
from pactwire.model.issues import DataError, Issue
from pactwire.storage.input_files import name_in_issues
from pactwire.storage.staging import Staging

FINAL: Final = "final"
"""The folder of annotations/ with the final documents."""
FOLDER_NAMES: Final = ("decisions", "rounds")
"""The folders of annotations/ that are no annotator's."""
DECISIONS: Final = f"{ANNOTATIONS}/decisions"
ROUNDS: Final = f"{ANNOTATIONS}/rounds"
FORMER_DECISIONS: Final = f"{ANNOTATIONS}/decisions.jsonl"

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")


def closed_rounds(root: Path) -> list[int]:
    """Return the numbers of the closed rounds, in order: of those whose folders hold files of annotators.

    A command that was killed leaves at most empty folders and hidden parts.
    """
    return [number for number in _round_folders(root) if any((root / ROUNDS / str(number)).glob("*/[!.]*"))]


def _round_folders(root: Path) -> list[int]:
    folder = root / ROUNDS
    entries = folder.iterdir() if folder.is_dir() else ()
    return sorted(int(path.name) for path in entries if path.is_dir() and _NUMBER.fullmatch(path.name))


def current_round(root: Path) -> int:
    """Return the number of the current round: the one after the last that is closed."""
    return max(closed_rounds(root), default=0) + 1


def annotator_folders(root: Path, issues: list[Issue]) -> Iterator[tuple[str, Path]]:
    """Yield the folders of annotators in the current round, by name; those that can't be read are appended as issues.

    They are yielded as (name, path), with ``final``.
    """
    for path in tables.folder_entries(root, root / ANNOTATIONS, issues):
        if path.is_dir() and path.name not in FOLDER_NAMES:
            yield path.name, path


def earlier_folders(root: Path, issues: list[Issue]) -> Iterator[tuple[str, Path]]:
    """Yield the folders of annotators in closed rounds, named ``rounds/N/ANNOTATOR``, as `annotator_folders` does."""
    for number in closed_rounds(root):
        for path in tables.folder_entries(root, root / ROUNDS / str(number), issues):
            if path.is_dir():
                yield f"rounds/{number}/{path.name}", path


def earlier_files(root: Path, name: str) -> list[Path]:
    """Return the files ``ANNOTATOR/FILE`` of closed rounds, by that name."""
    paths = (root / ROUNDS / str(number) / name for number in closed_rounds(root))
    return [path for path in paths if path.is_file()]


def annotator_of(folder: str) -> str:
    """Return whose a folder is, by its name in the current round or in a closed one."""
    return folder.rpartition("/")[2]


# --- decisions


def decisions_file(root: Path) -> str:
    """Return the name of the decisions file of the current round, which commands write."""
    return f"{DECISIONS}/{current_round(root)}.jsonl"


def recorded_decisions(root: Path) -> str:
    """Return the name of the file that holds the decisions of the current round, or would hold them.

    Raises DataError (decisions-twice) if there are files from before and since rounds.
    """
    if not (root / FORMER_DECISIONS).is_file():
        return decisions_file(root)
    if issues := list(_former_issues(root)):
        raise DataError(issues)
    return FORMER_DECISIONS


def decisions_files(root: Path) -> list[str]:
    """Return the names of the decisions files of all rounds, in order; raises DataError as `recorded_decisions`."""
    names = [f"{DECISIONS}/{number}.jsonl" for number in range(1, current_round(root))]
    return [name for name in (*names, recorded_decisions(root)) if (root / name).is_file()]


def stage_decisions(root: Path, staging: Staging, text: str) -> None:
    """Stage the decisions of the current round, and the removal of their former file."""
    staging.add(root / decisions_file(root), text)
    if (root / FORMER_DECISIONS).is_file():
        staging.remove(root / FORMER_DECISIONS)


# --- validation


def round_issues(root: Path) -> list[Issue]:
    """Return the issues of what is in annotations/rounds and annotations/decisions, except of documents and lines."""
    issues = [*_former_issues(root)]
    numbers = _round_folders(root)
    known = {*map(str, numbers)}
    for path in tables.folder_entries(root, root / ROUNDS, issues):
        if path.name not in known:
            issues.append(_name_issue(root, path, "it is not read: it is not the folder of a round"))
    for number in numbers:
        for path in tables.folder_entries(root, root / ROUNDS / str(number), issues):
            if not path.is_dir():
                issues.append(_name_issue(root, path, "it is not read: it is not the folder of an annotator"))
    known = {f"{number}.jsonl" for number in range(1, current_round(root) + 1)}
    for path in tables.folder_entries(root, root / DECISIONS, issues):
        if path.name not in known:
            message = f"it is not read: the dataset is in round {current_round(root)}, and this is no file of a round"
            issues.append(_name_issue(root, path, message))
    return issues


def _name_issue(root: Path, path: Path, message: str) -> Issue:
    return Issue(name_in_issues(root, path), 1, "round-name", message)


def _former_issues(root: Path) -> Iterator[Issue]:
    """Yield an issue if there is a decisions file from before rounds beside those of rounds."""
    if (root / FORMER_DECISIONS).is_file() and (others := sorted((root / DECISIONS).glob("*.jsonl"))):
        message = f"there is {name_in_issues(root, others[-1])} too, so nothing tells which decisions count"
        yield Issue(FORMER_DECISIONS, 1, "decisions-twice", message)
