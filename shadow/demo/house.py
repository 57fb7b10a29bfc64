"""Everything the demo runs: the legacy server, the model server, the router, and the router's commands."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import sys
from typing import TYPE_CHECKING

import aiohttp

from shadow.demo import smollm2
from shadow.demo.options import DemoError
from shadow.demo.server import HOST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from shadow.demo.children import Children
    from shadow.demo.folder import Folder
    from shadow.demo.options import Ports
    from shadow.demo.screen import Screen

PATIENCE = 60.0
"""Seconds a process may take to be ready."""

_TRIES = (
    ("status",),
    ("switch", "set", "address", "phase=canary", "exposure=0.5", "--by", "me", "--why", "to see it"),
    ("kill", "--by", "me", "--why", "back to legacy at once"),
)

LOOK_AGAIN = 0.1
"""Seconds between two looks at something that is waited for."""


class House:
    """Starts the demo's processes one after another and runs the router's commands against them."""

    def __init__(self, children: Children, folder: Folder, ports: Ports, screen: Screen) -> None:
        self._children = children
        self._folder = folder
        self._ports = ports
        self._screen = screen

    @property
    def url(self) -> str:
        """Where clients send their requests."""
        return f"http://{HOST}:{self._ports.proxy}"

    @property
    def admin(self) -> str:
        """Where the admin API is."""
        return f"http://{HOST}:{self._ports.admin}"

    async def start(self, session: aiohttp.ClientSession, weights: Path | None) -> None:
        """Start everything and wait until it is ready; with weights the model server is a real one."""
        python = (sys.executable, "-m")
        legacy, model = f"http://{HOST}:{self._ports.legacy}", f"http://{HOST}:{self._ports.model}"
        replay = [*python, "shadow.demo.model", "--port", str(self._ports.model)]
        await self._begin("legacy", [*python, "shadow.demo.legacy", "--port", str(self._ports.legacy)])
        await self._begin("model", smollm2.command(weights, self._ports.model) if weights else replay)
        await self._ready(session, "legacy", f"{legacy}/healthz")
        await self._ready(session, "model", f"{model}/v1/models")
        await self._begin("router", [*python, "shadow", "serve", "-c", str(self._folder.config)])
        await self._ready(session, "router", f"{self.admin}/readyz")

    async def _begin(self, name: str, command: Sequence[str]) -> None:
        await self._children.start(name, command, self._folder.log(name))

    async def _ready(self, session: aiohttp.ClientSession, name: str, url: str) -> None:
        last = "no answer"
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    self._children.check()
                    try:
                        async with session.get(url) as response:
                            if response.status == 200:
                                return
                            last = f"{response.status} {await response.text()}"
                    except aiohttp.ClientError as exc:
                        last = str(exc)
                    await asyncio.sleep(LOOK_AGAIN)
        except TimeoutError:
            raise DemoError(f"{name} was not ready in {PATIENCE:g} s; {url}: {last}") from None

    def check(self) -> None:
        """Raise DemoError when a process has fallen."""
        self._children.check()

    def tries(self) -> list[str]:
        """Give commands worth trying against the running demo."""
        ask = "curl -i -H 'Content-Type: application/json' -d"
        return [
            f'{ask} \'{{"text": "how would you say fly in italian"}}\' {self.url}/v1/intent',
            f'{ask} \'{{"text": "228 Main Street, Winsted, CT 06098"}}\' {self.url}/v1/address',
            f"curl {self.admin}/metrics",
            *(shlex.join(self.words(*words)) for words in _TRIES),
        ]

    def words(self, *words: str) -> tuple[str, ...]:
        """Give a command of the router as one would type it."""
        return ("shadow", *words, "-c", str(self._folder.config))

    async def shadow(self, *words: str) -> str:
        """Show and run a command of the router, and give what it prints; DemoError when it fails."""
        typed = self.words(*words)
        self._screen.command(*typed)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *typed),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            told, complained = await process.communicate()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode:
            raise DemoError(
                f"`{' '.join(typed)}` ended with {process.returncode}: {complained.decode().strip()}"
            )
        return told.decode()
