"""A Label Studio server on this machine: its environment, its login and its process.

Its files are in ``ROOT/.pactwire/labelstudio``, which git ignores: ``venv``, ``data``, ``server.log``,
``credentials.json`` (readable only by its owner) and, while a server runs, ``server.json`` and a lock on
``server.lock``. The server itself holds the lock, so that another program on its port is not mistaken for it.

Observations about the pinned version that shaped this module: the server takes the next port when its own is taken, and
writes the address to its log once it listens; it listens on all addresses by default; and the API token exists only if
it is passed to the first start.
"""

import fcntl
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8080
VENV_VARIABLE: Final = "PACTWIRE_LABELSTUDIO_VENV"
"""A variable that names a virtual environment with label-studio, to be used instead of ``venv``."""

CONSTRAINTS: Final = Path(__file__).with_name("constraints-labelstudio.txt")
START_SECONDS: Final = 300
STOP_SECONDS: Final = 20
ANY_PORT: Final = 0
"""The port number that lets the system choose a free one."""

_NO_TELEMETRY: Final = {
    "COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "",
    "SENTRY_RATE": "0", "FRONTEND_SENTRY_RATE": "0",
}  # fmt: skip

_SERVER_VARIABLES: Final = re.compile(
    "PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LANG|LANGUAGE|LC_.*|LD_LIBRARY_PATH|DJANGO_DB|POSTGRE_.*"
    "|LABEL_STUDIO_(?!API_KEY$|URL$).*"
)
"""The variables of this process that the server gets: paths, language, and its own settings.

It gets no tokens, keys or proxies of other programs: it connects to nothing but its database. Label Studio also accepts
each of its settings with LABEL_STUDIO_ before the name.
"""

_PIP_VARIABLES: Final = re.compile(
    "(HTTP|HTTPS|ALL|NO)_PROXY|PIP_.*|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE", re.IGNORECASE
)
"""The further variables that pip gets to download the server: proxies, indexes and certificates."""

ReportMessage = Callable[[str], None]


class OwnerCredentials(NamedTuple):
    """The login of the local server's owner; ``token`` is that of the API."""

    email: str
    password: str
    token: str


class RunningServer(NamedTuple):
    """A server that this process runs, at ``url``."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait(self) -> NoReturn:
        """Wait until the server ends by itself, which is an error; raises DataError (server-start)."""
        self.process.wait()
        raise DataError([_start_issue(self.process, self.log)])


def state_folder(root: Path) -> Path:
    """Return the folder with all Label Studio files of a dataset."""
    return root / ".pactwire" / "labelstudio"


def push_record(root: Path) -> Path:
    """Return the file that notes from which folder a dataset was pushed."""
    return state_folder(root) / "dataset.json"


def was_pushed(root: Path) -> bool:
    """Say whether a dataset was pushed to a server from this folder."""
    return push_record(root).is_file()


def owner_credentials(root: Path) -> OwnerCredentials:
    """Return the local server's login; it is created once, in a file that only its owner can read."""
    path = state_folder(root) / "credentials.json"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        login = OwnerCredentials("owner@pactwire.localhost", secrets.token_urlsafe(16), secrets.token_hex(20))
        part = files.part_path(path)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(login._asdict(), stream)
        part.replace(path)
    return OwnerCredentials(**files.read_json(path, path.as_posix()))


def running_url(root: Path) -> str | None:
    """Return the address of the server that `serve` runs for this folder, if it responds."""
    url = _running_note(root).get("url")
    return url if url and _is_healthy(url) else None


def running_suggestions(root: Path, url: str) -> str | None:
    """Return the address of the suggestions beside the server that `serve` runs at ``url``, if they respond."""
    note = _running_note(root)
    suggestions = note.get("suggestions") if note.get("url") == url else None
    return suggestions if suggestions and _is_healthy(suggestions) else None


def _running_note(root: Path) -> dict[str, str]:
    """Return the addresses in ``server.json``, empty while no server runs.

    It counts only while a server holds the lock: after a crash, another program may use its port.
    """
    path = state_folder(root) / "server.json"
    if not path.is_file():
        return {}
    with _server_lock(root) as lock:
        if lock is not None:
            return {}
    note: dict[str, str] = files.read_json(path, path.as_posix())
    return note


@contextmanager
def _server_lock(root: Path) -> Iterator[int | None]:
    """Take the lock of a folder's server and yield its descriptor; None if a server holds it.

    It is released when the block and every process that inherited the descriptor have ended, for whatever reason.
    """
    path = state_folder(root) / "server.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        free = True
    except BlockingIOError:
        free = False
    try:
        yield descriptor if free else None
    finally:
        os.close(descriptor)


def installed_command(root: Path, report: ReportMessage) -> Path:
    """Return the ``label-studio`` command; its virtual environment is created on first use.

    Raises DataError (server-install).
    """
    given = os.environ.get(VENV_VARIABLE)
    venv = Path(given) if given else state_folder(root) / "venv"
    command = venv / "bin" / "label-studio"
    if given and not command.is_file():
        raise DataError([Issue(venv.as_posix(), 1, "server-install", f"{VENV_VARIABLE} names no such command")])
    done = venv / "installed"
    if given or (done.is_file() and done.read_bytes() == CONSTRAINTS.read_bytes()):
        return command
    report("installing Label Studio (about 1 GB, once)")
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for step in (
        [sys.executable, "-m", "venv", "--clear", str(venv)],
        [*pip, "--constraint", str(CONSTRAINTS), "label-studio"],
    ):
        kept = _filtered_environment(_SERVER_VARIABLES) | _filtered_environment(_PIP_VARIABLES)
        result = subprocess.run(step, capture_output=True, text=True, check=False, env=kept)
        if result.returncode:
            last = (result.stderr.strip() or result.stdout.strip()).splitlines()[-1:]
            raise DataError([Issue(venv.as_posix(), 1, "server-install", " ".join(last) or "the installation failed")])
    files.write_file(done, CONSTRAINTS.read_bytes())
    return command


def choose_port(wanted: int | None) -> int:
    """Return the wanted port, or 8080, or ANY_PORT if that is taken.

    Raises DataError (port-busy) if a port was asked for and is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted or DEFAULT_PORT))
        except OSError:
            if wanted:
                raise _port_busy(wanted) from None
            return ANY_PORT
    return wanted or DEFAULT_PORT


def _port_busy(port: int) -> DataError:
    return DataError([Issue(f"{HOST}:{port}", 1, "port-busy", "another program listens on the port")])


@contextmanager
def serve(root: Path, port: int | None, report: ReportMessage, suggestions: str = "") -> Iterator[RunningServer]:
    """Run a server until the block ends; yield once it responds.

    Args:
        root: The folder of the dataset.
        port: As for `choose_port`.
        report: Called with messages about the progress.
        suggestions: The address of the suggestions that run beside it, for `running_suggestions`.

    Raises:
        DataError: (server-running, server-install, port-busy, server-start).
    """
    note = state_folder(root) / "server.json"
    with _server_lock(root) as lock:
        if lock is None:
            place = running_url(root) or state_folder(root).as_posix()
            raise DataError([Issue(place, 1, "server-running", f"a server for {root} is running already")])
        note.unlink(missing_ok=True)
        command = installed_command(root, report)
        process = _start_process(root, command, choose_port(port), lock)
        try:
            url = _wait_until_ready(process, state_folder(root) / "server.log", report)
            if port and url != f"http://{HOST}:{port}":
                raise _port_busy(port)
            files.write_file(note, json.dumps({"url": url, "pid": process.pid, "suggestions": suggestions}))
            yield RunningServer(url, process, state_folder(root) / "server.log")
        finally:
            stop_process(process)
            note.unlink(missing_ok=True)


def _start_process(root: Path, command: Path, port: int, lock: int) -> subprocess.Popen[bytes]:
    """Start the server, which takes over the lock; it may end up on a port other than ``port``."""
    with (state_folder(root) / "server.log").open("wb") as output:
        return subprocess.Popen(
            [str(command), "start", "--no-browser", "--internal-host", HOST],
            env=server_environment(root) | {"LABEL_STUDIO_PORT": str(port), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            cwd=state_folder(root), start_new_session=True, pass_fds=(lock,),
        )  # fmt: skip


def server_environment(root: Path) -> dict[str, str]:
    """Return the server's environment: the variables of this process that it needs, and its settings."""
    data = state_folder(root) / "data"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    login = owner_credentials(root)
    return _filtered_environment(_SERVER_VARIABLES) | _NO_TELEMETRY | {
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "LABEL_STUDIO_USERNAME": login.email,
        "LABEL_STUDIO_PASSWORD": login.password,
        "LABEL_STUDIO_USER_TOKEN": login.token,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "ML_BLOCK_LOCAL_IP": "false",  # for suggestions, which are on this machine too
    }  # fmt: skip


def _filtered_environment(names: re.Pattern[str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if names.fullmatch(name)}


def stop_process(process: subprocess.Popen[bytes]) -> None:
    """Stop the server and all its processes: ask first, then kill."""
    for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        try:
            os.killpg(process.pid, number)
            process.wait(seconds)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path, report: ReportMessage) -> str:
    """Wait until the server responds, and return the address, which is in its log."""
    started = time.monotonic()
    while (passed := time.monotonic() - started) < START_SECONDS:
        report(f"waiting for Label Studio ({passed:.0f} s; the first start takes about a minute)")
        if process.poll() is not None:
            break
        listening = re.search(
            rf"^Starting .* at (http://{re.escape(HOST)}:[0-9]+)/", log.read_text("utf-8", "replace"), re.M
        )
        if listening and _is_healthy(listening[1]):
            return listening[1]
        time.sleep(0.5)
    raise DataError([_start_issue(process, log)])


def _start_issue(process: subprocess.Popen[bytes], log: Path) -> Issue:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    code = process.poll()
    why = f"the server ended with {code}" if code is not None else "the server does not answer"
    return Issue(log.as_posix(), max(len(lines), 1), "server-start", f"{why}: {' '.join(lines[-1:])[:300]}")


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
