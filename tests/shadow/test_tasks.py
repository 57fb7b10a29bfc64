"""The owner of tasks loses none, tells of those that fail, and ends them all."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from shadow.tasks import Tasks


async def test_a_task_is_kept_until_it_is_done():
    """It counts while it runs, and gives its result to who asks."""
    tasks, going = Tasks(), asyncio.Event()

    async def work() -> str:
        await going.wait()
        return "done"

    task = tasks.start(work(), name="work")
    assert (len(tasks), task.get_name()) == (1, "work")
    going.set()
    assert (await task, len(tasks)) == ("done", 0)


async def test_a_task_that_fails_is_told_in_the_log():
    """By name and kind of error; its message, which may hold anything, stays out."""
    tasks = Tasks()

    async def work() -> None:
        raise LookupError("secret")

    with capture_logs() as events:
        tasks.keep(work(), name="work")
        while len(tasks):
            await asyncio.sleep(0)
    assert events == [
        {"event": "shadow.task_failed", "task": "work", "error": "LookupError", "log_level": "error"}
    ]


async def test_draining_waits_for_what_ends_in_time():
    """Nothing is cut, and nothing is left."""
    tasks, ended = Tasks(), []

    async def work() -> None:
        await asyncio.sleep(0)
        ended.append(True)

    tasks.keep(work(), name="work")
    assert (await tasks.drain(10.0), ended, len(tasks)) == (0, [True], 0)


async def test_draining_cancels_the_rest_and_says_how_many():
    """A cancelled task gets to clean up before draining returns."""
    tasks, cleaned = Tasks(), []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    for _ in range(2):
        tasks.keep(work(), name="work")
    await asyncio.sleep(0)
    assert (await tasks.drain(0.0), cleaned, len(tasks)) == (2, [True, True], 0)


async def test_draining_waits_for_tasks_that_others_start_meanwhile():
    """What a task starts on its way out is waited for as well."""
    tasks, ended = Tasks(), []

    async def last() -> None:
        await asyncio.sleep(0)
        ended.append("last")

    async def first() -> None:
        tasks.keep(last(), name="last")

    tasks.keep(first(), name="first")
    assert (await tasks.drain(10.0), ended) == (0, ["last"])


async def test_draining_nothing_returns_at_once():
    """There is nothing to wait for."""
    assert await Tasks().drain(10.0) == 0
