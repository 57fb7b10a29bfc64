"""The recorder's own process, over a real store: it writes as the writer does, may fall, and leaves with its worker."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

import pytest

from benchmarks.house import alive
from comparators import Answer
from comparators.answer import Reply, Token
from fallback.words import Disposition, Failure, Phase, Reason, Side
from shadow.errors import StoreError
from shadow.record.remote import FALLS, PART, Link, RemoteError, RemotePen, _send
from shadow.record.store import is_store_failure, name_of, open_store
from shadow.record.tallies import read_totals
from shadow.record.wire import Order, encode, framed, unpack, unpacked
from shadow.record.writer import Batch, Writer
from shadow.request import Observation, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from shadow.record.exchange import Exchange
    from shadow.record.store import Store
    from shadow.record.workers import Worker

    Make = Callable[..., Exchange]

FULL = {
    "bucket": 0.25,
    "cohorts": (("language", "de"),),
    "request": Request("GET", "/v1/x?q=\xff", ((b"X-Odd", b"\xff\x00"), (b"X-Odd", b"")), b"\x00\xff", "id"),
    "legacy": Observation(0.5, None, Failure.TIMEOUT, "no answer"),
    "model": Observation(
        0.1,
        Answer(
            200, ((b"A", b"b"),), b"\xfe", Reply("hi", (Token("hi", -0.1, b"hi", (("ho", -3.0),)),), "stop")
        ),
    ),
    "confidence": 0.5,
    "threshold": 0.9,
    "certificate": "c1",
    "model_name": "m",
    "version": "2",
    "sampling": 0.5,
    "disposition": Disposition.LEGACY_FAILED,
    "phase": Phase.LIVE,
    "served": Side.MODEL,
    "reason": Reason.CONFIDENT,
}


WORKER = """
import asyncio, os, signal, sys
from shadow.record.remote import RemotePen
from shadow.record.workers import this_process
from shadow.record.writer import Batch

async def main():
    pen = RemotePen(sys.argv[1], strict=False, busy=0.0)
    await pen.write(Batch(), this_process("proxy", 1))
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(pen.pid, number)
    await pen.write(Batch(), this_process("proxy", 1))
    print(pen.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.fixture
async def pen(url: str) -> AsyncIterator[RemotePen]:
    """Give a pen whose process ends with the test."""
    remote = RemotePen(url, strict=False, busy=0.0)
    yield remote
    await remote.close()


def sent(
    *,
    opens: Sequence[Exchange] = (),
    rows: Sequence[Exchange] = (),
    finals: Sequence[Exchange] = (),
    **others: Any,
) -> Batch[bytes]:
    """Give a batch as a worker sends it."""
    return Batch([*map(encode, opens)], [*map(encode, rows)], [*map(encode, finals)], **others)


def everything(store: Store) -> list[list[tuple[object, ...]]]:
    """Read all that was written of exchanges, but for their order."""
    return [
        store.db.execute(f"SELECT * FROM {table} ORDER BY 2, 1").fetchall()
        for table in ("exchanges", "bodies", "tallies")
    ]


class Parts:
    """A link that keeps what it is given, part by part."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    async def send(self, data: bytes) -> None:
        """Take a part."""
        self.parts.append(data)


@pytest.mark.parametrize(
    ("rows", "size", "parts"),
    [(0, 0, 1), (1, 10, 1), (5, PART // 2, 3), (4, PART // 2, 2), (3, PART, 3), (2, 3 * PART, 2)],
    ids=["none", "one", "halves", "halves that come out even", "wholes", "larger ones"],
)
async def test_a_batch_is_sent_in_parts_that_are_the_same_stream_together(
    worker: Worker, rows: int, size: int, parts: int
) -> None:
    """The loop has its turn between two of them."""
    link, data = Parts(), [bytes([n]) * size for n in range(rows)]
    await _send(cast("Link", link), Batch(rows=data, id="b"), worker)
    frames = [len(each).to_bytes(8, "big") + each for each in data]
    assert b"".join(link.parts) == b"".join([framed(Order("b", 0, rows, 0, [], worker)), *frames])
    assert len(link.parts) == parts


def test_an_exchange_comes_over_whole(make: Make) -> None:
    """Every field, and bytes that are no text."""
    exchange = make(**FULL)
    assert unpacked(encode(exchange)) == exchange


async def test_it_writes_what_the_writer_writes(
    pen: RemotePen, worker: Worker, make: Make, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Rows, opened and finished ones, bodies and counts are the same."""
    opened, counted = make(phase=Phase.LIVE), (1, "", "off", "legacy", "unmatched", "off")
    batches = [
        sent(opens=[opened], counts={counted: 3}),
        sent(rows=[make(**FULL), make()], finals=[opened]),
    ]
    own = open_store(f"sqlite:///{tmp_path_factory.mktemp('own') / 'shadow.db'}")
    here = Writer(lambda: own)
    for batch in batches:
        assert (await pen.write(batch, worker), here.write(unpack(batch), worker)) == ((), [])
    assert everything(store) == everything(own)
    here.close()


async def test_a_row_that_cannot_be_written_is_left_out_and_named(
    pen: RemotePen, worker: Worker, make: Make, store: Store
) -> None:
    """The process names it by its id; the others of its batch are written."""
    twice, good = make(), make()
    assert await pen.write(sent(rows=[twice, good, twice]), worker) == (twice.id,)
    assert store.db.execute("SELECT count(*) FROM exchanges").fetchone() == (2,)


async def test_a_failing_store_is_named_as_the_store_names_it(
    pen: RemotePen, worker: Worker, make: Make, store: Store
) -> None:
    """So that it is tried again, and told alike in log and state; the process goes on."""
    await pen.write(Batch(), worker)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as caught:
            await pen.write(sent(rows=[make()]), worker)
    assert (is_store_failure(caught.value), name_of(caught.value)) == (True, "SQLITE_BUSY")
    first = pen.pid
    assert (await pen.write(sent(rows=[make()]), worker), pen.pid) == ((), first)


async def test_what_is_no_fault_of_the_stores_is_told_apart(
    pen: RemotePen, worker: Worker, make: Make
) -> None:
    """A try more would not help."""
    with pytest.raises(RemoteError) as caught:
        await pen.write(sent(rows=[make()], counts={(1, "r", "off", "legacy", "off", "off"): 2**63}), worker)
    assert is_store_failure(caught.value) is False


async def test_a_batch_whose_end_is_in_doubt_is_written_once(
    pen: RemotePen, worker: Worker, make: Make, store: Store
) -> None:
    """The process fell after the commit: the next one knows the batch from the store."""
    batch = sent(rows=[make()])
    await pen.write(batch, worker)
    assert pen.pid is not None
    os.kill(pen.pid, signal.SIGKILL)
    with pytest.raises(StoreError):
        await pen.write(batch, worker)
    assert pen.pid is None
    assert await pen.write(batch, worker) == ()
    assert store.db.execute("SELECT count(*) FROM exchanges").fetchone() == (1,)
    assert sum(read_totals(store).values()) == 1


async def test_a_batch_that_the_process_falls_over_is_given_up(
    pen: RemotePen, worker: Worker, make: Make
) -> None:
    """After a few tries; the next one is written."""
    batch, told = sent(rows=[make()]), []
    for _ in range(FALLS):
        await pen.write(Batch(), worker)
        assert pen.pid is not None
        os.kill(pen.pid, signal.SIGKILL)
        with pytest.raises((StoreError, RemoteError)) as caught:
            await pen.write(batch, worker)
        told.append(is_store_failure(caught.value))
    assert told == [True] * (FALLS - 1) + [False]
    assert await pen.write(sent(rows=[make()]), worker) == ()


async def test_it_takes_no_signal_and_ends_with_its_worker(url: str) -> None:
    """A stop is told to the whole group, and there is still something to write then."""
    ended = subprocess.run(  # noqa: ASYNC221 - nothing else is to run
        [sys.executable, "-c", WORKER, url], stdout=subprocess.PIPE, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    while alive(int(ended.stdout)):  # the test's own time-out bounds it
        os.sched_yield()
