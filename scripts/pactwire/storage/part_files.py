"""Part files: files written under a hidden name until they are complete, and cleanup after killed processes.

A part is in the same folder as its target, so that renaming it is one step, even where a folder of the dataset is a
link to another disk. Its name contains the id of its process: two processes never write the same part, and the parts
of ended processes can be removed. A file whose name is not of this form is never touched.
"""

import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_PART_NAME: Final = re.compile(r"\..+\.([0-9]+)-[0-9a-f]{8}\.part", re.DOTALL)

SWEPT_FOLDERS: Final[Mapping[str, int]] = {
    "": 0, "schema": 1, "dataset": 2, "annotations": 3, "plots": 0,
    ".pactwire": 0, ".pactwire/build": 0, ".pactwire/scans": 1, ".pactwire/labelstudio": 0,
}  # fmt: skip
"""The folders of a dataset that commands write to, and how many levels of folders below them."""


def new_part_path(path: Path) -> Path:
    """Return a new hidden path beside ``path``, for its content until that is complete."""
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")


def is_part(file_name: str) -> bool:
    """Say whether a file name is that of a part."""
    return file_name.endswith(".part") and _PART_NAME.fullmatch(file_name) is not None


def is_running(process: int) -> bool:
    """Say whether a process of this machine runs; False where only this process can be checked."""
    if os.name != "posix":
        return process == os.getpid()
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def sweep_dataset(root: Path) -> None:
    """Remove the parts that ended processes left in a dataset; the caller is its only writer."""
    for folder, depth in SWEPT_FOLDERS.items():
        for part in list(_abandoned_parts(root / folder, depth)):
            _remove(part)


def sweep_output(out: Path) -> None:
    """Remove the parts that ended processes left of a file or folder outside a dataset."""
    beside = [part for part in _abandoned_parts(out.parent, 0) if part.name.startswith(f".{out.name}.")]
    for part in [*beside, *_abandoned_parts(out, 1)]:
        _remove(part)


def _abandoned_parts(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    for entry in entries:
        if is_part(entry.name):
            if not is_running(int(entry.name.rpartition("-")[0].rpartition(".")[2])):
                yield Path(entry.path)
        elif depth and _is_folder(entry):
            yield from _abandoned_parts(Path(entry.path), depth - 1)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, or to a place that this user may not read
        return False


def _remove(part: Path) -> None:
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)
