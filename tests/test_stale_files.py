"""The folder of a built dataset: files of earlier builds are removed, all others are kept and reported."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conftest import contents
from pactwire.build import build_cache, stale_files
from pactwire.card import dataset_folder
from pactwire.cli import dataset
from pactwire.model import digests
from pactwire.model.issues import DataError
from pactwire.release import docs, release_files
from pactwire.storage import files, index_cache

SCHEMA = "schema/annotation.schema.json"
OWN_FILES = (
    "data/mine.csv", "data/entities/mine.parquet", "data/entities/train-00000-0123456789ab.parquet",
    "data/notes/deep/mine.txt", "data/.keep", "plots/mine.svg", "plots/mine.png", "mine.txt",
)  # fmt: skip
"""Files that no build wrote; one has the name of a data file, but not the digest in its name."""


def add_own_files(root: Path) -> dict[str, bytes]:
    """Add files and an empty folder that belong to the user to a dataset's folder; return the files."""
    for name in OWN_FILES:
        files.write_file(root / "dataset" / name, f"mine: {name}")
    (root / "dataset/data/empty").mkdir()
    os.mkfifo(root / "dataset/data/entities/train-00009-0123456789ab.parquet")
    return {name: f"mine: {name}".encode() for name in OWN_FILES}


def break_splits(root: Path) -> None:
    """Empty the table of splits, so that builds fail."""
    files.write_file(root / "dataset/splits.csv", "article,story,split\n")


def edit_label(root: Path) -> None:
    """Change a label, so that a build writes another file of claims."""
    path = root / "annotations/final/00000000000000aa.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"checkworthy": "CFS"', '"checkworthy": "UFS"'))


@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize("is_invalid", [False, True])
def test_keeps_and_reports_files_of_others(built: bool, is_invalid: bool, golden: Path) -> None:
    """Files that no build wrote are kept, whether the data is valid and whether it was built before."""
    if built:
        dataset_folder.build(golden)
    mine = add_own_files(golden)
    (break_splits if is_invalid else edit_label)(golden)
    done = CliRunner().invoke(dataset.app, ["build", "--root", str(golden)])
    assert isinstance(done.exception, DataError) == is_invalid
    after = contents(golden / "dataset")
    assert {name: after.get(name) for name in mine} == mine
    assert (golden / "dataset/data/empty").is_dir()
    named = [name for name in OWN_FILES if "/" in name and "/." not in name]
    named.append("data/entities/train-00009-0123456789ab.parquet")
    listed = ", ".join(map(repr, sorted(named, key=lambda name: (name.split("/")[0], Path(name)))))
    assert f"note: {golden / 'dataset'}: kept 7 entries that no run is known to have written: {listed}\n" in done.stderr


def test_removes_files_of_earlier_builds(golden: Path) -> None:
    """Files that README.md listed before, files and parts of a killed build, and empty folders are removed."""
    dataset_folder.build(golden)
    before = contents(golden / "dataset")
    other = b"what a killed build wrote"
    killed = golden / f"dataset/data/stance/test-00001-{digests.sha256(other)[:12]}.parquet"
    killed.parent.mkdir(exist_ok=True)
    killed.write_bytes(other)
    part = golden / "dataset/data/claims/.train-00000.parquet.part"
    part.write_bytes(b"half")
    edit_label(golden)
    dataset_folder.build(golden)
    after = contents(golden / "dataset")
    assert not killed.exists()
    assert not part.exists()
    assert len(after) == len(before)
    assert stale_files.unknown_files(golden / "dataset") == []


def test_removes_files_of_former_configs(golden: Path) -> None:
    """A data file in the folder of a former config is removed only if an earlier manifest listed it."""
    dataset_folder.build(golden)
    data = b"rows of old"
    names = [f"data/{config}/train-00000-{digests.sha256(data)[:12]}.parquet" for config in ("old", "backup")]
    for name in names:
        files.write_file(golden / "dataset" / name, data)
    about = json.loads((golden / "dataset/manifest.json").read_text())
    about["configs"]["old"] = {"train": [{**about["configs"]["claims"]["train"][0], "path": names[0]}]}
    (golden / "dataset/manifest.json").write_text(json.dumps(about))
    dataset_folder.build(golden)
    assert [(golden / "dataset" / name).exists() for name in names] == [False, True]


def test_removes_unchanged_plots_that_the_card_no_longer_shows(golden: Path) -> None:
    """A plot that was changed after it was published is kept."""
    for name in ("a", "b", "c"):
        files.write_file(golden / f"plots/{name}.svg", f"<svg>{name}</svg>")
    dataset_folder.build(golden)
    for name in ("a", "b"):
        (golden / f"plots/{name}.svg").unlink()
    files.write_file(golden / "dataset/plots/b.svg", "<svg>changed</svg>")
    dataset_folder.build(golden)
    assert {path.name for path in (golden / "dataset/plots").iterdir()} == {"b.svg", "c.svg"}
    assert stale_files.unknown_files(golden / "dataset") == ["plots/b.svg"]


@pytest.mark.parametrize("name", ["README.md", "manifest.json", "croissant.json", "plots/a.svg", SCHEMA])
def test_first_build_replaces_nothing(name: str, golden: Path) -> None:
    """A file in the way is an issue; later builds may replace their own files."""
    files.write_file(golden / "plots/a.svg", "<svg/>")
    files.write_file(golden / "dataset" / name, "mine")
    with pytest.raises(DataError, match=f"dataset/{name}:1: build-target"):
        dataset_folder.build(golden)
    assert (golden / "dataset" / name).read_text() == "mine"
    (golden / "dataset" / name).unlink()
    files.write_file(golden / "dataset/plots/a.svg", "<svg/>")  # the same bytes as the build writes
    dataset_folder.build(golden)
    dataset_folder.build(golden)


def test_docs_removes_only_its_own_plots(golden: Path) -> None:
    """A plot that the card no longer shows, or only under another name, is removed; other files there are kept."""
    for name in ("labels", "mine", "yours", "renamed"):
        files.write_file(golden / f"plots/{name}.svg", "<svg/>")
    block = "<!-- begin generated: plot-x -->\n![A plot.](plots/renamed.svg)\n<!-- end generated: plot-x -->\n"
    files.write_file(golden / "DATASET_CARD.md", f"# T\n\n{block}\n![Not generated.](plots/yours.svg)\n")
    renewed, gone = docs._stale_plots(golden, {}, ["labels"])
    assert sorted(gone) == ["plots/labels.svg", "plots/renamed.svg"]
    docs._write_files(golden, renewed, gone)
    assert sorted(path.name for path in (golden / "plots").iterdir()) == ["mine.svg", "yours.svg"]


def test_rejects_pipes_and_links_among_plots(golden: Path) -> None:
    """Nothing from outside is published as a plot, and the build does not wait for a pipe."""
    (golden / "plots").mkdir(exist_ok=True)
    os.mkfifo(golden / "plots/pipe.svg")
    (golden / "plots/out.svg").symlink_to("/etc/hostname")
    with pytest.raises(DataError) as refused:
        dataset_folder.build(golden)
    assert [(each.file, each.code) for each in refused.value.issues] == [
        ("plots/out.svg", "file-link"), ("plots/pipe.svg", "file-kind"),
    ]  # fmt: skip


def test_publishes_only_files_of_the_manifest(golden: Path) -> None:
    """Files that somebody added to the dataset's folder are not published."""
    dataset_folder.build(golden)
    sent = set(contents(golden / "dataset")) - {"sources.jsonl", "splits.csv"}
    add_own_files(golden)
    found = set(release_files.read_release(golden / "dataset").files)
    assert found == {name for name in sent if not name.startswith("raw/")}


def test_caches_remove_only_their_own_files(golden: Path) -> None:
    """Other files in a cache's folder are kept; a folder among them is no error."""
    cache = golden / ".pactwire/build"
    for name in ("mine.txt", f"{'0' * 64}.json", "mine.json"):
        files.write_file(cache / name, "x")
    (cache / "folder").mkdir()
    build_cache.BuildCache(cache, golden / "dataset").remove_unused()
    assert sorted(path.name for path in cache.iterdir()) == ["folder", "mine.json", "mine.txt"]
    files.write_file(golden / ".pactwire/scans/articles/mine.npy", "x")
    index_cache.IndexCache(golden / ".pactwire/scans/articles").sweep()
    assert (golden / ".pactwire/scans/articles/mine.npy").exists()
