"""Make the next few things in threads while one is used: bounded, in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ahead(make: Callable[[T], R], things: Iterable[T], workers: int, most: int = 4) -> Iterator[R]:
    """`map`, with at most so many results waiting: a pool's own `map` would make, and hold, all of them."""
    remaining = iter(things)
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[R]] = deque(pool.submit(make, thing) for thing in islice(remaining, most))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(make, thing) for thing in islice(remaining, 1))
            yield result
