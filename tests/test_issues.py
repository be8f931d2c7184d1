"""One golden folder for each issue code: what differs from tests/golden/base, and the exact issues."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Run
from pactwire import issues, validate

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.name for path in (GOLDEN / "issues").iterdir())
MADE_IN_TESTS = {"too-large", "file-kind", "file-link", "file-name", "file-case"}
"""A golden file of 10 MB, which tests/test_files.py makes, and what no checkout can hold: tests/test_folders.py."""


def lay(case: str, root: Path) -> None:
    """Lay a golden folder over a copy of the base: what remove.txt names goes, the other files come."""
    folder = GOLDEN / "issues" / case
    listed = folder / "remove.txt"
    for name in listed.read_text().split() if listed.is_file() else []:
        path = root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(folder, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected.txt", "remove.txt"))


@pytest.mark.parametrize("case", CASES)
def test_issue_is_found_and_worded(case: str, golden: Path) -> None:
    """A folder with one thing wrong gives exactly the issues written down for it, its code among them."""
    lay(case, golden)
    found = validate.validate(golden)
    expected = (GOLDEN / "issues" / case / "expected.txt").read_text(encoding="utf-8")
    assert "".join(issue.text() + "\n" for issue in found) == expected
    assert case in {issue.code for issue in found}


def test_every_code_has_its_golden_folder() -> None:
    """No code of data is without a folder, and no folder without a code."""
    assert set(CASES) == set(issues.REMEDIES) - MADE_IN_TESTS - set(issues.NOT_OF_DATA)


def test_the_base_has_no_issue(golden: Path) -> None:
    """What the folders are laid over is clean, so that each issue is the folder's own."""
    assert validate.validate(golden) == []


def test_validate_prints_text_and_json_and_exits_with_1(golden: Path, run: Run) -> None:
    """Both forms name the same issues; the count goes to standard error."""
    lay("schema", golden)
    text, lines = run("validate", "--root", golden), run("validate", "--root", golden, "--format", "json")
    assert (text.returncode, lines.returncode) == (1, 1)
    assert text.stdout == (GOLDEN / "issues/schema/expected.txt").read_text(encoding="utf-8")
    assert text.stderr == "10 issues in 1 file\n"
    records = [json.loads(line) for line in lines.stdout.splitlines()]
    assert [f"{r['file']}:{r['line']}: {r['code']}: {r['message']} ({r['remedy']})" for r in records] == (
        text.stdout.splitlines()
    )


def test_validate_exits_with_0_and_2(golden: Path, run: Run) -> None:
    """Clean data exits with 0; a folder that is not there, or a wrong option, is a usage error."""
    assert run("validate", "--root", golden).returncode == 0
    assert run("validate", "--root", golden / "nowhere").returncode == 2
    assert run("validate", golden / "nowhere.json").returncode == 2
    assert run("validate", "--format", "yaml").returncode == 2


def test_validate_looks_at_the_named_files_only(golden: Path, run: Run, tmp_path: Path) -> None:
    """With paths only their issues count; a document from elsewhere is checked against the dataset."""
    lay("span-text", golden)
    assert run("validate", "--root", golden, golden / "dataset").returncode == 0
    assert run("validate", "--root", golden, golden / "annotations" / "final").returncode == 1
    outside = tmp_path / "ann" / "00000000000000aa.json"
    outside.parent.mkdir()
    shutil.copy(golden / "annotations" / "final" / outside.name, outside)
    found = run("validate", "--root", golden, outside)
    assert found.returncode == 1
    assert all(line.startswith(str(outside)) for line in found.stdout.splitlines())


def test_records_nested_too_deeply_are_issues(golden: Path) -> None:
    """In bulk files and in files of their own: no record makes a command fail as a whole."""
    nested = '{"article":"00000000000000aa","x":' + "[" * 2000 + "]" * 2000 + "}"
    names = ["annotations/final/x.jsonl", "annotations/final/00000000000000cc.json", "dataset/raw/x.jsonl"]
    for name in names:
        (golden / name).write_text(nested, encoding="utf-8")
    found = [(issue.file, issue.code, issue.message) for issue in validate.validate(golden)]
    assert found == [(name, "not-json", "nested too deeply") for name in sorted(names)]


def test_a_project_without_a_version_is_no_fault(golden: Path) -> None:
    """The folder may hold a pyproject.toml of the user's own."""
    (golden / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n", encoding="utf-8")
    assert validate.validate(golden) == []


def test_issues_that_nobody_reads_on_end_a_command_quietly(golden: Path) -> None:
    """As after ``| head``: no traceback, whichever line the reader left at."""
    (golden / "annotations/ann").mkdir()
    for name in range(2000):
        (golden / f"annotations/ann/{name:04}.txt").write_text("", encoding="utf-8")
    command = [sys.executable, "-c", "from pactwire.cli import main; main()", "build", "--root", str(golden)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        assert "document-place" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1
