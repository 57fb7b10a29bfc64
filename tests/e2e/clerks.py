"""Forks the processes of recorders from one that has read their modules: a house opens at once.

What a worker does otherwise, and how long a new interpreter takes for it, is the matter of
tests/shadow/record/test_remote.py and of every test that runs `shadow serve`.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable


class Clerks:
    """The process that forks; it ends when it is closed, and what it forked with its worker."""

    def __init__(self) -> None:
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "tests.e2e.clerks"), stdin=theirs.fileno()
            )

    def start(self, words: tuple[str, ...], link: int) -> Clerk:
        """Start a recorder's process, as `shadow.record.remote.start_clerk` does."""
        ended, held = os.pipe()
        socket.send_fds(self._link, [json.dumps([os.geteuid(), *words]).encode()], [link, held])
        os.close(held)
        return Clerk(int(self._link.recv(32)), ended)

    def close(self) -> None:
        """End the process."""
        self._link.close()
        self._process.wait()


class Clerk:
    """A process that somebody else forked; its end is the end of a pipe that it holds open."""

    def __init__(self, pid: int, ended: int) -> None:
        self.pid = pid
        self._ended = os.fdopen(ended, "rb")

    def wait(self, timeout: float | None = None) -> None:
        """Wait for its end; subprocess.TimeoutExpired when that takes longer."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._ended, selectors.EVENT_READ)
            if not selector.select(timeout):
                raise subprocess.TimeoutExpired("clerk", timeout or 0.0)
        self._ended.close()

    def kill(self) -> None:
        """Kill it."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def main() -> None:
    """Fork a recorder's process for each message: its words, its worker's socket, and a pipe to hold open."""
    from shadow.record import clerk

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    orders = socket.socket(fileno=os.dup(0))
    while True:
        data, fds, *_ = socket.recv_fds(orders, 65536, 2)
        if not data:
            return
        pid = os.fork()
        if pid == 0:
            orders.close()
            _become(clerk.main, fds[0], *json.loads(data))
        for each in fds:
            os.close(each)
        orders.send(str(pid).encode())


def _become(clerk: Callable[[], None], link: int, user: int, *words: str) -> NoReturn:
    os.seteuid(user)  # as the worker has it
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(link, 0)
    os.close(link)
    sys.argv[1:] = words
    try:
        clerk()
    except BaseException:  # noqa: BLE001 - as an interpreter ends
        traceback.print_exc()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
