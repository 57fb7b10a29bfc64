"""What a worker and its recorder's process say to each other: frames of MessagePack over a pair of sockets.

Knows the shape of the messages; writes nothing to a store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from shadow.record.exchange import Exchange
from shadow.record.rows import Key
from shadow.record.workers import Worker

if TYPE_CHECKING:
    import socket

_SIZE = 8
"""Bytes in front of each frame that say how long it is."""


class Order(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A batch to commit, and the heartbeat that goes with it. Exchanges are encoded one by one."""

    id: str
    opens: list[msgspec.Raw]
    rows: list[msgspec.Raw]
    finals: list[msgspec.Raw]
    counts: list[tuple[Key, int]]
    worker: Worker


class Receipt(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What came of an order: the ids left out for a fault of their own, or what the whole failed with.

    `error` is the name of the kind of error; `store` whether it was the store's, so that a later try may do.
    """

    dropped: tuple[str, ...] = ()
    error: str = ""
    store: bool = False


encode = msgspec.msgpack.Encoder().encode
decode_order = msgspec.msgpack.Decoder(Order).decode
decode_receipt = msgspec.msgpack.Decoder(Receipt).decode
decode_exchange = msgspec.msgpack.Decoder(Exchange).decode


def send(link: socket.socket, message: Any) -> None:
    """Send one frame; OSError when the other side is gone."""
    data = encode(message)
    link.sendall(len(data).to_bytes(_SIZE, "big"))
    link.sendall(data)


def receive(link: socket.socket) -> bytes | None:
    """Wait for one frame and give it; None at the end of the stream. OSError when the other side is gone."""
    size = _exactly(link, _SIZE)
    return None if size is None else _exactly(link, int.from_bytes(size, "big"))


def _exactly(link: socket.socket, size: int) -> bytes | None:
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        came = link.recv_into(view[got:])
        if not came:
            return None
        got += came
    return bytes(data)
