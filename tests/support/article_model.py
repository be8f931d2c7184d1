"""A stand-in for a language model: it quotes the first word of each article, and a word that none has."""

import json
from collections.abc import Callable
from typing import Any

from support.http_server import Request, Response
from support.scripted import Stub, answer


class ArticleModel(Stub):
    """A server that labels articles of the dataset about floods; ``asked`` are the first lines of these articles.

    Args:
        before: Called with the number of each request, from 1, before it is answered; what it returns is sent instead.
    """

    def __init__(self, before: Callable[[int], Response | None] = lambda _: None) -> None:
        self.asked: list[str] = []
        self.before = before
        super().__init__(answer({}))

    def respond(self, request: Request) -> Response:
        """Answer a request about an article."""
        super().respond(request)
        line = json.loads(request.body)["messages"][-1]["content"].split("\n")[1].removeprefix("1: ")
        self.asked.append(line)
        return self.before(len(self.asked)) or Response(*answer(completion([line.split()[0], "Atlantis"])))


def completion(quotes: list[str]) -> dict[str, Any]:
    """Return a completion that labels words of the first line."""
    labels = [
        {"id": f"m{number}", "text": {"line": 1, "quote": quote, "occurrence": 1}, "category": "PLACE",
         "referent": None, "flooded": False}
        for number, quote in enumerate(quotes, 1)
    ]  # fmt: skip
    content = json.dumps({"mentions": labels, "quotes": [], "figures": [], "subject": None})
    return {
        "model": "srv-7b",
        "choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 12_000, "completion_tokens": 20},
    }
