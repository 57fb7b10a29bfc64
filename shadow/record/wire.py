"""What a worker and its recorder's process say to each other: frames of MessagePack over a pair of sockets.

A batch is its order and then its exchanges, a frame each, so that neither side ever has to hold it twice. Knows the
shape of the messages; writes nothing to a store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from shadow.record.exchange import Exchange
from shadow.record.rows import Key
from shadow.record.workers import Worker

if TYPE_CHECKING:
    from typing import BinaryIO

SIZE = 8
"""Bytes in front of each frame that say how long it is."""


class Order(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A batch to commit, the heartbeat that goes with it, and how many frames of exchanges follow of each sort.

    An empty frame stands for an exchange that could not be encoded and is left out.
    """

    id: str
    opens: int
    rows: int
    finals: int
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


def framed(message: Any) -> bytes:
    """Give a message as a frame; TypeError, ValueError or OverflowError for what cannot be encoded."""
    data = encode(message)
    return len(data).to_bytes(SIZE, "big") + data


def add(message: Any, stream: bytearray) -> None:
    """Put a message behind a stream as a frame; the same errors, and the stream is then as it was."""
    data = encode(message)
    stream += len(data).to_bytes(SIZE, "big")
    stream += data


NOTHING = bytes(SIZE)
"""The empty frame."""


def receive(stream: BinaryIO) -> bytes | None:
    """Wait for one frame and give it; None at the end of the stream."""
    size = stream.read(SIZE)
    if len(size) < SIZE:
        return None
    length = int.from_bytes(size, "big")
    data = stream.read(length)
    return data if len(data) == length else None
