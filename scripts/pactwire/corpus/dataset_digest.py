"""Digest of a dataset: of all files by which a command that reads it could come to another result."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FOLDERS: Final = ("annotations", "schema", "plots", "dataset/raw")
"""Folders that count with all that is in them; of the root and of ``dataset`` only the files count."""


def dataset_digest(root: Path) -> str | None:
    """Return the hexadecimal SHA-256 of the names and bytes of a dataset's files.

    None if one of them can't be read, or is neither a file nor a folder, such as a link.
    """
    digest = hashlib.sha256()
    try:
        for path in _dataset_files(root):
            is_folder = path.is_dir()  # an empty one counts, too
            name = os.fsencode(path.relative_to(root)) + b"/" * is_folder
            data = b"" if is_folder else path.read_bytes()
            digest.update(b"%d %d\n%b%b" % (len(name), len(data), name, data))
    except OSError:
        return None
    return digest.hexdigest()


def _dataset_files(root: Path) -> Iterator[Path]:
    for folder in (root, root / "dataset"):
        yield from (Path(entry) for entry in _entries(folder) if not entry.is_dir(follow_symlinks=False))
    for name in FOLDERS:
        yield from _files_below(root / name)


def _files_below(folder: Path) -> Iterator[Path]:
    for entry in _entries(folder):
        yield Path(entry)
        if entry.is_dir(follow_symlinks=False):
            yield from _files_below(Path(entry))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what is in a folder, sorted by name; raises OSError for what is neither a file nor a folder."""
    if not folder.exists():
        return []
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False):
            raise OSError
    return entries
