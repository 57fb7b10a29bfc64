"""How a side differs from itself at one place: numbers that tremble, times that move on, another order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec


class Sort(StrEnum):
    """What two values that differ have in common."""

    INTEGER = "integer"
    NUMBER = "number"
    TIME = "time"
    ORDER = "order"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Gap:
    """One difference of a side from itself: of which sort, and how wide.

    `width` is in the values' own unit, of times in seconds; `relative` is the width over the larger number.
    """

    sort: Sort
    width: float = 0.0
    relative: float = 0.0


class Jitter(msgspec.Struct, array_like=True):
    """The gaps seen at one place: how many, of how many sorts, and the widest."""

    sorts: dict[str, int] = msgspec.field(default_factory=dict)
    width: float = 0.0
    relative: float = 0.0

    def add(self, gap: Gap) -> None:
        """Add one gap."""
        self.sorts[gap.sort] = self.sorts.get(gap.sort, 0) + 1
        self.width = max(self.width, gap.width)
        self.relative = max(self.relative, gap.relative)

    @property
    def sort(self) -> Sort:
        """What all of them are; numbers may be whole or not; `other` when they are unlike, or there are none."""
        found = {Sort(each) for each in self.sorts}
        if found == {Sort.INTEGER, Sort.NUMBER}:
            return Sort.NUMBER
        return found.pop() if len(found) == 1 else Sort.OTHER
