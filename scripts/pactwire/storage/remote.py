"""Local folders and remote stores that fsspec reads and writes, and everything that differs between them.

Other modules treat a path as a path: a `pathlib.Path`, or universal-pathlib's, which has the same methods. A store
can't rename a file in one step; there a file is written on this machine and uploaded when it is complete.
"""

import tempfile
from io import BufferedReader
from pathlib import Path
from typing import Any, Final, cast

from pactwire.model import optional_packages
from pactwire.model.digests import short_sha256
from pactwire.model.issues import DataError, Issue
from pactwire.storage import part_files

READ_BLOCK_BYTES: Final = 1 << 20
"""Bytes fetched at a time; some stores would fetch and keep fifty times as many for each open file."""


def open_store(address: str) -> Path:
    """Return the folder at an address such as ``s3://bucket/folder``; raises DataError (missing-extra, no-store)."""
    optional_packages.require("stores")
    try:
        from upath import UPath

        # other processes write there too, so listings can't be cached
        store = UPath(address, use_listings_cache=False)
        path = Path(store.path) if store.protocol == "file" else cast(Path, store)
        exists = path.is_dir()
    except Exception as error:  # the many stores do not declare what they raise
        reason = str(error).strip() or repr(error)
        raise DataError([Issue(address, 1, "no-store", reason.splitlines()[0])]) from None
    if not exists:
        raise DataError([Issue(address, 1, "no-store", "there is no such folder")])
    return path


def is_store(path: Path) -> bool:
    """Say whether a path is in a remote store."""
    return not isinstance(path, Path)


def open_for_reading(path: Path) -> BufferedReader:
    """Open a file for reading at any position."""
    if is_store(path):
        return cast(BufferedReader, cast(Any, path).open("rb", block_size=READ_BLOCK_BYTES))
    return path.open("rb")


def local_part_path(path: Path) -> Path:
    """Return where to write a store's file on this machine until it is complete.

    Removes what killed processes left of the same file.
    """
    place = Path(tempfile.gettempdir()) / f"pactwire-{short_sha256(str(path), 32)}"
    part_files.sweep_output(place)
    return part_files.new_part_path(place)


def upload(part: Path, path: Path) -> None:
    """Copy a local file to its place in a store, and delete it here."""
    store = cast(Any, path)
    store.fs.put_file(str(part), store.path)
    part.unlink()
