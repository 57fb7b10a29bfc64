"""A whole house in one process, on real sockets: a legacy server, a model server, a worker and a scorer."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from shadow.clock import SystemClock
from shadow.config.load import load
from shadow.proxy.worker import Worker
from shadow.record import remote
from shadow.scorer.role import Scorer
from tests.e2e.clerks import Clerks

if TYPE_CHECKING:
    from pathlib import Path


_BY_DISPOSITION = "SELECT route, served, reason, disposition, count(*) FROM exchanges GROUP BY 1, 2, 3, 4"
_ROWLESS = frozenset({"off", "unmatched"})


class Side:
    """A real HTTP server that stands for one side; what it does is set per test."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answer = self.echo
        self.url = ""

    async def echo(self, _: web.Request) -> web.StreamResponse:
        """Answer with a JSON object that names this side."""
        return web.json_response({"side": self.name})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.requests.append((request.method, request.raw_path, dict(request.headers), body))
        return await self.answer(request)

    @asynccontextmanager
    async def running(self):
        """Run on a free port of loopback."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{tail:.*}", self.handle)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()


class House:
    """A worker and a scorer between the two sides, over a store in a folder of its own."""

    def __init__(self, path: Path, legacy: Side, model: Side) -> None:
        self.path = path
        self.legacy = legacy
        self.model = model
        self.url = ""
        self.worker: Worker
        self.session: aiohttp.ClientSession
        self._stopped = False

    @property
    def store(self) -> Path:
        """The store's file."""
        return self.path.parent / "shadow.db"

    async def post(self, path: str = "/v1/x", **options: Any) -> tuple[int, dict[str, str], bytes]:
        """Send a request through the proxy; give status, headers and body."""
        if "data" not in options:
            options.setdefault("json", {"text": "hello"})
        async with self.session.post(URL(self.url + path, encoded=True), **options) as answer:
            return answer.status, dict(answer.headers), await answer.read()

    async def stop(self) -> None:
        """Stop the worker in order, as SIGTERM does; once."""
        if not self._stopped:
            self._stopped = True
            await self.worker.stop()

    async def settle(self) -> None:
        """Wait until every exchange that has begun is written and scored."""
        while self.worker.front.active or self.worker.busy:
            await asyncio.sleep(0.005)
        assert await self.worker.recorder.drain(5)
        loop = asyncio.get_running_loop()
        scorer = Scorer(load(self.path, environ={}), SystemClock())
        with ThreadPoolExecutor(1) as thread:
            while await loop.run_in_executor(thread, scorer.step) == 0.0:
                pass
            await loop.run_in_executor(thread, scorer.close)

    def rows(self, columns: str = "served, reason, disposition") -> list[tuple[Any, ...]]:
        """Read exchanges, in the order they were written."""
        return self.query(f"SELECT {columns} FROM exchanges ORDER BY seq")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Read from the store."""
        connection = sqlite3.connect(self.store)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def tallies(self) -> Counter[tuple[str, str, str, str]]:
        """Read the traffic's counts by route, served, reason and disposition."""
        return Counter(
            {
                key: n
                for *key_, n in self.query(
                    "SELECT route, served, reason, disposition, sum(n) FROM tallies GROUP BY 1, 2, 3, 4 HAVING sum(n)"
                )
                for key in [tuple(key_)]
            }
        )

    async def idle(self) -> None:
        """Wait until no connection to legacy is in use."""
        async with asyncio.timeout(5):
            while self.worker.pool.snapshot()["in_use"]:
                await asyncio.sleep(0.001)

    async def accounted(self, sent: dict[str, int]) -> None:
        """Settle, and see that every request sent, by route, has ended in exactly one disposition."""
        await self.settle()
        counted: Counter[str] = Counter()
        for (route, *_), n in self.tallies().items():
            counted[route] += n
        assert counted == sent
        rows = Counter({key: n for *key_, n in self.query(_BY_DISPOSITION) for key in [tuple(key_)]})
        assert rows == Counter({key: n for key, n in self.tallies().items() if key[2] not in _ROWLESS})

    def switch(self, **settings: Any) -> None:
        """Set overrides on the route `x`, as the command does."""
        from shadow.record.store import open_store
        from shadow.record.switches import Override, set_override

        store = open_store(f"sqlite:///{self.store}")
        for key, value in settings.items():
            set_override(store, Override("x", key, value, by="test", why="test", at=SystemClock().now()))
        store.close()


def config_of(legacy: Side, model: Side, **changes: Any) -> dict[str, Any]:
    """Give a configuration with one route `x`, changed by dotted keys (`routes__x__rollout__phase`)."""
    config: dict[str, Any] = {
        "listen": {"port": 0, "drain": "2s"},
        "store": "sqlite:///shadow.db",
        "record": {"flush": "5ms"},
        "legacy": {"url": legacy.url, "timeout": "5s"},
        "models": {"m": {"adapter": "passthrough", "url": model.url, "timeout": "2s"}},
        "routes": {
            "x": {
                "match": {"path": "/v1/x"},
                "model": "m",
                "compare": [{"use": "json"}],
                "confidence": {"use": "field", "options": {"pointer": "/confidence"}, "threshold": 0.5},
                "rollout": {"phase": "shadow", "key": "header:X-Key", "patience": "500ms"},
            }
        },
    }
    for dotted, value in changes.items():
        *parents, last = dotted.split("__")
        place = config
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return config


@pytest.fixture(scope="session")
def clerks():
    """Give what starts the processes of recorders, in a moment."""
    made = Clerks()
    yield made
    made.close()


@pytest.fixture
async def open_house(tmp_path, clerks, monkeypatch):
    """Open a house with some keys of the configuration changed."""
    monkeypatch.setattr(remote, "start_clerk", clerks.start)
    async with AsyncExitStack() as stack:
        legacy = await stack.enter_async_context(Side("legacy").running())
        model = await stack.enter_async_context(Side("model").running())
        count = 0

        async def opened(**changes: Any) -> House:
            nonlocal count
            count += 1
            folder = tmp_path / str(count)
            folder.mkdir()
            path = folder / "shadow.yaml"
            path.write_text(json.dumps(config_of(legacy, model, **changes)))
            house = House(path, legacy, model)
            house.worker = Worker(path, {})
            sock = socket.create_server(("127.0.0.1", 0))
            port = await house.worker.start(sock)
            stack.push_async_callback(house.stop)
            house.url = f"http://127.0.0.1:{port}"
            house.session = await stack.enter_async_context(aiohttp.ClientSession())
            return house

        yield opened


class Wire:
    """A client that sees every byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self) -> bytes:
        return await self.reader.readuntil(b"\r\n\r\n")

    async def answer(self, *, bodiless: bool = False) -> tuple[bytes, bytes]:
        """Read one answer; give its head, and its body without the framing."""
        head = await self.head()
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        if bodiless:
            return head, b""
        if b"transfer-encoding" not in fields:
            return head, await self.reader.readexactly(int(fields[b"content-length"]))
        body = b""
        while size := int(await self.reader.readline(), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()
        return head, body


@pytest.fixture
def wired():
    """Connect to a house's proxy as a client that sees every byte, and leave at the end."""

    @asynccontextmanager
    async def wired(house: House):
        wire = Wire(*await asyncio.open_connection("127.0.0.1", URL(house.url).port))
        try:
            yield wire
        finally:
            wire.writer.close()

    return wired


def event(document, name="") -> bytes:
    """Write one server-sent event."""
    return (f"event: {name}\n" if name else "").encode() + b"data: %b\n\n" % json.dumps(document).encode()


def completion(words, logprob):
    """Give a chat completion whose tokens are the words."""
    tokens = [{"token": word, "logprob": logprob, "bytes": None, "top_logprobs": []} for word in words]
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": "".join(words)},
        "finish_reason": "stop",
    }
    named = {"id": "c-1", "object": "chat.completion", "created": 1, "model": "stub"}
    usage = {"prompt_tokens": 3, "completion_tokens": len(words), "total_tokens": 3 + len(words)}
    return {**named, "choices": [{**choice, "logprobs": {"content": tokens}}], "usage": usage}


def completion_events(words, logprob):
    """Give the events of the same completion, streamed."""
    named = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
    for word in words:
        token = {"token": word, "logprob": logprob, "bytes": None, "top_logprobs": []}
        choice = {"index": 0, "delta": {"role": "assistant", "content": word}, "finish_reason": None}
        yield event({**named, "choices": [{**choice, "logprobs": {"content": [token]}}]})
    yield event({**named, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    yield b"data: [DONE]\n\n"


def message(words):
    """Give a message as Anthropic's API does."""
    named = {"id": "m-1", "type": "message", "role": "assistant", "model": "stub", "stop_sequence": None}
    said = {"content": [{"type": "text", "text": "".join(words)}], "stop_reason": "end_turn"}
    return {**named, **said, "usage": {"input_tokens": 3, "output_tokens": len(words)}}


def message_events(words):
    """Give the events of the same message, streamed."""
    began = {**message(words), "content": [], "stop_reason": None}
    block = {"index": 0, "content_block": {"type": "text", "text": ""}}
    yield event({"type": "message_start", "message": began}, "message_start")
    yield event({"type": "content_block_start", **block}, "content_block_start")
    for word in words:
        delta = {"index": 0, "delta": {"type": "text_delta", "text": word}}
        yield event({"type": "content_block_delta", **delta}, "content_block_delta")
    yield event({"type": "content_block_stop", "index": 0}, "content_block_stop")
    ended = {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 2}}
    yield event({"type": "message_delta", **ended}, "message_delta")
    yield event({"type": "message_stop"}, "message_stop")


class Talker:
    """A chat server of both dialects; the second event of a stream waits until `first_seen` is set."""

    def __init__(self, *words: str, logprob: float = -0.01) -> None:
        self._words = words
        self._logprob = logprob
        self.first_seen = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        await self.may_answer.wait()
        speaks_openai = request.path.endswith("/chat/completions")
        if not asked.get("stream"):
            document = completion(self._words, self._logprob) if speaks_openai else message(self._words)
            return web.json_response(document)
        events = (
            completion_events(self._words, self._logprob) if speaks_openai else message_events(self._words)
        )
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number, data in enumerate(events):
            if number == 1:
                await self.first_seen.wait()
            await response.write(data)
        return response


@pytest.fixture
def talker():
    """Give the chat server; test folders are no packages."""
    return Talker
