"""A reverse proxy before a real server that refuses large requests, or gives up on an import that goes on."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


class Proxy(ThreadingHTTPServer):
    """The proxy: answers 413 to bodies over ``limit`` bytes, and ``gives_up`` to the first import of tasks.

    The server goes on with an import that the proxy gave up on.
    """

    daemon_threads = True

    def __init__(self, target: str, limit: int = 10**9, gives_up: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.limit = limit
        self.gives_up = gives_up
        self.refused = 0
        self.imports = 0
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stop(self) -> None:
        """Stop to listen."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if len(body) > self.server.limit:
            self.server.refused += 1
            return self._reply(413, b"<html><title>413 Request Entity Too Large</title></html>")
        if self.command == "POST" and self.path.endswith("/import"):
            self.server.imports += 1
            if self.server.gives_up:
                status, self.server.gives_up = self.server.gives_up, 0
                threading.Thread(target=self._forward, args=(body,), daemon=True).start()
                return self._reply(status, b"<html>Gateway Time-out</html>")
        return self._reply(*self._forward(body))

    do_POST = do_PATCH = do_DELETE = do_GET

    def _forward(self, body: bytes) -> tuple[int, bytes]:
        kept = {name: self.headers[name] for name in ("authorization", "content-type") if name in self.headers}
        answer = httpx.request(
            self.command, f"{self.server.target}{self.path}", content=body, headers=kept, timeout=120
        )
        return answer.status_code, answer.content

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""
