"""Golden folders for each issue code: the difference from tests/golden/base, and the exact text of the issue.

A folder is named for its code; folders named CODE.WAY break the same rule in other ways."""

import difflib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Run
from pactwire.model import issues
from pactwire.validation import validate

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.name for path in (GOLDEN / "issues").iterdir())
MADE_IN_TESTS = {"too-large", "file-kind", "file-link", "file-name", "file-case"}
"""Codes tested in test_files.py, whose file has 10 MB, and in test_input_files.py, whose files git can't store."""


BESIDE = {
    "member-twice": {"annotations/final/00000000000000aa.json": "a claim that stands in no cluster"},
    "document-behind": {
        "schema/migrations/0001-reported.json": "the migration",
        "schema/migrations/0001-reported.schema.json": "the schema before it",
        "annotations/final/00000000000000bb.json": "a document that is not behind",
    },
    "migration-edited": {
        "schema/migrations/ledger.json": "the ledger that lists it",
        "schema/migrations/0001-reported.schema.json": "the schema before it",
        "annotations/final/00000000000000aa.json": "documents that went through it",
        "annotations/final/00000000000000bb.json": "documents that went through it",
    },
    "queue-record": {
        "schema/migrations/ledger.json": "the ledger that lists the migration",
        "schema/migrations/0001-events.json": "the migration",
        "schema/migrations/0001-events.schema.json": "the schema before it",
        "annotations/final/00000000000000aa.json": "documents that went through it",
        "annotations/final/00000000000000bb.json": "documents that went through it",
    },
    "review-stale": {"annotations/final/00000000000000aa.json": "a layer that is called reviewed"},
    "decisions-twice": {"annotations/decisions/1.jsonl": "the file of the round"},
    "schema-missing": {"remove.txt": "the file that is missing"},
    "near-copy": {"dataset/raw/2_more.jsonl": "an article to be a copy"},
    "no-articles": {
        "dataset/sources.jsonl": "entries of files",
        "dataset/splits.csv": "rows of articles",
        "remove.txt": "the articles, and what refers to them",
    },
}
"""Files that the folder of a code needs besides the one that breaks the rule."""


def lay(folder: Path, root: Path) -> None:
    """Lay a golden folder over a copy of the base: delete what remove.txt names, add the other files."""
    listed = folder / "remove.txt"
    for name in listed.read_text().split() if listed.is_file() else []:
        path = root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(folder, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected.txt", "remove.txt"))


@pytest.mark.parametrize("case", CASES)
def test_reports_the_issue_of_a_golden_folder(case: str, golden: Path) -> None:
    """A folder with one problem gives one issue with its code and its expected text."""
    lay(GOLDEN / "issues" / case, golden)
    [issue] = validate.validate_dataset(golden)
    assert f"{issue.text()}\n" == (GOLDEN / "issues" / case / "expected.txt").read_text(encoding="utf-8")
    assert issue.code == code_of(case)


def code_of(case: str) -> str:
    """Return the issue code of a golden folder."""
    return case.partition(".")[0]


@pytest.mark.parametrize("case", CASES)
def test_golden_folder_differs_from_the_base_in_one_place(case: str) -> None:
    """It changes adjacent lines of one file, or adds a file; a raw file comes with its line in sources.jsonl."""
    folder = GOLDEN / "issues" / case
    laid = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"expected.txt"}
    beside = set(BESIDE.get(code_of(case), {}))
    assert beside <= laid
    if any(name.startswith("dataset/raw/") for name in laid - beside):
        beside |= {"dataset/sources.jsonl"}
    assert len(laid - beside) == (case not in ("no-articles", "schema-missing"))
    assert all(changed_places(folder, name) <= 1 for name in laid - beside)


def changed_places(folder: Path, name: str) -> int:
    """Count the places in which a file differs from the base's; a new document is compared with the final ones."""
    base, path = GOLDEN / "base", folder / name
    known = [base / name] if (base / name).is_file() else sorted((base / "annotations/final").glob("*.json"))
    if path.suffix != ".json" and known != [base / name]:
        return 0
    after = path.read_text(encoding="utf-8").splitlines()
    matchers = [difflib.SequenceMatcher(None, each.read_text(encoding="utf-8").splitlines(), after) for each in known]
    return min(len(list(matcher.get_grouped_opcodes(1))) for matcher in matchers)


def test_every_code_has_a_golden_folder() -> None:
    """Every code of data has a folder, and every folder belongs to such a code."""
    assert {code_of(case) for case in CASES} == {case for case in CASES if "." not in case}
    assert {code_of(case) for case in CASES} == set(issues.REMEDIES) - MADE_IN_TESTS - set(issues.COMMAND_CODES)


def test_base_has_no_issues(golden: Path) -> None:
    """The dataset under the golden folders is valid, so each issue comes from its folder."""
    assert validate.validate_dataset(golden) == []


def test_validate_prints_text_and_json_and_exits_with_1(golden: Path, run: Run) -> None:
    """Both formats list the same issues; the count goes to standard error."""
    lay(GOLDEN / "issues_together", golden)
    text, lines = run("validate", "--root", golden), run("validate", "--root", golden, "--format", "json")
    assert (text.returncode, lines.returncode) == (1, 1)
    assert text.stdout == (GOLDEN / "issues_together/expected.txt").read_text(encoding="utf-8")
    assert text.stderr == "10 issues in 1 file\n"
    records = [json.loads(line) for line in lines.stdout.splitlines()]
    assert [f"{r['file']}:{r['line']}: {r['code']}: {r['message']} ({r['remedy']})" for r in records] == (
        text.stdout.splitlines()
    )


def test_validate_exits_with_0_and_2(golden: Path, run: Run) -> None:
    """Valid data exits with 0; a missing folder or a wrong option is a usage error."""
    assert run("validate", "--root", golden).returncode == 0
    assert run("validate", "--root", golden / "nowhere").returncode == 2
    assert run("validate", golden / "nowhere.json").returncode == 2
    assert run("validate", "--format", "yaml").returncode == 2


def test_validate_reports_only_the_named_files(golden: Path, run: Run, tmp_path: Path) -> None:
    """With paths, only their issues are reported; a document from elsewhere is checked against the dataset."""
    lay(GOLDEN / "issues" / "span-text", golden)
    assert run("validate", "--root", golden, golden / "dataset").returncode == 0
    assert run("validate", "--root", golden, golden / "annotations" / "final").returncode == 1
    outside = tmp_path / "ann" / "00000000000000aa.json"
    outside.parent.mkdir()
    shutil.copy(golden / "annotations" / "final" / outside.name, outside)
    done = run("validate", "--root", golden, outside)
    assert done.returncode == 1
    assert all(line.startswith(str(outside)) for line in done.stdout.splitlines())


def test_reports_records_nested_too_deeply(golden: Path) -> None:
    """In bulk files and in files of one record, they do not stop the command."""
    nested = '{"article":"00000000000000aa","x":' + "[" * 2000 + "]" * 2000 + "}"
    names = ["annotations/final/x.jsonl", "annotations/final/00000000000000cc.json", "dataset/raw/x.jsonl"]
    for name in names:
        (golden / name).write_text(nested, encoding="utf-8")
    issues = [(issue.file, issue.code, issue.message) for issue in validate.validate_dataset(golden)]
    assert issues == [(name, "not-json", "nested too deeply") for name in sorted(names)]


def test_accepts_a_project_without_a_version(golden: Path) -> None:
    """The folder may have a pyproject.toml that belongs to the user."""
    (golden / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n", encoding="utf-8")
    assert validate.validate_dataset(golden) == []


@pytest.mark.slow
def test_ends_quietly_if_the_reader_of_its_output_stops(golden: Path) -> None:
    """As with ``| head``: no traceback, whichever line the reader stops at."""
    (golden / "annotations/ann").mkdir()
    for name in range(2000):
        (golden / f"annotations/ann/{name:04}.txt").write_text("", encoding="utf-8")
    command = [sys.executable, "-c", "from pactwire.cli.main import main; main()", "build", "--root", str(golden)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        assert "document-place" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1
