"""Exchanges as rows."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from comparators import Answer
from comparators.answer import Reply, Token
from fallback.words import Disposition, Failure, Phase, Reason, Side
from shadow.record.rows import (
    INSERT_BODY,
    INSERT_EXCHANGE,
    MINUTE,
    body_rows,
    dump_reply,
    exchange_row,
    load_reply,
    tally_key,
)
from shadow.request import Observation, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from shadow.record.exchange import Exchange
    from shadow.record.store import Store


def written(store: Store, exchange: Exchange) -> dict[str, object]:
    """Write an exchange and read its row back, less the columns that are NULL."""
    with store.transaction() as db:
        db.conn.execute(INSERT_EXCHANGE, exchange_row(exchange, "w1"))
        db.conn.executemany(INSERT_BODY, body_rows(exchange))
    (row,) = store.db.query("SELECT * FROM exchanges")
    return {column: value for column, value in row.items() if value is not None}


def test_every_word_of_an_exchange_reaches_its_column(store: Store, make: Callable[..., Exchange]) -> None:
    """Read back, each column holds what was observed."""
    reply = Reply("{}", tokens_in=10, tokens_out=20)
    exchange = make(
        phase=Phase.CANARY, served=Side.MODEL, reason=Reason.CONFIDENT, disposition=Disposition.LEGACY_FAILED,
        bucket=0.25, cohorts=(("tier", "gold"),), confidence=0.9, threshold=0.8, certificate="c1",
        legacy=Observation(5.0, failure=Failure.TIMEOUT), model=Observation(0.2, Answer(201, reply=reply)),
        model_name="m", version="v1", sampling=0.5,
    )  # fmt: skip
    assert written(store, exchange) == {
        "seq": 1, "id": exchange.id, "at": exchange.at, "worker": "w1", "state": 1, "route": "address",
        "phase": "canary", "bucket": 0.25, "cohorts": '{"tier":"gold"}', "method": "POST", "path": "/v1/address",
        "served": "model", "reason": "confident", "disposition": "legacy_failed", "legacy_seconds": 5.0,
        "legacy_failure": "timeout", "model_status": 201, "model_seconds": 0.2, "confidence": 0.9, "threshold": 0.8,
        "certificate": "c1", "model": "m", "version": "v1", "config_hash": "c0ffee", "tokens_in": 10,
        "tokens_out": 20, "sampling": 0.5,
    }  # fmt: skip


def test_what_is_unknown_is_null(store: Store, make: Callable[..., Exchange]) -> None:
    """Zero is a value; None is none."""
    row = written(store, make(model=None, confidence=0.0, bucket=0.0))
    assert (row["confidence"], row["bucket"]) == (0.0, 0.0)
    assert not row.keys() & {"disposition", "threshold", "certificate", "model", "model_status", "tokens_in"}


def test_each_captured_body_has_its_row(store: Store, make: Callable[..., Exchange]) -> None:
    """With target and headers less their secrets, and an empty body stays an empty body."""
    request = Request("GET", "/a?key=k&q=1", ((b"Host", b"h"), (b"Cookie", b"c")))
    written(
        store, make(request=request, model=Observation(0.1, Answer.of(body=b"\x00\xff", reply=Reply("hi"))))
    )
    rows = {row["side"]: row for row in store.db.query("SELECT * FROM bodies")}
    assert rows.keys() == {"request", "legacy", "model"}
    assert (rows["request"]["target"], rows["request"]["body"]) == ("/a?key=***&q=1", b"")
    assert json.loads(rows["request"]["headers"]) == [["Host", "h"]]
    assert (rows["legacy"]["target"], rows["legacy"]["reply"]) == (None, None)
    assert rows["model"]["body"] == b"\x00\xff"
    assert load_reply(rows["model"]["reply"]) == Reply("hi")


def test_an_exchange_without_captures_has_no_bodies(make: Callable[..., Exchange]) -> None:
    """As one that was too large, or whose sides failed."""
    bare = make(request=None, legacy=Observation(0.1, failure=Failure.CONNECT), model=None)
    assert list(body_rows(bare)) == []


def test_no_value_takes_the_drivers_slow_way(make: Callable[..., Exchange]) -> None:
    """Each is exactly one of the types that the driver binds without asking its adapters."""
    exchange = make(disposition=Disposition.SHED)
    values = [*exchange_row(exchange, "w1"), *(value for row in body_rows(exchange) for value in row)]
    assert {type(value) for value in values} <= {int, float, str, bytearray}


def test_a_reply_survives_being_stored() -> None:
    """A log-probability that JSON cannot write becomes one that means the same."""
    tokens = (Token("a", -0.5, b"\xc3", (("b", -1.0),)), Token("b", float("-inf")))
    stored = load_reply(dump_reply(Reply("ab", tokens, finish="stop")))
    assert stored == Reply("ab", (tokens[0], Token("b", -1e9)), finish="stop")


def test_an_exchange_is_counted_under_its_minute_and_words(make: Callable[..., Exchange]) -> None:
    """Exact strings, so that the counts of workers and rows compare equal."""
    exchange = make(at=7 * MINUTE + 5)
    assert tally_key(exchange) == (7, "address", "shadow", "legacy", "shadow", "")
    assert tally_key(exchange, "unrecorded")[5] == "unrecorded"
    assert Counter(type(word) for word in tally_key(exchange)) == {str: 5, int: 1}


def test_the_answers_of_a_side_asked_twice_have_rows_of_their_own(
    store: Store, make: Callable[..., Exchange]
) -> None:
    """With their status, which no column of the exchange holds."""
    exchange = make(legacy_again=Answer(203, (), b"again"), model_again=Answer(200, reply=Reply("{}")))
    written(store, exchange)
    found = store.db.execute("SELECT side, status, body FROM bodies ORDER BY side").fetchall()
    assert [row[:2] for row in found] == [
        ("legacy", None),
        ("legacy2", 203),
        ("model", None),
        ("model2", 200),
        ("request", None),
    ]
    assert found[1][2] == b"again"
