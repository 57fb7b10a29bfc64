"""What the scorer's tests share: a store, a pen that writes exchanges as the recorder does, and a look at what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from comparators import Answer, Divergence, Json, Text
from comparators.panel import Entry, Panel
from shadow.record.store import Store, open_store
from shadow.record.writer import Batch, Writer
from shadow.request import Request
from shadow.scorer.compare import Lens, Scored, score
from shadow.scorer.take import take
from shadow.scorer.write import write
from tests.shadow.recording import WORKER, exchange_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shadow.record.exchange import Exchange

OLD, NEW = {"number": "1", "street": "Main St"}, {"number": "2", "street": "Main St"}


ASKED = Request("POST", "/v1/address?q=1", ((b"Host", b"x"),), b'{"text": "1 Main St"}')


def exchange(legacy: Answer | None = None, model: Answer | None = None, /, **changes: Any) -> Exchange:
    """Make an exchange that waits for the scorer, with these answers and whatever else is said."""
    answers = legacy or Answer.of(json=OLD), model or Answer.of(json=NEW)
    return exchange_of(*answers, **{"request": ASKED, **changes})


def panel_of(*comparators: Any) -> Panel:
    """Make a panel; without comparators it is a json and a text one."""
    entries = comparators or (Json(), Text("/street"))
    return Panel([Entry("", each) for each in entries])


def lens_of(*comparators: Any, **changes: Any) -> Lens:
    """Make a lens whose model answers in the legacy's shape."""
    return Lens(panel_of(*comparators), **{"read": lambda raw: raw, **changes})


def raises(error: BaseException) -> Callable[..., Any]:
    """Make a plugin that does nothing but raise."""

    def plugin(*_: Any) -> Divergence:
        raise error

    return plugin


class Desk:
    """A store, and the scorer's three steps over it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.store: Store = open_store(url, busy=0.0)
        self.lenses = {"address": lens_of()}
        self.keep: dict[str, str] = {"address": "masked"}
        self._pen = Writer(lambda: open_store(url, busy=0.0))

    def record(self, *exchanges: Exchange, opens: bool = False) -> None:
        """Write exchanges as the recorder does."""
        batch = Batch(opens=exchanges) if opens else Batch(rows=exchanges)
        assert self._pen.write(batch, WORKER) == []

    def scored(self) -> list[Scored]:
        """Take everything that waits, and score it."""
        return [score(each, self.lenses.get(each.route)) for each in take(self.store.db.conn, 1000)]

    def write(self, scored: list[Scored]) -> int:
        """Write what was scored."""
        panels = {name: lens.panel for name, lens in self.lenses.items()}
        return write(self.store, scored, panels=panels, keep=self.keep)

    def step(self) -> int:
        """Score and write everything that waits."""
        return self.write(self.scored())

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read from the store."""
        return self.store.db.execute(sql, values).fetchall()

    def ended(self) -> list[tuple[Any, ...]]:
        """Give state, disposition and verdict of every exchange, in order of writing."""
        return self.rows("SELECT state, disposition, verdict FROM exchanges ORDER BY seq")

    def tallies(self) -> dict[str, int]:
        """Give the counts by disposition ('' waits for the scorer)."""
        found = self.rows("SELECT disposition, sum(n) FROM tallies GROUP BY 1 HAVING sum(n) != 0")
        return dict(found)

    def close(self) -> None:
        """Close both connections."""
        self._pen.close()
        self.store.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Name a store that does not exist yet."""
    return f"sqlite:///{tmp_path / 'shadow.db'}"


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    """Open a desk over an empty store."""
    made = Desk(url)
    yield made
    made.close()


@pytest.fixture
def make() -> Callable[..., Exchange]:
    """Give the maker of exchanges."""
    return exchange


@pytest.fixture
def lens() -> Callable[..., Lens]:
    """Give the maker of lenses."""
    return lens_of


@pytest.fixture
def raising() -> Callable[..., Any]:
    """Give the maker of plugins that raise."""
    return raises
