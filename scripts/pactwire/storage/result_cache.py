"""A cache of results by the SHA-256 of what they were made from: one SQLite file, which may be deleted at any time.

Any number of processes read and add to it at once, and one that is killed leaves it intact. Every result is stored
with a checksum, so that a damaged file costs time and never changes a result: it is made again. Where the file can't be
written or locked, as in a dataset of somebody else, nothing is cached.
"""

import re
import sqlite3
import weakref
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

_CACHE_FILE: Final = re.compile(r"[0-9a-f]{16}\.sqlite(-journal)?")
"""The names of a cache's own files; it leaves all others alone."""
_CHECKSUM_BYTES: Final = 8
_BUSY_SECONDS: Final = 5
_TABLE: Final = "CREATE TABLE IF NOT EXISTS results (key BLOB PRIMARY KEY, result BLOB NOT NULL)"
_UNUSABLE: Final = (
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY,
)  # fmt: skip
"""Errors of a file that is not damaged."""


class ResultCache:
    """The results of one version of a code, in the folder ``folder``; those of other versions are deleted.

    Args:
        folder: The folder of the cache.
        version: The hexadecimal SHA-256 of all that determines a result, except what it is made from.
    """

    def __init__(self, folder: Path, version: str) -> None:
        self._path = folder / f"{version[:16]}.sqlite"
        self._connection: sqlite3.Connection | None = None
        self._is_usable = True

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_connection": None}  # another process opens the file itself

    def get(self, key: bytes) -> bytes | None:
        """Return the result of a key; None if it is not cached."""
        found = self._execute("SELECT result FROM results WHERE key = ?", key)
        stored = found[0][0] if found else b""
        is_intact = isinstance(stored, bytes) and stored[:_CHECKSUM_BYTES] == _checksum(key, stored[_CHECKSUM_BYTES:])
        return stored[_CHECKSUM_BYTES:] if is_intact else None

    def put(self, key: bytes, result: bytes) -> None:
        """Store the result of a key; does nothing if the file can't be written to."""
        self._execute("INSERT OR REPLACE INTO results VALUES (?, ?)", key, _checksum(key, result) + result)

    def delete(self) -> None:
        """Delete all results; other processes go on with theirs."""
        self._close()
        self._remove_files(self._path.stem)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _execute(self, statement: str, *values: bytes) -> list[Any]:
        """Return the rows of a statement; none after an error that leaves the cache unused in this process."""
        for is_last in (False, True):
            if not self._is_usable:
                break
            try:
                return self._open().execute(statement, values).fetchall()
            except (OSError, sqlite3.Error) as error:
                self._close()
                code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CANTOPEN)
                is_damaged = code & 0xFF not in _UNUSABLE
                self._is_usable = is_damaged and not is_last and self._remove_files(self._path.stem)
        return []

    def _open(self) -> sqlite3.Connection:
        """Open the file, and make it if there is none."""
        if self._connection is None:
            if is_new := not self._path.exists():
                self._path.parent.mkdir(parents=True, exist_ok=True)
            # one thread at a time is let in by SQLite itself
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            weakref.finalize(self, connection.close)
            self._connection = connection
            connection.execute("PRAGMA synchronous = OFF")  # a file damaged by a power failure is made again
            connection.execute(_TABLE)
            if is_new:
                self._remove_files("")
        return self._connection

    def _remove_files(self, version: str) -> bool:
        """Remove the files of a version, or of all other versions; return whether all are gone."""
        try:
            # the journal first: SQLite would apply one that is left to a new file of the same name
            for path in sorted(self._path.parent.iterdir(), reverse=True):
                stem = path.name.partition(".")[0]
                if _CACHE_FILE.fullmatch(path.name) and (stem == version if version else stem != self._path.stem):
                    path.unlink(missing_ok=True)
        except OSError:
            return False
        return True


def _checksum(key: bytes, result: bytes) -> bytes:
    return blake2b(key + result, digest_size=_CHECKSUM_BYTES).digest()
