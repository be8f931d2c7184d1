"""pytest fixtures around scripted servers; a test module names this file in ``pytest_plugins``."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.scripted import Answer, Stub


@pytest.fixture
def stub() -> Iterator[Callable[..., Stub]]:
    """Start servers with given answers."""
    started: list[Stub] = []

    def start(*answers: Answer, certificate: Path | None = None) -> Stub:
        started.append(Stub(*answers, certificate=certificate))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the seconds that a client would wait before it tries again, instead of waiting."""
    seconds: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", seconds.append)
    return seconds
