"""Server of live suggestions, by Label Studio's protocol of ML backends: ``/health``, ``/setup`` and ``/predict``.

A Label Studio server sends it requests for the people who label. Whatever else these hold, such as the access token in
``/setup``, is not decoded, kept or logged.
"""

import base64
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import msgspec

from pactwire.corpus import schema_file, tables
from pactwire.labelstudio import local_server, wire_types
from pactwire.labelstudio.live_suggestions import SUGGESTER, LiveSuggestions
from pactwire.model.issues import DataError, Issue
from pactwire.model.schema import AnnotationSchema

SECRET_VARIABLE: Final = "PACTWIRE_SUGGESTIONS_SECRET"
"""A variable with the password that a Label Studio server has to send."""

USER: Final = "pactwire"
"""The user name that goes with the password."""

LOOPBACK: Final = ("127.0.0.1", "localhost")
MAX_REQUEST_BYTES: Final = 64 << 20
IDLE_SECONDS: Final = 30
"""How long a connection may say nothing."""

MODEL_VERSION: Final = f"{SUGGESTER['id']} {SUGGESTER['version']}"


class _Parameters(msgspec.Struct):
    context: dict[str, Any] | None = None


class _Request(msgspec.Struct):
    tasks: list[dict[str, Any]]
    params: _Parameters


class SuggestionServer(ThreadingHTTPServer):
    """The server of a dataset's suggestions; without a secret it takes requests from everybody who reaches it."""

    daemon_threads = True

    def __init__(self, root: Path, host: str, port: int, secret: str) -> None:
        self._root = root
        self._state: tuple[Any, LiveSuggestions] = self._files(), _read_suggestions(root)
        self._lock = threading.Lock()
        self._authorization = b"Basic " + base64.b64encode(f"{USER}:{secret}".encode()) if secret else b""
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """The address that it listens on."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def is_allowed(self, authorization: str) -> bool:
        """Return whether a request with this header holds the secret, if there is one."""
        return not self._authorization or hmac.compare_digest(authorization.encode(), self._authorization)

    def predict(self, body: bytes) -> dict[str, Any]:
        """Return the answer to a request for predictions; raises MALFORMED_ERRORS and DataError.

        Requests without context ask for predictions to be stored: there are none.
        """
        request = msgspec.json.decode(body, type=_Request)
        if request.params.context is None or len(request.tasks) != 1:
            return {"results": []}
        with self._lock:
            results = self._current().suggest(request.tasks[0], request.params.context.get("result"))
        return {"results": [{"result": results, "model_version": MODEL_VERSION}]}

    def _current(self) -> LiveSuggestions:
        """Return the suggestions by the present schema and links; by earlier ones while these can't be read."""
        known, suggestions = self._state
        if (present := self._files()) != known:
            with suppress(DataError):
                suggestions = _read_suggestions(self._root)
            self._state = present, suggestions
        return suggestions

    def _files(self) -> Any:
        paths = [self._root / name for name in (schema_file.SCHEMA_FILE, tables.LINKS)]
        return [(path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else None for path in paths]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that go away."""


def _read_suggestions(root: Path) -> LiveSuggestions:
    schema: AnnotationSchema = schema_file.read_schema(root)
    issues: list[Issue] = []
    links = tables.read_links(root, schema, issues)
    if issues:
        raise DataError(issues)
    return LiveSuggestions(schema, links)


@contextmanager
def serving(root: Path, host: str = local_server.HOST, port: int = 0, secret: str = "") -> Iterator[SuggestionServer]:
    """Run a server in a thread of this process until the block ends; port 0 is any free one.

    Raises DataError (suggest-secret, port-busy), and for a schema or links that can't be read.
    """
    if host not in LOOPBACK and not secret:
        message = f"other machines can reach {host}, but {SECRET_VARIABLE} is not set"
        raise DataError([Issue(f"{host}:{port}", 1, "suggest-secret", message)])
    try:
        server = SuggestionServer(root, host, port, secret)
    except OSError as error:
        raise DataError(
            [Issue(f"{host}:{port}", 1, "port-busy", error.strerror or "it can't be listened on")]
        ) from None
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Refused(Exception):
    """A request that gets an error; nothing more is read of its connection."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    server: SuggestionServer
    protocol_version = "HTTP/1.1"
    server_version = "pactwire"
    sys_version = ""
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        self._respond("GET")

    def do_POST(self) -> None:
        self._respond("POST")

    def _respond(self, method: str) -> None:
        try:
            self._send(HTTPStatus.OK, self._answer(method))
        except _Refused as error:
            self.close_connection = True
            self._send(error.status, {"error": str(error)})

    def _answer(self, method: str) -> Mapping[str, Any]:
        if not self.server.is_allowed(self.headers.get("authorization", "")):
            raise _Refused(HTTPStatus.UNAUTHORIZED, f"the password that {SECRET_VARIABLE} holds is missing or wrong")
        path = self.path.partition("?")[0].rstrip("/")
        if (method, path) == ("GET", "/health"):
            return {"status": "UP"}
        body = self._body() if method == "POST" else b""
        if (method, path) == ("POST", "/setup"):
            return {"model_version": MODEL_VERSION}
        if (method, path) == ("POST", "/predict"):
            return self._predict(body)
        raise _Refused(HTTPStatus.NOT_FOUND, "there are only /health, /setup and /predict")

    def _predict(self, body: bytes) -> Mapping[str, Any]:
        try:
            return self.server.predict(body)
        except wire_types.MALFORMED_ERRORS as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, f"this is no request for predictions: {error}") from None
        except DataError as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, error.issues[0].message) from None

    def _body(self) -> bytes:
        """Return the body of the request."""
        size = self.headers.get("content-length", "")
        if not (size.isascii() and size.isdigit()):
            raise _Refused(HTTPStatus.LENGTH_REQUIRED, "the request does not say its length")
        if len(size) > len(str(MAX_REQUEST_BYTES)) or int(size) > MAX_REQUEST_BYTES:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_REQUEST_BYTES} bytes")
        body = self.rfile.read(int(size))
        if len(body) < int(size):
            raise _Refused(HTTPStatus.BAD_REQUEST, "the request ends too early")
        return body

    def _send(self, status: HTTPStatus, body: Mapping[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        if status == HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", 'Basic realm="pactwire"')
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Keep no log: requests hold tokens and people's work."""
