"""Build a dataset's folder once, as the command does.

Run as ``python once.py ROOT WORKERS [TARGET]``; prints the seconds that it took, libraries loaded before.
"""

import sys
import time
from pathlib import Path

from pactwire.storage import executors

executors.tune_process()
from pactwire.card import dataset_folder  # noqa: E402 (imports Arrow)


def main(root: Path, workers: int, target: Path | None = None) -> None:
    """Time it."""
    start = time.perf_counter()
    dataset_folder.build(root, workers, target)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *map(Path, sys.argv[3:]))
