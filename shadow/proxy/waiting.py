"""Things that all have the same time to become something else, and one timer for all of them.

Knows nothing of what they are: whoever is late is handed back.
"""

from __future__ import annotations

import asyncio
from itertools import takewhile
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

T = TypeVar("T", bound="Hashable")

_GRAINS = 8
_GRAIN = 1.0


class Waiting(Generic[T]):
    """Keeps who waits in the order they began, so that a look costs no more than there are late ones.

    `seconds` is what each has. Who is late is told of within an eighth of that, or a second, of its time.
    """

    def __init__(self, seconds: float, late: Callable[[T], None]) -> None:
        self._seconds = seconds
        self._grain = min(seconds / _GRAINS, _GRAIN)
        self._late = late
        self._until: dict[T, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._until)

    def __contains__(self, one: T) -> bool:
        return one in self._until

    def __iter__(self) -> Iterator[T]:
        return iter(tuple(self._until))

    def add(self, one: T) -> None:
        """Let its time begin now."""
        loop = asyncio.get_running_loop()
        self._until.pop(one, None)  # its place is at the end
        self._until[one] = until = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(until, self._look)

    def discard(self, one: T) -> None:
        """Let it go, if it is there; the timer may find nobody."""
        self._until.pop(one, None)

    def close(self) -> None:
        """Forget all of them."""
        self._until.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        late = [one for one, _ in takewhile(lambda pair: pair[1] <= now, self._until.items())]
        for one in late:
            del self._until[one]
        following = next(iter(self._until.values()), None)
        self._timer = None
        if following is not None:
            self._timer = loop.call_at(max(following, now + self._grain), self._look)
        for one in late:
            self._late(one)
