"""What a person names – files, folders, globs, ``-``, ``hf://`` and other URLs – to streams of bytes, in order.

Everything goes through fsspec. In a folder, files are read whose names say that they hold articles; the others are
counted.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, NamedTuple

from pactwire.ingest.found import Left
from pactwire.issues import Issue

STANDARD_INPUT: Final = "-"
FORMS: Final = {
    ".txt": "text", ".text": "text", ".html": "html", ".htm": "html", ".xhtml": "html", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".parquet": "parquet", ".warc": "warc", ".wet": "warc",
}  # fmt: skip
PACKED: Final = (".gz", ".zst", ".zstd")


class Input(NamedTuple):
    """A stream that can be opened: its name, and its form where the name tells it."""

    name: str
    form: str | None
    open: Callable[[], BinaryIO]


def expand(names: Iterable[str]) -> Iterator[Input | Issue | Left]:
    """Yield the streams of all that was named, those of a folder sorted by name."""
    for name in names:
        if name == STANDARD_INPUT:
            yield Input("standard input", None, lambda: sys.stdin.buffer)
            continue
        remote = "://" in name
        try:
            yield from _found(name, remote)
        except Exception as error:
            if not remote and not isinstance(error, OSError):
                raise
            yield away(name, error)


def away(name: str, error: Exception) -> Issue:
    """Return the issue for an input that can't be reached; clients of remote stores raise errors of many kinds."""
    says = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
    return Issue(name, 1, "ingest-input", f"it can't be read: {says[:200]}")


def _found(name: str, remote: bool) -> Iterator[Input | Issue | Left]:
    from fsspec.core import url_to_fs
    from fsspec.implementations.local import LocalFileSystem

    system, path = url_to_fs(name) if remote else (LocalFileSystem(), os.path.abspath(name))  # noqa: PTH100
    if system.isdir(path):
        yield from _folder(system, path, remote)
    elif system.exists(path):
        yield _input(system, path, remote)
    elif found := sorted(
        each for each in system.glob(path) if system.isfile(each) and not PurePosixPath(each).name.startswith(".")
    ):
        yield from (_input(system, each, remote) for each in found)
    else:
        yield Issue(name, 1, "ingest-input", "there is no such file, and no file that it matches")


def _folder(system: Any, path: str, remote: bool) -> Iterator[Input | Left]:
    for each in sorted(system.find(path)):
        inside = PurePosixPath(each[len(path) :].lstrip("/"))
        if any(part.startswith(".") for part in inside.parts) or form_of(each) is None:
            yield Left("files in folders not read, by their names")
        else:
            yield _input(system, each, remote)


def _input(system: Any, path: str, remote: bool) -> Input:
    return Input(_name(system, path, remote), form_of(path), lambda: system.open(path, "rb"))


def _name(system: Any, path: str, remote: bool) -> str:
    if remote:
        return str(system.unstrip_protocol(path))
    here = Path.cwd()
    return Path(path).relative_to(here).as_posix() if Path(path).is_relative_to(here) else path


def plain_name(name: str) -> str:
    """Return a file's own name without folders and without the ending of its compression."""
    last = PurePosixPath(name).name
    return PurePosixPath(last).stem if PurePosixPath(last).suffix.lower() in PACKED else last


def form_of(name: str) -> str | None:
    """Return the form that a file's name tells, or None."""
    return FORMS.get(PurePosixPath(plain_name(name)).suffix.lower())
