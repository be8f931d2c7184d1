"""What all commands share: options, the form of problems on the terminal, and exit codes."""

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from pathlib import Path
from string import ascii_uppercase
from typing import Annotated, Any, Final, NoReturn

import typer

from pactwire.cli import terminal
from pactwire.cli.terminal import counted, say
from pactwire.model import extras
from pactwire.model.escapes import terminal_line
from pactwire.model.issues import DataError, Issue
from pactwire.storage import remote


def _parse_folder(value: str | Path) -> Path:
    if "://" in str(value):
        raise typer.BadParameter("only build and validate work in a store; name a folder of this machine")
    path = Path(value).resolve()
    if not path.is_dir():
        raise typer.BadParameter(f"Directory {str(value)!r} does not exist.")
    return path


def _parse_folder_or_store(value: str | Path) -> Path:
    return remote.open_store(str(value)) if "://" in str(value) else _parse_folder(value)


RootOption = Annotated[
    Path, typer.Option("--root", help="Folder of the dataset.", parser=_parse_folder, metavar="DIRECTORY")
]
RootOrStoreOption = Annotated[
    Path, typer.Option("--root", help="Folder of the dataset.", parser=_parse_folder_or_store, metavar="DIRECTORY")
]
"""The same, or the address of one in a store (`pactwire.storage.remote`)."""

NAMES_SHOWN: Final = 10
"""Names that are shown of many."""
_DISK_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Format(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"


class ReportFormat(StrEnum):
    """How a report is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


_requested_format: Final = {"form": "text"}


def _remember_format(form: Any) -> Any:
    """Keep how the result is to be printed, so that problems that end a command are printed in the same way."""
    _requested_format["form"] = form.value
    return form


FormatOption = Annotated[
    Format,
    typer.Option(
        "--format", callback=_remember_format, help="text for people, json for programs: issues are one a line."
    ),
]
ReportFormatOption = Annotated[
    ReportFormat,
    typer.Option("--format", callback=_remember_format, help="text for people, json for programs, markdown for pages."),
]


class RepairEncoding(StrEnum):
    """Encodings of which remnants can be repaired."""

    WINDOWS_1252 = "windows-1252"


RepairOption = Annotated[
    RepairEncoding | None,
    typer.Option(
        "--repair",
        help="Read control characters U+0080 to U+009F as what they mean in this encoding; every offset stays.",
    ),
]
AdoptOption = Annotated[
    bool,
    typer.Option(
        "--adopt",
        help="Take over what version 1.0 wrote, which kept no list: files called as this command's own are replaced, "
        "or removed where it does not write them now.",
    ),
]


class IntoFolder(StrEnum):
    """The one folder of annotations/ that belongs to no annotator."""

    FINAL = "final"


def require_two_annotators(annotators: Sequence[str]) -> None:
    """Raise a usage error unless there are two annotators, and a letter of the decisions file for each."""
    most = len(ascii_uppercase)
    if not 2 <= len(annotators) <= most:
        raise typer.BadParameter(f"name two annotators or more, up to {most}", param_hint="A B …")


def print_issues(issues: Sequence[Issue], form: Format = Format.TEXT) -> None:
    """Print issues to standard output, one a line, and in text form their count to standard error."""
    for issue in issues:
        if form is Format.TEXT and terminal.is_terminal():
            _print_colored(issue)
        else:
            say(issue.json() if form is Format.JSON else issue.text())
    if form is Format.TEXT:
        files = len({issue.file for issue in issues})
        say(f"{counted(len(issues), 'issue')} in {counted(files, 'file')}", stderr=True)


def _print_colored(issue: Issue) -> None:
    from rich.text import Text

    place, words, remedy = map(
        terminal_line, (f"{issue.file}:{issue.line}: ", f": {issue.message} ", f"({issue.remedy})")
    )
    terminal.console().print(Text.assemble((place, "bold"), (issue.code, "red"), words, (remedy, "dim")))


def report_unknown_files(folder: Path, names: Sequence[str]) -> None:
    """Say on standard error what stays in a folder that a command fills, since no run is known to have made it."""
    if names:
        shown = ", ".join(map(repr, names[:NAMES_SHOWN])) + (" …" if len(names) > NAMES_SHOWN else "")
        told = f"{folder}: {counted(len(names), 'entry', 'entries')} that no run is known to have made"
        say(f"note: {told} stay{'s' if len(names) == 1 else ''}: {shown}", stderr=True)


def _exit_with_issues(issues: Sequence[Issue]) -> NoReturn:
    print_issues(issues, Format.JSON if _requested_format["form"] == Format.JSON else Format.TEXT)
    sys.stdout.flush()
    sys.exit(1)


NoWaitOption = Annotated[
    bool, typer.Option("--no-wait", help="End at once, with an issue, where another command writes in the dataset.")
]


def writing(root: Path, no_wait: bool) -> AbstractContextManager[None]:
    """Be the only command that writes in a dataset (`pactwire.storage.locks`)."""
    from pactwire.storage import locks

    return locks.writing(root, _command_words(), not no_wait)


def creating_folder(out: Path, no_wait: bool) -> AbstractContextManager[None]:
    """Be the only command that makes a folder; where it lies in a dataset, the only one that writes there."""
    from pactwire.storage import locks

    root = next((each for each in out.resolve().parents if (each / ".pactwire").is_dir()), None)
    return writing(root, no_wait) if root else locks.creating(out, _command_words(), not no_wait)


def reading(root: Path) -> AbstractContextManager[None]:
    """See a dataset as it was before any commit of a command that writes, or after it (`pactwire.storage.locks`)."""
    from pactwire.storage import locks

    return locks.reading(root, _command_words())


def _command_words() -> str:
    """Return the words of the running command, without its arguments, which may hold what others are not to see."""
    words = sys.argv[1:3] if sys.argv[1:2] in (["convert"], ["label"]) else sys.argv[1:2]
    return " ".join(["pactwire", *(each for each in words if each.isalpha())])


@contextmanager
def report_errors() -> Iterator[None]:
    """Turn DataError, OSError and a missing extra into messages and exit code 1; nothing else is caught."""
    try:
        try:
            yield
        except DataError as error:
            _exit_with_issues(error.issues)
        except ModuleNotFoundError as error:
            if (issue := extras.missing_module_issue(error)) is None:
                raise
            _exit_with_issues([issue])
    except BrokenPipeError:  # nobody reads on, as after `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains of it at its end
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        remedy = " (make room on the disk, and run the command again)" if error.errno in _DISK_FULL else ""
        say(f"error: {place}{error.strerror or error}{remedy}", stderr=True)
        sys.exit(1)
