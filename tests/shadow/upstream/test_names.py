"""Looking up a name: shared while it is under way, never in the way of another's, and never for ever."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from shadow.upstream.names import AT_MOST, Names


class Held:
    """Lookups that end when they are told to, and count how many there were."""

    def __init__(self, *answers):
        self.answers = answers
        self.count = 0
        self.go_on = threading.Event()

    def __call__(self, _):
        number = self.count
        self.count += 1
        assert self.go_on.wait(10)
        answer = self.answers[min(number, len(self.answers) - 1)]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%lo"])
async def test_an_address_is_not_looked_up(host):
    """It is one already."""
    look_up = Held()
    assert (await Names(host, look_up).addresses(), look_up.count) == ([host], 0)


async def test_a_name_has_the_addresses_that_the_system_tells():
    """Each once, in the system's order."""
    told = socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)
    assert await Names("localhost").addresses() == list(dict.fromkeys(each[4][0] for each in told))


async def test_who_asks_meanwhile_shares_the_lookup_and_who_asks_later_does_not():
    """Nothing is kept: an address may change."""
    look_up = Held(["192.0.2.1"], ["192.0.2.2"])
    names = Names("h.example", look_up)
    asked = [asyncio.ensure_future(names.addresses()) for _ in range(5)]
    await asyncio.sleep(0)
    assert names.under_way == 1
    look_up.go_on.set()
    assert await asyncio.gather(*asked) == [["192.0.2.1"]] * 5
    assert (await names.addresses(), look_up.count, names.under_way) == (["192.0.2.2"], 2, 0)


@pytest.mark.parametrize(
    "error", [socket.gaierror(-2, "unknown"), UnicodeError("no name"), ValueError("odd")]
)
async def test_a_name_that_cannot_be_found_is_an_error_for_everybody_who_asked(error):
    """And the next one who asks looks again."""
    look_up = Held(error, ["192.0.2.1"])
    look_up.go_on.set()
    names = Names("h.example", look_up)
    told = await asyncio.gather(*(names.addresses() for _ in range(2)), return_exceptions=True)
    assert ([type(each) for each in told], await names.addresses()) == ([type(error)] * 2, ["192.0.2.1"])


async def test_a_lookup_that_hangs_is_left_and_begun_anew_a_few_times():
    """Beyond those, whoever comes waits for the last of them, and no thread more is started."""
    look_up = Held(["192.0.2.1"])
    names = Names("h.example", look_up, anew_after=0.0)
    asked = [asyncio.ensure_future(names.addresses()) for _ in range(3 * AT_MOST)]
    await asyncio.sleep(0)
    assert names.under_way == AT_MOST
    look_up.go_on.set()
    assert await asyncio.gather(*asked) == [["192.0.2.1"]] * (3 * AT_MOST)
    assert (look_up.count, names.under_way) == (AT_MOST, 0)


@pytest.mark.parametrize("at_most", [1, 2])
async def test_who_would_begin_one_lookup_too_many_is_counted(at_most):
    """It waits for the last one that hangs; who only joins one that is young does not count."""
    look_up = Held(["192.0.2.1"])
    names = Names("h.example", look_up, anew_after=0.0, at_most=at_most)
    asked = [asyncio.ensure_future(names.addresses()) for _ in range(5)]
    await asyncio.sleep(0)
    assert (names.under_way, names.full) == (at_most, 5 - at_most)
    look_up.go_on.set()
    await asyncio.gather(*asked)
    young = Names("h.example", look_up, at_most=1)
    await asyncio.gather(*(young.addresses() for _ in range(2)))
    assert young.full == 0


async def test_who_leaves_takes_no_lookup_away_from_the_others():
    """A call whose time is over ends alone."""
    look_up = Held(["192.0.2.1"])
    names = Names("h.example", look_up)
    gone, stays = (asyncio.ensure_future(names.addresses()) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    look_up.go_on.set()
    assert await stays == ["192.0.2.1"]
    assert gone.cancelled()


async def test_a_hung_name_holds_no_other_name_up():
    """However many wait for it."""
    hung, quick = Held(["192.0.2.1"]), Held(["192.0.2.2"])
    quick.go_on.set()
    waiting = [asyncio.ensure_future(Names("hangs.example", hung).addresses()) for _ in range(50)]
    await asyncio.sleep(0)
    assert await Names("h.example", quick).addresses() == ["192.0.2.2"]
    hung.go_on.set()
    await asyncio.gather(*waiting)
