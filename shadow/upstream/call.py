"""One request under way and its answer: what a caller reads, writes, and lets go of.

Knows nothing of transports: it is told by its connection what came, and asks it to send.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING, cast

from shadow.upstream.errors import Kind, UpstreamError
from shadow.upstream.message import Head, chunk_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable

    from comparators.answer import RawHeaders
    from shadow.upstream.connection import Connection

NO_HEAD = Head(0, b"", (), "1.1", keep_alive=False)
"""The head of a call that has no answer yet."""


class Call:
    """One request under way and its answer.

    The connection goes back to the pool by itself once the answer is complete; `close` is needed for one that
    is not read to its end, and harmless otherwise. A cancelled `read` or `write` aborts the connection.
    """

    __slots__ = (
        "_chunks",
        "_connection",
        "_deadline",
        "_error",
        "_idle",
        "_upload",
        "_waiter",
        "complete",
        "expires",
        "head",
        "on_info",
        "request_headers",
        "trailers",
        "unsent",
        "upgraded",
    )

    def __init__(
        self,
        connection: Connection,
        headers: RawHeaders,
        *,
        deadline: float = inf,
        idle: float | None = None,
        on_info: Callable[[Head], None] | None = None,
    ) -> None:
        self.head = NO_HEAD
        self.trailers: RawHeaders = ()
        self.complete = self.upgraded = self.unsent = False
        self.expires = self._deadline = deadline
        self.on_info = on_info
        self.request_headers = headers
        self._idle = idle
        self._connection: Connection | None = connection
        self._chunks: list[bytes] = []
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._upload: asyncio.Task[None] | None = None

    def take(self) -> bytes | None:
        """Give the rest of the body if all of it is here already, else None; never waits."""
        return self._joined() if self.complete else None

    async def read(self) -> bytes:
        """Give what came of the body since, waiting for some; empty at its end.

        UpstreamError once what came before the answer broke off is read.
        """
        while not self._chunks:
            if self._error is not None:
                raise self._error
            if self.complete:
                return b""
            await self.progress()
        return self._joined()

    async def write(self, data: bytes) -> None:
        """Send bytes after an upgrade, and wait while the upstream is slower."""
        try:
            await self._write(data)
        except asyncio.CancelledError:
            self.close()
            raise

    def write_eof(self) -> None:
        """Tell the upstream, after an upgrade, that nothing more will be sent."""
        if self._connection is not None:
            self._connection.write_eof()

    def close(self) -> None:
        """Let go of the call: an answer that is not complete is aborted with its connection."""
        if self._connection is not None:
            self._connection.fail(UpstreamError(Kind.CLOSED, "the call was closed", sent=True))

    def allow_until(self, deadline: float | None) -> None:
        """Move the time, of the loop's clock, by which the whole answer must be here; None lifts it."""
        self.expires = self._deadline = inf if deadline is None else deadline
        if self._connection is not None and deadline is not None:
            self._connection.owner.watch(deadline)

    async def answered(self) -> Call:
        """Wait for the final head, and give the call itself; raises what kept it from coming."""
        while self.head is NO_HEAD and self._error is None:
            await self.progress()
        if self._error is not None:
            raise self._error
        return self

    async def progress(self) -> None:
        """Wait until something happens on the connection."""
        connection = cast("Connection", self._connection)
        self._waiter = connection.loop.create_future()
        if self._idle is not None and self._upload is None:
            self._expect_within_idle()
        try:
            await self._waiter
        except asyncio.CancelledError:
            self.close()
            raise
        if self._idle is not None:
            self.expires = self._deadline

    def send_body(self, body: AsyncIterable[bytes], length: int | None) -> None:
        """Send a body beside the waiting for its answer; the task is this call's own and ends with it."""
        self.unsent = True
        loop = cast("Connection", self._connection).loop
        self._upload = loop.create_task(self._send_all(body, length), name="shadow.upload")
        self._upload.add_done_callback(self._uploaded)

    async def _send_all(self, body: AsyncIterable[bytes], length: int | None) -> None:
        left = length
        async for part in body:
            if not part:
                continue
            if left is not None:
                left -= len(part)
                if left < 0:
                    break
            await self._write(part if length is not None else chunk_of(part))
        if left:
            raise UpstreamError(Kind.CLOSED, "the request's body has not the announced length", sent=True)
        if length is None:
            await self._write(chunk_of(b""))

    async def _write(self, data: bytes) -> None:
        connection = self._connection
        if connection is None:
            raise self._error or UpstreamError(Kind.CLOSED, "the call has ended", sent=True)
        self._expect_within_idle()
        await connection.write(data)
        self.expires = self._deadline

    def _uploaded(self, task: asyncio.Task[None]) -> None:
        self._upload = None
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self.unsent = False
            if self._waiter is not None:
                self._expect_within_idle()
        elif self._connection is not None:
            self._connection.fail(error if isinstance(error, Exception) else RuntimeError("the upload died"))

    def _expect_within_idle(self) -> None:
        if self._idle is not None and self._connection is not None:
            owner = self._connection.owner
            self.expires = min(self._deadline, owner.now() + self._idle)
            owner.watch(self.expires)

    def _joined(self) -> bytes:
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        if self._connection is not None:
            self._connection.drained()
        return data

    # What the connection tells.

    def arrived(self, head: Head, chunks: list[bytes]) -> None:
        """Take the head and the list that the body's parts are put on."""
        self.head = head
        self._chunks = chunks

    def switched(self) -> None:
        """Take that the connection is a tunnel now, which has no answer to be late and may be silent."""
        self.upgraded = True
        self._idle = None
        self.allow_until(None)

    def came(self) -> None:
        """Take that there is something new."""
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    def ended(self, error: Exception | None) -> None:
        """Take that the connection is no longer this call's."""
        self._connection = None
        self._error = error
        self.complete = error is None
        self.stop_sending()
        self.came()

    def stop_sending(self) -> None:
        """End an upload that the upstream no longer wants."""
        if self._upload is not None:
            self._upload.cancel()
