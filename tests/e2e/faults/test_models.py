"""Models that break the rules, and contents that hurt whoever reads them: clients get legacy's bytes all the same."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import suppress

import pytest
from aiohttp import web

from shadow.testing import ScriptedServer
from tests.e2e.memory import traced

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = {"Content-Encoding": "gzip"}
BOMB = gzip.compress(bytes(32 << 20))
LEGACY = b'{"side": "legacy"}'
PATIENT = {"models__m__breaker": {"failures": 1000, "within": "1s", "cool_down": "1s"}}
phases = pytest.mark.parametrize("phase", ["shadow", "live"])

CONTENTS = {
    "a bomb": (BOMB, GZIP, "too_large"),
    "a bomb in a bomb": (
        gzip.compress(gzip.compress(bytes(64 << 20))),
        {"Content-Encoding": "gzip, gzip"},
        "too_large",
    ),
    "no gzip": (b"{}", GZIP, "model_failed"),
    "half of a gzip": (gzip.compress(b'{"a": 1}' * 100)[:-9], GZIP, "model_failed"),
    "an unknown coding": (b"{}", {"Content-Encoding": "zstd"}, "model_failed"),
    "no JSON": (b'{"a": ', {}, "not_comparable"),
    "nothing": (b"", {}, "not_comparable"),
    "two documents": (b"{}{}", {}, "not_comparable"),
    "NaN": (b'{"confidence": NaN}', {}, "not_comparable"),
    "a number longer than can be read": (b'{"confidence": ' + b"9" * 20_000 + b"}", {}, "not_comparable"),
    "a number beyond any": (b'{"confidence": 1e999}', {}, "not_comparable"),
    "no UTF-8": (b'{"a": "\xff\xfe"}', {}, "not_comparable"),
    "half of a surrogate pair": (b'{"a": "\\ud800"}', {}, "not_comparable"),
    "a byte order mark": (b"\xef\xbb\xbf{}", {}, "not_comparable"),
    "NUL": (b'{"a": "\\u0000"}', {}, "compared"),
    "arrays in arrays": (b"[" * 100_000 + b"]" * 100_000, {}, "not_comparable"),
    "objects in objects": (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, {}, "not_comparable"),
    "as deep as can be read": (b"[" * 500 + b"]" * 500, {}, "compared"),
    "deeper than can be walked": (b"[" * 800 + b"]" * 800, {}, "compared"),
}


def answering(name):
    """Answer with such a content."""
    body, headers, _ = CONTENTS[name]

    async def answer(_) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": "application/json", **headers})

    return answer


@phases
@pytest.mark.parametrize("side", ["legacy", "model", "both"])
async def test_a_content_that_hurts_its_reader_hurts_nobody_else(open_house, phase, side):
    """Sent as request and as either answer: legacy's bytes reach the client, and the exchange ends as it should."""
    house = await open_house(
        **PATIENT,
        routes__x__rollout__phase=phase,
        routes__x__rollout__key="json:/a",
        routes__x__cohorts={"a": "json:/a"},
    )
    found = {}
    for name, (body, headers, _) in CONTENTS.items():
        if side != "model":
            house.legacy.answer = answering(name)
        if side != "legacy":
            house.model.answer = answering(name)
        async with house.session.post(house.url + "/v1/x", data=body, auto_decompress=False) as answer:
            assert (answer.status, await answer.read()) == (200, body if side != "model" else LEGACY)
            assert answer.headers.get("Content-Encoding") == (headers if side != "model" else {}).get(
                "Content-Encoding"
            )
        await house.settle()
        found[name] = house.rows("disposition")[-1][0]
    reached = {"too_large": "not_comparable", "model_failed": "not_comparable"} if side == "legacy" else {}
    assert found == {name: reached.get(word, word) for name, (*_, word) in CONTENTS.items()}
    assert house.worker.state()["own_errors"] == {}
    await house.accounted({"x": len(CONTENTS)})


WIRES = {
    "no HTTP": b"\x00\xff\r\n\r\n",
    "HTTP/0.9": b"{}",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length and a coding": CHUNKED[:-2] + b"Content-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a bare LF": OK + b"A: b\nC: d\r\n\r\n",
    "a folded header": OK + b"A: b\r\n c\r\n\r\n",
    "NUL": OK + b"A: \0\r\n\r\n",
    "a bad chunk": CHUNKED + b"zz\r\n",
    "a short body": OK + b"Content-Length: 9\r\n\r\n{}",
    "a cut chunk": CHUNKED + b"9\r\n{}",
    "a cut head": OK + b"Content-Le",
    "nothing": b"",
    "an endless head": OK + b"A: b\r\n" * 20_000,
    "endless words before the answer": b"HTTP/1.1 103 Early\r\n\r\n" * 10_000,
    "endless trailers": CHUNKED + b"0\r\n" + b"A: b\r\n" * 80_000,
    "a 101": b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
}


@phases
async def test_a_model_that_breaks_the_rules_has_failed(open_house, phase):
    """Each time it is legacy's answer, no error of the proxy's, and one exchange that says so."""
    turn = iter(WIRES.values())

    async def misbehave(peer) -> None:
        await peer.request()
        with suppress(ConnectionError):
            await peer.send(next(turn))

    async with ScriptedServer(misbehave) as model:
        house = await open_house(**PATIENT, models__m__url=model.url, routes__x__rollout__phase=phase)
        found = {}
        for name in WIRES:
            status, _, body = await house.post()
            await house.settle()
            found[name] = (status, body, *house.rows("disposition, model_failure")[-1])
        connect, malformed = (
            (200, LEGACY, "model_failed", "connect"),
            (200, LEGACY, "model_failed", "malformed"),
        )
        assert found == {name: connect if name in {"nothing", "a cut head"} else malformed for name in WIRES}
        assert house.worker.state()["own_errors"] == {}
        await house.accounted({"x": len(WIRES)})


@phases
async def test_a_model_that_drips_has_its_time_and_no_more(open_house, phase):
    """However steadily, in its head or in its body: `timeout` is for all of it."""
    turn = iter([OK + b"A: " + b"b" * 10_000, OK + b"Content-Length: 10000\r\n\r\n" + b"c" * 10_000])

    async def drip(peer) -> None:
        await peer.request()
        with suppress(ConnectionError):
            for value in next(turn):
                await peer.send(bytes([value]))
                await asyncio.sleep(0.002)

    async with ScriptedServer(drip) as model:
        changes = {**PATIENT, "models__m__timeout": "100ms", "routes__x__rollout__phase": phase}
        house = await open_house(**changes, models__m__url=model.url)
        for _ in range(2):
            assert (await house.post())[2] == LEGACY
            await house.settle()
        assert house.rows("disposition") == [("model_late",)] * 2
        await house.accounted({"x": 2})


@phases
async def test_a_model_that_floods_is_given_up_and_holds_no_memory(open_house, phase):
    """A hundred megabytes, or for ever: the reply has its limit, and what is beyond it is not read."""
    sent = asyncio.Queue()

    async def flood(peer) -> None:
        await peer.request()
        await peer.send(CHUNKED)
        size = 0
        with suppress(ConnectionError):
            while size < 100 << 20:
                await peer.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                size += 65536
        await sent.put(size)

    async with ScriptedServer(flood) as model:
        house = await open_house(**PATIENT, models__m__url=model.url, routes__x__rollout__phase=phase)
        with traced() as most:
            answers = await asyncio.gather(*(house.post() for _ in range(8)))
            sizes = [await sent.get() for _ in answers]
            peak = most()
        assert {(status, body) for status, _, body in answers} == {(200, LEGACY)}
        assert max(sizes) < 16 << 20  # the sockets' buffers on both sides, and a reply's limit
        assert peak < 32 << 20
        await house.accounted({"x": 8})
        assert house.rows("disposition") == [("too_large",)] * 8
