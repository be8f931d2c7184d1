"""A reverse proxy in front of a real server that refuses large requests, or gives up on an import that goes on."""

import threading

import httpx

from support.http_server import LocalServer, Request, Response


class Proxy(LocalServer):
    """The proxy: answers 413 to bodies over ``limit`` bytes, and the status ``gives_up`` to the first import of tasks.

    The server goes on with an import that the proxy gave up on.
    """

    def __init__(self, target: str, limit: int = 10**9, gives_up: int = 0) -> None:
        super().__init__()
        self.target = target
        self.limit = limit
        self.gives_up = gives_up
        self.refused = 0
        self.imports = 0
        self.start()

    def respond(self, request: Request) -> Response:
        """Forward a request, or refuse it, or give up on it."""
        if len(request.body) > self.limit:
            self.refused += 1
            return Response(413, body=b"<html><title>413 Request Entity Too Large</title></html>")
        if request.method == "POST" and request.path.endswith("/import"):
            self.imports += 1
            if self.gives_up:
                status, self.gives_up = self.gives_up, 0
                threading.Thread(target=self._forward, args=(request,), daemon=True).start()
                return Response(status, body=b"<html>Gateway Time-out</html>")
        return self._forward(request)

    def _forward(self, request: Request) -> Response:
        kept = {name: request.headers[name] for name in ("authorization", "content-type") if name in request.headers}
        answer = httpx.request(
            request.method, f"{self.target}{request.path}", content=request.body, headers=kept, timeout=120
        )
        return Response(answer.status_code, body=answer.content)
