"""The demo's traffic, step by step, and what is made of it at the end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from shadow.demo import ledger, page, truth
from shadow.demo.house import LOOK_AGAIN
from shadow.demo.options import DemoError

if TYPE_CHECKING:
    from collections.abc import Callable

    from shadow.demo.folder import Folder
    from shadow.demo.house import House
    from shadow.demo.plan import Step
    from shadow.demo.screen import Screen
    from shadow.demo.traffic import Client, Served

NOTICED = 0.5
"""Seconds to wait after a switch: twice what the workers take at most to notice it."""

WITHIN = 90.0
"""Seconds the record may take to get where it is waited for."""


_WHY = {
    "shed": " (the router's worker was busier than `listen.shed_above`: give it a quieter machine or raise that)",
    "unrecorded": " (there was no room in `record.queue`, or the worker died)",
    "off": " (the route was switched off, or the model killed)",
}


class Story:
    """The traffic and what is made of it."""

    def __init__(self, house: House, client: Client, files: Folder, screen: Screen) -> None:
        self._house = house
        self._client = client
        self._files = files
        self._screen = screen

    async def tell(self, steps: list[Step]) -> list[Served]:
        """Go through the steps; give everything that was served."""
        served: list[Served] = []
        for step in steps:
            self._screen.title(f"{step.name}: {step.about}")
            if step.switch:
                await self._house.shadow(*step.switch.words())
                await asyncio.sleep(NOTICED)
            with self._screen.progress("requests", len(step.questions)) as advance:
                await self._send(step, served, advance)
        return served

    async def _send(self, step: Step, served: list[Served], advance: Callable[[], None]) -> None:
        def seen(one: Served) -> None:
            served.append(one)
            advance()

        if not step.paced:
            await self._client.send_all(step.questions, step.phase, seen)
            return
        for question in step.questions:
            one = await self._client.send(question, step.phase(question.route))
            await self._recorded(len(served) + 1)
            seen(one)

    async def end(self, served: list[Served], *, real: bool) -> None:
        """Wait for the scorer, then print the report and who was right, and write the page."""
        self._screen.title("Waiting for the scorer")
        await self._recorded(len(served), scored=True)
        self._screen.say(f"  {len(served)} requests sent, {len(served)} recorded, {len(served)} scored")
        report = await self._house.shadow("report", "--format", "text")
        judged = truth.judge(served, ledger.pairs(self._files.store, ledger.readers(self._files.config)))
        await asyncio.to_thread(page.write, self._files, judged)
        self._screen.say(f"  the same as a page, with who was right: {self._files.report}")
        self._screen.result("\n".join([report, *truth.chapter(judged, real=real), "", *self._where()]))

    def _where(self) -> list[str]:
        return [
            "Where everything lies",
            f"  configuration  {self._files.config}",
            f"  store          {self._files.store}",
            f"  report         {self._files.report}",
            f"  logs           {self._files.log('router').parent}",
        ]

    async def _recorded(self, sent: int, *, scored: bool = False) -> None:
        """Wait until so many requests have a row, and a score where `scored`; DemoError when that cannot be."""
        now = ledger.progress(self._files.store)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WITHIN):
                while now.counted < sent or (scored and now.waiting):
                    self._house.check()
                    await asyncio.sleep(LOOK_AGAIN)
                    now = ledger.progress(self._files.store)
        if now.recorded < sent or (scored and now.waiting):
            raise DemoError(_missing(now, sent, now.waiting if scored else 0))


def _missing(now: ledger.Progress, sent: int, unscored: int) -> str:
    """Say how many rows, or scores, the record lacks, and why that can be."""
    told = [f"{unscored:,} are recorded and were not scored within {WITHIN:g} s"] if unscored else []
    for disposition, n in now.rowless.items():
        why = _WHY.get(disposition, "")
        told.append(f"{n:,} were counted as {disposition or 'waiting'} and left no row{why}")
    if now.counted < sent:
        told.append(
            f"{sent - now.counted:,} were not counted within {WITHIN:g} s; the router's log may tell more"
        )
    return f"of {sent:,} requests {now.recorded:,} are recorded: " + "; ".join(told)
