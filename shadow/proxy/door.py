"""Takes clients in from a listening socket that several workers share, so that none gets much more than another.

Whoever has the processor first would take every client that comes, and a client stays where it was taken in. So a
worker that is ahead gives way, for a moment: if nobody else takes the client by then, it does.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from shadow.seats import Alone, Seat
    from shadow.tasks import Tasks

log = structlog.get_logger()

GIVE_WAY = 0.001
"""Seconds a client may wait for a worker that has fewer."""

AHEAD, AHEAD_SHARE = 2, 16
"""A worker gives way when it has this many clients, and a sixteenth of its own, more than the one with the fewest."""

FAILED_PAUSE = 1.0
"""Seconds to wait when no client can be taken in, such as for want of descriptors."""


class Door:
    """The way in for a worker's clients.

    `make` gives the protocol of the next connection, `clients` how many there are; `seat` is the worker's place
    among the others; `tls` is what the loop is told of TLS, and `failed` is called for each client that never came to
    speak it.
    """

    def __init__(  # noqa: PLR0913 - each is a part of the worker, which the door does not know
        self,
        sock: socket.socket,
        make: Callable[[], asyncio.Protocol],
        clients: Callable[[], int],
        *,
        seat: Seat | Alone,
        tasks: Tasks,
        tls: Mapping[str, Any],
        failed: Callable[[], None],
    ) -> None:
        self._sock = sock
        self._make = make
        self._clients = clients
        self._seat = seat
        self._tasks = tasks
        self._tls = tls
        self._failed = failed
        self._coming = 0
        self._handshakes: set[asyncio.Task[None]] = set()
        self._gave_way = False
        self._pause: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Begin to take clients in."""
        self._seat.take(self._clients())
        self._sock.settimeout(0)
        self._listen()

    def close(self) -> None:
        """Take no more in; who is still shaking hands need not be waited for, since it has asked for nothing."""
        self._seat.leave()
        if self._pause is not None:
            self._pause.cancel()
        asyncio.get_running_loop().remove_reader(self._sock)
        self._sock.close()
        for handshake in self._handshakes:
            handshake.cancel()

    def _listen(self) -> None:
        self._pause = None
        asyncio.get_running_loop().add_reader(self._sock, self._knocked)

    def _wait(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._sock)
        self._pause = loop.call_later(seconds, self._listen)

    def _knocked(self) -> None:
        """Take one client in: those behind it knock again, and meanwhile others may be faster."""
        clients = self._clients() + self._coming
        self._seat.take(clients)
        if not self._gave_way and clients - self._seat.fewest() > AHEAD + clients // AHEAD_SHARE:
            self._gave_way = True
            self._wait(GIVE_WAY)
            return
        self._gave_way = False
        try:
            client, _ = self._sock.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another worker was faster, or the client has left
        except OSError as exc:
            log.warning("shadow.accept_failed", error=exc.strerror)
            self._wait(FAILED_PAUSE)
            return
        client.settimeout(0)
        self._coming += 1
        self._seat.take(clients + 1)
        coming = self._tasks.start(self._take_in(client), name="client taken in")
        if self._tls:
            self._handshakes.add(coming)
            coming.add_done_callback(self._handshakes.discard)

    async def _take_in(self, client: socket.socket) -> None:
        """Make a client's connection; one that fails at the handshake has gone."""
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._make, client, **self._tls)
        except OSError:
            client.close()
            if self._tls:
                self._failed()
        finally:
            self._coming -= 1
