"""Names that cannot be looked up: a model's keeps nobody waiting, legacy's is an answer in words."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from shadow.testing import ScriptedServer

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
PATIENT = {"models__m__breaker": {"failures": 1000, "within": "1s", "cool_down": "1s"}}


@pytest.fixture
def hung(monkeypatch):
    """Let every lookup of a name under `.hangs` hang, as with a resolver that never answers; all end with the test."""
    end = threading.Event()
    real = socket.getaddrinfo

    def getaddrinfo(host, *args, **options):
        if str(host).endswith(".hangs"):
            end.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield end
    end.set()


async def waiting(house, calls: int) -> None:
    """Wait until so many calls to the model wait for its name."""
    async with asyncio.timeout(5):
        while house.worker.state()["models"]["m"]["in_flight"] != calls:
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("phase", ["shadow", "live"])
async def test_the_hung_name_of_a_model_does_not_keep_legacys_name_waiting(open_house, hung, phase):
    """Legacy closes each connection, so that its name is looked up for each request: all are answered at once."""
    async with ScriptedServer(OK) as legacy:
        house = await open_house(
            **PATIENT,
            legacy__url=legacy.url.replace("127.0.0.1", "localhost"),
            models__m__url="http://model.hangs:9",
            models__m__timeout="20s",
            routes__x__rollout__phase=phase,
            routes__x__rollout__patience="10ms",
        )
        await asyncio.gather(*(house.post() for _ in range(20)))
        await waiting(house, calls=20)
        answers = await asyncio.gather(*(house.post() for _ in range(20)))
        assert {(status, body) for status, _, body in answers} == {(200, b"ok")}
        assert house.worker.state()["own_errors"] == {}
        hung.set()
        await house.accounted({"x": 40})
        found = set(house.rows("disposition, model_failure"))  # some may have had their time before
        assert ("model_failed", "connect") in found
        assert found <= {("model_failed", "connect"), ("model_late", "timeout")}


async def test_the_hung_name_of_legacy_is_a_504(open_house, hung):
    """After the time that it has, and counted."""
    house = await open_house(legacy__url="http://legacy.hangs:9", legacy__timeout="100ms")
    status, headers, _ = await house.post()
    assert (status, headers["Content-Type"]) == (504, "application/problem+json")
    assert house.worker.state()["own_errors"] == {"504": {"legacy_timeout": 1}}
    await house.accounted({"x": 1})


async def test_a_name_of_legacys_that_nobody_knows_is_a_502(open_house):
    """At once: the resolver has said so."""
    house = await open_house(legacy__url="http://legacy.invalid:9")
    status, headers, _ = await house.post()
    assert (status, headers["Content-Type"]) == (502, "application/problem+json")
    assert house.worker.state()["own_errors"] == {"502": {"legacy_connect": 1}}
