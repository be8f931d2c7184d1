"""What every benchmark shares: the form of a figure, where to work and how much, clocks and memory.

A module of benchmarks has a table ``BENCHMARKS`` of name to `Benchmark`: a generator of figures, each kept as soon as
it is there. ``run.py`` lists the modules. A benchmark makes what it needs in ``setting.fresh(name)`` from a seed, does
less where ``setting.size`` is less than 1, and races what it compares in turns, so that the machine meets both alike.
"""

import gc
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from pactwire.storage import executors

MEGABYTE: Final = 1_000_000


class Figure(NamedTuple):
    """One thing that was measured: ``aim`` in words, whether it ``holds``, and how the value came about.

    ``samples`` are the values of the repetitions whose median ``value`` is, where it was repeated.
    """

    name: str
    value: float
    unit: str
    aim: str
    holds: bool
    detail: str
    samples: tuple[float, ...] = ()


class Setting(NamedTuple):
    """A folder to work in, and how much to measure: 1 is all of it, less is a quick look."""

    work: Path
    size: float

    @property
    def small(self) -> bool:
        """Say whether a quick look is enough."""
        return self.size < 1

    def scaled(self, number: int, least: int) -> int:
        """Return so much of a number as the size says, but not too little."""
        return min(number, max(least, round(number * self.size)))

    def fresh(self, name: str) -> Path:
        """Return an empty folder."""
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


Benchmark = Callable[[Setting], Iterator[Figure]]


class Times(NamedTuple):
    """Seconds that something took, time after time: by the wall clock, and of this process's processor time."""

    wall: list[float]
    processor: list[float]

    @property
    def median(self) -> float:
        """Return the median of the wall clock's."""
        return median(self.wall)

    def text(self) -> str:
        """Say the spread of the wall clock's."""
        return spread(self.wall)


def spread(seconds: Sequence[float]) -> str:
    """Say median, least and most."""
    return f"{median(seconds):.2f} s ({min(seconds):.2f}–{max(seconds):.2f})"


def race(
    ours: Callable[[], object], theirs: Callable[[], object], times: int, before: Callable[[], object] = lambda: None
) -> tuple[Times, Times]:
    """Time two actions that take turns, so that whatever else the machine does meets both.

    ``before`` each of them something may be done that is not timed.
    """
    found = Times([], []), Times([], [])
    for _ in range(times):
        for action, taken in zip((ours, theirs), found, strict=True):
            before()
            gc.collect()
            wall, processor = time.perf_counter(), time.process_time()
            action()
            taken.wall.append(time.perf_counter() - wall)
            taken.processor.append(time.process_time() - processor)
    return found


@contextmanager
def as_command() -> Iterator[None]:
    """Let a process collect garbage as the command `pactwire` does; what it is compared with does as Python does."""
    before = gc.get_threshold()
    executors.tune_process()
    try:
        yield
    finally:
        gc.set_threshold(*before)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, ...]:
    """Return the ratio of each pair."""
    return tuple(a / b for a, b in zip(ours, theirs, strict=True))


def peak() -> int:
    """Return the most memory that this process has taken so far, in bytes.

    Not by getrusage, whose figure begins with that of the process that started this one.
    """
    [most] = re.findall(r"^VmHWM:\s+([0-9]+) kB$", Path("/proc/self/status").read_text(encoding="utf-8"), re.M)
    return int(most) * 1024
