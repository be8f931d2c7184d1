"""Building and validating in a remote store: the bytes of a local folder, with several processes, killed or not."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import Run, contents
from pactwire.build import manifest
from pactwire.card import dataset_folder
from pactwire.model import digests
from pactwire.model.issues import DataError
from pactwire.storage import files, remote
from pactwire.validation import validate

BUCKET = "bucket"
BUILD = """
import sys
from pactwire.build import shards
from pactwire.card import dataset_folder
from pactwire.storage import remote
if __name__ == "__main__":
    shards.ARTICLES_PER_SHARD = 4
    dataset_folder.build(remote.open_store(sys.argv[1]), workers=2, engine=sys.argv[2])
"""


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """Start a local S3 server with an empty bucket; return the environment that gives access to it."""
    import s3fs

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {
        "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            for _ in range(300):
                try:
                    s3fs.S3FileSystem(skip_instance_cache=True).mkdir(BUCKET)
                    break
                except OSError:
                    time.sleep(0.1)
            yield environment
    finally:
        process.kill()
        process.wait()


def stored(folder: Any) -> dict[str, bytes]:
    """Return all files of a folder in a store by relative name."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def sent(root: Path, address: str) -> Path:
    """Copy a folder to a store, and return its path there."""
    from upath import UPath

    target = UPath(address)
    for name, data in contents(root).items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(data)
    return remote.open_store(address)


def change(root: Path) -> None:
    """Change a label."""
    path = root / "annotations/final/00000000000000aa.json"
    path.write_bytes(path.read_bytes().replace(b'"checkworthy": "CFS"', b'"checkworthy": "UFS"'))


def start(address: str, engine: str, tmp_path: Path) -> "subprocess.Popen[bytes]":
    """Start a build with two workers in a process group of its own."""
    script = tmp_path / "build_it.py"
    script.write_text(BUILD)
    return subprocess.Popen([sys.executable, script, address, engine], start_new_session=True)


@pytest.mark.slow
def test_build_in_a_store_matches_a_local_build(golden: Path, tmp_path: Path) -> None:
    """The bytes are the same; nothing is written twice; stale files are removed, and issues match."""
    there = sent(golden, f"memory://{tmp_path.name}")
    for _ in range(2):
        dataset_folder.build(golden)
        dataset_folder.build(there)
        assert stored(there / "dataset") == contents(golden / "dataset")
        change(golden)
        change(there)
    assert validate.validate_dataset(there) == []
    for root in (golden, there):
        path = root / "annotations/final/00000000000000aa.json"
        path.write_bytes(path.read_bytes().replace(b'"polarity": "favor"', b'"polarity": "pro"'))
    assert validate.validate_dataset(there) == validate.validate_dataset(golden) != []


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["local", pytest.param("ray", marks=pytest.mark.soak)])
def test_two_workers_build_in_one_bucket(
    many: Path, small: None, server: dict[str, str], tmp_path: Path, engine: str
) -> None:
    """Separate processes read and write an S3 bucket; a second build leaves every file as it is."""
    address = f"s3://{BUCKET}/shared-{engine}"
    there = sent(many, address)
    dataset_folder.build(many)
    assert start(address, engine, tmp_path).wait(timeout=240) == 0
    assert stored(there / "dataset") == contents(many / "dataset")
    before = {path: path.stat().st_mtime for path in there.rglob("*") if path.is_file()}
    time.sleep(1.1)  # S3 counts in seconds
    assert start(address, "local", tmp_path).wait(timeout=240) == 0
    assert {path: path.stat().st_mtime for path in there.rglob("*") if path.is_file()} == before


@pytest.mark.slow
@pytest.mark.parametrize("trials", [1, pytest.param(4, marks=pytest.mark.soak)])
def test_killed_build_in_a_bucket_leaves_whole_files(
    many: Path, small: None, server: dict[str, str], tmp_path: Path, trials: int
) -> None:
    """Whenever it is killed, the manifest's files exist and are whole; the next build matches an undisturbed one."""
    dataset_folder.build(many)
    changed = Path(shutil.copytree(many, tmp_path / "changed"))
    change(changed)
    dataset_folder.build(changed)
    wanted = contents(changed / "dataset")
    chance = random.Random(4)
    killed = 0
    for trial in range(trials):
        there = sent(many, f"s3://{BUCKET}/killed-{trials}-{trial}")
        change(there)
        process = start(str(there), "local", tmp_path)
        time.sleep(chance.uniform(2, 7))
        killed += process.poll() is None
        os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
        process.wait()
        about = files.read_json(there / "dataset/manifest.json", "manifest.json")
        for _, _, each in manifest.iter_data_files(about):
            assert digests.sha256((there / "dataset" / each["path"]).read_bytes()) == each["sha256"]
        dataset_folder.build(there)
        assert stored(there / "dataset") == wanted
    assert killed >= 1


@pytest.mark.slow
def test_commands_accept_the_address_of_a_store(golden: Path, server: dict[str, str], process: Run) -> None:
    """`validate` and `build` accept it, other commands refuse it, and a missing folder is reported."""
    address = f"s3://{BUCKET}/command"
    there = sent(golden, address)
    assert process("validate", "--root", address, **server).returncode == 0
    done = process("build", "--root", address, **server)
    assert done.stdout.startswith(f"built {address}/dataset: 13 rows in 5 files")
    assert (there / "dataset/README.md").is_file()
    refused = process("docs", "--root", address, **server)
    assert (refused.returncode, "only build and validate work in a store" in refused.stderr) == (2, True)
    for wrong in (f"s3://{BUCKET}/nowhere", "s3://nobucket/x", "none://x"):
        missing = process("build", "--root", wrong, **server)
        assert missing.returncode == 1
        assert missing.stdout.startswith(f"{wrong}:1: no-store: ")
        assert "Traceback" not in missing.stderr


def test_reports_a_store_that_cannot_be_reached() -> None:
    """An unknown protocol is an issue with a remedy."""
    with pytest.raises(DataError, match="no-store: ") as caught:
        remote.open_store("none://x")
    assert "s3fs" in caught.value.issues[0].remedy
