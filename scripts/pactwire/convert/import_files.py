"""Files of an external corpus on disk: which ones to read, and what they are called in issues."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from pactwire.convert import record_files
from pactwire.convert.imported_document import SourceFile
from pactwire.model.issues import DataError, Issue
from pactwire.storage import input_files

AUTO: Final = "auto"
_CONLL_SUFFIXES: Final = (".conll", ".conllu", ".conll2003", ".iob", ".iob2", ".bio", ".bioes", ".tsv", ".txt")
_ONTONOTES_SUFFIXES: Final = (".v4_gold_conll", ".v4_auto_conll", ".v9_gold_conll", ".gold_conll")
SUFFIXES: Final[dict[str, tuple[str, ...]]] = {
    "brat": (".txt", ".ann"),
    "conll": (*_CONLL_SUFFIXES, *_ONTONOTES_SUFFIXES),
    "table": (".tsv", ".tab"),
    "spans": record_files.SUFFIXES,
    "webannotation": (".txt", ".jsonld"),
}
SUFFIXES[AUTO] = (
    *sorted({suffix for suffixes in SUFFIXES.values() for suffix in suffixes}), ".xmi", ".xml", ".spacy", ".zip",
)  # fmt: skip
"""The suffixes of the files of each format that are read from a folder."""
_FORMATS_WITH_TEXT_FILES: Final = ("brat", "webannotation", AUTO)
"""Formats whose files have, or may have, their text in another file."""


def find_files(form: str, inputs: Sequence[Path], issues: list[Issue]) -> tuple[list[Path], int]:
    """Return the files to read, sorted, and how many files in the folders have other suffixes.

    A named .ann or .jsonld also selects its text. Hidden files are ignored.

    Args:
        form: A key of SUFFIXES.
        inputs: Files and folders.
        issues: An issue is added for each file or folder that cannot be read.
    """
    selected: set[Path] = set()
    others = 0
    for path in inputs:
        if not path.is_dir():
            if flaw := input_files.named_path_issue(path, path.name):
                issues.append(flaw)
                continue
            text = path.with_suffix(".txt")
            selected |= {path, text} if form in _FORMATS_WITH_TEXT_FILES and text.is_file() else {path}
            continue
        for file in visible_files(path, issues):
            selected |= {file} if file.suffix in SUFFIXES[form] else set()
            others += file.suffix not in SUFFIXES[form]
    return sorted(selected), others


def visible_files(folder: Path, issues: list[Issue]) -> Iterator[Path]:
    """Yield the files in a folder that are not hidden; add an issue for each that cannot be read."""
    for file in input_files.list_files(folder, lambda path: path.relative_to(folder).as_posix()):
        if isinstance(file, Issue):
            issues.append(file)
        elif not file.name.startswith("."):
            yield file


def companion_file(path: Path, name: str, suffix: str) -> Path | None:
    """Return the file with the same name and another suffix, None if there is none.

    Args:
        path: The file whose companion to find.
        name: Its name in issues: its place in the folder that was named.
        suffix: The companion's suffix.

    Raises:
        DataError: The companion exists and cannot be read (`pactwire.storage.input_files`).
    """
    companion, folder = path.with_suffix(suffix), path.parents[len(PurePosixPath(name).parts) - 1]
    companion_name = PurePosixPath(name).with_suffix(suffix).as_posix()
    if flaw := input_files.found_path_issue(companion, companion_name, [folder.resolve()]):
        raise DataError([flaw])
    return companion if companion.is_file() else None


def display_name(path: Path, inputs: Sequence[Path]) -> str:
    """Return a file's path within the folder that was named, or its own name if the file itself was."""
    for folder in inputs:
        if folder.is_dir() and path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name


def source_file(path: Path, name: str) -> SourceFile:
    """Return a file's name in issues with its modification time, the only time that these formats have."""
    modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return SourceFile(name, modified)
