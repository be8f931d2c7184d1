"""Terminal output of commands: lines, JSON, progress bars and colors.

Results go to standard output, progress and notes to standard error. Bars and escape sequences go to terminals only, and
with NO_COLOR not even there. Where standard error is no terminal, progress is a line now and then.
"""

import codecs
import io
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.model import escapes

with lazy_imports():
    from rich import console as rich_console
    from rich import progress as rich_progress

    from pactwire.model import strict_json

T = TypeVar("T")

LOG_INTERVAL: Final = 5.0
"""Seconds from the start to the first line of progress in a log, and from each to the next."""

ProgressCallback = Callable[[str, int, int], None]
"""Called with what is processed, how much of it is done, and the total, 0 if unknown."""


def prepare_streams() -> None:
    r"""Prepare standard output and standard error; call this once, before anything is printed.

    A character that a stream's encoding cannot represent becomes ``\uXXXX``, as in JSON. NO_COLOR removes all escape
    sequences: without this, rich would still print bold text, and typer would print its frames in bold.
    """
    codecs.register_error("pactwire", _escape_unencodable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="pactwire")
    if os.environ.get("NO_COLOR"):
        os.environ["TERM"] = "dumb"
        os.environ.pop("FORCE_COLOR", None)


def _escape_unencodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return escapes.json_escape(error.object[error.start : error.end]), error.end


def say(text: str = "", *, stderr: bool = False, flush: bool = False) -> None:
    """Print one line; control characters in it are escaped."""
    print(escapes.terminal_line(text), file=sys.stderr if stderr else sys.stdout, flush=flush)


def say_lines(text: str) -> None:
    """Print several lines, each like `say`."""
    for line in text.split("\n"):
        say(line)


def say_json(value: Any, pretty: bool = False) -> None:
    """Print a value as JSON, on one line or indented."""
    print(escapes.escape_json(strict_json.pretty(value).rstrip("\n") if pretty else strict_json.compact(value)))


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, as in ``1 article`` and ``1,200 stories``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def console(stderr: bool = False) -> "rich_console.Console":
    """Return the console of a stream, which wraps and colors no line unless a command asks for it."""
    return rich_console.Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def is_terminal() -> bool:
    """Return whether standard output is a terminal that supports colors."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


class _ProgressLog:
    """Progress as lines on standard error, for logs: none before LOG_INTERVAL has passed, nor sooner after another."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def write(self, text: str) -> None:
        """Write a line, unless the last one was just written."""
        if (now := time.monotonic()) - self._last >= LOG_INTERVAL:
            self._last = now
            say(text, stderr=True, flush=True)


@contextmanager
def progress_bars(verb: str) -> Iterator[ProgressCallback]:
    """Show the progress of each kind of item that is processed: bars on a terminal until the block ends, else lines."""
    columns = rich_progress.BarColumn(), rich_progress.MofNCompleteColumn()
    tasks = {}
    log = _ProgressLog()
    with _progress(*columns) as progress:

        def advance(what: str, done: int, total: int) -> None:
            if progress.disable:
                log.write(f"{verb} {what}: {done:,}{f' of {total:,}' if total else ''}")
                return
            if what not in tasks:
                tasks[what] = progress.add_task(escapes.terminal_line(f"{verb} {what}"), total=total or None)
            progress.update(tasks[what], completed=done, total=total or None)

        yield advance


def track(items: Sequence[T], verb: str, noun: str) -> Iterable[T]:
    """Yield items with a progress bar."""
    with progress_bars(verb) as advance:
        for done, item in enumerate(items):
            advance(noun, done, len(items))
            yield item


@contextmanager
def spinner(words: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner with the elapsed time, or lines in a log; yield a function that changes its words."""
    log = _ProgressLog()
    with _progress() as progress:
        task = progress.add_task(escapes.terminal_line(words), total=None)

        def show(now: str) -> None:
            if progress.disable:
                log.write(now)
            progress.update(task, description=escapes.terminal_line(now))

        yield show


def _progress(*columns: "rich_progress.ProgressColumn") -> "rich_progress.Progress":
    """Return a progress display that vanishes at its end: a description, some columns, and the elapsed time.

    Without columns in between, a spinner comes first. Only a terminal shows anything.
    """
    screen = console(stderr=True)
    description = rich_progress.TextColumn("{task.description}", markup=False)
    first = (description, *columns) if columns else (rich_progress.SpinnerColumn(), description)
    return rich_progress.Progress(
        *first, rich_progress.TimeElapsedColumn(), console=screen, transient=True, disable=not screen.is_terminal
    )
