"""Locks: one writer at a time, readers that see a dataset before or after a commit, cleanup after killed processes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from threading import Thread, Timer
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from conftest import Run, contents
from pactwire.cli import main
from pactwire.corpus import corpus
from pactwire.model.issues import DataError
from pactwire.storage import commit_journal, locks, part_files
from pactwire.storage.staging import Staging

HOLD = (
    "import sys\nfrom pathlib import Path\nfrom pactwire.storage import locks\n"
    "with getattr(locks, sys.argv[1])(Path(sys.argv[2]), *sys.argv[3:]):\n"
    "    print('held', flush=True)\n    sys.stdin.read()"
)


@contextmanager
def held(how: str, root: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Run another process that holds a lock until it is killed."""
    with subprocess.Popen([sys.executable, "-c", HOLD, how, root, *more], stdin=PIPE, stdout=PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def ended() -> int:
    """Return the id of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        return process.pid


@pytest.mark.slow
def test_writer_waits_for_another_and_reports_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It reports process, command and time at once, and continues when the other process is killed."""
    with held("writing", tmp_path, "pactwire build") as holder:
        Timer(1, holder.kill).start()
        with locks.writing(tmp_path):
            assert holder.wait() == -9
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"waiting for process {holder.pid} (pactwire build), which has been writing for 0 s; 0 s so far"]


@pytest.mark.slow
def test_waiting_writer_repeats_its_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each message has the seconds waited so far."""
    monkeypatch.setattr(locks, "_MESSAGE_INTERVALS", (1.0, 1.0))
    with held("writing", tmp_path) as holder:
        Timer(2.5, holder.kill).start()
        with locks.writing(tmp_path):
            pass
    waited = [line.rpartition("; ")[2] for line in capsys.readouterr().err.splitlines()]
    assert waited == ["0 s so far", "1 s so far", "2 s so far"]


@pytest.mark.slow
def test_ignores_the_description_of_a_killed_holder(tmp_path: Path) -> None:
    """The lock is free; a new holder without a description yet is reported as another process."""
    with held("writing", tmp_path) as holder:
        holder.kill()
    beside = (tmp_path / locks.WRITE_LOCK).with_suffix(".json")
    description = json.loads(beside.read_text())
    assert description["pid"] == holder.pid
    with locks.writing(tmp_path, wait=False):
        pass
    with held("writing", tmp_path):
        beside.write_text(json.dumps(description))
        with (
            pytest.raises(DataError, match="root-busy: it is locked by another process"),
            locks.writing(tmp_path, wait=False),
        ):
            pass


@pytest.mark.parametrize("began", ["NaN", "1e999", "[" * 50_000])
def test_ignores_an_invalid_description_of_a_holder(tmp_path: Path, began: str) -> None:
    """An invalid time or invalid JSON is reported as another process, without a traceback."""
    beside = tmp_path / "write.json"
    beside.write_text(f'{{"pid": {os.getpid()}, "command": "pactwire build", "began": {began}}}', encoding="utf-8")
    assert locks._describe_holder(beside) == "another process"


@pytest.mark.skipif(os.name != "posix", reason="links and FIFOs")
def test_description_of_a_holder_never_overwrites_other_files(tmp_path: Path) -> None:
    """A link or a FIFO of that name is replaced by a file: nothing is written through it, and nothing blocks."""
    (tmp_path / ".pactwire").mkdir()
    mine = tmp_path / "mine.txt"
    mine.write_text("mine", encoding="utf-8")
    beside = (tmp_path / locks.WRITE_LOCK).with_suffix(".json")
    beside.symlink_to(mine)
    with locks.writing(tmp_path):
        assert locks._describe_holder(beside).startswith(f"process {os.getpid()} ")
    assert mine.read_text(encoding="utf-8") == "mine"
    os.mkfifo(beside)
    assert locks._describe_holder(beside) == "another process"
    with locks.writing(tmp_path):
        assert beside.is_file()


@pytest.mark.slow
def test_no_wait_exits_at_once_with_an_issue(golden: Path, process: Run) -> None:
    """The exit code is 1, and nothing is written."""
    with held("writing", golden, "pactwire ingest") as holder:
        before = contents(golden)
        done = process("build", "--root", golden, "--no-wait")
        assert contents(golden) == before
    assert done.returncode == 1
    message = f"root-busy: it is locked by process {holder.pid} (pactwire ingest), which has been writing for"
    assert message in done.stdout


@pytest.mark.slow
def test_one_process_creates_a_folder_outside_a_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It contains only its own files, and the parts of a killed process are removed."""
    litter = tmp_path / f".out.{ended()}-0123abcd.part"
    litter.mkdir()
    with held("creating", tmp_path / "out", "pactwire view") as holder:
        busy = pytest.raises(DataError, match=r"out:1: root-busy: it is locked by process \d+ \(pactwire view\)")
        with busy, locks.creating(tmp_path / "out", wait=False):
            pass
        Timer(1, holder.kill).start()
        with locks.creating(tmp_path / "out"):
            assert list(tmp_path.iterdir()) == []
    assert f"waiting for process {holder.pid} (pactwire view)" in capsys.readouterr().err


def test_nested_blocks_share_a_lock(tmp_path: Path) -> None:
    """For writers, for readers, and for a reader inside a writer."""
    with locks.writing(tmp_path), locks.writing(tmp_path, wait=False), locks.reading(tmp_path):
        assert not (tmp_path / locks.READERS_FOLDER).exists()
        with locks.committing(tmp_path), locks.committing(tmp_path):
            pass
    with locks.reading(tmp_path), locks.reading(tmp_path):
        assert len(list((tmp_path / locks.READERS_FOLDER).iterdir())) == 1
        with pytest.raises(RuntimeError, match="can't write"), locks.writing(tmp_path):
            pass
    assert list((tmp_path / locks.READERS_FOLDER).iterdir()) == []


@pytest.mark.slow
def test_commit_waits_for_readers_and_later_readers_for_it(tmp_path: Path) -> None:
    """Neither can starve the other, and writers work beside readers until they commit."""
    order = []

    def read() -> None:
        with locks.reading(tmp_path):
            order.append("later reader")

    with held("reading", tmp_path, "pactwire label push") as holder, locks.writing(tmp_path, wait=False):
        reader = Thread(target=read)
        Timer(1, reader.start).start()
        Timer(2, holder.kill).start()
        with locks.committing(tmp_path):
            assert holder.wait() == -9
            order.append("commit")
    reader.join()
    assert order == ["commit", "later reader"]
    assert list((tmp_path / locks.READERS_FOLDER).iterdir()) == []


def staged(root: Path, **files: str) -> Staging:
    """Return files that wait to be moved into place."""
    staging = Staging(root)
    for name, content in files.items():
        staging.add(root / "annotations" / name, content)
    return staging


@pytest.mark.parametrize("step", range(4))
def test_next_process_finishes_an_interrupted_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Reader or writer; without a journal, the old files are still there."""
    staged(tmp_path, a="old", b="old", c="old").publish()
    staging = staged(tmp_path, a="new", b="new")
    staging.remove(tmp_path / "annotations/c")
    left, real = step, Path.replace

    def replace(self: Path, target: Path) -> Path:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        try:
            staging.publish()
        except KeyboardInterrupt:
            staging.discard()
    for how in (locks.reading, locks.writing):
        with how(tmp_path):
            contents_now = {path.name: path.read_text() for path in (tmp_path / "annotations").iterdir()}
        assert contents_now == ({"a": "new", "b": "new"} if step else {"a": "old", "b": "old", "c": "old"})
    assert not (tmp_path / commit_journal.JOURNAL_FILE).exists()


@pytest.mark.parametrize(
    "listed",
    [
        {"moves": [["../x/.a.1-00000000.part", "../x/a"]], "gone": []},
        {"moves": [["a", "b"]], "gone": []},
        {"moves": [["x/.a.1-00000000.part", "a"]], "gone": []},
        {"moves": [], "gone": ["/etc/hostname"]},
        {"moves": [], "gone": [], "more": []},
        [],
    ],
)
def test_rejects_a_journal_that_no_commit_wrote(tmp_path: Path, listed: object) -> None:
    """It names files outside the dataset, or moves a file that is not a part."""
    (tmp_path / ".pactwire").mkdir()
    (tmp_path / "a").write_text("mine")
    (tmp_path / commit_journal.JOURNAL_FILE).write_text(json.dumps(listed))
    with pytest.raises(DataError, match="not-json"), locks.reading(tmp_path):
        pass
    assert (tmp_path / "a").read_text() == "mine"


def test_folder_in_the_way_stops_a_commit_before_it_begins(tmp_path: Path) -> None:
    """The other files are unchanged, and no part is left."""
    (tmp_path / "annotations/b").mkdir(parents=True)
    staging = staged(tmp_path, a="new", b="new")
    with pytest.raises(IsADirectoryError):
        staging.publish()
    staging.discard()
    assert [path.name for path in (tmp_path / "annotations").iterdir()] == ["b"]


def test_sweeps_only_parts_of_ended_processes(golden: Path) -> None:
    """Files with other names and parts of running processes are kept."""
    gone, own = ended(), os.getpid()
    litter = [golden / "annotations/final" / f".x.json.{gone}-0123abcd.part", golden / f".R.md.{gone}-0123abcd.part"]
    kept = [
        golden / "dataset/raw" / name
        for name in (f".x.{own}-0123abcd.part", ".x.part", f"x.{gone}-0123abcd.part", f".x.{gone}-0123abcd.parts")
    ]
    for path in (*litter, *kept):
        path.write_text("x")
    with locks.writing(golden):
        pass
    assert [path.exists() for path in litter] == [False, False]
    assert [path.exists() for path in kept] == [True] * 4


@pytest.mark.skipif(os.name != "posix", reason="a link that leads to itself")
@pytest.mark.parametrize("folder", ["dataset/data", "dataset/raw", "annotations", "annotations/final"])
def test_sweep_survives_a_link_to_itself(golden: Path, folder: str) -> None:
    """Such a link is not searched for parts, and later parts are still swept."""
    (golden / folder).mkdir(exist_ok=True)
    (golden / folder / "loop").symlink_to("loop")
    part = golden / folder / f".x.{ended()}-0123abcd.part"
    part.touch()
    with locks.writing(golden):
        assert not part.exists()
        assert (golden / folder / "loop").is_symlink()


def test_parts_of_one_file_have_different_names(tmp_path: Path) -> None:
    """Both are hidden, and recognized as parts."""
    names = {part_files.new_part_path(tmp_path / "a\nb.json").name for _ in range(2)}
    assert len(names) == 2
    assert all(part_files.is_part(name) for name in names)


@pytest.mark.skipif(os.name != "posix", reason="needs permissions of POSIX")
def test_reads_a_dataset_without_write_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a lock, because a reader can't put one there."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    with locks.reading(tmp_path):
        assert list(tmp_path.iterdir()) == []


class Entered(Exception):
    """Raised when a command asks for a lock."""


LOCKS: dict[str, str | None] = {
    "init": "writing",
    "read x.txt": None, "ingest x.txt": "writing", "stories": "reading", "stories --write": "writing",
    "validate": "reading", "build": "writing", "tour": "reading", "docs": "writing", "docs --check": "reading",
    "suggest": "writing", "suggest --leave-one-out": "reading", "label serve": None, "label push": "writing",
    "label push --adjudicate a b": "writing", "label pull": "writing", "label pull --adjudicate a b": "writing",
    "label status": None, "label suggestions": None, "label export labels x.json": "reading",
    "label import x.txt": "writing", "agreement a b": "reading", "adjudicate a b": "writing", "score x.txt": "reading",
    "migrate": "reading", "migrate --execute": "writing",
    "diff . .": "reading", "release": "writing",
    "release --check": "reading", "publish a/b": "reading", "hydrate . x.txt --out out": "creating",
    "hydrate . x.txt --out dataset/out": "writing", "withdraw 00000000000000aa": "reading",
    "withdraw 00000000000000aa --execute": "writing", "view": "reading", "convert mapping brat x.txt": None,
    "convert from brat x.txt --out . --annotator a --kind human": "writing", "convert to brat --out out": "reading",
}  # fmt: skip
"""The lock that each command acquires before it reads its inputs; None if it neither reads nor writes a dataset."""


@pytest.mark.parametrize(("words", "lock"), [(words, lock) for words, lock in LOCKS.items() if lock])
def test_commands_acquire_their_lock_before_reading(
    words: str, lock: str, golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So what they read is consistent, and still current when they write."""
    if "dataset" in words:
        (golden / ".pactwire").mkdir()

    def entered(asked: str) -> None:
        monkeypatch.setattr(locks, asked, lambda *_: (_ for _ in ()).throw(Entered(asked)))

    for name in ("writing", "reading", "creating"):
        entered(name)

    def load(*_: object) -> None:
        raise AssertionError("the dataset is read without a lock")

    monkeypatch.setattr(corpus, "load_corpus", load)
    monkeypatch.chdir(golden)
    (golden / "x.txt").write_text("A text.")
    with pytest.raises(Entered, match=f"^{lock}$"):
        CliRunner().invoke(main.app, words.split(), catch_exceptions=False)


def test_every_command_declares_its_lock() -> None:
    """A new command must be added to the table above."""

    def named(group: Any, before: str = "") -> set[str]:
        found = getattr(group, "commands", {}).items()
        return {
            name
            for word, each in found
            for name in (named(each, f"{word} ") if hasattr(each, "commands") else {f"{before}{word}"})
        }

    commands = named(typer.main.get_command(main.app))
    assert {name for name in commands if not any(f"{words} ".startswith(f"{name} ") for words in LOCKS)} == set()
