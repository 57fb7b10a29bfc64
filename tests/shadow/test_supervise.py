"""The supervisor starts roles, starts fallen ones again, and ends them together."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from shadow import supervise
from shadow.lifecycle import SUPERVISED
from shadow.listening import bind
from shadow.seats import Hall
from shadow.supervise import Role, Supervisor, roles

STANDING = "import sys; sys.stdin.read()"
DEAF = """
import pathlib, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path({!r}).touch()
time.sleep(60)
"""
TELLING = """
import os, pathlib, sys
pathlib.Path({!r}).write_text(os.environ[{!r}])
sys.stdin.read()
"""
FALLING = "import sys; sys.exit(3)"


async def supervised(words: str, *, grace: float = 10.0, sockets=(), up=None):
    """Run a supervisor over one small program until it is up, then stop it; give the log."""
    supervisor = Supervisor(
        [Role("role", (words,))], os.environ, grace=grace, sockets=sockets, command=(sys.executable, "-c")
    )
    with capture_logs() as events:
        running = asyncio.ensure_future(supervisor.run())
        while not (events and (up is None or up.exists())):
            await asyncio.sleep(0.001)
        os.kill(os.getpid(), signal.SIGTERM)
        await running
    return events


def gone(pid: int) -> bool:
    """Tell whether a process that was waited for is no more."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_role_runs_until_the_supervisor_is_told_to_stop():
    """Told with SIGTERM, it leaves, and nothing is said to have fallen."""
    events = await supervised(STANDING)
    assert [event["event"] for event in events] == ["shadow.role_started"]
    assert gone(events[0]["pid"])


async def test_a_fallen_role_is_started_again_after_a_growing_pause(monkeypatch):
    """The log says which, with which exit code, and how long the pause is."""
    monkeypatch.setattr(supervise, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(supervise, "LONGEST_WAIT", 0.02)
    supervisor = Supervisor(
        [Role("role", (FALLING,))], os.environ, grace=10.0, command=(sys.executable, "-c")
    )
    with capture_logs() as events:
        running = asyncio.ensure_future(supervisor.run())
        while len([event for event in events if event["event"] == "shadow.role_fallen"]) < 3:
            await asyncio.sleep(0.001)
        os.kill(os.getpid(), signal.SIGTERM)
        await running
    fallen = [event for event in events if event["event"] == "shadow.role_fallen"][:3]
    assert [(event["role"], event["exit"], event["again_in"]) for event in fallen] == [
        ("role", 3, 0.01),
        ("role", 3, 0.02),
        ("role", 3, 0.02),
    ]


async def test_a_role_that_cannot_be_started_is_tried_again(monkeypatch):
    """No more processes, no memory: the others run on, and this one is tried again."""
    monkeypatch.setattr(supervise, "FIRST_WAIT", 0.01)
    supervisor = Supervisor([Role("role", ())], os.environ, grace=10.0, command=("/no/such/program",))
    with capture_logs() as events:
        running = asyncio.ensure_future(supervisor.run())
        while len(events) < 2:
            await asyncio.sleep(0.001)
        os.kill(os.getpid(), signal.SIGTERM)
        await running
    assert [(event["event"], event["exit"]) for event in events[:2]] == [
        ("shadow.role_fallen", "No such file or directory")
    ] * 2


async def test_a_role_that_does_not_leave_is_killed(tmp_path):
    """After the grace, with everything it started."""
    up = tmp_path / "up"
    events = await supervised(DEAF.format(str(up)), grace=0.2, up=up)
    assert [event["event"] for event in events] == ["shadow.role_started", "shadow.roles_killed"]
    assert (events[1]["roles"], gone(events[0]["pid"])) == (["role"], True)


async def test_told_while_a_role_is_being_started_it_ends_that_one_too(monkeypatch):
    """Nobody else knows of it yet."""
    begun, going = asyncio.Event(), asyncio.Event()
    supervisor = Supervisor(
        [Role("role", (STANDING,))], os.environ, grace=10.0, command=(sys.executable, "-c")
    )
    start = supervisor._start

    async def slow_start(role: Role) -> asyncio.subprocess.Process:
        begun.set()
        await going.wait()
        return await start(role)

    monkeypatch.setattr(supervisor, "_start", slow_start)
    with capture_logs() as events:
        running = asyncio.ensure_future(supervisor.run())
        await begun.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await supervisor._told.wait()
        going.set()
        await running
    assert [event["event"] for event in events] == ["shadow.role_started"]
    assert gone(events[0]["pid"])


async def test_new_clients_are_refused_as_soon_as_the_stop_begins():
    """The supervisor lets go of the ports first: a client must not wait for somebody who is leaving."""
    sock = bind("127.0.0.1", 0, "listen")
    where = sock.getsockname()
    await supervised(STANDING, sockets=(sock,))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(where)


async def test_roles_know_that_they_are_supervised(tmp_path):
    """By the environment; standard input is then the pipe that ends with the supervisor."""
    note = tmp_path / "note"
    words = TELLING.format(str(note), SUPERVISED)
    supervisor = Supervisor([Role("role", (words,))], {}, grace=10.0, command=(sys.executable, "-c"))
    running = asyncio.ensure_future(supervisor.run())
    while not (note.exists() and note.read_text()):
        await asyncio.sleep(0.001)
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    assert note.read_text() == "1"


def test_the_house_is_made_of_proxies_one_scorer_and_one_admin():
    """The proxies share one socket; each role inherits only its own."""
    with bind("127.0.0.1", 0, "listen") as front, bind("127.0.0.1", 0, "admin") as admin:
        made = roles(Path("/a/shadow.yaml"), 2, front, admin)
        fds = {front.fileno(): "front", admin.fileno(): "admin"}
        assert [(role.name, [fds[fd] for fd in role.sockets]) for role in made] == [
            ("proxy-1", ["front"]),
            ("proxy-2", ["front"]),
            ("scorer", []),
            ("admin", ["admin"]),
        ]
        assert made[0].words == ("proxy", "-c", "/a/shadow.yaml", "--fd", str(front.fileno()))


def test_proxies_that_share_a_socket_have_seats_among_each_other():
    """One that fell has none until it is back."""
    with (
        bind("127.0.0.1", 0, "listen") as front,
        bind("127.0.0.1", 0, "admin") as admin,
        closing(Hall(2)) as hall,
    ):
        first, second, *_ = roles(Path("/a/shadow.yaml"), 2, front, admin, hall)
        assert [role.words[-2:] for role in (first, second)] == [
            ("--seat", f"{hall.fd}:{number}") for number in range(2)
        ]
        assert first.sockets == (front.fileno(), hall.fd)
        hall.seats.take(0, 3)
        hall.seats.take(1, 5)
        first.left()
        assert hall.seats.fewest() == 5


async def test_whose_process_ended_is_told():
    """Each time, before it is started again."""
    ends: list[str] = []
    role = Role("role", (FALLING,), left=lambda: ends.append("left"))
    supervisor = Supervisor([role], os.environ, grace=10.0, command=(sys.executable, "-c"))
    running = asyncio.ensure_future(supervisor.run())
    while not ends:
        await asyncio.sleep(0.001)
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    assert set(ends) == {"left"}
