"""A server that sends given bytes, whatever they are, and closes the connection."""

import socketserver
import threading


class RawServer(socketserver.ThreadingTCPServer):
    """A server on a free port of this machine; ``requests`` counts what it was asked.

    Args:
        responses: What it sends, in order, and the last one ever after.
    """

    daemon_threads = True

    def __init__(self, *responses: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.responses = list(responses)
        self.requests = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Do not report clients that go away."""


class _Handler(socketserver.StreamRequestHandler):
    server: RawServer

    def handle(self) -> None:
        length = 0
        while (line := self.rfile.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.rfile.read(length)
        self.server.requests += 1
        responses = self.server.responses
        self.wfile.write(responses.pop(0) if len(responses) > 1 else responses[0])
