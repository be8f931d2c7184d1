"""The commit journal of a dataset: several files get their places, and others go, as one, also where it is killed.

Before the first file gets its place, ``.pactwire/commit.json`` lists all of them with the parts that they
stand in; after the last step it is removed. Whoever finds the list of a killed process carries out the rest.
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
"""A part and the place it belongs in, in one folder."""


class _Journal(msgspec.Struct, forbid_unknown_fields=True):
    moves: list[tuple[str, str]]
    gone: list[str]


def commit(root: Path, moves: Sequence[Move], gone: Sequence[Path] = ()) -> None:
    """Put whole parts in their places, in this order, then remove files; for whoever holds the lock of commits.

    Raises OSError, and begins nothing, where a folder stands in the way.
    """
    if folder := next((place for _, place in moves if place.is_dir()), None):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(folder))
    listed = {
        "moves": [[_relative_name(root, part), _relative_name(root, place)] for part, place in moves],
        "gone": [_relative_name(root, path) for path in gone],
    }
    if len(moves) + len(gone) > 1:
        files.write_file(root / JOURNAL_FILE, strict_json.compact(listed))
        _sync_folders({(root / JOURNAL_FILE).parent})
    _apply(root, moves, gone)


def recover(root: Path) -> None:
    """Finish the commit of a killed process, if there is one; for whoever holds the lock of commits.

    Raises DataError (not-json) where the list is none that `commit` wrote.
    """
    if not (root / JOURNAL_FILE).is_file():
        return
    try:
        listed = msgspec.json.decode((root / JOURNAL_FILE).read_bytes(), type=_Journal)
    except msgspec.DecodeError as error:
        raise DataError([Issue(JOURNAL_FILE, 1, "not-json", str(error))]) from None
    for part, place in listed.moves:
        if not _is_inside(place) or PurePosixPath(part).parent != PurePosixPath(place).parent or not _is_part(part):
            raise DataError(
                [Issue(JOURNAL_FILE, 1, "not-json", f"it lists {part!r} for {place!r}, which no commit does")]
            )
    if outside := next((path for path in listed.gone if not _is_inside(path)), None):
        raise DataError([Issue(JOURNAL_FILE, 1, "not-json", f"it lists {outside!r}, which is not in the dataset")])
    moves = [(root / part, root / place) for part, place in listed.moves]
    _apply(root, moves, [root / path for path in listed.gone])


def _relative_name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _is_part(name: str) -> bool:
    return part_files.is_part(PurePosixPath(name).name)


def _apply(root: Path, moves: Iterable[Move], gone: Iterable[Path]) -> None:
    folders = set()
    for part, place in moves:
        if part.is_file():  # else it is in its place already
            part.replace(place)
        folders.add(place.parent)
    for path in gone:
        path.unlink(missing_ok=True)
    _sync_folders(folders)
    (root / JOURNAL_FILE).unlink(missing_ok=True)


def _sync_folders(folders: Iterable[Path]) -> None:
    """Bring the names in folders to the disk."""
    for folder in folders if os.name == "posix" else ():
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
