"""The folder of a built dataset: files of earlier builds go, and what somebody else put there stays and is named."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conftest import contents
from pactwire.build import build_cache, stale_files
from pactwire.card import dataset_folder
from pactwire.cli import dataset
from pactwire.model.issues import DataError
from pactwire.release import docs, release_files
from pactwire.storage import files, index_cache

FOREIGN = (
    "data/mine.csv", "data/entities/mine.parquet", "data/entities/train-00000-0123456789ab.parquet",
    "data/notes/deep/mine.txt", "data/.keep", "plots/mine.svg", "plots/mine.png", "mine.txt",
)  # fmt: skip
"""Files that no build made; one is called as a data file is, and is not what its name says."""


def lay(root: Path) -> dict[str, bytes]:
    """Put files of somebody's into the folder of a dataset, and an empty folder; return them."""
    for name in FOREIGN:
        files.write_file(root / "dataset" / name, f"mine: {name}")
    (root / "dataset/data/empty").mkdir()
    os.mkfifo(root / "dataset/data/entities/train-00009-0123456789ab.parquet")
    return {name: f"mine: {name}".encode() for name in FOREIGN}


def broken(root: Path) -> None:
    """Take the registry of splits away, so that builds are refused."""
    files.write_file(root / "dataset/splits.csv", "article,story,split\n")


def edited(root: Path) -> None:
    """Change a label, so that a build writes another file of entities."""
    path = root / "annotations/final/00000000000000aa.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"checkworthy": "CFS"', '"checkworthy": "UFS"'))


@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize("refused", [False, True])
def test_what_no_build_made_stays_and_is_named(built: bool, refused: bool, golden: Path) -> None:
    """Whether the data is built or refused, and whether it was built before."""
    if built:
        dataset_folder.build(golden)
    mine = lay(golden)
    (broken if refused else edited)(golden)
    done = CliRunner().invoke(dataset.app, ["build", "--root", str(golden)])
    assert isinstance(done.exception, DataError) == refused
    after = contents(golden / "dataset")
    assert {name: after.get(name) for name in mine} == mine
    assert (golden / "dataset/data/empty").is_dir()
    named = [name for name in FOREIGN if "/" in name and "/." not in name]
    named.append("data/entities/train-00009-0123456789ab.parquet")
    told = ", ".join(map(repr, sorted(named, key=lambda name: (name.split("/")[0], Path(name)))))
    assert f"note: {golden / 'dataset'}: kept 7 entries that no run is known to have written: {told}\n" in done.stderr


def test_files_of_earlier_builds_go(golden: Path) -> None:
    """Those that README.md named before, those of a killed build, its parts, and the folders they leave empty."""
    dataset_folder.build(golden)
    before = contents(golden / "dataset")
    other = b"what a killed build wrote"
    killed = golden / f"dataset/data/stance/test-00001-{files.sha256(other)[:12]}.parquet"
    killed.parent.mkdir(exist_ok=True)
    killed.write_bytes(other)
    part = golden / "dataset/data/claims/.train-00000.parquet.part"
    part.write_bytes(b"half")
    edited(golden)
    dataset_folder.build(golden)
    after = contents(golden / "dataset")
    assert not killed.exists()
    assert not part.exists()
    assert len(after) == len(before)
    assert stale_files.unknown_files(golden / "dataset") == []


def test_configs_that_there_are_no_more_are_known_by_the_manifest(golden: Path) -> None:
    """A data file of a folder that no config is called as goes only where an earlier build named it."""
    dataset_folder.build(golden)
    data = b"rows of old"
    names = [f"data/{config}/train-00000-{files.sha256(data)[:12]}.parquet" for config in ("old", "backup")]
    for name in names:
        files.write_file(golden / "dataset" / name, data)
    about = json.loads((golden / "dataset/manifest.json").read_text())
    about["configs"]["old"] = {"train": [{**about["configs"]["claims"]["train"][0], "path": names[0]}]}
    (golden / "dataset/manifest.json").write_text(json.dumps(about))
    dataset_folder.build(golden)
    assert [(golden / "dataset" / name).exists() for name in names] == [False, True]


def test_plots_that_the_card_has_no_more_go_as_they_were_published(golden: Path) -> None:
    """One that was changed since is somebody's, and one beside the card is the owner's."""
    for name in ("a", "b", "c"):
        files.write_file(golden / f"plots/{name}.svg", f"<svg>{name}</svg>")
    dataset_folder.build(golden)
    for name in ("a", "b"):
        (golden / f"plots/{name}.svg").unlink()
    files.write_file(golden / "dataset/plots/b.svg", "<svg>changed</svg>")
    dataset_folder.build(golden)
    assert {path.name for path in (golden / "dataset/plots").iterdir()} == {"b.svg", "c.svg"}
    assert stale_files.unknown_files(golden / "dataset") == ["plots/b.svg"]


@pytest.mark.parametrize("name", ["README.md", "manifest.json", "croissant.json", "plots/a.svg"])
def test_a_first_build_replaces_nothing(name: str, golden: Path) -> None:
    """A file in the way is an issue; the next build may replace its own."""
    files.write_file(golden / "plots/a.svg", "<svg/>")
    files.write_file(golden / "dataset" / name, "mine")
    with pytest.raises(DataError, match=f"dataset/{name}:1: build-target"):
        dataset_folder.build(golden)
    assert (golden / "dataset" / name).read_text() == "mine"
    (golden / "dataset" / name).unlink()
    files.write_file(golden / "dataset/plots/a.svg", "<svg/>")  # what would be written anyway
    dataset_folder.build(golden)
    dataset_folder.build(golden)


def test_docs_removes_only_its_own_plots(golden: Path) -> None:
    """A plot that the card shows no more goes; what else lies beside the card is the owner's."""
    for name in ("labels", "mine"):
        files.write_file(golden / f"plots/{name}.svg", "<svg/>")
    renewed, gone = docs._stale_plots(golden, {})
    assert gone == ["plots/labels.svg"]
    docs._write_files(golden, renewed, gone)
    assert [path.name for path in (golden / "plots").iterdir()] == ["mine.svg"]


def test_a_pipe_or_a_link_among_the_plots_is_named(golden: Path) -> None:
    """Nothing from outside is published as a plot, and nothing is waited for."""
    (golden / "plots").mkdir(exist_ok=True)
    os.mkfifo(golden / "plots/pipe.svg")
    (golden / "plots/out.svg").symlink_to("/etc/hostname")
    with pytest.raises(DataError) as refused:
        dataset_folder.build(golden)
    assert [(each.file, each.code) for each in refused.value.issues] == [
        ("plots/out.svg", "file-link"), ("plots/pipe.svg", "file-kind"),
    ]  # fmt: skip


def test_only_what_the_manifest_names_is_published(golden: Path) -> None:
    """What somebody put among the files of a dataset is not sent."""
    dataset_folder.build(golden)
    sent = set(contents(golden / "dataset")) - {"sources.jsonl", "splits.csv"}
    lay(golden)
    found = set(release_files.read_release(golden / "dataset").files)
    assert found == {name for name in sent if not name.startswith("raw/")}


def test_caches_remove_only_their_own(golden: Path) -> None:
    """What somebody keeps beside them stays; a folder in the way ends nothing."""
    cache = golden / ".pactwire/build"
    for name in ("mine.txt", f"{'0' * 64}.json", "mine.json"):
        files.write_file(cache / name, "x")
    (cache / "folder").mkdir()
    build_cache.BuildCache(cache, golden / "dataset").remove_unused()
    assert sorted(path.name for path in cache.iterdir()) == ["folder", "mine.json", "mine.txt"]
    files.write_file(golden / ".pactwire/scans/articles/mine.npy", "x")
    index_cache.IndexCache(golden / ".pactwire/scans/articles").sweep()
    assert (golden / ".pactwire/scans/articles/mine.npy").exists()
