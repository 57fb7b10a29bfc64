"""A small record for the reports' tests: written as the workers and the scorer write it."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field, replace

import pytest

from shadow.record.migrations import _STEPS
from shadow.record.rollup import Rollup
from shadow.report.gather import gather
from shadow.report.model import TruthRow

NOW = 1_790_000_040_000_000
"""2026-09-21 14:14 UTC, on a whole minute."""

MINUTE = 60_000_000

HOSTILE = "<script>alert(1)</script>|`x`\x1b[31m\u202e=1+1"
"""What a client may send to break a report."""


@dataclass
class Book:
    """Writes exchanges, and everything that is summed from them, into an empty store."""

    db: sqlite3.Connection
    now: int = NOW
    minute: int = MINUTE
    hostile: str = HOSTILE
    written: int = 0
    tallies: dict[tuple, int] = field(default_factory=lambda: defaultdict(int))
    sums: dict[tuple, Rollup] = field(default_factory=lambda: defaultdict(Rollup))

    def exchange(
        self,
        route="intent",
        *,
        times=1,
        at=NOW - 10 * MINUTE,
        phase="shadow",
        served="legacy",
        reason="shadow",
        disposition="compared",
        verdict="match",
        confidence=None,
        legacy=(200, 0.02, None),
        model=(200, 0.3, None),
        scores=(),
        cohorts=None,
        version="2026-09-01",
        state=2,
    ):
        """Record `times` equal exchanges; `scores` hold (comparator, divergence, tolerance, differences)."""
        self.tallies[at // MINUTE, route, phase, served, reason, disposition] += times
        for _ in range(times):
            exchange_id = self._id(at)
            self.db.execute(
                "INSERT INTO exchanges (id, at, worker, state, route, phase, cohorts, method, path, served,"
                " reason, disposition, config_hash, sampling)"
                " VALUES (?, ?, 'w1', ?, ?, ?, ?, 'POST', '/', ?, ?, ?, 'c0ffee', 1.0)",
                (
                    exchange_id,
                    at,
                    state,
                    route,
                    phase,
                    json.dumps(cohorts or {}),
                    served,
                    reason,
                    disposition or None,
                ),
            )
            for comparator, divergence, _, differences in scores if state == 2 else ():
                self._score(exchange_id, comparator, "", divergence, "", "")
                for pointer, kind, detail in differences:
                    self._score(exchange_id, comparator, pointer, 1.0, kind, detail)
        if state < 2:
            return
        one = rolled_up(
            words=(f"served:{served}", f"reason:{reason}", f"disposition:{disposition}"),
            sides=(("legacy", *legacy), ("model", *model)),
            verdict=verdict if disposition == "compared" else None,
            confidence=confidence,
            scores=scores,
        )
        for cohort in ("", *(f"{name}={value}" for name, value in (cohorts or {}).items())):
            for _ in range(times):
                self.sums[at // MINUTE, route, "parser-llm", version, cohort].add(one)

    def judged(self, route, preferred, *, verdicts=(), times=1, at=NOW - 10 * MINUTE):
        """Record what a judge said of `times` exchanges, and reviews (verdict, when) of each of them."""
        for _ in range(times):
            exchange_id = self._id(at)
            self.db.execute(
                "INSERT INTO exchanges (id, at, worker, state, route, phase, method, path, served, reason,"
                " disposition, config_hash, sampling)"
                " VALUES (?, ?, 'w1', 2, ?, 'shadow', 'POST', '/', 'legacy', 'shadow', 'compared', 'c0ffee', 1.0)",
                (exchange_id, at, route),
            )
            self.db.execute(
                "INSERT INTO opinions VALUES (?, 'judge/text', 'fair', ?)", (exchange_id, preferred)
            )
            for verdict, when in verdicts:
                self.db.execute(
                    "INSERT INTO reviews (id, exchange, at, by, verdict) VALUES (?, ?, ?, 'ops', ?)",
                    (f"{exchange_id}-{when}", exchange_id, when, verdict),
                )
            one = Rollup()
            one.count(f"preferred:judge/text:{preferred}")
            self.sums[at // MINUTE, route, "parser-llm", "2026-09-01", ""].add(one)

    def tally(self, route, n, *, disposition="off", reason="off", phase="off", at=NOW - 10 * MINUTE):
        """Count requests that left no row."""
        self.tallies[at // MINUTE, route, phase, "legacy", reason, disposition] += n

    def noise(self, state, route="address", *, epoch="a", at=NOW):
        """Keep what repeats of a route showed."""
        words = ("parser-llm", "2026-09-01", at - MINUTE, at, 500)
        self.db.execute(
            "INSERT INTO noise VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (route, epoch, *words, state.dumps())
        )

    def close(self):
        """Write the sums and give the store's connection."""
        self.db.executemany(
            "INSERT OR REPLACE INTO tallies VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(*key, n) for key, n in self.tallies.items()],
        )
        self.db.executemany(
            "INSERT OR REPLACE INTO rollups VALUES (?, ?, ?, ?, ?, ?)",
            [(*key, sums.dumps()) for key, sums in self.sums.items()],
        )
        self.db.commit()
        return self.db

    def _id(self, at):
        self.written += 1
        digits = f"{at // 1000:012x}"
        return f"{digits[:8]}-{digits[8:]}-7000-8000-{self.written:012x}"

    def _score(self, exchange_id, comparator, pointer, divergence, kind, detail):
        self.db.execute(
            "INSERT INTO scores (exchange, comparator, pointer, divergence, kind, detail) VALUES (?, ?, ?, ?, ?, ?)",
            (exchange_id, comparator, pointer, divergence, kind, detail),
        )


def rolled_up(*, words, sides, verdict, confidence, scores):
    """Sum one exchange as the scorer does."""
    one = Rollup()
    for word in ("exchanges", *words):
        one.count(word)
    for side, status, seconds, failure in sides:
        if status is not None:
            one.count(f"{side}:{status}")
        if failure is not None:
            one.count(f"{side}_failure:{failure}")
        one.time(side, seconds)
    if confidence is not None:
        one.share("confidence", confidence)
    if verdict is not None:
        one.count(f"verdict:{verdict}")
        if confidence is not None:
            one.share("judged", confidence)
        if confidence is not None and verdict == "match":
            one.share("agreement", confidence)
    for comparator, divergence, tolerance, differences in scores:
        one.count(f"measured:{comparator}")
        one.share(f"divergence:{comparator}", divergence)
        one.count(f"diverged:{comparator}", int(divergence > tolerance))
        one.paths.update((comparator, pointer) for pointer, _, _ in differences)
    one.count("tokens_in", 50)
    one.count("tokens_out", 5)
    one.cost = 0.00002
    return one


@pytest.fixture
def book():
    """Give an empty store and a pen to write into it."""
    db = sqlite3.connect(":memory:")
    for step in _STEPS:
        step(db)
    yield Book(db)
    db.close()


@pytest.fixture
def busy(book):
    """Give a store with a lively route, one that only fails, one that is off, and one that is waiting."""
    same = [("json", 0.0, 0.0, ()), ("text", 0.0, 0.1, ())]
    near = [("json", 0.2, 0.0, (("/street", "changed", "Main St -> Main Street"),)), ("text", 0.3, 0.1, ())]
    far = [
        ("json", 0.8, 0.0, (("/street", "changed", f"Elm -> {HOSTILE}"), ("/unit", "missing", "4 ->"))),
        ("text", 0.9, 0.1, ()),
    ]
    for i in range(10):
        at = NOW - (20 - i) * MINUTE
        seconds = 0.01 * (1 + i / 5)
        book.exchange(
            "address",
            at=at,
            times=60,
            phase="canary",
            confidence=0.97,
            scores=same,
            legacy=(200, seconds, None),
            model=(200, 10 * seconds, None),
            served="model" if i > 7 else "legacy",
            reason="confident" if i > 7 else "not_exposed",
            cohorts={"language": "de" if i % 2 else "en"},
        )
        book.exchange(
            "address",
            at=at,
            times=8,
            phase="canary",
            confidence=0.2 + i / 14,
            verdict="match" if i > 5 else "diverged",
            scores=same if i > 5 else near,
            reason="low_confidence",
            model=(200, 30 * seconds, None),
            cohorts={"language": "en"},
        )
        book.exchange(
            "address",
            at=at,
            times=2,
            phase="canary",
            verdict="diverged",
            scores=far,
            reason="no_confidence",
            cohorts={"language": HOSTILE},
        )
    book.exchange(
        "address",
        times=5,
        phase="canary",
        reason="model_failed",
        disposition="model_failed",
        model=(None, 3.0, "timeout"),
    )
    book.judged("address", "model", times=3, verdicts=[("model_right", 1)])
    book.judged("address", "tie", times=2, verdicts=[("legacy_right", 1), ("neither", 2)])
    book.judged("address", "legacy", verdicts=[("model_right", 1)])
    book.judged("address", "legacy", times=4)
    book.db.execute(
        "INSERT INTO asked_days VALUES (?, 'judge', 'fair', 'asked', 20, 4000, 90, 0.5)",
        (NOW // MINUTE // 1440,),
    )
    book.exchange("broken", times=7, disposition="model_failed", model=(None, 3.0, "connect"))
    book.exchange("waiting", times=4, disposition="", state=1)
    book.tally("quiet", 12)
    book.tally("", 30, disposition="off", reason="unmatched")
    return book


@pytest.fixture
def report(busy):
    """Give the report of the busy store, by language, with a panel's words and known right answers."""
    found = gather(
        busy.close(),
        by="language",
        now=busy.now,
        panels={"address": ["json: any difference", f"text: {HOSTILE}"], "never": ["exact"]},
    )
    return replace(found, truth=(TruthRow("address", 500, 410, 455, 440, "shipped labels"),))


@pytest.fixture
def empty(book):
    """Give the report of a store nothing was ever written to."""
    return gather(book.close(), now=book.now)
