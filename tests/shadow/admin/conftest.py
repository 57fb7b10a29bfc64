"""A store with a worker, a scorer and some traffic, and a configuration that names it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from shadow.clock import FakeClock
from shadow.config.load import load
from shadow.record import tallies, workers
from shadow.record.rows import MINUTE
from shadow.record.store import Store, open_store
from shadow.record.workers import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shadow.config.model import Config

CONFIG = """
store: sqlite:///shadow.db
legacy: {url: "http://127.0.0.1:1"}
models: {parser: {adapter: passthrough, url: "http://127.0.0.1:2"}}
routes:
  address:
    match: {path: /v1/address}
    model: parser
    confidence: {use: constant, options: {value: 1}, threshold: 0.9}
    rollout: {phase: shadow, sample: 50%, patience: 300ms}
  plain:
    match: {path: /v1/plain}
"""
STATE = {
    "client_connections": 4,
    "refused_requests": 2,
    "own_errors": {"400": {"malformed": 2}, "504": {"legacy": 1}},
    "malformed": {"bare_lf": 1, "nul": 1},
    "hurried": 6,
    "legacy_pool": {
        "in_use": 3,
        "idle": 1,
        "waiting": 0,
        "refused": 5,
        "surplus": 6,
        "lookups": 1,
        "lookups_full": 8,
    },
    "model_lookups": {"lookups": 2, "lookups_full": 9},
    "spare": {"busy": 0.9, "share": 0.25, "refused": 7},
    "repeats": {
        "address": {"legacy": {"in_flight": 1, "answered": 5, "failed": 2, "shed": 3, "breaker_open": 0}}
    },
    "active": 3,
    "tasks": 6,
    "models": {"parser": {"in_flight": 2, "breaker": "open"}},
    "weighing": {"judged": 9, "samples_asked": 10},
    "samples": {"address": {"answers": 10, "tokens_in": 50, "tokens_out": 20, "cost": 0.5}},
    "refused_config": None,
    "switches_failing": None,
    "record": {
        "queued_rows": 4,
        "queued_bytes": 5000,
        "written_rows": 60,
        "lost_rows": 7,
        "batches": 8,
        "failing_since": None,
        "last_error": None,
    },
}


class Office:
    """A house as the admin role sees it: the store that everyone writes to."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.file = folder / "shadow.yaml"
        self.file.write_text(CONFIG)
        self.store: Store = open_store(f"sqlite:///{folder / 'shadow.db'}")

    @property
    def config(self) -> Config:
        """The configuration as the file has it."""
        return load(self.file, environ={})

    def beat(self, role: str, ident: str = "", **changes: Any) -> None:
        """Let a process be heard of."""
        now = self.clock.now()
        usual = {"scored": 1} if role == "scorer" else STATE
        state = {**usual, **changes.pop("state", {})}
        worker = Worker(ident or role, role, "host", 11, started=now, seen=now, state=state)
        with self.store.transaction() as db:
            workers.beat(db.conn, replace(worker, **changes))

    def tally(self, *key: str, n: int) -> None:
        """Count requests by route, phase, served, reason and disposition."""
        with self.store.transaction() as db:
            tallies.add(db.conn, {(self.clock.now() // MINUTE, *key): n})

    def busy(self) -> None:
        """Let traffic have come."""
        self.tally("address", "canary", "model", "confident", "compared", n=5)
        self.tally("address", "canary", "legacy", "low_confidence", "compared", n=20)
        self.tally("address", "shadow", "legacy", "shadow", "model_late", n=2)
        self.tally("address", "shadow", "legacy", "shadow", "", n=3)
        self.tally("plain", "off", "legacy", "off", "off", n=10)
        self.tally("", "off", "legacy", "unmatched", "off", n=4)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Open an office with nobody in it."""
    made = Office(tmp_path, FakeClock())
    yield made
    made.store.close()
