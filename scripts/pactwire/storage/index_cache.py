"""A cache of record indexes of bulk files, by the SHA-256 of the file; its folder may be deleted.

Finding records means decompressing all of them, which takes as long as the rest of a build in which little has
changed. Files with issues are not cached, so the issues are reported each time.
"""

import contextlib
import io
import re
from pathlib import Path
from typing import Any, Final

import numpy as np

from pactwire.storage import files, fingerprint

MIN_BYTES: Final = 1 << 20
"""Size from which a file is cached: below it, scanning again is faster."""

_CACHE_FILE_NAME: Final = re.compile(r"[0-9a-f]{64}-[0-9a-f]{16}(\.\w+)?\.npy")
"""The form of the cache's file names; other files are not touched."""


class IndexCache:
    """The index arrays of bulk files; `sweep` deletes those of files that were not asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._used: set[str] = set()

    def is_worthwhile(self, path: Path) -> bool:
        """Say whether a file is large enough to be cached."""
        return path.stat().st_size >= MIN_BYTES

    def entry_name(self, path: Path) -> str:
        """Return the cache entry of a file, a new one whenever its bytes or this package change."""
        name = f"{files.file_sha256(path)}-{fingerprint.code_digest()[:16]}{path.suffix}.npy"
        self._used.add(name)
        return name

    def get(self, name: str) -> tuple[Any, Any] | None:
        """Return the two arrays of an entry; None if it is not cached."""
        try:
            with (self._folder / name).open("rb") as stream:
                return np.load(stream), np.load(stream)
        except (OSError, ValueError, EOFError):
            return None

    def put(self, name: str, arrays: tuple[Any, Any]) -> None:
        """Store the two arrays of an entry; does nothing if the folder can't be written to."""
        data = io.BytesIO()
        for array in arrays:
            np.save(data, array)
        with contextlib.suppress(OSError):
            files.write_file(self._folder / name, data.getvalue())

    def sweep(self) -> None:
        """Delete the entries of files that were deleted or changed."""
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            if path.name not in self._used and _CACHE_FILE_NAME.fullmatch(path.name):
                with contextlib.suppress(OSError):
                    path.unlink()
