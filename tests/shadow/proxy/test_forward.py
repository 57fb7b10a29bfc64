"""What legacy is sent of a client's request, over a real connection."""

from __future__ import annotations

import pytest

from shadow.proxy.forward import Counted, Legacy
from shadow.proxy.settle import LegacyEnd
from shadow.testing import ScriptedServer
from shadow.upstream.errors import UpstreamError
from shadow.upstream.pool import Pool
from shadow.upstream.target import Origin

SENT = b"POST /a%2Fb?x=[] HTTP/1.1\r\nhOST: h\r\nX-b: 2\r\nx-A: 1\r\nTE: gzip\r\nKeep-Alive: 5\r\n"
LAST = b"Connection: close, X-Secret\r\nX-Secret: 1\r\nContent-Length: 2\r\n\r\n{}"
LINE = b"POST %b/a%%2Fb?x=[] HTTP/1.1\r\nhOST: h\r\nX-b: 2\r\nx-A: 1\r\nContent-Length: 2\r\n"


@pytest.fixture
def asked(serve):
    """Send a client's request on to a scripted legacy; give what that was sent."""

    async def asked(base: str = "", policy=None, **how) -> bytes:
        async with ScriptedServer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as server:
            pool = Pool(Origin.parse(server.url + base))

            async def act(request, client) -> None:
                call = await Legacy(pool, 5, policy).ask(request, await request.read(), client.inform, **how)
                client.send(call.head, call.take() or await call.read())

            exchange = await serve(act)
            assert (await exchange(SENT + LAST)).endswith(b"ok")
            await pool.close()
        return server.requests[0]

    return asked


async def test_a_request_goes_on_as_it_came_but_for_its_connections_own_headers(asked):
    """Target, case, order and body are the client's."""
    assert await asked() == LINE % b"" + b"\r\n{}"


async def test_the_path_of_legacys_url_goes_in_front(asked):
    """It may live below a path."""
    assert await asked("/base") == LINE % b"/base" + b"\r\n{}"


async def test_a_policy_has_the_last_word_on_what_goes_end_to_end(asked):
    """It sees the client's request, too."""

    def policy(headers, request):
        return (*headers[1:3], (b"X-Path", request.raw_path.encode()))

    lines = (await asked(policy=policy)).split(b"\r\n")
    assert lines[2:5] == [b"X-b: 2", b"x-A: 1", b"X-Path: /a%2Fb?x=[]"]


async def test_a_wish_to_upgrade_is_made_anew(asked):
    """For it belongs to one connection too."""
    assert await asked(upgrade=b"rot13") == LINE % b"" + b"Connection: Upgrade\r\nUpgrade: rot13\r\n\r\n{}"


async def test_legacys_silence_ends_in_its_timeout(serve):
    """Each wait for it is bounded."""
    failures = []

    async def silent(peer) -> None:
        await peer.request()
        await peer.gone()

    async with ScriptedServer(silent) as server:
        pool = Pool(Origin.parse(server.url))

        async def act(request, client) -> None:
            with pytest.raises(UpstreamError) as raised:
                await Legacy(pool, 0.05).ask(request, b"", client.inform)
            failures.append(raised.value.failure)
            client.problem(504, "late", kind="test")

        exchange = await serve(act)
        await exchange(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        await pool.close()
    assert failures == ["timeout"]


def test_traffic_without_a_row_is_counted_exactly_once():
    """However its legacy side ends, and whoever says so."""
    counts = []
    counted = Counted(lambda: counts.append(1))
    counted.legacy_ended(LegacyEnd.ANSWERED, None)
    counted.legacy_ended(LegacyEnd.FAILED, None)
    counted.count_once()
    assert counts == [1]
