"""The real house as its users run it: `serve` in a process of its own, watched through its log and its store."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 30.0
"""Seconds anything that is waited for may take."""

LOOK_AGAIN = 0.02


def free_port() -> int:
    """Give a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


async def until(true: Callable[[], Any], what: str, within: float = PATIENCE) -> Any:
    """Look again until something is true, and give it; TimeoutError, naming it, when that takes too long."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + within
    while not (found := true()):
        if clock() > deadline:
            raise TimeoutError(f"{what} did not happen within {within:g} s")
        await asyncio.sleep(LOOK_AGAIN)
    return found


def config_of(legacy: str, model: str, **changes: Any) -> dict[str, Any]:
    """Give a live, strictly audited route `x`, changed by dotted keys (`routes__x__rollout__phase`)."""
    config: dict[str, Any] = {
        "listen": {"port": free_port(), "drain": "5s", "shed_above": 1.0},
        "admin": {"port": free_port()},
        "store": "sqlite:///shadow.db",
        "record": {"audit": "strict"},
        "legacy": {"url": legacy, "timeout": "10s"},
        "models": {"m": {"adapter": "passthrough", "url": model, "timeout": "2s"}},
        "routes": {
            "x": {
                "match": {"path": "/v1/x"},
                "model": "m",
                "compare": [{"use": "json"}],
                "confidence": {"use": "field", "options": {"pointer": "/confidence"}, "threshold": 0.5},
                "rollout": {"phase": "live", "patience": "500ms"},
            }
        },
    }
    for dotted, value in changes.items():
        *parents, last = dotted.split("__")
        place = config
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return config


class ServedHouse:
    """One house in a folder; it may be started again after it was killed."""

    def __init__(self, folder: Path, config: dict[str, Any], *, workers: int = 1) -> None:
        self.path = folder / "shadow.yaml"
        self.store = folder / "shadow.db"
        self.log = folder / "log"
        self.config = config
        self.url = f"http://127.0.0.1:{config['listen']['port']}"
        self.admin = f"http://127.0.0.1:{config['admin']['port']}"
        self._workers = workers
        self._begun = 0
        self.process: asyncio.subprocess.Process
        self.write_config()

    def write_config(self) -> None:
        """Save the configuration, as an editor does: a new file in the place of the old one."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(self.config))
        fresh.replace(self.path)

    async def start(self) -> None:
        """Start the house and wait until it says that it is ready."""
        await self.begin()
        await self.ready()

    async def begin(self) -> None:
        """Start the house, ready or not."""
        self._begun = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as words:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "shadow", "serve", "-c", str(self.path)),
                *("--workers", str(self._workers)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )

    async def ready(self) -> None:
        """Wait until every worker listens and the admin API says that the house is ready."""
        await until(
            lambda: len(self.events("shadow.worker_started")) >= self._workers, "every worker's start"
        )
        clock = asyncio.get_running_loop().time
        deadline = clock() + PATIENCE
        while (await self.get("/readyz"))[0] != 200:
            if clock() > deadline:
                raise TimeoutError(f"not ready: {await self.get('/readyz')}")
            await asyncio.sleep(LOOK_AGAIN)

    async def get(self, path: str) -> tuple[int, Any]:
        """Ask the admin API; status 0 while it does not answer."""
        try:
            async with aiohttp.ClientSession() as session, session.get(self.admin + path) as answer:
                text = await answer.text()
                return answer.status, json.loads(text) if "json" in answer.content_type else text
        except aiohttp.ClientError as exc:
            return 0, str(exc)

    async def command(self, *words: str) -> tuple[int, str, str]:
        """Run a command of the router; give its exit code and what it wrote to stdout and stderr."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shadow", *words, "-c", str(self.path)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        told, complained = await process.communicate()
        return process.returncode or 0, told.decode(), complained.decode()

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """Read the log's events since the last start, all or those of a name."""
        lines = self.log.read_bytes()[self._begun :].splitlines()
        found = [json.loads(line) for line in lines if line.startswith(b"{") and line.endswith(b"}")]
        return [event for event in found if name in ("", event["event"])]

    def pids(self) -> dict[str, int]:
        """Give the process of each role that was started last."""
        return {event["role"]: event["pid"] for event in self.events("shadow.role_started")}

    def kill(self, role: str) -> int:
        """Kill a role's process at once, of the scorer the one that scores, too; give the role's."""
        pid = self.pids()[role]
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if role == "scorer" else os.kill)(pid, signal.SIGKILL)
        return pid

    async def kill_all(self) -> None:
        """Kill the supervisor and every role at once, as a power cut does."""
        self.process.kill()
        for role in self.pids():
            self.kill(role)
        await self.process.wait()
        await self.gone()

    async def gone(self) -> None:
        """Wait until no process of the house is left."""
        await until(lambda: not any(map(alive, self.pids().values())), "the end of every process")

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell the house to stop, and give its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Read from the store."""
        connection = sqlite3.connect(self.store, timeout=10)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    async def settled(self, within: float = PATIENCE) -> None:
        """Wait until every exchange in the store is scored, those included that a killed worker left open.

        TimeoutError when none is scored for `within` seconds.
        """
        while left := self._unscored():
            await until(partial(self._has_fewer, left), "scoring", within)

    def _has_fewer(self, unscored: int) -> bool:
        return self._unscored() < unscored

    def _unscored(self) -> int:
        (count,) = self.query("SELECT count(*) FROM exchanges WHERE state < 2")[0]
        return int(count)


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and was not yet waited for does not, where that can be seen."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # no such file system here: the signal is all we know
