"""Requests of every make, nearly right and wrong: legacy sees only what h11 reads out of the client's bytes as well."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

import h11
import pytest
from hypothesis import strategies as st

from tests.e2e.faults import streams
from tests.e2e.faults.conftest import SECONDS
from tests.e2e.faults.oracle import Read, answer_in, requests_in

GOOD = b"GET /good HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
SHORT = "150ms"
LIMITS = {f"listen__{name}": SHORT for name in ("header_timeout", "idle_timeout", "body_timeout")}


class Legacy:
    """A legacy system that h11 reads for, and that answers each request with its target."""

    def __init__(self) -> None:
        self.seen: list[Read] = []
        self.unreadable: list[tuple[bytes, str]] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 22)
        got = b""
        request: Read | None = None
        try:
            while data := await reader.read(65536):
                got += data
                talk.receive_data(data)
                request = self._follow(talk, writer, request)
        except h11.RemoteProtocolError as exc:
            self.unreadable.append((got, str(exc)))
        except ConnectionError:
            pass
        finally:
            writer.close()

    def _follow(
        self, talk: h11.Connection, writer: asyncio.StreamWriter, request: Read | None
    ) -> Read | None:
        """Take what came since, for the request under way; give the one that is under way now."""
        while (event := talk.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.Request):
                headers = [(bytes(name), bytes(value)) for name, value in event.headers]
                request = Read((bytes(event.method), bytes(event.target)), headers)
                self.seen.append(request)
            elif isinstance(event, h11.Data):
                request.body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                request.whole = True
                writer.write(b"".join(_answer(talk, *request.line)))
                talk.start_next_cycle()
        return request


def _answer(talk: h11.Connection, method: bytes, target: bytes) -> list[bytes]:
    """Give the answer to a request: its target."""
    length = b"%d" % len(target)
    head = h11.Response(status_code=200, reason=b"OK", headers=[(b"Content-Length", length)])
    events = [head, *([h11.Data(data=target)] if method != b"HEAD" else []), h11.EndOfMessage()]
    return [talk.send(event) or b"" for event in events]


async def said_to(port: int, data: bytes, size: int) -> tuple[bytes, bool]:
    """Send so many bytes at a time, and read all that comes until the end; whether that was an orderly one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got, orderly = b"", True
    try:
        async with asyncio.timeout(10):
            for at in range(0, len(data), size):
                if writer.transport.is_closing():
                    break
                writer.write(data[at : at + size])
                await asyncio.sleep(0)
            while more := await reader.read(65536):
                got += more
    except ConnectionError:
        orderly = False
    finally:
        writer.close()
    return got, orderly


def judge_client(wanted: list[Read], got: bytes, *, orderly: bool) -> None:
    """See that each answer is whole and belongs to its request; a refusal is in words, and the last."""
    for request in wanted:
        if not got:
            return
        answer, _, rest = answer_in(got, request.line[0], ended=False)
        if answer is None or not answer.whole:
            assert not orderly, (request, got)
            return
        if answer.line != (b"200",):
            judge_refusal(answer, rest)
            return
        assert request.whole, (request, got)
        assert answer.body == (b"" if request.line[0] == b"HEAD" else request.line[1]), (request, got)
        got = rest
    if got:
        answer, _, rest = answer_in(got, b"GET", ended=False)
        assert answer is not None, got
        judge_refusal(answer, rest)


def judge_refusal(answer: Read, rest: bytes) -> None:
    """See that an error of the router's own is a document, and behind it nothing.

    Where the head could not be read, nobody knows that it was of a HEAD: the document is there all the same.
    """
    headers = dict(answer.headers)
    assert (headers[b"content-type"], headers[b"connection"]) == (b"application/problem+json", b"close")
    assert answer.line[0] in {b"400", b"408", b"431", b"501", b"505"}, answer
    assert len(answer.body + rest) in {0, int(headers[b"content-length"])}, (answer, rest)


def judge_legacy(wanted: list[Read], legacy: Legacy) -> None:
    """See that legacy read nothing that was not said, and nothing twice."""
    assert legacy.unreadable == []
    left = list(wanted)
    for request in legacy.seen:
        match = next((each for each in left if each.covers(request)), None)
        assert match is not None, request
        left.remove(match)


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 330)
async def test_no_stream_of_requests_smuggles_or_crashes(open_house, search, nothing_unexpected):
    """Whatever comes, each answer is whole and to its own request, and the next client is served."""
    legacy = Legacy()
    server = await asyncio.start_server(legacy, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    house = await open_house(legacy__url=url, **LIMITS)
    port = int(house.url.rpartition(":")[2])
    statuses: Counter[bytes] = Counter()

    async def check(made: list[tuple[bytes, int]]) -> None:
        legacy.seen.clear()
        sent = [(data.replace(b"@@", b"%02d" % number), size) for number, (data, size) in enumerate(made)]
        told = await asyncio.gather(*(said_to(port, data, size) for data, size in sent))
        await house.idle()
        wanted = [requests_in(data) for data, _ in sent]
        for requests, (got, orderly) in zip(wanted, told, strict=True):
            judge_client(requests, got, orderly=orderly)
            statuses[got[9:12]] += 1
        judge_legacy([each for requests in wanted for each in requests], legacy)
        for _ in range(3):  # a machine that is busy elsewhere may let the short times run out
            got, _ = await said_to(port, GOOD, len(GOOD))
            if got.endswith(b"/good"):
                break
        assert got.endswith(b"/good")

    with nothing_unexpected(house):
        tried = await search(
            st.lists(st.tuples(streams.several(streams.requests()), streams.CUTS), min_size=8, max_size=32),
            check,
        )
    server.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            await server.wait_closed()
    print(f"{tried} batches of requests; first answers: {dict(statuses)}")  # noqa: T201 - what a long run wants to know
    assert statuses[b"200"] > 0 < statuses[b"400"]
