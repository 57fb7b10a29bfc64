"""What comparing gives: a divergence, its differences, and the face of a comparator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from comparators.answer import Answer


class NotComparable(ValueError):  # noqa: N818 - a verdict's name, not an error of the program
    """The two answers cannot be measured by this comparator; the message says why."""


class Verdict(StrEnum):
    """What a panel says of two answers."""

    MATCH = "match"
    DIVERGED = "diverged"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the answers differ: a JSON Pointer ("" is the whole), how far, and what was seen.

    `kind` is `changed`, `missing` (in the model's answer), `added` (by the model) or `type`.
    """

    pointer: str
    divergence: float
    detail: str = ""
    kind: str = "changed"


@dataclass(frozen=True, slots=True)
class Divergence:
    """A comparator's number in [0, 1]: 0 identical, 1 nothing alike; a short detail; and where it differs."""

    value: float
    detail: str = ""
    differences: tuple[Difference, ...] = ()


class Comparator(Protocol):
    """Measures one kind of difference between two answers. Pure; raises NotComparable when it cannot."""

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        ...
