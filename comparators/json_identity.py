"""Tells equal JSON values by a number, so that many can be paired in linear time. Knows no comparator."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING, Any

from comparators.json_value import CONTAINERS, kind

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping


class Identities:
    """Numbers values so that equal ones, and only these, have the same number; without recursion.

    A container is looked into once, however often it is asked for: it must stay, and stay as it is, as long as
    the numbers are in use.
    """

    def __init__(self) -> None:
        self._numbers: defaultdict[Hashable, int] = defaultdict(count().__next__)
        self._known: dict[int, int] = {}  # by the container's own identity

    def of(self, value: Any) -> int:
        """Give a value's number."""
        stack, made = [(value, False)], list[int]()
        while stack:
            top, done = stack.pop()
            if type(top) not in CONTAINERS:
                made.append(self._numbers[kind(top), top])
            elif id(top) in self._known:
                made.append(self._known[id(top)])
            elif not done:
                stack.append((top, True))
                stack += [(one, False) for one in (top.values() if type(top) is dict else top)]
            else:
                number = self._numbers[_made_of(top, [made.pop() for _ in top])]
                self._known[id(top)] = number
                made.append(number)
        return made.pop()


def _made_of(container: Mapping[str, Any] | list[Any], numbers: list[int]) -> Hashable:
    """Describe a container by its members' numbers."""
    if isinstance(container, list):
        return ("array", tuple(numbers))
    return ("object", frozenset(zip(container, numbers, strict=True)))
