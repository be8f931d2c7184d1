"""Expand the names of inputs (files, folders, globs, ``-``, ``hf://`` and other URLs) to byte streams, in order.

Local files are listed by `pactwire.storage.input_files`, which reports what can't be read; all others by fsspec. In a
folder, files are read by their suffixes; the others are counted.
"""

import glob
import itertools
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, NamedTuple

from pactwire.ingest.input_records import Skipped
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.storage import input_files

STANDARD_INPUT: Final = "-"
FORMS_BY_SUFFIX: Final = {
    ".txt": "text", ".text": "text", ".html": "html", ".htm": "html", ".xhtml": "html", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".xml": "feed", ".rss": "feed",
    ".atom": "feed", ".rdf": "feed", ".parquet": "parquet", ".warc": "warc", ".wet": "warc", ".arc": "warc",
}  # fmt: skip
COMPRESSED_SUFFIXES: Final = (".gz", ".zst", ".zstd")


class InputStream(NamedTuple):
    """A stream that can be opened, with its name and, if the name shows it, its form.

    ``inside`` is the name in the folder that was named, or in the fixed part of a glob, with its subfolders.
    """

    name: str
    inside: str
    form: str | None
    open: Callable[[], BinaryIO]


def expand_names(names: Iterable[str]) -> Iterator[InputStream | Issue | Skipped]:
    """Yield the streams of all inputs, those of a folder sorted by name."""
    for name in names:
        if name == STANDARD_INPUT:
            yield InputStream("standard input", "standard input", None, lambda: sys.stdin.buffer)
            continue
        is_remote = "://" in name
        try:
            yield from _expand_name(name, is_remote)
        except Exception as error:
            if not is_remote and not isinstance(error, OSError):
                raise
            yield unreachable_issue(name, error)


def unreachable_issue(name: str, error: Exception) -> Issue:
    """Return the issue for an input that can't be reached; clients of remote stores raise many kinds of errors."""
    reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
    return Issue(input_files.printable_name(name), 1, "ingest-input", f"it can't be read: {reason[:200]}")


def _expand_name(name: str, is_remote: bool) -> Iterator[InputStream | Issue | Skipped]:
    from fsspec.core import url_to_fs
    from fsspec.implementations.local import LocalFileSystem

    system, path = url_to_fs(name) if is_remote else (LocalFileSystem(), os.path.abspath(name))  # noqa: PTH100
    if system.isdir(path):
        yield from _expand_folder(system, path, is_remote)
    elif system.exists(path):
        yield _open_input(system, path, is_remote)
    elif matches := [match for match in sorted(system.glob(path)) if _is_visible_file(system, match)]:
        fixed = Path(*itertools.takewhile(lambda part: not glob.has_magic(part), Path(path).parts))
        folder = str(fixed) if str(fixed) != "." and path.startswith(str(fixed)) else None
        yield from (_open_input(system, match, is_remote, [fixed.resolve()], folder) for match in matches)
    else:
        yield Issue(input_files.printable_name(name), 1, "ingest-input", "there is no such file, and no file matches")


def _is_visible_file(system: Any, path: str) -> bool:
    return not system.isdir(path) and not PurePosixPath(path).name.startswith(".")


def _expand_folder(system: Any, path: str, is_remote: bool) -> Iterator[InputStream | Issue | Skipped]:
    for file in sorted(system.find(path)) if is_remote else input_files.list_files(Path(path), _local_name):
        if isinstance(file, Issue):
            yield file
            continue
        inside = PurePosixPath(str(file)[len(path) :].lstrip("/"))
        if any(part.startswith(".") for part in inside.parts) or form_by_name(str(file)) is None:
            ending = PurePosixPath(plain_name(inside.name)).suffix.lower()
            is_hidden = any(part.startswith(".") for part in inside.parts)
            kind = "a hidden name" if is_hidden else f"the ending {quote(ending[:20])}" if ending else "no ending"
            yield Skipped(f"files of a folder with {kind}")
        else:
            yield _open_input(system, str(file), is_remote, folder=path)


def _open_input(
    system: Any, path: str, is_remote: bool, inside: Sequence[Path] = (), folder: str | None = None
) -> InputStream | Issue:
    """Return a stream, or the issue if it can't be read.

    Matches of a glob must be in one of the folders ``inside``; ``folder`` is what the name in it is told from.
    """
    short = path[len(folder) :].lstrip("/") if folder else PurePosixPath(path).name
    if is_remote:
        name = str(system.unstrip_protocol(path))
        return InputStream(name, short, form_by_name(path), lambda: system.open(path, "rb"))
    name = _local_name(Path(path))
    issue = (
        input_files.found_path_issue(Path(path), name, inside)
        if inside
        else input_files.named_path_issue(Path(path), name)
    )
    return issue or InputStream(name, short, form_by_name(path), lambda: Path(path).open("rb"))


def _local_name(path: Path) -> str:
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.as_posix()


def plain_name(name: str) -> str:
    """Return a file's name, with its folders if it has any, without the suffix of its compression."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in COMPRESSED_SUFFIXES else name


def form_by_name(name: str) -> str | None:
    """Return the form of a file by its suffix, or None."""
    return FORMS_BY_SUFFIX.get(PurePosixPath(plain_name(name)).suffix.lower())
