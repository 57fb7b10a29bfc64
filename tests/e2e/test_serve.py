"""`shadow serve` as its users run it: switches, reloads, ports, and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from benchmarks.house import ServedHouse, alive, config_of, until
from benchmarks.stubs import ANSWER, Stub, answer, hang, serving

pytestmark = pytest.mark.slow

CONNECTIONS = 24
WHO = ("--by", "test", "--why", "to see it")


class Gate:
    """A server that answers when it is opened."""

    def __init__(self) -> None:
        self.waiting: list[Stub] = []

    def __call__(self, stub: Stub) -> None:
        self.waiting.append(stub)

    def open(self) -> None:
        """Answer everybody who waits."""
        for stub in self.waiting:
            stub.write(ANSWER)
        self.waiting.clear()


@pytest.fixture
async def serve(tmp_path):
    """Start a house between two stubs; whatever becomes of it, nothing is left behind."""
    async with AsyncExitStack() as stack:

        async def started(legacy=answer, model=answer, *, workers: int = 1, **changes: Any) -> ServedHouse:
            ports = [await stack.enter_async_context(serving(behave)) for behave in (legacy, model)]
            urls = [f"http://127.0.0.1:{port}" for port in ports]
            house = ServedHouse(tmp_path, config_of(*urls, **changes), workers=workers)
            await house.begin()
            stack.push_async_callback(sweep, house)
            await house.ready()
            return house

        yield started


async def sweep(house: ServedHouse) -> None:
    """Kill what a failed test left running."""
    if house.process.returncode is None or any(map(alive, house.pids().values())):
        await house.kill_all()


def children(pid: int) -> list[int]:
    """Give the processes that a process started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Clients:
    """Many connections, so that every worker has some of them."""

    def __init__(self, house: ServedHouse, sessions: list[aiohttp.ClientSession]) -> None:
        self._house = house
        self._sessions = sessions

    async def ask(self) -> set[tuple[str, str]]:
        """Send one request over each connection; give who answered and why, over all of them."""
        return {(headers["Shadow-Served"], headers["Shadow-Reason"]) for headers in await self._all()}

    async def _all(self) -> list[Any]:
        return await asyncio.gather(*map(self._one, self._sessions))

    async def _one(self, session: aiohttp.ClientSession) -> Any:
        async with session.post(f"{self._house.url}/v1/x", json={}) as got:
            await got.read()
            return got.headers

    async def workers(self) -> int:
        """Count the workers that answer, from the record."""
        ids = [headers["Shadow-Exchange"] for headers in await self._all()]
        names = ", ".join(f"'{each}'" for each in ids)
        rows = partial(self._house.query, f"SELECT worker FROM exchanges WHERE id IN ({names})")
        await until(lambda: len(rows()) == len(ids), "the record")
        return len(set(rows()))

    async def agree_within(self, seconds: float, served: str, reason: str) -> None:
        """Ask until every connection gets the same; TimeoutError when that takes too long."""
        async with asyncio.timeout(seconds):
            while await self.ask() != {(served, reason)}:
                pass


async def test_switches_reach_every_worker_and_outlive_a_restart(serve):
    """Set, kill and revive, by the real commands: in force at once everywhere, and after the house came back."""
    house = await serve(workers=2)
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(aiohttp.ClientSession()) for _ in range(CONNECTIONS)]
        clients = Clients(house, sessions)
        assert await clients.ask() == {("model", "confident")}
        while await clients.workers() < 2:  # which of them accepts a connection is the system's choice
            sessions.append(await stack.enter_async_context(aiohttp.ClientSession()))
        assert (await house.command("switch", "set", "x", "phase=shadow", *WHO))[0] == 0
        await clients.agree_within(1.0, "legacy", "shadow")
        assert (await house.command("kill", *WHO))[0] == 0
        await clients.agree_within(1.0, "legacy", "killed")
        assert await house.end() == 0
        await house.start()
        assert await clients.ask() == {("legacy", "killed")}
        assert (await house.command("revive", *WHO))[0] == 0
        await clients.agree_within(1.0, "legacy", "shadow")


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="the system knows no such thing")
@pytest.mark.parametrize(("cpu", "policy"), [("spare", "SCHED_IDLE"), ("share", "SCHED_BATCH")])
async def test_the_scorer_has_what_clients_leave(serve, cpu, policy):
    """Beside processes of one session, for the system may weigh whole sessions; and a share of its own on demand."""
    house = await serve(scorer__cpu=cpu)
    pids = house.pids()
    assert len({os.getsid(pid) for pid in pids.values()}) == 1
    policies = {role: os.sched_getscheduler(pid) for role, pid in pids.items()}
    assert policies == {**dict.fromkeys(pids, os.SCHED_OTHER), "scorer": getattr(os, policy)}
    (scores,) = children(pids["scorer"])
    assert os.sched_getscheduler(scores) == getattr(os, policy)


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="the system knows no such thing")
@pytest.mark.parametrize(("audit", "policy"), [("relaxed", "SCHED_BATCH"), ("strict", "SCHED_OTHER")])
async def test_the_recorder_takes_the_core_from_no_worker(serve, audit, policy):
    """But where a worker's answers wait for what it writes."""
    house = await serve(record__audit=audit)
    async with aiohttp.ClientSession() as session:
        await Clients(house, [session]).ask()
    await until(lambda: house.query("SELECT count(*) FROM exchanges") > [(0,)], "a row")
    (writes,) = children(house.pids()["proxy-1"])
    assert os.sched_getscheduler(writes) == getattr(os, policy)


async def test_a_changed_file_is_swapped_in_and_a_bad_one_is_refused_loudly(serve):
    """The old one stays in force; log, readiness and status say so, until the file is right again."""
    house = await serve()
    async with aiohttp.ClientSession() as session:
        clients = Clients(house, [session])
        rollout = house.config["routes"]["x"]["rollout"]
        rollout["phase"] = "shadow"
        house.write_config()
        await clients.agree_within(5.0, "legacy", "shadow")
        rollout["phase"] = "canry"
        house.write_config()
        await until(lambda: len(house.events("shadow.config_refused")) >= 2, "worker and scorer refusing")
        status, ready = await house.get("/readyz")
        assert (status, "canry" in ready["config_refused"]) == (200, True)
        assert await clients.ask() == {("legacy", "shadow")}
        states = partial(house.query, "SELECT state FROM workers WHERE role IN ('proxy', 'scorer')")
        await until(lambda: all("canry" in state for (state,) in states()), "heartbeats")
        status, processes = await house.get("/api/v1/status")
        refusals = {p["role"]: p["refused_config"] for p in processes["processes"]}
        assert {role for role, why in refusals.items() if "routes.x.rollout.phase" in why} == {
            "proxy",
            "scorer",
        }
        house.config["listen"]["port"] += 1
        rollout["phase"] = "live"
        house.write_config()
        await until(lambda: len(house.events("shadow.config_refused")) >= 4, "a second refusal")
        assert "restart" in (await house.get("/readyz"))[1]["config_refused"]
        house.config["listen"]["port"] -= 1
        house.write_config()
        await clients.agree_within(5.0, "model", "confident")
        assert (await house.get("/readyz"))[1]["config_refused"] is None


@pytest.mark.parametrize(
    ("number", "everyone"),
    [(signal.SIGTERM, False), (signal.SIGINT, False), (signal.SIGTERM, True)],
    ids=["SIGTERM", "SIGINT", "SIGTERM to every process"],
)
async def test_a_stop_lets_requests_under_way_end_and_leaves_nothing_behind(serve, number, everyone):
    """The answer arrives, the exchange is recorded, the exit code is 0; new clients are refused at once."""
    gate = Gate()
    house = await serve(
        gate, hang, routes__x__rollout__phase="shadow", listen__drain="2s", models__m__timeout="30s"
    )
    async with aiohttp.ClientSession() as session:
        url = f"{house.url}/v1/x"
        under_way = asyncio.ensure_future(session.post(url, json={}))
        await until(lambda: gate.waiting, "legacy being asked")
        ending = asyncio.ensure_future(house.end(number))
        if everyone:
            for pid in house.pids().values():
                os.kill(pid, number)
        await until(lambda: house.events("shadow.worker_draining"), "draining")
        with pytest.raises(aiohttp.ClientConnectorError):
            await asyncio.wait_for(fresh(url), 1.0)
        gate.open()
        async with await under_way as got:
            assert (got.status, got.headers["Shadow-Reason"]) == (200, "shadow")
        assert await ending == 0
    assert not any(map(alive, house.pids().values()))
    assert house.query("SELECT served, disposition FROM exchanges") == [("legacy", "shed")]
    assert house.query("SELECT disposition, sum(n) FROM tallies GROUP BY 1") == [("shed", 1)]
    assert house.query("SELECT count(*) FROM workers WHERE stopped IS NULL") == [(0,)]


async def fresh(url: str) -> int:
    """Send a request over a connection of its own."""
    async with aiohttp.ClientSession() as session, session.post(url, json={}) as got:
        return got.status


async def test_when_the_supervisor_is_killed_its_processes_leave_in_order(serve):
    """They notice, let the request under way end, write it down, and go."""
    gate = Gate()
    house = await serve(gate, workers=2, routes__x__rollout__phase="shadow")
    async with aiohttp.ClientSession() as session:
        under_way = asyncio.ensure_future(session.post(f"{house.url}/v1/x", json={}))
        await until(lambda: gate.waiting, "legacy being asked")
        house.process.kill()
        await house.process.wait()
        await until(lambda: len(house.events("shadow.worker_draining")) == 2, "draining")
        gate.open()
        async with await under_way as got:
            assert got.status == 200
    await house.gone()
    assert house.query("SELECT served FROM exchanges") == [("legacy",)]


async def test_a_role_that_falls_is_started_again(serve):
    """With a pause that is told in the log; the port never closes."""
    house = await serve()
    killed = house.kill("proxy-1")
    async with aiohttp.ClientSession() as session:
        assert await Clients(house, [session]).ask() == {("model", "confident")}
    assert house.pids()["proxy-1"] != killed
    assert [(event["role"], event["exit"]) for event in house.events("shadow.role_fallen")] == [
        ("proxy-1", -9)
    ]


@pytest.mark.parametrize(
    ("words", "key"),
    [(("serve",), "listen"), (("serve",), "admin"), (("proxy",), "listen"), (("admin",), "admin")],
    ids=["serve", "serve, admin", "proxy", "admin"],
)
async def test_a_taken_port_is_told_in_one_line(tmp_path, words, key):
    """Exit code 2, the setting and the address; nothing is started."""
    house = ServedHouse(tmp_path, config_of("http://127.0.0.1:1", "http://127.0.0.1:1"))
    with socket.create_server(("127.0.0.1", house.config[key]["port"])):
        code, told, complained = await house.command(*words)
    lines = [line for line in complained.splitlines() if not line.startswith("{")]
    address = f"127.0.0.1:{house.config[key]['port']}"
    assert (code, told, lines) == (
        2,
        "",
        [f"shadow: {key}: cannot listen on {address}: Address already in use"],
    )
