"""A list of the files that a command made in a folder of the user's: what was made can go, all else is somebody's.

The list lies in the folder under a hidden name and holds the SHA-256 of each file. Before files are put in place it
holds their old digests and their new ones, so that a killed command knows its own files again.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from re import Pattern
from typing import Final

from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

LEDGER_FILE: Final = ".pactwire-files.json"
NAMES_SHOWN: Final = 5
"""Names that are shown of many."""


class OutputLedger:
    """What a command made in ``folder`` before, and what is to be there now.

    Args:
        folder: Where the files lie.
        names: What this command calls its files; what else is there it never touches.
        adopt: Whether files of such names are the command's own where there is no list: version 1.0 kept none.
        called: The name of the list.
    """

    def __init__(self, folder: Path, names: Pattern[str], adopt: bool = False, called: str = LEDGER_FILE) -> None:
        self.folder, self.path, self._names = folder, folder / called, names
        known = _read_ledger(self.path)
        self.is_listed = known is not None
        self.known = known or {}
        if adopt and known is None:
            self.known = {name: [digest] for name in self.present() if (digest := _file_digest(folder / name))}

    def present(self) -> Iterator[str]:
        """Yield the names of the files in the folder that are called as the command calls its own."""
        for path in sorted((*self.folder.glob("*"), *self.folder.glob("*/*"))):
            name = path.relative_to(self.folder).as_posix()
            if self._names.fullmatch(name) and not path.is_dir():
                yield name

    def stale(self, wanted: Mapping[str, str]) -> list[str]:
        """Return the files of earlier runs that are not wanted, to be removed.

        Args:
            wanted: The SHA-256 of each file that is to be there.

        Raises:
            DataError: export-changed for each file that is somebody's edit, and export-unlisted where files stand
                in the way, or might be stale, and no list says who made them.
        """
        there = {name: _file_digest(self.folder / name) for name in sorted({*wanted, *self.known})}
        there |= {name: _file_digest(self.folder / name) for name in self.present() if not self.is_listed}
        foreign = [
            name
            for name, digest in there.items()
            if digest is not None and digest not in (wanted.get(name), *self.known.get(name, ()))
        ]
        if changed := [name for name in foreign if self.is_listed]:
            raise DataError([self._changed(name) for name in changed])
        if foreign:
            names = ", ".join(foreign[:NAMES_SHOWN]) + (" …" if len(foreign) > NAMES_SHOWN else "")
            message = f"no list says who made what is called as this command's files, {len(foreign):,} in all: {names}"
            raise DataError([Issue(self.folder.as_posix(), 1, "export-unlisted", message)])
        return [name for name, digest in there.items() if digest is not None and name not in wanted]

    def _changed(self, name: str) -> Issue:
        why = "it was changed since it was written" if name in self.known else "it is not of an earlier run"
        return Issue((self.folder / name).as_posix(), 1, "export-changed", why)

    def unrelated_names(self, wanted: Mapping[str, str]) -> list[str]:
        """Return the names of what else stands in the folder itself, without what is hidden."""
        tops = {name.partition("/")[0] for name in (*wanted, *self.known)}
        found = (path.name for path in self.folder.iterdir()) if self.folder.is_dir() else ()
        return sorted(name for name in found if not name.startswith(".") and name not in tops)

    def begin(self, wanted: Mapping[str, str]) -> None:
        """Note what will be made, beside what was."""
        names = sorted({*wanted, *self.known})
        self._write(
            {name: list(dict.fromkeys([*self.known.get(name, ()), *_wanted_digests(wanted, name)])) for name in names}
        )

    def end(self, wanted: Mapping[str, str]) -> None:
        """Note what was made."""
        self._write({name: [wanted[name]] for name in sorted(wanted)})

    def _write(self, listed: Mapping[str, list[str]]) -> None:
        files.write_file(self.path, strict_json.pretty({"files": listed}))


def _wanted_digests(wanted: Mapping[str, str], name: str) -> list[str]:
    return [wanted[name]] if name in wanted else []


def _read_ledger(path: Path) -> dict[str, list[str]] | None:
    """Return the digests of each file of a list; None where there is none, or none of ours."""
    try:
        listed = json.loads(path.read_bytes() if path.is_file() else "{}")["files"]
        known = {str(name): [str(digest) for digest in digests] for name, digests in listed.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    inside = (not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts for name in known)
    return known if all(inside) else None


def _file_digest(path: Path) -> str | None:
    """Return the SHA-256 of a file; None where nothing stands, and no digest for what is no file."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return ""
    return files.file_sha256(path) if path.exists() else None
