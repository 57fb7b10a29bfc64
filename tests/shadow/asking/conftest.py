"""What the tests of asking share: an upstream in memory, and a house whose scorer asks it."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from comparators import Answer, Reply
from shadow.asking import desk
from shadow.clock import FakeClock
from shadow.config.load import load
from shadow.record.store import open_store
from shadow.request import Request
from shadow.scorer.role import Scorer
from tests.shadow.recording import exchange_of, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shadow.record.exchange import Exchange
    from shadow.record.store import Store

CONFIG = """
store: sqlite:///shadow.db
legacy: {url: "http://127.0.0.1:1"}
models: {parser: {adapter: passthrough, url: "http://127.0.0.1:2"}}
judges:
  fair: {adapter: openai, url: "http://127.0.0.1:3", model: m, JUDGE}
embeddings:
  mini: {adapter: openai, url: "http://127.0.0.1:4", EMBEDDING}
routes:
  address:
    match: {path: /v1/address}
    model: parser
    compare: COMPARE
    rollout: {phase: shadow}
    keep: {bodies: KEEP}
  plain:
    match: {path: /v1/plain}
    model: parser
    rollout: {phase: shadow}
"""
JUDGED = "[{use: json}, {use: judge, judge: fair, pointer: /text}]"


class FakeAdapter:
    """Answers each question by a function of its document; `held` calls wait."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.reply: Callable[[dict[str, Any]], Any] = lambda _document: {"better": "tie"}
        self.gate = threading.Event()
        self.gate.set()
        self.under_way = self.most = 0

    async def __call__(self, request: Request) -> Answer:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            while not self.gate.is_set():
                await asyncio.sleep(0.001)
            self.asked.append(request.json)
            found = self.reply(request.json)
            return found if isinstance(found, Answer) else Answer.of(json=found)
        finally:
            self.under_way -= 1

    def failed(self, raw: Answer) -> bool:
        """Tell a failure by its status."""
        return raw.status >= 500

    def read(self, raw: Answer) -> Answer:
        """Give the answer, with the tokens it took."""
        return structs.replace(raw, reply=Reply("", tokens_in=100, tokens_out=10))


def exchange(old: Any, new: Any, /, **changes: Any) -> Exchange:
    """Make an exchange that waits for the scorer, of two texts in JSON."""
    answers = Answer.of(json={"text": old}), Answer.of(json={"text": new})
    asked = Request("POST", "/v1/address", (), b"where is it?")
    return exchange_of(*answers, **{"request": asked, **changes})


class House:
    """A store, a scorer that asks, and a clock that stands still."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "shadow.yaml"
        self.url = f"sqlite:///{folder / 'shadow.db'}"
        self.clock = FakeClock()
        self.scorer: Scorer | None = None
        self.store: Store = open_store(self.url)

    def set_up(
        self, compare: str = JUDGED, *, judge: str = "", embedding: str = "", keep: str = "masked"
    ) -> Scorer:
        """Configure, and start a scorer."""
        text = CONFIG.replace("COMPARE", compare).replace("KEEP", keep)
        for word, keys in ((", JUDGE", judge), (", EMBEDDING", embedding)):
            text = text.replace(word, f", {keys}" if keys else "")
        self.file.write_text(text)
        self.close_scorer()
        self.scorer = Scorer(load(self.file, environ={}), self.clock)
        return self.scorer

    def record(self, *exchanges: Exchange) -> None:
        """Write exchanges as the recorder does."""
        record(self.url, *exchanges)

    def until(self, scored: int) -> None:
        """Step until so many exchanges are scored."""
        pause = threading.Event()
        for _ in range(2000):
            self.scorer.step()
            if self.scorer.scored >= scored:
                return
            pause.wait(0.002)
        raise AssertionError(f"only {self.scorer.scored} scored")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read from the store."""
        return self.store.db.execute(sql).fetchall()

    def outcomes(self) -> Counter[str]:
        """Count questions by outcome."""
        return Counter(dict(self.rows("SELECT outcome, sum(n) FROM asked_days GROUP BY 1")))

    def close_scorer(self) -> None:
        """Close the scorer, if there is one."""
        if self.scorer is not None:
            self.scorer.close()
            self.scorer = None


@pytest.fixture
def adapter(monkeypatch: pytest.MonkeyPatch) -> FakeAdapter:
    """Put an upstream in memory in the place of every real one."""
    fake = FakeAdapter()
    monkeypatch.setattr(desk, "build_asked", lambda _name, _asked, **_: fake)
    return fake


@pytest.fixture
def house(tmp_path: Path, adapter: FakeAdapter) -> Iterator[House]:
    """Give a house; nothing hangs when it is closed."""
    made = House(tmp_path)
    yield made
    adapter.gate.set()
    made.close_scorer()
    made.store.close()


@pytest.fixture
def make() -> Callable[..., Exchange]:
    """Give the maker of exchanges."""
    return exchange
