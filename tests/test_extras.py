"""Optional packages that are not installed: one issue with the command that installs them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import util
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement

from pactwire.cli import main
from pactwire.convert.formats import spacy_docbin, uima_cas
from pactwire.convert.imported_document import SourceFile
from pactwire.model import optional_packages
from pactwire.model.issues import DataError
from pactwire.storage import remote
from pactwire.suggest import models


class _Absent:
    """An import finder, first in line, for which some modules do not exist."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no extra is installed."""
    for name in [each for each in sys.modules if each.partition(".")[0] in optional_packages.EXTRA_BY_MODULE]:
        monkeypatch.delitem(sys.modules, name)
    find = util.find_spec

    def found(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name in optional_packages.EXTRA_BY_MODULE else find(name, package)

    monkeypatch.setattr(util, "find_spec", found)
    monkeypatch.setattr(sys, "meta_path", [_Absent(*optional_packages.EXTRA_BY_MODULE), *sys.meta_path])


def test_install_command_lists_the_requirements_of_an_extra() -> None:
    """It names the packages themselves, so it works even if no index has this package."""
    for extra in set(optional_packages.EXTRA_BY_MODULE.values()):
        python, *install = optional_packages.install_command(extra).split()[:4]
        assert (python, install) == (sys.executable, ["-m", "pip", "install"])
    wanted = [Requirement(each.strip("'")) for each in optional_packages.install_command("label").split()[4:]]
    assert [each.name for each in wanted] == ["httpx", "tenacity"]


@pytest.mark.parametrize(
    ("call", "extra"),
    [
        (lambda: remote.open_store("s3://bucket/folder"), "stores"),
        (lambda: next(spacy_docbin.docbin_records(b"", SourceFile("a.spacy", ""))), "spacy"),
        (lambda: uima_cas.read_document(Path("a.xmi"), SourceFile("a.xmi", ""), {}), "uima"),
        (lambda: models.load_model("spacy:xx"), "spacy"),
        (lambda: models.load_model("gliner:x"), "gliner"),
    ],
)
@pytest.mark.usefixtures("bare")
def test_reports_the_missing_extra(call: Any, extra: str) -> None:
    """Stores, spaCy files and models are refused with the name of the extra before anything is done."""
    with pytest.raises(DataError) as caught:
        call()
    assert [issue.code for issue in caught.value.issues] == ["missing-extra"]
    assert (
        f"the extra {extra!r} installs it: {optional_packages.install_command(extra)}" in caught.value.issues[0].message
    )


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["label", "serve", "--push"], "label"),
        (["build", "--engine", "ray"], "ray"),
        (["validate", "--root", "s3://bucket/folder"], "stores"),
    ],
)
@pytest.mark.usefixtures("bare")
def test_commands_report_the_missing_extra(
    words: list[str], extra: str, golden: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They exit with 1 and one issue, without a traceback."""
    root = [] if "--root" in words else ["--root", str(golden)]
    (golden / "annotations/GUIDELINES.md").write_text("Version 1.0\n", encoding="utf-8")
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0" * 40)
    monkeypatch.setattr(sys, "argv", ["pactwire", *words, *root])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 1
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("pactwire:1: missing-extra: ")
    assert f"the extra {extra!r}" in line


@pytest.mark.slow
def test_reports_missing_modules_at_import(golden: Path) -> None:
    """Without an earlier check, the import itself is reported: `label push` after an install without extras."""
    code = (
        "import sys; from test_extras import _Absent; sys.meta_path.insert(0, _Absent('tenacity'))\n"
        f"sys.argv = ['pactwire', 'label', 'push', '--root', {str(golden)!r}]\n"
        "from pactwire.cli.main import main; main()"
    )
    environment = {**os.environ, "LABEL_STUDIO_URL": "http://127.0.0.1:9", "LABEL_STUDIO_API_KEY": "0" * 40}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.partition(" the module ")[0]) == (1, "pactwire:1: missing-extra:")
    assert "the extra 'label'" in done.stdout


def test_files_are_exchanged_without_an_extra(golden: Path) -> None:
    """`label export` and `label import` need no server, so they need nothing that only a client of one does."""
    (golden / "annotations/GUIDELINES.md").write_text("Version 1.0\n", encoding="utf-8")
    exported = golden / "t.json"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for words in (["export", "labels"], ["import"]):
        code = (
            "import sys; from test_extras import _Absent; sys.meta_path.insert(0, _Absent('httpx', 'tenacity'))\n"
            f"sys.argv = {['pactwire', 'label', *words, str(exported), '--root', str(golden)]!r}\n"
            "from pactwire.cli.main import main; main()"
        )
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        exported.write_text(
            json.dumps([{**task, "annotations": []} for task in json.loads(exported.read_text("utf-8"))])
        )


def test_missing_module_outside_extras_is_not_an_issue() -> None:
    """A module that no extra installs is a bug, and no installation is suggested."""
    assert (
        optional_packages.missing_module_issue(ModuleNotFoundError("No module named 'pactwire.x'", name="pactwire.x"))
        is None
    )


@pytest.mark.usefixtures("bare")
def test_withdraw_needs_no_extra_where_no_server_is_named(
    golden: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the packages for Label Studio it withdraws; where a server is named, it then says what is missing."""
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    monkeypatch.setattr(sys, "argv", ["pactwire", "withdraw", "00000000000000aa", "--execute", "--root", str(golden)])
    with pytest.raises(SystemExit) as ended:
        main.main()
    out = capsys.readouterr().out
    assert (ended.value.code, "missing-extra" in out) == (0, False)
    assert "rows of splits.csv: 1 marked as withdrawn" in out
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:9")
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert (ended.value.code, "missing-extra" in capsys.readouterr().out) == (1, True)
