"""`shadow demo`: starts everything, lets the story be told, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiohttp

from shadow.demo import folder, plan, ports, smollm2
from shadow.demo.children import Children
from shadow.demo.house import LOOK_AGAIN, House
from shadow.demo.options import DemoError
from shadow.demo.screen import Screen
from shadow.demo.story import Story
from shadow.demo.traffic import Client
from shadow.errors import ShadowError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.demo.options import DemoOptions


async def run(options: DemoOptions, screen: Screen | None = None) -> int:
    """Run the demo and give its exit code: 0 done, 1 failed, 2 wrong use, 128 + the signal that ended it."""
    screen = screen or Screen()
    children = Children()
    with _told_to_stop(children, screen) as told:
        try:
            await _run(options, children, screen)
        except ShadowError as exc:
            screen.say(f"shadow demo: {exc}")
            return exc.code if isinstance(exc, DemoError) else 1
        except asyncio.CancelledError:
            if not told:
                raise
        screen.say("everything is stopped, nothing is left running")
        return 128 + told[0] if told else 0


@contextmanager
def _told_to_stop(children: Children, screen: Screen) -> Iterator[list[int]]:
    """Make Ctrl-C and SIGTERM cancel the demo, in order; a second one kills its processes at once."""
    loop, demo = asyncio.get_running_loop(), asyncio.current_task()
    told: list[int] = []

    def stop(number: int) -> None:
        if told:
            children.kill()
            return
        told.append(number)
        screen.say("\nstopping (once more: at once) …")
        if demo is not None and not children.ending:
            demo.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    try:
        yield told
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _run(options: DemoOptions, children: Children, screen: Screen) -> None:
    weights = smollm2.weights() if options.model == "smollm2" else None
    chosen = ports.choose(options.ports)
    files = folder.prepare(options, chosen)
    async with children, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        house = House(children, files, chosen, screen)
        screen.title("Starting a legacy server, a model server and the router")
        await house.start(session, weights)
        screen.say(f"  legacy computes its answers; {_model(options)}")
        screen.say(f"  clients send their requests to {house.url}")
        steps = plan.smollm2(options) if weights else plan.replay(options)
        story = Story(house, Client(session, house.url), files, screen)
        served = await story.tell(steps)
        await story.end(served, real=weights is not None)
        if options.keep:
            await _keep(house, screen)
        else:
            screen.say("(`shadow demo --keep` leaves everything running)")


def _model(options: DemoOptions) -> str:
    if options.model == "smollm2":
        return "the model is SmolLM2-135M-Instruct, a real LLM, run by llama.cpp"
    return (
        "the model server REPLAYS recorded answers with their probabilities\n"
        "  (intent: a MiniLM encoder with a logistic head; address: a conditional random field;\n"
        "  neither is an LLM)"
    )


async def _keep(house: House, screen: Screen) -> None:
    screen.title("Everything keeps running until Ctrl-C. Try:")
    for line in house.tries():
        screen.say(f"  {line}")
    while True:
        house.check()
        await asyncio.sleep(LOOK_AGAIN)
