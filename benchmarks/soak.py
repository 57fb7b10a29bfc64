"""Minutes at seven tenths of what the house can do, with something going wrong every few seconds.

Run: python benchmarks/soak.py [--minutes 10] [--seed 1]. It measures first how many requests a second the house
answers, records and scores; then it sends 70 % of that while models hang, flood and drip, legacy breaks off, clients
leave, processes are stopped and killed, the store is locked and the configuration changes – by a schedule from the
seed, which it prints. Every request is numbered. In the end each must have one row in the record, rows, tallies and
roll-ups must agree, every error a client saw must be explained by what legacy did to that very request, and no
process may hold more than once it was warm. Exit code 1 when anything is amiss.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.closed_loop import run
from benchmarks.crowd import Crowd
from benchmarks.house import ServedHouse, config_of
from benchmarks.levels import Levels, left_behind, look
from benchmarks.mischief import Legacy, Mischief, Side, schedule
from benchmarks.reckoning import complaints, said, told, unaccounted, unexplained
from benchmarks.stubs import serving_as

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from benchmarks.levels import Key, Level

SHARE = 0.7
EVERY = 3.0
"""Seconds between two faults, about."""
CAPACITY_SECONDS = 5.0
SAMPLE_EVERY = 1.0
REST = 30.0
"""Seconds within which a house that has nothing more to do must have let everything go."""
SCORED_WITHIN = 60.0
"""Seconds in which something must be scored as long as anything is left to do."""


def configuration(legacy: int, model: int, shed_above: float) -> dict[str, Any]:
    """Give a strictly audited route in phase live, and one in phase shadow whose model is called come what may."""
    quick = {
        "adapter": "passthrough",
        "url": f"http://127.0.0.1:{model}",
        "timeout": "1s",
        "max_in_flight": 16,
    }
    config = config_of(
        f"http://127.0.0.1:{legacy}",
        f"http://127.0.0.1:{model}",
        listen__idle_timeout="30m",
        listen__shed_above=shed_above,
        legacy__idle_timeout="2s",
        models={
            "m": quick | {"breaker": {"failures": 10**9, "within": "1s", "cool_down": "1s"}},
            "sure": quick | {"breaker": {"failures": 5, "within": "10s", "cool_down": "2s"}},
        },
        routes__x__match={"path": "/v1/x/**"},
        routes__x__keep={"bodies": "none"},
    )
    routes = config["routes"]
    routes["live"] = routes["x"] | {"match": {"path": "/v1/live/**"}, "model": "sure"}
    routes["x"] = routes["x"] | {"rollout": {"phase": "shadow"}}
    return config


async def soak(  # noqa: PLR0913 - each an option of the command
    folder: Path,
    seconds: float,
    *,
    seed: int = 1,
    every: float = EVERY,
    workers: int = 2,
    measured: float = CAPACITY_SECONDS,
    shed_above: float = 1.0,
    say: Callable[[str], object] = print,
) -> list[str]:
    """Soak a house for so many seconds, and give what is amiss: nothing, if all is well."""
    legacy, model = Legacy(), Side()
    async with serving_as(legacy.choose) as old, serving_as(model.choose) as new:
        house = ServedHouse(folder, configuration(old, new, shed_above), workers=workers)
        crowd = Crowd(house.config["listen"]["port"])
        mischief = Mischief(house, legacy, model, crowd.requests)
        await house.start()
        try:
            before = await _new(house)
            capacity = await _capacity(house, crowd, measured)
            say(
                f"{capacity:.0f} requests a second are answered, recorded and scored; {SHARE:.0%} of that are sent"
            )
            levels = await _under_load(house, crowd, mischief, (seconds, SHARE * capacity, seed, every), say)
            for line in levels.table():
                say(line)
            late = await _late(house)
            after = await _at_rest(house, crowd, before)
        finally:
            code = await house.end()
        say(told(crowd.requests, crowd.postponed))
        say(f"the house said {dict(said(house))}")
    return [
        *[f"the house ended with {code} on SIGTERM"] * bool(code),
        *late,
        *mischief.amiss,
        *crowd.turned_away,
        *levels.leaks(),
        *left_behind(before, after),
        *complaints(house),
        *unexplained(crowd.requests, legacy),
        *unaccounted(house, crowd.requests, legacy),
    ]


async def _late(house: ServedHouse) -> list[str]:
    """Wait for the scorer, and complain if it does nothing more before it is through."""
    try:
        await house.settled(SCORED_WITHIN)
    except TimeoutError as exc:
        return [str(exc)]
    return []


async def _until_told(soaking: Coroutine[Any, Any, list[str]]) -> list[str]:
    """See a soak to its end, which is near when it is told to stop: nothing of its house is left then."""
    task = asyncio.ensure_future(soaking)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


async def _capacity(house: ServedHouse, crowd: Crowd, seconds: float) -> float:
    """Give the requests a second that the house answers in a closed loop and has scored in the end."""
    clock = asyncio.get_running_loop().time
    await crowd.enter()
    await crowd.run(seconds / 5, 0)
    await house.settled(SCORED_WITHIN)
    began, before = clock(), len(crowd.requests)
    await crowd.run(seconds, 0)
    await house.settled(SCORED_WITHIN)
    crowd.leave()
    return (len(crowd.requests) - before) / (clock() - began)


async def _under_load(
    house: ServedHouse,
    crowd: Crowd,
    mischief: Mischief,
    plan: tuple[float, float, int, float],
    say: Callable[[str], object],
) -> Levels:
    """Send, let things go wrong, and look; give what was seen."""
    seconds, rate, seed, every = plan
    levels = Levels()
    await crowd.enter()
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(_keep_looking(house, levels))
        faults = group.create_task(_let_go_wrong(mischief, seconds, seed, every, say))
        await crowd.run(seconds, rate)
        await faults
        looking.cancel()
    return levels


async def _keep_looking(house: ServedHouse, levels: Levels) -> None:
    while True:
        levels.add(await asyncio.to_thread(look, house))
        await asyncio.sleep(SAMPLE_EVERY)


async def _let_go_wrong(
    mischief: Mischief, seconds: float, seed: int, every: float, say: Callable[[str], object]
) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    async with asyncio.TaskGroup() as group:
        for fault in schedule(seed, seconds, every):
            await asyncio.sleep(max(began + fault.at - clock(), 0))
            say(f"{fault.at:6.1f} s: {fault.kind}, for {fault.seconds:.1f} s")
            group.create_task(mischief.carry_out(fault))


async def _new(house: ServedHouse) -> dict[Key, Level]:
    """Give what a house holds that nobody has asked for anything, once every worker has told of itself."""
    while True:
        found = await asyncio.to_thread(look, house)
        if all(level.tasks == level.tasks for (name, _), level in found.items() if name.startswith("proxy")):
            return found
        await asyncio.sleep(SAMPLE_EVERY)


async def _at_rest(house: ServedHouse, crowd: Crowd, before: dict[Key, Level]) -> dict[Key, Level]:
    """Let the clients go and the connections to both sides lapse; give what the house holds then.

    That is waited for until it is no more than before, but no longer than it may take.
    """
    crowd.leave()
    clock = asyncio.get_running_loop().time
    deadline = clock() + REST
    while True:
        await asyncio.sleep(SAMPLE_EVERY)
        found = await asyncio.to_thread(look, house)
        if clock() > deadline or not left_behind(before, found):
            return found


def main() -> None:
    """Soak, judge and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=EVERY, help="seconds between two faults, about")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--shed-above",
        type=float,
        default=1.0,
        help="as in `listen`; by default every shadow is seen to its end",
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        soaking = soak(
            Path(folder),
            options.minutes * 60,
            seed=options.seed,
            every=options.every,
            workers=options.workers,
            shed_above=options.shed_above,
            say=lambda words: print(words, flush=True),
        )
        amiss = run(_until_told(soaking))
    print("\n".join(amiss) if amiss else "nothing amiss")
    sys.exit(bool(amiss))


if __name__ == "__main__":
    main()
