"""The cells of the isolation table: each a worker of its own, beside a model that misbehaves or a house in trouble.

Only the worker whose turn it is runs; the others are stopped, so that they take nothing of its core and keep what they
hold. Knows nothing of how anything is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sqlite3
import sys
import time
from contextlib import ExitStack, asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.house import free_port
from benchmarks.processes import started, tree

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from contextlib import AbstractContextManager

OFF = ("off", "off again")
MODELS = ("answer", "slow", "hang", "refuse", "reset", "drip", "flood", "garbage", "bomb")
NOBODY = "refuse"
"""Not a stub: a port where nobody listens."""
DNS = "dns hangs"
TROUBLES = ("scorer stuck", "scorer busy", "scorer crashes", "store locked", "store full")
"""What goes wrong while the model answers."""
TIMEOUT = 0.5
"""Seconds a model has; as long is waited between two slices, so that no call reaches into the next one."""

_COMPARATORS = {"scorer busy": "Endless", "scorer crashes": "Crashing"}
"""What the scorers that run in their cell's turn compare with."""

_ROOT = str(Path(__file__).resolve().parent.parent)


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the table while it is measured: where requests go, and the processes that take part."""

    name: str
    port: int
    pid: int
    store: Path
    scorer: int | None = None

    def processes(self) -> list[int]:
        """Give what runs while it is this cell's turn. A scorer that is stuck does not."""
        if self.scorer is None or self.name not in _COMPARATORS:
            return tree(self.pid)
        return tree(self.pid) + tree(self.scorer)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Let it run, in the trouble that it is in."""
        _signal(self.processes(), signal.SIGCONT)
        connection = sqlite3.connect(self.store, timeout=30, isolation_level=None)
        try:
            if self.name == "store locked":
                connection.execute("BEGIN IMMEDIATE")
            with self._full() if self.name == "store full" else nullcontext():
                yield
        finally:
            connection.close()
            await asyncio.sleep(TIMEOUT * 1.2 if self.name not in OFF else 0)
            _signal(self.processes(), signal.SIGSTOP)

    @contextmanager
    def _full(self) -> Iterator[None]:
        """Let no file of the recorder's grow: its writes fail as on a full disk."""
        recorders = [pid for pid in tree(self.pid) if pid != self.pid]
        before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in recorders}
        for pid, (_, most) in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
        try:
            yield
        finally:
            for pid, limits in before.items():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def _stop(roles: list[int], number: signal.Signals = signal.SIGSTOP) -> None:
    _signal([pid for role in roles for pid in tree(role)], number)


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def config_of(name: str, port: int, legacy: int, model: str, *, breaker: bool = False) -> dict[str, Any]:
    """Give a cell's configuration."""
    limits: dict[str, Any] = {"adapter": "passthrough", "url": model, "timeout": f"{TIMEOUT:g}s"}
    if not breaker:
        limits["breaker"] = {"failures": 10**9, "within": "1s", "cool_down": "1s"}
    route: dict[str, Any] = {"match": {"path": "/v1/x"}, "rollout": {"phase": "off"}}
    if name not in OFF:
        compare = f"benchmarks.cells:{_COMPARATORS[name]}" if name in _COMPARATORS else "json"
        route |= {"model": "m", "compare": [{"use": compare}], "rollout": {"phase": "shadow"}}
    return {
        "listen": {"port": port},
        "store": "sqlite:///shadow.db",
        "scorer": {"timeout": "10h"},
        "legacy": {"url": f"http://127.0.0.1:{legacy}"},
        "models": {"m": limits},
        "routes": {"x": route},
    }


class Endless:
    """A comparator that takes all the processor time that there is, and never comes to an end."""

    def __call__(self, legacy: object, model: object) -> object:  # noqa: ARG002 - a comparator's face
        """Compare for ever."""
        while True:
            pass


class Crashing:
    """A comparator that takes its process with it."""

    def __call__(self, legacy: object, model: object) -> object:  # noqa: ARG002 - a comparator's face
        """Never compare."""
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def cell(  # noqa: PLR0913 - what a cell is made of
    name: str,
    core: int | None,
    folder: Path,
    *,
    legacy: int,
    model: int,
    breaker: bool = False,
    deaf: Sequence[str] = (),
) -> Iterator[Cell]:
    """Start a cell's worker, and on the same core a scorer where that is in trouble; they stand until their turn.

    `deaf` is what lets a command run where no name server answers; the cell of that name needs it.
    """
    port, path = free_port(), folder / "shadow.yaml"
    host = "model.example" if name == DNS else "127.0.0.1"
    path.write_text(json.dumps(config_of(name, port, legacy, f"http://{host}:{model}", breaker=breaker)))
    with ExitStack() as stack:
        before = deaf if name == DNS else ()
        pid = stack.enter_context(_role("proxy", before, core, path))
        scorer = stack.enter_context(_role("scorer", (), core, path)) if "scorer" in name else None
        _await_recorder(pid)
        time.sleep(TIMEOUT)  # its start is over
        found = Cell(name, port, pid, folder / "shadow.db", scorer)
        roles = [pid] if scorer is None else [pid, scorer]
        _stop(roles)
        stack.callback(_stop, roles, signal.SIGCONT)
        yield found


def _await_recorder(pid: int) -> None:
    """Wait until a worker has the process that writes its record."""
    for _ in range(100):
        if len(tree(pid)) > 1:
            return
        time.sleep(0.1)
    sys.exit("the worker has no recorder")


def _role(role: str, before: Sequence[str], core: int | None, path: Path) -> AbstractContextManager[int]:
    log = path.with_name(f"{role}.log")
    return started(
        [*before, sys.executable, "-m", "shadow", role, "-c", str(path)],
        core=core,
        log=log,
        ready=lambda: f"shadow.{'worker' if role == 'proxy' else role}_started" in log.read_text(),
        environ={"PYTHONPATH": _ROOT},
    )
