"""Replacement of a folder by a new one in one step, keeping the files that other programs put into it.

Files that no run wrote are linked into the new folder before it replaces the old one, so that they are never missing.
Of the old folder, only files that a run wrote or that the new folder also has are removed.
"""

import os
import shutil
from collections.abc import Container, Iterator
from pathlib import Path


def swap_folder(new: Path, target: Path, old: Path, written: Container[str]) -> None:
    """Put the folder ``new`` in place of ``target``.

    Args:
        new: The finished folder.
        target: The folder to replace, if it exists.
        old: Where the replaced folder is in the meantime.
        written: Names of the files that an earlier run wrote; everything else in ``target`` is kept.
    """
    if target.exists():
        for name, path in _entries(target):
            if path.is_dir() and not path.is_symlink():
                (new / name).mkdir(exist_ok=True)
            elif name not in written and not (new / name).exists():
                _link(path, new / name)
        target.rename(old)
    new.rename(target)
    clear_old_folder(old, target, written)


def clear_old_folder(old: Path, target: Path, written: Container[str]) -> None:
    """Remove a replaced folder, except for files that no run wrote and that are not in ``target``."""
    for name, path in sorted(_entries(old), reverse=True):
        if path.is_dir() and not path.is_symlink():
            remove_empty(path)
        elif name in written or _is_same(path, target / name):
            path.unlink()
    remove_empty(old)


def remove_empty(folder: Path) -> None:
    """Remove a folder if it is empty."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name, path) of all files and folders below a folder, parents first, without following links."""
    for inside, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(inside, name)
            yield path.relative_to(folder).as_posix(), path


def _link(path: Path, place: Path) -> None:
    """Hard-link a file, or copy it if the file system has no hard links."""
    if path.is_symlink():
        place.symlink_to(path.readlink())
        return
    try:
        place.hardlink_to(path)
    except OSError:
        if not path.is_file():
            raise
        shutil.copy2(path, place)


def _is_same(path: Path, other: Path) -> bool:
    """Return whether two paths are the same file, or files with the same content."""
    if path.is_symlink():
        return other.is_symlink() and path.readlink() == other.readlink()
    if not other.exists():
        return False
    return path.samefile(other) or (path.is_file() and other.is_file() and path.read_bytes() == other.read_bytes())
