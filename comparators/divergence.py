"""What comparing gives: a divergence, its differences, and the face of a comparator."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from comparators.pointer import MISSING

if TYPE_CHECKING:
    from comparators.answer import Answer


class Obstacle(StrEnum):
    """What stands in the way of a comparison, in one word of a small set: the label of a metric."""

    NOT_JSON = "not_json"
    NOT_UTF8 = "not_utf8"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    BAD_CODING = "bad_coding"
    REPLY = "reply"
    NOT_KEPT = "not_kept"
    PLUGIN = "plugin"
    OTHER = "other"


class NotComparable(ValueError):  # noqa: N818 - a verdict's name, not an error of the program
    """The two answers cannot be measured by this comparator; the message says why, `obstacle` in one word."""

    def __init__(self, why: str, obstacle: Obstacle = Obstacle.OTHER) -> None:
        super().__init__(why)
        self.obstacle = obstacle


class Verdict(StrEnum):
    """What a panel says of two answers."""

    MATCH = "match"
    DIVERGED = "diverged"
    NOT_COMPARABLE = "not_comparable"


class Severity(StrEnum):
    """How much a difference matters.

    `info` is told and counts in no number; `minor` counts in the divergence, but is not held against a
    comparator's own tolerance; `major` is.
    """

    INFO = "info"
    MINOR = "minor"
    MAJOR = "major"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the answers differ: a JSON Pointer ("" is the whole), how far, and what was seen.

    `kind` is `changed`, `missing` (in the model's answer), `added` (by the model), `type`, or a comparator's own
    word. `old` and `new` are both sides' values, as far as there are some, so that whoever stores or shows the
    difference can mask them and write the detail anew.
    """

    pointer: str
    divergence: float
    detail: str = ""
    kind: str = "changed"
    severity: Severity = Severity.MAJOR
    old: Any = field(default=MISSING, compare=False, repr=False)
    new: Any = field(default=MISSING, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Divergence:
    """A comparator's number in [0, 1]: 0 identical, 1 nothing alike; a short detail; and where it differs.

    `major` is the part of the value that comes of major differences; None means all of it.
    """

    value: float
    detail: str = ""
    differences: tuple[Difference, ...] = ()
    major: float | None = None


class Comparator(Protocol):
    """Measures one kind of difference between two answers. Pure; raises NotComparable when it cannot."""

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        ...
