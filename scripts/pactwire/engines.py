"""A function and its inputs to its outputs in the same order: in this process, in a pool of processes, or on Ray.

The function must be importable, its inputs and outputs picklable. No more than a few inputs are taken ahead of
the outputs, so that memory does not grow with their number; the results do not depend on where they were made.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final, TypeVar

from pactwire.issues import DataError, Issue

In = TypeVar("In")
Out = TypeVar("Out")

LOCAL: Final = "local"
RAY: Final = "ray"
AHEAD: Final = 2
"""Inputs a worker that are taken before they are needed."""


def run(function: Callable[[In], Out], inputs: Iterable[In], workers: int = 1, engine: str = LOCAL) -> Iterator[Out]:
    """Yield ``function(input)`` for each input, in the order of the inputs.

    Raises DataError (worker-died) where a worker is killed, by the system for want of memory for example.
    """
    if engine == RAY:
        yield from _ray(function, inputs, workers)
    elif workers <= 1:
        yield from map(function, inputs)
    else:
        yield from _pool(function, inputs, workers)


def _pool(function: Callable[[In], Out], inputs: Iterable[In], workers: int) -> Iterator[Out]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # spawn: a forked child would inherit the locks of Arrow's threads
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            yield from _in_order(lambda each: pool.submit(function, each), lambda each: each.result(), inputs, workers)
        except BrokenProcessPool:
            raise DataError([Issue("workers", 1, "worker-died", "a worker process was killed")]) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _ray(function: Callable[[In], Out], inputs: Iterable[In], workers: int) -> Iterator[Out]:
    import ray

    begun = not ray.is_initialized()
    if begun:  # RAY_ADDRESS names a cluster; without it Ray starts here
        ray.init(log_to_driver=False, include_dashboard=False, configure_logging=False)
    try:
        task = ray.remote(function).options(max_retries=3)
        cores = max(workers, int(ray.cluster_resources().get("CPU", 1)))
        yield from _in_order(task.remote, ray.get, inputs, cores)
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError) as error:
        message = str(error).strip().splitlines()[0]
        raise DataError([Issue("workers", 1, "worker-died", message)]) from None
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
