"""Locks of a dataset: one writer at a time, and readers that see it before or after a change, never in between.

A writer holds ``.pactwire/write.lock`` from before it reads its inputs until its last file is in place. It writes its
files under hidden names (`pactwire.storage.part_files`), then moves all of them into place together
(`pactwire.storage.commit_journal`) while it holds ``.pactwire/commit.lock``, which takes a moment. A reader holds a
lock of its own in ``.pactwire/readers`` while it reads, and takes the commit lock only to put it there. So a commit
waits for the readers that started before it, later readers wait for the commit, and neither can starve the other.
All other work of a writer runs beside readers, however long it takes. Readers that take no lock, such as `datasets`,
see whole files, and the old ``README.md`` until every file it names is in place.

Locks belong to open files (flock, or its equivalent on Windows), so they end with their process, however it ends.
On a file system without them, filelock falls back to lock files that name their process. A description of the holder
lies beside the lock, and counts only while the lock is held and that process runs.
"""

import errno
import getpass
import json
import os
import re
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pactwire.model import escapes
from pactwire.model.digests import short_sha256
from pactwire.model.issues import DataError, Issue
from pactwire.storage import commit_journal, part_files, remote

if TYPE_CHECKING:
    from filelock import BaseFileLock

WRITE_LOCK: Final = ".pactwire/write.lock"
COMMIT_LOCK: Final = ".pactwire/commit.lock"
READERS_FOLDER: Final = ".pactwire/readers"

PYTHON_PROGRAM: Final = "a Python program"
"""Name of a holder that is not a command."""
_MESSAGE_INTERVALS: Final = (10.0, 50.0)
"""Seconds between messages to a waiting process; the last interval is repeated."""
_QUIET_SECONDS: Final = 1.0
"""Seconds to wait for a commit, or a reader, before the first message."""


class _ThreadState(threading.local):
    """The datasets that this thread reads (False) or writes (True), so that it does not wait for itself."""

    def __init__(self) -> None:
        self.held: dict[Path, bool] = {}


_thread_state: Final = _ThreadState()


@contextmanager
def writing(root: Path, command: str = PYTHON_PROGRAM, wait: bool = True) -> Iterator[None]:
    """Be the only writer of a dataset. If there is another, wait and report it on standard error.

    Cleans up first what a killed writer left. A block inside another one of the same thread is part of it. A dataset
    in a remote store is not locked.

    Args:
        root: The dataset's folder.
        command: The name that waiting processes report.
        wait: Whether to wait.

    Raises:
        DataError: root-busy, if there is another writer and ``wait`` is false.
        RuntimeError: inside a block of `reading`, which must not change under its reader.
    """
    if remote.is_store(root) or _thread_state.held.get(key := root.resolve()):
        yield
        return
    if key in _thread_state.held:
        raise RuntimeError("can't write to a dataset while reading it")
    with _exclusive(root / WRITE_LOCK, command, None if wait else root):
        _thread_state.held[key] = True
        try:
            if (root / commit_journal.JOURNAL_FILE).is_file():
                with committing(root):
                    commit_journal.recover(root)
            part_files.sweep_dataset(root)
            yield
        finally:
            del _thread_state.held[key]


@contextmanager
def committing(root: Path) -> Iterator[None]:
    """Keep Pactwire's readers out while files are moved into place; no effect in a remote store."""
    if remote.is_store(root):
        yield
        return
    lock = _lock(root / COMMIT_LOCK)
    _acquire(lock, lambda: "another commit", _QUIET_SECONDS)
    try:
        for path in sorted((root / READERS_FOLDER).glob("*.lock")):
            reader_lock = _lock(path)
            _acquire(reader_lock, partial(_describe_reader, path), _QUIET_SECONDS)
            reader_lock.release()
            path.unlink(missing_ok=True)
        yield
    finally:
        lock.release()


@contextmanager
def reading(root: Path, command: str = PYTHON_PROGRAM) -> Iterator[None]:
    """See a dataset before a commit or after it: commits wait until the block ends.

    Finishes first what a killed writer left half done. A dataset that this user may not write to, and one in a remote
    store, are read without a lock.

    Args:
        root: The dataset's folder.
        command: The name that a waiting commit reports.
    """
    if remote.is_store(root) or (key := root.resolve()) in _thread_state.held or not _can_write(root):
        yield
        return
    reader_lock = _register_reader(root, command)
    _thread_state.held[key] = False
    try:
        yield
    finally:
        del _thread_state.held[key]
        reader_lock.release()
        Path(reader_lock.lock_file).unlink(missing_ok=True)


@contextmanager
def creating(out: Path, command: str = PYTHON_PROGRAM, wait: bool = True) -> Iterator[None]:
    """Be this user's only process that creates the folder or file ``out``, wherever it is; wait as writers do.

    Removes first what killed processes left of it. If ``out`` is in a dataset, the dataset is not locked.
    """
    user = os.getuid() if os.name == "posix" else getpass.getuser()
    name = short_sha256(str(out.resolve()), 32)
    path = Path(tempfile.gettempdir()) / f"pactwire-{user}" / f"{name}.lock"
    with _exclusive(path, command, None if wait else out):
        part_files.sweep_output(out)
        yield


@contextmanager
def _exclusive(path: Path, command: str, busy: Path | None) -> Iterator[None]:
    """Hold a lock, with a description of this process beside it.

    Raises DataError (root-busy) at once if the lock is held and ``busy`` names what it protects.
    """
    lock, description = _lock(path), path.with_suffix(".json")
    _acquire(lock, lambda: _describe_holder(description), busy=busy)
    try:
        holder = {"pid": os.getpid(), "command": command, "began": time.time()}
        description.unlink(missing_ok=True)  # left by a killed process; never write through a link or to a FIFO
        with description.open("x", encoding="utf-8") as file:
            json.dump(holder, file)
        yield
    finally:
        description.unlink(missing_ok=True)
        lock.release()


def _lock(path: Path) -> "BaseFileLock":
    """Return the lock at a path: one object for each thread, which knows whether it is held."""
    from filelock import FileLock  # takes as long to import as the rest of a short command

    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path, is_singleton=True)


def _acquire(
    lock: "BaseFileLock", describe_holder: Callable[[], str], quiet: float = 0, busy: Path | None = None
) -> None:
    """Wait for a lock, and report its holder after ``quiet`` seconds and then from time to time.

    Raises DataError (root-busy) instead of waiting if ``busy`` names what the lock protects.
    """
    from filelock import Timeout

    started = time.monotonic()
    for pause in chain((quiet,), _MESSAGE_INTERVALS, repeat(_MESSAGE_INTERVALS[-1])):
        try:
            lock.acquire(timeout=pause)
            return
        except Timeout:
            if busy is not None:
                message = f"it is locked by {describe_holder()}"
                raise DataError([Issue(busy.as_posix(), 1, "root-busy", message)]) from None
            waited = _format_duration(time.monotonic() - started)
            print(
                escapes.terminal_line(f"waiting for {describe_holder()}; {waited} so far"), file=sys.stderr, flush=True
            )


def _register_reader(root: Path, command: str) -> "BaseFileLock":
    """Put a reader's lock where commits look for it, while no commit is under way or half done."""
    commit_lock = _lock(root / COMMIT_LOCK)
    _acquire(commit_lock, lambda: "a commit", _QUIET_SECONDS)
    try:
        if (root / commit_journal.JOURNAL_FILE).is_file():  # no commit is running, so its process was killed
            with committing(root):
                commit_journal.recover(root)
        name = re.sub(r"[^0-9a-z]+", "-", command.lower()).strip("-")
        reader_lock = _lock(root / READERS_FOLDER / f"{os.getpid()}-{secrets.token_hex(4)}-{name}.lock")
        reader_lock.acquire(blocking=False)
        return reader_lock
    finally:
        commit_lock.release()


def _can_write(root: Path) -> bool:
    """Say whether a reader can put its lock into a dataset."""
    readers, commit_lock = root / READERS_FOLDER, root / COMMIT_LOCK
    try:
        readers.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return False
        raise
    return os.access(readers, os.W_OK) and (not commit_lock.exists() or os.access(commit_lock, os.W_OK))


def _describe_holder(description: Path) -> str:
    """Name the process that holds a lock, if the description beside it is credible."""
    try:
        if not description.is_file():  # opening a FIFO would block forever
            return "another process"
        holder = json.loads(description.read_text(encoding="utf-8"))
        process, command = int(holder["pid"]), str(holder["command"])
        duration = _format_duration(time.time() - float(holder["began"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return "another process"
    if not part_files.is_running(process):
        return "another process"
    return f"process {process} ({command}), which has been writing for {duration}"


def _describe_reader(path: Path) -> str:
    """Name the process that holds a reader's lock."""
    process, _, command = path.stem.split("-", 2)
    try:
        since = f", which has been reading for {_format_duration(time.time() - path.stat().st_mtime)}"
    except FileNotFoundError:
        since = ""
    return f"process {process} ({command.replace('-', ' ')}){since}"


def _format_duration(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
