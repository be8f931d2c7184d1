"""What all commands share: options, the form of problems on the terminal, and exit codes."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from string import ascii_uppercase
from typing import Annotated

import typer

from pactwire.issues import DataError, Issue

Root = Annotated[
    Path,
    typer.Option("--root", help="Folder of the dataset.", exists=True, file_okay=False, resolve_path=True),
]


class Format(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"


class ReportFormat(StrEnum):
    """How a report is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class Into(StrEnum):
    """The one folder of annotations/ that belongs to no annotator."""

    FINAL = "final"


def two_or_more(annotators: Sequence[str]) -> None:
    """Raise a usage error unless there are two annotators, and a letter of the decisions file for each."""
    most = len(ascii_uppercase)
    if not 2 <= len(annotators) <= most:
        raise typer.BadParameter(f"name two annotators or more, up to {most}", param_hint="A B …")


def print_issues(issues: Sequence[Issue], form: Format = Format.TEXT) -> None:
    """Print issues to standard output, one a line, and in text form their count to standard error."""
    for issue in issues:
        print(issue.json() if form is Format.JSON else issue.text())
    if form is Format.TEXT:
        files = len({issue.file for issue in issues})
        print(f"{_count(len(issues), 'issue')} in {_count(files, 'file')}", file=sys.stderr)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@contextmanager
def problems() -> Iterator[None]:
    """Turn DataError and OSError into messages and exit code 1; nothing else is caught."""
    try:
        yield
    except DataError as error:
        print_issues(error.issues)
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"error: {place}{error.strerror or error}", file=sys.stderr)
        sys.exit(1)
