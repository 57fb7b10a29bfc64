"""TLS on every side: clients, legacy and models, each with certificates that are checked, and ours shown."""

from __future__ import annotations

import asyncio
import io
import ssl
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest
import trustme
from aiohttp import web
from yarl import URL

from shadow.testing import ScriptedServer

GET = b"GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LARGE = bytes(range(256)) * 16384  # 4 MiB


class Papers:
    """An authority, and certificates of it as PEM files."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.ca = self._file("ca.pem", self.authority.cert_pem)
        self.server = self.authority.issue_cert("127.0.0.1")
        self.own = self.authority.issue_cert("router@example.org")

    def _file(self, name, *blobs) -> str:
        path = self.folder / name
        path.write_bytes(b"".join(blob.bytes() for blob in blobs))
        return str(path)

    def files(self, certificate, name) -> dict[str, str]:
        """Give the `cert` and `key` of a certificate."""
        chain = self._file(f"{name}.pem", *certificate.cert_chain_pems)
        return {"cert": chain, "key": self._file(f"{name}.key", certificate.private_key_pem)}

    def asking(self, *, for_certificates: bool = False) -> ssl.SSLContext:
        """Give the context of a server of this authority."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.configure_cert(context)
        if for_certificates:
            self.authority.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def trusting(self, certificate=None) -> ssl.SSLContext:
        """Give the context of a client that trusts this authority, and shows a certificate if it has one."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if certificate is not None:
            certificate.configure_cert(context)
        return context


@pytest.fixture
def papers(tmp_path):
    """Give an authority of one's own."""
    (tmp_path / "papers").mkdir()
    return Papers(tmp_path / "papers")


@pytest.fixture
def strangers(tmp_path):
    """Give an authority that nobody here trusts."""
    (tmp_path / "strangers").mkdir()
    return Papers(tmp_path / "strangers")


def listening(papers, **more):
    """Give the listener's part of a configuration."""
    return {"listen": {"port": 0, "drain": "2s", **papers.files(papers.server, "server"), **more}}


def legacy_at(url, papers, **more):
    """Give legacy's part of a configuration."""
    keys = {"url": url, "ca": papers.ca, **more}
    return {f"legacy__{name}": value for name, value in keys.items()}


def secure(house) -> str:
    """Give the address of a house that speaks TLS."""
    return house.url.replace("http:", "https:")


@asynccontextmanager
async def wired(house, context):
    """Connect to a house over TLS as a client that sees every byte."""
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(house.url).port, ssl=context)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def failed(house, count: int) -> dict[str, dict[str, int]]:
    """Wait until so many handshakes have failed, and give the errors that the house counts as its own."""
    async with asyncio.timeout(5):
        while house.worker.state()["own_errors"].get("closed", {}).get("tls_handshake", 0) < count:
            await asyncio.sleep(0.001)
    return house.worker.state()["own_errors"]


async def test_clients_may_come_by_tls(open_house, papers):
    """Whole bodies both ways, several on one connection, in HTTP/1.1 also to those who offer HTTP/2."""
    house = await open_house(**listening(papers))

    async def back(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    house.legacy.answer = house.model.answer = back
    context = papers.trusting()
    context.set_alpn_protocols(["h2", "http/1.1"])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, limit=1)) as session:
        for body in (b"a", LARGE, b"b"):
            async with session.post(secure(house) + "/v1/x", data=io.BytesIO(body)) as answer:
                assert (answer.status, await answer.read() == body) == (200, True)
    async with wired(house, context) as (_, writer):
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
    await house.accounted({"x": 3})


async def test_a_handshake_that_is_never_ended_is(open_house, papers):
    """A client that says nothing, or only begins, has the time of a request's head for it."""
    house = await open_house(**listening(papers, header_timeout="100ms"))
    for begun in (b"", b"\x16\x03\x01\x02\x00"):
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(house.url).port)
        writer.write(begun)
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()
    assert await failed(house, 2) == {"closed": {"tls_handshake": 2}}


async def test_a_handshake_that_fails_is_counted(open_house, papers):
    """Of plain HTTP, and of a client that leaves; those that speak TLS go on being served."""
    house = await open_house(**listening(papers))
    for sent in (GET, b"\x16\x03\x01\x02\x00"):
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(house.url).port)
        writer.write(sent)
        writer.write_eof()
        with suppress(ConnectionResetError):
            await reader.read()
        writer.close()
    assert await failed(house, 2) == {"closed": {"tls_handshake": 2}}
    async with wired(house, papers.trusting()) as (reader, writer):
        writer.write(GET)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
    await house.accounted({"x": 1})
    assert house.worker.state()["refused_requests"] == 0


async def test_an_answer_that_breaks_off_looks_broken_over_tls_too(open_house, papers):
    """No farewell of TLS makes an end of what is none, not even for HTTP/1.0."""
    die = asyncio.Event()

    async def dying(peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n")
        await die.wait()
        peer.reset()

    async with ScriptedServer(dying) as legacy:
        house = await open_house(legacy__url=legacy.url, **listening(papers))
        async with wired(house, papers.trusting()) as (reader, writer):
            writer.write(b"GET /v1/x HTTP/1.0\r\n\r\n")
            await reader.readuntil(b"begun")
            die.set()
            with pytest.raises(ConnectionError):
                await reader.read()
        await house.accounted({"x": 1})


async def test_a_client_without_the_certificate_asked_for_gets_nothing(open_house, papers, strangers):
    """Nor one whose certificate is of other authorities; legacy hears of neither, and of the one who has it."""
    house = await open_house(**listening(papers, client_ca=papers.ca))
    theirs = strangers.authority.issue_cert("client@example.org")
    for context in (papers.trusting(), papers.trusting(theirs)):
        async with wired(house, context) as (reader, writer):
            writer.write(GET)
            with suppress(ssl.SSLError, ConnectionError):  # the alert, unless a reset or the end overtakes it
                assert await reader.read() == b""
    assert (house.legacy.requests, await failed(house, 2)) == ([], {"closed": {"tls_handshake": 2}})
    async with wired(house, papers.trusting(papers.own)) as (reader, writer):
        writer.write(GET)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
    await house.accounted({"x": 1})


async def test_legacy_may_ask_for_our_certificate(open_house, papers):
    """It is shown, legacy's own is checked by the authorities given, and connections are used again."""
    async with ScriptedServer(OK, ssl=papers.asking(for_certificates=True)) as legacy:
        house = await open_house(**legacy_at(legacy.url, papers, **papers.files(papers.own, "own")))
        for _ in range(2):
            status, _, body = await house.post()
            assert (status, body) == (200, b"ok")
        assert legacy.connections == 1
        await house.accounted({"x": 2})


async def test_a_legacy_that_cannot_be_trusted_is_not_talked_to(open_house, papers, strangers):
    """Of other authorities, of another name, or not content with us: a 502, and no request has left."""
    elsewhere = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    papers.authority.issue_cert("elsewhere.example").configure_cert(elsewhere)
    contexts = [strangers.asking(), elsewhere, papers.asking(for_certificates=True)]
    for context in contexts:
        async with ScriptedServer(OK, ssl=context) as legacy:
            house = await open_house(**legacy_at(legacy.url, papers))
            assert (await house.post())[0] == 502
            await house.accounted({"x": 1})
            assert (house.rows("legacy_failure"), legacy.requests) == ([("connect",)], [])


async def test_a_model_may_ask_for_our_certificate(open_house, papers):
    """Each model has files of its own: two of one origin do not share a connection that only one may use."""
    async with ScriptedServer(OK, ssl=papers.asking(for_certificates=True)) as model:
        trusted = {"adapter": "passthrough", "url": model.url, "ca": papers.ca}
        house = await open_house(
            models={"m": {**trusted, **papers.files(papers.own, "own")}, "bare": trusted},
            routes__y={"match": {"path": "/v1/y"}, "model": "bare", "rollout": {"phase": "shadow"}},
        )
        await house.post("/v1/x")
        await house.settle()
        await house.post("/v1/y")
        await house.accounted({"x": 1, "y": 1})
        assert len(model.requests) == 1
    assert house.rows("route, model_status, model_failure") == [("x", 200, None), ("y", None, "connect")]


async def test_a_websocket_runs_through_tls_on_both_sides(open_house, papers):
    """Messages go both ways, and the closing code reaches legacy."""
    closed = asyncio.Queue()

    async def echo(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        async for message in socket:
            await socket.send_bytes(message.data)
        await closed.put(socket.close_code)
        return socket

    runner = web.ServerRunner(web.Server(echo), shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=papers.asking()).start()
    url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    house = await open_house(**legacy_at(url, papers), **listening(papers))
    try:
        async with house.session.ws_connect(
            secure(house) + "/chat", ssl=papers.trusting(), max_msg_size=0
        ) as talk:
            for data in (b"\x00\xff", LARGE):
                await talk.send_bytes(data)
                assert await talk.receive_bytes() == data
            await talk.close(code=4000)
        assert await closed.get() == 4000
        await house.idle()
        await house.accounted({"": 1})
    finally:
        await runner.cleanup()
