"""Files with their contents in, and all of them in place at once out, or none: a command holds no text in memory.

Each is written whole beside its place, under the hidden name that `files.part_path` gives, which no reader of a
dataset looks at.
"""

import filecmp
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pactwire.storage import commit_journal, files, locks
from pactwire.storage.commit_journal import Move


class Staging:
    """Files that wait to be put in place; ``same`` counts those that already hold what was to be written.

    Those of the dataset in ``root``, whose lock the caller holds (`locks.writing`), get their places as one for
    Pactwire's own readers and whenever the process is killed; those of no dataset one after the other.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.unchanged = 0
        self._root = root
        self._parts: dict[Path, Path] = {}
        self._removals: list[Path] = []
        self._created_folders: list[Path] = []

    def differs(self, path: Path, content: str) -> bool:
        """Say whether a file is there and holds something else."""
        return path.is_file() and path.read_bytes() != content.encode()

    def add(self, path: Path, content: str | bytes) -> bool:
        """Write a file beside its place, unless it already holds the same; say whether it was written.

        What was added for the same place before gives way.
        """
        with self.open(path, keep_empty=True) as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
        return path in self._parts

    @contextmanager
    def open(self, path: Path, keep_empty: bool = False) -> Iterator[IO[bytes]]:
        """Give a stream for a file that is written piece by piece.

        Where nothing is written none is made, unless ``keep_empty`` says so.
        """
        self._created_folders += [folder for folder in path.parents if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        part = files.part_path(path)
        self.add_part(part, path)
        with part.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        is_same = path.is_file() and filecmp.cmp(part, path, shallow=False)
        if is_same or not (keep_empty or part.stat().st_size):
            self.unstage(path)
            self.unchanged += is_same

    def add_part(self, part: Path, path: Path) -> None:
        """Take a part that the caller has written whole, and what is its place."""
        self.unstage(path)
        self._parts[path] = part

    def current_path(self, path: Path) -> Path:
        """Return where the content that was added for a path can be read now."""
        return self._parts.get(path, path)

    def unstage(self, path: Path) -> None:
        """Take back what was added for a path."""
        if part := self._parts.pop(path, None):
            part.unlink(missing_ok=True)

    def remove(self, path: Path) -> None:
        """Let a file go once the others are in place."""
        self._removals.append(path)

    def publish(self) -> list[Path]:
        """Put every file in its place, in the order in which they came, and return their paths."""
        moves: list[Move] = [(part, path) for path, part in self._parts.items()]
        if self._root is None:
            for part, path in moves:
                part.replace(path)
            for path in self._removals:
                path.unlink(missing_ok=True)
        elif moves or self._removals:
            with locks.committing(self._root):
                commit_journal.commit(self._root, moves, self._removals)
        self._parts, self._removals = {}, []
        return [path for _, path in moves]

    def discard(self) -> None:
        """Remove what was not put in place, and folders that were made for nothing.

        A commit that has begun is left to be finished by the next command.
        """
        if self._root is not None and (self._root / commit_journal.JOURNAL_FILE).is_file():
            return
        for path in list(self._parts):
            self.unstage(path)
        for folder in sorted(self._created_folders, key=lambda each: len(each.parts), reverse=True):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def replace_file(root: Path, path: Path, content: str | bytes) -> bool:
    """Replace one file of a dataset, whose lock the caller holds; return False if it already held the same."""
    staging = Staging(root)
    try:
        staging.add(path, content)
        return bool(staging.publish())
    finally:
        staging.discard()
