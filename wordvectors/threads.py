"""Work shared among threads or processes, its results in order and in bounded memory."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TypeVar

from wordvectors.control_groups import allowed_processors

Item = TypeVar("Item")
Result = TypeVar("Result")
RESULTS_AHEAD = 64


def processors() -> int:
    """Return how many processors this process may use: by its affinity, and by the quota of its container.

    A part of one counts as one: a thread that is held up now and then does more than none.
    """
    allowed = allowed_processors()
    least = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return least if allowed is None else min(least, math.ceil(allowed))


def mapped_in_order(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Iterator[Result]:
    """Yield the function's result for each item, in their order; at most `threads` + 1 are made ahead.

    An item is taken from `items` in the caller's thread. The first error of the function is raised where
    its result would be.
    """
    under_way: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item in items:
            under_way.append(pool.submit(function, item))
            if len(under_way) > threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def shared_in_order(
    pool: Executor,
    function: Callable[[Item], Result],
    items: Iterable[Item],
    helpers: int,
    weight: Callable[[Item], int] = lambda item: 1,
) -> Iterator[Result]:
    """Yield the function's results in the order of the items, made by a pool and by the caller itself.

    The caller hands an item to the pool as long as one of its `helpers` could run out of work, and else makes
    the result itself. So all are busy, and from the first moment on: processes take a while to start. At most
    `RESULTS_AHEAD` results for each helper are made ahead, where an item's result counts as many as its weight.
    """
    under_way: deque[tuple[Future[Result], int]] = deque()
    ahead = 0
    for item in items:
        is_idle = sum(not made.done() for made, _ in under_way) < 2 * helpers
        under_way.append((pool.submit(function, item) if is_idle else _made(function, item), weight(item)))
        ahead += under_way[-1][1]
        while under_way and (under_way[0][0].done() or ahead > RESULTS_AHEAD * helpers):
            made, weighs = under_way.popleft()
            ahead -= weighs
            yield made.result()
    for made, _ in under_way:
        yield made.result()


def _made(function: Callable[[Item], Result], item: Item) -> Future[Result]:
    made: Future[Result] = Future()
    try:
        made.set_result(function(item))
    except Exception as fault:
        made.set_exception(fault)  # it is raised where the result would be
    return made
