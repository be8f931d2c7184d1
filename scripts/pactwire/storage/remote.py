"""Folders of this machine, and those of any store that fsspec reads and writes: all that differs between them.

Above this module a path is a path: a `pathlib.Path`, or universal-pathlib's, which has the same methods. A
store can't rename in one step; there a file is made on this machine, and stands in its place once it was sent whole.
"""

import hashlib
import tempfile
from io import BufferedReader
from pathlib import Path
from typing import Any, Final, cast

from pactwire.model import extras
from pactwire.model.issues import DataError, Issue
from pactwire.storage import part_files

READ_BLOCK_BYTES: Final = 1 << 20
"""Bytes that are fetched at a time; some stores would fetch and keep fifty times as many for each open file."""


def open_store(address: str) -> Path:
    """Return the folder at an address such as ``s3://bucket/folder``; raises DataError (missing-extra, no-store)."""
    extras.require("stores")
    try:
        from upath import UPath

        # other processes write there too, so that no list of files may be remembered
        store = UPath(address, use_listings_cache=False)
        path = Path(store.path) if store.protocol == "file" else cast(Path, store)
        there = path.is_dir()
    except Exception as error:  # what the many stores raise is not declared
        reason = str(error).strip() or repr(error)
        raise DataError([Issue(address, 1, "no-store", reason.splitlines()[0])]) from None
    if not there:
        raise DataError([Issue(address, 1, "no-store", "there is no such folder")])
    return path


def is_store(path: Path) -> bool:
    """Say whether a path is that of a store."""
    return not isinstance(path, Path)


def open_for_reading(path: Path) -> BufferedReader:
    """Open a file to be read here and there."""
    return (
        cast(BufferedReader, cast(Any, path).open("rb", block_size=READ_BLOCK_BYTES))
        if is_store(path)
        else path.open("rb")
    )


def local_part_path(path: Path) -> Path:
    """Return where a file of a store is written on this machine before it is whole.

    What killed processes left of the same file is removed.
    """
    called = hashlib.sha256(str(path).encode()).hexdigest()[:32]
    place = Path(tempfile.gettempdir()) / f"pactwire-{called}"
    part_files.sweep_output(place)
    return part_files.new_part_path(place)


def upload(part: Path, path: Path) -> None:
    """Put a file of this machine into its place in a store, and remove it here."""
    store = cast(Any, path)
    store.fs.put_file(str(part), store.path)
    part.unlink()
