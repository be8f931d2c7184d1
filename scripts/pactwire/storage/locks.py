"""One writer at a time in a dataset, and readers that see it before or after a change, never in between.

A writer holds ``.pactwire/write.lock`` from before it reads what it builds on until its last file is in place.
It prepares its files under hidden names (`pactwire.storage.part_files`), and puts them in place together
(`pactwire.storage.commit_journal`) while it holds ``.pactwire/commit.lock``, which takes a moment. A reader holds
a lock of its own in ``.pactwire/readers`` as long as it reads, and takes the lock of commits just to put it there:
so a commit waits for the readers that began before it, readers that come later wait for the commit, and neither can
starve the other.
All other work of a writer, however long, goes on beside readers. Readers that don't ask, such as `datasets`, see
whole files, and the old ``README.md`` until all that it names is there.

Locks belong to open files (flock, or what takes its place on Windows), so they end with their process, however
that ends; where a file system has none, filelock takes lock files that name their process. What is told of a
holder stands beside the lock, and is believed only while the lock is held and that process runs.
"""

import errno
import getpass
import hashlib
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
from pactwire.model.issues import DataError, Issue
from pactwire.storage import commit_journal, part_files, remote

if TYPE_CHECKING:
    from filelock import BaseFileLock

WRITE_LOCK: Final = ".pactwire/write.lock"
COMMIT_LOCK: Final = ".pactwire/commit.lock"
READERS_FOLDER: Final = ".pactwire/readers"

PYTHON_PROGRAM: Final = "a Python program"
"""What a holder is called that is no command."""
_MESSAGE_INTERVALS: Final = (10.0, 50.0)
"""Seconds from one message to those who wait to the next; the last is repeated."""
_QUIET_SECONDS: Final = 1.0
"""Seconds that a commit, or a reader, is waited for before a message."""


class _ThreadState(threading.local):
    """The datasets that this thread reads, or writes, which is true of them: it must not wait for itself."""

    def __init__(self) -> None:
        self.held: dict[Path, bool] = {}


_thread_state: Final = _ThreadState()


@contextmanager
def writing(root: Path, command: str = PYTHON_PROGRAM, wait: bool = True) -> Iterator[None]:
    """Be the only writer in a dataset; while there is another one, wait and say so on standard error.

    What a killed writer left is put in order first. A block inside another one of the same thread is a part of
    it. In a store nothing is locked.

    Args:
        root: The dataset's folder.
        command: What others are told that they wait for.
        wait: Whether to wait.

    Raises:
        DataError: root-busy, where there is another writer and ``wait`` is false.
        RuntimeError: in a block of `reading`, which sees what it began with.
    """
    if remote.is_store(root) or _thread_state.held.get(key := root.resolve()):
        yield
        return
    if key in _thread_state.held:
        raise RuntimeError("whoever reads a dataset can't write in it meanwhile")
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
    """Keep Pactwire's own readers away while files get their places; in a store nobody is kept away."""
    if remote.is_store(root):
        yield
        return
    lock = _lock(root / COMMIT_LOCK)
    _acquire(lock, lambda: "another commit", _QUIET_SECONDS)
    try:
        for path in sorted((root / READERS_FOLDER).glob("*.lock")):
            slot = _lock(path)
            _acquire(slot, partial(_describe_reader, path), _QUIET_SECONDS)
            slot.release()
            path.unlink(missing_ok=True)
        yield
    finally:
        lock.release()


@contextmanager
def reading(root: Path, command: str = PYTHON_PROGRAM) -> Iterator[None]:
    """See a dataset as it was before a commit, or after it: commits wait until the block ends.

    What a killed writer left half done is finished first. A dataset in which this user may write nothing, and
    one in a store, are read without a lock.

    Args:
        root: The dataset's folder.
        command: What a commit that waits tells that it waits for.
    """
    if remote.is_store(root) or (key := root.resolve()) in _thread_state.held or not _may_write(root):
        yield
        return
    slot = _register_reader(root, command)
    _thread_state.held[key] = False
    try:
        yield
    finally:
        del _thread_state.held[key]
        slot.release()
        Path(slot.lock_file).unlink(missing_ok=True)


@contextmanager
def creating(out: Path, command: str = PYTHON_PROGRAM, wait: bool = True) -> Iterator[None]:
    """Be the only process of this user that makes the folder or file ``out``, wherever it is; or wait, as writers do.

    What killed processes left of it is removed first. Where ``out`` lies in a dataset, that is not locked.
    """
    user = os.getuid() if os.name == "posix" else getpass.getuser()
    name = hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:32]
    path = Path(tempfile.gettempdir()) / f"pactwire-{user}" / f"{name}.lock"
    with _exclusive(path, command, None if wait else out):
        part_files.sweep_output(out)
        yield


@contextmanager
def _exclusive(path: Path, command: str, busy: Path | None) -> Iterator[None]:
    """Hold a lock, and tell beside it who does; raises DataError (root-busy) where ``busy`` is not to be waited for."""
    lock, beside = _lock(path), path.with_suffix(".json")
    _acquire(lock, lambda: _describe_holder(beside), busy=busy)
    try:
        holder = {"pid": os.getpid(), "command": command, "began": time.time()}
        beside.unlink(missing_ok=True)  # what a killed one left; and nothing is written through a link, or to a FIFO
        with beside.open("x", encoding="utf-8") as file:
            json.dump(holder, file)
        yield
    finally:
        beside.unlink(missing_ok=True)
        lock.release()


def _lock(path: Path) -> "BaseFileLock":
    """Return the lock at a path: for each thread one, which knows whether it is held."""
    from filelock import FileLock  # takes as long to load as all else of a short command

    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path, is_singleton=True)


def _acquire(lock: "BaseFileLock", whom: Callable[[], str], first: float = 0, busy: Path | None = None) -> None:
    """Wait for a lock, and tell for whom: after ``first`` seconds, and again from time to time.

    Raises DataError (root-busy) at once where ``busy`` names the dataset that is not to be waited for.
    """
    from filelock import Timeout

    began = time.monotonic()
    for pause in chain((first,), _MESSAGE_INTERVALS, repeat(_MESSAGE_INTERVALS[-1])):
        try:
            lock.acquire(timeout=pause)
            return
        except Timeout:
            if busy is not None:
                raise DataError([Issue(busy.as_posix(), 1, "root-busy", f"{whom()} writes in it")]) from None
            waited = _format_duration(time.monotonic() - began)
            print(escapes.terminal_line(f"waiting for {whom()}; {waited} so far"), file=sys.stderr, flush=True)


def _register_reader(root: Path, command: str) -> "BaseFileLock":
    """Put a reader's lock where commits look for it; no commit is under way meanwhile, and none half done."""
    turn = _lock(root / COMMIT_LOCK)
    _acquire(turn, lambda: "a commit", _QUIET_SECONDS)
    try:
        if (root / commit_journal.JOURNAL_FILE).is_file():  # nobody commits, so whoever wrote it was killed
            with committing(root):
                commit_journal.recover(root)
        name = re.sub(r"[^0-9a-z]+", "-", command.lower()).strip("-")
        slot = _lock(root / READERS_FOLDER / f"{os.getpid()}-{secrets.token_hex(4)}-{name}.lock")
        slot.acquire(blocking=False)
        return slot
    finally:
        turn.release()


def _may_write(root: Path) -> bool:
    """Say whether a reader can leave its lock in a dataset."""
    try:
        (root / READERS_FOLDER).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return False
        raise
    return os.access(root / READERS_FOLDER, os.W_OK) and (
        not (root / COMMIT_LOCK).exists() or os.access(root / COMMIT_LOCK, os.W_OK)
    )


def _describe_holder(beside: Path) -> str:
    """Name the process that holds a lock, if what is told of it can be believed."""
    try:
        if not beside.is_file():  # opening a FIFO would wait for ever
            return "another process"
        told = json.loads(beside.read_text(encoding="utf-8"))
        process, command = int(told["pid"]), str(told["command"])
        since = _format_duration(time.time() - float(told["began"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return "another process"
    if not part_files.is_running(process):
        return "another process"
    return f"process {process} ({command}), which has been writing for {since}"


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
