"""The folder of a site: it holds what its last run says, and what no run made stays as it is."""

import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conftest import contents
from pactwire.cli import view
from pactwire.model.issues import DataError
from pactwire.site import static_site
from pactwire.site.folder_swap import clear_old_folder
from pactwire.storage import files, output_ledger
from support.synthetic import silent


def change(root: Path) -> None:
    """Rename an entity, so that pages differ."""
    path = root / "annotations/links.tsv"
    path.write_text(path.read_text(encoding="utf-8").replace("\tR", "\tZ"), encoding="utf-8")


def withdraw(root: Path) -> None:
    """Take an article and its documents away."""
    for path in (*root.rglob("*00000000000000bb.*"), *root.rglob("*_00000000000000bb.txt")):
        path.unlink(missing_ok=True)
    for name in ("sources.jsonl", "splits.csv"):
        path = root / "dataset" / name
        path.write_text("".join(line for line in path.read_text().splitlines(True) if "00000000000000bb" not in line))
    clusters = root / "annotations/clusters.jsonl"
    clusters.write_text("")


def mine(target: Path) -> dict[str, bytes]:
    """Put files of somebody's among the pages: among them a repository, with an empty folder, a link and a pipe."""
    for name in ("notes.txt", "articles/notes.txt", ".git/config", "deep/er/notes.txt"):
        files.write_file(target / name, f"mine: {name}")
    (target / ".git/refs").mkdir()
    (target / "latest").symlink_to("articles")
    os.mkfifo(target / "pipe")
    return {name: data for name, data in contents(target).items() if data.startswith(b"mine")}


def assert_there(target: Path, kept: dict[str, bytes]) -> None:
    """All of `mine` is there."""
    assert {name: (target / name).read_bytes() for name in kept} == kept
    assert (target / ".git/refs").is_dir()
    assert (target / "latest").readlink() == Path("articles")
    assert (target / "pipe").is_fifo()


def test_keeps_and_reports_unknown_files(golden: Path, tmp_path: Path) -> None:
    """Also where every page is written anew; pages of articles that are gone go."""
    target = tmp_path / "site"
    static_site.write_site(golden, target, silent)
    kept = mine(target)
    withdraw(golden)
    done = CliRunner().invoke(view.app, ["--root", str(golden), "--out", str(target)])
    assert done.exit_code == 0, done.output
    assert f"note: {target}: kept 4 entries that no run is known to have written: 'deep', 'latest'" in done.stderr
    assert_there(target, kept)
    assert not (target / "articles/00000000000000bb.html").exists()
    assert [path.name for path in tmp_path.iterdir() if "site" in path.name] == ["site"]
    assert not static_site.write_site(golden, target, silent).changed
    static_site.write_site(golden, tmp_path / "new", silent)
    assert {name for name in contents(target)} - set(kept) == set(contents(tmp_path / "new"))


@pytest.mark.slow
def test_kill_during_swap_loses_no_unknown_file(golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no run made is in the folder, or in the one that the next run puts back, and then in the folder."""
    start = tmp_path / "start"
    static_site.write_site(golden, start, silent)
    change(golden)
    steps = 0
    for name in ("hardlink_to", "rename", "unlink", "rmdir"):
        for step in range(100):
            folder = tmp_path / f"{name}{step}"
            target = folder / "site"
            shutil.copytree(start, target)
            kept = mine(target)
            method, left = getattr(Path, name), [step]

            def killed(path: Path, *args: object, method=method, left: list[int] = left, **more: object) -> object:  # type: ignore[no-untyped-def]
                if not left[0]:
                    raise KeyboardInterrupt
                left[0] -= 1
                return method(path, *args, **more)

            with monkeypatch.context() as patch:
                patch.setattr(Path, name, killed)
                try:
                    static_site.write_site(golden, target, silent)
                except KeyboardInterrupt:
                    steps += 1
                else:
                    break
            static_site.write_site(golden, target, silent)
            assert_there(target, kept)
            assert [path.name for path in folder.iterdir()] == ["site"]
            if step > 1:  # the others are alike
                break
    assert steps > 9


def test_keeps_pages_changed_by_hand(golden: Path, tmp_path: Path) -> None:
    """It is named, and nothing is written."""
    target = tmp_path / "site"
    static_site.write_site(golden, target, silent)
    (target / "index.html").write_text("mine")
    (target / "articles/00000000000000bb.html").write_text("mine, too")
    withdraw(golden)
    before = contents(target)
    with pytest.raises(DataError) as refused:
        static_site.write_site(golden, target, silent)
    assert [(Path(each.file).name, each.code) for each in refused.value.issues] == [
        ("00000000000000bb.html", "export-changed"), ("index.html", "export-changed"),
    ]  # fmt: skip
    assert contents(target) == before


def test_adopt_takes_over_site_without_ledger(golden: Path, tmp_path: Path) -> None:
    """Version 1.0 kept none: a site that would be the same gets one, another one only where it is asked for."""
    target = tmp_path / "site"
    static_site.write_site(golden, target, silent)
    (target / output_ledger.LEDGER_FILE).unlink()
    assert not static_site.write_site(golden, target, silent).changed
    assert json.loads((target / output_ledger.LEDGER_FILE).read_text())["files"]["index.html"]
    (target / output_ledger.LEDGER_FILE).unlink()
    kept = mine(target)
    withdraw(golden)
    with pytest.raises(DataError, match="export-unlisted"):
        static_site.write_site(golden, target, silent)
    assert static_site.write_site(golden, target, silent, adopt=True).changed
    assert not (target / "articles/00000000000000bb.html").exists()
    assert_there(target, kept)


def test_keeps_files_added_during_swap(tmp_path: Path) -> None:
    """A file that is in the old folder alone, and that no run made, is not removed with it."""
    for name in ("site/page.html", ".site.old/page.html", ".site.old/gone.html", ".site.old/deep/new.txt"):
        files.write_file(tmp_path / name, "x")
    clear_old_folder(tmp_path / ".site.old", tmp_path / "site", {"gone.html"})
    assert set(contents(tmp_path)) == {"site/page.html", ".site.old/deep/new.txt"}


def test_copies_files_without_hard_links(golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can be neither linked nor copied ends the run with the old site in its place."""

    def refused(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    target = tmp_path / "site"
    static_site.write_site(golden, target, silent)
    files.write_file(target / "notes.txt", "mine")
    change(golden)
    monkeypatch.setattr(Path, "hardlink_to", refused)
    assert static_site.write_site(golden, target, silent).changed
    assert (target / "notes.txt").read_text() == "mine"
    before = contents(target)
    os.mkfifo(target / "pipe")
    withdraw(golden)
    with pytest.raises(OSError, match="not permitted"):
        static_site.write_site(golden, target, silent)
    assert contents(target) == before
