"""Fakes for tests of whatever calls an upstream: one in memory, one on a real socket that misbehaves on cue.

Knows nothing of the router; a script says all that a peer does.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from typing import TYPE_CHECKING, Self

from comparators.answer import Answer

if TYPE_CHECKING:
    import ssl as tls
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from shadow.request import Request

    Script = Callable[["Peer"], Awaitable[None]]

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class FakeUpstream:
    """An upstream in memory: answers by path, else from a queue whose last entry repeats; keeps the requests.

    An exception in the place of an answer is raised. While `held` is set to an unset event, calls wait for it.
    """

    def __init__(
        self, *answers: Answer | Exception, by_path: Mapping[str, Answer | Exception] | None = None
    ) -> None:
        self._queue = deque(answers or (() if by_path else (Answer(),)))
        self._by_path = dict(by_path or {})
        self.requests: list[Request] = []
        self.held: asyncio.Event | None = None

    async def __call__(self, request: Request) -> Answer:
        """Keep the request and give its answer; LookupError when there is none for its path."""
        self.requests.append(request)
        if self.held is not None:
            await self.held.wait()
        answer = self._by_path.get(request.path)
        if answer is None:
            if not self._queue:
                raise LookupError(f"no answer for {request.path}")
            answer = self._queue.popleft() if len(self._queue) > 1 else self._queue[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Peer:
    """The server's end of one connection, for a script to act on."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def head(self) -> bytes:
        """Read a request's head, blank line included; IncompleteReadError when the client leaves instead."""
        return await self.reader.readuntil(b"\r\n\r\n")

    async def request(self) -> bytes:
        """Read one whole request, head and body as they came."""
        head = await self.head()
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        if b"transfer-encoding" not in fields:
            return head + await self.reader.readexactly(int(fields.get(b"content-length", 0)))
        body = b""
        while not body.endswith(b"\r\n0\r\n\r\n") and body != b"0\r\n\r\n":
            body += await self.reader.readline()
        return head + body

    async def send(self, data: bytes) -> None:
        """Send bytes, and wait while the client is slower."""
        self.writer.write(data)
        await self.writer.drain()

    async def drip(self, data: bytes) -> None:
        """Send bytes one at a time, each in a turn of the loop of its own."""
        for value in data:
            await self.send(bytes([value]))
            await asyncio.sleep(0)

    def close(self) -> None:
        """Close the connection in the ordinary way, after what was sent."""
        self.writer.close()

    def reset(self) -> None:
        """Break the connection: the client sees a reset."""
        link = self.writer.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.writer.transport.abort()

    async def gone(self) -> bytes:
        """Wait until the client has closed its half, and give what it sent until then."""
        return await self.reader.read()


class ScriptedServer:
    """A TCP server on a free port of 127.0.0.1 that does on each connection what its script says.

    The first script is for the first connection and so on; the last is for all that follow. A script is an
    `async (peer: Peer) -> None`, after which the connection is closed, or bytes: then every request gets just
    these. An async context manager; leaving it ends all scripts, and raises what went wrong in one of them.
    """

    def __init__(self, *scripts: Script | bytes, ssl: tls.SSLContext | None = None) -> None:
        self._scripts = scripts or (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",)
        self._ssl = ssl
        self._running: set[asyncio.Task[None]] = set()
        self._errors: list[Exception] = []
        self._accepted = asyncio.Condition()
        self.connections = 0
        self.requests: list[bytes] = []
        self.port = 0

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"{'https' if self._ssl else 'http'}://127.0.0.1:{self.port}"

    async def accepted(self, connections: int) -> None:
        """Wait until so many connections have come."""
        async with self._accepted:
            await self._accepted.wait_for(lambda: self.connections >= connections)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._ssl)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self._server.wait_closed()
        if self._errors and error is None:
            raise self._errors[0]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        peer = Peer(reader, writer)
        script = self._scripts[min(self.connections, len(self._scripts) - 1)]
        self.connections += 1
        async with self._accepted:
            self._accepted.notify_all()
        try:
            if isinstance(script, bytes):
                await self._answer_all(peer, script)
            else:
                await script(peer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        except Exception as exc:  # noqa: BLE001 - told where the test can see it
            self._errors.append(exc)
        finally:
            writer.close()

    async def _answer_all(self, peer: Peer, answer: bytes) -> None:
        while True:
            self.requests.append(await peer.request())
            await peer.send(answer)
