"""Replies of language models: chat completions read with suspicion, and a cache of them.

A reply counts only if it is one whole answer: nothing is completed, and of several answers none is chosen.
"""

import json
import math
import re
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire.model import digests, strict_json
from pactwire.storage.result_cache import ResultCache
from pactwire.suggest.endpoint import Endpoint
from pactwire.suggest.models import shown_name

CACHE_FOLDER: Final = ".pactwire/answers"
CACHE_VERSION: Final = digests.sha256("answers of language models, 1")
MOST_TOKENS: Final = 10**9
"""A count of tokens beyond this is not believed."""
_ANSWERED: Final = ("stop", None)
_FENCE: Final = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n\s*```\s*", re.DOTALL)
_REASONING_END: Final = "</think>"
_REASONING_PARTS: Final = ("thinking", "reasoning")


class ReplyError(ValueError):
    """A response that is no whole answer; the message says why."""


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


class ReplyCache:
    """The replies of an endpoint that a dataset's folder keeps, by all that was asked."""

    def __init__(self, root: Path, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._results = ResultCache(root / CACHE_FOLDER, CACHE_VERSION)

    def key(self, messages: Sequence[dict[str, str]], schema: dict[str, Any]) -> bytes:
        """Return the key of a request."""
        return digests.sha256(strict_json.compact([[*self._endpoint], [*messages], schema])).encode()

    def get(self, key: bytes) -> Reply | None:
        """Return the reply to a request that was made before; None if there is none."""
        stored = self._results.get(key)
        return Reply(**strict_json.parse(stored)) if stored else None

    def put(self, key: bytes, reply: Reply) -> None:
        """Keep a reply."""
        self._results.put(key, strict_json.compact(reply._asdict()).encode())


def read_completion(body: bytes, model: str, sampling: str) -> Reply:
    """Return the reply in a response, whose answer is one whole JSON object; ``model`` is what was asked for.

    Raises ReplyError. Tokens that are no counts are 0.
    """
    value = _read_object(body)
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices:
        raise ReplyError(f"the response is no chat completion{_stated_error(value)}")
    if len(choices) > 1:
        raise ReplyError(f"the response has {len(choices):,} answers instead of one")
    choice = choices[0] if isinstance(choices[0], dict) else {}
    message = choice.get("message")
    if not isinstance(message, dict):
        raise ReplyError("the response is no chat completion")
    if message.get("refusal"):
        raise ReplyError(f"the model refused: {message['refusal']}")
    content = _text(message.get("content"))
    if choice.get("finish_reason") not in _ANSWERED or content is None:
        raise ReplyError(f"the answer is not whole: it ended with {choice.get('finish_reason')!r}")
    parse_answer(content)
    usage = value["usage"] if isinstance(value.get("usage"), dict) else {}
    received = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    tokens_in, tokens_out = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    stated = value["model"] if isinstance(value.get("model"), str) else ""
    name = shown_name(stated) or shown_name(model)
    return Reply(content, name, received, tokens_in, tokens_out, sampling)


def parse_answer(content: str) -> dict[str, Any]:
    """Return an answer: one JSON object, which may be fenced, and may follow the reasoning of the model.

    Reasoning ends with ``</think>``; its begin is part of the prompt of some models.

    Raises ReplyError.
    """
    before, mark, after = content.partition(_REASONING_END)
    answer = after if mark and not before.lstrip().startswith(("{", "```")) else content
    fenced = _FENCE.fullmatch(answer)
    try:
        value = _parse(fenced[1] if fenced else answer)
    except (ValueError, RecursionError) as error:
        raise ReplyError(f"the answer is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise ReplyError("the answer is no JSON object")
    return value


def _read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a response, which is UTF-8; a byte order mark is ignored, as RFC 8259 allows."""
    if body.lstrip().startswith((b"data:", b"event:")):
        raise ReplyError("the response is a stream of events, which was not asked for")
    try:
        value = _parse(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ReplyError("the response is no chat completion, but no JSON") from None
    if not isinstance(value, dict):
        raise ReplyError("the response is no chat completion")
    return value


def _parse(text: str) -> Any:
    """Parse JSON as `strict_json.parse` does, but take numbers in any form, as in ``1.0`` and ``0.50``."""
    try:
        return strict_json.parse(text)
    except strict_json.AmbiguousJsonError as error:
        if any(code != "number-form" for code, _, _ in error.flaws):
            raise
        return json.loads(text, parse_float=_number)


def _number(token: str) -> float | int:
    value = float(token)
    if not math.isfinite(value):
        raise ValueError(f"{token} is too large for a number")
    return int(Decimal(token)) if value.is_integer() else value


def _stated_error(value: dict[str, Any]) -> str:
    error = value.get("error")
    message = error.get("message") if isinstance(error, dict) else error
    return f", but an error: {message}" if message else ""


def _text(content: Any) -> str | None:
    """Return the text of a message, which is in parts in some servers' responses; None if it is something else."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else None
    parts = [each for each in content if not (isinstance(each, dict) and each.get("type") in _REASONING_PARTS)]
    texts = [each.get("text") for each in parts if isinstance(each, dict) and each.get("type") == "text"]
    whole = [each for each in texts if isinstance(each, str)]
    return "".join(whole) if parts and len(whole) == len(parts) else None


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else 0
