"""What the tests of rescoring share: a house with a store, scored by one panel and to be scored by another."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from comparators import Answer
from shadow.clock import FakeClock
from shadow.config.load import load
from shadow.record.rollup import Rollup
from shadow.record.store import Store, open_store
from shadow.rescore.run import Order, Rescoring, plan_of
from shadow.scorer.role import Scorer
from tests.shadow.recording import AT, exchange_of, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shadow.record.exchange import Exchange

CONFIG = """
store: sqlite:///shadow.db
legacy: {url: "http://127.0.0.1:1"}
models: {parser: {adapter: passthrough, url: "http://127.0.0.1:2"}}
routes:
  address:
    match: {path: /v1/address}
    model: parser
    compare: PANEL
    rollout: {phase: shadow}
    keep: {bodies: KEEP}
"""
STRICT = "[{use: json}]"
MILD = "[{use: json, ignore: [/took]}, {use: text, pointer: /street, tolerance: 0.5}]"


def exchange(legacy: Any, model: Any, /, **changes: Any) -> Exchange:
    """Make an exchange that waits for the scorer, of two JSON answers."""
    return exchange_of(Answer.of(json=legacy), Answer.of(json=model), **changes)


class Shelf:
    """A folder with a configuration and a store."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.file = folder / "shadow.yaml"
        self.url = f"sqlite:///{folder / 'shadow.db'}"
        self.compare_by(STRICT)

    def compare_by(self, panel: str, keep: str = "masked") -> None:
        """Configure a panel."""
        self.file.write_text(CONFIG.replace("PANEL", panel).replace("KEEP", keep))

    def record(self, *exchanges: Exchange) -> None:
        """Write exchanges as the recorder does, and score them."""
        record(self.url, *exchanges)
        scorer = Scorer(load(self.file, environ={}), FakeClock())
        scorer.step()
        scorer.close()

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the store."""
        store = open_store(self.url)
        try:
            yield store
        finally:
            store.close()

    def rescoring(self, store: Store, *, apply: bool = True, **changes: Any) -> Rescoring:
        """Begin to score anew, or go on."""
        config = load(self.file, environ={})
        plan = plan_of(config, "address", apply=apply, span="")
        return Rescoring(
            store, config, Order(plan, **{"since": 0, "who": "ops", "why": "test", "at": AT, **changes})
        )

    def rescore(self, **options: Any) -> Rescoring:
        """Score everything anew."""
        with self.store() as store:
            rescoring = self.rescoring(store, **options)
            rescoring.run(self.file, {}, shown)
            return rescoring

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read from the store."""
        with self.store() as store:
            return store.db.execute(sql).fetchall()

    def state(self) -> dict[str, Any]:
        """Give all that follows from scoring, in a form that can be held against another store's."""
        sums = [
            (*key, nonzero(Rollup.loads(text)))
            for *key, text in self.rows(
                "SELECT minute, route, model, version, cohort, sums FROM rollups ORDER BY 1, 5"
            )
        ]
        return {
            "exchanges": self.rows(
                "SELECT id, disposition, verdict, divergence, confidence FROM exchanges ORDER BY 1"
            ),
            "scores": self.rows("SELECT * FROM scores ORDER BY 1, 2, 3"),
            "rollups": sums,
            "tallies": self.rows(
                "SELECT disposition, sum(n) FROM tallies GROUP BY 1 HAVING sum(n) != 0 ORDER BY 1"
            ),
        }


def nonzero(rollup: Rollup) -> dict[str, Any]:
    """Leave out what counts nothing."""
    return {
        "counts": +rollup.counts,
        "seconds": rollup.seconds,
        "shares": rollup.shares,
        "paths": +rollup.paths,
        "cost": rollup.cost,
    }


@contextmanager
def shown(_what: str, _total: int) -> Iterator[Callable[[int], None]]:
    """Show nothing."""
    yield lambda _n: None


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Give a shelf."""
    return Shelf(tmp_path / "shelf")


@pytest.fixture
def make() -> Callable[..., Exchange]:
    """Give the maker of exchanges."""
    return exchange


@pytest.fixture
def new_shelf() -> Callable[[Path], Shelf]:
    """Give the maker of shelves."""
    return Shelf


@pytest.fixture
def panels() -> tuple[str, str]:
    """Give a strict panel and a mild one."""
    return STRICT, MILD
