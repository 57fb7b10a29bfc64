"""curl through the proxy, with the options people use: methods, uploads, Expect, downloads, HTTP/1.0."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from aiohttp import web

from shadow.testing import ScriptedServer

LARGE = bytes(range(256)) * 32768  # 8 MiB
SHAPES = {
    "off": {"routes__x__rollout__phase": "off"},
    "shadow": {},
    "live": {"routes__x__rollout__phase": "live"},
}
each_phase = pytest.mark.parametrize("changes", SHAPES.values(), ids=SHAPES)


async def curl(*arguments: str, given: bytes = b"") -> tuple[int, bytes]:
    """Run curl; give its exit code and what it printed."""
    command = ("curl", "-sS", "--max-time", "20", "--noproxy", "*", *arguments)
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    process = await asyncio.create_subprocess_exec(*command, **pipes, stderr=asyncio.subprocess.DEVNULL)
    printed, _ = await process.communicate(given)
    return process.returncode, printed


async def answer(request: web.Request) -> web.StreamResponse:
    """Do what the query says, and else say what was asked."""
    if "nothing" in request.query:
        return web.Response(status=204)
    if "large" in request.query:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(LARGE)
        return response
    body = await request.read()
    return web.json_response([request.method, len(body), hashlib.sha256(body).hexdigest()])


def said(method: str, body: bytes = b"") -> bytes:
    """Give what legacy says to a request."""
    return web.json_response([method, len(body), hashlib.sha256(body).hexdigest()]).body


@pytest.fixture
def opened(open_house):
    """Open a house whose sides answer as above; the model is never confident."""

    async def opened(**changes):
        house = await open_house(**changes)
        house.legacy.answer = house.model.answer = answer
        return house

    return opened


@each_phase
async def test_get_post_and_put(opened, changes):
    """The body arrives whole, whatever the method."""
    house = await opened(**changes)
    url = house.url + "/v1/x"
    assert await curl(url) == (0, said("GET"))
    assert await curl("-d", "a=1", url) == (0, said("POST", b"a=1"))
    assert await curl("-X", "PUT", "--data-binary", "@-", url, given=LARGE[:9999]) == (
        0,
        said("PUT", LARGE[:9999]),
    )
    assert await curl("-X", "DELETE", url) == (0, said("DELETE"))
    await house.accounted({"x": 4})


@each_phase
async def test_head_and_no_content_on_one_connection(opened, changes):
    """An answer without a body does not keep the next one waiting."""
    house = await opened(**changes)
    url = house.url + "/v1/x"
    code, printed = await curl("-I", url)
    assert (code, printed.split(b"\r\n")[0]) == (0, b"HTTP/1.1 200 OK")
    assert b"Content-Length: %d" % len(said("HEAD")) in printed
    write = ("-w", "%{http_code} %{num_connects}\n")
    code, printed = await curl(*write, url + "?nothing", url + "?nothing", url)
    assert (code, printed) == (0, b"204 1\n204 0\n" + said("GET") + b"200 0\n")
    await house.accounted({"x": 4})


@each_phase
async def test_an_upload_of_unknown_length(opened, changes):
    """It is passed on in chunks."""
    house = await opened(**changes)
    assert await curl("-T", "-", house.url + "/v1/x", given=LARGE[:70000]) == (0, said("PUT", LARGE[:70000]))
    sent = house.legacy.requests[0][2]
    assert (sent["Transfer-Encoding"], "Content-Length" in sent) == ("chunked", False)
    await house.accounted({"x": 1})


@each_phase
async def test_a_large_upload_waits_for_legacys_word(opened, changes):
    """Curl asks `Expect: 100-continue`; legacy's yes lets it go on at once."""
    house = await opened(**changes)
    upload = ("-H", "Expect: 100-continue", "--expect100-timeout", "20", "--data-binary", "@-")
    async with asyncio.timeout(10):
        assert await curl(*upload, house.url + "/v1/x", given=LARGE) == (0, said("POST", LARGE))
    await house.accounted({"x": 1})


@each_phase
async def test_legacys_no_to_an_upload_is_final(open_house, changes):
    """The body never leaves the client."""
    asked = []

    async def refuse(peer) -> None:
        asked.append(await peer.head())
        await peer.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
        asked.append(await peer.gone())

    async with ScriptedServer(refuse) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        upload = ("-H", "Expect: 100-continue", "--expect100-timeout", "20", "--data-binary", "@-")
        shown = ("-w", " %{http_code} %{size_upload}", house.url + "/v1/x")
        assert await curl(*upload, *shown, given=LARGE) == (0, b"no 413 0")
        assert b"Expect: 100-continue" in asked[0]
        await house.accounted({"x": 1})
    assert (asked[1:], house.model.requests) == ([b""], [])


@each_phase
async def test_a_large_download(opened, changes):
    """Every byte arrives, in both versions of HTTP."""
    house = await opened(**changes)
    for version in ("--http1.1", "--http1.0"):
        code, printed = await curl(version, house.url + "/v1/x?large")
        assert (code, printed == LARGE) == (0, True)
    await house.accounted({"x": 2})


@each_phase
async def test_http_1_0(opened, changes):
    """An old client gets a length or an end of the connection, and no chunks."""
    house = await opened(**changes)
    url = house.url + "/v1/x"
    code, printed = await curl("--http1.0", "-i", "-d", "a=1", url)
    head, _, body = printed.partition(b"\r\n\r\n")
    assert (code, body) == (0, said("POST", b"a=1"))
    assert (b"Transfer-Encoding" in head, b"Connection: close" in head) == (False, True)
    await house.accounted({"x": 1})


async def test_an_offer_of_http2_is_ignored(opened):
    """The request is routed and compared as any other."""
    house = await opened()
    code, printed = await curl("--http2", "-d", "a=1", "-w", " %{http_version}", house.url + "/v1/x")
    assert (code, printed) == (0, said("POST", b"a=1") + b" 1.1")
    await house.accounted({"x": 1})
    assert house.rows("disposition") == [("compared",)]


async def test_a_broken_download_is_an_error_of_curl(open_house):
    """A transfer that legacy cut short ends with a code that says so, in both versions of HTTP."""

    async def die(peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n")
        peer.close()

    async with ScriptedServer(die) as legacy:
        house = await open_house(legacy__url=legacy.url)
        codes = [(await curl(each, house.url + "/v1/x"))[0] for each in ("--http1.1", "--http1.0")]
        assert codes == [56, 56]  # failure with receiving network data
        await house.accounted({"x": 2})
