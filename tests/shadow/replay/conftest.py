"""A record to replay: exchanges as workers and scorer leave them, and a model that answers from memory."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from comparators import Answer
from fallback.confidence.simple import Field
from fallback.decision import ModelState
from shadow.config.hashes import model_hash
from shadow.config.model import Config
from shadow.ids import new_id
from shadow.proxy.model import Outcome
from shadow.record.store import Store, open_store
from shadow.replay.ledger import open_replay
from shadow.replay.measure import Measure
from shadow.request import Observation, Request
from shadow.scorer.compare import Lens, score
from shadow.scorer.lenses import panel_of
from shadow.scorer.take import take
from shadow.scorer.write import write
from tests.shadow.recording import AT, exchange_of, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shadow.record.exchange import Exchange

FILE: dict[str, Any] = {
    "legacy": {"url": "http://127.0.0.1:1"},
    "models": {
        name: {"adapter": "passthrough", "url": "http://127.0.0.1:2", "version": version, "model": name}
        for name, version in (("old", "v1"), ("new", "v2"))
    },
    "routes": {
        "x": {
            "match": {"path": "/x"},
            "model": "old",
            "compare": [{"use": "json", "ignore": ["/sure"]}],
            "confidence": {"use": "field", "options": {"pointer": "/sure"}, "threshold": 0.5},
            "rollout": {"phase": "shadow"},
        }
    },
}
CONFIG = Config.model_validate(FILE)
ROUTE = CONFIG.routes["x"]


ASKED = Request("POST", "/x?q=%2F", ((b"X-Kept", b"1"), (b"Authorization", b"secret")), b'{"text": "hi"}')


def exchange(legacy: Any = None, model: Any = None, /, **changes: Any) -> Exchange:
    """Make an exchange whose sides said these documents."""
    of_x = {"route": "x", "path": "/x", "request": ASKED, "model_name": "old"}
    return exchange_of(
        Answer.of(json={"a": 1} if legacy is None else legacy),
        Answer.of(json={"a": 1, "sure": 0.9} if model is None else model),
        **{**of_x, "config_hash": model_hash(CONFIG.models["old"]), **changes},
    )


class Shelf:
    """A store with recorded exchanges, and the steps of a replay over it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.config = CONFIG
        self.file = deepcopy(FILE)
        self.store: Store = open_store(url, busy=0.0)
        self.replay = open_replay(self.store, CONFIG, "x", "new", now=AT, anew=False)

    def record(self, *exchanges: Exchange, keep: str = "masked") -> list[str]:
        """Write exchanges and score them, as the recorder and the scorer do; give their ids."""
        record(self.url, *exchanges)
        lens = Lens(panel_of(ROUTE), lambda raw: raw, Field("/sure"))
        scored = [score(each, lens) for each in take(self.store.db.conn, 1000)]
        write(self.store, scored, panels={"x": lens.panel}, keep={"x": keep})
        return [each.id for each in exchanges]

    def review(self, exchange_id: str, verdict: str, right: bytes | None = None) -> None:
        """Let a person have judged an exchange."""
        with self.store.transaction() as db:
            db.execute(
                "INSERT INTO reviews (id, exchange, at, by, verdict, right_answer) VALUES (?, ?, ?, 'ops', ?, ?)",
                (new_id(), exchange_id, AT, verdict, right),
            )

    def measure(self, **changes: Any) -> Measure:
        """Look at answers as the configuration says."""
        readers = {model_hash(CONFIG.models["old"]): lambda raw: raw}
        made = {"panel": panel_of(ROUTE), "read": lambda raw: raw, "estimator": Field("/sure"), "price": None}
        return Measure(**{**made, "readers": readers, **changes})


class FakeCalls:
    """Calls of a model that answers by a function of the request, at once."""

    def __init__(self, answer: Callable[[Request], Answer | Outcome]) -> None:
        self.answer = answer
        self.asked: list[Request] = []

    def start(self, request: Request, ended: Callable[[Outcome], None]) -> None:
        self.asked.append(request)
        found = self.answer(request)
        ended(found if isinstance(found, Outcome) else Outcome(ModelState.ANSWERED, Observation(0.5, found)))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """Open a shelf over an empty store."""
    made = Shelf(f"sqlite:///{tmp_path / 'shadow.db'}")
    yield made
    made.store.close()


@pytest.fixture
def make() -> Callable[..., Exchange]:
    """Give the maker of exchanges."""
    return exchange


@pytest.fixture
def calls() -> type[FakeCalls]:
    """Give the fake calls; test folders are no packages."""
    return FakeCalls
