"""The pen a worker writes its record with: a process of its own that does the work of `Writer`.

Starts that process when it is first needed and again after its fall. A batch whose end is in doubt is given to the
next one under the same id, which knows from the store whether it was committed.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from itertools import chain
from typing import TYPE_CHECKING, cast

from shadow.errors import StoreError
from shadow.record import wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shadow.record.workers import Worker
    from shadow.record.writer import Batch

LEAVES_WITHIN = 2.0
"""Seconds the process has to end once it has nothing to do."""

FALLS = 3
"""How often the process may fall over one batch until the batch is given up: it is taken for the cause."""

PART = 1 << 16
"""Bytes that are sent, at least, until the loop gets its turn again."""


class RemoteError(Exception):
    """Something failed in the recorder's process; `kind` names the error it was there."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class RemotePen:
    """Has batches written by a process of its own, one at a time.

    Of a store named by `url`; `strict` makes each commit wait for the disk, `busy` is how many seconds one waits
    for another process's lock.
    """

    def __init__(self, url: str, *, strict: bool, busy: float) -> None:
        self._words = (url, "strict" if strict else "relaxed", str(busy))
        self._process: subprocess.Popen[bytes] | None = None
        self._link: Link | None = None
        self._fell_over = ("", 0)

    @property
    def pid(self) -> int | None:
        """The process, where one runs."""
        return None if self._process is None else self._process.pid

    async def write(self, batch: Batch[bytes], worker: Worker) -> Sequence[str]:
        """Commit a batch; give the ids of exchanges that could not be written for a fault of their own.

        Raises StoreError when the store, or the process itself, failed; RemoteError for anything else.
        """
        link = self._link or await self._start()
        await _send(link, batch, worker)
        data = await link.receipt()
        if data is None:
            await self.close()
            raise self._fallen(batch.id)
        receipt = wire.decode_receipt(data)
        if receipt.error:
            error = RemoteError(receipt.error)
            if receipt.store:
                raise StoreError("the recorder's process could not write") from error
            raise error
        return receipt.dropped

    def _fallen(self, batch: str) -> Exception:
        last, times = self._fell_over
        self._fell_over = (batch, times + 1 if batch == last else 1)
        error = RemoteError("process_ended")
        if self._fell_over[1] >= FALLS:
            return error
        gone = StoreError("the recorder's process ended")
        gone.__cause__ = error
        return gone

    async def close(self) -> None:
        """Let the process end: it has answered for everything it was given."""
        link, self._link = self._link, None
        process, self._process = self._process, None
        if link is not None:
            link.close()
        if process is not None:
            await asyncio.to_thread(_see_off, process)

    async def _start(self) -> Link:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = start_clerk(self._words, theirs.fileno())
            except OSError as exc:
                ours.close()
                raise StoreError("the recorder's process cannot be started") from exc
        _, self._link = await asyncio.get_running_loop().create_connection(Link, sock=ours)
        return self._link


def start_clerk(words: tuple[str, ...], link: int) -> subprocess.Popen[bytes]:
    """Start the process, at the other end of a socket."""
    return subprocess.Popen(  # noqa: S603 - our own module and interpreter
        (sys.executable, "-m", "shadow.record.clerk", *words), stdin=link, stdout=subprocess.DEVNULL
    )


def _see_off(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(LEAVES_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Link(asyncio.Protocol):
    """The worker's end of the pair of sockets: frames out, receipts in."""

    def __init__(self) -> None:
        self._came = bytearray()
        self._lost = False
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take a part of a receipt."""
        self._came += data
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it fell says nothing more
        """Take that the process is gone."""
        self._lost = True
        self._wake()

    def pause_writing(self) -> None:
        """Take that the process is slower than its orders."""
        self._paused = True

    def resume_writing(self) -> None:
        """Take that there is room again."""
        self._paused = False
        self._wake()

    async def send(self, data: bytes) -> None:
        """Send bytes, give the loop its turn, and wait while the process has more than it can take."""
        if not self._lost:
            self._transport.write(data)
        await asyncio.sleep(0)
        while self._paused and not self._lost:
            await self._news()

    async def receipt(self) -> bytes | None:
        """Wait for a receipt; None when the process is gone."""
        while not self._lost:
            size = int.from_bytes(self._came[: wire.SIZE], "big")
            if len(self._came) >= wire.SIZE + size and self._came:
                data = bytes(self._came[wire.SIZE :])
                self._came.clear()
                return data
            await self._news()
        return None

    def close(self) -> None:
        """End the stream."""
        self._transport.close()

    async def _news(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def _send(link: Link, batch: Batch[bytes], worker: Worker) -> None:
    """Send a batch, in parts between which the loop has its turn."""
    sizes = len(batch.opens), len(batch.rows), len(batch.finals)
    frames = [wire.framed(wire.Order(batch.id, *sizes, [*batch.counts.items()], worker))]
    held = 0
    for data in chain(batch.opens, batch.rows, batch.finals):
        frames += wire.length(data), data
        held += len(data)
        if held >= PART:
            await link.send(b"".join(frames))
            frames, held = [], 0
    if frames:
        await link.send(b"".join(frames))
