"""The processes the demo starts, each in a group of its own, and gone when the block ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from shadow.demo.options import DemoError
from shadow.lifecycle import SUPERVISED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GRACE = 25.0
"""Seconds a process has to end in order, longer than the router takes to drain; then it is killed."""


@dataclass(frozen=True, slots=True)
class Child:
    """One running process: its name, where its words go, and its handle."""

    name: str
    log: Path
    process: asyncio.subprocess.Process

    def last_words(self, lines: int = 8) -> str:
        """Give the end of what it wrote."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


class Children:
    """Starts processes and ends them all, the last started first, whatever ends the block."""

    def __init__(self, *, grace: float = GRACE) -> None:
        self._grace = grace
        self._running: list[Child] = []
        self.ending = False

    async def __aenter__(self) -> Self:
        """Give itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End every process and wait until it is gone."""
        self.ending = True
        try:
            for child in reversed(self._running):
                await self._end(child)
        finally:
            self.kill()  # when this was cut short, or a process left something in its group
            for child in self._running:
                await child.process.wait()

    async def start(self, name: str, command: Sequence[str], log: Path) -> Child:
        """Start a process; its output goes to `log`, and its input ends when the demo does."""
        with log.open("wb") as words:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=words,
                stderr=words,
                env={**os.environ, SUPERVISED: "1"},
                start_new_session=True,
            )
        child = Child(name, log, process)
        self._running.append(child)
        return child

    def check(self) -> None:
        """Raise DemoError, with its last words, when a process has fallen."""
        for child in self._running:
            if child.process.returncode is not None:
                raise DemoError(
                    f"{child.name} ended by itself with {child.process.returncode}; its last words, "
                    f"from {child.log}:\n{child.last_words()}"
                )

    def kill(self) -> None:
        """Kill every process at once."""
        for child in self._running:
            _signal(child, signal.SIGKILL)

    async def _end(self, child: Child) -> None:
        _signal(child, signal.SIGTERM)
        try:
            async with asyncio.timeout(self._grace):
                await child.process.wait()
        except TimeoutError:
            _signal(child, signal.SIGKILL)
            await child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)
