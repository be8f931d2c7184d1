"""A server that gives scripted answers."""

import datetime
import ipaddress
import json
import ssl
import threading
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.http_server import LocalServer, Request, Response

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body; status 0 is an answer after half a second."""


class Stub(LocalServer):
    """A server that gives scripted answers in order, and the last one ever after.

    ``requests`` are method and path of all requests, ``received`` is each of them as a whole, as text. With a
    certificate it speaks TLS.
    """

    def __init__(self, *answers: Answer, certificate: Path | None = None) -> None:
        super().__init__()
        self.answers = list(answers)
        self.requests: list[str] = []
        self.received: list[str] = []
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"
        self.start()

    def respond(self, request: Request) -> Response:
        """Note a request and return the next answer."""
        line = f"{request.method} {request.path}"
        self.requests.append(line)
        self.received.append(f"{line}\n{request.headers}\n{request.body.decode()}")
        status, headers, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if status == 0:
            threading.Event().wait(0.5)
        return Response(status or 200, headers, body)


def answer(value: Any, status: int = 200) -> Answer:
    """Return an answer of JSON."""
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


def certificate(path: Path) -> Path:
    """Write a self-signed certificate of 127.0.0.1 with its key into a file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    private = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(form))
    return path
