"""Turns an exchange into the rows that are written of it. Pure; knows neither queue nor connection.

The driver asks its adapters about every value that is not exactly an int, a float, a str or a bytearray,
which costs more than the insert itself: so None goes in as '' under NULLIF, an enum as its value, bytes as
bytearray.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from comparators.answer import Reply
from fallback.words import Disposition
from shadow.record.secrets import clean_headers, clean_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comparators.answer import Answer
    from shadow.record.exchange import Exchange
    from shadow.request import Observation

OPEN, UNSCORED, SCORED = 0, 1, 2
"""What `exchanges.state` says: a strict audit's unfinished row; waits for the scorer; rolled up."""

LEGACY_AGAIN, MODEL_AGAIN = "legacy2", "model2"
"""What `bodies.side` says of the answer of a side that was asked a second time."""

MINUTE = 60_000_000
"""Microseconds."""

Row = tuple[int | float | str, ...]
Key = tuple[int, str, str, str, str, str]
"""Minute, route, phase, served, reason, disposition ('' waits for the scorer): what traffic counts under."""

_CERTAIN = ("id", "at", "worker", "state", "route", "phase", "cohorts", "method", "path", "served", "reason")
_UNCERTAIN = (
    "bucket",
    "disposition",
    "legacy_status",
    "legacy_seconds",
    "legacy_failure",
    "model_status",
    "model_seconds",
    "model_failure",
    "confidence",
    "threshold",
    "certificate",
    "model",
    "version",
    "tokens_in",
    "tokens_out",
    "unweighed",
    "samples",
    "samples_in",
    "samples_out",
)
_COLUMNS = (*_CERTAIN, "config_hash", "sampling", *_UNCERTAIN)
_VALUES = ["?"] * (len(_CERTAIN) + 2) + ["nullif(?, '')"] * len(_UNCERTAIN)

INSERT_EXCHANGE = f"INSERT INTO exchanges ({', '.join(_COLUMNS)}) VALUES ({', '.join(_VALUES)})"  # noqa: S608 - own words
UPDATE_EXCHANGE = (
    "UPDATE exchanges SET "  # noqa: S608 - own words
    + ", ".join(f"{column} = {value}" for column, value in zip(_COLUMNS, _VALUES, strict=True))
    + " WHERE id = ?"
)
INSERT_BODY = (
    "INSERT INTO bodies (exchange, side, target, headers, body, reply, status)"
    " VALUES (?, ?, nullif(?, ''), ?, ?, nullif(?, ''), nullif(?, ''))"
)
REPLACE_BODY = INSERT_BODY.replace("INSERT", "INSERT OR REPLACE", 1)

_encode = msgspec.json.Encoder().encode
_decode_reply = msgspec.json.Decoder(Reply).decode


def exchange_row(exchange: Exchange, worker: str, state: int = UNSCORED) -> Row:
    """Give the values of INSERT_EXCHANGE; UPDATE_EXCHANGE takes the id once more at the end."""
    x = exchange
    bucket, confidence, threshold = x.bucket, x.confidence, x.threshold
    reply = x.model.answer.reply if x.model is not None and x.model.answer is not None else None
    return (
        x.id,
        x.at,
        worker,
        state,
        x.route,
        x.phase._value_,
        _encode(dict(x.cohorts)).decode() if x.cohorts else "{}",
        x.method,
        clean_target(x.path),
        x.served._value_,
        x.reason._value_,
        x.config_hash,
        x.sampling,
        "" if bucket is None else bucket,
        "" if x.disposition is None else x.disposition._value_,
        *_side(x.legacy),
        *_side(x.model),
        "" if confidence is None else confidence,
        "" if threshold is None else threshold,
        x.certificate or "",
        x.model_name or "",
        x.version or "",
        "" if reply is None or reply.tokens_in is None else reply.tokens_in,
        "" if reply is None or reply.tokens_out is None else reply.tokens_out,
        "" if x.unweighed is None else x.unweighed._value_,
        *(("", "", "") if x.samples is None else msgspec.structs.astuple(x.samples)),
    )


_NOT_ASKED: tuple[int | str, float | str, str] = ("", "", "")


def _side(seen: Observation | None) -> tuple[int | str, float | str, str]:
    """Give status, seconds and failure of one side."""
    if seen is None:
        return _NOT_ASKED
    status = "" if seen.answer is None else seen.answer.status
    return status, seen.seconds, "" if seen.failure is None else seen.failure._value_


_WITHOUT_BODIES = (
    Disposition.OFF,
    Disposition.SAMPLED_OUT,
    Disposition.TOO_LARGE,
    Disposition.CLIENT_GONE,
)


def body_rows(exchange: Exchange) -> Iterator[tuple[Any, ...]]:
    """Give the values of INSERT_BODY for what was captured: of the request and of each side that answered.

    None of an exchange that was never to be compared, or whose bodies did not come whole.
    """
    if exchange.disposition in _WITHOUT_BODIES:
        return
    request, legacy, model = exchange.request, exchange.legacy, exchange.model
    if request is not None:
        target = clean_target(request.target)
        yield exchange.id, "request", target, clean_headers(request.headers), bytearray(request.body), "", ""
    if legacy is not None and legacy.answer is not None:
        yield _answer_row(exchange.id, "legacy", legacy.answer)
    if model is not None and model.answer is not None:
        yield _answer_row(exchange.id, "model", model.answer)
    for side, again in ((LEGACY_AGAIN, exchange.legacy_again), (MODEL_AGAIN, exchange.model_again)):
        if again is not None:
            yield _answer_row(exchange.id, side, again, again.status)


def _answer_row(exchange: str, side: str, answer: Answer, status: int | str = "") -> tuple[Any, ...]:
    reply = "" if answer.reply is None else dump_reply(answer.reply)
    return exchange, side, "", clean_headers(answer.headers), bytearray(answer.body), reply, status


def tally_key(exchange: Exchange, disposition: str | None = None) -> Key:
    """Tell what an exchange is counted under; `disposition` replaces its own."""
    if disposition is None:
        disposition = "" if exchange.disposition is None else exchange.disposition._value_
    x = exchange
    return x.at // MINUTE, x.route, x.phase._value_, x.served._value_, x.reason._value_, disposition


_LEAST_LOGPROB = -1e9


def dump_reply(reply: Reply) -> str:
    """Write a model's reply as JSON; a log-probability that is not finite, which JSON lacks, becomes -1e9."""
    if any(not math.isfinite(token.logprob) for token in reply.tokens):
        tokens = tuple(
            token if math.isfinite(token.logprob) else replace(token, logprob=_LEAST_LOGPROB)
            for token in reply.tokens
        )
        reply = replace(reply, tokens=tokens)
    return _encode(reply).decode()


def load_reply(text: str) -> Reply:
    """Read what `dump_reply` wrote."""
    return _decode_reply(text)
