"""A finished site to the place of an older one, in one step, with what somebody else keeps in the old one's folder.

Files that no run made are linked into the new folder before it takes the old one's place, so that they are never
missing; of the old folder only what the new one has too, and what a run made, is removed.
"""

import os
import shutil
from collections.abc import Container, Iterator
from pathlib import Path


def swap_folder(new: Path, target: Path, old: Path, made: Container[str]) -> None:
    """Put the folder ``new`` in place of ``target``.

    Args:
        new: The finished folder.
        target: The folder that it replaces, if there is one.
        old: Where that one stands in between.
        made: Names of the files that an earlier run made; what else is in ``target`` stays.
    """
    if target.exists():
        for name, path in _entries(target):
            if path.is_dir() and not path.is_symlink():
                (new / name).mkdir(exist_ok=True)
            elif name not in made and not (new / name).exists():
                _link(path, new / name)
        target.rename(old)
    new.rename(target)
    clear_old_folder(old, target, made)


def clear_old_folder(old: Path, target: Path, made: Container[str]) -> None:
    """Remove a folder that was swapped out; what is neither made nor in ``target`` too stays in it."""
    for name, path in sorted(_entries(old), reverse=True):
        if path.is_dir() and not path.is_symlink():
            remove_empty(path)
        elif name in made or _is_same(path, target / name):
            path.unlink()
    remove_empty(old)


def remove_empty(folder: Path) -> None:
    """Remove a folder in which nothing is left."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield all that a folder and those in it hold, a folder before what it holds; no link is followed."""
    for inside, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(inside, name)
            yield path.relative_to(folder).as_posix(), path


def _link(path: Path, place: Path) -> None:
    """Give a file a second name; where the disk has no hard links it is copied."""
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
    """Say whether a file lies in another place too, by its second name or as a copy."""
    if path.is_symlink():
        return other.is_symlink() and path.readlink() == other.readlink()
    if not other.exists():
        return False
    return path.samefile(other) or (path.is_file() and other.is_file() and path.read_bytes() == other.read_bytes())
