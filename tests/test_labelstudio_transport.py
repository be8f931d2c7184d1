"""Tokens, and servers that can't be reached: where tokens go, and what is reported."""

import base64
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pactwire.labelstudio import client as clients
from pactwire.labelstudio import transport
from pactwire.labelstudio.client import Client, ServerError
from support.scripted import Answer, Stub, answer, certificate

pytest_plugins = ["support.scripted_fixture"]

TOKEN = "0123456789abcdef0123456789abcdef01234567"
BUSY: Answer = (503, {}, b"<html><h1>503 Service Unavailable</h1></html>")
PAGE: Answer = (200, {}, b"<html>a proxy's page</html>")
FINE = answer({"fine": True})


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


PERSONAL = f"{_part({'alg': 'HS256'})}.{_part({'token_type': 'refresh', 'exp': 9999999999})}.c2lnbmF0dXJl"


def ask(url: str, token: str = PERSONAL) -> Any:
    """Get some JSON."""
    with closing(Client(url, token)) as client:
        return client.get("api/some")


def refused(url: str, token: str = PERSONAL) -> tuple[str, str]:
    """Return code and message of the issue that asking gives; no token is in it."""
    with pytest.raises(ServerError) as raised:
        ask(url, token)
    [issue] = raised.value.issues
    assert token not in issue.json() + issue.text()
    return issue.code, issue.message


def test_exchanges_personal_token(stub: Callable[..., Stub]) -> None:
    """The refresh token is sent once, in the body of its own request; elsewhere the exchanged token is sent."""
    server = stub(answer({"access": "short.lived.one"}), FINE)
    with closing(Client(server.url, PERSONAL)) as client:
        assert client.get("api/some") == client.send("POST", "api/some", {}) == {"fine": True}
    assert server.requests == ["POST /api/token/refresh/", "GET /api/some", "POST /api/some"]
    assert [PERSONAL in each for each in server.received] == [True, False, False]
    assert ["Bearer short.lived.one" in each for each in server.received] == [False, True, True]


def test_exchanges_token_below_a_path(stub: Callable[..., Stub]) -> None:
    """A server with a path of its own gets the refresh token there, and not at its host's root."""
    server = stub(answer({"access": "short.lived.one"}), FINE)
    ask(f"{server.url}/labels")
    assert server.requests == ["POST /labels/api/token/refresh/", "GET /labels/api/some"]


def test_renews_expired_access(stub: Callable[..., Stub]) -> None:
    """If the server refuses the short-lived token, another is fetched and the request sent again, once."""
    server = stub(
        answer({"access": "a.b.c"}), FINE, answer({}, 401), answer({"access": "d.e.f"}), FINE, answer({}, 401)
    )
    with closing(Client(server.url, PERSONAL)) as client:
        assert client.get("api/some") == client.send("POST", "api/some", {}) == {"fine": True}
        assert "Bearer d.e.f" in server.received[-1]
        with pytest.raises(ServerError, match="server-login"):
            client.get("api/some")


@pytest.mark.parametrize("token", [TOKEN, PERSONAL], ids=["legacy", "personal"])
@pytest.mark.parametrize(
    ("given", "code", "tries"),
    [
        (BUSY, "server-error", transport.MAX_ATTEMPTS),
        (PAGE, "server-answer", 1),
        ((200, {}, b""), "server-answer", 1),
        (answer(["no", "object"]), "server-answer", 1),
        (answer({}, 401), "server-login", 1),
        ((302, {"Location": "http://127.0.0.1:9/login?next=secret"}, b""), "server-moved", 1),
        ((413, {}, b"<html>"), "server-limit", 1),
    ],
)
def test_reports_any_answer(
    stub: Callable[..., Stub], pauses: list[float], token: str, given: Answer, code: str, tries: int
) -> None:
    """A busy server is asked again, any other answer is one issue, with either kind of token."""
    server = stub(given)
    with closing(Client(server.url, token)) as client, pytest.raises(ServerError) as raised:
        client.user_emails()
    [issue] = raised.value.issues
    assert (issue.file, issue.code) == (server.url, code)
    assert len(server.requests) == tries
    assert token not in issue.json() and "secret" not in issue.json()


@pytest.mark.parametrize("access", [None, 7, "", "a b", "tök", "line\nbreak"])
def test_reports_exchange_without_token(stub: Callable[..., Stub], access: Any) -> None:
    """A response that holds no token, or one that no header can carry, is reported."""
    server = stub(answer({"access": access}))
    assert refused(server.url)[0] == "server-answer"


@pytest.mark.parametrize("token", [TOKEN, PERSONAL], ids=["legacy", "personal"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_sends_no_token_elsewhere(
    stub: Callable[..., Stub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str, status: int
) -> None:
    """Whatever the redirect, no header or body holds it: not to another host, and not from https to http."""
    pem = certificate(tmp_path / "pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    other = stub(FINE)
    for kept in (None, pem):
        server = stub((status, {"Location": f"{other.url}/api/some?x=1"}, b""), certificate=kept)
        message = f"the server redirects requests to {other.url}/api/some; no token goes there"
        assert refused(server.url, token) == ("server-moved", message)
    assert other.requests == []


def test_reports_self_signed_certificate(
    stub: Callable[..., Stub], tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cause is reported at once, with the variable that helps, and it helps."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    pem = certificate(tmp_path / "pem")
    server = stub(FINE, certificate=pem)
    message = "the server's certificate is not trusted: self-signed certificate"
    assert refused(server.url, TOKEN) == ("server-certificate", message)
    assert pauses == [] and server.requests == []
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    assert ask(server.url, TOKEN) == {"fine": True}


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_reports_unreadable_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    """A variable that names no certificates is reported."""
    if content is not None:
        (tmp_path / "pem").write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "pem"))
    message = "SSL_CERT_FILE or SSL_CERT_DIR names no certificates that can be read"
    assert refused("https://127.0.0.1:9", TOKEN) == ("server-certificate", message)


def test_reports_server_without_tls(stub: Callable[..., Stub], pauses: list[float]) -> None:
    """An https:// address of a server without TLS is reported at once."""
    code, message = refused(stub(FINE).url.replace("http:", "https:"), TOKEN)
    assert (code, message.partition("(")[0]) == ("server-address", "the server does not answer as https:// asks for ")
    assert pauses == []


def test_reports_unusable_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of an unknown kind is reported by its variable, and its password is not shown."""
    monkeypatch.setenv("HTTPS_PROXY", "gopher://me:secret@127.0.0.1:9")
    code, message = refused("https://127.0.0.1:9", TOKEN)
    assert (code, message) == (
        "server-address", "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names a proxy that can't be used"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ("localhost:8080", "http://localhost:8080"),
        ("127.0.0.1/labels/", "http://127.0.0.1/labels"),
        ("studio", "http://studio"),
        ("label.example.org", "https://label.example.org"),
        ("label.example.org:8443/x", "http://label.example.org:8443/x"),
        ("//label.example.org", "https://label.example.org"),
        ("http:/localhost", "http://localhost"),
        ("https//label.example.org", "https://label.example.org"),
        ("htp://label.example.org", "https://label.example.org"),
        ("ftp://localhost:1", "http://localhost:1"),
        ("https://me:secret@label.example.org/", "https://label.example.org"),
        ("me:secret@localhost:8080", "http://localhost:8080"),
        ("https://label.example.org/projects/?token=secret#x", "https://label.example.org/projects"),
    ],
)
def test_reports_how_to_write_address(given: str, right: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The right address is shown, no request is sent, and a login in it is not shown."""
    monkeypatch.setenv(transport.URL_VARIABLE, given)
    monkeypatch.setenv(transport.KEY_VARIABLE, TOKEN)
    with pytest.raises(ServerError) as raised:
        clients.connect(tmp_path)
    [issue] = raised.value.issues
    assert (issue.file, issue.code) == ("LABEL_STUDIO_URL", "server-address")
    assert issue.message.endswith(f": write {right}")
    assert "secret" not in issue.json()


@pytest.mark.parametrize("given", ["http://", "http://a:b:c", "http://host:99999", "http://[::1", "://"])
def test_reports_invalid_address(given: str) -> None:
    """Text that is not an address is reported as such."""
    with pytest.raises(ServerError, match="LABEL_STUDIO_URL:1: server-address: it holds no address of a server"):
        transport.parse_address(given)


@pytest.mark.parametrize(
    "given", ["http://localhost:8080", "HTTPS://Label.example.org/", "https://[::1]:8080/labels//"]
)
def test_accepts_valid_address(given: str) -> None:
    """It is used as it is, without a slash at its end."""
    assert transport.parse_address(given).lower() == given.rstrip("/").lower()
