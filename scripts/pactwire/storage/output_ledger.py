"""A ledger of the files that a command wrote to a user's folder: those it may delete, everything else it keeps.

The ledger lies in the folder under a hidden name and holds the SHA-256 of each file. Before files are moved into place
it holds their old and their new digests, so that a killed command recognizes its own files.
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
"""How many of many names a message shows."""


class OutputLedger:
    """What a command wrote to ``folder`` before, and what is to be there now.

    Args:
        folder: Where the files are.
        names: The form of this command's file names; it never touches any other file.
        adopt: Whether to treat files with such names as the command's own if there is no ledger: version 1.0 kept none.
        ledger_name: The ledger's file name.
    """

    def __init__(self, folder: Path, names: Pattern[str], adopt: bool = False, ledger_name: str = LEDGER_FILE) -> None:
        self.folder, self.path, self._names = folder, folder / ledger_name, names
        known = read_ledger(self.path)
        self.is_listed = known is not None
        self.known = known or {}
        if adopt and known is None:
            self.known = {name: [digest] for name in self.present() if (digest := _file_digest(folder / name))}

    def present(self) -> Iterator[str]:
        """Yield the names of the files in the folder that have the form of this command's names."""
        for path in sorted((*self.folder.glob("*"), *self.folder.glob("*/*"))):
            name = path.relative_to(self.folder).as_posix()
            if self._names.fullmatch(name) and not path.is_dir():
                yield name

    def stale(self, wanted: Mapping[str, str]) -> list[str]:
        """Return the files of earlier runs that are not wanted, to be removed.

        Args:
            wanted: The SHA-256 of each file that is to be there.

        Raises:
            DataError: export-changed for each file that somebody edited, and export-unlisted if files are in the way,
                or could be stale, and no ledger says who wrote them.
        """
        digests = {name: _file_digest(self.folder / name) for name in sorted({*wanted, *self.known})}
        digests |= {name: _file_digest(self.folder / name) for name in self.present() if not self.is_listed}
        unrecognized = [
            name
            for name, digest in digests.items()
            if digest is not None and digest not in (wanted.get(name), *self.known.get(name, ()))
        ]
        if unrecognized and self.is_listed:
            raise DataError([self._changed(name) for name in unrecognized])
        if unrecognized:
            names = ", ".join(unrecognized[:NAMES_SHOWN]) + (" …" if len(unrecognized) > NAMES_SHOWN else "")
            message = f"no list says who wrote these files, {len(unrecognized):,} in all: {names}"
            raise DataError([Issue(self.folder.as_posix(), 1, "export-unlisted", message)])
        return [name for name, digest in digests.items() if digest is not None and name not in wanted]

    def _changed(self, name: str) -> Issue:
        why = "it was changed since it was written" if name in self.known else "it is not from an earlier run"
        return Issue((self.folder / name).as_posix(), 1, "export-changed", why)

    def unrelated_names(self, wanted: Mapping[str, str]) -> list[str]:
        """Return the names of all other entries directly in the folder, except hidden ones."""
        own = {name.partition("/")[0] for name in (*wanted, *self.known)}
        entries = (path.name for path in self.folder.iterdir()) if self.folder.is_dir() else ()
        return sorted(name for name in entries if not name.startswith(".") and name not in own)

    def begin(self, wanted: Mapping[str, str]) -> None:
        """Record what will be written, in addition to what was."""
        listed = {name: list(self.known.get(name, ())) for name in sorted({*wanted, *self.known})}
        for name, digest in wanted.items():
            listed[name] = list(dict.fromkeys([*listed[name], digest]))
        self._write(listed)

    def end(self, wanted: Mapping[str, str]) -> None:
        """Record what was written."""
        self._write({name: [wanted[name]] for name in sorted(wanted)})

    def _write(self, listed: Mapping[str, list[str]]) -> None:
        files.write_file(self.path, strict_json.pretty({"files": listed}))


def read_ledger(path: Path) -> dict[str, list[str]] | None:
    """Return the digests of each file of a ledger; None if it is missing or was not written by Pactwire."""
    try:
        listed = json.loads(path.read_bytes() if path.is_file() else "{}")["files"]
        known = {str(name): [str(digest) for digest in digests] for name, digests in listed.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    inside = (not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts for name in known)
    return known if all(inside) else None


def _file_digest(path: Path) -> str | None:
    """Return the SHA-256 of a file, None if nothing is there, and an empty string for anything but a file."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return ""
    return files.file_sha256(path) if path.exists() else None
