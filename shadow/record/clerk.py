"""The recorder's own process: takes batches from its worker, writes them, and says what came of each.

It has its own interpreter, so that no row costs the worker's loop a turn. It ends when its worker does: at the
end of the stream on its standard input. Signals are the worker's business; a stop lets it write to the end.
"""

from __future__ import annotations

import gc
import signal
import socket
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from shadow.priority import RECORDER, give_way
from shadow.record import wire
from shadow.record.store import is_store_failure, name_of, open_store
from shadow.record.writer import Batch, Writer

if TYPE_CHECKING:
    from typing import BinaryIO


def serve(link: socket.socket, writer: Writer) -> None:
    """Carry out orders until the other side is gone."""
    with link.makefile("rb") as stream:
        while (data := wire.receive(stream)) is not None:
            order = wire.decode_order(data)
            frames = _frames(stream, order.opens + order.rows + order.finals)
            if frames is None:
                return
            link.sendall(wire.framed(_carry_out(order, frames, writer)))


def _frames(stream: BinaryIO, count: int) -> list[bytes] | None:
    frames = []
    for _ in range(count):
        frame = wire.receive(stream)
        if frame is None:
            return None
        frames.append(frame)
    return frames


def _carry_out(order: wire.Order, frames: list[bytes], writer: Writer) -> wire.Receipt:
    rows, finals = order.opens, order.opens + order.rows
    try:
        batch = Batch(frames[:rows], frames[rows:finals], frames[finals:], dict(order.counts), order.id)
        dropped = writer.write(wire.unpack(batch), order.worker)
    except Exception as exc:  # noqa: BLE001 - whatever it is, the worker is told and goes on
        return wire.Receipt(error=name_of(exc), store=is_store_failure(exc))
    return wire.Receipt(tuple(exchange.id for exchange in dropped))


def main() -> None:
    """Run until the worker at the other end of standard input is gone: `url strict|relaxed busy`."""
    url, audit, busy = sys.argv[1:]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    if audit != "strict":  # then clients wait for it
        give_way(RECORDER)
    gc.freeze()
    writer = Writer(partial(open_store, url, strict=audit == "strict", busy=float(busy)))
    with socket.socket(fileno=0) as link:
        with suppress(OSError):  # the worker may go in the middle of a word
            serve(link, writer)
        writer.close()


if __name__ == "__main__":
    main()
