"""A function and its inputs to its outputs in the same order, in this process or in a pool of processes."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

In = TypeVar("In")
Out = TypeVar("Out")


def run(function: Callable[[In], Out], inputs: Iterable[In], workers: int = 1) -> Iterator[Out]:
    """Yield ``function(input)`` for each input, in the order of the inputs.

    With more than one worker the function runs in processes of its own, so it must be importable;
    the results do not depend on their number.
    """
    if workers <= 1:
        yield from map(function, inputs)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # spawn: a forked child would inherit the locks of Arrow's threads
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(function, inputs)
