import asyncio

import pytest

from comparators.answer import Answer
from shadow.request import Request
from shadow.testing import FakeUpstream, ScriptedServer


async def test_a_fake_upstream_answers_from_its_queue():
    """The last answer repeats, an exception is raised, and every request is kept."""
    upstream = FakeUpstream(Answer.of(text="one"), LookupError("down"), Answer.of(text="two"))
    requests = [Request("GET", f"/{number}") for number in range(4)]
    assert await upstream(requests[0]) == Answer.of(text="one")
    with pytest.raises(LookupError, match="down"):
        await upstream(requests[1])
    assert [await upstream(request) for request in requests[2:]] == [Answer.of(text="two")] * 2
    assert upstream.requests == requests


async def test_a_fake_upstream_answers_by_path():
    """Other paths get the queue's answer, or an error where there is none."""
    upstream = FakeUpstream(by_path={"/a b": Answer.of(text="a")})
    assert await upstream(Request("GET", "/a%20b?x")) == Answer.of(text="a")
    with pytest.raises(LookupError, match="no answer for /c"):
        await upstream(Request("GET", "/c"))


async def test_a_fake_upstream_can_be_held():
    """The call waits for the event, and is seen meanwhile."""
    upstream = FakeUpstream()
    upstream.held = asyncio.Event()
    asking = asyncio.ensure_future(upstream(Request("GET", "/")))
    await asyncio.sleep(0)
    assert (len(upstream.requests), asking.done()) == (1, False)
    upstream.held.set()
    assert await asking == Answer()


async def test_a_scripted_server_gives_each_connection_its_script():
    """Bytes answer every request; leaving the server ends scripts that wait for ever."""
    asked = asyncio.Event()

    async def hangs(peer):
        await peer.head()
        asked.set()
        await asyncio.Event().wait()

    async with ScriptedServer(b"one", hangs) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi")
        assert await reader.readexactly(3) == b"one"
        writer.write(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
        assert await reader.readexactly(3) == b"one"
        writer.close()
        other, its_writer = await asyncio.open_connection("127.0.0.1", server.port)
        its_writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await asked.wait()
    assert [request.rpartition(b"\r\n\r\n")[0][:6] for request in server.requests] == [b"POST /", b"POST /"]
    assert await other.read() == b""
    its_writer.close()


async def test_a_script_that_fails_fails_the_test():
    """What went wrong in a script is raised where the server is left."""

    async def wrong(peer):
        raise LookupError("the script is wrong")

    server = await ScriptedServer(wrong).__aenter__()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    await reader.read()
    writer.close()
    with pytest.raises(LookupError, match="the script is wrong"):
        await server.__aexit__(None, None, None)
