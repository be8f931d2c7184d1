"""Staging: files that are written completely before all of them are moved into place at once, or none.

Each is written beside its target, under the hidden name that `files.part_path` gives, which no reader of a dataset
looks at. So no command holds the texts in memory.
"""

import filecmp
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from pactwire.storage import commit_journal, files, locks
from pactwire.storage.commit_journal import Move


class Staging:
    """Files that wait to be moved into place; ``unchanged`` counts those that already held the same content.

    For the dataset in ``root``, whose lock the caller holds (`locks.writing`), they appear as one change to Pactwire's
    own readers, even if the process is killed; without a dataset they are moved one after the other. At the end of a
    ``with`` block, what was not moved is removed.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.unchanged = 0
        self._root = root
        self._parts: dict[Path, Path] = {}
        self._removals: list[Path] = []
        self._created_folders: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def differs(self, path: Path, content: str) -> bool:
        """Say whether a file exists and holds something else."""
        return path.is_file() and path.read_bytes() != content.encode()

    def add(self, path: Path, content: str | bytes) -> bool:
        """Stage a file, unless it already holds the same content; say whether it was staged.

        Replaces what was staged for the same path before.
        """
        with self.open(path, keep_empty=True) as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
        return path in self._parts

    @contextmanager
    def open(self, path: Path, keep_empty: bool = False) -> Iterator[IO[bytes]]:
        """Give a stream for a file that is written piece by piece.

        An empty file is not staged, unless ``keep_empty`` is true.
        """
        self._created_folders += [folder for folder in path.parents if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        part = files.part_path(path)
        self.add_part(part, path)
        with part.open("wb") as stream:
            yield stream
        is_same = path.is_file() and filecmp.cmp(part, path, shallow=False)
        if is_same or not (keep_empty or part.stat().st_size):
            self.unstage(path)
            self.unchanged += is_same

    def add_part(self, part: Path, path: Path) -> None:
        """Stage a part that the caller writes completely, for its target."""
        self.unstage(path)
        self._parts[path] = part

    def current_path(self, path: Path) -> Path:
        """Return where the content staged for a path can be read now."""
        return self._parts.get(path, path)

    def unstage(self, path: Path) -> None:
        """Discard what was staged for a path."""
        if part := self._parts.pop(path, None):
            part.unlink(missing_ok=True)

    def remove(self, path: Path) -> None:
        """Stage the removal of a file, for when the others are in place."""
        self._removals.append(path)

    def publish(self) -> list[Path]:
        """Flush every file to disk, then move all into place, in the order in which they were staged.

        Returns:
            Their paths.
        """
        files.sync_files(self._parts.values())
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
        """Remove what was not moved into place, and the folders created for it that are empty.

        A commit that has begun is left for the next command to finish.
        """
        if self._root is not None and (self._root / commit_journal.JOURNAL_FILE).is_file():
            return
        for path in list(self._parts):
            self.unstage(path)
        for folder in sorted(self._created_folders, key=lambda each: len(each.parts), reverse=True):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def replace_file(root: Path, path: Path, content: str | bytes) -> bool:
    """Replace one file of a dataset, whose lock the caller holds; return False if it already held the same content."""
    with Staging(root) as staging:
        staging.add(path, content)
        return bool(staging.publish())
