"""Bulk files to what was found in them before: remembered by their SHA-256, in a folder that may be deleted.

Finding records means decompressing all of them, which takes as long as all else that a build does where
little has changed. A file with issues is not remembered, so that they are found each time.
"""

import contextlib
import io
import re
from pathlib import Path
from typing import Any, Final

import numpy as np

from pactwire.storage import files, fingerprint

MIN_BYTES: Final = 1 << 20
"""Bytes of a file from which on remembering takes less than looking again."""


_CACHE_FILE_NAME: Final = re.compile(r"[0-9a-f]{64}-[0-9a-f]{16}(\.\w+)?\.npy")
"""What scans are called; other files are not theirs."""


class IndexCache:
    """The arrays found in files; those of files that were not asked for are forgotten by `sweep`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._used: set[str] = set()

    def is_worthwhile(self, path: Path) -> bool:
        """Say whether what is found in a file should be remembered."""
        return path.stat().st_size >= MIN_BYTES

    def entry_name(self, path: Path) -> str:
        """Return what a file's arrays are remembered under; another one whenever its bytes, or this package, change."""
        name = f"{files.file_sha256(path)}-{fingerprint.code_digest()[:16]}{path.suffix}.npy"
        self._used.add(name)
        return name

    def get(self, name: str) -> tuple[Any, Any] | None:
        """Return the two arrays of a file, if they are remembered."""
        try:
            with (self._folder / name).open("rb") as stream:
                return np.load(stream), np.load(stream)
        except (OSError, ValueError, EOFError):
            return None

    def put(self, name: str, arrays: tuple[Any, Any]) -> None:
        """Remember the two arrays of a file; where the folder can't be written, they will be made again."""
        data = io.BytesIO()
        for each in arrays:
            np.save(data, each)
        with contextlib.suppress(OSError):
            files.write_file(self._folder / name, data.getvalue())

    def sweep(self) -> None:
        """Forget what was found in files that are gone, or were changed."""
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            if path.name not in self._used and _CACHE_FILE_NAME.fullmatch(path.name):
                with contextlib.suppress(OSError):
                    path.unlink()
