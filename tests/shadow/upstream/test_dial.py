"""Opening a connection: which address is taken, and what is said when none is."""

from __future__ import annotations

import asyncio
import threading

import pytest

from shadow.testing import ScriptedServer
from shadow.upstream.connection import Connection
from shadow.upstream.dial import dial
from shadow.upstream.errors import Kind, UpstreamError
from shadow.upstream.names import Names
from shadow.upstream.pool import Pool
from shadow.upstream.target import Origin


async def dialled(port, look_up, *, seconds=5.0):
    """Connect to whatever the name leads to."""
    origin = Origin.parse(f"http://h.example:{port}")
    pool, loop = Pool(origin), asyncio.get_running_loop()
    names = Names(origin.host, look_up)
    return await dial(
        origin, names, lambda: Connection(pool, loop, head_limit=1, buffer=1), seconds=seconds, ssl=None
    )


async def test_the_first_address_that_answers_is_taken():
    """One that refuses costs nothing but the try."""
    async with ScriptedServer() as server:
        connection = await dialled(server.port, lambda _: ["127.0.0.9", "127.0.0.1"])
        assert connection.usable
        connection.abort()


@pytest.mark.parametrize(
    ("look_up", "said"),
    [
        (lambda _: ["127.0.0.9", "127.0.0.8"], "Connection refused"),
        (lambda host: (_ for _ in ()).throw(OSError(host)), "OSError"),
    ],
    ids=["all refuse", "no such name"],
)
async def test_without_any_that_answers_it_is_an_error_that_says_why(look_up, said):
    """And nothing was sent."""
    with pytest.raises(UpstreamError, match=said) as raised:
        await dialled(1, look_up)
    assert (raised.value.kind, raised.value.sent) == (Kind.CONNECT, False)


async def test_a_lookup_that_hangs_has_the_time_of_the_connection():
    """And is told as a time-out."""
    go_on = threading.Event()
    with pytest.raises(UpstreamError) as raised:
        await dialled(1, lambda _: go_on.wait(10) and [], seconds=0.02)
    go_on.set()
    assert raised.value.kind is Kind.TIMEOUT


async def test_no_thread_for_a_lookup_is_no_connection(monkeypatch):
    """Where the system gives none, it is the upstream that cannot be reached, and no bug."""

    def start(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(UpstreamError) as raised:
        await dialled(1, lambda _: ["127.0.0.1"])
    assert raised.value.kind is Kind.CONNECT
