"""A server that sends given bytes, whatever they are, and closes the connection."""

import socketserver
import threading


class RawServer(socketserver.ThreadingTCPServer):
    """A server on a free port of this machine; ``received`` is what it was asked, with headers and body.

    Args:
        responses: What it sends, in order, and the last one ever after.
    """

    daemon_threads = True

    def __init__(self, *responses: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.responses = list(responses)
        self.received: list[bytes] = []
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
        head, length = b"", 0
        while (line := self.rfile.readline()).strip():
            head += line
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.server.received.append(head + self.rfile.read(length))
        responses = self.server.responses
        self.wfile.write(responses.pop(0) if len(responses) > 1 else responses[0])
