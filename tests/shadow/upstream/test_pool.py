"""Which connection a request gets, how many there are, and what happens when there is none."""

import asyncio
import socket
import ssl

import pytest
import trustme

from fallback.words import Failure
from shadow.testing import ScriptedServer
from shadow.upstream.connection import Connection
from shadow.upstream.errors import Kind, UpstreamError, UpstreamTimeout
from shadow.upstream.pool import Pool
from shadow.upstream.target import Origin

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class _Clock:
    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


def _held(release, answer=EMPTY):
    async def script(peer):
        while True:
            await peer.request()
            await release.wait()
            await peer.send(answer)

    return script


async def _get(pool, **options):
    return await pool.send(method=b"GET", target=b"/", **options)


async def _settle(until):
    while not until():
        await asyncio.sleep(0)


async def test_a_request_is_sent_as_it_is(pool_to):
    """Base path in front, credentials of the URL where the request has none, body behind."""
    async with ScriptedServer(EMPTY) as server:
        server_url = server.url.replace("http://", "http://u:p@") + "/base"
        pool = Pool(Origin.parse(server_url))
        for headers in ((), ((b"authorization", b"own"),)):
            await pool.send(
                method=b"PATCH", target=b"/x%2F?", headers=((b"Host", b"h"), *headers), body=b"hi"
            )
        await pool.close()
        head = b"PATCH /base/x%2F? HTTP/1.1\r\nHost: h\r\n"
        assert server.requests == [
            head + b"Authorization: Basic dTpw\r\nContent-Length: 2\r\n\r\nhi",
            head + b"authorization: own\r\nContent-Length: 2\r\n\r\nhi",
        ]


async def test_the_connection_used_last_is_used_first(pool_to):
    """So the others grow old and go; closing the pool closes those that are left."""
    release = asyncio.Event()
    async with ScriptedServer(_held(release)) as server:
        pool = pool_to(server)
        calls = [asyncio.ensure_future(_get(pool)) for _ in range(2)]
        await server.accepted(2)
        release.set()
        await asyncio.gather(*calls)
        for _ in range(3):
            await _get(pool)
        assert pool.snapshot() == {
            "opened": 2,
            "reused": 3,
            "closed": 0,
            "refused": 0,
            "timed_out": 0,
            "surplus": 0,
            "in_use": 0,
            "idle": 2,
            "waiting": 0,
            "lookups": 0,
            "lookups_full": 0,
        }
        await pool.close()
        assert (pool.closed, pool.snapshot()["idle"]) == (2, 0)


async def test_idle_connections_are_closed_when_their_time_is_over(pool_to):
    """The oldest first, by the pool's clock; younger ones stay."""
    clock, release = _Clock(), asyncio.Event()
    async with ScriptedServer(_held(release)) as server:
        pool = pool_to(server, clock=clock, idle_timeout=4.0)
        calls = [asyncio.ensure_future(_get(pool)) for _ in range(2)]
        await server.accepted(2)
        release.set()
        await asyncio.gather(*calls)
        clock.time += 3
        await _get(pool)
        clock.time += 2
        pool.tick()
        assert (pool.snapshot()["idle"], pool.closed) == (1, 1)
        clock.time += 2
        pool.tick()
        assert (pool.snapshot()["idle"], pool.closed) == (0, 2)


async def test_the_timer_closes_idle_connections_by_itself(pool_to):
    """Nobody has to send anything."""
    left = asyncio.Event()

    async def script(peer):
        await peer.request()
        await peer.send(EMPTY)
        await peer.gone()
        left.set()

    async with ScriptedServer(script) as server:
        pool = pool_to(server, idle_timeout=0.01)
        await _get(pool)
        await left.wait()
        assert (pool.snapshot()["idle"], pool.closed) == (0, 1)


async def test_calls_are_ended_by_the_pools_clock(pool_to):
    """Only those that are due; an earlier deadline than the timer's is seen in time."""
    clock = _Clock()
    async with ScriptedServer(_held(asyncio.Event())) as server:
        pool = pool_to(server, clock=clock, connect_timeout=60.0)
        late, later = (asyncio.ensure_future(_get(pool, deadline=clock.time + wait)) for wait in (20.0, 10.0))
        await server.accepted(2)
        await _settle(lambda: pool.opened == 2)
        clock.time += 15
        pool.tick()
        with pytest.raises(UpstreamTimeout):
            await later
        assert (late.done(), pool.timed_out) == (False, 1)
        clock.time += 5
        pool.tick()
        with pytest.raises(UpstreamTimeout):
            await late


async def test_an_idle_connection_that_the_server_closes_is_dropped_at_once(pool_to):
    """The next request opens a new one instead of failing."""

    async def once(peer):
        await peer.request()
        await peer.send(EMPTY)

    async with ScriptedServer(once) as server:
        pool = pool_to(server)
        await _get(pool)
        await _settle(lambda: pool.closed == 1)
        assert pool.snapshot()["idle"] == 0
        assert (await _get(pool)).head.status == 200


async def test_a_request_that_left_is_never_sent_again(pool_to):
    """A reused connection that breaks under a GET is an error, though a retry would have succeeded."""

    async def second_breaks(peer):
        await peer.request()
        await peer.send(EMPTY)
        await peer.request()
        peer.reset()

    async with ScriptedServer(second_breaks, EMPTY) as server:
        pool = pool_to(server)
        await _get(pool)
        with pytest.raises(UpstreamError) as error:
            await _get(pool)
        assert (error.value.kind, error.value.sent, server.connections) == (Kind.RESET, True, 1)


async def test_callers_wait_for_a_connection_in_turn(pool_to):
    """No more than the limit are open, and each that comes free goes to the one who waited longest."""
    release, order = asyncio.Event(), []
    async with ScriptedServer(_held(release)) as server:
        pool = pool_to(server, max_connections=1)

        async def ask(name):
            await _get(pool)
            order.append(name)

        asking = [asyncio.ensure_future(ask(name)) for name in "abc"]
        await _settle(lambda: pool.snapshot()["waiting"] == 2)
        release.set()
        await asyncio.gather(*asking)
        assert (order, server.connections, pool.reused) == (["a", "b", "c"], 1, 2)


async def test_a_waiter_opens_a_connection_in_the_place_of_one_that_broke(pool_to):
    """The slot is passed on, the broken connection is not."""
    go_on = asyncio.Event()

    async def breaks(peer):
        await peer.request()
        await go_on.wait()
        peer.reset()

    async with ScriptedServer(breaks, EMPTY) as server:
        pool = pool_to(server, max_connections=1)
        first, second = (asyncio.ensure_future(_get(pool)) for _ in range(2))
        await _settle(lambda: pool.snapshot()["waiting"] == 1)
        go_on.set()
        with pytest.raises(UpstreamError):
            await first
        assert ((await second).complete, server.connections) == (True, 2)


async def test_a_full_queue_refuses_at_once(pool_to):
    """Nothing was sent, and it is counted."""
    release = asyncio.Event()
    async with ScriptedServer(_held(release)) as server:
        pool = pool_to(server, max_connections=1, max_waiting=1)
        asking = [asyncio.ensure_future(_get(pool)) for _ in range(2)]
        await _settle(lambda: pool.snapshot()["waiting"] == 1)
        with pytest.raises(UpstreamError, match="the queue for one is full") as error:
            await _get(pool)
        assert (error.value.kind, error.value.failure, error.value.sent) == (
            Kind.POOL_FULL,
            Failure.CONNECT,
            False,
        )
        assert pool.refused == 1
        release.set()
        await asyncio.gather(*asking)


async def test_waiting_for_a_connection_has_an_end(pool_to):
    """After the connect time-out, or the deadline if that is sooner; the place in the queue is free again."""
    async with ScriptedServer(_held(asyncio.Event())) as server:
        pool = pool_to(server, max_connections=1, connect_timeout=0.2)
        first = asyncio.ensure_future(_get(pool))
        await server.accepted(1)
        await _settle(lambda: pool.opened == 1)
        with pytest.raises(UpstreamError, match="none came free in") as error:
            await _get(pool, deadline=asyncio.get_running_loop().time() + 0.01)
        assert (error.value.kind, pool.snapshot()["waiting"]) == (Kind.POOL_FULL, 0)
        first.cancel()
        await asyncio.wait([first])


async def test_a_waiter_that_is_cancelled_as_its_turn_comes_passes_it_on(pool_to):
    """Neither a connection nor a slot is lost."""
    release = asyncio.Event()
    async with ScriptedServer(_held(release)) as server:
        pool = pool_to(server, max_connections=1)
        first, second, third = (asyncio.ensure_future(_get(pool)) for _ in range(3))
        await _settle(lambda: pool.snapshot()["waiting"] == 2)
        release.set()
        await first
        second.cancel()
        assert (await third).complete
        await asyncio.wait([second])
        assert (pool.snapshot()["in_use"], pool.snapshot()["idle"]) == (0, 1)


async def test_a_slot_given_to_a_waiter_that_is_cancelled_is_passed_on(pool_to):
    """The next in the queue opens the connection."""
    async with ScriptedServer(_held(asyncio.Event()), EMPTY) as server:
        pool = pool_to(server, max_connections=1)
        first = asyncio.ensure_future(_get(pool))
        await _settle(lambda: pool.opened == 1)
        second, third = (asyncio.ensure_future(_get(pool)) for _ in range(2))
        await _settle(lambda: pool.snapshot()["waiting"] == 2)
        await server.accepted(1)
        first.cancel()
        await asyncio.wait([first])
        second.cancel()
        assert (await third).complete
        await asyncio.wait([second])
        assert (pool.snapshot()["in_use"], pool.snapshot()["idle"]) == (0, 1)


async def test_a_refused_connection_was_never_sent(unused_port):
    """The error says connect, and nothing of the request."""
    pool = Pool(Origin.parse(f"http://127.0.0.1:{unused_port}"), max_connections=1)
    for _ in range(2):
        with pytest.raises(UpstreamError, match=r"no connection \(Connection refused\)") as error:
            await pool.send(method=b"GET", target=b"/secret", headers=((b"A", b"secret"),))
        assert (error.value.failure, error.value.sent) == (Failure.CONNECT, False)
        assert "secret" not in str(error.value)
    assert pool.snapshot()["in_use"] == 0


async def test_a_connection_that_does_not_open_times_out():
    """A server whose queue of connections is full answers nothing at all."""
    with socket.socket() as deaf, socket.socket() as filler:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        filler.connect(deaf.getsockname())
        pool = Pool(Origin.parse(f"http://127.0.0.1:{deaf.getsockname()[1]}"), connect_timeout=0.05)
        with pytest.raises(UpstreamTimeout, match=r"no connection within 0\.05 s") as error:
            await asyncio.gather(*(_get(pool) for _ in range(3)))
        assert (error.value.failure, error.value.sent) == (Failure.TIMEOUT, False)
        await pool.close()


async def test_a_connection_that_ends_as_it_opens_was_never_sent_on(pool_to, monkeypatch):
    """The server closed before it was asked: the slot is free, and nothing has left."""

    class Ended(Connection):
        __slots__ = ()

        def connection_made(self, transport):
            super().connection_made(transport)
            self.eof_received()

    monkeypatch.setattr("shadow.upstream.pool.Connection", Ended)
    async with ScriptedServer(EMPTY) as server:
        pool = pool_to(server, max_connections=1)
        for _ in range(2):
            with pytest.raises(UpstreamError, match="ended as soon as it was open") as error:
                await _get(pool)
            assert (error.value.kind, error.value.sent) == (Kind.CONNECT, False)
        assert (pool.snapshot()["in_use"], server.requests) == (0, [])


async def test_closing_fails_calls_and_waiters(pool_to):
    """And nothing can be sent any more."""
    async with ScriptedServer(_held(asyncio.Event())) as server:
        pool = pool_to(server, max_connections=1)
        asking = [asyncio.ensure_future(_get(pool)) for _ in range(2)]
        await server.accepted(1)
        await _settle(lambda: pool.opened == 1 and pool.snapshot()["waiting"] == 1)
        await pool.close()
        for call in asking:
            with pytest.raises(UpstreamError, match="the pool is closed"):
                await call
        with pytest.raises(UpstreamError, match="the pool is closed"):
            await _get(pool)


async def test_tls_goes_by_the_context_it_is_given(pool_to, authority):
    """Custom authority and client certificate; the connection is used again."""
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    authority.issue_cert("client@example.org").configure_cert(trusting)
    asking = _server_context(authority)
    asking.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(asking)
    async with ScriptedServer(EMPTY, ssl=asking) as server:
        pool = pool_to(server, ssl=trusting)
        for _ in range(2):
            assert (await _get(pool)).complete
        assert pool.reused == 1


async def test_a_certificate_that_is_not_trusted_is_a_clear_error(pool_to, authority):
    """By default the system's authorities count; nothing was sent."""
    async with ScriptedServer(EMPTY, ssl=_server_context(authority)) as server:
        with pytest.raises(UpstreamError, match=r"no connection \(TLS: .*certificate") as error:
            await _get(pool_to(server))
        assert (error.value.kind, error.value.sent, server.requests) == (Kind.CONNECT, False, [])


async def test_a_server_that_does_not_speak_tls_is_a_clear_error(pool_to):
    """Whatever it sends instead is no handshake."""

    async def plain(peer):
        await peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await peer.gone()

    async with ScriptedServer(plain) as server:
        pool = Pool(Origin.parse(server.url.replace("http:", "https:")))
        with pytest.raises(UpstreamError, match=r"no connection \(TLS: ") as error:
            await _get(pool)
        assert (error.value.kind, error.value.sent) == (Kind.CONNECT, False)
        await pool.close()


def _server_context(authority):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def authority():
    """Give a certificate authority that nobody else trusts."""
    return trustme.CA()


@pytest.fixture
def unused_port():
    """Give a port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


async def test_what_the_system_holds_of_an_unread_answer_can_be_bounded(pool_to):
    """An upstream that sends without an end is stopped there, and not after some megabytes."""
    async with ScriptedServer(EMPTY) as server:
        pool = pool_to(server, receive_buffer=16384)
        await _get(pool)
        (connection,) = pool._idle
        link = connection._transport.get_extra_info("socket")
        assert link.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) <= 2 * 16384  # some systems double it
