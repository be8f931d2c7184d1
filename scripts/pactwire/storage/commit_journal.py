"""The commit journal of a dataset: moves several files into place, and removes others, as one step.

Before the first file is moved, ``.pactwire/commit.json`` lists all of them with their parts; after the last step it
is removed. A process that finds the journal of a killed one carries out the rest.
"""

import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, part_files

JOURNAL_FILE: Final = ".pactwire/commit.json"

Move = tuple[Path, Path]
"""A part and its target, in the same folder."""


class _Journal(msgspec.Struct, forbid_unknown_fields=True):
    moves: list[tuple[str, str]]
    gone: list[str]


def commit(root: Path, moves: Sequence[Move], removals: Sequence[Path] = ()) -> None:
    """Move complete parts to their targets in this order, then remove files; the caller holds the commit lock.

    Raises OSError before the first step if a folder is in the way.
    """
    if folder := next((target for _, target in moves if target.is_dir()), None):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(folder))
    journal = {
        "moves": [[_relative_name(root, part), _relative_name(root, target)] for part, target in moves],
        "gone": [_relative_name(root, path) for path in removals],
    }
    if len(moves) + len(removals) > 1:
        files.write_file(root / JOURNAL_FILE, strict_json.compact(journal))
        _sync_folders({(root / JOURNAL_FILE).parent})
    _apply(root, moves, removals)


def recover(root: Path) -> None:
    """Finish the commit of a killed process, if there is one; the caller holds the commit lock.

    Raises DataError (not-json) for a journal that `commit` did not write.
    """
    if not (root / JOURNAL_FILE).is_file():
        return
    try:
        journal = msgspec.json.decode((root / JOURNAL_FILE).read_bytes(), type=_Journal)
    except msgspec.DecodeError as error:
        raise DataError([Issue(JOURNAL_FILE, 1, "not-json", str(error))]) from None
    for part, target in journal.moves:
        if not _is_inside(target) or PurePosixPath(part).parent != PurePosixPath(target).parent or not _is_part(part):
            message = f"it lists {part!r} for {target!r}, which no commit writes"
            raise DataError([Issue(JOURNAL_FILE, 1, "not-json", message)])
    if outside := next((path for path in journal.gone if not _is_inside(path)), None):
        raise DataError([Issue(JOURNAL_FILE, 1, "not-json", f"it lists {outside!r}, which is not in the dataset")])
    moves = [(root / part, root / target) for part, target in journal.moves]
    _apply(root, moves, [root / path for path in journal.gone])


def _relative_name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _is_part(name: str) -> bool:
    return part_files.is_part(PurePosixPath(name).name)


def _apply(root: Path, moves: Iterable[Move], removals: Iterable[Path]) -> None:
    folders = set()
    for part, target in moves:
        if part.is_file():  # otherwise it was moved already
            part.replace(target)
        folders.add(target.parent)
    for path in removals:
        path.unlink(missing_ok=True)
    _sync_folders(folders)
    (root / JOURNAL_FILE).unlink(missing_ok=True)


def _sync_folders(folders: Iterable[Path]) -> None:
    """Flush the entries of folders to disk."""
    for folder in folders if os.name == "posix" else ():
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
