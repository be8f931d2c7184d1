"""A command, a dataset's folder and a server to the most memory that a process of its own takes, in bytes.

Run as ``python memory.py push|pull ROOT URL``; prints a JSON object of ``start`` (libraries loaded) and ``peak``.
"""

import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from figures import peak

from pactwire import corpus
from pactwire.labelstudio import pull, push
from pactwire.labelstudio.client import Client


def main(command: str, root: Path, url: str) -> None:
    """Do what `pactwire label` does and print what it took."""
    with closing(Client(url, "0" * 40)) as client:
        start = peak()
        work: Callable[..., push.Pushed | pull.Pulled] = push.push if command == "push" else pull.pull
        done = work(corpus.load(root), client, lambda *_: None)
    if done.issues:
        sys.exit(done.issues[0].text())
    print(json.dumps({"start": start, "peak": peak()}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
