"""A function and its inputs to its outputs in the same order: in this process, in a pool of processes, or on Ray.

The function must be importable, its inputs and outputs picklable. No more than a few inputs are taken ahead of
the outputs, so that memory does not grow with their number; the results do not depend on where they were made.
"""

import gc
import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from itertools import islice
from typing import Any, Final, Protocol, TypeVar

from pactwire.issues import DataError, Issue

In = TypeVar("In")
Out = TypeVar("Out")

LOCAL: Final = "local"
RAY: Final = "ray"
AHEAD: Final = 2
"""Inputs a worker that are taken before they are needed."""
RETRIES: Final = 3
"""Times that Ray does again what was under way in a worker that died."""


class Run(Protocol):
    """Yields ``function(input)`` for each input, in the order of the inputs."""

    def __call__(self, function: Callable[[In], Out], inputs: Iterable[In], /) -> Iterator[Out]:  # noqa: D102
        ...


def collect_seldom() -> None:
    """Let Python look for cyclic garbage seldom, in a process that is ours alone.

    Documents hold no cycles, and looking for some after every 700 objects takes a quarter of a build's time.
    """
    gc.set_threshold(100_000)


@contextmanager
def opened(workers: int = 1, engine: str = LOCAL) -> Iterator[Run]:
    """Give what runs functions, its workers alive until the end.

    Raises DataError (worker-died) where a worker is killed, or runs out of memory.
    """
    try:
        if engine == RAY:
            with redirect_stdout(sys.stderr), _ray(workers) as run:  # Ray tells of workers that die
                yield run
        elif workers > 1:
            with _pool(workers) as run:
                yield run
        else:
            yield map
    except MemoryError as error:
        raise _died("there is not enough memory for the work") from error


def _died(message: str) -> DataError:
    return DataError([Issue("workers", 1, "worker-died", message)])


@contextmanager
def _pool(workers: int) -> Iterator[Run]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # spawn: a forked child would inherit the locks of Arrow's threads
    with ProcessPoolExecutor(workers, get_context("spawn"), collect_seldom) as pool:

        def run(function: Callable[[In], Out], inputs: Iterable[In]) -> Iterator[Out]:
            return _in_order(lambda each: pool.submit(function, each), lambda each: each.result(), inputs, workers)

        try:
            yield run
        except BrokenProcessPool:
            raise _died("a worker process was killed") from None
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _ray(workers: int) -> Iterator[Run]:
    # read once, as Ray is imported: without it, a task that never fits into memory is tried for ever
    os.environ.setdefault("RAY_task_oom_retries", str(RETRIES))
    import ray
    from ray.exceptions import OutOfMemoryError, RayTaskError, WorkerCrashedError

    begun = not ray.is_initialized()
    if begun and os.environ.get("RAY_ADDRESS"):
        ray.init(log_to_driver=False, logging_level=logging.ERROR)
    elif begun:  # a cluster of this machine alone
        ray.init(
            num_cpus=workers, log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False,
            _node_ip_address="127.0.0.1",
        )  # fmt: skip

    def run(function: Callable[[In], Out], inputs: Iterable[In]) -> Iterator[Out]:
        # a task whose worker dies is tried again, so that nothing is lost
        task: Any = ray.remote(function).options(max_retries=RETRIES)
        cores = int(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call]
        return _in_order(task.remote, ray.get, inputs, cores)

    try:
        yield run
    except (WorkerCrashedError, OutOfMemoryError) as error:
        raise _died(str(error).strip().splitlines()[0]) from None
    except RayTaskError as error:
        raise error.cause from None  # as raised by the function, without what Ray adds to it
    finally:
        if begun:
            ray.shutdown()


def _in_order(
    begin: Callable[[In], Any], finish: Callable[[Any], Out], inputs: Iterable[In], workers: int
) -> Iterator[Out]:
    waiting = iter(inputs)
    begun = deque(map(begin, islice(waiting, workers * AHEAD)))
    while begun:
        result = finish(begun.popleft())
        begun.extend(map(begin, islice(waiting, 1)))
        yield result
