"""Executors: map a function over inputs, in order, in this process, in a pool of processes, or on Ray Data.

The function must be importable, its inputs and outputs picklable. Only a few inputs are taken ahead of the outputs,
so that memory does not grow with their number; the results do not depend on where they were computed.
"""

import gc
import logging
import os
import pickle
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, redirect_stdout
from functools import partial
from importlib import import_module
from itertools import islice
from threading import Thread, current_thread, main_thread
from typing import Any, Final, Protocol, TypeVar

from pactwire.model.issues import DataError, Issue

Input = TypeVar("Input")
Output = TypeVar("Output")

LOCAL: Final = "local"
RAY: Final = "ray"
INPUTS_AHEAD: Final = 2
"""Inputs per worker that are taken before they are needed."""
RAY_RETRIES: Final = 3
"""How often Ray repeats the task of a worker that died."""
RAY_WINDOW: Final = 16
"""Inputs per core that Ray Data gets at a time; all results of one window are in before the next begins."""


class ParallelMap(Protocol):
    """Yields ``function(input)`` for each input, in the order of the inputs."""

    def __call__(self, function: Callable[[Input], Output], inputs: Iterable[Input], /) -> Iterator[Output]:  # noqa: D102
        ...


def tune_process() -> None:
    """Set up a process that belongs to Pactwire alone, before it imports Arrow.

    The garbage collector runs rarely: documents contain no reference cycles, and collecting after every 700 objects
    takes a quarter of a build's time. Arrow allocates from the system, which returns memory that Arrow's own allocator
    keeps: an eighth of what a build uses.
    """
    gc.set_threshold(100_000)
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


@contextmanager
def open_executor(workers: int = 1, engine: str = LOCAL, module: str = __name__) -> Iterator[ParallelMap]:
    """Give a parallel map whose workers live until the block ends.

    Args:
        workers: The number of processes; one is this process itself.
        engine: LOCAL or RAY.
        module: The module of the functions. A pool's processes start at once and import it while the caller prepares
            inputs.

    Raises:
        DataError: worker-died, if a worker is killed or runs out of memory; no-cluster, if that which RAY_ADDRESS names
            can't be reached.
    """
    try:
        if engine == RAY:
            with redirect_stdout(sys.stderr), _ray_cluster(workers) as run:  # Ray prints that workers died
                yield run
        elif workers > 1:
            with _process_pool(workers, module) as run:
                yield run
        else:
            yield map
    except MemoryError as error:
        raise _worker_died("there is not enough memory for the work") from error


def _worker_died(message: str) -> DataError:
    return DataError([Issue("workers", 1, "worker-died", message)])


def _start_worker() -> None:
    """Set up a worker of a pool: it exits with its parent process, however that ends."""
    tune_process()
    Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    from multiprocessing import parent_process

    if parent := parent_process():
        parent.join()
        os._exit(1)


def _preload(module: str) -> None:
    import_module(module)


@contextmanager
def _interrupts_delayed() -> Iterator[None]:
    """Let processes start that never see Ctrl-C, and are started whole; it reaches this process after the block."""
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # else it starts in the block, and unblocks
    is_main = current_thread() is main_thread()  # the only thread that is interrupted
    seen: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: seen.append(number)) if is_main else None
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if is_main:
            signal.signal(signal.SIGINT, handler)
        if seen:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def _process_pool(workers: int, module: str) -> Iterator[ParallelMap]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # spawn: a forked child would inherit the locks of Arrow's threads
    with ProcessPoolExecutor(workers, get_context("spawn"), _start_worker) as pool:
        with _interrupts_delayed():
            for _ in range(workers):
                pool.submit(_preload, module)

        def run(function: Callable[[Input], Output], inputs: Iterable[Input]) -> Iterator[Output]:
            return _map_in_order(
                lambda each: pool.submit(function, each), lambda future: future.result(), inputs, workers
            )

        try:
            yield run
        except BrokenProcessPool:
            raise _worker_died("a worker process was killed") from None
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _ray_cluster(workers: int) -> Iterator[ParallelMap]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # read when Ray is imported: without it, a task that never fits into memory is retried forever
    os.environ.setdefault("RAY_task_oom_retries", str(RAY_RETRIES))
    import ray
    from ray.exceptions import OutOfMemoryError, RayError, WorkerCrashedError

    is_ours = not ray.is_initialized()
    if is_ours and (address := os.environ.get("RAY_ADDRESS")):
        try:
            ray.init(log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RayError) as error:  # Ray says the same of a wrong token and of no cluster at all
            raise DataError([Issue(address, 1, "no-cluster", str(error).strip().splitlines()[0])]) from None
    elif is_ours:  # a cluster on this machine alone
        ray.init(
            "local", num_cpus=workers, log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False,
            _node_ip_address="127.0.0.1",
        )  # fmt: skip

    try:
        with ExitStack() as open_results:  # Ray kills this process if it exits before its results are closed

            def run(function: Callable[[Input], Output], inputs: Iterable[Input]) -> Iterator[Output]:
                window = RAY_WINDOW * int(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call]
                remaining = iter(inputs)
                while batch := list(islice(remaining, window)):
                    for result in open_results.enter_context(closing(_map_on_ray(function, batch))):
                        if isinstance(result, Exception):
                            raise result
                        yield result

            yield run
    except (WorkerCrashedError, OutOfMemoryError) as error:
        raise _worker_died(str(error).strip().splitlines()[0]) from None
    finally:
        if is_ours:
            ray.shutdown()


def _map_on_ray(function: Callable[[Input], Output], inputs: list[Input]) -> Generator[Output | Exception, None, None]:
    """Yield the results of Ray Data, or the exceptions raised; each input is a block, and so a task, of its own."""
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    context.op_resource_reservation_enabled = False  # it reserves half of the cores for what follows a map
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    items = [{"input": pickle.dumps(each)} for each in inputs]
    dataset = ray.data.from_items(items, override_num_blocks=len(items))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`ray_remote_args`")  # nothing else stops it from retrying forever
        mapped = dataset.map(partial(_call_on_row, function), num_cpus=1, max_retries=RAY_RETRIES)
    # blocks and not rows: a thread that prefetches rows would outlive Ray, which then kills this process
    for bundle in mapped.iter_internal_ref_bundles():
        for block in ray.get(bundle.block_refs):
            yield from map(pickle.loads, block["result"].to_pylist())


def _call_on_row(function: Callable[[Any], Any], row: dict[str, bytes]) -> dict[str, bytes]:
    try:
        result = function(pickle.loads(row["input"]))
    except Exception as error:  # raised where the results are read: Ray Data would hide its type
        result = error
    return {"result": pickle.dumps(result)}


def _map_in_order(
    begin: Callable[[Input], Any], finish: Callable[[Any], Output], inputs: Iterable[Input], workers: int
) -> Iterator[Output]:
    remaining = iter(inputs)
    running = deque(map(begin, islice(remaining, workers * INPUTS_AHEAD)))
    while running:
        result = finish(running.popleft())
        running.extend(map(begin, islice(remaining, 1)))
        yield result
