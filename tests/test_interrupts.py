"""Ctrl-C: at any moment, a command ends with one line and exit code 130, and closes what is open."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = """
import atexit, os, signal, sys
from pactwire.cli import interrupts

def interrupt(*_):
    signal.raise_signal(signal.SIGINT)

"""


@pytest.fixture(autouse=True)
def _as_in_a_terminal() -> Iterator[None]:
    """Let new processes take SIGINT, which those of a background job ignore, such as that of a script."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def ended(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, to its end."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def assert_interrupted(done: subprocess.CompletedProcess[str], printed: str = "") -> None:
    """The process printed one line on standard error, what the command said before it, and has the exit code."""
    assert (done.stderr, done.stdout, done.returncode) == ("interrupted\n", printed, 130)


@pytest.mark.parametrize("module", ["pactwire.cli.main", "pactwire.corpus.tables", "pactwire.release.diff"])
def test_ends_while_modules_load(golden: Path, module: str) -> None:
    """When a module begins: at the start, or a module in another one that is loaded when it is used."""
    code = (
        "import signal, sys\n"
        "path = '/' + sys.argv.pop(1).replace('.', '/') + '.py'\n"
        "def interrupt(event, arguments):\n"
        "    if event == 'exec' and arguments[0].co_filename.endswith(path):\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "sys.addaudithook(interrupt)\n"
        "from pactwire.__main__ import main\n"
        "main()\n"
    )
    assert_interrupted(ended(code, module, "diff", golden, golden))


def test_closes_with_modules_that_were_loading(tmp_path: Path) -> None:
    """A module is whole before the interrupt is raised: what is open may be closed by its functions."""
    (tmp_path / "loading.py").write_text(
        "import signal\nsignal.raise_signal(signal.SIGINT)\ndef close(): print('closed')\n", encoding="utf-8"
    )
    code = """
from pactwire.cli.lazy_imports import lazy_imports
sys.path.insert(0, sys.argv[1])
with lazy_imports():
    import loading
def command():
    try:
        loading.close
        while True:
            pass
    finally:
        loading.close()
interrupts.run_command(command)
"""
    assert_interrupted(ended(SCRIPT + code, tmp_path), "closed\n")


def test_lets_the_command_close_what_is_open() -> None:
    """A second Ctrl-C does not interrupt that; timeout(1) sends two."""
    code = """
def command():
    try:
        interrupt()
    finally:
        interrupt()
        print("closed")
interrupts.run_command(command)
"""
    assert_interrupted(ended(SCRIPT + code), "closed\n")


def test_ends_where_python_drops_exceptions() -> None:
    """In a finalizer, a KeyboardInterrupt would be printed and forgotten."""
    code = """
class Closing:
    __del__ = interrupt
def command():
    Closing()
    while True:
        pass
interrupts.run_command(command)
"""
    assert_interrupted(ended(SCRIPT + code))


def test_ends_after_the_command() -> None:
    """While Python shuts down, nothing is left to close, and what was printed is there."""
    code = """
atexit.register(interrupt)
def command():
    print("done", flush=True)
    sys.exit(0)
interrupts.run_command(command)
"""
    assert_interrupted(ended(SCRIPT + code), "done\n")


def test_ends_a_command_that_fails_before_it_is_interrupted(tmp_path: Path) -> None:
    """An interrupt that waits for a module does not kill the process on its way out."""
    (tmp_path / "loading.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n", encoding="utf-8")
    code = """
sys.path.insert(0, sys.argv[1])
def command():
    import loading
    sys.exit(1)
interrupts.run_command(command)
"""
    assert_interrupted(ended(SCRIPT + code, tmp_path))


def test_ends_without_timers() -> None:
    """As on Windows, which has none: a command runs to its end, and Ctrl-C ends it."""
    without = "import signal\ndel signal.setitimer, signal.SIGALRM\n" + SCRIPT
    done = ended(without + "interrupts.run_command(lambda: print('done'))")
    assert (done.stderr, done.stdout, done.returncode) == ("", "done\n", 0)
    assert_interrupted(ended(without + "interrupts.run_command(interrupt)"))


def test_other_ends_stay_as_they_are() -> None:
    """A command that fails, or that takes Ctrl-C for its usual end, has its own exit code."""
    failing = "interrupts.run_command(lambda: sys.exit(3))"
    assert (ended(SCRIPT + failing).returncode, ended(SCRIPT + failing).stderr) == (3, "")
    serving = """
def command():
    try:
        interrupt()
    except KeyboardInterrupt:
        sys.exit(0)
interrupts.run_command(command)
"""
    assert (ended(SCRIPT + serving).returncode, ended(SCRIPT + serving).stderr) == (0, "")


def test_stays_ignored_in_background_jobs() -> None:
    """A shell lets background jobs of a script ignore SIGINT; SIGTERM still stops what runs until it is told to."""
    code = """
def command():
    interrupt()
    print("not interrupted")
    interrupts.interrupt_on_signals()
    try:
        signal.raise_signal(signal.SIGTERM)
    except KeyboardInterrupt:
        print("stopped")
        sys.exit(0)
signal.signal(signal.SIGINT, signal.SIG_IGN)
interrupts.run_command(command)
"""
    done = ended(SCRIPT + code)
    assert (done.stdout, done.returncode) == ("not interrupted\nstopped\n", 0)


@pytest.mark.slow
def test_workers_leave_the_word_to_their_parent() -> None:
    """A terminal interrupts all processes of a command: workers that start, wait or work print nothing.

    A worker that its parent left before it said what to do would print a traceback. Where another thread gets the
    signal, the handler of the main thread runs even while that blocks the signal.
    """
    code = """
import time
from multiprocessing import util
from pactwire.storage import executors

start = util.spawnv_passfds
def launch(path, words, descriptors):
    identity = start(path, words, descriptors)
    if sys.argv[1] == "launching" and "spawn_main" in str(words):
        signal.getsignal(signal.SIGINT)(signal.SIGINT, None)
    return identity
util.spawnv_passfds = launch

def command():
    with executors.open_executor(2) as run:
        if sys.argv[1] == "starting":
            os.killpg(0, signal.SIGINT)
        for _ in run(time.sleep, [0, 0.5, 0.5]):
            os.killpg(0, signal.SIGINT)

if __name__ == "__main__":
    interrupts.run_command(command)
"""
    for moment in ("launching", "starting", "working"):
        command = [sys.executable, "-c", SCRIPT + code, moment]
        with subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            out, err = process.communicate(timeout=60)
        assert_interrupted(subprocess.CompletedProcess(command, process.returncode, out, err))
