"""What somebody said about two answers, as a comparator that only repeats it: so a panel stays pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from comparators.divergence import Divergence, NotComparable
from comparators.fence import measure
from comparators.preference import Preference
from comparators.vectors import Vectors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comparators.answer import Answer
    from comparators.divergence import Comparator
    from comparators.preference import Side
    from shadow.asking.entries import Kind

    Words = Mapping[str, "Said | Unsaid"]
    """What was said, by the label of the entry that asked."""

_OVER: dict[Kind, Comparator] = {"judge": Preference(), "embedding": Vectors()}


@dataclass(frozen=True, slots=True)
class Said:
    """The pure comparator over what was answered to an entry's two questions; both None: the answers are the same."""

    kind: Kind
    first: Answer | None = None
    second: Answer | None = None

    def __call__(self, _legacy: Answer, _model: Answer, /) -> Divergence:
        """Measure what was said."""
        if self.first is None or self.second is None:
            return Divergence(0.0)
        return measure(_OVER[self.kind], self.first, self.second)

    def side(self) -> Side | None:
        """Name the side that a judge prefers; None of anybody else, or when it is not understood."""
        if self.kind != "judge":
            return None
        if self.first is None or self.second is None:
            return "tie"
        try:
            return Preference().side(self.first, self.second)
        except NotComparable:
            return None


@dataclass(frozen=True, slots=True)
class Unsaid:
    """In the place of what was said: why nothing was, and whether this may pass. Never 0 and never 1."""

    why: str
    passing: bool = False

    def __call__(self, _legacy: Answer, _model: Answer, /) -> Divergence:
        """Say why."""
        raise NotComparable(self.why)

    def side(self) -> Side | None:
        """Name nobody."""
        return None


def may_pass(said: Said | Unsaid) -> TypeGuard[Unsaid]:
    """Tell whether nothing was said for a reason that another time may be gone."""
    return isinstance(said, Unsaid) and said.passing


def settled(words: Words) -> Words:
    """Leave out what may yet be said another time."""
    return {label: said for label, said in words.items() if not may_pass(said)}
