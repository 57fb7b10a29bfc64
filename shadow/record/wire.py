"""What a worker and its recorder's process say to each other: frames of MessagePack over a pair of sockets.

A batch is its order and then its exchanges, a frame each, so that neither side ever has to hold it twice. Exchanges are
packed when they are queued, and unpacked to be written. Knows the shape of the messages; writes nothing to a store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from shadow.record.exchange import Exchange
from shadow.record.rows import Key
from shadow.record.workers import Worker
from shadow.record.writer import Batch

if TYPE_CHECKING:
    from typing import BinaryIO

SIZE = 8
"""Bytes in front of each frame that say how long it is."""


class Order(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A batch to commit, the heartbeat that goes with it, and how many frames of exchanges follow of each sort."""

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


_encoder = msgspec.msgpack.Encoder()
encode = _encoder.encode
decode_order = msgspec.msgpack.Decoder(Order).decode
decode_receipt = msgspec.msgpack.Decoder(Receipt).decode
unpacked = msgspec.msgpack.Decoder(Exchange).decode

UNSENDABLE = (TypeError, ValueError, OverflowError, RecursionError)
"""What packing a message may raise: what a plugin calls text may be none."""


class Packer:
    """Packs exchanges, for one thread.

    What an encoder gives by itself may hold half as much again as it says, for it grows in steps; this does not.
    """

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def __call__(self, exchange: Exchange) -> bytes:
        """Give an exchange as it waits and goes over; one of `UNSENDABLE` where it cannot."""
        _encoder.encode_into(exchange, self._buffer)
        return bytes(self._buffer)


def unpack(batch: Batch[bytes]) -> Batch[Exchange]:
    """Give a batch as it is written."""
    opens, rows, finals = (
        [*map(unpacked, exchanges)] for exchanges in (batch.opens, batch.rows, batch.finals)
    )
    return Batch(opens, rows, finals, batch.counts, batch.id)


def framed(message: Any) -> bytes:
    """Give a message as a frame; one of `UNSENDABLE` where it cannot be encoded."""
    data = encode(message)
    return length(data) + data


def length(data: bytes) -> bytes:
    """Give what stands in front of data in its frame."""
    return len(data).to_bytes(SIZE, "big")


def receive(stream: BinaryIO) -> bytes | None:
    """Wait for one frame and give it; None at the end of the stream."""
    size = stream.read(SIZE)
    if len(size) < SIZE:
        return None
    expected = int.from_bytes(size, "big")
    data = stream.read(expected)
    return data if len(data) == expected else None
