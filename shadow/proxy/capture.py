"""A capped copy of the bytes that pass by. Knows nothing of where they come from or go to."""

from __future__ import annotations


class Capture:
    """Keeps a body up to `limit` bytes; beyond it keeps nothing and says so."""

    __slots__ = ("_chunks", "_limit", "_size", "overflowed")

    def __init__(self, limit: int) -> None:
        self._chunks: list[bytes] = []
        self._limit = limit
        self._size = 0
        self.overflowed = False

    def add(self, chunk: bytes) -> None:
        """Copy a chunk, or give the copy up when it would pass the limit."""
        if self.overflowed:
            return
        self._size += len(chunk)
        if self._size > self._limit:
            self.overflowed = True
            self._chunks.clear()
        else:
            self._chunks.append(chunk)

    def body(self) -> bytes:
        """Everything copied so far; empty after an overflow."""
        if len(self._chunks) == 1:
            return self._chunks[0]
        return b"".join(self._chunks)
