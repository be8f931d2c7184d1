"""The folder of an export: it reflects the last run, and files that no run wrote stay as they are."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conftest import contents
from pactwire.cli import convert
from pactwire.convert import export_writers, exporting, import_files, import_reader, importing
from pactwire.convert.import_conversion import ImportSettings
from pactwire.corpus import corpus
from pactwire.model import digests
from pactwire.model.issues import DataError
from pactwire.storage import output_ledger
from support.mentions import MAPPING, OPTIONS

FORMS = sorted(set(export_writers.FILE_NAME_PATTERNS) - {"spacy"})
TEAM = ImportSettings({"id": "team", "kind": "human", "name": None, "version": None}, "submitted", "1.0", "none")
FINAL = "annotations/final/00000000000000aa.json"


def change(root: Path) -> None:
    """Remove an entity of a document, so that its exports differ."""
    value = json.loads((root / FINAL).read_text(encoding="utf-8"))
    used = {each for stance in value["stances"] for each in (stance["holder"], stance["target"])}
    used |= {each for claim in value["claims"] for each in claim["claimants"]}
    value["entities"] = [each for each in value["entities"] if each["id"] in used]
    (root / FINAL).write_text(json.dumps(value), encoding="utf-8")


def withdraw(root: Path) -> None:
    """Remove a document, and move the other article to another split."""
    (root / FINAL).unlink()
    path = root / "dataset/splits.csv"
    path.write_text(path.read_text().replace(",train", ",validation"))


def issues(form: str, root: Path, out: Path, adopt: bool = False) -> list[tuple[str, str]]:
    """Return the file name and code of each issue that refuses an export."""
    with pytest.raises(DataError) as refused:
        exporting.export_documents(form, root, "final", out, adopt)
    return [(Path(each.file).name, each.code) for each in refused.value.issues]


@pytest.mark.parametrize("form", FORMS)
def test_removes_files_of_an_earlier_export(form: str, golden: Path, tmp_path: Path) -> None:
    """The folder equals one that is written for the first time."""
    exporting.export_documents(form, golden, "final", tmp_path / "old")
    withdraw(golden)
    result = exporting.export_documents(form, golden, "final", tmp_path / "old")
    exporting.export_documents(form, golden, "final", tmp_path / "new")
    assert contents(tmp_path / "old") == contents(tmp_path / "new")
    assert result.removed


def test_round_trip_keeps_an_empty_layer(golden: Path, tmp_path: Path) -> None:
    """An empty .ann is a document without labels, a missing one no annotation; no stale label returns."""
    out = tmp_path / "brat"
    exporting.export_documents("brat", golden, "final", out)
    value = json.loads((golden / FINAL).read_text(encoding="utf-8"))
    empty = {**value, "entities": [], "stances": [], "claims": []}
    (golden / FINAL).write_text(json.dumps(empty), encoding="utf-8")
    exporting.export_documents("brat", golden, "final", out)
    assert (out / "00000000000000aa.ann").read_bytes() == b""
    paths, _ = import_files.find_files("brat", [out], [])
    importing.import_mentions(
        import_reader.read_documents("brat", paths, [out], OPTIONS),
        golden,
        "x",
        "team",
        TEAM,
        MAPPING,
    )
    there = {
        each.document["article"]: dict(each.document)
        for each in corpus.load_corpus(golden).documents
        if each.annotator != "b"
    }
    assert there["00000000000000aa"]["entities"] == []
    del empty["entities"], empty["status"]["entities"], empty["stances"], empty["status"]["stances"]
    (golden / FINAL).write_text(json.dumps(empty), encoding="utf-8")
    exporting.export_documents("brat", golden, "final", out)
    assert not (out / "00000000000000aa.ann").exists()


@pytest.mark.parametrize("later", [change, withdraw])
def test_keeps_an_edited_file(later: Callable[[Path], None], golden: Path, tmp_path: Path) -> None:
    """An edited file that would be replaced or removed is reported, and nothing is written."""
    out = tmp_path / "brat"
    exporting.export_documents("brat", golden, "final", out)
    edited = out / "00000000000000aa.ann"
    edited.write_text(edited.read_text() + "T99\tPER 0 3\tKim\n")
    later(golden)
    before = contents(out)
    assert issues("brat", golden, out) == [(edited.name, "export-changed")]
    assert issues("brat", golden, out, adopt=True) == [(edited.name, "export-changed")]
    assert contents(out) == before


def test_accepts_an_edit_equal_to_the_export(golden: Path, tmp_path: Path) -> None:
    """The same change on both sides is no conflict."""
    exporting.export_documents("brat", golden, "final", tmp_path / "brat")
    change(golden)
    exporting.export_documents("brat", golden, "final", tmp_path / "other")
    shutil.copy(tmp_path / "other/00000000000000aa.ann", tmp_path / "brat")
    assert exporting.export_documents("brat", golden, "final", tmp_path / "brat").unchanged == 6


def test_reports_and_keeps_other_files(golden: Path, tmp_path: Path) -> None:
    """Even a file named like an export stays, unless it is in the way."""
    out = tmp_path / "brat"
    exporting.export_documents("brat", golden, "final", out)
    (out / "notes.txt").write_text("mine")
    (out / "0123456789abcdef.ann").write_text("mine")
    (out / "00000000000000cc.ann").mkdir()
    args = ["to", "brat", "--out", str(out), "--root", str(golden)]
    result = CliRunner().invoke(convert.app, args)
    assert result.exit_code == 0
    assert result.stderr == (
        f"note: {out}: kept 3 entries that no run is known to have written: "
        "'00000000000000cc.ann', '0123456789abcdef.ann', 'notes.txt'\n"
    )
    assert (out / "notes.txt").read_text() == (out / "0123456789abcdef.ann").read_text() == "mine"


def test_adopts_a_folder_without_a_list(golden: Path, tmp_path: Path) -> None:
    """Without --adopt, a version 1.0 folder with stale or changed files is left alone."""
    out = tmp_path / "brat"
    exporting.export_documents("brat", golden, "final", out)
    (out / output_ledger.LEDGER_FILE).unlink()
    exporting.export_documents("brat", golden, "final", out)  # nothing differs, so nothing is anybody's loss
    (out / output_ledger.LEDGER_FILE).unlink()
    (out / "notes.txt").write_text("mine")
    withdraw(golden)
    before = contents(out)
    assert issues("brat", golden, out) == [("brat", "export-unlisted")]
    assert contents(out) == before
    result = exporting.export_documents("brat", golden, "final", out, adopt=True)
    assert (result.removed, result.unmanaged) == (["00000000000000aa.ann", "00000000000000aa.txt"], ["notes.txt"])
    assert set(before) - set(contents(out)) == set(result.removed)
    assert issues("conll", golden, _with_stale(tmp_path / "conll")) == [("conll", "export-unlisted")]


def _with_stale(folder: Path) -> Path:
    folder.mkdir()
    (folder / "validation.conll").write_text("an article that has moved to train\n")
    return folder


def test_repeating_completes_a_killed_export(golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repeated export never takes its own files for edits, and ends like an uninterrupted one, even with new data."""
    exporting.export_documents("brat", golden, "final", tmp_path / "start")
    before = Path(shutil.copytree(golden, tmp_path / "before"))
    change(golden)
    (golden / "annotations/final/00000000000000bb.json").unlink()
    shutil.copytree(tmp_path / "start", tmp_path / "wanted")
    exporting.export_documents("brat", golden, "final", tmp_path / "wanted")
    steps = 0
    for name in ("replace", "unlink"):
        for step in range(100):
            out = Path(shutil.copytree(tmp_path / "start", tmp_path / f"{name}{step}"))
            left = [step]
            method = getattr(Path, name)

            def killed(path: Path, *args: object, left: list[int] = left, method=method, **more: object) -> object:  # type: ignore[no-untyped-def]
                if not left[0]:
                    raise KeyboardInterrupt
                left[0] -= 1
                return method(path, *args, **more)

            with monkeypatch.context() as patch:
                patch.setattr(Path, name, killed)
                try:
                    exporting.export_documents("brat", golden, "final", out)
                except KeyboardInterrupt:
                    steps += 1
                else:
                    break
            for root, wanted in ((before, "start"), (golden, "wanted"))[step % 2 :]:
                exporting.export_documents("brat", root, "final", out)
                assert {k: v for k, v in contents(out).items() if ".part" not in k} == contents(tmp_path / wanted)
    assert steps > 4


@pytest.mark.parametrize("listed", ["{", "[]", '{"files": []}', '{"files": {"../secret": ["%s"]}}'])
def test_ignores_a_list_that_no_export_wrote(listed: str, golden: Path, tmp_path: Path) -> None:
    """A list that came with a folder cannot cause files outside it to be removed."""
    out = tmp_path / "brat"
    exporting.export_documents("brat", golden, "final", out)
    (tmp_path / "secret").write_text("mine")
    (out / output_ledger.LEDGER_FILE).write_text(listed.replace("%s", digests.sha256("mine")))
    withdraw(golden)
    assert issues("brat", golden, out) == [("brat", "export-unlisted")]
    exporting.export_documents("brat", golden, "final", out, adopt=True)
    assert (tmp_path / "secret").read_text() == "mine"
