"""The fault suite: peers that misbehave, on real sockets, a file for each kind of peer.

Which test shows which promise stands in `docs/faults.md`. `FUZZ_SECONDS` says how long each fuzzing test searches;
where it is set, each run searches elsewhere, else all search the same place.
"""

from __future__ import annotations

import asyncio
import os
import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from structlog.testing import capture_logs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from hypothesis import strategies as st

SECONDS = float(os.environ.get("FUZZ_SECONDS", "5"))
START = random.SystemRandom().getrandbits(48) if "FUZZ_SECONDS" in os.environ else 0
ROUND = settings(
    max_examples=25,
    deadline=None,
    database=None,
    phases=(Phase.generate,),  # a failure names its stream; to make that shorter takes minutes
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def search() -> Callable[..., Awaitable[int]]:
    """Give the search: tries what the strategy makes until the time is over, and says how much that was.

    hypothesis runs beside the loop, which serves both peers and the router between them.
    """

    async def search(strategy: st.SearchStrategy[Any], check: Callable[[Any], Awaitable[None]]) -> int:
        loop = asyncio.get_running_loop()
        until, tried = loop.time() + SECONDS, 0

        def one(made: Any) -> None:
            nonlocal tried
            tried += 1
            asyncio.run_coroutine_threadsafe(check(made), loop).result()

        def rounds() -> None:
            number = START
            while loop.time() < until:
                seed(number)(ROUND(given(strategy)(one)))()
                number += 1

        await asyncio.to_thread(rounds)
        return tried

    return search


@pytest.fixture
def nothing_unexpected() -> Callable[..., Any]:
    """Give a guard around a house: no bug of it, no task that fell, no error of the loop's own while it is held."""

    @contextmanager
    def held(house: Any) -> Iterator[None]:
        loop, told = asyncio.get_running_loop(), []
        loop.set_exception_handler(lambda _, context: told.append(context))
        with capture_logs() as events:
            yield
        loop.set_exception_handler(None)
        assert told == []
        assert [event for event in events if event["log_level"] in ("error", "critical")] == []
        assert [event for event in events if event["event"] == "shadow.server_failed"] == []
        assert "500" not in house.worker.state()["own_errors"]

    return held
