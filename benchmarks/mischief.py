"""What goes wrong during a soak, and when: a schedule from a seed, and the hands that carry it out.

A side that misbehaves remembers whom it wronged, so that every error a client saw can be asked for its cause.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import stubs
from benchmarks.house import until
from benchmarks.processes import tree
from benchmarks.strays import WAYS, Strays

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.crowd import Requests
    from benchmarks.house import ServedHouse
    from benchmarks.stubs import Behaviour, Stub

MODEL_MOODS = ("hang", "refuse", "reset", "flood", "drip", "garbage", "error", "slow")
EXPLAINS = {"cut": (0, 502), "error": (500,), "reset": (502,), "slow": ()}
"""What a client may see of each thing that legacy does to its request; 0 is a connection that broke."""
WRONGED_ONE_IN = 3
"""While legacy misbehaves, it does so to one request in so many; to all of them when it is only slow."""
KILLED_UNTIL = 1 / 3
"""The share of a soak, about, in which processes are killed: those that follow live long enough to be judged."""
_KILLS = ("scorer killed", "recorder killed")
_LASTING = (
    *(f"model: {mood}" for mood in MODEL_MOODS),
    *(f"legacy: {mood}" for mood in EXPLAINS),
    *(f"clients: {way}" for way in WAYS),
    *("scorer stopped", "store locked", "file changed", "file broken", "sample switched", "killed"),
)
KINDS = (*_LASTING, *_KILLS)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong: when, in seconds from the start, what, and for how long."""

    at: float
    kind: str
    seconds: float


def schedule(seed: int, seconds: float, every: float) -> list[Fault]:
    """Plan a fault every so many seconds, about, each kind once before any comes again; kills come early."""
    chance = random.Random(seed)
    found: list[Fault] = []
    deck: list[str] = []
    at = every
    while at < seconds - every:
        if not deck:
            deck = chance.sample(_LASTING, len(_LASTING))
            for kill in _KILLS if at < seconds * KILLED_UNTIL else ():
                deck.insert(-chance.randrange(1, 4), kill)  # it is dealt from the end
        kind = deck.pop()
        found.append(Fault(at, kind, chance.uniform(0.2, 1.0) * every))
        at += chance.uniform(0.5, 1.5) * every
    return found


# --- the sides


class Side:
    """A side whose behaviour is changed while it serves."""

    def __init__(self, behave: Behaviour = stubs.answer) -> None:
        self._usual = self._behave = behave
        self._turn = 0

    def choose(self) -> Behaviour:
        """Give the behaviour of the moment."""
        return self._behave

    async def behave(self, behaviour: Behaviour, seconds: float) -> None:
        """Behave so for some seconds, and then as usual, unless somebody changed it meanwhile."""
        self._turn += 1
        turn, self._behave = self._turn, behaviour
        await asyncio.sleep(seconds)
        if turn == self._turn:
            self._behave = self._usual


class Legacy(Side):
    """A legacy system that keeps which requests it saw, how often, and which it wronged, and how."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self._seen = bytearray()
        self.wronged: dict[int, str] = {}

    def asked(self, number: int) -> int:
        """Give how often it saw a request."""
        return self._seen[number] if number < len(self._seen) else 0

    def _note(self, stub: Stub) -> int:
        line = stub.request[: stub.request.index(b" HTTP/")]
        number = int(line[line.rindex(b"/") + 1 :])
        if number >= len(self._seen):
            self._seen += bytes(number - len(self._seen) + 1024)
        self._seen[number] = min(self._seen[number] + 1, 255)
        return number

    def _answer(self, stub: Stub) -> None:
        self._note(stub)
        stubs.answer(stub)

    def mood(self, name: str) -> Behaviour:
        """Give the behaviour of a name, which keeps whom it wrongs."""
        does: dict[str, Callable[[Stub], None]] = {
            "cut": _cut,
            "error": stubs.error,
            "reset": stubs.reset,
            "slow": stubs.slow,
        }

        def behave(stub: Stub) -> None:
            number = self._note(stub)
            if name != "slow" and number % WRONGED_ONE_IN:
                stubs.answer(stub)
                return
            self.wronged[number] = name
            does[name](stub)

        return behave


def _cut(stub: Stub) -> None:
    """Answer with a part of the body, and break the connection once that is on its way."""
    stub.write(stubs.ANSWER[:-100])
    asyncio.get_running_loop().call_later(0.005, stub.transport.abort)


# --- the hands


class Mischief:
    """Carries faults out, one at a time of each kind; `amiss` is what the house did about them that it must not."""

    def __init__(self, house: ServedHouse, legacy: Legacy, model: Side, requests: Requests) -> None:
        self.amiss: list[str] = []
        self._file_read = asyncio.Lock()  # who starts while the file is broken rightly does not
        self._switching = asyncio.Lock()  # what was killed twice is revived once
        self._house = house
        self._legacy = legacy
        self._model = model
        self._strays = Strays(house.config["listen"]["port"], requests, self.amiss)

    async def carry_out(self, fault: Fault) -> None:
        """Do what a fault says, and put it right again."""
        what, _, how = fault.kind.partition(": ")
        match what:
            case "model":
                await self._model.behave(stubs.BEHAVIOURS[how], fault.seconds)
            case "legacy":
                await self._legacy.behave(self._legacy.mood(how), fault.seconds)
            case "clients":
                await self._strays.come(how, fault.seconds)
            case "scorer stopped" | "scorer killed" | "recorder killed":
                await self._signal(what, fault.seconds)
            case "store locked":
                await asyncio.to_thread(self._lock, fault.seconds)
            case "file changed" | "file broken":
                await self._file(what, fault.seconds)
            case _:
                await self._switch(what, fault.seconds)

    async def _signal(self, what: str, seconds: float) -> None:
        pids = self._house.pids()
        with suppress(ProcessLookupError):
            if what == "recorder killed":
                for pid in tree(pids["proxy-1"])[1:]:
                    os.kill(pid, signal.SIGKILL)
            elif what == "scorer killed":
                await self._kill_scorer(pids["scorer"])
            else:
                stopped = tree(pids["scorer"])
                for number in (signal.SIGSTOP, signal.SIGCONT):
                    for pid in stopped:
                        os.kill(pid, number)
                    await asyncio.sleep(seconds if number is signal.SIGSTOP else 0)

    async def _kill_scorer(self, pid: int) -> None:
        started = "shadow.scorer_started"
        async with self._file_read:
            before = len(self._house.events(started))
            os.kill(pid, signal.SIGKILL)
            await until(lambda: len(self._house.events(started)) > before, "a new scorer")

    def _lock(self, seconds: float) -> None:
        connection = sqlite3.connect(self._house.store, timeout=30, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")
        finally:
            connection.close()

    async def _file(self, what: str, seconds: float) -> None:
        """Save the configuration with another time-out, which makes a model anew; or broken, and then as it was."""
        model = self._house.config["models"]["m"]
        async with self._file_read:
            timeout = model["timeout"]
            model["timeout"] = "soon" if what == "file broken" else {"1s": "900ms"}.get(timeout, "1s")
            self._house.write_config()
            if what == "file broken":
                await asyncio.sleep(seconds)
                model["timeout"] = timeout
                self._house.write_config()

    async def _switch(self, what: str, seconds: float) -> None:
        there, back = (
            (("kill", "x"), ("revive", "x"))
            if what == "killed"
            else (("switch", "set", "x", "sample=0.5"), ("switch", "set", "x", "sample=1.0"))
        )
        async with self._switching:
            for words in (there, back):
                async with self._file_read:
                    code, _, complaint = await self._house.command(*words, "--by", "soak", "--why", "a fault")
                if code:
                    self.amiss.append(f"{' '.join(words)} ended with {code}: {complaint[-200:]}")
                await asyncio.sleep(seconds if words is there else 0)
