"""A language model behind an endpoint that speaks OpenAI's chat completions, through the ``openai`` SDK.

Text is sent to one host only: no redirect is followed. The key is that of the environment, and stands in no message.
"""

import ipaddress
import os
import re
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from pactwire.model import digests, escapes, optional_packages, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.storage.result_cache import ResultCache

DEFAULT_URL: Final = "https://api.openai.com/v1"
KEY_VARIABLE: Final = "OPENAI_API_KEY"
TIMEOUT_SECONDS: Final = 600
RETRIES: Final = 5
"""How often a request is repeated after a 429, a 5xx, a time-out or a lost connection."""
_NO_KEY: Final = "none"
_ANSWERED: Final = ("stop", None)
_FENCE: Final = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n\s*```\s*", re.DOTALL)


class Endpoint(NamedTuple):
    """Where a model is, what it is called there, and its sampling temperature; None for the server's own."""

    model: str
    url: str
    temperature: float | None

    @property
    def host(self) -> str:
        """The host that text is sent to, in lower case."""
        return (urlsplit(self.url).hostname or "").lower()

    @property
    def is_local(self) -> bool:
        """Whether the host is this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


class Reply(NamedTuple):
    """What a server replied: the text of the answer, the server's name of the model, the time, and tokens used.

    ``sampling`` says how the answer was sampled.
    """

    content: str
    model: str
    received: str
    tokens_in: int
    tokens_out: int
    sampling: str


class ChatModel:
    """Asks a model, and keeps its answers in a cache by all that was asked."""

    def __init__(self, endpoint: Endpoint, cache: ResultCache) -> None:
        """Raises DataError (missing-extra, suggest-key)."""
        optional_packages.require("openai")
        import openai

        self._endpoint = endpoint
        self._cache = cache
        self._key = os.environ.get(KEY_VARIABLE, "")
        if not self._key and endpoint.url == DEFAULT_URL:
            raise DataError([Issue(endpoint.host, 1, "suggest-key", f"{KEY_VARIABLE} is not set")])
        is_proxied = not endpoint.is_local and endpoint.url.startswith("https://")
        http = openai.DefaultHttpxClient(follow_redirects=False, trust_env=is_proxied)
        self._client = openai.OpenAI(
            api_key=self._key or _NO_KEY, base_url=endpoint.url, http_client=http, timeout=TIMEOUT_SECONDS,
            max_retries=RETRIES, organization="", project="",
        )  # fmt: skip
        self._optional = {"temperature": endpoint.temperature, "response_format": True}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def cached(self, messages: Sequence[dict[str, str]], schema: dict[str, Any]) -> Reply | None:
        """Return the reply to a request that was made before; None if there is none."""
        stored = self._cache.get(self._cache_key(messages, schema))
        return Reply(**strict_json.parse(stored)) if stored else None

    def _cache_key(self, messages: Sequence[dict[str, str]], schema: dict[str, Any]) -> bytes:
        return digests.sha256(strict_json.compact([[*self._endpoint], [*messages], schema])).encode()

    def ask(self, messages: Sequence[dict[str, str]], schema: dict[str, Any], article: str) -> Reply:
        """Return the reply to a request about an article.

        Raises:
            DataError: suggest-request if the server can't be asked, suggest-answer if it gave no whole answer.
        """
        reply = self._read(self._request(messages, schema, article), article)
        self._cache.put(self._cache_key(messages, schema), strict_json.compact(reply._asdict()).encode())
        return reply

    def _request(self, messages: Sequence[dict[str, str]], schema: dict[str, Any], article: str) -> str:
        """Return the body of the response; what a server refuses with status 400 is left out and asked once more."""
        import openai

        while True:
            wanted: dict[str, Any] = {}
            if self._optional["temperature"] is not None:
                wanted["temperature"] = self._optional["temperature"]
            if self._optional["response_format"]:
                named = {"name": "labels", "strict": True, "schema": schema}
                wanted["response_format"] = {"type": "json_schema", "json_schema": named}
            try:
                create: Any = self._client.chat.completions.with_raw_response.create
                return str(create(model=self._endpoint.model, messages=[*messages], **wanted).http_response.text)
            except openai.BadRequestError as error:
                option = "temperature" if "temperature" in str(error).lower() else "response_format"
                if option not in wanted:
                    raise self._error("suggest-request", article, str(error)) from None
                self._optional[option] = None
            except openai.OpenAIError as error:
                raise self._error("suggest-request", article, str(error)) from None

    def _error(self, code: str, article: str, message: str) -> DataError:
        """Return an error of the server, without the key, which some servers repeat."""
        words = " ".join((message.replace(self._key, "…") if self._key else message).split())
        return DataError([Issue(self._endpoint.host, 1, code, words[:500] or "no message", article)])

    def _read(self, body: str, article: str) -> Reply:
        try:
            value = strict_json.parse(body)
            choice, usage = value["choices"][0], value.get("usage") or {}
            message, reason = choice["message"], choice.get("finish_reason")
            content, refusal = message.get("content"), message.get("refusal")
            model = value.get("model")
            tokens = [usage.get(key) for key in ("prompt_tokens", "completion_tokens")]
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            raise self._error("suggest-answer", article, "the response is no chat completion") from None
        if refusal:
            raise self._error("suggest-answer", article, f"the model refused: {refusal}")
        if reason not in _ANSWERED or not isinstance(content, str):
            raise self._error("suggest-answer", article, f"the answer is not whole: it ended with {reason!r}")
        parse_answer(content, self._endpoint.host, article)
        counts = [each if type(each) is int and each >= 0 else 0 for each in tokens]
        received = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        temperature = self._optional["temperature"]
        sampling = "default temperature" if temperature is None else f"temperature {temperature:g}"
        return Reply(content, _model_name(model) or self._endpoint.model, received, counts[0], counts[1], sampling)


def _model_name(model: Any) -> str:
    """Return the server's name of a model on one line; of a file's path, which may be private, only its last part."""
    name = " ".join(escapes.CONTROL_CHARACTER.sub(" ", str(model or "")).split())
    if name.startswith(("/", "~", "\\")) or re.match(r"[A-Za-z]:[\\/]", name):
        name = re.split(r"[\\/]", name)[-1]
    return name[:100]


def parse_answer(content: str, host: str, article: str) -> dict[str, Any]:
    """Return an answer, which is one JSON object and may be fenced; raises DataError (suggest-answer)."""
    fenced = _FENCE.fullmatch(content)
    try:
        answer = strict_json.parse(fenced[1] if fenced else content)
    except (ValueError, RecursionError) as error:
        raise DataError([Issue(host, 1, "suggest-answer", f"the answer is no JSON: {error}", article)]) from None
    if not isinstance(answer, dict):
        raise DataError([Issue(host, 1, "suggest-answer", "the answer is no JSON object", article)])
    return answer
