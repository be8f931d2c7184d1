"""A language model behind an endpoint that speaks OpenAI's chat completions, through the ``openai`` SDK.

Text is sent to one host only: no redirect is followed, and no variable of the environment adds an address or a header.
The key is that of the environment, and stands in no message and no answer.
"""

import os
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pactwire.model import optional_packages, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.suggest.endpoint import DEFAULT_URL, Endpoint
from pactwire.suggest.replies import Reply, ReplyError, parse_answer, read_completion

if TYPE_CHECKING:
    import httpx2
    import openai

KEY_VARIABLE: Final = "OPENAI_API_KEY"
TIMEOUT_SECONDS: Final = 600
RETRIES: Final = 5
"""How often a request is repeated after a 429, a 5xx, a time-out or a lost connection."""
LONGEST_RESPONSE: Final = 16 * 2**20
"""The longest response that is read, in bytes; that of an answer has some thousands."""
_NO_KEY: Final = "none"
_SHORTEST_SECRET: Final = 16
"""Shorter keys, such as EMPTY, are placeholders: an answer may have such words."""
_OPTION_STATUS: Final = (400, 422)
"""By which servers refuse an option that they don't know, or a request."""
_ARTICLE_STATUS: Final = (*_OPTION_STATUS, 413)
"""Refusals of one request, such as of a text that is too long for the model; others are asked all the same."""


class ChatModel:
    """Asks a model. ``requests`` counts how often a request left for the host, those that were repeated included."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Raises DataError (missing-extra, suggest-key)."""
        optional_packages.require("openai")
        import openai

        self.requests = 0
        self._endpoint = endpoint
        self._key = os.environ.get(KEY_VARIABLE, "").strip()
        if not self._key and endpoint.url == DEFAULT_URL:
            raise DataError([Issue(endpoint.host, 1, "suggest-key", f"{KEY_VARIABLE} is not set")])
        if not (self._key.isascii() and self._key.isprintable()):
            raise DataError([Issue(endpoint.host, 1, "suggest-key", f"{KEY_VARIABLE} has characters that no key has")])
        self._left_out: frozenset[str] = frozenset()
        self._client = openai.OpenAI(
            api_key=self._key or _NO_KEY, base_url=endpoint.url, http_client=_http_client(self, endpoint, self._key),
            timeout=TIMEOUT_SECONDS, max_retries=RETRIES,
        )  # fmt: skip

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(self, messages: Sequence[dict[str, str]], schema: dict[str, Any], article: str) -> Reply:
        """Return the reply to a request about an article.

        Raises:
            DataError: suggest-request if the server can't be asked; suggest-answer if it gave no whole answer, or
                refused this request alone.
        """
        body = self._request(messages, schema, article)
        temperature = None if "temperature" in self._left_out else self._endpoint.temperature
        sampling = "default temperature" if temperature is None else f"temperature {temperature:g}"
        try:
            reply = read_completion(body, self._endpoint.model, sampling)
        except ReplyError as error:
            raise self._error("suggest-answer", article, str(error)) from None
        said = f"{reply.model} {strict_json.compact(parse_answer(reply.content))} {reply.content}"
        if len(self._key) >= _SHORTEST_SECRET and self._key in said:
            raise self._error("suggest-answer", article, "the answer repeats the key")
        return reply

    def _request(self, messages: Sequence[dict[str, str]], schema: dict[str, Any], article: str) -> bytes:
        """Return the body of the response. What the server refuses is left out, and ever after if that helped."""
        import openai

        left_out = self._left_out
        while True:
            options = {name: value for name, value in self._options(schema).items() if name not in left_out}
            try:
                create: Any = self._client.chat.completions.with_raw_response.create
                response = create(model=self._endpoint.model, messages=[*messages], **options).http_response
                self._left_out = left_out
                return bytes(response.content)
            except openai.APIStatusError as error:
                option = "temperature" if "temperature" in str(error).lower() else "response_format"
                if error.status_code not in _OPTION_STATUS or option not in options:
                    code = "suggest-answer" if error.status_code in _ARTICLE_STATUS else "suggest-request"
                    raise self._error(code, article, str(error)) from None
                left_out |= {option}
            except openai.OpenAIError as error:
                cause = f" {error.__cause__}" if error.__cause__ else ""
                raise self._error("suggest-request", article, f"{error}{cause}") from None

    def _options(self, schema: dict[str, Any]) -> Mapping[str, Any]:
        named = {"name": "labels", "strict": True, "schema": schema}
        form = {"response_format": {"type": "json_schema", "json_schema": named}}
        temperature = self._endpoint.temperature
        return form if temperature is None else {"temperature": temperature, **form}

    def _error(self, code: str, article: str, message: str) -> DataError:
        """Return an error of the server, without the key, which some servers repeat."""
        words = " ".join((message.replace(self._key, "…") if self._key else message).split())
        return DataError([Issue(self._endpoint.host, 1, code, f"article {article}: {words[:500]}", article)])


def _http_client(model: ChatModel, endpoint: Endpoint, key: str) -> "openai.DefaultHttpxClient":
    """Return a client that sends no more than it must, and reads no more than LONGEST_RESPONSE and TIMEOUT_SECONDS.

    The environment's proxies are used with https to other hosts, where they see neither text nor key.
    """
    import openai

    authorization = {"Authorization": f"Bearer {key}"} if key else {}

    class Client(openai.DefaultHttpxClient):
        def send(self, request: "httpx2.Request", **options: Any) -> "httpx2.Response":
            headers = {
                "Host": request.url.netloc.decode("ascii"), "User-Agent": "pactwire", "Accept": "application/json",
                "Accept-Encoding": "identity", "Content-Type": "application/json", **authorization,
            }  # fmt: skip
            sent = type(request)(
                request.method, request.url, headers=headers, content=request.read(), extensions=request.extensions
            )
            try:
                response = super().send(sent, **{**options, "stream": True})
            except Exception as error:
                model.requests += not type(error).__name__.startswith("Connect")
                raise
            model.requests += 1
            return _read_bounded(response, request)

    return Client(
        follow_redirects=False,
        trust_env=not endpoint.is_local and endpoint.url.lower().startswith("https:"),
    )


def _read_bounded(response: "httpx2.Response", request: "httpx2.Request") -> "httpx2.Response":
    """Return the response to a request with its whole body, decoded; raises OpenAIError for too long a response."""
    import openai

    deadline, body = time.monotonic() + TIMEOUT_SECONDS, bytearray()
    try:
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LONGEST_RESPONSE:
                raise openai.OpenAIError(f"the response has more than {LONGEST_RESPONSE:,} bytes")
            if time.monotonic() > deadline:
                raise openai.OpenAIError(f"the response took more than {TIMEOUT_SECONDS} seconds")
    finally:
        response.close()
    headers = [(name, value) for name, value in response.headers.multi_items() if name != "content-encoding"]
    return type(response)(response.status_code, headers=headers, content=bytes(body), request=request)
