"""The connections to one upstream: which is used, how many there are, how long they live.

A request is written to a connection once. Nothing is ever sent again: a request whose bytes left may have
been executed, and one whose bytes did not leave fails with `sent` False, for the caller to judge.
"""

from __future__ import annotations

import asyncio
import ssl as tls
from math import inf
from typing import TYPE_CHECKING

from shadow.upstream.connection import Call, Connection
from shadow.upstream.dial import dial
from shadow.upstream.errors import Kind, UpstreamError, UpstreamTimeout
from shadow.upstream.message import declared_length, encode_request, request_length
from shadow.upstream.names import AT_MOST, Names
from shadow.upstream.target import below
from shadow.upstream.turns import FullError, Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable

    from comparators.answer import RawHeaders
    from shadow.upstream.message import Head
    from shadow.upstream.target import Origin

_GRAIN = 0.01
_ONE_WRITE = 65536


class Pool:
    """Keep-alive connections to one origin, the last used first.

    Times are in seconds, sizes in bytes. At most `max_connections` are open; at most `max_waiting` callers
    wait for one to come free, at most `connect_timeout` long; beyond either a call fails with `pool_full`.
    `idle_timeout` should be shorter than the upstream's own keep-alive time. `receive_buffer` bounds what the
    system holds of an answer that nobody has read yet; without it the system decides, up to some megabytes.
    At most `lookups` of the origin's name are under way.
    """

    def __init__(  # noqa: PLR0913 - each limit is a setting
        self,
        origin: Origin,
        *,
        connect_timeout: float = 2.0,
        max_connections: int = 256,
        max_waiting: int = 1024,
        idle_timeout: float = 4.0,
        head_limit: int = 65536,
        buffer: int = 262144,
        receive_buffer: int | None = None,
        ssl: tls.SSLContext | None = None,
        lookups: int = AT_MOST,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.origin = origin
        self._names = Names(origin.host, at_most=lookups)
        self._connect_timeout = connect_timeout
        self._max_connections = max_connections
        self._idle_timeout = idle_timeout
        self._head_limit = head_limit
        self._buffer = buffer
        self._receive_buffer = receive_buffer
        self._ssl = ssl
        self._clock = clock
        self._closed = False
        self._drained: asyncio.Future[None] | None = None
        self._connections: set[Connection] = set()
        self._idle: dict[Connection, float] = {}
        self._turns = Turns(max_waiting, self._unused)
        self._opening = 0
        self._lingering: set[Connection] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._armed = inf
        self.opened = 0
        self.reused = 0
        self.closed = 0
        self.refused = 0
        self.timed_out = 0
        self.surplus = 0

    async def send(  # noqa: PLR0913 - each is a part of the request or a bound on it
        self,
        *,
        method: bytes,
        target: bytes,
        headers: RawHeaders = (),
        body: bytes | AsyncIterable[bytes] = b"",
        deadline: float | None = None,
        idle: float | None = None,
        on_info: Callable[[Head], None] | None = None,
    ) -> Call:
        """Send a request and give its call once the answer's head is here.

        The origin's base path goes in front of `target`. An iterable body is sent as it comes, with the
        headers' Content-Length if there is one, else in chunks. `deadline`, on the loop's clock, bounds the
        whole answer; `idle`, in seconds, each wait for the upstream, but none for the caller or its body.
        `on_info` is given each informational head (not 101).

        UpstreamError when no answer comes; ValueError for a request that cannot be written.
        """
        expires = inf if deadline is None else deadline
        if isinstance(body, bytes):
            data = self._encode(method, target, headers, length=request_length(method, body), chunked=False)
            connection = self._pop_idle() or await self._acquire(expires)
            call = Call(connection, headers, deadline=expires, idle=idle, on_info=on_info)
            self._post(call, connection, data, body, bodiless=method == b"HEAD")
        else:
            length = declared_length(headers)
            data = self._encode(method, target, headers, length=length, chunked=length is None)
            connection = self._pop_idle() or await self._acquire(expires)
            call = Call(connection, headers, deadline=expires, idle=idle, on_info=on_info)
            self._post(call, connection, data, b"", bodiless=method == b"HEAD")
            call.send_body(body, length)
        return await call.answered()

    def start(
        self,
        *,
        method: bytes,
        target: bytes,
        headers: RawHeaders,
        body: bytes,
        idle: float,
        on_info: Callable[[Head], None],
    ) -> Call | None:
        """Send a request at once where a connection stands ready, and give its call; None where none does.

        As `send`, but that the answer's head is still to be waited for, with `answered`.
        """
        if not self._idle:
            return None
        data = self._encode(method, target, headers, length=request_length(method, body), chunked=False)
        connection, _ = self._idle.popitem()
        self.reused += 1
        call = Call(connection, headers, idle=idle, on_info=on_info)
        self._post(call, connection, data, body, bodiless=method == b"HEAD")
        return call

    def _post(self, call: Call, connection: Connection, data: bytes, body: bytes, *, bodiless: bool) -> None:
        if call.expires < self._armed:
            self.watch(call.expires)
        if len(body) <= _ONE_WRITE:
            connection.begin(call, data + body, bodiless=bodiless)
        else:
            connection.begin(call, data, bodiless=bodiless)
            connection.post(body)

    def snapshot(self) -> dict[str, int]:
        """Count the connections: opened, reused and closed so far, in use, idle and waited for now; and lookups.

        `surplus` ended because the upstream sent what nobody had asked for.
        """
        return {
            "opened": self.opened,
            "reused": self.reused,
            "closed": self.closed,
            "refused": self.refused,
            "timed_out": self.timed_out,
            "surplus": self.surplus,
            "in_use": len(self._connections) - len(self._idle),
            "idle": len(self._idle),
            "waiting": len(self._turns),
            "lookups": self._names.under_way,
            "lookups_full": self._names.full,
        }

    async def close(self) -> None:
        """Abort every connection and fail every waiter; returns when the transports are gone."""
        self._closed = True
        self._turns.fail(UpstreamError(Kind.CLOSED, f"{self.origin}: the pool is closed"))
        for connection in tuple(self._connections):
            connection.fail(UpstreamError(Kind.CLOSED, f"{self.origin}: the pool is closed", sent=True))
        if self._timer is not None:
            self._timer.cancel()
        if self._lingering:
            self._drained = asyncio.get_running_loop().create_future()
            await self._drained

    # What connections tell: the Owner's face.

    def name(self) -> str:
        """Name the upstream for error messages."""
        return str(self.origin)

    def now(self) -> float:
        """Give the time that deadlines are told in: the loop's, unless another clock was given."""
        clock = self._clock
        if clock is None:  # kept, for to ask for the loop is to ask the system, each time
            clock = self._clock = asyncio.get_running_loop().time
        return clock()

    def watch(self, at: float) -> None:
        """See to it that calls whose time is over at `at` are ended then.

        One timer serves every call and every idle connection. A call that ends in time leaves it alone, so
        that most calls cost none; when it fires, it looks who is due and is set again for the next.
        """
        if at >= self._armed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed = at
        delay = max(at - self.now(), 0.0)
        self._timer = asyncio.get_running_loop().call_later(delay, self.tick)

    def released(self, connection: Connection) -> None:
        """Take back a connection that is ready for the next request."""
        if self._turns and self._turns.hand(connection):
            return
        if self._closed:
            connection.abort()
            return
        self._idle[connection] = until = self.now() + self._idle_timeout
        if until < self._armed:
            self.watch(until)

    def exceeded(self) -> None:
        """Count a connection on which came what nobody had asked for."""
        self.surplus += 1

    def ended(self, connection: Connection) -> None:
        """Forget a connection: it is closed, or about to be."""
        if connection in self._connections:
            self._connections.remove(connection)
            self._idle.pop(connection, None)
            self.closed += 1
            self._pass_slot_on()

    def lost(self, connection: Connection) -> None:
        """Take that a connection's transport is gone for good."""
        self._lingering.discard(connection)
        if not self._lingering and self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    def tick(self) -> None:
        """End the calls whose time is over and the connections idle for too long; set the timer again."""
        self._timer = None
        self._armed = inf
        now = self.now()
        following = inf
        for connection, until in tuple(self._idle.items()):
            if until > now:
                following = until
                break
            connection.abort()
        for connection in tuple(self._connections):
            call = connection.call
            if call is None:
                continue
            if call.expires <= now:
                self.timed_out += 1
                connection.expire()
            else:
                following = min(following, call.expires)
        if following < inf:
            self.watch(max(following, now + _GRAIN))

    # Getting a connection.

    def _encode(
        self, method: bytes, target: bytes, headers: RawHeaders, *, length: int | None, chunked: bool
    ) -> bytes:
        origin = self.origin
        if origin.authorization is not None and not any(
            name.lower() == b"authorization" for name, _ in headers
        ):
            headers = (*headers, (b"Authorization", origin.authorization))
        if origin.base_path:
            target = below(origin.base_path, target)
        return encode_request(
            method, target, headers, host=origin.host_header, length=length, chunked=chunked
        )

    def _pop_idle(self) -> Connection | None:
        if self._idle:
            connection, _ = self._idle.popitem()
            self.reused += 1
            return connection
        return None

    async def _acquire(self, deadline: float) -> Connection:
        if self._closed:
            raise UpstreamError(Kind.CLOSED, f"{self.origin}: the pool is closed")
        if self._turns or len(self._connections) + self._opening >= self._max_connections:
            connection = await self._wait_turn(deadline)
            if connection is not None and connection.usable:
                self.reused += 1
                return connection
            if connection is not None:  # it died on the way here, and its slot went to the next
                return await self._acquire(deadline)
        else:
            self._opening += 1
        return await self._open(deadline)

    async def _open(self, deadline: float) -> Connection:
        """Open a connection in the slot that `_opening` counts."""
        loop = asyncio.get_running_loop()
        encrypted = self.origin.scheme == "https"
        if encrypted and self._ssl is None:
            self._ssl = tls.create_default_context()
        try:
            connection = await dial(
                self.origin,
                self._names,
                lambda: Connection(self, loop, head_limit=self._head_limit, buffer=self._buffer),
                seconds=max(min(deadline - self.now(), self._connect_timeout), 0.0),
                ssl=self._ssl if encrypted else None,
            )
        except BaseException as exc:
            self.timed_out += isinstance(exc, UpstreamTimeout)
            self._unused(None)
            raise
        if self._closed or not connection.usable:
            connection.abort()
            self._unused(None)
            raise UpstreamError(Kind.CONNECT, f"{self.origin}: the connection ended as soon as it was open")
        self._opening -= 1
        self._connections.add(connection)
        self._lingering.add(connection)
        self.opened += 1
        if self._receive_buffer is not None:
            connection.bound_receiving(self._receive_buffer)
        return connection

    async def _wait_turn(self, deadline: float) -> Connection | None:
        seconds = max(min(deadline - self.now(), self._connect_timeout), 0.0)
        try:
            return await self._turns.wait(seconds)
        except FullError:
            self.refused += 1
            raise UpstreamError(
                Kind.POOL_FULL, f"{self.origin}: every connection is in use, and the queue for one is full"
            ) from None
        except TimeoutError:
            self.refused += 1
            raise UpstreamError(
                Kind.POOL_FULL,
                f"{self.origin}: every connection is in use, and none came free in {seconds:g} s",
            ) from None

    def _unused(self, given: Connection | None) -> None:
        """Pass on what was given to a caller that is gone: a connection, or a slot to open one in."""
        if given is None:
            self._opening -= 1
            self._pass_slot_on()
        elif given.usable:
            self.released(given)

    def _pass_slot_on(self) -> None:
        if not self._closed and self._turns.hand(None):
            self._opening += 1
