"""Folders that people fill to the files to read in them, and an issue for each entry that can't be read.

A pipe may never end, a link may lead anywhere, and a name that is not UTF-8 can stand in no record. What a person
names is read, also through a link; what is only found in a folder must lie in that folder.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from pactwire.model.issues import Issue
from pactwire.storage import remote

PathNamer = Callable[[Path], str]
"""A path to what issues call it."""

_UNREADABLE_KINDS: Final = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_OPEN_STREAMS: Final = ("/dev/fd/", "/dev/stdin")
"""What stands for streams that are open already, as in ``pactwire ingest <(zcat FILE)``; they end."""


def named_path_issue(path: Path, name: str) -> Issue | None:
    """Say why something that a person named can't be read; None where it can, or is not there."""
    if not _is_utf8(name):
        return Issue(printable_name(name), 1, "file-name", "the name is not UTF-8")
    return None if path.as_posix().startswith(_OPEN_STREAMS) else _file_kind_issue(path, name)


def found_path_issue(path: Path, name: str, inside: Sequence[Path]) -> Issue | None:
    """Say why something that was found can't be read, such as a link that leads out of the folders ``inside``."""
    if not _is_utf8(name):
        return Issue(printable_name(name), 1, "file-name", "the name is not UTF-8")
    if path.is_symlink():
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError):
            return Issue(name, 1, "file-link", "the link leads nowhere")
        if not any(real.is_relative_to(each) for each in inside):
            return Issue(name, 1, "file-link", "the link leads out of the folder that was named")
    return _file_kind_issue(path, name)


def list_entries(folder: Path, name: PathNamer, within: Sequence[Path] = ()) -> Iterator[Path | Issue]:
    """Yield the files and folders that stand in a folder, sorted, without those whose names begin with a dot.

    An issue stands in place of an entry that can't be read. Links may lead to what lies in the folder, or in those
    of ``within``.
    """
    if remote.is_store(folder):
        yield from sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        return
    inside = [each.resolve() for each in (folder, *within)]
    for path in sorted(folder.iterdir()):
        if not path.name.startswith("."):
            yield found_path_issue(path, name(path), inside) or path


def list_files(folder: Path, name: PathNamer) -> list[Path | Issue]:
    """Return the files of a folder and of all folders in it, sorted, with an issue for each entry that can't be read.

    What has a name that begins with a dot is returned as it is: a folder of such a name is one entry.
    """
    found: dict[str, Path | Issue] = {}
    seen: set[Path] = set()
    base = [folder.resolve()]
    inside, linked = [folder], list[Path]()
    while inside or linked:
        current = inside.pop() if inside else linked.pop()  # a folder is read under its own name, not a link's
        if (real := current.resolve()) in seen:
            continue
        seen.add(real)
        for path in _list_folder(current, name, found):
            if not path.name.startswith(".") and (wrong := found_path_issue(path, name(path), base)):
                found[str(path)] = wrong
            elif path.is_dir() and not path.name.startswith("."):
                (linked if path.is_symlink() else inside).append(path)
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
    """Yield (first, later) names that differ only by case, which are one name on other file systems."""
    first: dict[str, str] = {}
    for name in names:
        if (known := first.setdefault(name.casefold(), name)) != name:
            yield known, name


def printable_name(name: str) -> str:
    r"""Return a file's name with its bytes that are not UTF-8 written as ``\xff``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _is_utf8(name: str) -> bool:
    return printable_name(name) == name


def _file_kind_issue(path: Path, name: str) -> Issue | None:
    try:
        kind = _UNREADABLE_KINDS.get(stat.S_IFMT(path.stat().st_mode))
    except OSError:
        return None
    return Issue(name, 1, "file-kind", f"it is {kind}, not a file") if kind else None
