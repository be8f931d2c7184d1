"""Input files in folders that people fill, and an issue for each entry that can't be read.

A pipe may never end, a link may lead anywhere, and a name that is not UTF-8 can't be stored in a record. A path that
a person names is read, even through a link; an entry found in a folder must lie in that folder.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from pactwire.model.issues import Issue
from pactwire.storage import remote

PathNamer = Callable[[Path], str]
"""Returns the name of a path in issues."""

_UNREADABLE_KINDS: Final = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_OPEN_STREAMS: Final = ("/dev/fd/", "/dev/stdin")
"""Paths of streams that are already open, as in ``pactwire ingest <(zcat FILE)``; unlike other pipes they end."""


def name_in_issues(root: Path, path: Path) -> str:
    """Return a file's name in issues: relative to the root if it is inside it, with slashes."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def named_path_issue(path: Path, name: str) -> Issue | None:
    """Return why a path that a person named can't be read; None if it can, or if it does not exist."""
    if not _is_utf8(name):
        return Issue(printable_name(name), 1, "file-name", "the name is not UTF-8")
    return None if path.as_posix().startswith(_OPEN_STREAMS) else _file_kind_issue(path, name)


def found_path_issue(path: Path, name: str, inside: Sequence[Path]) -> Issue | None:
    """Return why an entry of a folder can't be read, such as a link that leads out of the folders ``inside``."""
    if not _is_utf8(name):
        return Issue(printable_name(name), 1, "file-name", "the name is not UTF-8")
    if path.is_symlink():
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            return Issue(name, 1, "file-link", "the target of the link does not exist")
        if not any(target.is_relative_to(folder) for folder in inside):
            return Issue(name, 1, "file-link", "the link leads out of the folder that was named")
    return _file_kind_issue(path, name)


def list_entries(folder: Path, name: PathNamer, within: Sequence[Path] = ()) -> Iterator[Path | Issue]:
    """Yield the files and folders directly in a folder, sorted, except those whose names begin with a dot.

    An entry that can't be read is replaced by an issue. Links may lead into the folder, or into those of ``within``.
    """
    if remote.is_store(folder):
        yield from sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        return
    inside = [each.resolve() for each in (folder, *within)]
    for path in sorted(folder.iterdir()):
        if not path.name.startswith("."):
            yield found_path_issue(path, name(path), inside) or path


def list_files(folder: Path, name: PathNamer) -> list[Path | Issue]:
    """Return the files of a folder and all its subfolders, sorted, with an issue for each entry that can't be read.

    An entry whose name begins with a dot is returned unchecked, and a folder of such a name is not opened.
    """
    found: dict[str, Path | Issue] = {}
    visited: set[Path] = set()
    base = [folder.resolve()]
    folders, linked_folders = [folder], list[Path]()
    while folders or linked_folders:
        current = folders.pop() if folders else linked_folders.pop()  # prefer a folder's own name to that of a link
        if (real := current.resolve()) in visited:
            continue
        visited.add(real)
        for path in _list_folder(current, name, found):
            if not path.name.startswith(".") and (issue := found_path_issue(path, name(path), base)):
                found[str(path)] = issue
            elif path.is_dir() and not path.name.startswith("."):
                (linked_folders if path.is_symlink() else folders).append(path)
            else:
                found[str(path)] = path
    return [found[key] for key in sorted(found)]


def _list_folder(folder: Path, name: PathNamer, found: dict[str, Path | Issue]) -> list[Path]:
    try:
        return sorted(folder.iterdir(), reverse=True)
    except OSError as error:
        found[str(folder)] = Issue(name(folder), 1, "file-access", f"the folder can't be read: {error.strerror}")
        return []


def case_conflicts(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield (first, later) for names that differ only by case, which some file systems treat as one."""
    first: dict[str, str] = {}
    for name in names:
        if (known := first.setdefault(name.casefold(), name)) != name:
            yield known, name


def printable_name(name: str) -> str:
    r"""Return a file's name with the bytes that are not UTF-8 written as ``\xff``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _is_utf8(name: str) -> bool:
    return printable_name(name) == name


def _file_kind_issue(path: Path, name: str) -> Issue | None:
    try:
        kind = _UNREADABLE_KINDS.get(stat.S_IFMT(path.stat().st_mode))
    except OSError:
        return None
    return Issue(name, 1, "file-kind", f"it is {kind}, not a file") if kind else None
