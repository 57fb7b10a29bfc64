"""What is in force is kept up to date, whatever goes wrong with the file or the store."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from fallback.words import Phase
from shadow.clock import FakeClock
from shadow.config.hashes import standing
from shadow.config.load import load
from shadow.config.watch import Watcher
from shadow.errors import ShadowError
from shadow.proxy.build import Builder
from shadow.proxy.live import Live, SwitchReader
from shadow.record import switches
from shadow.record.certificates import Body, Move, put
from shadow.record.store import open_store
from shadow.tasks import Tasks

if TYPE_CHECKING:
    from pathlib import Path

    from shadow.config.model import Config
    from shadow.proxy.plan import Plan


class Flaky:
    """Builds plans, unless it is told to fail."""

    def __init__(self) -> None:
        self.build = Builder(Tasks())
        self.error: Exception | None = None

    def __call__(self, config: Config, /) -> Plan:
        """Build, or fail."""
        if self.error is not None:
            raise self.error
        return self.build(config)


class House:
    """A configuration file, a store beside it, and what keeps a plan of both."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "shadow.yaml"
        self.store = folder / "shadow.db"
        self.write(phase="shadow")
        self.clock = FakeClock()
        self.builder = Flaky()
        config = load(self.path, environ={})
        self.live = Live(
            self.builder(config),
            self.builder,
            watcher=Watcher(self.path, {}, config),
            switches=SwitchReader(config.store),
            clock=self.clock,
        )

    def write(self, confidence: dict[str, Any] | None = None, **rollout: Any) -> None:
        """Save the file."""
        route = {"match": {"path": "/x"}, "model": "m", "compare": [{"use": "json"}], "rollout": rollout}
        route |= {} if confidence is None else {"confidence": confidence}
        config = {
            "store": "sqlite:///shadow.db",
            "legacy": {"url": "http://127.0.0.1:1"},
            "models": {"m": {"adapter": "passthrough", "url": "http://127.0.0.1:1"}},
            "routes": {"x": route},
        }
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(config))
        fresh.replace(self.path)

    def kill(self) -> None:
        """Kill everything, as the command does."""
        store = open_store(f"sqlite:///{self.store}")
        switches.kill(store, "*", by="test", why="test", at=self.clock.now())
        store.close()

    @property
    def switch(self) -> tuple[Phase, bool]:
        """What is in force: the phase, and whether it is killed."""
        switch = self.live.plan.routes["x"].switch
        return switch.phase, switch.killed


@pytest.fixture
async def house(tmp_path):
    """Give a house that has not looked yet."""
    made = House(tmp_path)
    yield made
    await made.live.close()


async def test_until_the_switches_were_read_everything_is_killed(house):
    """Nobody knows of a kill: when in doubt, legacy."""
    assert house.switch == (Phase.SHADOW, True)
    await house.live.look()
    assert house.switch == (Phase.SHADOW, False)


async def test_a_kill_is_in_force_at_the_next_look(house):
    """It is in the store, and every worker looks."""
    await house.live.look()
    house.kill()
    await house.live.look()
    assert house.switch == (Phase.SHADOW, True)


async def test_a_changed_file_is_swapped_in_under_the_switches(house):
    """The new settings, and the kill above them."""
    house.kill()
    house.write(phase="off")
    await house.live.look()
    assert house.switch == (Phase.OFF, True)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ShadowError("no such plugin"), "it cannot be put in force (ShadowError: no such plugin)"),
        (RuntimeError("secret"), "it cannot be put in force (RuntimeError)"),
    ],
)
async def test_a_file_that_cannot_be_put_in_force_leaves_the_old_one_there(house, error, told):
    """Log and state say so; a stranger's message may quote a secret and stays out; the next good file is taken."""
    await house.live.look()
    house.builder.error = error
    house.write(phase="off")
    with capture_logs() as events:
        await house.live.look()
    assert (house.switch, house.live.refused) == ((Phase.SHADOW, False), told)
    assert events == [{"event": "shadow.config_refused", "why": told, "log_level": "warning"}]
    house.builder.error = None
    house.write(phase="off", sample=0.5)
    await house.live.look()
    assert (house.switch, house.live.refused) == ((Phase.OFF, False), None)


async def test_a_kill_reaches_a_worker_whose_file_cannot_be_put_in_force(house):
    """The two have nothing to do with each other."""
    await house.live.look()
    house.builder.error = RuntimeError()
    house.write(phase="off")
    house.kill()
    await house.live.look()
    assert house.switch == (Phase.SHADOW, True)


async def test_looking_goes_on_whatever_one_look_meets(house, monkeypatch):
    """A bug in one look must not be the end of every kill to come."""
    monkeypatch.setattr("shadow.proxy.live.EVERY", 0.0)
    look, looks = house.live.look, []

    async def failing_once() -> None:
        looks.append(True)
        if len(looks) == 1:
            raise RuntimeError("a bug")
        await look()

    monkeypatch.setattr(house.live, "look", failing_once)
    with capture_logs() as events:
        keeping = asyncio.ensure_future(house.live.keep())
        while house.switch[1]:
            await asyncio.sleep(0)
        keeping.cancel()
        await asyncio.wait({keeping})
    assert [(event["event"], event["error"]) for event in events] == [("shadow.look_failed", "RuntimeError")]


async def test_a_store_that_was_replaced_is_read_anew(house):
    """A kill written to the new file would else never be seen."""
    await house.live.look()
    for name in ("shadow.db", "shadow.db-wal", "shadow.db-shm"):
        house.store.with_name(name).unlink(missing_ok=True)
    house.kill()
    await house.live.look()
    assert house.switch == (Phase.SHADOW, True)


async def test_a_certificate_is_in_force_at_the_next_look_and_void_with_the_file_it_stood_on(house):
    """At once: nobody has to tell the worker."""
    promise = {"use": "constant", "options": {"value": 1}, "threshold": "certified"}
    house.write(confidence=promise, phase="live")
    await house.live.look()
    route = house.live.plan.routes["x"]
    assert (route.switch.certified, route.switch.threshold) == (True, None)
    store = open_store(f"sqlite:///{house.store}")
    with store.transaction() as db:
        body = Body(standing(load(house.path, environ={}), "x"), None, {"": 0.7}, {})
        put(db, "c1", body, Move("x", 1, "ops", "board"))
    store.close()
    await house.live.look()
    assert (route.switch.threshold, route.switch.certificate) == (0.7, "c1")
    house.write(confidence={**promise, "options": {"value": 0.9}}, phase="live")
    await house.live.look()
    changed = house.live.plan.routes["x"].switch
    assert (changed.certified, changed.threshold, changed.certificate) == (True, None, None)
