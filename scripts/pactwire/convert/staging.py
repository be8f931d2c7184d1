"""Files with their contents in, and all of them in place at once out, or none: an import holds no text in memory.

Each is written whole beside its place, under the hidden name that `files.part_name` gives, which no reader of a
dataset looks at.
"""

import filecmp
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pactwire import files


class Staging:
    """Files that wait to be put in place; ``same`` counts those that already hold what was to be written."""

    def __init__(self) -> None:
        self.same = 0
        self._waiting: list[Path] = []
        self._made: list[Path] = []

    def differs(self, path: Path, content: str) -> bool:
        """Say whether a file is there and holds something else."""
        return path.is_file() and path.read_bytes() != content.encode()

    def add(self, path: Path, content: str | bytes) -> None:
        """Write a file beside its place, unless it already holds the same."""
        with self.open(path, keep_empty=True) as stream:
            stream.write(content.encode() if isinstance(content, str) else content)

    @contextmanager
    def open(self, path: Path, keep_empty: bool = False) -> Iterator[IO[bytes]]:
        """Give a stream for a file that is written piece by piece.

        Where nothing is written none is made, unless ``keep_empty`` says so.
        """
        self._made += [folder for folder in path.parents if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        part = files.part_name(path)
        self._waiting.append(path)
        with part.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        is_same = path.is_file() and filecmp.cmp(part, path, shallow=False)
        if is_same or not (keep_empty or part.stat().st_size):
            part.unlink()
            self._waiting.remove(path)
            self.same += is_same

    def publish(self) -> list[Path]:
        """Put every file in its place, in the order in which they came, and return their paths."""
        done, self._waiting = self._waiting, []
        for path in done:
            files.part_name(path).replace(path)
        return done

    def discard(self) -> None:
        """Remove what was not put in place, and folders that were made for nothing."""
        for path in self._waiting:
            files.part_name(path).unlink(missing_ok=True)
        self._waiting = []
        for folder in sorted(self._made, key=lambda each: len(each.parts), reverse=True):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
