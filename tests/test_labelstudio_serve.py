"""`pactwire label serve`: the environment of the server, early errors, and what does not stop it."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from typer.testing import CliRunner, Result

from pactwire.cli import main
from pactwire.labelstudio import local_server
from pactwire.storage import files
from support.labelstudio import free_port

PROGRAM = f"""#!{sys.executable}
import http.server, json, os, pathlib
pathlib.Path("environment.json").write_text(json.dumps(dict(os.environ)))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>")
    def log_message(self, *_): pass
address = ("127.0.0.1", int(os.environ["LABEL_STUDIO_PORT"]))
print(f"Starting a stand-in at http://127.0.0.1:{{address[1]}}/", flush=True)
http.server.HTTPServer(address, Handler).serve_forever()
"""
"""Stands in for label-studio: notes its environment, and answers everything with a page."""


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """A free port, with a stand-in for label-studio installed and the command stopped as soon as it would wait."""
    program = tmp_path / "venv" / "bin" / "label-studio"
    program.parent.mkdir(parents=True)
    program.write_text(PROGRAM)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv(local_server.VENV_VARIABLE, str(tmp_path / "venv"))

    def interrupted(running: local_server.RunningServer) -> NoReturn:
        assert running.process.poll() is None, "the server has stopped"
        raise KeyboardInterrupt

    monkeypatch.setattr(local_server.RunningServer, "wait", interrupted)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return free_port()


def serve(root: Path, port: int, *options: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main.app, ["label", "serve", "--root", str(root), "--port", str(port), *options])


def test_server_gets_only_needed_variables(golden: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets its own variables, paths and language; no token, key, proxy or Python path of anybody else."""
    given = {
        "LABEL_STUDIO_LOG_LEVEL": "INFO", "DJANGO_DB": "sqlite", "POSTGRE_HOST": "h", "LC_TIME": "C.UTF-8", "TZ": "UTC",
    }  # fmt: skip
    foreign = (
        "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "LABEL_STUDIO_API_KEY", "LABEL_STUDIO_URL", "HTTPS_PROXY", "https_proxy",
        "GITHUB_TOKEN", "PYTHONPATH", "SSH_AUTH_SOCK", "PIP_INDEX_URL", "MY_PATH", "PATHS", "ANTHROPIC_API_KEY",
    )  # fmt: skip
    for name, value in given.items() | dict.fromkeys(foreign, "secret").items():
        monkeypatch.setenv(name, value)
    assert serve(golden, port).exit_code == 0
    found = json.loads((local_server.state_folder(golden) / "environment.json").read_text())
    assert given.items() <= found.items()
    assert found["PATH"] == os.environ["PATH"] and found["HOME"] == os.environ["HOME"]
    assert found.keys().isdisjoint(foreign) and "secret" not in found.values()


def test_pip_gets_no_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To install the server, pip also gets proxies, indexes and certificates, and nothing more."""
    for name in ("HF_TOKEN", "PIP_INDEX_URL", "https_proxy", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "x")
    monkeypatch.delenv(local_server.VENV_VARIABLE, raising=False)
    environments: list[dict[str, str]] = []

    def run(step: list[str], **given: object) -> subprocess.CompletedProcess[str]:
        environments.append(given["env"])  # type: ignore[arg-type]
        return subprocess.CompletedProcess(step, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    local_server.installed_command(tmp_path, lambda _: None)
    assert len(environments) == 2
    for each in environments:
        assert {"PATH", "PIP_INDEX_URL", "https_proxy", "SSL_CERT_FILE"} <= each.keys()
        assert "HF_TOKEN" not in each


def test_reports_missing_guidelines_before_start(golden: Path, port: int) -> None:
    """With --push they are reported before the server starts; without it nothing needs them."""
    result = serve(golden, port, "--push")
    assert result.exit_code == 1
    assert "annotations/GUIDELINES.md" in str(result.exception)
    assert not local_server.state_folder(golden).exists()
    assert serve(golden, port).exit_code == 0


def test_issues_do_not_stop_the_server(golden: Path, port: int) -> None:
    """They are printed with their remedies, and so is what the server itself refuses."""
    files.write_file(golden / "annotations" / "GUIDELINES.md", "Version 1.0\n")
    told = serve(golden, port, "--push")
    assert "server-answer" in told.stdout
    (golden / "dataset" / "raw" / "broken.txt").write_bytes(b"\xff")
    result = serve(golden, port, "--push")
    assert result.exit_code == told.exit_code == 0
    assert "not-utf8" in result.stdout
    assert "Fix it, and run `pactwire label push` while the server runs." in result.stderr
    assert "Press Ctrl-C to stop it." in result.stdout


def test_serves_a_folder_without_a_schema(tmp_path: Path, port: int) -> None:
    """It is no dataset yet: there is nothing to suggest, and no issue. A schema that can't be read is one."""
    result = serve(tmp_path, port)
    assert result.exit_code == 0 and result.stdout.startswith("Label Studio runs at")
    files.write_file(tmp_path / "schema" / "annotation.schema.json", "{")
    result = serve(tmp_path, port)
    assert result.exit_code == 0 and "not-json" in result.stdout and "Press Ctrl-C" in result.stdout
