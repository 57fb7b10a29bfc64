"""Runs a function over much work, here or in several processes: in order, with a bounded part of it under way.

Knows nothing of what is done.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future


Work = TypeVar("Work")
Result = TypeVar("Result")
Tool = TypeVar("Tool")

AHEAD = 2
"""Parts that wait for each process, besides the one it works on."""


_tools: list[Any] = []
"""What this process made for itself when it began."""


def each_in_order(
    use: Callable[[Tool, Work], Result],
    work: Iterable[Work],
    *,
    make: Callable[..., Tool],
    args: tuple[object, ...],
    jobs: int,
) -> Iterator[tuple[Work, Result]]:
    """Give each part of the work with `use(tool, part)`, in order; the tool is `make(*args)`, one a process.

    With one job everything is done in this process. Else `use`, `make`, `args`, work and results are pickled,
    and no more than jobs × (1 + AHEAD) parts are taken from `work` before their results are given.
    """
    if jobs == 1:
        tool = make(*args)
        for part in work:
            yield part, use(tool, part)
        return
    context = multiprocessing.get_context("spawn")  # a fork would take threads and connections along
    with ProcessPoolExecutor(jobs, context, _begin, (make, args)) as pool:
        under_way: deque[tuple[Work, Future[Result]]] = deque()
        try:
            for part in work:
                under_way.append((part, pool.submit(_work, use, part)))
                if len(under_way) >= jobs * (1 + AHEAD):
                    done, result = under_way.popleft()
                    yield done, result.result()
            while under_way:
                done, result = under_way.popleft()
                yield done, result.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin(make: Callable[..., object], args: tuple[object, ...]) -> None:
    _tools[:] = [make(*args)]


def _work(use: Callable[[Any, Work], Result], part: Work) -> Result:
    return use(_tools[0], part)
