"""Request targets: whatever a client asks for, legacy and the model are asked for the very same bytes."""

from __future__ import annotations

import pytest

from shadow.testing import ScriptedServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
EVERYTHING = {"routes__x__match__path": "/**"}
PHASES = {
    "unmatched": ({"routes": {}}, False),
    "off": ({**EVERYTHING, "routes__x__rollout__phase": "off"}, False),
    "shadow": (EVERYTHING, True),
    "live": ({**EVERYTHING, "routes__x__rollout__phase": "live"}, True),
}
TARGETS = [
    b"/",
    b"/?",
    b"/??",
    b"/x?a=%2F&b=+%20&c=[]&&d=%zz",
    b"/a%2Fb/%2f/%41/%7E/~/%",
    b"/a/./b/../c/..",
    b"//x///y//",
    b"/;p=1/x;q?;",
    b"/x#fragment",
    b"/x?q#fragment",
    b"/\"<>|{}\\^`'",
    b"/x?u=http://elsewhere/%25",
    b"http://h/v1/x?y=%2f",
    b"HTTP://User@H:80//v1/../x",
    b"http://h",
]


@pytest.mark.parametrize(("changes", "asks_model"), PHASES.values(), ids=PHASES)
async def test_a_target_goes_through_byte_for_byte(open_house, wired, changes, asks_model):
    """No library has made it nicer on its way; the model is asked the same."""
    async with ScriptedServer(OK) as legacy, ScriptedServer(OK) as model:
        house = await open_house(legacy__url=legacy.url, models__m__url=model.url, **changes)
        async with wired(house) as wire:
            for target in TARGETS:
                await wire.send(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % target)
                assert (await wire.answer())[1] == b"ok"
        matched = bool(house.worker.config.routes)
        await house.accounted({"x" if matched else "": len(TARGETS)})
        assert [request.split(b" ")[1] for request in legacy.requests] == TARGETS
        asked = sorted(request.split(b" ")[1] for request in model.requests)
        assert asked == (sorted(TARGETS) if asks_model else [])


@pytest.mark.parametrize("base", ["", "/base", "/base/"])
async def test_a_base_path_goes_in_front_and_changes_nothing_behind(open_house, wired, base):
    """An absolute target keeps its scheme and host, and the one of the whole server stays what it is."""
    before = base.rstrip("/").encode()
    expected = {
        b"GET //x/../%41?": before + b"//x/../%41?",
        b"GET http://h/v1/x?y": b"http://h" + before + b"/v1/x?y",
        b"GET http://h?y=/": b"http://h" + before + b"?y=/",
        b"OPTIONS *": b"*",
    }
    async with ScriptedServer(OK) as legacy:
        house = await open_house(legacy__url=legacy.url + base, routes={})
        async with wired(house) as wire:
            for line in expected:
                await wire.send(b"%b HTTP/1.1\r\nHost: h\r\n\r\n" % line)
                assert (await wire.answer())[1] == b"ok"
        await house.accounted({"": len(expected)})
        assert [request.split(b" ")[1] for request in legacy.requests] == list(expected.values())


async def test_an_absolute_target_finds_its_route(open_house, wired):
    """It is another way to write the same path, also for the model behind a base path."""
    async with ScriptedServer(OK) as model:
        house = await open_house(models__m__url=model.url + "/base")
        async with wired(house) as wire:
            await wire.send(b"GET http://h:8080/v1/x?a=1 HTTP/1.1\r\nHost: h:8080\r\n\r\n")
            head, _ = await wire.answer()
        assert b"\r\nShadow-Reason: shadow\r\n" in head
        await house.accounted({"x": 1})
        assert model.requests[0].split(b" ")[1] == b"http://h:8080/base/v1/x?a=1"
    assert house.rows("path") == [("/v1/x",)]
