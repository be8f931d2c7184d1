"""Where a language model's server may be, what it is told beyond articles, and where its key stands: nowhere."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from pactwire.model.issues import DataError
from pactwire.suggest.chat_model import ChatModel
from pactwire.suggest.endpoint import HOSTS_FILE, Endpoint, check_consent, host_name
from support.article_model import ArticleModel
from support.floods import copy_floods
from support.http_server import Response
from support.raw_server import RawServer
from support.scripted import Stub, answer

pytest_plugins = ["support.scripted_fixture"]

KEY = "sk-very-secret-0123456789"
START = Callable[..., Stub]
ASKED = [{"role": "user", "content": "1: Kim is in Oslo."}]
GOOD = answer({"choices": [{"message": {"content": '{"names": []}'}, "finish_reason": "stop"}]})


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr("openai._base_client.time.sleep", lambda _: None)


def ask(url: str) -> None:
    """Ask the model behind an address."""
    model = ChatModel(Endpoint("m", url, 0))
    try:
        model.ask(ASKED, {}, "a1")
    finally:
        model.close()


# --- which host is meant


@pytest.mark.parametrize("url", [
    "http://localhost", "http://localhost:8080/v1", "HTTP://LocalHost:8080", "http://127.0.0.1/v1", "http://127.1.2.3",
    "http://[::1]:8080/v1", "http://[0:0:0:0:0:0:0:1]", "https://localhost/",
])  # fmt: skip
def test_this_machine_needs_no_consent(tmp_path: Path, url: str) -> None:
    """The name localhost and loopback addresses are this machine."""
    check_consent(tmp_path, Endpoint("m", url, 0), [])
    assert not (tmp_path / HOSTS_FILE).exists()


@pytest.mark.parametrize("url", [
    "http://127.0.0.1.evil.example/v1", "http://localhost.evil.example", "http://evil.example/localhost",
    "http://evil.example:80/127.0.0.1", "http://localhost.", "http://0.0.0.0:8080", "http://[::]/", "http://127.1",
    "http://2130706433", "http://0x7f000001", "http://0177.0.0.1", "http://[::ffff:127.0.0.1]", "http://192.168.0.1",
    "http://ｌｏｃａｌｈｏｓｔ", "http://127.0.0.1x", "http://[2001:db8::1]",
])  # fmt: skip
def test_what_only_looks_like_this_machine_needs_consent(tmp_path: Path, url: str) -> None:
    """A host is another if its name does not prove that it is this machine."""
    with pytest.raises(DataError, match="suggest-host"):
        check_consent(tmp_path, Endpoint("m", url, 0), ["api.example"])
    assert not (tmp_path / HOSTS_FILE).exists()


@pytest.mark.parametrize("url", [
    "http://localhost@evil.example/", "http://user:pass@localhost/", "http://:pass@localhost/", "http://localhost:@evil",
    "http://localhost\\@evil.example/", "http://localhost?key=x", "http://localhost/v1?key=x", "http://localhost#x",
    "http://localhost:99999/", "http://localhost:x", "http://", "http:///v1", "localhost:8080/v1", "ftp://localhost/",
    "http://local host/", "http://localhost/a b", "http://localhost\n.evil.example", "http://[::1%25eth0]/",
    "http://[localhost]/", "http://evil..example", "http://127.0.0.1:80:80/", "http://[::1", "",
])  # fmt: skip
def test_takes_no_address_that_parsers_may_read_differently(url: str) -> None:
    """Users, passwords, queries and odd signs have no place in an address."""
    with pytest.raises(ValueError, match=r"no (address|host)"):
        _ = Endpoint("m", url, 0).host


@pytest.mark.parametrize("url", [
    "http://api.example", "https://API.Example:8443/v1/a@b", "http://api.example./v1", "http://[2001:DB8:0::1]:80/",
    "http://bücher.example/é", "http://xn--bcher-kva.example", "http://127.0.0.1:65535",
])  # fmt: skip
def test_the_client_reads_the_host_that_was_checked(url: str) -> None:
    """The library that sends sees the host that consent was given for."""
    import httpx2

    sent = httpx2.URL(url)
    assert Endpoint("m", url, 0).host in {host_name(sent.host), host_name(sent.raw_host.decode("ascii"))}


@pytest.mark.parametrize(("named", "host"), [
    ("api.example", "API.example"), ("API.EXAMPLE", "api.example"), ("api.example.", "api.example"),
    ("api.example", "api.example."), ("[2001:db8::1]", "[2001:DB8:0:0::1]"), ("2001:DB8:0::1", "[2001:db8::1]"),
    ("Bücher.example", "bücher.example"), ("10.0.0.5", "10.0.0.5"),
])  # fmt: skip
def test_a_host_is_named_in_any_spelling_and_remembered(tmp_path: Path, named: str, host: str) -> None:
    """Case, a final dot and the forms of IPv6 do not matter; a port does not change the host."""
    endpoint = Endpoint("m", f"https://{host}:8443/v1", 0)
    check_consent(tmp_path, endpoint, [named])
    check_consent(tmp_path, endpoint, [])
    assert json.loads((tmp_path / HOSTS_FILE).read_text("utf-8")) == [endpoint.host]
    for other in ("api.example.evil.example", "sub.api.example", "example", "10.0.0.50"):
        with pytest.raises(DataError, match="suggest-host"):
            check_consent(tmp_path, Endpoint("m", f"https://{other}/v1", 0), [])


@pytest.mark.parametrize("known", ['{"api.example": 1}', '"api.example"', "[1, null]"])
def test_a_list_of_hosts_that_is_none_gives_no_consent(tmp_path: Path, known: str) -> None:
    """Only names in a list count."""
    (tmp_path / HOSTS_FILE).parent.mkdir()
    (tmp_path / HOSTS_FILE).write_text(known, "utf-8")
    with pytest.raises(DataError, match="suggest-host"):
        check_consent(tmp_path, Endpoint("m", "https://api.example/v1", 0), [])
    check_consent(tmp_path, Endpoint("m", "https://api.example/v1", 0), ["api.example"])
    assert json.loads((tmp_path / HOSTS_FILE).read_text("utf-8")) == ["api.example"]


@pytest.mark.parametrize(("option", "value"), [
    ("--base-url", "http://user:hidden-word@localhost/v1"), ("--base-url", "https://api.example/v1?key=hidden-word"),
    ("--base-url", "http://[hidden-word"), ("--send-text-to", "https://api.example/"),
    ("--send-text-to", "api.example:443"), ("--send-text-to", ""), ("--send-text-to", "*"),
    ("--temperature", "nan"), ("--temperature", "inf"),
])  # fmt: skip
def test_options_that_say_nothing_are_usage_errors(tmp_path: Path, run: Run, option: str, value: str) -> None:
    """They are told apart before anything is read, and no password is repeated."""
    done = run("suggest", "--root", tmp_path, "--model", "openai:m", option, value)
    assert done.returncode == 2 and option in done.stderr and "hidden-word" not in done.stderr + done.stdout
    assert list(tmp_path.iterdir()) == []


def test_prices_are_numbers(tmp_path: Path, run: Run) -> None:
    """No cost is computed with what is no number."""
    for prices in (("nan", "1"), ("1", "inf"), ("-1", "1")):
        done = run("suggest", "--root", tmp_path, "--model", "openai:m", "--prices", *prices)
        assert done.returncode == 2 and "--prices" in done.stderr


# --- what the environment can't do


def test_the_environment_adds_no_address_and_no_header(stub: START, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of the SDK and proxies change nothing; the server gets the key, the request and no more."""
    other, server = stub(GOOD), stub(GOOD)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, other.url)
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY", "OPENAI_WEBHOOK_SECRET"):
        monkeypatch.setenv(name, "hidden-word")
    monkeypatch.setenv(
        "OPENAI_CUSTOM_HEADERS", "Host: evil.example\nAuthorization: Bearer hidden-word\nX-Y: hidden-word"
    )
    ask(f"{server.url}/v1")
    (received,) = server.received
    assert other.requests == [] and "hidden-word" not in received and f"Authorization: Bearer {KEY}\n" in received
    names = {line.partition(":")[0] for line in received.partition("\n\n")[0].splitlines()[1:]}
    assert names == {
        "Host",
        "User-Agent",
        "Accept",
        "Accept-Encoding",
        "Content-Type",
        "Authorization",
        "Content-Length",
    }
    assert f"Host: 127.0.0.1:{server.port}\n" in received and "User-Agent: pactwire\n" in received


def test_without_a_key_none_is_sent(stub: START, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers on one's own machine need none; the default address does, before anything is sent."""
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "hidden-word")
    for key in ("", " \n"):
        monkeypatch.setenv("OPENAI_API_KEY", key)
        server = stub(GOOD)
        ask(server.url)
        assert "authorization" not in server.received[0].lower() and "hidden-word" not in server.received[0]
        with pytest.raises(DataError, match="suggest-key"):
            ChatModel(Endpoint("m", "https://api.openai.com/v1", 0))


@pytest.mark.parametrize("key", ["sk-é", "sk-a\nb", "sk-\u200b0123456789"])
def test_a_key_that_no_header_can_have_is_an_issue(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """It is not repeated."""
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(DataError, match="suggest-key: OPENAI_API_KEY has characters") as caught:
        ChatModel(Endpoint("m", "http://localhost/v1", 0))
    assert key not in str(caught.value)


def test_a_proxy_sees_the_name_of_the_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """With https to another host the environment's proxy is asked for a tunnel; with plain http it is not asked."""
    proxy = RawServer(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    with pytest.raises(DataError, match="suggest-request"):
        ask("https://model.invalid/v1")
    assert proxy.received and all(each.startswith(b"CONNECT model.invalid:443 ") for each in proxy.received)
    assert not any(KEY.encode() in each or b"Kim" in each for each in proxy.received)
    proxy.received.clear()
    with pytest.raises(DataError, match="suggest-request"):
        ask("http://model.invalid/v1")
    assert proxy.received == []
    proxy.stop()


# --- the key


def test_the_key_stands_in_no_output_and_no_file(tmp_path: Path, process: Run) -> None:
    """Neither logs of the SDK nor a server that repeats it bring it, or a line of an article, to light."""
    root = copy_floods(tmp_path / "floods")
    escaped = json.dumps({"mentions": [KEY]}).replace("sk-", "\\u0073k-")
    contents = [{"content": json.dumps({"mentions": [KEY]})}, {"content": escaped}, {"content": None, "refusal": KEY}]
    bodies: list[Any] = [{"choices": [{"message": each, "finish_reason": "stop"}]} for each in contents]
    bodies.append({"model": KEY, "choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}]})
    bodies.append({"error": {"message": f"Incorrect API key provided: {KEY}"}})
    responses = [Response(*answer(each)) for each in bodies]
    responses += [Response(*answer(bodies[-1], status)) for status in (413, 429, 401)]
    server = ArticleModel(lambda number: responses[number - 2] if 1 < number < len(responses) + 2 else None)
    line = ("suggest", "--root", root, "--model", "openai:m", "--labeled", "--refused", "--base-url", server.url)
    done = process(*line, OPENAI_LOG="debug", OPENAI_API_KEY=KEY)
    server.stop()
    assert done.returncode == 1 and len(server.asked) == 9, done
    assert "DEBUG" in done.stderr and "Incorrect API key provided: …" in done.stdout
    assert KEY not in done.stdout + done.stderr and server.asked[0] not in done.stderr
    assert (root / "annotations/openai-m").is_dir()
    assert not [path for path in root.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
