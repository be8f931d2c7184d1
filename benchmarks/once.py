"""Build a dataset's folder once, with one worker, as the command does.

Run as ``python once.py ROOT TARGET``; prints the seconds that it took, libraries loaded before.
"""

import sys
import time
from pathlib import Path

from pactwire import build, engines


def main(root: Path, target: Path) -> None:
    """Time it."""
    engines.collect_seldom()
    start = time.perf_counter()
    build.build(root, target=target)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
