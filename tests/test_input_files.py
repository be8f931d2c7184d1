"""Folders with unreadable entries: pipes, links that lead out, names that are not UTF-8, case conflicts."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pactwire.card import dataset_folder
from pactwire.cli import convert, ingest
from pactwire.convert import import_options, import_reader
from pactwire.ingest.input_reader import read_inputs
from pactwire.ingest.input_records import IngestSettings, InputArticle
from pactwire.labelstudio import export_reader
from pactwire.model.issues import DataError, Issue
from pactwire.release import provided_texts
from pactwire.release.source_tree import SourceTree
from pactwire.storage import input_files
from pactwire.validation import validate
from support.mentions import with_schema

BAD = os.fsdecode(b"bad\xff.txt")


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder with two good files, a link to one of them, and one unreadable entry of each kind."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("secret")
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / "good.txt").write_text("good")
    (folder / "deep" / "more.txt").write_text("more")
    (folder / BAD).write_text("bad")
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "socket.txt"))
    (folder / "device.txt").symlink_to("/dev/zero")
    (folder / "leaves.txt").symlink_to("../outside/secret.txt")
    (folder / "away").symlink_to("../outside")
    (folder / "nowhere.txt").symlink_to("gone.txt")
    (folder / "itself.txt").symlink_to("itself.txt")
    (folder / "stays.txt").symlink_to("deep/more.txt")
    (folder / "deep" / "around").symlink_to("..")
    return folder


WRONG = {
    "away": "file-link", "bad\\xff.txt": "file-name", "device.txt": "file-link", "itself.txt": "file-link",
    "leaves.txt": "file-link", "nowhere.txt": "file-link", "pipe.txt": "file-kind", "socket.txt": "file-kind",
}  # fmt: skip
"""The entries of the folder that are refused, with their codes."""


def split(found: Any) -> tuple[list[str], dict[str, str]]:
    """Return the names that can be read, and the codes of the others by name."""
    issues = [each for each in found if isinstance(each, Issue)]
    return [str(each) for each in found if not isinstance(each, Issue)], {each.file: each.code for each in issues}


def test_lists_readable_files_and_reports_the_others(odd: Path) -> None:
    """A link within the folder is followed, a circular one ends, and every other entry is an issue."""
    read, wrong = split(input_files.list_files(odd, lambda path: path.relative_to(odd).as_posix()))
    assert [Path(each).relative_to(odd).as_posix() for each in read] == ["deep/more.txt", "good.txt", "stays.txt"]
    assert wrong == WRONG


def test_follows_a_link_to_a_hidden_folder_inside(tmp_path: Path) -> None:
    """As in versioned folders, where each name links to a hidden place in the same folder."""
    (tmp_path / ".v1" / "inner").mkdir(parents=True)
    (tmp_path / ".v1" / "inner" / "a.txt").write_text("a")
    (tmp_path / "current").symlink_to(".v1/inner")
    read, wrong = split(input_files.list_files(tmp_path, Path.as_posix))
    assert [Path(each).relative_to(tmp_path).as_posix() for each in read] == [".v1", "current/a.txt"]
    assert wrong == {}


def test_lists_a_folder_once_under_its_own_name(tmp_path: Path) -> None:
    """Even if the name of a link to it sorts first."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.txt").write_text("a")
    (tmp_path / "again").symlink_to("deep")
    read, wrong = split(input_files.list_files(tmp_path, Path.as_posix))
    assert (read, wrong) == ([str(tmp_path / "deep" / "a.txt")], {})


def test_reports_a_folder_without_read_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other folders are still listed."""
    (tmp_path / "shut").mkdir()
    (tmp_path / "a.txt").write_text("a")
    listed = Path.iterdir

    def refused(path: Path) -> Any:
        if path.name == "shut":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", refused)
    read, wrong = split(input_files.list_files(tmp_path, lambda path: path.name))
    assert (read, wrong) == ([str(tmp_path / "a.txt")], {"shut": "file-access"})


def test_named_links_are_followed_and_named_pipes_refused(odd: Path) -> None:
    """A link on the command line is followed; a pipe or a device is refused; an open stream is read."""
    assert input_files.named_path_issue(odd / "leaves.txt", "leaves.txt") is None
    names = ("pipe.txt", "device.txt", BAD)
    assert [getattr(input_files.named_path_issue(odd / name, name), "code", None) for name in names] == [
        "file-kind", "file-kind", "file-name",
    ]  # fmt: skip
    ours, theirs = os.pipe()
    os.write(theirs, b"from a pipe")
    os.close(theirs)
    (article,) = list(read_inputs([f"/dev/fd/{ours}"], IngestSettings(form="text")))
    os.close(ours)
    assert isinstance(article, InputArticle)
    assert article.properties["text"] == "from a pipe"


@pytest.mark.parametrize("named", ["in", "in/*.txt", "in/**/*.txt"])
def test_ingest_reads_good_files_and_reports_the_others(
    odd: Path, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing outside the folder is ingested, no pipe blocks, and a bad name affects nothing else."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(ingest.app, ["ingest", named, "--root", str(with_schema(tmp_path)), "--format", "json"])
    assert (done.exit_code, done.exception) == (1, done.exception)
    taken = {path.read_text() for path in (tmp_path / "dataset/raw").iterdir()}
    assert taken == {"good", "more"}
    assert '"in/bad\\\\xff.txt"' in done.stdout
    assert '"in/pipe.txt"' in done.stdout


@pytest.mark.parametrize("form", ["brat", "table", "spans", "conll"])
def test_convert_reads_good_files_and_reports_the_others(form: str, odd: Path, tmp_path: Path) -> None:
    """Every unreadable entry of a corpus is an issue, and the exit code is 1."""
    args = ["from", form, str(odd), "--out", str(with_schema(tmp_path / "new")), "--annotator", "a", "--kind", "human"]
    done = CliRunner().invoke(convert.app, args)
    assert done.exit_code == 1
    reported = [line for line in done.stdout.splitlines() if line.split(":")[0] in WRONG]
    assert {line.split(":")[0]: line.split(": ")[1] for line in reported} == WRONG
    assert "secret" not in "".join(path.read_text() for path in (tmp_path / "new").rglob("*.jsonl"))


@pytest.mark.parametrize("form", ["brat", "webannotation"])
def test_convert_refuses_a_pair_if_half_of_it_links_outside(form: str, tmp_path: Path) -> None:
    """Both halves are refused with one issue; a link within the folder is one half of a pair like any file."""
    ending = {"brat": "ann", "webannotation": "jsonld"}[form]
    for name in ("in/one.txt", f"in/two.{ending}", f"outside/one.{ending}", "outside/two.txt", "in/.hidden/three"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("T1\tPER 0 3\tKim\n" if name.endswith("ann") else "Kim: secret")
    (tmp_path / "in" / "one").with_suffix(f".{ending}").symlink_to(f"../outside/one.{ending}")
    (tmp_path / "in" / "two.txt").symlink_to("../outside/two.txt")
    (tmp_path / "in" / "three.txt").symlink_to(".hidden/three")
    (tmp_path / "in" / "three.ann").write_text("T1\tPER 0 3\tKim\n")
    args = [
        "from",
        form,
        str(tmp_path / "in"),
        "--out",
        str(with_schema(tmp_path / "new")),
        "--annotator",
        "a",
        "--kind",
        "human",
    ]
    done = CliRunner().invoke(convert.app, args)
    wrong = [line.partition(": the")[0] for line in done.stdout.splitlines() if "file-link" in line]
    assert wrong == [f"one.{ending}:1: file-link", "two.txt:1: file-link"]
    assert ("1 mentions taken" in done.stdout) == (form == "brat")
    assert len(list((tmp_path / "new").rglob("annotations/a/*.json"))) == (form == "brat")


def test_tables_ignore_texts_behind_links_that_lead_out(odd: Path, tmp_path: Path) -> None:
    """The folder of --texts follows the same rules as any other."""
    (tmp_path / "tables").mkdir()
    table = tmp_path / "tables" / "good.txt.tsv"
    table.write_text("start\tend\ttext\ttype\n0\t4\tgood\tPER\n")
    records = list(
        import_reader.read_documents("table", [table], [table.parent], import_options.ReaderOptions(text_folder=odd))
    )
    refused = [each for each in records if isinstance(each, DataError)]
    assert [{issue.file: issue.code for issue in each.issues} for each in refused] == [WRONG]
    assert [each.raw for each in records if not isinstance(each, DataError)] == ["more", "good", "more"]


def test_reports_case_conflicts_and_ingests_both_files(tmp_path: Path) -> None:
    """Two files whose names differ only by case are two articles; on some file systems they would be one."""
    (tmp_path / "in").mkdir()
    for name in ("a.txt", "A.txt"):
        (tmp_path / "in" / name).write_text(f"the text {name}")
    args = [
        "from",
        "brat",
        str(tmp_path / "in"),
        "--out",
        str(with_schema(tmp_path)),
        "--annotator",
        "a",
        "--kind",
        "human",
    ]
    done = CliRunner().invoke(convert.app, args)
    assert "note: A.txt and a.txt differ only by case" in done.stderr
    assert "2 articles without annotation" in done.stdout


def test_stores_texts_with_case_conflicts_under_distinct_names(tmp_path: Path) -> None:
    """The later one has its id in its name, and is reported, whether or not both are ingested together."""
    for name in ("one/a.txt", "one/A.txt", "two/A.TXT"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"the text {name}")
    stderr = ""
    for folder in ("one", "two", "two"):
        done = CliRunner().invoke(ingest.app, ["ingest", str(tmp_path / folder), "--root", str(with_schema(tmp_path))])
        assert done.exit_code == 0
        stderr += done.stderr
    names = [path.name for path in (tmp_path / "dataset/raw").iterdir()]
    assert len(names) == len({name.casefold() for name in names}) == 3
    assert "A.txt" in names
    assert stderr.count("note: ") == 2
    assert "one/a.txt is stored as a_" in stderr
    assert "A.txt differs from a.txt only by case" in stderr
    assert not [each for each in validate.validate_dataset(tmp_path) if each.code.startswith("file-")]


def broken(root: Path) -> None:
    """Put unreadable entries into the folders of a dataset."""
    for folder in ("dataset/raw", "annotations/final"):
        os.mkfifo(root / folder / "pipe.jsonl")
        (root / folder / "leaves.jsonl").symlink_to("/etc/hostname")
        (root / folder / os.fsdecode(b"bad\xff.jsonl")).write_text("")
    (root / "annotations/team").symlink_to("/etc")


def refused_by_build(root: Path) -> list[Issue]:
    """Return the issues with which a build ends."""
    with pytest.raises(DataError) as refused:
        dataset_folder.build(root)
    return refused.value.issues


COMMANDS: dict[str, Callable[[Path], list[Issue]]] = {
    "validate": validate.validate_dataset,
    "build": refused_by_build,
    "diff": lambda root: _diff(SourceTree(root)),
}


def _diff(tree: SourceTree) -> list[Issue]:
    for each in (tree.articles, tree.documents):
        list(each())
    return tree.issues


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_report_unreadable_entries_of_a_dataset(command: str, golden: Path) -> None:
    """No command waits for a pipe, follows a link out of the dataset or ends in a traceback."""
    broken(golden)
    reported = {(each.file, each.code) for each in COMMANDS[command](golden)}
    wanted = {
        (f"{folder}/{name}.jsonl", code)
        for folder in ("dataset/raw", "annotations/final")
        for name, code in (("pipe", "file-kind"), ("leaves", "file-link"), ("bad\\xff", "file-name"))
    }
    assert reported == {*wanted, ("annotations/team", "file-link")}


def test_reports_a_raw_file_that_is_a_pipe_once(golden: Path) -> None:
    """One problem gives one issue."""
    path = next((golden / "dataset/raw").glob("*.txt"))
    path.unlink()
    os.mkfifo(path)
    found = [each for each in validate.validate_dataset(golden) if each.code.startswith("file-")]
    assert [(each.file, each.code) for each in found] == [(f"dataset/raw/{path.name}", "file-kind")]


def test_ingest_continues_despite_unreadable_entries(golden: Path, tmp_path: Path) -> None:
    """An unreadable entry of dataset/raw does not keep other articles from being ingested."""
    broken(golden)
    (tmp_path / "new.txt").write_text("something new")
    done = CliRunner().invoke(ingest.app, ["ingest", str(tmp_path / "new.txt"), "--root", str(golden)])
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "1 article accepted")


def test_follows_links_within_a_dataset(golden: Path) -> None:
    """A file may be linked from another folder of the dataset."""
    (golden / "more.jsonl").write_text("")
    (golden / "dataset/raw/more.jsonl").symlink_to("../../more.jsonl")
    assert validate.validate_dataset(golden) == []


def test_follows_a_linked_folder_of_articles(golden: Path, tmp_path: Path) -> None:
    """dataset/raw may be a link to another disk."""
    (golden / "dataset/raw").rename(tmp_path / "elsewhere")
    (golden / "dataset/raw").symlink_to(tmp_path / "elsewhere")
    assert validate.validate_dataset(golden) == []


def test_reports_case_conflicts_of_raw_files(golden: Path) -> None:
    """A checkout on some file systems would lose one of them."""
    for name in ("more.jsonl", "More.jsonl"):
        (golden / "dataset/raw" / name).write_text("")
    assert [each.text() for each in validate.validate_dataset(golden)] == [
        "dataset/raw/more.jsonl:1: file-case: the name differs from that of More.jsonl only by case "
        "(rename one of the two, also in dataset/sources.jsonl; on some file systems they are the same file)"
    ]


def test_label_import_and_hydrate_refuse_named_pipes(odd: Path) -> None:
    """They check their files before they open them."""
    with pytest.raises(DataError, match=r"pipe\.txt:1: file-kind"):
        export_reader.index_tasks([odd / "pipe.txt"])
    unread: list[Issue] = []
    texts = [each.source_text for each in provided_texts.read_texts([odd, odd / "pipe.txt"], unread)]
    assert (texts, len(unread)) == (["good", "more"], len(WRONG) + 1)
