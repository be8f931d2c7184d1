"""A pretend Hugging Face Hub on the loopback interface: real clients in, real answers out, faults on request.

Serves dataset repositories without Xet, as huggingface_hub and datasets call them: what it stores is in
``hub_store.py``, what it answers in ``hub_api.py``; here are the server, the faults and the log.
"""

import base64
import contextlib
import os
import re
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, Self

from support.hub_api import Answer, Request, respond
from support.hub_store import Repo, Store, User


@dataclass(frozen=True)
class Call:
    """A logged request. ``status`` is what was answered, None where the connection was dropped.

    ``handled`` says whether the Hub acted on it; ``headers`` have lower-case names, Authorization masked.
    """

    method: str
    path: str
    status: int | None
    handled: bool
    headers: Mapping[str, str]


@dataclass
class Fault:
    """What to answer instead (None: drop the connection), to which requests, how often, and when."""

    method: str
    path: re.Pattern[str]
    answer: Answer | None
    times: int
    after: bool


class Hub:
    """A Hub of its own for one test: ``with Hub() as hub: HfApi(endpoint=hub.url, token=hub.token())``.

    Repositories, commits, tags, LFS, ranges and rights behave as the Hub's own do where the clients can see
    it. It does not prove: Xet, multipart uploads, redirects to a CDN, pagination, pull requests, gated or
    disabled repositories, fine-grained tokens, quotas and size limits, real rate limits, checks of the
    card's YAML beyond its presence, the dataset viewer, conversion to Parquet, TLS, latency, or anything
    about models and Spaces. One request is handled at a time, so races inside the real Hub cannot show
    here. Where an LFS object with a wrong hash is refused (here at the PUT) and how messages are worded is
    the stand-in's own choice. Old commits answer to their ids for ever.
    """

    def __init__(self) -> None:
        self.store = Store()
        self.log: list[Call] = []
        self._faults: list[Fault] = []
        self._meanwhile: list[tuple[str, str, Callable[[], object]]] = []
        self._lock = threading.Lock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop answering and close every connection."""
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    def token(self, user: str = "alice", role: Literal["read", "write"] = "write", orgs: tuple[str, ...] = ()) -> str:
        """Return a new token of a user, with the organizations the user may write to."""
        token = f"hf_{user}_{role}_{len(self.store.users)}"
        self.store.users[token] = User(user, role, orgs)
        return token

    def environment(self, home: Path, token: str | None = None) -> dict[str, str]:
        """Return the environment for a process that talks to this Hub only, caches below ``home``."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
        secret = {} if token is None else {"HF_TOKEN": token}
        hub = {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(home),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_UPDATE_DOWNLOAD_COUNTS": "0",  # datasets would call a host outside at each load
            "NO_PROXY": "127.0.0.1",
        }
        return kept | secret | hub

    def fail(
        self,
        method: str,
        path: str,
        status: int = 500,
        *,
        times: int = 1,
        after: bool = False,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> None:
        """Answer the next ``times`` requests whose path (with its query) holds a match with this status.

        With ``after`` the Hub acts on the request first: the client takes a success for a failure. ``body``
        becomes JSON. Faults are used up in the order they were added, one for each request.
        """
        message = f"Injected failure {status}"
        answer = Answer(status, body or {"error": message}, {"X-Error-Message": message, **(headers or {})})
        self._faults.append(Fault(method, re.compile(path), answer, times, after))

    def drop(self, method: str, path: str, *, times: int = 1, after: bool = False) -> None:
        """Close the connection without an answer, before or after acting on the next matching requests."""
        self._faults.append(Fault(method, re.compile(path), None, times, after))

    def meanwhile(self, method: str, path: str, action: Callable[[], object]) -> None:
        """Call ``action`` once, just before the next matching request is handled.

        The action changes this object (``put``, ``corrupt``, ``repo``); a request of its own would wait forever.
        """
        self._meanwhile.append((method, path, action))

    def put(self, repo_id: str, files: Mapping[str, bytes]) -> str:
        """Commit regular files to main, as somebody else would; return the commit's id."""
        lines: list[dict[str, Any]] = [{"key": "header", "value": {"summary": "Somebody else's"}}]
        for path, data in files.items():
            lines.append({"key": "file", "value": {"path": path, "content": base64.b64encode(data).decode()}})
        return self.repo(repo_id).commit("main", lines, "somebody").oid

    def corrupt(self, repo_id: str, path: str, revision: str = "main") -> None:
        """Flip a bit in the stored content of a file; its size, ids and ETag stay what they were."""
        _, file = self.repo(repo_id).file(revision, path)
        data = self.store.blobs[file.sha256]
        self.store.blobs[file.sha256] = bytes([data[0] ^ 1]) + data[1:]

    def repo(self, repo_id: str) -> Repo:
        """Return a repository as stored (branches, tags, commits); KeyError where there is none."""
        return self.store.repos[repo_id]

    def files(self, repo_id: str, revision: str = "main") -> dict[str, bytes]:
        """Return the stored content of every file of a revision, by path."""
        files = self.repo(repo_id).resolve(revision).files
        return {path: self.store.blobs[file.sha256] for path, file in sorted(files.items())}

    def calls(self, method: str = "", path: str = "") -> list[Call]:
        """Return the logged requests of a method (any by default) whose path holds a match, in order."""
        return [call for call in self.log if method in ("", call.method) and re.search(path, call.path)]

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """Act on one request (header names in lower case) and log it; None: drop the connection."""
        with self._lock:
            for due in [due for due in self._meanwhile if due[0] == method and re.search(due[1], path)]:
                self._meanwhile.remove(due)
                due[2]()
            fault = next((f for f in self._faults if f.times and f.method == method and f.path.search(path)), None)
            handled = fault is None or fault.after
            answer: Answer | None = None
            if handled:
                answer = respond(self.store, Request(method, path, headers, body, self.url))
            if fault is not None:
                fault.times -= 1
                answer = fault.answer
            masked = {name: "***" if name == "authorization" else value for name, value in headers.items()}
            self.log.append(Call(method, path, answer.status if answer else None, handled, masked))
            return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for them

    def __init__(self, hub: Hub) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub = hub
        self.connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes; together they would wait 40 ms for an ACK
    server: _Server

    def serve(self) -> None:
        with contextlib.suppress(ConnectionError):  # a client may leave in the middle
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = self.server.hub.answer(self.command, self.path, headers, self._body())
            if answer is None:
                self.close_connection = True
                return
            content = answer.content()
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            return
        self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = serve

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def log_message(self, format: str, *args: Any) -> None:
        pass  # requests are in Hub.log
