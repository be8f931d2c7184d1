"""The files of a dataset's folder, as far as commands or people write texts to them."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from pactwire.storage import files, output_ledger
from pactwire.storage.output_ledger import LEDGER_FILE

SKIPPED: Final = (".git", ".venv", "venv", "node_modules", "__pycache__")
"""Folders that are of other programs."""
_SERVER: Final = ".pactwire/labelstudio"


def iter_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a dataset's folder by name, except those of other programs and of a Label Studio server."""
    for folder, below, names in os.walk(root):
        here = Path(folder).relative_to(root)
        below[:] = sorted(each for each in below if each not in SKIPPED and (here / each).as_posix() != _SERVER)
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield (here / name).as_posix(), path


def written_folders(root: Path) -> Iterator[list[Path]]:
    """Yield what commands wrote to each of several folders within the dataset, such as pages, and people left alone."""
    for ledger in sorted((*root.glob(f"*/{LEDGER_FILE}"), *root.glob(f"*/*/{LEDGER_FILE}"))):
        listed = ((ledger.parent / name, known) for name, known in (output_ledger.read_ledger(ledger) or {}).items())
        yield [path for path, known in listed if _is_unchanged(path, known)]


def _is_unchanged(path: Path, known: Collection[str]) -> bool:
    return path.is_file() and not path.is_symlink() and files.file_sha256(path) in known
