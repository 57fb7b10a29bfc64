"""The one value of each answer that a comparator looks at: found by a pointer, or the whole body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comparators.divergence import Difference, Divergence
from comparators.json_value import change, values_at
from comparators.pointer import MISSING, parse

if TYPE_CHECKING:
    from comparators.answer import Answer


class Place:
    """Where a comparator looks; an empty pointer is the whole body: as JSON, or as text when it is none."""

    def __init__(self, pointer: str) -> None:
        self.pointer = pointer
        self.path = parse(pointer)

    def values(self, legacy: Answer, model: Answer) -> tuple[Any, Any]:
        """Give both sides' value, MISSING where one has none; NotComparable when neither has one."""
        if self.path:
            return values_at(legacy, model, self.path)
        return _whole(legacy), _whole(model)

    def one_sided(self, old: Any, new: Any) -> Divergence | None:
        """Tell of a value that only one side has, which is 1; None when both have one."""
        if old is MISSING or new is MISSING:
            return self.differ(1.0, old, new, how="added" if old is MISSING else "missing")
        return None

    def differ(
        self, value: float, old: Any, new: Any, *, detail: str = "", how: str = "changed"
    ) -> Divergence:
        """Tell of two values that differ by so much; 0 is no difference."""
        if not value:
            return Divergence(0.0)
        told = detail or change(old, new)
        return Divergence(value, told, (Difference(self.pointer, value, told, how, old=old, new=new),))


def _whole(answer: Answer) -> Any:
    try:
        return answer.json
    except ValueError:
        return answer.text
