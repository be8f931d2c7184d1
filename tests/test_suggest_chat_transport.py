"""What a language model's server may send instead of an answer: each is an issue with a code, or is read for sure."""

import email.utils
import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from pactwire.model.issues import DataError
from pactwire.suggest import chat_model
from pactwire.suggest.chat_model import ChatModel
from pactwire.suggest.endpoint import Endpoint
from pactwire.suggest.replies import MOST_TOKENS, Reply, ReplyError, parse_answer, read_completion
from support.raw_server import RawServer
from support.scripted import Stub, answer

pytest_plugins = ["support.scripted_fixture"]

KEY = "sk-very-secret-0123456789"
START = Callable[..., Stub]
ASKED = [{"role": "user", "content": "1: Kim is in Oslo."}]
SCHEMA = {"type": "object"}


def completion(content: Any = '{"names": []}', **changes: Any) -> dict[str, Any]:
    """Return a whole completion as a server gives it, with changes to its single choice or to itself."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    choice |= {name: changes.pop(name) for name in ("message", "finish_reason") if name in changes}
    return {"model": "srv", "choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 3}} | changes


GOOD = answer(completion())


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the seconds that the client would wait before it asks again, instead of waiting."""
    seconds: list[float] = []
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr("openai._base_client.time.sleep", seconds.append)
    return seconds


def ask(url: str, temperature: float | None = 0) -> Reply:
    """Ask the model behind an address."""
    model = ChatModel(Endpoint("m", url, temperature))
    try:
        return model.ask(ASKED, SCHEMA, "a1")
    finally:
        model.close()


def refusal(url: str) -> tuple[str, str]:
    """Return the code and the message of the issue that asking ends with."""
    with pytest.raises(DataError) as caught:
        ask(url)
    (issue,) = caught.value.issues
    assert issue.record == "a1" and KEY not in issue.text()
    return issue.code, issue.message.removeprefix("article a1: ")


# --- responses


def body(value: Any) -> bytes:
    """Return JSON as bytes."""
    return json.dumps(value).encode()


ODD: dict[str, bytes] = {
    "byte order mark": b"\xef\xbb\xbf" + body(completion()),
    "white space to keep the connection": b"\n \n" + body(completion()),
    "fenced": body(completion('```json\n{"names": []}\n```')),
    "reasoning": body(completion('<think>\nIs {"names": [1]} right?\n</think>\n\n{"names": []}')),
    "reasoning, then fenced": body(completion('<think>No.</think>\n```\n{"names": []}\n```')),
    "reasoning whose begin is in the prompt": body(completion('Hm. So there is none.\n</think>\n{"names": []}')),
    "empty reasoning": body(completion('<think>\n\n</think>\n\n{"names": []}')),
    "reasoning beside it": body(completion(message={"content": '{"names": []}', "reasoning_content": "Hm. {}"})),
    "parts": body(completion([{"type": "text", "text": '{"names"'}, {"type": "text", "text": ": []}"}])),
    "parts of reasoning": body(
        completion([{"type": "thinking", "thinking": []}, {"type": "text", "text": '{"names": []}'}])
    ),
    "no reason why it ended": body(completion(finish_reason=None)),
    "numbers as other languages write them": body(completion()).replace(b'"index": 0', b'"index": 0.0, "t": 1.50E+3'),
    "no usage": body(completion(usage=None)),
    "a list for usage": body(completion(usage=[1])),
    "no name of the model": body(completion(model=None)),
}


@pytest.mark.parametrize("name", ODD)
def test_reads_whole_answers_in_odd_forms(name: str) -> None:
    """An answer is read if it is one whole JSON object, whatever is around it."""
    assert parse_answer(read_completion(ODD[name], "m", "temperature 0").content) == {"names": []}


def test_reads_what_an_answer_says() -> None:
    """Numbers are those of the dataset's own files, and words in an answer are no marks around it."""
    numbers = parse_answer('{"n": [1.0, 0.50, 1E+2, -0.0, 12345678901234567890]}')["n"]
    assert repr(numbers) == "[1, 0.5, 100, 0, 12345678901234567890]"
    assert parse_answer('{"a": "</think>{}"}') == {"a": "</think>{}"} == parse_answer('```\n{"a": "</think>{}"}\n```')


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no chat completion"),
    "null": (b"null", "no chat completion"),
    "a list": (b"[1]", "no chat completion"),
    "a page": (b"<html>Bad Gateway</html>", "no chat completion"),
    "cut off": (body(completion())[:-9], "no chat completion"),
    "twice": (body(completion()) * 2, "no chat completion"),
    "UTF-16": (json.dumps(completion()).encode("utf-16"), "no chat completion"),
    "Latin-1": (json.dumps(completion(model="é"), ensure_ascii=False).encode("latin-1"), "no JSON"),
    "NaN": (b'{"choices": NaN}', "no chat completion"),
    "nested too deeply": (b"[" * 100_000, "no chat completion"),
    "a number of 5,000 digits": (b'{"choices": ' + b"1" * 5000 + b"}", "no chat completion"),
    "a key twice": (b'{"choices": [], "choices": []}', "no chat completion"),
    "events": (b'data: {"choices": [{"delta": {"content": "{"}}]}\n\ndata: [DONE]\n\n', "a stream of events"),
    "an error": (body({"error": {"message": "overloaded"}}), "but an error: overloaded"),
    "an error as text": (body({"error": "overloaded"}), "but an error: overloaded"),
    "no choices": (body(completion(choices=[])), "no chat completion"),
    "choices that are no list": (body(completion(choices={"0": 1})), "no chat completion"),
    "a choice that is none": (body(completion(choices=[None])), "no chat completion"),
    "two choices": (body(completion(choices=[{}, {}])), "2 answers instead of one"),
    "no message": (body(completion(message=None)), "no chat completion"),
    "no content": (body(completion(None)), "not whole"),
    "content that is an object": (body(completion({"names": []})), "not whole"),
    "no parts": (body(completion([])), "not whole"),
    "parts that are no text": (body(completion([{"type": "image_url"}])), "not whole"),
    "a part that is none": (body(completion([{"type": "text", "text": "{}"}, 1])), "not whole"),
    "reasoning only": (body(completion("", message={"content": "", "reasoning_content": "{}"})), "no JSON"),
    "reasoning that does not end": (body(completion('<think>{"names": []}')), "no JSON"),
    "reasoning after the answer": (body(completion('{"names": []}<think>Hm.</think>')), "no JSON"),
    "words before the answer": (body(completion('Here it is: {"names": []}')), "no JSON"),
    "an answer twice": (body(completion('{"names": []}{"names": []}')), "no JSON"),
    "a key of the answer twice": (body(completion('{"names": [], "names": []}')), "no JSON"),
    "half a pair of surrogates": (body(completion('{"names": "\\ud800"}')), "no JSON"),
    "an answer with NaN": (body(completion('{"names": NaN}')), "no JSON"),
    "an answer with a number beyond all": (body(completion('{"names": 1e999}')), "no JSON"),
    "an answer nested too deeply": (body(completion('{"a":' * 9000 + "1" + "}" * 9000)), "no JSON"),
    "a list as answer": (body(completion("[]")), "no JSON object"),
    "an empty answer": (body(completion("")), "no JSON"),
    "cut by length": (body(completion(finish_reason="length")), "it ended with 'length'"),
    "filtered": (body(completion(finish_reason="content_filter")), "it ended with 'content_filter'"),
    "a call of a tool": (body(completion(None, finish_reason="tool_calls")), "it ended with 'tool_calls'"),
    "a reason that is none": (body(completion(finish_reason=["stop"])), "it ended with ['stop']"),
    "refused": (body(completion(message={"content": None, "refusal": "I can't."})), "refused: I can't."),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_response_that_is_no_whole_answer_is_none(name: str) -> None:
    """Nothing is completed, and of several answers none is chosen; the message says what came instead."""
    response, words = BROKEN[name]
    with pytest.raises(ReplyError) as caught:
        read_completion(response, "m", "temperature 0")
    assert words in str(caught.value)


@pytest.mark.parametrize(("given", "read"), [
    (0, 0), (7, 7), (MOST_TOKENS, MOST_TOKENS), (MOST_TOKENS + 1, 0), (10**4000, 0), (-1, 0), (True, 0), (1.5, 0),
    ("7", 0), (None, 0),
])  # fmt: skip
def test_believes_counts_of_tokens_only(given: Any, read: int) -> None:
    """What is no count of tokens is 0, so that sums and prices stay right."""
    usage = {"prompt_tokens": given, "completion_tokens": 3}
    reply = read_completion(body(completion(usage=usage)), "m", "temperature 0")
    assert (reply.tokens_in, reply.tokens_out) == (read, 3)


# --- connections

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = body(completion())
SIZED = HEAD + b"Content-Length: %d\r\n\r\n"
BREAKING = {
    "no response": b"",
    "half a status line": b"HTTP/1.",
    "no HTTP": b"SSH-2.0-OpenSSH_9.9\r\n",
    "headers that end": HEAD,
    "shorter than it says": SIZED % (len(WHOLE) + 5) + WHOLE,
    "chunks that stop short": HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(WHOLE) + WHOLE[:20],
    "chunks without an end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(WHOLE) + WHOLE + b"\r\n",
    "chunks of no size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + WHOLE,
    "no gzip": SIZED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") % len(WHOLE) + WHOLE,
}


@pytest.mark.parametrize("name", BREAKING)
def test_asks_again_when_a_connection_breaks(name: str, pauses: list[float]) -> None:
    """A response that breaks off anywhere is asked for again; when all attempts fail, the server can't be asked."""
    server = RawServer(BREAKING[name], SIZED % len(WHOLE) + WHOLE)
    assert ask(server.url).content == '{"names": []}' and len(server.received) == 2
    server.stop()
    server = RawServer(BREAKING[name])
    assert refusal(server.url)[0] == "suggest-request" and len(server.received) == chat_model.RETRIES + 1
    server.stop()


ENDING = {
    "longer than it says": (SIZED % 10 + WHOLE, "no chat completion"),
    "gzip that ends early": (
        SIZED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") % 30 + gzip.compress(WHOLE)[:30],
        "no chat completion",
    ),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", "no chat completion"),
}


@pytest.mark.parametrize("name", ENDING)
def test_a_response_that_ends_early_is_no_answer(name: str) -> None:
    """A response that is whole by its headers, but no completion, is the article's issue."""
    response, words = ENDING[name]
    server = RawServer(response)
    code, message = refusal(server.url)
    server.stop()
    assert code == "suggest-answer" and words in message and len(server.received) == 1


def test_reads_what_was_compressed_though_nobody_asked() -> None:
    """Gzip is read; nothing says that it is taken."""
    packed = gzip.compress(WHOLE)
    server = RawServer(SIZED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") % len(packed) + packed)
    assert ask(server.url).tokens_in == 7
    server.stop()


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("status", [200, 404, 503])
def test_reads_no_more_of_a_response_than_a_bound(stub: START, encoding: str, status: int) -> None:
    """Endless responses are not read to their end, packed or not, whatever their status."""
    long = b" " * (chat_model.LONGEST_RESPONSE + 1)
    packed = gzip.compress(long, 1) if encoding == "gzip" else long
    server = stub((status, {"Content-Encoding": encoding}, packed))
    assert refusal(server.url) == ("suggest-request", "the response has more than 16,777,216 bytes")
    assert len(server.requests) == 1


def test_gives_up_on_a_response_that_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    """A response that keeps coming and never ends is not waited for beyond the time that one may take."""
    server = RawServer(SIZED % len(WHOLE) + WHOLE)
    late = iter((0.0, 1e6))
    monkeypatch.setattr("pactwire.suggest.chat_model.time.monotonic", lambda: next(late, 1e6))
    code, message = refusal(server.url)
    server.stop()
    assert (code, message) == ("suggest-request", "the response took more than 600 seconds")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 529, 408, 409])
def test_waits_as_long_as_the_server_says(
    stub: START, pauses: list[float], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retry-After counts seconds or names a time; without it the pauses grow."""
    now = time.time()
    monkeypatch.setattr("openai._base_client.time.time", lambda: now)
    date = email.utils.formatdate(now + 90, usegmt=True)
    busy = [(status, {"Retry-After": after} if after else {}, b"") for after in ("7", "0.25", date, "", "-3")]
    server = stub(*busy, GOOD)
    assert ask(server.url).tokens_in == 7
    assert pauses[:2] == [7, 0.25] and 88 < pauses[2] <= 90
    assert all(0 < pause <= 8 for pause in pauses[3:]) and len(pauses) == len(server.requests) - 1 == 5


def test_does_not_wait_for_longer_than_two_minutes(stub: START, pauses: list[float]) -> None:
    """A server that wants to be left alone for longer can't be asked now."""
    server = stub((429, {"Retry-After": "121"}, body({"error": {"message": "quota"}})))
    assert refusal(server.url) == ("suggest-request", "Error code: 429 - quota")
    assert pauses == [] and len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
def test_does_not_repeat_what_can_not_help(stub: START, status: int) -> None:
    """A wrong key or name is reported in the server's words, without the key."""
    server = stub(answer({"error": {"message": f"no such model, or key {KEY}"}}, status))
    assert refusal(server.url) == ("suggest-request", f"Error code: {status} - no such model, or key …")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_request_that_is_refused_is_of_its_article(stub: START, status: int) -> None:
    """A text that is too long for the model says nothing of others, nor of the options."""
    server = stub(*[answer({"error": {"message": "context too long"}}, status)] * (1 if status == 413 else 2), GOOD)
    model = ChatModel(Endpoint("m", server.url, 0))
    with pytest.raises(DataError, match=r"suggest-answer: article a1: Error code: .* context too long"):
        model.ask(ASKED, SCHEMA, "a1")
    assert model.ask(ASKED, SCHEMA, "a2").sampling == "temperature 0"
    model.close()
    assert '"response_format"' in server.received[-1] and '"temperature":0' in server.received[-1]


@pytest.mark.parametrize("status", [400, 422])
def test_leaves_out_what_the_server_does_not_know(stub: START, status: int) -> None:
    """Options that a server refuses are left out, and then in all requests; the reply says how it was sampled."""
    unknown = [answer({"error": {"message": text}}, status) for text in ("response_format?", "Temperature?")]
    server = stub(*unknown, GOOD)
    model = ChatModel(Endpoint("m", server.url, 0))
    assert [model.ask(ASKED, SCHEMA, "a1").sampling for _ in range(2)] == ["default temperature"] * 2
    model.close()
    assert model.requests == len(server.requests) == 4
    assert not any("response_format" in each or "temperature" in each for each in server.received[2:])


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("target", ["other", "own"])
def test_follows_no_redirect(stub: START, status: int, target: str) -> None:
    """Text goes to the address that was given, and to no other of the same host either."""
    other, server = stub(GOOD), stub(GOOD)
    place = f"{other.url if target == 'other' else server.url}/v1/chat/completions"
    server.answers = [(status, {"Location": place}, b"")]
    assert refusal(server.url) == ("suggest-request", f"Error code: {status}")
    assert other.requests == [] and len(server.requests) == 1


def test_says_why_nobody_answers() -> None:
    """Where nobody listens, the reason is named, and no request counts as sent."""
    server = RawServer(b"")
    server.stop()
    model = ChatModel(Endpoint("m", server.url, 0))
    with pytest.raises(DataError, match=r"suggest-request: article a1: Connection error\. .*refused"):
        model.ask(ASKED, SCHEMA, "a1")
    model.close()
    assert model.requests == 0
