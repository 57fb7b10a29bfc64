from __future__ import annotations

import asyncio
from math import inf

import pytest

from shadow.limits.throttle import RateLimiter, window_of


def _now():
    return asyncio.get_running_loop().time()


async def _ask(limiter, times, deadline=inf):
    """Ask at once for several callers, in turn; give for each whether and when it was let through."""
    began = _now()

    async def one():
        return await limiter.acquire(deadline), _now() - began

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one()) for _ in range(times)]
    return [task.result() for task in tasks]


def test_a_period_s_calls_go_at_once_and_the_next_is_refused(run):
    """Without a wait, what is beyond the limit is shed, not queued."""
    limiter = RateLimiter(3, 1.0)
    assert run(_ask(limiter, 5)) == [(True, 0.0)] * 3 + [(False, 0.0)] * 2
    assert limiter.snapshot() == {"acquired": 3, "refused": 2, "waiting": 0}


def test_a_call_waits_for_its_turn_but_no_longer_than_allowed(run):
    """One who can be let through within the wait is; one who cannot is refused when it is over."""
    first, *others = run(_ask(RateLimiter(1, 1.0, wait=2.5), 4))
    assert first == (True, 0.0)
    assert [let for let, _ in others] == [True, True, False]
    assert [round(when, 1) for _, when in others] == [1.0, 2.0, 2.5]


def test_the_deadline_ends_the_wait(run):
    """No wait goes beyond the time the call itself has."""

    async def late():
        limiter = RateLimiter(1, 1.0, wait=10.0)
        await limiter.acquire(inf)
        began = _now()
        return await limiter.acquire(began + 0.5), round(_now() - began, 1), await limiter.acquire(began)

    assert run(late()) == (False, 0.5, False)


def test_who_waits_first_goes_first_and_newcomers_do_not_overtake(run):
    """The order of asking is the order of going, also for one who asks just as the window opens."""

    async def order():
        limiter, went = RateLimiter(1, 1.0, wait=10.0), []

        async def one(name, after):
            await asyncio.sleep(after)
            assert await limiter.acquire(inf)
            went.append(name)

        async with asyncio.TaskGroup() as group:
            for name, after in enumerate([0.0, 0.1, 0.2, 0.9, 1.001, 1.002]):
                group.create_task(one(name, after))
        return went

    assert run(order()) == [0, 1, 2, 3, 4, 5]


def test_only_so_many_wait(run):
    """Beyond the bound a call is refused at once."""
    limiter = RateLimiter(1, 1.0, wait=10.0, max_waiters=2)
    results = run(_ask(limiter, 5))
    assert [let for let, _ in results] == [True, True, True, False, False]
    assert [when for _, when in results[3:]] == [0.0, 0.0]


def test_a_waiter_that_is_cancelled_leaves_its_place(run):
    """A call given up while it waits takes nothing from the others."""

    async def cancelled():
        limiter = RateLimiter(1, 1.0, wait=10.0)
        await limiter.acquire(inf)
        async with asyncio.TaskGroup() as group:
            given_up = group.create_task(limiter.acquire(inf))
            next_one = group.create_task(limiter.acquire(inf))
            await asyncio.sleep(0.5)
            given_up.cancel()
        return next_one.result(), limiter.snapshot()

    assert run(cancelled()) == (True, {"acquired": 2, "refused": 0, "waiting": 0})


@pytest.mark.parametrize(("calls", "period", "wait"), [(1000, 1.0, 0.05), (200, 1.0, 0.05), (5, 1.0, 5.0)])
def test_the_long_run_rate_is_the_limit_s_and_never_more(calls, period, wait, run):
    """Under constant pressure no period holds more calls than allowed, and nearly all of them are used."""
    limiter, went = RateLimiter(calls, period, wait=wait), []

    async def pressed(until):
        while _now() < until:
            if await limiter.acquire(until):
                went.append(_now())

    async def pressure():
        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(pressed(_now() + 10 * period))

    run(pressure())
    assert all(later - first > period for first, later in zip(went, went[calls:], strict=False))
    assert len(went) >= 0.95 * 10 * calls


@pytest.mark.parametrize(
    ("calls", "period", "wait", "window"),
    [
        (1000, 1.0, 0.05, (50, 0.05)),
        (10_000, 1.0, 0.05, (500, 0.05)),
        (1000, 1.0, 0.0, (1000, 1.0)),
        (100, 1.0, 0.05, (100, 1.0)),
        (100, 60.0, 0.05, (100, 60.0)),
        (1009, 1.0, 0.05, (1009, 1.0)),
        (1000, 1.0, 0.001, (1000, 1.0)),
        (100, 1.0, 3.0, (100, 1.0)),
    ],
)
def test_a_limit_is_cut_only_where_waiters_can_bridge_the_window(calls, period, wait, window):
    """The window is a whole fraction of the limit, of ten calls or more, and no longer than the wait."""
    assert window_of(calls, period, wait) == window
