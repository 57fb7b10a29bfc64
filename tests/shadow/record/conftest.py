"""What the tests of the record share: a store of their own, and exchanges to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from comparators import Answer
from fallback.words import Phase, Reason, Side
from shadow.clock import FakeClock
from shadow.ids import new_id
from shadow.record.exchange import Exchange
from shadow.record.store import Store, open_store
from shadow.record.workers import Worker
from shadow.request import Observation, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PLAIN = Exchange(
    id="",
    at=FakeClock().now(),
    route="address",
    phase=Phase.SHADOW,
    served=Side.LEGACY,
    reason=Reason.SHADOW,
    disposition=None,
    method="POST",
    path="/v1/address",
    request=Request("POST", "/v1/address", ((b"Host", b"x"),), b'{"text": "1 Main St"}'),
    legacy=Observation(0.01, Answer.of(json={"number": "1"})),
    model=Observation(0.2, Answer.of(json={"number": "one"})),
    config_hash="c0ffee",
)


@pytest.fixture
def make() -> Callable[..., Exchange]:
    """Give a maker of exchanges: each with an id of its own, and whatever is said otherwise."""

    def build(**changes: Any) -> Exchange:
        return replace(PLAIN, **{"id": new_id(), **changes})

    return build


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Name a store that does not exist yet."""
    return f"sqlite:///{tmp_path / 'shadow.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Open that store."""
    opened = open_store(url, busy=0.0)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock that stands still."""
    return FakeClock()


@pytest.fixture
def worker(clock: FakeClock) -> Worker:
    """Give a worker that was just seen."""
    return Worker("w1", "proxy", "host", 1, started=clock.now(), seen=clock.now())


@pytest.fixture
def imbalance() -> Callable[[Store], dict[tuple[str, str], tuple[int, int]]]:
    """Give a function that finds where the tallies and the rows they count disagree: (tallied, rows)."""

    def find(store: Store) -> dict[tuple[str, str], tuple[int, int]]:
        tallied: dict[tuple[str, str], int] = {
            (route, disposition): n
            for route, disposition, n in store.db.execute(
                "SELECT route, disposition, sum(n) FROM tallies"
                " WHERE route != '' AND disposition NOT IN ('off', 'unrecorded') GROUP BY 1, 2 HAVING sum(n) != 0",
            )
        }
        rows: dict[tuple[str, str], int] = {
            (route, disposition): n
            for route, disposition, n in store.db.execute(
                "SELECT route, coalesce(disposition, ''), count(*) FROM exchanges"
                " WHERE coalesce(disposition, '') NOT IN ('off', 'unrecorded') GROUP BY 1, 2",
            )
        }
        keys = tallied.keys() | rows.keys()
        return {
            key: (tallied.get(key, 0), rows.get(key, 0))
            for key in keys
            if tallied.get(key, 0) != rows.get(key, 0)
        }

    return find
