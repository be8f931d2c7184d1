"""How commands speak: counts with their nouns, bars while they work, and colours, each for terminals alone.

Results go to standard output, what is said of the work to standard error. A pipe gets neither bar nor escape
sequence, and with NO_COLOR no terminal does.
"""

import codecs
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from pactwire.model import escapes

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")

ProgressCallback = Callable[[str, int, int], None]
"""Told what is worked on, how much of it is done, and of how much, 0 where nobody knows."""


def prepare_streams() -> None:
    r"""Make the streams ready, once and before anything is printed.

    A character that a stream's encoding can't hold becomes ``\uXXXX``, as JSON has it. NO_COLOR takes away all escape
    sequences: rich alone would still write bold, and typer its frames in it.
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
    """Print one line; whatever it quotes stays on it, as text."""
    print(escapes.terminal_line(text), file=sys.stderr if stderr else sys.stdout, flush=flush)


def say_lines(text: str) -> None:
    """Print several lines, each as `say` does."""
    for each in text.split("\n"):
        say(each)


def say_json(value: Any, pretty: bool = False) -> None:
    """Print a value as JSON: on one line, or for people to read, too."""
    from pactwire.model import strict_json

    print(escapes.escape_json(strict_json.pretty(value).rstrip("\n") if pretty else strict_json.compact(value)))


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number and what it counts, as in ``1 article`` and ``1,200 stories``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def console(stderr: bool = False) -> "Console":
    """Return the console of a stream; no line is wrapped or coloured but where a command says so."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def is_terminal() -> bool:
    """Say whether standard output is a terminal that may be coloured."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def progress_bars(verb: str) -> Iterator[ProgressCallback]:
    """Show a bar for each thing that is worked on while the work lasts."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    screen = console(stderr=True)
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        shown = {}

        def advance(what: str, done: int, total: int) -> None:
            if what not in shown:
                shown[what] = progress.add_task(escapes.terminal_line(f"{verb} {what}"), total=total or None)
            progress.update(shown[what], completed=done, total=total or None)

        yield advance


def track(items: Sequence[T], verb: str, noun: str) -> Iterable[T]:
    """Yield items with a bar that tells how many are done."""
    with progress_bars(verb) as advance:
        for done, item in enumerate(items):
            advance(noun, done, len(items))
            yield item


@contextmanager
def spinner(words: str) -> Iterator[Callable[[str], None]]:
    """Show what is going on, in words that may change, and for how long."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    screen = console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task(escapes.terminal_line(words), total=None)
        yield lambda now: progress.update(task, description=escapes.terminal_line(now))
