"""Builds: the same data gives the same bytes, and the old dataset or the new one is always complete."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conftest import Run, contents
from pactwire.build import data_files, manifest
from pactwire.card import card, dataset_folder
from pactwire.model import digests
from pactwire.model.issues import DataError

TRAP = """
import os, sys
from pathlib import Path
from pactwire.card import dataset_folder

left = int(sys.argv[2])

def dying(name):
    real = getattr(Path, name)
    def step(self, *args, **kwargs):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(self, *args, **kwargs)
    setattr(Path, name, step)

for name in ("replace", "unlink", "mkdir", "rmdir"):
    dying(name)
dataset_folder.build(Path(sys.argv[1]))
"""


def assert_complete(dataset: Path) -> None:
    """README.md lists files that exist and match its digests."""
    front = yaml.safe_load((dataset / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    for config in front["configs"]:
        named = [each["path"] for each in config["data_files"]]
        paths = [dataset / path for each in named for path in ([each] if isinstance(each, str) else each)]
        joined = " ".join(digests.sha256(path.read_bytes()) for path in paths)
        assert config["description"] == f"sha256:{digests.sha256(joined)}"


def test_writes_readme_last(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """README.md lists the data files, so everything it refers to exists when it is replaced."""
    written: list[Path] = []
    replace = Path.replace

    def noted(part: Path, path: Path) -> Path:
        written.append(path)
        return replace(part, path)

    monkeypatch.setattr(Path, "replace", noted)
    dataset_folder.build(golden)
    names = [path.name for path in written if path.parent == golden / "dataset"]
    assert names[-3:] == ["manifest.json", "croissant.json", "README.md"]
    assert names.count("README.md") == 1


@pytest.mark.slow
def test_builds_are_byte_identical(copy: Path, tmp_path: Path, run: Run) -> None:
    """Another folder, PYTHONHASHSEED and number of workers give the same bytes."""
    other = Path(shutil.copytree(copy, tmp_path / "elsewhere" / "named otherwise"))
    assert run("build", "--root", copy, PYTHONHASHSEED="1").returncode == 0
    assert run("build", "--root", other, "--workers", "2", PYTHONHASHSEED="2").returncode == 0
    assert contents(copy / "dataset") == contents(other / "dataset")
    assert run("build", "--root", copy, "--workers", "3", PYTHONHASHSEED="3").returncode == 0
    assert contents(copy / "dataset") == contents(other / "dataset")


def test_batch_size_does_not_change_the_bytes(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes do not depend on the number of articles in a batch."""
    dataset_folder.build(golden)
    whole = contents(golden / "dataset")
    monkeypatch.setattr(data_files, "ARTICLES_PER_BATCH", 1)
    dataset_folder.build(golden)
    assert contents(golden / "dataset") == whole


def test_does_not_build_invalid_data(golden: Path) -> None:
    """Every issue is raised, and no file is written but the lock's and those that may be deleted."""
    document = golden / "annotations/final/00000000000000aa.json"
    document.write_text(document.read_text(encoding="utf-8").replace('"polarity": "favor"', '"polarity": "pro"'))
    before = contents(golden)
    with pytest.raises(DataError) as caught:
        dataset_folder.build(golden)
    assert {issue.code for issue in caught.value.issues} == {"schema"}
    after = {name: data for name, data in contents(golden).items() if not name.startswith(".pactwire/zones/")}
    assert after == {**before, ".pactwire/write.lock": b""}


def test_manifest_has_rows_and_annotators(golden: Path) -> None:
    """The manifest has rows, omitted splits, digests and annotators."""
    dataset_folder.build(golden)
    about = json.loads((golden / "dataset/manifest.json").read_text(encoding="utf-8"))
    rows = {
        config: {split: sum(each["rows"] for each in written) for split, written in splits.items()}
        for config, splits in about["configs"].items()
    }
    assert rows == {
        "articles": {"train": 2}, "entities": {"train": 4}, "stance": {"train": 2}, "claims": {"train": 4},
        "claim_pairs": {"train": 1},
    }  # fmt: skip
    assert about["left_out"]["entities"] == ["validation", "test"]
    assert about["left_out"]["annotations"] == ["train", "validation", "test"]
    assert about["labels"]["stances"] == {"ann": 2}
    for _, _, each in manifest.iter_data_files(about):
        assert digests.sha256((golden / "dataset" / each["path"]).read_bytes()) == each["sha256"]


def change_label(root: Path) -> None:
    """Change a label, so that a build writes something new."""
    path = root / "annotations/final/00000000000000aa.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"checkworthy": "CFS"', '"checkworthy": "UFS"'))


@pytest.mark.slow
@pytest.mark.parametrize("stride", [4, pytest.param(1, marks=pytest.mark.soak)])
def test_killed_build_leaves_a_complete_dataset(golden: Path, tmp_path: Path, stride: int) -> None:
    """Killed before any of its renames and removals, a build leaves the old dataset or the new one.

    The next build writes the bytes of an undisturbed one and leaves no litter.
    """
    dataset_folder.build(golden)
    undisturbed = Path(shutil.copytree(golden, tmp_path / "undisturbed"))
    change_label(undisturbed)
    dataset_folder.build(undisturbed)
    expected = contents(undisturbed / "dataset")
    for step in range(0, 100, stride):
        trial = Path(shutil.copytree(golden, tmp_path / f"trial{step}"))
        change_label(trial)
        done = subprocess.run([sys.executable, "-c", TRAP, str(trial), str(step)], check=False)
        assert_complete(trial / "dataset")
        if done.returncode == 0:
            break
        assert done.returncode == 9
        dataset_folder.build(trial)
        assert contents(trial / "dataset") == expected
    assert step > 8


def test_failed_build_leaves_the_old_dataset(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If README.md can't be written after the new manifest, the files that README.md lists are kept.

    They are also kept when the next build finds issues.
    """
    dataset_folder.build(golden)
    change_label(golden)
    with monkeypatch.context() as patch:

        def interrupted(*_: object) -> str:
            raise KeyboardInterrupt

        patch.setattr(card, "published_readme", interrupted)
        with pytest.raises(KeyboardInterrupt):
            dataset_folder.build(golden)
    assert_complete(golden / "dataset")
    with (golden / "dataset/splits.csv").open("a", encoding="utf-8") as stream:
        stream.write("nothing,nothing,nowhere\n")
    with pytest.raises(DataError):
        dataset_folder.build(golden)
    assert_complete(golden / "dataset")


@pytest.mark.slow
def test_second_build_waits_for_the_first(golden: Path) -> None:
    """Two builds at once both succeed, and the result is one dataset."""
    command = [sys.executable, "-c", "from pactwire.cli.main import main; main()", "build", "--root", str(golden)]
    for _ in range(3):
        change_label(golden)
        shutil.rmtree(golden / ".pactwire", ignore_errors=True)
        both = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
        assert [(b"error" in each.communicate()[1], each.returncode) for each in both] == [(False, 0), (False, 0)]
        assert_complete(golden / "dataset")


def test_removes_partial_files_of_killed_builds(golden: Path) -> None:
    """Partial files of ended processes are removed; those of running or unknown processes are kept."""
    dataset_folder.build(golden)
    before = contents(golden / "dataset")
    with subprocess.Popen(["true"]) as ended:
        pass
    litter = [
        golden / name.format(ended.pid)
        for name in ("dataset/.manifest.json.{}-00000000.part", ".pactwire/build/.x.json.{}-00000000.part")
    ]
    kept = [golden / "dataset/.manifest.json.part", golden / f"dataset/.manifest.json.{os.getpid()}-00000000.part"]
    for path in (*litter, *kept):
        path.write_text("half")
    dataset_folder.build(golden)
    assert not any(path.exists() for path in litter)
    for path in kept:
        path.unlink()
    assert contents(golden / "dataset") == before


def test_builds_a_text_on_which_sentencex_fails(golden: Path) -> None:
    """A no-break space between a capital letter and a full stop does not break the build."""
    path = golden / "dataset/raw/more.jsonl"
    text = "Plan A\u00a0. Then we left."
    zone = {"id": "z", "start": 0, "end": len(text), "kind": "body", "language": "en", "origin": "original"}
    path.write_text(json.dumps({"id": "0" * 16, "text": text, "license": "none", "zones": [{**zone, "by": ["p"]}]}))
    annotator = {"id": "p", "kind": "model", "name": None, "version": None}
    document = {
        "schema_version": "1", "article": "0" * 16, "text_sha256": digests.sha256(text), "guidelines": "1.0",
        "annotators": [annotator], "status": {"claims": "draft"}, "created": "2026-01-02T00:00:00Z",
        "updated": "2026-01-02T00:00:00Z", "derived_from": [], "claims": [],
    }  # fmt: skip
    (golden / "annotations/final/more.jsonl").write_text(json.dumps(document))
    with (golden / "dataset/splits.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"{'0' * 16},{'0' * 16},test\n")
    built = dataset_folder.build(golden)
    assert [each.rows for each in built.files["claims"]["test"]] == [2]


@pytest.mark.slow
def test_full_disk_leaves_the_old_dataset(golden: Path) -> None:
    """If a file can't be written, the error says so, the exit code is 1, and the old dataset is kept."""
    dataset_folder.build(golden)
    before = contents(golden / "dataset")
    change_label(golden)
    done = subprocess.run(
        [sys.executable, "-c", "from pactwire.cli.main import main; main()", "build", "--root", str(golden)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)),
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(golden / "dataset") == before


@pytest.mark.slow
def test_reports_a_read_only_target(golden: Path) -> None:
    """A dataset folder that can't be written gives an error and exit code 1, and is unchanged."""
    dataset_folder.build(golden)
    change_label(golden)
    before = contents(golden / "dataset")
    target = golden / "dataset"
    command = [sys.executable, "-c", "from pactwire.cli.main import main; main()", "build", "--root", str(golden)]
    if os.geteuid() == 0:  # root can write everywhere except on a read-only mount
        mount = f"mount --bind '{target}' '{target}' && mount -o remount,ro,bind '{target}'"
        probe = subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False)
        if probe.returncode:
            pytest.skip("root without the right to mount can't make a folder read-only")
        command = ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh", *command]
    else:
        for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
            folder.chmod(0o555)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "Read-only file system" in done.stderr or "Permission denied" in done.stderr
    assert contents(target) == before
