"""The demo's traffic, step by step, and what is made of it at the end."""

from __future__ import annotations

import asyncio
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
            await self._until(lambda: ledger.progress(self._files.store).recorded > len(served))
            seen(one)

    async def end(self, served: list[Served], *, real: bool) -> None:
        """Wait for the scorer, then print the report and who was right, and write the page."""
        self._screen.title("Waiting for the scorer")
        await self._until(lambda: ledger.progress(self._files.store) == ledger.Progress(len(served), 0))
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

    async def _until(self, reached: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(WITHIN):
                while not reached():
                    self._house.check()
                    await asyncio.sleep(LOOK_AGAIN)
        except TimeoutError:
            now = ledger.progress(self._files.store)
            raise DemoError(
                f"the record did not get there: {now.recorded} recorded, {now.waiting} unscored"
            ) from None
