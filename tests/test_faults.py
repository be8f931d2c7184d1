"""Builds of several shards with workers that are killed, run out of memory, or out of disk space."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import zstandard

from conftest import contents
from pactwire.card import dataset_folder
from pactwire.model.issues import REMEDIES

FAULTY = """
import os, resource, signal, time
from pathlib import Path
from pactwire.build import data_files, shards
from pactwire.card import dataset_folder
from pactwire.cli.main import main
from pactwire.build.parquet_writer import ShardWriter

shards.ARTICLES_PER_SHARD = 4
real, add = data_files.build_shard, ShardWriter.add

def killed(writer, batch):
    add(writer, batch)
    os.kill(os.getpid(), signal.SIGKILL)

def starved(writer, batch):
    limit = (4 << 30) + int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    try:
        [bytearray(1 << 28) for _ in range(64)]
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

def make(shard):
    trouble, marker = os.environ["TROUBLE"], Path(os.environ["MARKER"])
    if trouble == "slow":
        time.sleep(2)
    elif (shard.split, shard.number) == ("train", 1) and not (trouble == "once" and marker.exists()):
        marker.touch()
        ShardWriter.add = {"starved": starved, "none": add}.get(trouble, killed)
    try:
        return real(shard)
    finally:
        ShardWriter.add = add

if __name__ == "__main__":
    data_files.build_shard = make
    main()
"""
"""The command with small shards; a worker fails in the middle of writing one of them."""
FULL = """
mount -t tmpfs none "$FOLDER" || exit 77
trap 'cp -a "$FOLDER/." "$AFTER"' EXIT
cp -a "$ROOT/." "$FOLDER"
used=$(df --output=used --block-size=1K "$FOLDER" | tail -1)
mount -o remount,size=$((used + ROOM))K "$FOLDER"
"$@"
"""
"""Runs a command in a namespace where FOLDER is a small disk with a copy of ROOT and ROOM KiB free, then copies it."""


Done = subprocess.CompletedProcess[str]


@pytest.fixture
def changed(many: Path, small: None) -> Path:
    """Return a built dataset of seven shards, with a changed label in each."""
    dataset_folder.build(many)
    documents = many / "annotations/final/bulk.jsonl.zst"
    text = zstandard.ZstdDecompressor().decompressobj().decompress(documents.read_bytes())
    documents.write_bytes(zstandard.compress(text.replace(b'"checkworthy":"CFS"', b'"checkworthy":"UFS"')))
    return many


@pytest.fixture
def wanted(changed: Path, tmp_path: Path) -> dict[str, bytes]:
    """Return what an undisturbed build makes of the changed dataset."""
    root = Path(shutil.copytree(changed, tmp_path / "undisturbed"))
    dataset_folder.build(root)
    assert contents(root / "dataset").keys() - contents(changed / "dataset").keys()
    return contents(root / "dataset")


def command(root: Path, trouble: str, engine: str, tmp_path: Path, before: Sequence[str] = (), **env: str) -> Done:
    """Build with two workers, one of which may fail."""
    script = tmp_path / "faulty.py"
    script.write_text(FAULTY)
    return subprocess.run(
        [*before, sys.executable, script, "build", "--root", root, "--workers", "2", "--engine", engine],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "TROUBLE": trouble, "MARKER": str(tmp_path / "marker"), **env},
        check=False,
    )


def assert_named(done: Done, code: str) -> None:
    """Assert that the command ended with one issue, its remedy, and no traceback."""
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(f"workers:1: {code}: ")
    assert done.stdout.endswith(f" ({REMEDIES[code]})\n")
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_ray_retries_the_shard_of_a_killed_worker(changed: Path, wanted: dict[str, bytes], tmp_path: Path) -> None:
    """A worker killed while it writes a file costs nothing: the build succeeds with the same bytes."""
    done = command(changed, "once", "ray", tmp_path)
    assert (tmp_path / "marker").exists()
    assert done.returncode == 0, done.stderr
    assert contents(changed / "dataset") == wanted


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["local", pytest.param("ray", marks=pytest.mark.soak)])
@pytest.mark.parametrize("trouble", ["always", "starved"])
def test_reports_a_worker_that_dies_or_runs_out_of_memory(
    changed: Path, wanted: dict[str, bytes], tmp_path: Path, trouble: str, engine: str
) -> None:
    """An issue with a remedy is reported, the old dataset stays, and the next build leaves no litter."""
    before = contents(changed / "dataset")
    done = command(changed, trouble, engine, tmp_path)
    assert (tmp_path / "marker").exists()
    assert_named(done, "worker-died")
    assert contents(changed / "dataset") == before
    dataset_folder.build(changed)
    assert contents(changed / "dataset") == wanted


@pytest.mark.soak
@pytest.mark.slow
def test_reports_workers_that_ray_kills_for_their_memory(changed: Path, tmp_path: Path) -> None:
    """A task that Ray's memory monitor kills each time is not retried forever."""
    before = contents(changed / "dataset")
    watch = {"RAY_memory_usage_threshold": "0.001", "RAY_memory_monitor_refresh_ms": "10"}
    done = command(changed, "slow", "ray", tmp_path, **watch)
    assert_named(done, "worker-died")
    assert contents(changed / "dataset") == before


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["local", pytest.param("ray", marks=pytest.mark.soak)])
def test_reports_a_full_disk(changed: Path, wanted: dict[str, bytes], tmp_path: Path, engine: str) -> None:
    """After some shards are written: an issue with a remedy, the old dataset stays, and the next build is complete."""
    folder, after = tmp_path / "disk", tmp_path / "after"
    folder.mkdir()
    before = contents(changed / "dataset")
    room = sum(len(wanted[name]) for name in wanted.keys() - before.keys()) // 1024
    shell = ["unshare", "--map-root-user", "--mount", "sh", "-c", FULL, "sh"]
    env = {"FOLDER": str(folder), "AFTER": str(after), "ROOT": str(changed), "ROOM": str(room)}
    done = command(folder, "none", engine, tmp_path, shell, **env)
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        pytest.skip("a small disk can't be mounted")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "No space left on device" in done.stderr
    assert done.stderr.endswith("(free up disk space, and run the command again)\n")
    assert "Traceback" not in done.stderr
    assert contents(after / "dataset") == before
    assert len(list((after / ".pactwire/build").iterdir())) > len(list((changed / ".pactwire/build").iterdir()))
    dataset_folder.build(after)
    assert contents(after / "dataset") == wanted


def doubled(number: int) -> int:
    """Fail for one number."""
    time.sleep(0.2)
    if number == 5:
        raise OSError(5, "five")
    return 2 * number


READ = """
import sys
import test_faults
from pactwire.storage import executors

def print(*values):
    sys.__stdout__.write(" ".join(map(str, values)) + "\\n")

if __name__ == "__main__":
    with executors.open_executor(2, "ray") as run:
        print(next(run(test_faults.doubled, range(5))))
        try:
            print(*run(test_faults.doubled, range(9)))
        except OSError as error:
            print(repr(error))
    try:
        with executors.open_executor(2, "ray") as run:
            print(next(run(test_faults.doubled, range(5))))
            raise KeyError("own")
    except KeyError as error:
        print(repr(error))
"""


@pytest.mark.soak
@pytest.mark.slow
def test_ray_survives_errors_and_abandoned_results(tmp_path: Path) -> None:
    """An exception of a worker arrives unchanged; this process may stop reading, or raise, at any time."""
    (tmp_path / "read.py").write_text(READ)
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    done = subprocess.run(
        [sys.executable, tmp_path / "read.py"], capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.stdout.splitlines() == ["0", "OSError(5, 'five')", "0", "KeyError('own')"], done.stderr
    assert done.returncode == 0
