"""How a role's process starts its loop and learns that it has to stop."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SUPERVISED = "SHADOW_SUPERVISED"
"""Set by the supervisor: standard input is then a pipe whose end means that the supervisor is gone."""


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Give uvloop's loop where it is installed, else asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def runner() -> asyncio.Runner:
    """Give the runner every role runs in."""
    return asyncio.Runner(loop_factory=loop_factory())


def raise_descriptor_limit() -> None:
    """Let this process open as many files and sockets as it may: the soft limit becomes the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return
    with suppress(OSError, ValueError):  # where the system promises more than it gives, the old one stays
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def descriptors() -> int:
    """Give how many files and sockets this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else sys.maxsize


def told_to_stop(*pipes: int) -> asyncio.Event:
    """Give an event that is set on SIGTERM, on SIGINT, or when the supervisor is gone, or who holds one of the pipes.

    From here to the end of the running loop neither signal ends the process by itself. One that comes again
    while the process drains changes nothing: a stop may well be told twice, by the supervisor and by whoever
    stops the whole group.
    """
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    if SUPERVISED in os.environ:
        pipes = (*pipes, sys.stdin.fileno())
    for pipe in pipes:
        loop.add_reader(pipe, partial(_listen_to_supervisor, loop, pipe, told))
    return told


async def until_told_to_stop(*pipes: int) -> None:
    """Return once `told_to_stop` has been."""
    await told_to_stop(*pipes).wait()


def _listen_to_supervisor(loop: asyncio.AbstractEventLoop, pipe: int, told: asyncio.Event) -> None:
    if not os.read(pipe, 4096):
        loop.remove_reader(pipe)
        told.set()
