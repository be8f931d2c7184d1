"""A command, a dataset's folder and a server to the most memory that a process of its own takes, in bytes.

Run as ``python memory.py push|pull|export|import ROOT URL``; prints a JSON object of ``start`` (libraries loaded)
and ``peak``.
"""

import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from figures import peak
from pactwire.corpus import corpus
from pactwire.labelstudio import file_exchange, pull, push
from pactwire.labelstudio.client import Client


def main(command: str, root: Path, url: str) -> None:
    """Do what `pactwire label` does and print what it took."""
    file = root / "tasks.json"
    with closing(Client(url, "0" * 40)) as client:
        work: dict[str, Callable[[], Any]] = {
            "push": lambda: push.push_articles(root, client, lambda *_: None),
            "pull": lambda: pull.pull_annotations(root, client, lambda *_: None),
            "export": lambda: file_exchange.export_tasks(corpus.load_corpus(root), "labels", file),
            "import": lambda: file_exchange.import_exports(corpus.load_corpus(root), [file]),
        }
        start = peak()
        done = work[command]()
    if issues := getattr(done, "issues", ()):
        sys.exit(issues[0].text())
    print(json.dumps({"start": start, "peak": peak()}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
