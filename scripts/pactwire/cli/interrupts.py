"""Interrupts: Ctrl-C ends a command at any moment with one line and exit code 130.

It raises KeyboardInterrupt, so that the command closes what is open. While a module is loaded, that waits until it is:
half a module would fail later, and elsewhere. This module is imported first, and imports little.
"""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

EXIT_CODE: Final = 130
"""The exit code of programs that SIGINT ended, by the convention of shells."""
LINE: Final = "interrupted\n"
RETRY_DELAY: Final = 0.01
"""Seconds until an interrupt that could not be raised is tried again."""
CAN_WAIT: Final = hasattr(signal, "setitimer")
"""Whether an interrupt can be tried again: not on Windows, where none waits."""


class _Interrupter:
    """A signal handler that raises KeyboardInterrupt once: what a command does to end must not be interrupted."""

    def __init__(self) -> None:
        self.has_raised = False
        self.is_finished = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.has_raised:
            return
        if self.is_finished:  # nothing is open, and nobody would catch an exception
            os.write(2, LINE.encode())
            os._exit(EXIT_CODE)
        if CAN_WAIT and _is_importing(frame):
            self._retry()
            return
        self.has_raised = True
        raise KeyboardInterrupt

    def _retry(self) -> None:
        signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
        signal.setitimer(signal.ITIMER_REAL, RETRY_DELAY)

    def finish(self) -> None:
        """Note that the command has ended; an interrupt that still waits to be raised has ended it."""
        if CAN_WAIT:
            waiting, _ = signal.setitimer(signal.ITIMER_REAL, 0)
            self.has_raised |= waiting > 0
        self.is_finished = True

    def on_unraisable(self, unraisable: "UnraisableHookArgs") -> None:
        """Take an exception that Python drops, as it does in finalizers: an interrupt is tried again."""
        if CAN_WAIT and issubclass(unraisable.exc_type, KeyboardInterrupt):
            self.has_raised = False
            self._retry()
        else:
            sys.__unraisablehook__(unraisable)


def _is_importing(frame: FrameType | None) -> bool:
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


_handler: Final = _Interrupter()


def run_command(command: Callable[[], None]) -> None:
    """Run a command as all that this process does; if it is interrupted, print one line and exit with EXIT_CODE.

    A command that catches KeyboardInterrupt and succeeds has ended as it should. Where SIGINT is ignored, as in the
    background jobs of a script, it stays so.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _handler)
    sys.unraisablehook = _handler.on_unraisable
    try:
        try:
            command()
        finally:
            _handler.finish()
    except BaseException as error:
        if not _handler.has_raised or (isinstance(error, SystemExit) and not error.code):
            raise
        sys.stderr.write(LINE)
        sys.exit(EXIT_CODE)


def interrupt_on_signals() -> None:
    """Let Ctrl-C and SIGTERM raise KeyboardInterrupt, also in a background job."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _handler)
