"""Fakes of what stands around the proxy's parts, and a real server to hand them real requests."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from comparators.answer import Answer
from fallback.decision import ModelState
from shadow.clock import FakeClock
from shadow.config.model import Route
from shadow.proxy.answer import Client
from shadow.proxy.errors import OwnErrors
from shadow.proxy.exchange import Surroundings
from shadow.proxy.limits import Limits
from shadow.proxy.model import Outcome
from shadow.proxy.plan import RoutePlan
from shadow.proxy.server import Server
from shadow.proxy.spare import Spare
from shadow.proxy.written import Written
from shadow.request import Observation, Request
from shadow.tasks import Tasks
from shadow.upstream.message import Head

if TYPE_CHECKING:
    from aiohttp import web

    from shadow.record.exchange import Exchange

OK = Head.of(200, ((b"Content-Length", b"2"),))


class FakeCall:
    """A legacy call under way: gives the parts of its body as the test puts them on `parts`; b"" ends it."""

    def __init__(self, *parts: bytes | Exception, head: Head = OK, whole: bytes | None = None) -> None:
        self.head = head
        self.whole = whole
        self.closed = 0
        self.trailers: tuple[tuple[bytes, bytes], ...] = ()
        self.parts: asyncio.Queue[bytes | Exception] = asyncio.Queue()
        for part in parts:
            self.parts.put_nowait(part)

    def take(self) -> bytes | None:
        return self.whole

    async def read(self) -> bytes:
        part = await self.parts.get()
        if isinstance(part, Exception):
            raise part
        return part

    def close(self) -> None:
        self.closed += 1


class FakeLegacy:
    """A legacy system that takes the whole request and gives the call it was told to give, or raises."""

    def __init__(self) -> None:
        self.call: FakeCall | Exception = FakeCall(whole=b"ok")
        self.held: asyncio.Event | None = None
        self.bodies: list[bytes] = []

    def ask_at_once(self, _request, _body, _inform) -> None:
        """Have no connection ready: `ask` is waited for."""

    async def ask(self, _request, body, _inform) -> FakeCall:
        whole = body if isinstance(body, bytes) else b"".join([part async for part in body])
        self.bodies.append(whole)
        if self.held is not None:
            await self.held.wait()
        if isinstance(self.call, Exception):
            raise self.call
        return self.call


class FakeRecord:
    """A record that keeps what it is given; `commits` says whether an exchange can be committed."""

    def __init__(self) -> None:
        self.rows: list[Exchange] = []
        self.opened: list[Exchange] = []
        self.finished: list[Exchange] = []
        self.commits = True

    def put(self, exchange: Exchange) -> bool:
        self.rows.append(exchange)
        return True

    def finish(self, exchange: Exchange) -> bool:
        self.finished.append(exchange)
        return True

    async def commit(self, exchange: Exchange, _timeout: float) -> bool:
        self.opened.append(exchange)
        return self.commits


class FakeAdapter:
    """An adapter whose answers are read as they come."""

    def failed(self, raw: Answer) -> bool:
        return raw.status >= 500

    def read(self, raw: Answer) -> Answer:
        return raw


class FakeModel:
    """A model whose calls end at once with `outcome`, or when the test tells the `ended` that it keeps."""

    def __init__(self, outcome: Outcome | None = None) -> None:
        self.adapter = FakeAdapter()
        self.outcome = outcome
        self.asked: list[Request] = []
        self.ended: Any = None

    def start(self, request: Request, ended) -> None:
        self.asked.append(request)
        self.ended = ended
        if self.outcome is not None:
            ended(self.outcome)


def answered(answer: Answer | None = None) -> Outcome:
    """Give the outcome of a call that was answered."""
    return Outcome(ModelState.ANSWERED, Observation(0.5, answer or Answer.of(text="model")))


def plan_of(
    *,
    model: Any = None,
    confidence: float | None = 0.9,
    threshold: Any = 0.5,
    weigher: Any = None,
    **keys: Any,
) -> RoutePlan:
    """Give the plan of a route `x`, with a threshold and whatever else its part of the file says."""
    rollout = {"key": "header:X-Key", **keys.pop("rollout", {})}
    sure = {"use": "constant", "options": {"value": 1}, "threshold": threshold}
    route = Route.model_validate(
        {"match": {"path": "/x"}, "model": "m", "confidence": sure, "rollout": rollout, **keys}
    )
    return RoutePlan(
        "x",
        route,
        model=model,
        estimator=lambda _: confidence,
        version="v1",
        config_hash="hash",
        weigher=weigher,
    )


@dataclass
class Around:
    """What surrounds an exchange, all of it fake but the tasks."""

    legacy: FakeLegacy = field(default_factory=FakeLegacy)
    record: FakeRecord = field(default_factory=FakeRecord)
    tasks: Tasks = field(default_factory=Tasks)
    clock: FakeClock = field(default_factory=FakeClock)
    spare: Spare = field(default_factory=Spare)

    def surroundings(self, commit_within: float | None = None) -> Surroundings:
        return Surroundings(self.legacy, self.record, self.tasks, self.clock, commit_within, self.spare)


@pytest.fixture
async def around():
    """Surround an exchange, and end what is left of it."""
    made = Around()
    yield made
    await made.tasks.drain(0)


@pytest.fixture
async def serve():
    """Serve raw requests by a function of (request, client); gives a function from bytes sent to bytes got.

    The connection is left open until the server closes it, so the last request should ask for that; with `leave`
    the client leaves instead, once that event is set.
    """
    async with AsyncExitStack() as stack:

        async def start(act, **options):
            async def handle(request: web.BaseRequest):
                client = Client(request)
                await act(request, client)
                return Written(keep_alive=client.keep_alive)

            return await serving(stack, handle, **options)

        yield start


@pytest.fixture
async def serve_raw():
    """Serve raw requests by a handler of aiohttp's own kind."""
    async with AsyncExitStack() as stack:

        async def start(handle, **options):
            return await serving(stack, handle, **options)

        yield start


async def serving(
    stack: AsyncExitStack,
    handle,
    *,
    lingering_time: float = 10.0,
    handler_cancellation: bool = True,
    **options,
):
    """Run a handler as the worker does, with some limits changed; give a function that sends bytes to it."""
    server = Server(handle, Limits(**options), OwnErrors())
    server._kwargs["lingering_time"] = lingering_time
    server.handler_cancellation = handler_cancellation
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    stack.push_async_callback(server.shutdown, 0.1)
    stack.callback(listener.close)

    async def exchange(data: bytes, *, leave: asyncio.Event | None = None) -> bytes:
        reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
        writer.write(data)
        try:
            if leave is None:
                return await reader.read()
            await leave.wait()
            return b""
        finally:
            writer.close()

    return exchange


@pytest.fixture
def fakes():
    """Give this module's names to a test; test folders are no packages."""
    return _Fakes


class _Fakes:
    Around = Around
    FakeCall = FakeCall
    FakeLegacy = FakeLegacy
    FakeModel = FakeModel
    FakeRecord = FakeRecord
    FakeAdapter = FakeAdapter
    answered = staticmethod(answered)
    plan_of = staticmethod(plan_of)

    @staticmethod
    def chunked(status: int = 200) -> Head:
        """Give the head of an answer of unknown length."""
        return Head.of(status, ((b"Transfer-Encoding", b"chunked"), (b"X-Y", b"z")))
