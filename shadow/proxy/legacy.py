"""The legacy side of a request: sends it on, and relays, holds or only records what comes back.

The answer goes to the client as it arrives, unless the request is exposed: then it is held behind a gate until
somebody else has decided.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from comparators.answer import Answer
from fallback.words import Failure
from shadow.proxy.settle import LegacyEnd
from shadow.request import Observation
from shadow.upstream.errors import Kind, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from comparators.answer import RawHeaders
    from shadow.proxy.answer import Client
    from shadow.proxy.capture import Capture
    from shadow.upstream.connection import Call
    from shadow.upstream.message import Head

BAD_GATEWAY = 502
UNAVAILABLE = 503
GATEWAY_TIMEOUT = 504


class Gate(Enum):
    """Where the legacy answer goes as it arrives."""

    OPEN = "open"
    HELD = "held"
    SHUT = "shut"


class Ended(Protocol):
    """Who is told how the legacy side ended."""

    def legacy_ended(self, end: LegacyEnd, observation: Observation | None) -> None:
        """Take how the legacy side ended."""
        ...


class LegacySide:
    """One legacy call, from the request sent to the last byte of its answer.

    `began` is when it was sent, by `perf_counter`, where that was before `run`. `in_or_stuck` is set once the
    whole answer is in, or has failed, or has grown beyond what may be held.
    """

    __slots__ = (
        "_began",
        "_call",
        "_capture",
        "_client",
        "_ended",
        "_error",
        "_extra",
        "_gate",
        "_head",
        "_held",
        "_moved",
        "_whole",
        "in_or_stuck",
    )

    def __init__(
        self,
        client: Client,
        capture: Capture,
        ended: Ended,
        *,
        extra: bytes | None = None,
        began: float | None = None,
    ) -> None:
        self._client = client
        self._capture = capture
        self._ended = ended
        self._extra = extra or b""
        self._gate = Gate.HELD if extra is None else Gate.OPEN
        self._head: Head | None = None
        self._held: list[bytes] = []
        self._whole = False
        self._error: UpstreamError | None = None
        self._call: Call | None = None
        self._began = began
        self._moved: asyncio.Event | None = None
        self.in_or_stuck: asyncio.Future[None] | None = None
        if extra is None:
            self._moved = asyncio.Event()
            self.in_or_stuck = asyncio.get_running_loop().create_future()

    @property
    def overflowed(self) -> bool:
        """Whether the answer is larger than what may be held."""
        return self._capture.overflowed

    @property
    def failed(self) -> bool:
        """Whether legacy gave no answer, or an error of its own (a status of 500 or above)."""
        return self._error is not None or (self._head is not None and self._head.status >= 500)

    @property
    def answer(self) -> Answer | None:
        """The whole answer; None until it is in, and of one that failed or is larger than what may be held."""
        if self._head is None or not self._whole or self.failed or self.overflowed:
            return None
        return Answer(self._head.status, self._head.headers, self._capture.body())

    async def run(self, ask: Callable[[], Awaitable[Call]]) -> None:
        """Make the call and see it to its end."""
        began = perf_counter() if self._began is None else self._began
        try:
            self._call = await ask()
            await self._relay(self._call)
        except UpstreamError as exc:
            self._fail(exc, perf_counter() - began)
        else:
            self._end(perf_counter() - began)
        finally:
            if self._call is not None:
                self._call.close()
            self._tell_in_or_stuck()

    async def _relay(self, call: Call) -> None:
        self._head = call.head
        body = call.take()
        if body is not None:
            self._capture.add(body)
            self._whole = True
            if self._gate is Gate.OPEN:
                self._client.send(call.head, body, self._extra, call.trailers)
            else:
                self._held.append(body)
            return
        if self._gate is Gate.OPEN:
            self._client.begin(call.head, self._extra)
        while chunk := await call.read():
            await self._pass_on(chunk)
        self._whole = True
        if self._gate is Gate.OPEN:
            self._client.end(call.trailers)

    async def _pass_on(self, chunk: bytes) -> None:
        self._capture.add(chunk)
        if self._gate is Gate.HELD:
            self._held.append(chunk)
            if self._capture.overflowed and self._moved is not None:
                # Nothing more may be held: the upstream connection's own flow control holds the rest back.
                self._tell_in_or_stuck()
                await self._moved.wait()
        elif self._gate is Gate.OPEN:
            await self._client.chunk(chunk)

    def _tell_in_or_stuck(self) -> None:
        if self.in_or_stuck is not None and not self.in_or_stuck.done():
            self.in_or_stuck.set_result(None)

    async def release(self, extra: bytes) -> None:
        """Open the gate: what was held goes out, and the rest follows as it arrives."""
        if self._error is not None:
            tell(self._client, self._error, extra)
        elif self._head is not None and self._whole:
            self._client.send(self._head, b"".join(self._held), extra, self._trailers())
        else:
            await self._release_part(extra)
        self._move(Gate.OPEN)

    async def _release_part(self, extra: bytes) -> None:
        self._extra = extra
        if self._head is None:
            return
        self._client.begin(self._head, extra)
        while self._held:  # more may be added while the client takes this one
            await self._client.chunk(self._held.pop(0))
        if self._error is not None:
            self._client.cut(kind_of(self._error))
        elif self._whole:
            self._client.end(self._trailers())

    def _trailers(self) -> RawHeaders:
        return self._call.trailers if self._call is not None else ()

    def discard(self) -> None:
        """Shut the gate: the model's answer was served, and this one is only recorded."""
        self._move(Gate.SHUT)

    def _move(self, gate: Gate) -> None:
        self._gate = gate
        self._held.clear()
        if self._moved is not None:
            self._moved.set()

    def _end(self, seconds: float) -> None:
        head = self._head
        assert head is not None
        if self._capture.overflowed:
            self._ended.legacy_ended(
                LegacyEnd.TOO_LARGE, Observation(seconds, Answer(head.status, head.headers))
            )
            return
        answer = Answer(head.status, head.headers, self._capture.body())
        if head.status >= 500:
            self._ended.legacy_ended(LegacyEnd.FAILED, Observation(seconds, answer, Failure.STATUS))
        else:
            self._ended.legacy_ended(LegacyEnd.ANSWERED, Observation(seconds, answer))

    def _fail(self, error: UpstreamError, seconds: float) -> None:
        self._error = error
        if self._gate is Gate.OPEN:
            if self._client.started:
                self._client.cut(kind_of(error))
            else:
                tell(self._client, error, self._extra)
        self._ended.legacy_ended(LegacyEnd.FAILED, Observation(seconds, None, error.failure, str(error)))


def tell(client: Client, error: UpstreamError, extra: bytes = b"") -> None:
    """Tell the client that legacy gave no whole answer, without a word of where it stands."""
    detail = f"the legacy system gave no whole answer ({error.failure})"
    client.problem(status_of(error), detail, kind=kind_of(error), extra=extra)


def status_of(error: UpstreamError) -> int:
    """Give the proxy's own status for a legacy system that gave no answer."""
    if error.kind is Kind.POOL_FULL:
        return UNAVAILABLE
    return GATEWAY_TIMEOUT if error.failure is Failure.TIMEOUT else BAD_GATEWAY


def kind_of(error: UpstreamError) -> str:
    """Give what it counts as."""
    return f"legacy_{error.kind}"
