"""`shadow serve`: starts every role as its own process, starts a fallen one again, and ends them together.

The listening socket is bound here, once, and handed to the workers: a taken port is told before anything runs,
and a worker's fall loses no connection that it had not yet accepted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from shadow.lifecycle import SUPERVISED, told_to_stop
from shadow.listening import bind
from shadow.seats import Hall
from shadow.tasks import Tasks

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from shadow.config.model import Config

log = structlog.get_logger()

FIRST_WAIT = 0.1
LONGEST_WAIT = 10.0
STEADY = 30.0
"""Seconds after which a role that has run this long is started again without a growing wait."""
BEYOND_DRAIN = 10.0
"""Seconds a role has, after the drain time, to write down what it still holds; then it is killed."""


@dataclass(frozen=True, slots=True)
class Role:
    """One process of the house: its name in the log, its command's words, what it inherits, who is told of its end."""

    name: str
    words: tuple[str, ...]
    sockets: tuple[int, ...] = ()
    left: Callable[[], None] = lambda: None


def roles(
    path: Path, workers: int, front: socket.socket, admin: socket.socket, hall: Hall | None = None
) -> list[Role]:
    """Give the processes that make up the house."""
    file = ("-c", str(path))
    return [
        *(_proxy(number, file, front, hall) for number in range(workers)),
        Role("scorer", ("scorer", *file)),
        Role("admin", ("admin", *file, "--fd", str(admin.fileno())), (admin.fileno(),)),
    ]


def _proxy(number: int, file: tuple[str, ...], front: socket.socket, hall: Hall | None) -> Role:
    """Give a worker; one that has others beside it has a seat among them."""
    name, fd = f"proxy-{number + 1}", front.fileno()
    words = ("proxy", *file, "--fd", str(fd))
    if hall is None:
        return Role(name, words, (fd,))
    return Role(name, (*words, *hall.words(number)), (fd, hall.fd), partial(hall.seats.leave, number))


class Supervisor:
    """Keeps a set of roles running until told to stop.

    `grace` is how many seconds they then have to leave. `sockets` are closed as the stop begins, so that new
    clients are refused and not left waiting for somebody to accept them.
    """

    def __init__(
        self,
        wanted: list[Role],
        environ: Mapping[str, str],
        *,
        grace: float,
        sockets: Sequence[socket.socket] = (),
        command: Sequence[str] = (sys.executable, "-m", "shadow"),
    ) -> None:
        self._wanted = wanted
        self._environ = {**environ, SUPERVISED: "1"}
        self._grace = grace
        self._sockets = sockets
        self._command = command
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._tasks = Tasks()
        self._told: asyncio.Event

    async def run(self) -> None:
        """Start every role, keep each running, and end them all when told to."""
        self._told = told_to_stop()
        keepers = [self._tasks.start(self._keep(role), name=role.name) for role in self._wanted]
        await self._told.wait()
        for each in self._sockets:
            each.close()
        for child in self._children.values():
            _end(child)
        _, late = await asyncio.wait(keepers, timeout=self._grace)
        if late:
            log.error("shadow.roles_killed", roles=sorted(self._children))
            for child in self._children.values():
                _kill(child)
            await asyncio.wait(late)

    async def _keep(self, role: Role) -> None:
        wait = FIRST_WAIT
        clock = asyncio.get_running_loop().time
        while not self._told.is_set():
            began = clock()
            code = await self._run_once(role)
            if self._told.is_set():
                return
            if clock() - began > STEADY:
                wait = FIRST_WAIT
            log.error("shadow.role_fallen", role=role.name, exit=code, again_in=wait)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._told.wait()
            wait = min(wait * 2, LONGEST_WAIT)

    async def _run_once(self, role: Role) -> int | str:
        """Run a role to its end; give its exit code, or why it could not be started."""
        try:
            child = await self._start(role)
        except OSError as exc:
            return exc.strerror or type(exc).__name__
        self._children[role.name] = child
        log.info("shadow.role_started", role=role.name, pid=child.pid)
        if self._told.is_set():  # told while the child was being started: nobody else has told it
            _end(child)
        code = await child.wait()
        del self._children[role.name]
        role.left()
        return code

    async def _start(self, role: Role) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._command,
            *role.words,
            stdin=asyncio.subprocess.PIPE,
            env=self._environ,
            pass_fds=role.sockets,
            process_group=0,  # no session of its own: processes give way to others of theirs only
        )


def _end(child: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.terminate()


def _kill(child: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def serve(path: Path, config: Config, environ: Mapping[str, str], *, workers: int) -> None:
    """Run the whole house in the foreground until told to stop."""
    with (
        bind(config.listen.host, config.listen.port, "listen") as front,
        bind(config.admin.host, config.admin.port, "admin") as admin,
        closing(Hall(workers)) as hall,
    ):
        supervisor = Supervisor(
            roles(path.resolve(), workers, front, admin, hall if workers > 1 else None),
            environ,
            grace=config.listen.drain + BEYOND_DRAIN,
            sockets=(front, admin),
        )
        host, port = front.getsockname()[:2]
        log.info("shadow.house_started", listen=f"{host}:{port}", workers=workers)
        asyncio.run(supervisor.run())
    log.info("shadow.house_stopped")
