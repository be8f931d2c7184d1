"""What all commands share: options, locks, how issues are printed, and exit codes."""

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from string import ascii_uppercase
from typing import Annotated, Any, Final, NoReturn

import typer

from pactwire.cli import terminal
from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.terminal import counted, say
from pactwire.model import optional_packages
from pactwire.model.escapes import terminal_line
from pactwire.model.issues import DataError, Issue

with lazy_imports():
    from rich import text as rich_text

    from pactwire.release import dataset_sources
    from pactwire.storage import locks, remote


def _parse_folder(value: str | Path) -> Path:
    if "://" in str(value):
        raise typer.BadParameter("only build and validate work in a store; name a local folder")
    path = Path(value).resolve()
    if not path.is_dir():
        raise typer.BadParameter(f"Directory {str(value)!r} does not exist.")
    return path


def _parse_folder_or_store(value: str | Path) -> Path:
    return remote.open_store(str(value)) if "://" in str(value) else _parse_folder(value)


def _parse_source(value: str) -> str:
    return value if value.startswith("hf://datasets/") else str(_parse_folder(value))


RootOption = Annotated[
    Path, typer.Option("--root", help="Folder of the dataset.", parser=_parse_folder, metavar="DIRECTORY")
]
RootOrStoreOption = Annotated[
    Path, typer.Option("--root", help="Folder of the dataset.", parser=_parse_folder_or_store, metavar="DIRECTORY")
]
"""A dataset's folder on this machine, or its address in a store (`pactwire.storage.remote`)."""

SourceOption = Annotated[
    str,
    typer.Option(
        "--root",
        help="Folder of the dataset, or of what `pactwire build` wrote, or hf://datasets/ORG/NAME@REVISION.",
        parser=_parse_source,
        metavar="DIRECTORY",
    ),
]
"""A dataset to read labels from; `reading_source` gives a root of it."""

NAMES_SHOWN: Final = 10
"""How many names are shown of a longer list."""
_DISK_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Format(StrEnum):
    """Output formats of a result."""

    TEXT = "text"
    JSON = "json"


class ReportFormat(StrEnum):
    """Output formats of a report."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


_requested_format: Final = {"form": "text"}


def forget_format() -> None:
    """Print issues as text again, until a command is asked for another format; several may run in one process."""
    _requested_format["form"] = Format.TEXT.value


def _remember_format(form: Any) -> Any:
    """Remember the requested format, so that issues that end a command are printed in it as well."""
    _requested_format["form"] = form.value
    return form


FormatOption = Annotated[
    Format,
    typer.Option(
        "--format", callback=_remember_format, help="text for people, json for programs (one issue per line)."
    ),
]
ReportFormatOption = Annotated[
    ReportFormat,
    typer.Option(
        "--format", callback=_remember_format, help="text for people, json for programs, markdown for web pages."
    ),
]


WorkersOption = Annotated[int, typer.Option(min=1, help="Number of processes; does not change the result.")]


class Engine(StrEnum):
    """Where batches run: in processes of this machine, or on Ray (the extra `ray`; RAY_ADDRESS names a cluster)."""

    LOCAL = "local"
    RAY = "ray"


EngineOption = Annotated[Engine, typer.Option(help="Where to run; does not change the result.")]


class RepairEncoding(StrEnum):
    """Encodings whose misread characters can be repaired."""

    WINDOWS_1252 = "windows-1252"


RepairOption = Annotated[
    RepairEncoding | None,
    typer.Option(
        "--repair",
        help="Replace control characters U+0080 to U+009F by what they mean in this encoding; offsets do not change.",
    ),
]
AdoptOption = Annotated[
    bool,
    typer.Option(
        "--adopt",
        help="Take over files that version 1.0 wrote without a list: files with the names of this command's own files "
        "are replaced, or removed if this run does not write them.",
    ),
]
AdoptProjectsOption = Annotated[
    bool, typer.Option("--adopt", help="Take over projects that an issue asked about: they belong to this dataset.")
]
UpdateConfigOption = Annotated[
    bool, typer.Option("--update-config", help="Replace a labeling config that was changed in Label Studio.")
]


class IntoFolder(StrEnum):
    """The only folder of annotations/ that belongs to no annotator."""

    FINAL = "final"


def require_two_annotators(annotators: Sequence[str]) -> None:
    """Raise a usage error unless there are at least two annotators, and a letter for each in the decisions file."""
    if len(annotators) < 2:
        raise typer.BadParameter("name two annotators or more", param_hint="A B …")
    require_letters(annotators)


def require_letters(annotators: Sequence[str]) -> None:
    """Raise a usage error if there are more annotators than letters for them in the decisions file."""
    if len(annotators) > len(ascii_uppercase):
        raise typer.BadParameter(f"name up to {len(ascii_uppercase)} annotators", param_hint="A B …")


def print_issues(issues: Sequence[Issue], form: Format = Format.TEXT) -> None:
    """Print issues to standard output, one per line, and in text format their count to standard error."""
    for issue in issues:
        if form is Format.TEXT and terminal.is_terminal():
            _print_colored(issue)
        else:
            say(issue.json() if form is Format.JSON else issue.text())
    if form is Format.TEXT:
        files = len({issue.file for issue in issues})
        say(f"{counted(len(issues), 'issue')} in {counted(files, 'file')}", stderr=True)


def _print_colored(issue: Issue) -> None:
    place, words, remedy = map(
        terminal_line, (f"{issue.file}:{issue.line}: ", f": {issue.message} ", f"({issue.remedy})")
    )
    terminal.console().print(rich_text.Text.assemble((place, "bold"), (issue.code, "red"), words, (remedy, "dim")))


def report_unknown_files(folder: Path, names: Sequence[str]) -> None:
    """Print a note about files in an output folder that are kept, since no run is known to have written them."""
    if names:
        shown = ", ".join(map(repr, names[:NAMES_SHOWN])) + (" …" if len(names) > NAMES_SHOWN else "")
        entries = counted(len(names), "entry", "entries")
        say(f"note: {folder}: kept {entries} that no run is known to have written: {shown}", stderr=True)


def _exit_with_issues(issues: Sequence[Issue]) -> NoReturn:
    print_issues(issues, Format.JSON if _requested_format["form"] == Format.JSON else Format.TEXT)
    sys.stdout.flush()
    sys.exit(1)


NoWaitOption = Annotated[
    bool, typer.Option("--no-wait", help="Fail at once, with an issue, if another command is writing to the dataset.")
]


def writing(root: Path, no_wait: bool) -> AbstractContextManager[None]:
    """Hold the writing lock of a dataset: no other command writes to it (`pactwire.storage.locks`)."""
    return locks.writing(root, _command_words(), not no_wait)


def creating_folder(out: Path, no_wait: bool) -> AbstractContextManager[None]:
    """Hold the lock of an output folder or, if it is in a dataset, the writing lock of that dataset."""
    root = next((each for each in out.resolve().parents if (each / ".pactwire").is_dir()), None)
    return writing(root, no_wait) if root else locks.creating(out, _command_words(), not no_wait)


def reading(root: Path) -> AbstractContextManager[None]:
    """Hold a reading lock of a dataset: see it before or after another command's changes, not in between."""
    return locks.reading(root, _command_words())


@contextmanager
def reading_source(address: str) -> Iterator[tuple[Path, bool]]:
    """Give a root of the dataset that a SourceOption names, to read, and whether it is its own rather than temporary.

    For that time it holds the reading lock of the dataset, or of that which a published folder is in.
    """
    folder = Path(address)
    if "://" not in address and not (folder / "manifest.json").is_file():
        with reading(folder):
            yield folder, True
        return
    source = dataset_sources.open_source(address)
    with ExitStack() as stack:
        if source.lock_folder:
            stack.enter_context(reading(source.lock_folder))
        yield stack.enter_context(dataset_sources.readable_root(source)), source.is_root


def _command_words() -> str:
    """Return the name of the running command without its arguments, which may be confidential."""
    words = sys.argv[1:3] if sys.argv[1:2] in (["convert"], ["label"]) else sys.argv[1:2]
    return " ".join(["pactwire", *(each for each in words if each.isalpha())])


@contextmanager
def report_errors() -> Iterator[None]:
    """Print DataError, OSError and a missing extra as messages and exit with 1; nothing else is caught."""
    try:
        try:
            yield
        except DataError as error:
            _exit_with_issues(error.issues)
        except ModuleNotFoundError as error:
            if (issue := optional_packages.missing_module_issue(error)) is None:
                raise
            _exit_with_issues([issue])
    except BrokenPipeError:  # the reader has gone, as after `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # otherwise Python reports it at exit
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        remedy = " (free up disk space, and run the command again)" if error.errno in _DISK_FULL else ""
        say(f"error: {place}{error.strerror or error}{remedy}", stderr=True)
        sys.exit(1)
