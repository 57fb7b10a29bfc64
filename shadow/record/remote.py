"""The writer as the worker sees it: the same face, with the work done by the recorder's own process.

Starts that process when it is first needed and again after its fall. A batch whose end is in doubt is given to the
next one under the same id, which knows from the store whether it was committed.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from fallback.words import Disposition
from shadow.errors import StoreError
from shadow.record import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shadow.record.exchange import Exchange
    from shadow.record.workers import Worker
    from shadow.record.writer import Batch

LEAVES_WITHIN = 2.0
"""Seconds the process has to end once it has nothing to do."""

FALLS = 3
"""How often the process may fall over one batch until the batch is given up: it is taken for the cause."""


class RemoteError(Exception):
    """Something failed in the recorder's process; `kind` names the error it was there."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class RemoteWriter:
    """Has batches written by a process of its own. Used by one thread.

    Of a store named by `url`; `strict` makes each commit wait for the disk, `busy` is how many seconds one waits
    for another process's lock.
    """

    def __init__(self, url: str, *, strict: bool, busy: float) -> None:
        self._words = (url, "strict" if strict else "relaxed", str(busy))
        self._process: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None
        self._fell_over = ("", 0)

    @property
    def pid(self) -> int | None:
        """The process, where one runs."""
        return None if self._process is None else self._process.pid

    def write(self, batch: Batch, worker: Worker) -> list[Exchange]:
        """Commit a batch; give the exchanges that could not be written for a fault of their own.

        Raises StoreError when the store, or the process itself, failed; RemoteError for anything else.
        """
        order, faulty = _order(batch, worker)
        data = _ask(self._link or self._start(), order)
        if data is None:
            self.close()
            raise self._fallen(batch.id)
        receipt = wire.decode_receipt(data)
        if receipt.error:
            error = RemoteError(receipt.error)
            if receipt.store:
                raise StoreError("the recorder's process could not write") from error
            raise error
        dropped = set(receipt.dropped)
        return faulty + [x for x in (*batch.opens, *batch.rows, *batch.finals) if x.id in dropped]

    def _fallen(self, batch: str) -> Exception:
        last, times = self._fell_over
        self._fell_over = (batch, times + 1 if batch == last else 1)
        error = RemoteError("process_ended")
        if self._fell_over[1] >= FALLS:
            return error
        gone = StoreError("the recorder's process ended")
        gone.__cause__ = error
        return gone

    def close(self) -> None:
        """Let the process end: it has answered for everything it was given."""
        link, self._link = self._link, None
        process, self._process = self._process, None
        if link is not None:
            link.close()
        if process is not None:
            try:
                process.wait(LEAVES_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own module, under our own interpreter
                    (sys.executable, "-m", "shadow.record.clerk", *self._words),
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                )
            except OSError as exc:
                ours.close()
                raise StoreError("the recorder's process cannot be started") from exc
        self._link = ours
        return ours


def _ask(link: socket.socket, order: wire.Order) -> bytes | None:
    """Give the process an order and wait for its receipt; None when it falls meanwhile."""
    try:
        wire.send(link, order)
        return wire.receive(link)
    except OSError:
        return None


def _order(batch: Batch, worker: Worker) -> tuple[wire.Order, list[Exchange]]:
    """Encode a batch; give the exchanges, too, that cannot be: what a plugin calls text may be none.

    Such a one is written without what it holds, as unrecorded; one that is still to be opened is not.
    """
    faulty: list[Exchange] = []
    opens = _encoded(batch.opens, faulty, None)
    rows, finals = _encoded(batch.rows, faulty, _bare), _encoded(batch.finals, faulty, _bare)
    return wire.Order(batch.id, opens, rows, finals, list(batch.counts.items()), worker), faulty


def _encoded(
    exchanges: Sequence[Exchange], faulty: list[Exchange], instead: Callable[[Exchange], Exchange] | None
) -> list[msgspec.Raw]:
    encoded = []
    for exchange in exchanges:
        try:
            data = wire.encode(exchange)
        except (TypeError, ValueError, OverflowError):
            faulty.append(exchange)
            if instead is None:
                continue
            data = wire.encode(instead(exchange))
        encoded.append(msgspec.Raw(data))
    return encoded


def _bare(exchange: Exchange) -> Exchange:
    """Give what is left of an exchange that cannot be written as it is: our own words, and that it is unrecorded."""
    return replace(
        exchange,
        disposition=Disposition.UNRECORDED,
        method="",
        path="",
        cohorts=(),
        request=None,
        legacy=None,
        model=None,
    )
