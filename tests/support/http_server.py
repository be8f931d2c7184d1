"""A small HTTP server for tests: it passes each request to a method, and sends the response that comes back."""

import threading
from collections.abc import Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Request(NamedTuple):
    """A request with its whole body; ``path`` includes the query."""

    method: str
    path: str
    headers: Message
    body: bytes


class Response(NamedTuple):
    """A response; the header Content-Length is added when it is sent, unless it is given."""

    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""


class LocalServer(ThreadingHTTPServer):
    """A server on a free port of this machine that runs until `stop`; subclasses define `respond`."""

    daemon_threads = True
    scheme = "http"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)

    def start(self) -> None:
        """Answer requests in a thread of its own."""
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        """Return the port."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Return the address."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def respond(self, request: Request) -> Response:
        """Return the response to a request."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Do not report clients that go away."""


class _Handler(BaseHTTPRequestHandler):
    server: LocalServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        response = self.server.respond(Request(self.command, self.path, self.headers, body))
        self.send_response(response.status)
        for name, value in {"Content-Length": str(len(response.body)), **response.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    do_POST = do_PATCH = do_DELETE = do_GET

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""
