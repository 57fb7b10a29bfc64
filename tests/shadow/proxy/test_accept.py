"""Where requests arrive: what aiohttp's server asks of an answer, and what a bug in one request does."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

from structlog.testing import capture_logs

from fallback.words import Disposition, Phase, Reason, Side
from shadow.proxy.accept import Front
from shadow.proxy.written import Written

if TYPE_CHECKING:
    from aiohttp import web

GET = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n"
LAST = b"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


class Asked(Written):
    """An answer that notes everything it is asked for."""

    seen: set[str] = set()  # noqa: RUF012 - the test empties it

    def __getattribute__(self, name: str) -> Any:
        type(self).seen.add(name)
        return super().__getattribute__(name)


async def test_the_server_asks_three_things_of_an_answer_that_is_already_out(serve_raw):
    """`prepare`, `write_eof` and `keep_alive`; and whether it is an exception, which it takes a no for."""
    Asked.seen.clear()

    async def handle(request: web.BaseRequest) -> Any:
        await request.read()
        request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        return Asked(keep_alive=request.keep_alive)

    exchange = await serve_raw(handle)
    post = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"
    assert await exchange(GET + post + LAST) == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" * 3
    assert Asked.seen - {"__class__"} == {"prepare", "write_eof", "keep_alive", "__http_exception__"}


async def test_an_answer_that_ends_the_connection_ends_it(serve_raw):
    """What follows on it is not served, though the client wished to go on."""
    served = []

    async def handle(request: web.BaseRequest) -> Any:
        served.append(request.path)
        request.transport.write(b"bye")
        return Written(keep_alive=False)

    exchange = await serve_raw(handle)
    assert (await exchange(GET + GET), served) == (b"bye", ["/x"])


class FakeLive:
    """The plan in force: one route, or none."""

    def __init__(self, plan: Any = None) -> None:
        self.plan = plan

    def find(self, _method: str, target: str) -> Any:
        return self.plan if target == "/x" else None


class Counts:
    """Keeps what was counted."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def __call__(self, route, phase, *, served, reason, disposition) -> None:
        self.seen.append((route, phase, served, reason, disposition))


UNMATCHED = ("", Phase.OFF, Side.LEGACY, Reason.UNMATCHED, Disposition.OFF)
OFF = ("x", Phase.OFF, Side.LEGACY, Reason.OFF, Disposition.OFF)


async def test_what_no_route_takes_or_is_off_is_forwarded_and_counted_once(serve_raw, around, fakes):
    """Nothing is kept of it, and no header added."""
    count = Counts()
    front = Front(FakeLive(fakes.plan_of()), around.surroundings(), count)
    exchange = await serve_raw(front.handle)
    got = await exchange(b"POST /y HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}" + LAST)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
    assert got == answer + b"\r\nok" + answer + b"Connection: close\r\n\r\nok"
    assert (around.legacy.bodies, count.seen) == ([b"{}", b""], [UNMATCHED, OFF])
    assert (around.record.rows, front.active) == ([], 0)


async def test_a_matched_request_is_an_exchange(serve_raw, around, fakes):
    """It reaches the record and is not counted here as well."""
    count = Counts()
    model = fakes.FakeModel(fakes.answered())
    plan = fakes.plan_of(model=model, rollout={"phase": "shadow"})
    exchange = await serve_raw(Front(FakeLive(plan), around.surroundings(), count).handle)
    assert b"Shadow-Reason: shadow\r\n" in await exchange(LAST)
    assert (len(around.record.rows), count.seen) == (1, [])


async def test_a_shadow_is_given_up_where_the_worker_has_no_time_for_it(serve_raw, around, fakes):
    """The client is answered as ever; it is counted as shed, and no row is written."""
    count = Counts()
    model = fakes.FakeModel(fakes.answered())
    plan = fakes.plan_of(model=model, rollout={"phase": "shadow"})
    around.spare.share = 0.0
    exchange = await serve_raw(Front(FakeLive(plan), around.surroundings(), count).handle)
    got = await exchange(LAST)
    assert got.startswith(b"HTTP/1.1 200 OK\r\n")
    assert re.search(
        rb"Shadow-Exchange: [0-9a-f-]{36}\r\nShadow-Served: legacy\r\nShadow-Reason: shadow\r\n", got
    )
    assert (model.asked, around.record.rows) == ([], [])
    assert count.seen == [("x", Phase.SHADOW, Side.LEGACY, Reason.SHADOW, Disposition.SHED)]


async def test_a_bug_in_one_request_is_that_requests_own_matter(serve_raw, around, fakes):
    """It gets a 500 that tells nothing of the bug, but an id by which the log has it; the next request is served."""
    count = Counts()
    live = FakeLive()
    front = Front(live, around.surroundings(), count)
    around.legacy.call = ValueError("a secret")
    exchange = await serve_raw(front.handle)
    with capture_logs() as logs:
        head, _, body = (await exchange(GET)).partition(b"\r\n\r\n")
    assert [(each["event"], each["exchange"]) for each in logs] == [
        ("shadow.request_failed", json.loads(body)["exchange"])
    ]
    assert (head.split(b"\r\n")[0], b"Connection: close" in head) == (
        b"HTTP/1.1 500 Internal Server Error",
        True,
    )
    assert b'"detail":"the router failed to handle this request"' in body
    around.legacy.call = fakes.FakeCall(whole=b"ok")
    assert (await exchange(LAST)).endswith(b"ok")
    assert (count.seen, front.active) == ([UNMATCHED, UNMATCHED], 0)


async def test_a_bug_within_an_answer_cuts_it(serve_raw, around, fakes):
    """What has begun cannot become an error any more, and must not look whole."""
    around.legacy.call = fakes.FakeCall(b"begun", ValueError("a bug"), head=fakes.chunked())
    exchange = await serve_raw(Front(FakeLive(), around.surroundings(), Counts()).handle)
    try:
        got = await exchange(GET)
    except ConnectionResetError:
        got = b""
    assert not got.endswith(b"0\r\n\r\n")


async def test_a_body_that_stalls_is_a_408(serve_raw, around):
    """After the time for which a client may pause."""
    count = Counts()
    front = Front(FakeLive(), around.surroundings(), count)
    exchange = await serve_raw(front.handle, body_timeout=0.05)
    got = await exchange(b"POST /y HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nbegun")
    assert got.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert (count.seen, around.legacy.bodies) == ([UNMATCHED], [])


async def test_a_client_that_leaves_is_counted_too(serve_raw, around):
    """It ends the request, whatever that waited for."""
    count = Counts()
    front = Front(FakeLive(), around.surroundings(), count)
    around.legacy.held = asyncio.Event()
    leave = asyncio.Event()
    exchange = await serve_raw(front.handle)
    async with asyncio.TaskGroup() as group:
        group.create_task(exchange(GET, leave=leave))
        while not around.legacy.bodies:
            await asyncio.sleep(0)
        assert front.active == 1
        leave.set()
    while front.active:
        await asyncio.sleep(0)
    assert (count.seen, front.errors.snapshot()) == ([UNMATCHED], {"closed": {"client_left": 1}})
