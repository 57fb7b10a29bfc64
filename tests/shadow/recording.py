"""Exchanges as workers leave them, and the pen that writes them: what the tests of all that reads the record need."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import structs

from fallback.words import Phase, Reason, Side
from shadow.clock import FakeClock
from shadow.ids import new_id
from shadow.record.exchange import Exchange
from shadow.record.store import open_store
from shadow.record.workers import Worker
from shadow.record.writer import Batch, Writer
from shadow.request import Observation, Request

if TYPE_CHECKING:
    from comparators import Answer

AT = FakeClock().now()
WORKER = Worker("w1", "proxy", "host", 1, started=AT, seen=AT)


def exchange_of(legacy: Answer, model: Answer, /, **changes: Any) -> Exchange:
    """Make an exchange that waits for the scorer: both sides answered, in shadow, and whatever is said otherwise."""
    made = Exchange(
        id=new_id(),
        at=AT,
        route="address",
        phase=Phase.SHADOW,
        served=Side.LEGACY,
        reason=Reason.SHADOW,
        disposition=None,
        method="POST",
        path="/v1/address",
        request=Request("POST", "/v1/address", (), b"{}"),
        legacy=Observation(0.01, legacy),
        model=Observation(0.2, model),
        model_name="parser",
        version="v1",
    )
    return structs.replace(made, **changes)


def record(url: str, *exchanges: Exchange) -> None:
    """Write exchanges to a store as the recorder does."""
    pen = Writer(partial(open_store, url))
    assert pen.write(Batch(rows=exchanges), WORKER) == []
    pen.close()
