"""How many clients each worker of a house has, in memory that all of them see.

The supervisor makes it, and empties the seat of a worker that fell; each worker writes its own and reads the others'.
A number that is a moment old does no harm: it only says who goes first.
"""

from __future__ import annotations

import mmap
import tempfile
from typing import IO

SIZE = 4
"""Bytes of a seat."""

_NOBODY = -1


class Seats:
    """One number a worker, none where nobody sits; in the whole of a file that stands open as `fd`."""

    def __init__(self, fd: int) -> None:
        self._counts = memoryview(mmap.mmap(fd, 0)).cast("i")

    def take(self, seat: int, clients: int) -> None:
        """Say how many clients the worker on a seat has."""
        self._counts[seat] = clients

    def leave(self, seat: int) -> None:
        """Say that nobody sits there."""
        self._counts[seat] = _NOBODY

    def fewest(self) -> int:
        """Give the smallest number of clients that any worker has; 0 when there is none."""
        return min((count for count in self._counts if count != _NOBODY), default=0)


class Seat:
    """A worker's own place among the others."""

    def __init__(self, seats: Seats, number: int) -> None:
        self._seats = seats
        self._number = number
        self.fewest = seats.fewest

    def take(self, clients: int) -> None:
        """Say how many clients this worker has."""
        self._seats.take(self._number, clients)

    def leave(self) -> None:
        """Say that this worker takes no more."""
        self._seats.leave(self._number)


class Alone:
    """The seat of a worker that shares its socket with nobody."""

    def __init__(self) -> None:
        self._clients = 0

    def fewest(self) -> int:
        """Give how many clients it has itself."""
        return self._clients

    def take(self, clients: int) -> None:
        """Say how many clients this worker has."""
        self._clients = clients

    def leave(self) -> None:
        """Say that this worker takes no more."""
        self._clients = 0


class Hall:
    """The seats of a house, and the file without a name whose descriptor its workers inherit."""

    def __init__(self, workers: int) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the house
        self._file.truncate(SIZE * workers)
        self.fd = self._file.fileno()
        self.seats = Seats(self.fd)
        for number in range(workers):
            self.seats.leave(number)

    def words(self, number: int) -> tuple[str, ...]:
        """Give the words of a worker's command that tell it its seat."""
        return ("--seat", f"{self.fd}:{number}")

    def close(self) -> None:
        """Let go of the file; whoever inherited it still has it."""
        self._file.close()


def inherited(words: str) -> Seat:
    """Give the seat that a worker was told of."""
    fd, _, number = words.partition(":")
    return Seat(Seats(int(fd)), int(number))
